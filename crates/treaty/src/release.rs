//! The proof that something may leave: made only by the decision, spent when the bytes are handed over.

use std::sync::Arc;

use bincode::{Decode, Encode};
use chancery_record::{Country, Instant, Lineage, Purpose, Record, RecordEnvelope, RecordId, SectionSet, Set};
use thiserror::Error;

use crate::label::{Label, PreparedLabel};
use crate::latitude::Latitude;
use crate::terms::{Citation, Terms};
use crate::verdict::LawGeneration;

/// A record with its own label, worked out once and decided for any number of peers.
///
/// The two are tied here, so that no record is ever released by the label of another.
#[derive(Clone, Debug)]
pub struct Candidate {
    record: Arc<Record>,
    label: PreparedLabel,
}

/// Proof that these sections of a record may go to a peer, now, under these articles.
///
/// INVARIANT (released under an article): only [`crate::Law::release`] and [`crate::Law::release_onward`] make one, from
/// a verdict that releases; it cannot be cloned, and it is spent when the bytes are handed to the network driver.
///
/// It can be neither built:
/// ```compile_fail
/// fn forged(disclosure: chancery_treaty::Disclosure) -> chancery_treaty::Released {
///     chancery_treaty::Released { disclosure }
/// }
/// ```
/// nor doubled:
/// ```compile_fail,E0308
/// fn doubled(released: &chancery_treaty::Released) -> chancery_treaty::Released {
///     released.clone()
/// }
/// ```
/// nor spent twice:
/// ```compile_fail,E0382
/// fn twice(released: chancery_treaty::Released, law: chancery_treaty::LawGeneration) {
///     let _ = released.spend(law);
///     let _ = released.spend(law);
/// }
/// ```
#[derive(Debug)]
#[must_use = "what is released and never spent was decided for nothing"]
pub struct Released {
    record: Arc<Record>,
    disclosure: Disclosure,
    terms: Terms,
}

/// What is written down before the bytes leave: what, to whom, under which articles, when.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Disclosure {
    /// To whom.
    pub peer: Country,
    /// Which version.
    pub record: RecordId,
    /// Of which record.
    pub lineage: Lineage,
    /// Which sections.
    pub sections: SectionSet,
    /// Under which articles.
    pub citations: Set<Citation>,
    /// For which purposes.
    pub purposes: Set<Purpose>,
    /// When.
    pub at: Instant,
    /// By which law.
    pub generation: LawGeneration,
    /// What it lets the peer do.
    pub latitude: Latitude,
}

/// What a spent proof gives: the bytes that may leave, with their terms.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    /// To whom, and to nobody else.
    pub peer: Country,
    /// The record with only the released sections, otherwise as its originator sealed it.
    pub envelope: RecordEnvelope,
    /// What binds the receiver.
    pub terms: Terms,
}

/// Proof that a peer may be told of a record by its id: the law lets what stands in it go to that peer now.
///
/// INVARIANT (nothing beyond the view): an id is offered only where the record could be released. Like [`Released`],
/// from which alone it comes, it can be neither built nor doubled:
/// ```compile_fail
/// fn forged(record: chancery_record::RecordId, peer: chancery_record::Country) -> chancery_treaty::Announced {
///     chancery_treaty::Announced { originator: peer, peer, record }
/// }
/// ```
#[derive(Debug)]
#[must_use = "what is announced to nobody was decided for nothing"]
pub struct Announced {
    peer: Country,
    originator: Country,
    record: RecordId,
}

impl Announced {
    /// To whom.
    pub fn peer(&self) -> Country {
        self.peer
    }

    /// Who sealed it.
    pub fn originator(&self) -> Country {
        self.originator
    }

    /// Which version.
    pub fn record(&self) -> RecordId {
        self.record
    }
}

/// The law has moved since the decision; all is decided again.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("decided under law {} where law {} now holds; decide again", .made_in.0, .current.0)]
pub struct Stale {
    /// The law it was decided by.
    pub made_in: LawGeneration,
    /// The law that holds.
    pub current: LawGeneration,
}

impl Candidate {
    /// Works out the record's label.
    pub fn new(record: Arc<Record>) -> Self {
        let label = Label::of(&record).prepare();
        Self { record, label }
    }

    /// The record.
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Its label.
    pub fn label(&self) -> &PreparedLabel {
        &self.label
    }
}

impl Released {
    /// Called by the decision alone, for what its verdict releases.
    pub(crate) fn granted(
        record: &Arc<Record>,
        peer: Country,
        terms: Terms,
        citations: Set<Citation>,
        at: Instant,
        generation: LawGeneration,
    ) -> Self {
        let disclosure = Disclosure {
            peer,
            record: record.id(),
            lineage: record.manifest().lineage,
            sections: terms.sections(),
            citations,
            purposes: terms.purposes(),
            at,
            generation,
            latitude: Latitude::of(&terms),
        };
        Self { record: Arc::clone(record), disclosure, terms }
    }

    /// What must be durable before this is spent.
    pub fn disclosure(&self) -> &Disclosure {
        &self.disclosure
    }

    /// The terms that will go with it.
    pub fn terms(&self) -> &Terms {
        &self.terms
    }

    /// The record it is about, whole.
    pub fn record(&self) -> &Arc<Record> {
        &self.record
    }

    /// Gives the bytes out, if the law has not moved since the decision.
    ///
    /// INVARIANT (decided at the wire): what was decided by an older law is void, whatever it said.
    pub fn spend(self, current: LawGeneration) -> Result<Delivery, Stale> {
        let made_in = self.disclosure.generation;
        if made_in != current || made_in == LawGeneration::TRIAL {
            return Err(Stale { made_in, current });
        }
        let envelope = self.record.with_only(self.disclosure.sections).envelope().clone();
        Ok(Delivery { peer: self.disclosure.peer, envelope, terms: self.terms })
    }

    /// Gives only the id out, if the law has not moved since the decision.
    pub fn announce(self, current: LawGeneration) -> Result<Announced, Stale> {
        let made_in = self.disclosure.generation;
        if made_in != current || made_in == LawGeneration::TRIAL {
            return Err(Stale { made_in, current });
        }
        let originator = self.record.manifest().originator;
        Ok(Announced { peer: self.disclosure.peer, originator, record: self.disclosure.record })
    }
}
