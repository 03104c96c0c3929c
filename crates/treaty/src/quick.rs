//! The part of a label that an index bit needs, packed so that millions of labels pass quickly.

use chancery_record::{Addressee, Country, Purpose, ReleasableTo, SectionName, SectionSet, Tlp};

use crate::dimension::WordSet;
use crate::label::{Group, Label};
use crate::law::{FACTS, Fact, Presence, row_of};

/// A label at a glance.
#[derive(Clone, Debug)]
pub(crate) struct Quick {
    pub originator: Country,
    pub schema: u16,
    /// The first group of which something might be granted: every fact is stated, some purpose and section are left.
    /// It stands within the label, since most labels have no other and a walk over millions waits for memory.
    first: Option<QuickGroup>,
    others: Box<[QuickGroup]>,
    /// The countries that may have it as a whole; every country where absent.
    pub countries: Option<Box<[Country]>>,
    /// Whether units or exclusions count, so that the audience itself must be read.
    pub needs_audience: bool,
}

/// Sections that share all their tags, at a glance.
#[derive(Clone, Debug)]
pub(crate) struct QuickGroup {
    /// The place of each fact in the tables, or [`SEVERAL`]; in the order of [`FACTS`].
    pub rows: [u16; FACTS.len()],
    /// Which of the label's groups it is.
    pub group: u16,
    pub zone: Presence,
    pub operation: Presence,
    /// Sections without the audience.
    pub sections: WordSet,
    pub purposes: WordSet,
}

/// A fact with more than one word, for which the tables are asked word by word.
pub(crate) const SEVERAL: u16 = u16::MAX;

impl Quick {
    pub fn new(label: &Label, groups: &[Group]) -> Self {
        let (originator, schema) = (label.originator, label.schema);
        let mut glances = groups.iter().enumerate().filter_map(|(at, group)| QuickGroup::new(at, group));
        let is_for_units = groups.iter().any(|group| matches!(group.tags.tlp, Some(Tlp::AmberStrict | Tlp::Red)));
        let Some(audience) = &label.audience else {
            return Self {
                originator,
                schema,
                first: None,
                others: Box::default(),
                countries: None,
                needs_audience: true,
            };
        };
        let (countries, has_units) = match &audience.releasable_to {
            ReleasableTo::Any => (None, false),
            ReleasableTo::Only(entries) => {
                let whole = entries.iter().filter_map(|entry| match entry {
                    Addressee::Country(country) => Some(*country),
                    Addressee::Unit(_) => None,
                });
                let whole: Box<[Country]> = whole.collect();
                let has_units = whole.len() < entries.len();
                (Some(whole), has_units)
            }
        };
        let needs_audience = is_for_units || has_units || !audience.not_releasable_to.is_empty();
        Self { originator, schema, first: glances.next(), others: glances.collect(), countries, needs_audience }
    }

    /// The groups of which something might be granted.
    #[inline]
    pub fn groups(&self) -> impl Iterator<Item = &QuickGroup> {
        self.first.iter().chain(&self.others)
    }

    /// Whether the peer is listed as a whole.
    #[inline]
    pub fn lists(&self, peer: Country) -> bool {
        self.countries.as_ref().is_none_or(|countries| countries.binary_search(&peer).is_ok())
    }
}

impl QuickGroup {
    fn new(at: usize, group: &Group) -> Option<Self> {
        let mut rows = [SEVERAL; FACTS.len()];
        for (row, dimension) in rows.iter_mut().zip(&FACTS) {
            // What nobody stated matches no grant.
            let words = group.words(*dimension)?;
            let mut codes = words.codes();
            match (codes.next(), codes.next()) {
                (None, _) => *row = row_of(*dimension, Fact::None),
                (Some(code), None) => *row = row_of(*dimension, Fact::Word(code)),
                (Some(_), Some(_)) => {}
            }
        }
        let sections: SectionSet = group.sections.iter().filter(|name| *name != SectionName::Audience).collect();
        let sections: WordSet = sections.iter().map(SectionName::code).collect();
        let purposes: WordSet =
            Purpose::ALL.iter().map(|word| word.code()).collect::<WordSet>().intersection(group.purposes);
        let presence = |name: &Option<String>| if name.is_some() { Presence::Stated } else { Presence::Absent };
        let (zone, operation) = (presence(&group.tags.zone), presence(&group.tags.operation));
        let is_empty = sections.is_empty() || purposes.is_empty();
        let group = u16::try_from(at).ok()?;
        (!is_empty).then_some(Self { rows, group, zone, operation, sections, purposes })
    }
}
