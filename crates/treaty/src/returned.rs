//! What is given back: a record that goes to nobody but the country that sealed it.

use chancery_record::{Country, Record, RecordEnvelope};
use thiserror::Error;

/// A record on its way back to its originator, which needs no grant: it tells the originator nothing but its own words.
///
/// INVARIANT (released under an article): besides [`crate::Released`] the only way for a record to leave, and it leads
/// only to the country whose seal it bears. It can be neither built past that check:
/// ```compile_fail
/// fn forged(envelope: chancery_record::RecordEnvelope, peer: chancery_record::Country) -> chancery_treaty::Returned {
///     chancery_treaty::Returned { peer, envelope }
/// }
/// ```
/// nor doubled:
/// ```compile_fail,E0308
/// fn doubled(returned: &chancery_treaty::Returned) -> chancery_treaty::Returned {
///     returned.clone()
/// }
/// ```
#[derive(Debug)]
#[must_use = "what is given back and never sent was read for nothing"]
pub struct Returned {
    peer: Country,
    envelope: RecordEnvelope,
}

/// A record that is not the peer's own.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("the record was sealed by {originator}; only its originator is given it back, not {peer}")]
pub struct NotItsOwn {
    /// Who sealed it.
    pub originator: Country,
    /// Who was to have it.
    pub peer: Country,
}

impl Returned {
    /// The record as it is held here, for `peer`, if `peer` sealed it.
    ///
    /// INVARIANT (the originator's word): it goes back verbatim, with the sections and seals at hand and no others.
    pub fn to_originator(record: &Record, peer: Country) -> Result<Self, NotItsOwn> {
        let originator = record.manifest().originator;
        if originator != peer {
            return Err(NotItsOwn { originator, peer });
        }
        Ok(Self { peer, envelope: record.envelope().clone() })
    }

    /// To whom it goes, and to nobody else.
    pub fn peer(&self) -> Country {
        self.peer
    }

    /// Hands it over.
    pub fn into_envelope(self) -> RecordEnvelope {
        self.envelope
    }
}
