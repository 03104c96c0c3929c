//! Records: what came as bytes, and what has been verified.

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::encoding::{DecodeFault, Domain, decode, encode};
use crate::limits::{RECORD_BYTES_MAX, SEALS_MAX, SECTION_BODY_BYTES_MAX};
use crate::{
    Audience, Instant, Manifest, ManifestFault, RecordId, Seal, Section, SectionName, SectionSet, SectionTags,
    TrustRoster, Untrusted,
};

/// A record as it travels and is stored: manifest bytes verbatim, seals, and the sections this holder has.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct RecordEnvelope {
    /// The manifest's exact bytes.
    pub manifest: Vec<u8>,
    /// The originator's seals.
    pub seals: Vec<Seal>,
    /// The sections at hand, in the kind's order.
    pub sections: Vec<Section>,
}

/// Bytes that say they are a record; nothing of them may be believed.
#[derive(Clone, Debug)]
pub struct UnverifiedRecord {
    id: RecordId,
    manifest: Manifest,
    envelope: RecordEnvelope,
}

/// A record whose seal, sections and form have been verified, or that was sealed here.
///
/// Built only by [`UnverifiedRecord::verify_at`], by [`crate::Draft::seal`], and by [`Record::from_store`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Record {
    id: RecordId,
    manifest: Manifest,
    envelope: RecordEnvelope,
}

/// Why a record is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RecordFault {
    /// Its bytes do not decode.
    #[error("the record is unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// Its manifest is not well formed.
    #[error(transparent)]
    Manifest(#[from] ManifestFault),
    /// Too many seals, or none.
    #[error("a record carries 1 to {SEALS_MAX} seals, this one {0}")]
    Seals(usize),
    /// No seal is good.
    #[error("no seal of the record is good: {0}")]
    Seal(Untrusted),
    /// A section that its manifest does not commit to.
    #[error("section `{0}` does not match the manifest's commitment")]
    Commitment(SectionName),
    /// Sections out of order, twice, or of another kind.
    #[error("the sections are not those of the kind, in its order")]
    Sections,
    /// A section's body passes its limit.
    #[error("section `{0}` is longer than {SECTION_BODY_BYTES_MAX} bytes")]
    SectionTooLong(SectionName),
}

impl RecordFault {
    /// Whether what is wrong may change by itself: a certificate still to come, a newer format.
    pub fn is_pending(&self) -> bool {
        match self {
            Self::Seal(untrusted) => untrusted.is_pending(),
            Self::Manifest(ManifestFault::Schema(_)) => true,
            Self::Unreadable(DecodeFault::Version(_)) => true,
            Self::Manifest(ManifestFault::Unreadable(DecodeFault::Version(_))) => true,
            _ => false,
        }
    }
}

impl UnverifiedRecord {
    /// Reads what came over the wire, without believing it.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, RecordFault> {
        Self::from_envelope(decode(Domain::Record, bytes, RECORD_BYTES_MAX)?)
    }

    /// Reads an envelope that stood within a larger frame.
    pub fn from_envelope(envelope: RecordEnvelope) -> Result<Self, RecordFault> {
        let manifest = Manifest::from_bytes(&envelope.manifest)?;
        Ok(Self { id: Manifest::id_of(&envelope.manifest), manifest, envelope })
    }

    /// The id that the bytes have, whether or not they are a good record.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// What the manifest says, unverified.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// Checks form, commitments and seal, by keys that were valid when the record was issued.
    pub fn verify(self, roster: &TrustRoster) -> Result<Record, RecordFault> {
        let issued = self.manifest.issued;
        self.verify_at(roster, issued)
    }

    /// Checks form, commitments and seal; a seal counts by a key that was valid when the record was issued, or is at `at`.
    /// Pure, and the only way from foreign bytes to a [`Record`].
    ///
    /// INVARIANT (the originator's word): a record is kept as its originator sealed it, or not at all.
    pub fn verify_at(self, roster: &TrustRoster, at: Instant) -> Result<Record, RecordFault> {
        self.check_sections()?;
        let seals = &self.envelope.seals;
        if seals.is_empty() || seals.len() > SEALS_MAX {
            return Err(RecordFault::Seals(seals.len()));
        }
        let mut reason = Untrusted::BadSignature;
        for seal in seals {
            match roster.trusts_seal(&self.manifest, seal, at) {
                Ok(()) if seal.is_genuine(&self.id) => {
                    return Ok(Record { id: self.id, manifest: self.manifest, envelope: self.envelope });
                }
                // Another seal may still come for what a key that is lost or unknown has sealed; for a forgery none will.
                Err(untrusted) if !reason.is_pending() => reason = untrusted,
                Ok(()) | Err(_) => {}
            }
        }
        Err(RecordFault::Seal(reason))
    }

    fn check_sections(&self) -> Result<(), RecordFault> {
        let mut known = self.manifest.kind.sections().iter();
        for section in &self.envelope.sections {
            if !known.any(|name| *name == section.name) {
                return Err(RecordFault::Sections);
            }
            if section.body.len() > SECTION_BODY_BYTES_MAX {
                return Err(RecordFault::SectionTooLong(section.name));
            }
            if self.manifest.commitment(section.name) != Some(section.commitment()) {
                return Err(RecordFault::Commitment(section.name));
            }
        }
        Ok(())
    }
}

impl Record {
    /// Reads back what this node verified before it stored it; commitments are checked again, seals are not.
    pub fn from_store(bytes: &[u8]) -> Result<Self, RecordFault> {
        let unverified = UnverifiedRecord::from_bytes(bytes)?;
        unverified.check_sections()?;
        Ok(Self { id: unverified.id, manifest: unverified.manifest, envelope: unverified.envelope })
    }

    pub(crate) fn sealed(manifest: Manifest, envelope: RecordEnvelope) -> Self {
        Self { id: Manifest::id_of(&envelope.manifest), manifest, envelope }
    }

    /// SHA-256 of the manifest.
    pub fn id(&self) -> RecordId {
        self.id
    }

    /// What the originator sealed.
    pub fn manifest(&self) -> &Manifest {
        &self.manifest
    }

    /// The envelope, verbatim.
    pub fn envelope(&self) -> &RecordEnvelope {
        &self.envelope
    }

    /// The bytes that are stored and sent.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::Record, &self.envelope)
    }

    /// A section at hand, with content or without.
    pub fn section(&self, name: SectionName) -> Option<&Section> {
        self.envelope.sections.iter().find(|section| section.name == name)
    }

    /// The sections at hand, empty ones included.
    pub fn sections_held(&self) -> SectionSet {
        self.envelope.sections.iter().map(|section| section.name).collect()
    }

    /// The sections at hand that have content.
    pub fn sections_with_content(&self) -> SectionSet {
        self.envelope.sections.iter().filter(|section| !section.is_empty()).map(|section| section.name).collect()
    }

    /// The stricter conditions of a section at hand.
    pub fn section_tags(&self, name: SectionName) -> Option<&SectionTags> {
        self.section(name).map(|section| &section.tags)
    }

    /// The audience, where this holder has it; who has not reads onward = never.
    pub fn audience(&self) -> Option<Audience> {
        let section = self.section(SectionName::Audience)?;
        if section.is_empty() {
            return Some(Audience::default());
        }
        serde_json::from_slice(&section.body).ok()
    }

    /// The same record with one more seal of its originator's, by a key that has taken the place of those it bears. Where
    /// there is no room, the first one goes: several seals may stand for one id, and any good one is enough.
    ///
    /// INVARIANT (the originator's word): the manifest is not touched, so the id and all that refers to it stand.
    pub fn sealed_again(&self, key: &SigningKey) -> Self {
        let mut again = self.clone();
        let seals = &mut again.envelope.seals;
        if seals.len() >= SEALS_MAX {
            seals.remove(0);
        }
        seals.push(Seal::new(&self.id, key));
        again
    }

    /// The same record with only the named sections.
    pub fn with_only(&self, sections: SectionSet) -> Self {
        let mut reduced = self.clone();
        reduced.envelope.sections.retain(|section| sections.contains(section.name));
        reduced
    }

    /// The same record with the sections of both copies, where ids agree.
    pub fn joined_with(&self, other: &Self) -> Self {
        if other.id != self.id {
            return self.clone();
        }
        let mut joined = self.clone();
        joined.envelope.sections = self
            .manifest
            .kind
            .sections()
            .iter()
            .filter_map(|name| self.section(*name).or_else(|| other.section(*name)).cloned())
            .collect();
        for seal in &other.envelope.seals {
            if !joined.envelope.seals.contains(seal) && joined.envelope.seals.len() < SEALS_MAX {
                joined.envelope.seals.push(seal.clone());
            }
        }
        joined
    }
}
