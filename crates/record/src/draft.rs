//! Drafts: what a publisher wrote, checked but not yet sealed.

mod check;
mod conditions;
mod file;
mod json;
mod layout;

use ed25519_dalek::SigningKey;
use serde_json::{Map, Value};

use crate::limits::{MANIFEST_BYTES_MAX, RECORD_BYTES_MAX, SECTION_BODY_BYTES_MAX};
use crate::{
    Audience, Commitment, Country, Date, Instant, Kind, Lineage, Manifest, ManifestFault, Record, RecordEnvelope, Seal,
    Section, SectionName, SectionTags, UnitName, UseTags, manifest::SCHEMA_VERSION,
};

pub(crate) use check::body_of;
pub use file::FileForm;

/// A draft. Built by [`Draft::parse_json`] and its like, which check it, or by an import field by field from
/// [`Draft::of_kind`]; then [`Draft::faults`] must be empty before it is sealed.
#[derive(Clone, Debug, PartialEq)]
pub struct Draft {
    /// What it is.
    pub kind: Kind,
    /// The authority that publishes; the node's own where absent.
    pub unit: Option<UnitName>,
    /// When the data was collected; the day of publication where absent.
    pub collected: Option<Date>,
    /// When its need is reviewed; six months before the expiry where absent.
    pub review: Option<Date>,
    /// When it ends; the kind's retention default where absent.
    pub expires: Option<Date>,
    /// Conditions for holders.
    pub tags: UseTags,
    /// To whom it may go.
    pub audience: Audience,
    /// The parts with content, the audience apart.
    pub sections: Vec<DraftSection>,
}

/// One part of a draft.
#[derive(Clone, Debug, PartialEq)]
pub struct DraftSection {
    /// Which part.
    pub name: SectionName,
    /// Its stricter conditions.
    pub tags: SectionTags,
    /// Its content, a JSON object.
    pub body: Value,
}

/// Where a new version stands: which lineage, which revision, sealed when and by whom.
#[derive(Clone, Debug)]
pub struct Placement {
    /// The lineage; new for a new record.
    pub lineage: Lineage,
    /// Higher than every earlier revision of the lineage.
    pub revision: u64,
    /// The first version's collection date, for a later version.
    pub collected: Option<Date>,
    /// The sealing country.
    pub originator: Country,
    /// The unit where the draft names none.
    pub unit: UnitName,
    /// Now.
    pub issued: Instant,
}

/// Days before the expiry at which the originator is asked for a review.
const REVIEW_DAYS_BEFORE_EXPIRY: i32 = 182;

impl Draft {
    /// A draft without tags, audience or content: what an import starts from.
    pub fn of_kind(kind: Kind) -> Self {
        Self {
            kind,
            unit: None,
            collected: None,
            review: None,
            expires: None,
            tags: UseTags::default(),
            audience: Audience::default(),
            sections: Vec::new(),
        }
    }

    /// Sets the content of a section, keeping its tags; a body without fields removes it.
    pub fn put(&mut self, name: SectionName, body: Value) {
        if body.as_object().is_some_and(Map::is_empty) {
            self.sections.retain(|section| section.name != name);
        } else if let Some(section) = self.sections.iter_mut().find(|section| section.name == name) {
            section.body = body;
        } else {
            self.sections.push(DraftSection { name, tags: SectionTags::default(), body });
        }
    }

    /// The publisher's own number for the record, where it stated one.
    pub fn source_reference(&self) -> Option<&str> {
        let provenance = self.sections.iter().find(|section| section.name == SectionName::Provenance)?;
        provenance.body.get("source_reference")?.as_str()
    }

    /// Seals the draft. `salts` gives fresh random bytes, 16 at a time: one for the manifest, one for each section.
    pub fn seal(
        &self,
        place: &Placement,
        record_key: &SigningKey,
        mut salts: impl FnMut() -> [u8; 16],
    ) -> Result<Record, ManifestFault> {
        let sections: Vec<Section> = self.kind.sections().iter().map(|name| self.section(*name, salts())).collect();
        let length: usize = sections.iter().map(|section| section.body.len()).sum();
        let too_long = sections.iter().any(|section| section.body.len() > SECTION_BODY_BYTES_MAX);
        if too_long || length > RECORD_BYTES_MAX - 2 * MANIFEST_BYTES_MAX {
            return Err(ManifestFault::TooLong);
        }
        let issued = place.issued.date();
        let collected = place.collected.or(self.collected).unwrap_or(issued);
        let expires = self.expiry_on(issued, collected);
        let review = self.review.unwrap_or_else(|| expires.plus_days(-REVIEW_DAYS_BEFORE_EXPIRY).max(issued));
        let commitments: Vec<Commitment> = sections.iter().map(Section::commitment).collect();
        let manifest = Manifest {
            schema: SCHEMA_VERSION,
            lineage: place.lineage,
            revision: place.revision,
            originator: place.originator,
            unit: self.unit.clone().unwrap_or_else(|| place.unit.clone()),
            kind: self.kind,
            collected,
            issued: place.issued,
            review,
            expires,
            tags: self.tags.clone(),
            salt: salts(),
            commitments,
        };
        manifest.check()?;
        let bytes = manifest.to_bytes();
        let seal = Seal::new(&Manifest::id_of(&bytes), record_key);
        let sections = sections.into_iter().collect();
        Ok(Record::sealed(manifest, RecordEnvelope { manifest: bytes, seals: vec![seal], sections }))
    }

    /// The stated expiry, or the kind's own, which never passes the longest retention since the collection.
    fn expiry_on(&self, issued: Date, collected: Date) -> Date {
        let latest = collected.plus_years(self.kind.retention_years_max());
        self.expires.unwrap_or_else(|| self.kind.default_expiry(issued).min(latest))
    }

    /// Whether publishing this draft again over `current` would change nothing a holder can see.
    pub fn says_the_same_as(&self, current: &Record) -> bool {
        let manifest = current.manifest();
        let dates_agree = self.expires.is_none_or(|date| date == manifest.expires)
            && self.review.is_none_or(|date| date == manifest.review);
        let content = |name: &SectionName| {
            let ours = self.section(*name, [0; 16]);
            current.section(*name).is_some_and(|held| held.body == ours.body && held.tags == ours.tags)
        };
        manifest.kind == self.kind
            && manifest.tags == self.tags
            && self.unit.as_ref().is_none_or(|unit| *unit == manifest.unit)
            && dates_agree
            && self.kind.sections().iter().all(content)
    }

    /// INVARIANT (nothing beyond the view): every section of the kind is made, with a salt of its own, content or not.
    fn section(&self, name: SectionName, salt: [u8; 16]) -> Section {
        let (tags, body) = match name {
            SectionName::Audience => (SectionTags::default(), audience_bytes(&self.audience)),
            _ => match self.sections.iter().find(|section| section.name == name) {
                Some(section) => (section.tags.clone(), body_bytes(section.body.clone())),
                None => (SectionTags::default(), Vec::new()),
            },
        };
        Section { name, salt, tags, body }
    }
}

/// A body as it is hashed: compact JSON, keys in order, whatever order the map of this build keeps.
fn body_bytes(mut body: Value) -> Vec<u8> {
    body.sort_all_objects();
    serde_json::to_vec(&body).unwrap_or_default()
}

fn audience_bytes(audience: &Audience) -> Vec<u8> {
    serde_json::to_value(audience).map(body_bytes).unwrap_or_default()
}
