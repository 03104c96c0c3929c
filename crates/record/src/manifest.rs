//! The manifest: what a holder must know of a record before it may read any part of it.

use bincode::{Decode, Encode};
use thiserror::Error;

use crate::encoding::{DecodeFault, Domain, decode, digest, encode};
use crate::limits::{MANIFEST_BYTES_MAX, SHORT_TEXT_BYTES_MAX, TAG_VALUES_MAX};
use crate::{Commitment, Country, Date, Handling, Instant, Kind, Lineage, RecordId, SectionName, UnitName, UseTags};

/// Version of the section schemas that this node writes.
pub const SCHEMA_VERSION: u16 = 1;

/// The signed head of a record. No field of a person stands in it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Manifest {
    /// Version of the section schemas.
    pub schema: u16,
    /// Shared by all versions of the record.
    pub lineage: Lineage,
    /// Rises with every version, in steps that do not count versions.
    pub revision: u64,
    /// The country that seals it.
    pub originator: Country,
    /// The authority within it.
    pub unit: UnitName,
    /// What it is.
    pub kind: Kind,
    /// When the data was first collected; constant through the lineage, retention counts from it.
    pub collected: Date,
    /// When this version was sealed.
    pub issued: Instant,
    /// When its need must be reviewed.
    pub review: Date,
    /// From this day on it is gone everywhere.
    pub expires: Date,
    /// What holders must obey.
    pub tags: UseTags,
    /// Random bytes, so that the id cannot be guessed from the content.
    pub salt: [u8; 16],
    /// One for every section of the kind, in the kind's order.
    pub commitments: Vec<Commitment>,
}

/// Why a manifest is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ManifestFault {
    /// Its bytes do not decode.
    #[error("the manifest is unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// A newer schema than this node knows.
    #[error("the record is of schema {0}, newer than this node knows")]
    Schema(u16),
    /// Not one commitment for each section.
    #[error("the manifest commits to {found} sections where its kind has {expected}")]
    Commitments {
        /// How many there are.
        found: usize,
        /// How many there must be.
        expected: usize,
    },
    /// Dates out of order or beyond the kind's bound.
    #[error("{0}")]
    Dates(&'static str),
    /// Tags that contradict each other or pass their limits.
    #[error("{0}")]
    Tags(&'static str),
    /// Sections longer than any node accepts.
    #[error("the sections are longer than a record may be")]
    TooLong,
}

impl Manifest {
    /// The bytes that are hashed and sealed.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::Manifest, self)
    }

    /// Decodes and checks a manifest.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, ManifestFault> {
        let manifest: Self = decode(Domain::Manifest, bytes, MANIFEST_BYTES_MAX)?;
        manifest.check()?;
        Ok(manifest)
    }

    /// The id of a record: SHA-256 of its manifest's bytes behind a domain tag.
    pub fn id_of(bytes: &[u8]) -> RecordId {
        RecordId(digest(Domain::Manifest, &[bytes]))
    }

    /// The commitment of one section.
    pub fn commitment(&self, name: SectionName) -> Option<Commitment> {
        let at = self.kind.sections().iter().position(|known| *known == name)?;
        self.commitments.get(at).copied()
    }

    /// Whether the record is gone on that day.
    pub fn is_expired(&self, today: Date) -> bool {
        today >= self.expires
    }

    /// Everything that must hold of any manifest, whoever made it.
    pub fn check(&self) -> Result<(), ManifestFault> {
        if self.schema == 0 || self.schema > SCHEMA_VERSION {
            return Err(ManifestFault::Schema(self.schema));
        }
        let expected = self.kind.sections().len();
        if self.commitments.len() != expected {
            return Err(ManifestFault::Commitments { found: self.commitments.len(), expected });
        }
        self.check_dates()?;
        self.check_tags()
    }

    fn check_dates(&self) -> Result<(), ManifestFault> {
        if self.collected > self.issued.date() {
            return Err(ManifestFault::Dates("the data was collected after the record was issued"));
        }
        if self.expires <= self.issued.date() {
            return Err(ManifestFault::Dates("the record expires before it is issued"));
        }
        if self.review > self.expires {
            return Err(ManifestFault::Dates("the review lies after the expiry"));
        }
        if self.expires > self.collected.plus_years(self.kind.retention_years_max()) {
            return Err(ManifestFault::Dates(
                "the expiry lies beyond the longest retention of the kind, counted from the collection",
            ));
        }
        Ok(())
    }

    fn check_tags(&self) -> Result<(), ManifestFault> {
        let tags = &self.tags;
        if let Some(codes) = &tags.handling
            && (codes.is_empty() || (codes.contains(&Handling::H0) && codes.len() > 1))
        {
            return Err(ManifestFault::Tags("handling is H0 alone, or one or more of H1, H2, H3"));
        }
        let empty = tags.offences.as_ref().is_some_and(crate::Set::is_empty)
            || tags.statuses.as_ref().is_some_and(crate::Set::is_empty)
            || tags.obtained_by.as_ref().is_some_and(crate::Set::is_empty);
        if empty {
            return Err(ManifestFault::Tags(
                "offences, statuses and obtained_by name at least one word, `none` where there is none",
            ));
        }
        let long = |text: &Option<String>| text.as_ref().is_some_and(|text| text.len() > SHORT_TEXT_BYTES_MAX);
        if long(&tags.operation) || long(&tags.zone) || tags.purposes.len() > TAG_VALUES_MAX {
            return Err(ManifestFault::Tags("an operation, zone or set of purposes is too long"));
        }
        Ok(())
    }
}
