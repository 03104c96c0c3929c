//! What a disk holds, kept beside the store by what was committed to it.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_exchange::{
    Change, Epoch, ItemNumber, Mark, MarkTarget, ObligationPosition, RecordSource, StreamPosition,
};
use chancery_record::{Country, Lineage, Record, RecordEnvelope, RecordId, SectionSet, StatementId};

/// One disk.
#[derive(Clone, Debug, Default)]
pub struct Shadow {
    /// Disclosures by peer, epoch and number.
    pub rows: BTreeMap<(Country, Epoch, ItemNumber), (RecordId, SectionSet)>,
    /// Who was told of a record.
    pub told: BTreeMap<RecordId, BTreeSet<Country>>,
    /// Who was told of a record before the disk was replaced: what peers give back may name it.
    pub told_before: BTreeMap<RecordId, BTreeSet<Country>>,
    /// Own lineages that were taken back.
    pub withdrawn: BTreeSet<Lineage>,
    /// The highest revision of every own lineage.
    pub newest: BTreeMap<Lineage, u64>,
    /// Copies.
    pub held: BTreeMap<RecordId, SectionSet>,
    /// Every record there ever was a copy of.
    pub ever_held: BTreeSet<RecordId>,
    /// Marks by maker and target.
    pub marks: BTreeMap<(Country, MarkTarget), Mark>,
    /// How far peers' ledgers are held.
    pub received: BTreeMap<Country, StreamPosition>,
    /// How far peers' obligations are held.
    pub obligations_received: BTreeMap<Country, ObligationPosition>,
    /// What is owed, by peer and number.
    pub owed: BTreeMap<(Country, ItemNumber), StatementId>,
    /// Whether the disk was replaced: own records that peers give back are kept, taken back or not, and go to nobody.
    pub is_restored: bool,
    /// What each peer has receipted.
    pub receipted: BTreeMap<Country, StreamPosition>,
}

impl Shadow {
    /// Takes in a list of changes, all of them at once; gives what may never be written.
    pub fn take(
        &mut self,
        own: Country,
        changes: &[Change],
        sealed: &BTreeMap<RecordId, Arc<Record>>,
    ) -> Result<(), String> {
        for change in changes {
            match change {
                Change::Accept(acceptance) => self.accept(own, acceptance, sealed)?,
                Change::Ledger(row) => {
                    let place = (row.peer, row.epoch, row.number);
                    if let Some((before, _)) = self.rows.insert(place, (row.record, row.sections)) {
                        return Err(format!("number {}/{} names {before} already", row.epoch, row.number));
                    }
                    self.told.entry(row.record).or_default().insert(row.peer);
                }
                Change::RestoreLedger(row) => {
                    self.told.entry(row.record).or_default().insert(row.peer);
                }
                Change::Mark { maker, target, mark, .. } => {
                    if *maker == own
                        && let MarkTarget::Lineage(lineage) = target
                    {
                        self.withdrawn.insert(*lineage);
                    }
                    self.marks.insert((*maker, target.clone()), *mark);
                }
                Change::Delete { record } => {
                    self.held.remove(record);
                }
                Change::Received { peer, position } => {
                    self.received.insert(*peer, *position);
                }
                Change::ObligationsReceived { peer, position } => {
                    self.obligations_received.insert(*peer, *position);
                }
                Change::Owe { peer, position, statement } => {
                    self.owed.insert((*peer, position.number), statement.id());
                }
                Change::Receipted { peer, position, .. } => {
                    self.receipted.insert(*peer, *position);
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// Whether an originator has taken a record back, as far as this disk knows.
    pub fn is_taken_back(&self, record: &Record) -> bool {
        let manifest = record.manifest();
        let by = |target| self.marks.get(&(manifest.originator, target)).is_some_and(|mark| *mark != Mark::Corrected);
        by(MarkTarget::Lineage(manifest.lineage)) || by(MarkTarget::Record(record.id()))
    }

    fn accept(
        &mut self,
        own: Country,
        acceptance: &chancery_exchange::Acceptance,
        sealed: &BTreeMap<RecordId, Arc<Record>>,
    ) -> Result<(), String> {
        let record = &acceptance.record;
        let (id, manifest) = (record.id(), record.manifest());
        if acceptance.source == RecordSource::Own {
            if manifest.originator != own {
                return Err(format!("{id} of {} is kept as an own record", manifest.originator));
            }
            let newest = self.newest.entry(manifest.lineage).or_default();
            *newest = manifest.revision.max(*newest);
        }
        let is_given_back = self.is_restored && acceptance.source == RecordSource::Own;
        if self.is_taken_back(record) && !is_given_back {
            return Err(format!("{id} was taken back, and comes back"));
        }
        if manifest.is_expired(acceptance.at.date()) && !is_given_back {
            return Err(format!("{id} has expired, and comes back"));
        }
        if sealed.get(&id).is_none_or(|original| !is_part_of(record.envelope(), original.envelope())) {
            return Err(format!("{id} is not as its originator sealed it"));
        }
        let sections = self.held.entry(id).or_insert(SectionSet::EMPTY);
        *sections = sections.union(record.sections_held());
        self.ever_held.insert(id);
        Ok(())
    }
}

/// Whether a copy is the original but for sections left out.
pub fn is_part_of(copy: &RecordEnvelope, original: &RecordEnvelope) -> bool {
    copy.manifest == original.manifest
        && !copy.seals.is_empty()
        && copy.seals.iter().all(|seal| original.seals.contains(seal))
        && copy.sections.iter().all(|section| original.sections.contains(section))
}
