//! Treaties of one grant, and by hand what such a grant lets go.

use std::sync::Arc;

use chancery_record::{
    Classification, Country, Date, DocumentHash, Instant, Manifest, Onward, Purpose, Record, ReleasableTo, SectionName,
    SectionSet, TrustRoster,
};
use chancery_treaty::{Law, LawBook, LawGeneration, TreatyDocument, sign_document};

use super::keys::country_key;

/// What a treaty between two countries lets go, either way.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Grant {
    /// Which sections.
    pub sections: &'static [SectionName],
    /// The highest classification.
    pub up_to: Classification,
    /// Least age of the data in days; 0 where any.
    pub older_than_days: i32,
    /// For what; a record is for its own purposes among them.
    pub purposes: &'static [Purpose],
    /// How long the receiver may keep it; as the originator says where absent.
    pub keep: Option<&'static str>,
    /// To whom the receiver may pass it on, as an article says it; to nobody where absent.
    pub onward: Option<&'static str>,
    /// What tells the treaty from others between the two.
    pub name: &'static str,
}

impl Grant {
    pub const NARROW: Self =
        Self { sections: &[SectionName::Object], up_to: Classification::Unclassified, ..Self::USUAL };
    pub const USUAL: Self = Self {
        sections: &[SectionName::Object, SectionName::Circumstances],
        up_to: Classification::Restricted,
        older_than_days: 0,
        purposes: &[Purpose::Investigation],
        keep: None,
        onward: None,
        name: "",
    };
    /// The usual, and what goes may be passed on.
    pub const ONWARD: Self = Self { onward: Some("\"any\""), ..Self::USUAL };
    pub const WIDE: Self = Self {
        sections: &[SectionName::Object, SectionName::Circumstances, SectionName::Source],
        up_to: Classification::Confidential,
        ..Self::USUAL
    };
    pub const OLD: Self = Self { older_than_days: 10, ..Self::USUAL };

    /// What the grant lets go of a record of `from` to `to` on a day: the decision by hand.
    pub fn lets_go(&self, record: &Record, to: Country, today: Date) -> SectionSet {
        let Manifest { tags, collected, expires, .. } = record.manifest();
        let may = tags.classification.is_some_and(|level| level <= self.up_to)
            && today < *expires
            && collected.plus_days(self.older_than_days) <= today
            && self.purposes.iter().any(|purpose| tags.purposes.contains(purpose))
            && is_releasable(record, to);
        let granted: SectionSet = self.sections.iter().copied().collect();
        let mut sections = SectionSet::EMPTY;
        if may {
            sections = record.sections_with_content().iter().filter(|name| granted.contains(*name)).collect();
        }
        if !sections.is_empty() && self.lets_pass_on(record, to) {
            sections = sections.with(SectionName::Audience);
        }
        sections
    }

    /// Whether some third country is left to which the receiver may pass it on.
    fn lets_pass_on(&self, record: &Record, to: Country) -> bool {
        let (Some(names), Some(audience)) = (self.onward, record.audience()) else { return false };
        let is_third = |country: &Country| {
            let named = names == "\"any\"" || names.contains(&country.to_string());
            let onward = audience.onward_to.is_empty() || audience.onward_to.contains(country);
            ![record.manifest().originator, to].contains(country) && named && onward && is_releasable(record, *country)
        };
        let others = names == "\"any\"" && audience.onward_to.is_empty() && audience.releasable_to == ReleasableTo::Any;
        let known = super::COUNTRIES.map(super::country);
        audience.onward != Onward::Never && (others || known.iter().any(is_third))
    }

    /// The hash of the treaty of this grant.
    pub fn hash(&self, one: Country, other: Country) -> DocumentHash {
        self.document(one.min(other), one.max(other)).hash()
    }

    fn text(&self, one: Country, other: Country) -> String {
        let sections: Vec<String> = self.sections.iter().map(|section| format!("\"{section}\"")).collect();
        let purposes: Vec<String> = self.purposes.iter().map(|purpose| format!("\"{purpose}\"")).collect();
        let age = match self.older_than_days {
            0 => "any".to_owned(),
            days => format!("{days} days"),
        };
        let head = format!(
            r#"treaty = "{id}"
title = "Sample"
parties = ["{one}", "{other}"]
version = 1
vocabulary = "chancery-1"
schema = 1
in_force = 2026-01-01
expires = 2036-01-01
languages = ["en"]
"#,
            id = format!("{one}-{other}{}", self.name).to_lowercase(),
        );
        let article = |number: &str, action: &str, sections: &str, onward_to: &str| {
            format!(
                r#"
[[article]]
n = "{number}"
grant = "Vehicles"
text.en = "Vehicles are told."
from = "any"
to = "any"
from_units = "any"
to_units = "any"
action = ["{action}"]
kinds = ["vehicle"]
sections = [{sections}]
purposes = [{purposes}]
classification = "up to {up_to}"
handling = "any"
tlp = "any"
offences = "any"
penalty = "any"
statuses = "any"
minors = "any"
caveats = "any"
obtained_by = "any"
sensitive = "any"
originator = "any"
onward_to = {onward_to}
zone = "any"
operation = "any"
older_than = "{age}"
requires = "none"
quota = "none"
keep = "{keep}"
"#,
                purposes = purposes.join(", "),
                keep = self.keep.unwrap_or("originator"),
                up_to = self.up_to,
            )
        };
        let offer = article("1", "offer", &sections.join(", "), "\"any\"");
        let passes = |to| article("2", "onward", &format!("{}, \"audience\"", sections.join(", ")), to);
        head + &offer + &self.onward.map(passes).unwrap_or_default()
    }

    fn document(&self, one: Country, other: Country) -> TreatyDocument {
        let text = self.text(one, other);
        match TreatyDocument::parse(text.as_bytes()) {
            Ok(document) => document,
            Err(faults) => panic!("{faults:?}\n{text}"),
        }
    }
}

fn is_releasable(record: &Record, to: Country) -> bool {
    match record.audience().map(|audience| audience.releasable_to) {
        Some(ReleasableTo::Any) => true,
        Some(ReleasableTo::Only(entries)) => entries.iter().any(|entry| entry.country() == to),
        None => false,
    }
}

/// The law of `own` where these grants are in force.
pub fn law(
    roster: &TrustRoster,
    own: Country,
    grants: impl Iterator<Item = (Country, Grant)>,
    at: Instant,
    generation: u64,
) -> Law {
    let mut book = LawBook::new(roster.clone());
    for (peer, grant) in grants {
        let (one, other) = (own.min(peer), own.max(peer));
        let document = grant.document(one, other);
        let signatures = [one, other].map(|party| sign_document(document.bytes(), party, &country_key(party)));
        book.add(Arc::new(document), signatures).unwrap();
    }
    Law::compile(&book, own, at, LawGeneration(generation))
}
