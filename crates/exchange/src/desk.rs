//! What every step of a session works with: the moment, the law in force, committed state, the interned labels.

use chancery_record::{Country, Moment, Record, RecordId};
use chancery_treaty::{Action, Candidate, Law, LawGeneration, Released, Verdict};

use crate::change::Mark;
use crate::input::OwnIdentity;
use crate::label_index::LabelIndex;
use crate::ticket::Overlay;
use crate::{HeldRecord, Holdings, LabelId, ReadFault};

/// One step's view of the node.
pub(crate) struct Desk<'a, H: Holdings> {
    pub now: Moment,
    pub own: Country,
    /// This node's keys, with which its records are sealed again where that is needed.
    pub identity: &'a OwnIdentity,
    pub law: &'a Law,
    pub labels: &'a mut LabelIndex,
    /// What is in flight and cannot be read from `holdings` yet.
    pub overlay: &'a Overlay,
    pub holdings: &'a H,
}

/// What a decision about one record and one peer came to.
pub(crate) enum Decided {
    /// It may go.
    Release(Box<Released>),
    /// It may not, or there is nothing to go.
    Withhold,
    /// It may not now; a day may change that.
    Defer(chancery_record::Date),
}

impl<H: Holdings> Desk<'_, H> {
    /// The law's generation, asked again when a frame leaves.
    pub fn generation(&self) -> LawGeneration {
        self.law.generation()
    }

    /// The index bit: whether anything under a label may go to a peer for some purpose.
    pub fn may_offer(&mut self, label: LabelId, peer: Country) -> Result<bool, ReadFault> {
        self.labels.may_offer(label, peer, self.law, self.holdings)
    }

    /// Decides a held record for a peer, unless a mark stands on it or a newer version replaces it.
    pub fn decide_held(&mut self, id: &RecordId, peer: Country) -> Result<Decided, ReadFault> {
        Ok(match self.standing(id)? {
            Some(held) if held.record.manifest().originator != self.own => self.decide_reported(&held, peer)?,
            Some(held) => self.decide(&Candidate::new(self.identity.sealed_for_release(held.record)), peer),
            None => Decided::Withhold,
        })
    }

    /// Whether another law could release a record that is withheld now.
    ///
    /// What a peer could not accept was receipted, so the ledger takes it for held: only the deferred index knows better,
    /// and forgets it no sooner than the record is gone for good.
    pub fn may_return(&self, id: &RecordId) -> Result<bool, ReadFault> {
        let today = self.now.wall.date();
        Ok(self.standing(id)?.is_some_and(|held| !held.record.manifest().is_expired(today)))
    }

    /// A held record that nobody has taken back or replaced.
    pub fn standing(&self, id: &RecordId) -> Result<Option<HeldRecord>, ReadFault> {
        let Some(held) = self.holdings.held(id)? else {
            return Ok(None);
        };
        let is_gone = held.mark.is_some_and(|mark| mark != Mark::Corrected)
            || self.is_being_taken_back(&held.record)
            || !self.is_current(&held.record)?;
        Ok((!is_gone).then_some(held))
    }

    /// Decides a record for a peer under the law of this moment.
    ///
    /// INVARIANT (decided at the wire): called while a batch for the wire is made, never when a record is queued; what
    /// it gives carries the generation and is void under another.
    pub fn decide(&self, candidate: &Candidate, peer: Country) -> Decided {
        match self.law.release(candidate, peer, Action::Offer, self.now.wall) {
            Ok(released) => Decided::Release(Box::new(released)),
            Err(verdict) => deferred(&verdict),
        }
    }

    /// Whether the originator has taken a record or its lineage back, durably or not yet.
    pub fn is_taken_back(&self, record: &Record) -> Result<bool, ReadFault> {
        let (manifest, id) = (record.manifest(), record.id());
        let mark = self.holdings.mark(manifest.originator, &manifest.lineage, &id)?;
        Ok(mark.is_some_and(|mark| mark != Mark::Corrected) || self.is_being_taken_back(record))
    }

    fn is_being_taken_back(&self, record: &Record) -> bool {
        let manifest = record.manifest();
        self.overlay.is_taking_back(manifest.originator, &manifest.lineage, &record.id())
    }

    /// Whether no other version of the lineage stands at or above this revision.
    fn is_current(&self, record: &Record) -> Result<bool, ReadFault> {
        let manifest = record.manifest();
        let in_flight = self.overlay.versions(manifest.originator, &manifest.lineage);
        if in_flight.iter().any(|version| version.manifest().revision > manifest.revision) {
            return Ok(false);
        }
        let versions = self.holdings.versions(manifest.originator, &manifest.lineage)?;
        Ok(versions.iter().all(|(revision, id)| *id == record.id() || *revision < manifest.revision))
    }
}

fn deferred(verdict: &Verdict) -> Decided {
    verdict.deferred.as_ref().map(|deferred| deferred.until).map_or(Decided::Withhold, Decided::Defer)
}
