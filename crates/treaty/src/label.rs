//! Labels: the tags that a decision depends on, interned.

use std::sync::Arc;

use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, digest, encode};
use chancery_record::{
    Audience, Caveat, Country, Date, Handling, Kind, LabelHash, Minors, Penalty, Precedence, Purpose, Record,
    SectionName, SectionSet, SectionTags, Set, UnitName, UseTags,
};
use thiserror::Error;

use crate::dimension::{WordDimension, WordSet};
use crate::limits::LABEL_BYTES_MAX;
use crate::quick::Quick;

/// What a decision depends on, dates apart. Many records share one label.
///
/// The audience stands in it, so a label's bytes are as secret as the audience section and never leave the node.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Encode, Decode)]
pub struct Label {
    /// The country that sealed the record.
    pub originator: Country,
    /// The authority within it.
    pub unit: UnitName,
    /// What it is.
    pub kind: Kind,
    /// Version of its section schemas.
    pub schema: u16,
    /// The manifest's tags, without what no decision depends on.
    pub tags: UseTags,
    /// The sections held that have content, each with its own tags, in the kind's order.
    pub sections: Vec<(SectionName, SectionTags)>,
    /// To whom it may go, where it is known here.
    pub audience: Option<Audience>,
}

/// Why a label's bytes are refused.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("a stored label is unreadable: {0}")]
pub struct LabelFault(#[from] DecodeFault);

/// The dates of a record that are compared at the wire and stand in no label.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RecordDates {
    /// When the data was collected.
    pub collected: Date,
    /// From when on the record is gone.
    pub expires: Date,
}

/// A label with its sets worked out, ready to be decided for any number of peers.
#[derive(Clone, Debug)]
pub struct PreparedLabel {
    pub(crate) label: Arc<Label>,
    pub(crate) groups: Vec<Group>,
    pub(crate) quick: Quick,
}

/// Sections that share all their tags.
#[derive(Clone, Debug)]
pub(crate) struct Group {
    pub sections: SectionSet,
    /// The tags narrowed by the sections' own.
    pub tags: UseTags,
    /// By [`WordDimension::index`]; `None` where the fact is missing or unknown.
    pub words: [Option<WordSet>; WordDimension::COUNT],
    /// The purposes that the originator's tags leave.
    pub purposes: WordSet,
}

impl RecordDates {
    /// The dates of a record.
    pub fn of(record: &Record) -> Self {
        Self { collected: record.manifest().collected, expires: record.manifest().expires }
    }
}

impl Label {
    /// The label of a record as it is held here.
    pub fn of(record: &Record) -> Self {
        let manifest = record.manifest();
        let sections = record
            .sections_with_content()
            .iter()
            .filter_map(|name| record.section_tags(name).map(|tags| (name, tags.clone())))
            .collect();
        Self {
            originator: manifest.originator,
            unit: manifest.unit.clone(),
            kind: manifest.kind,
            schema: manifest.schema,
            tags: manifest.tags.clone(),
            sections,
            audience: record.audience(),
        }
        .reduced()
    }

    /// The same label without what no decision depends on, so that equal decisions share one label.
    #[must_use]
    pub fn reduced(mut self) -> Self {
        // A youngest person who is a minor until some year contradicts "no minor"; nobody knows which of the two is
        // true, and a birthday alone never widens, so it stays unknown for good.
        if self.tags.minors == Minors::No && self.tags.minor_until.is_some() {
            self.tags.minors = Minors::Unknown;
        }
        self.tags.minor_until = None;
        self.tags.precedence = Precedence::Routine;
        if let Some(audience) = &mut self.audience {
            audience.h3_text = None;
            audience.protective_reasons.clear();
        }
        self.sections.sort_by_key(|(name, _)| *name);
        self
    }

    /// The canonical bytes, as they are stored.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::Label, self)
    }

    /// Reads a label back.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, LabelFault> {
        Ok(decode(Domain::Label, bytes, LABEL_BYTES_MAX)?)
    }

    /// By which an interned label is found.
    pub fn hash(&self) -> LabelHash {
        LabelHash(digest(Domain::Label, &[&self.to_bytes()]))
    }

    /// Works the label's sets out.
    pub fn prepare(self) -> PreparedLabel {
        let mut groups: Vec<(&SectionTags, SectionSet)> = Vec::new();
        for (name, tags) in &self.sections {
            match groups.iter_mut().find(|(known, _)| *known == tags) {
                Some((_, sections)) => *sections = sections.with(*name),
                None => groups.push((tags, SectionSet::EMPTY.with(*name))),
            }
        }
        let groups: Vec<Group> =
            groups.iter().map(|(tags, sections)| Group::new(&self, tags.narrow(&self.tags), *sections)).collect();
        let quick = Quick::new(&self, &groups);
        PreparedLabel { label: Arc::new(self), groups, quick }
    }
}

impl PreparedLabel {
    /// The label.
    pub fn label(&self) -> &Label {
        &self.label
    }
}

impl Group {
    fn new(label: &Label, tags: UseTags, sections: SectionSet) -> Self {
        use WordDimension as D;
        let mut words = [None; D::COUNT];
        let mut put = |dimension: D, fact: Option<WordSet>| {
            if let Some(slot) = words.get_mut(dimension.index()) {
                *slot = fact;
            }
        };
        put(D::Kinds, Some(WordSet::one(label.kind.code())));
        put(D::Classification, tags.classification.map(|word| WordSet::one(word.code())));
        put(D::Handling, stated(&tags.handling, |word| word.code()));
        put(D::Tlp, tags.tlp.map(|word| WordSet::one(word.code())));
        put(D::Offences, stated(&tags.offences, |word| word.code()));
        put(
            D::Penalty,
            Some(tags.penalty).filter(|word| *word != Penalty::Unknown).map(|word| WordSet::one(word.code())),
        );
        put(D::Statuses, stated(&tags.statuses, |word| word.code()));
        put(D::Minors, Some(tags.minors).filter(|word| *word != Minors::Unknown).map(|word| WordSet::one(word.code())));
        put(D::Caveats, Some(set_of(tags.caveats.iter().map(|word| word.code()))));
        put(D::ObtainedBy, stated(&tags.obtained_by, |word| word.code()));
        put(D::Sensitive, tags.sensitive.as_ref().map(|words| set_of(words.iter().map(|word| word.code()))));
        let purposes = tags.purposes.iter().filter(|purpose| purpose_objections(&tags, **purpose).next().is_none());
        let purposes = set_of(purposes.map(|word| word.code()));
        Self { sections, words, purposes, tags }
    }

    pub(crate) fn words(&self, dimension: WordDimension) -> Option<WordSet> {
        self.words.get(dimension.index()).copied().flatten()
    }
}

fn set_of(codes: impl Iterator<Item = u8>) -> WordSet {
    codes.collect()
}

/// A set that must name at least one word; an empty one states nothing.
fn stated<T: Ord>(words: &Option<Set<T>>, code: impl Fn(&T) -> u8) -> Option<WordSet> {
    words.as_ref().filter(|words| !words.is_empty()).map(|words| set_of(words.iter().map(code)))
}

/// The conditions of the originator's tags that stand against a purpose, whoever asks: article and reason.
///
/// A handling code that is not stated could be any, so that alone stands against every purpose.
pub(crate) fn purpose_objections(
    tags: &UseTags,
    purpose: Purpose,
) -> impl Iterator<Item = (&'static str, &'static str)> {
    let judicial = matches!(purpose, Purpose::Prosecution | Purpose::Evidence);
    let unrelated_to_crime =
        matches!(purpose, Purpose::Administrative | Purpose::DataSubject | Purpose::Supervision | Purpose::Statistics);
    let code = |code: Handling| tags.handling.as_ref().is_some_and(|codes| codes.contains(&code));
    [
        (!tags.purposes.contains(&purpose)).then_some(("purposes", "the purpose is not among the record's")),
        unrelated_to_crime
            .then_some(("handling H0", "use is limited to preventing and combating crime and to protecting people")),
        tags.handling.is_none().then_some(("handling", "handling is not stated, and any code could hold for it")),
        (judicial && code(Handling::H1))
            .then_some(("handling H1", "no use in judicial proceedings without the provider's permission")),
        code(Handling::H3).then_some(("handling H3", "another restriction stands in words; a person decides")),
        (judicial && tags.caveats.contains(&Caveat::NotForCourt)).then_some(("not_for_court", "not for use in court")),
    ]
    .into_iter()
    .flatten()
}
