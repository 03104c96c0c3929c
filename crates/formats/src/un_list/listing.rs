//! One entry of the list as a draft of a special notice.

use chancery_record::{
    Classification, Date, Draft, Handling, Kind, Minors, ObtainedBy, Offence, Penalty, Purpose, SectionName, Status,
    Tlp, UseTags,
};
use serde_json::{Map, Value};

use super::birth::Birth;
use super::identity::identity;
use super::measures::{Imposed, regime_of};
use crate::fields::{Fields, partial_date};
use crate::import::{Extent, ImportCause, ImportOptions, Imported, Notes, reference};
use crate::publishable::publishable;
use crate::xml::{Element, add};

/// What the list has two forms for.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Subject {
    Individual,
    Entity,
}

impl Subject {
    /// The subject of an entry; the list reader gives no others.
    pub(super) fn of(entry: &Element) -> Self {
        if entry.name == Self::Entity.element() { Self::Entity } else { Self::Individual }
    }

    /// The name of its entries, and the first part of the names in them.
    pub(super) fn element(self) -> &'static str {
        match self {
            Self::Individual => "INDIVIDUAL",
            Self::Entity => "ENTITY",
        }
    }

    /// The word of records.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Individual => "person",
            Self::Entity => "entity",
        }
    }
}

/// The permanent reference number of an entry, as in `QDi.001`. The letter before the stop tells individuals from
/// entities, so that one numbering serves both parts of the list.
pub(super) fn number(entry: &Element) -> Result<String, ImportCause> {
    reference(entry.text_of(NUMBER).unwrap_or_default(), NUMBER)
}

/// Makes the draft. Nothing of the list around the entry goes into it.
pub(super) fn import(mut entry: Element, number: String, options: &ImportOptions) -> Result<Imported, ImportCause> {
    let subject = Subject::of(&entry);
    let mut notes = Notes::default();
    entry.take_text(NUMBER);
    let birth = Birth::take(&mut entry);
    let listed_on = entry.take_text("LISTED_ON");
    let tags = tags(subject, &birth, listed_on.as_deref().and_then(day_of));
    let identity = identity(&mut entry, subject, birth, &mut notes).ok_or(ImportCause::NoName)?;
    let comments = entry.take_text("COMMENTS1");
    let regime = entry.text_of("UN_LIST_TYPE").and_then(regime_of);
    let imposed = Imposed::on(subject, regime, comments.as_deref());
    if imposed.words.is_empty() {
        notes.add("neither the entry nor its committee tells which measures apply");
    }
    let mut unread = Map::new();
    let measures = measures_section(&mut entry, &imposed, &number, listed_on, &mut unread);
    let provenance = provenance(&mut entry, &number, &imposed);
    let mut narrative = Fields::default();
    narrative.put("text", comments);
    for (name, value) in entry.into_rest() {
        add(&mut unread, name, value);
    }
    if !unread.is_empty() {
        notes.add("a part of the entry is of no known form; it is kept under its own name in the section `narrative`");
    }
    narrative.put_rest(unread);

    let mut draft = Draft::of_kind(Kind::NoticeUnSpecial);
    draft.collected = options.collected;
    draft.tags = tags;
    draft.audience = options.audience.clone();
    draft.put(SectionName::Identity, identity.into());
    draft.put(SectionName::Measures, measures.into());
    draft.put(SectionName::Narrative, narrative.into());
    draft.put(SectionName::Provenance, provenance.into());
    publishable(&draft)?;
    Ok(Imported { source_reference: number, draft, extent: Extent::Whole, notes: notes.into_vec() })
}

/// Takes out of an entry what was decided on its subject, and when.
fn measures_section(
    entry: &mut Element,
    imposed: &Imposed,
    number: &str,
    listed_on: Option<String>,
    rest: &mut Map<String, Value>,
) -> Fields {
    let mut fields = Fields::default();
    fields.put_all("measures", imposed.words.clone());
    fields.put("committee_reference", Some(number));
    let committee = entry.take_text("UN_LIST_TYPE").map(|list_type| match regime_of(&list_type) {
        Some(regime) => format!("{list_type} ({})", regime.committee),
        None => list_type,
    });
    fields.put("committee", committee);
    fields.put("listed_on", listed_on.as_deref().and_then(day_of).map(|day| day.to_string()));
    if let Some(other) = listed_on.filter(|text| text.parse::<Date>().is_err()) {
        add(rest, "LISTED_ON".to_owned(), Value::String(other));
    }
    let updates = entry.take_values("LAST_DAY_UPDATED");
    let (days, others): (Vec<String>, Vec<String>) = updates.into_iter().partition(|text| text.parse::<Date>().is_ok());
    fields.put_all("amended_on", days);
    for other in others {
        add(rest, "LAST_DAY_UPDATED".to_owned(), Value::String(other));
    }
    fields
}

fn provenance(entry: &mut Element, number: &str, imposed: &Imposed) -> Fields {
    let mut fields = Fields::default();
    let mut rest = Map::new();
    fields.put("source_reference", Some(number));
    fields.put("authority", Some("United Nations Security Council"));
    fields.put("publication", Some("Consolidated list of the United Nations Security Council"));
    fields.put("version", entry.take_text("VERSIONNUM"));
    fields.put("note", imposed.note());
    for name in ["DATAID", "LIST_TYPE"] {
        for text in entry.take_text(name).into_iter().chain(entry.take_values(name)) {
            add(&mut rest, name.to_owned(), Value::String(text));
        }
    }
    fields.put_rest(rest);
    fields
}

/// A listing is public by the decision of the Security Council, its offence is what the measures are for.
fn tags(subject: Subject, birth: &Birth, listed_on: Option<Date>) -> UseTags {
    let (statuses, minors) = match subject {
        Subject::Entity => (Status::None, Minors::No),
        Subject::Individual => match birth.is_adult_on(listed_on) {
            Some(true) => (Status::PersonOfInterest, Minors::No),
            Some(false) | None => (Status::PersonOfInterest, Minors::Unknown),
        },
    };
    UseTags {
        handling: Some([Handling::H0].into_iter().collect()),
        tlp: Some(Tlp::Clear),
        classification: Some(Classification::Unclassified),
        purposes: PURPOSES.iter().copied().collect(),
        offences: Some([Offence::Sanctions].into_iter().collect()),
        penalty: Penalty::None,
        statuses: Some([statuses].into_iter().collect()),
        minors,
        minor_until: if minors == Minors::Unknown { birth.minor_until() } else { None },
        obtained_by: Some([ObtainedBy::Open].into_iter().collect()),
        sensitive: Some(std::iter::empty().collect()),
        ..UseTags::default()
    }
}

/// A day with or without an offset behind it, as in `2012-11-21-05:00`.
fn day_of(text: &str) -> Option<Date> {
    partial_date(text.get(..10)?)?.parse().ok()
}

const NUMBER: &str = "REFERENCE_NUMBER";
const PURPOSES: &[Purpose] = &[
    Purpose::Prevention,
    Purpose::Investigation,
    Purpose::BorderControl,
    Purpose::Identification,
    Purpose::AssetRecovery,
    Purpose::ThreatWarning,
];
