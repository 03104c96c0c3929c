//! What waits for a commit: each consequence follows only once the write is durable.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_record::{Country, LabelHash, Lineage, Record, RecordId};

use crate::answer::Answer;
use crate::change::{Acceptance, Change, Mark, MarkTarget, RecordSource};
use crate::session::batch::PreparedBatch;
use crate::session::obligations::JudgedObligations;
use crate::session::onward::PreparedOffer;
use crate::session::receiver::JudgedBatch;
use crate::{CallerId, ConnectionId, LabelId};

/// One consequence of a commit.
#[derive(Debug)]
pub(crate) enum Waiting {
    /// A local caller is answered.
    Answer(CallerId, Answer),
    /// A batch may be handed over.
    Prepared(Country, ConnectionId, PreparedBatch),
    /// A received batch may be receipted.
    Judged(Country, ConnectionId, JudgedBatch),
    /// Received obligations may be receipted.
    JudgedObligations(Country, ConnectionId, JudgedObligations),
    /// Another life of the store has begun or recovered: connections begin afresh.
    NewLife,
    /// A page of what a peer gave back is taken in; the next may be asked for.
    ReturnTaken(Country, ConnectionId),
    /// What a peer was found to lack is deferred, and may be offered again.
    Missing(Country, ConnectionId),
    /// Ids may be offered.
    Offer(Country, ConnectionId, PreparedOffer),
    /// A further copy may be passed on.
    OnwardCopy,
    /// An originator has answered about passing something on to a country.
    Consent(Country),
    /// An originator has receipted what it was owed.
    OweReceipted(Country),
    /// What was in flight can now be read from the store.
    Settled(InFlight),
}

/// What one list of changes says that cannot be read yet.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    labels: Vec<LabelHash>,
    records: Vec<(Arc<Record>, Option<String>)>,
    marks: Vec<(Country, MarkTarget)>,
    disclosures: Vec<(RecordId, Country)>,
}

/// The bounded overlay over committed state: what has been asked to be written and cannot be read yet.
///
/// It is bounded by the writer's queue: nothing stands in it without a ticket outstanding.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    labels: BTreeMap<LabelHash, LabelId>,
    /// Records being accepted: the copy that will stand.
    accepting: BTreeMap<RecordId, Arc<Record>>,
    /// The versions among them, by originator and lineage.
    versions: BTreeMap<(Country, Lineage), Vec<Arc<Record>>>,
    /// The own record that will stand under a source reference.
    references: BTreeMap<String, Arc<Record>>,
    /// Withdrawals and recalls, by maker, with how many lists of changes say so.
    marks: BTreeMap<(Country, MarkTarget), usize>,
    /// Disclosures by record and peer, with how many ledger rows say so.
    disclosures: BTreeMap<RecordId, BTreeMap<Country, usize>>,
}

impl Overlay {
    /// Takes in what changes say, from when they are made until they are durable.
    pub fn note(&mut self, changes: &[Change], in_flight: &mut InFlight) {
        for change in changes {
            match change {
                Change::Label { id, hash, .. } => {
                    self.labels.insert(*hash, *id);
                    in_flight.labels.push(*hash);
                }
                Change::Accept(acceptance) => self.note_accepted(acceptance, in_flight),
                Change::Mark { maker, target, mark, .. } if *mark != Mark::Corrected => {
                    *self.marks.entry((*maker, target.clone())).or_default() += 1;
                    in_flight.marks.push((*maker, target.clone()));
                }
                Change::Ledger(row) => self.note_disclosed(row.record, row.peer, in_flight),
                Change::OnwardHolder(told) => self.note_disclosed(told.record, told.holder, in_flight),
                _ => {}
            }
        }
    }

    /// Takes out what a commit has made readable.
    pub fn settle(&mut self, settled: &InFlight) {
        for hash in &settled.labels {
            self.labels.remove(hash);
        }
        for (record, reference) in &settled.records {
            let is_it = |stands: &Arc<Record>| Arc::ptr_eq(stands, record);
            let manifest = record.manifest();
            if self.accepting.get(&record.id()).is_some_and(is_it) {
                self.accepting.remove(&record.id());
            }
            let lineage = (manifest.originator, manifest.lineage);
            if let Some(versions) = self.versions.get_mut(&lineage) {
                versions.retain(|version| !is_it(version));
                if versions.is_empty() {
                    self.versions.remove(&lineage);
                }
            }
            if let Some(reference) = reference
                && self.references.get(reference).is_some_and(is_it)
            {
                self.references.remove(reference);
            }
        }
        settled.marks.iter().for_each(|mark| uncount(&mut self.marks, mark));
        for (record, peer) in &settled.disclosures {
            if let Some(peers) = self.disclosures.get_mut(record) {
                uncount(peers, peer);
                if peers.is_empty() {
                    self.disclosures.remove(record);
                }
            }
        }
    }

    /// The id of a label being interned.
    pub fn label(&self, hash: &LabelHash) -> Option<LabelId> {
        self.labels.get(hash).copied()
    }

    /// The copy of a record that will stand, where one is being accepted.
    pub fn accepting(&self, record: &RecordId) -> Option<&Arc<Record>> {
        self.accepting.get(record)
    }

    /// Whether no journal entry is in flight: what the store says of the journal's end is all there is.
    pub fn is_journal_settled(&self) -> bool {
        self.accepting.is_empty()
    }

    /// The versions of a lineage being accepted, in the order they were made.
    pub fn versions(&self, originator: Country, lineage: &Lineage) -> &[Arc<Record>] {
        self.versions.get(&(originator, *lineage)).map_or(&[], Vec::as_slice)
    }

    /// The lineage of the own record being published under a source reference.
    pub fn lineage_of_reference(&self, reference: &str) -> Option<Lineage> {
        self.references.get(reference).map(|record| record.manifest().lineage)
    }

    /// Whether a lineage is being withdrawn by its originator.
    pub fn is_withdrawing(&self, originator: Country, lineage: &Lineage) -> bool {
        self.marks.contains_key(&(originator, MarkTarget::Lineage(*lineage)))
    }

    /// Whether a record is being withdrawn or recalled by its originator.
    pub fn is_taking_back(&self, originator: Country, lineage: &Lineage, record: &RecordId) -> bool {
        self.is_withdrawing(originator, lineage) || self.marks.contains_key(&(originator, MarkTarget::Record(*record)))
    }

    /// To whom a record is being disclosed.
    pub fn holders(&self, record: &RecordId) -> impl Iterator<Item = Country> {
        self.disclosures.get(record).into_iter().flat_map(|peers| peers.keys().copied())
    }

    fn note_disclosed(&mut self, record: RecordId, peer: Country, in_flight: &mut InFlight) {
        *self.disclosures.entry(record).or_default().entry(peer).or_default() += 1;
        in_flight.disclosures.push((record, peer));
    }

    fn note_accepted(&mut self, acceptance: &Acceptance, in_flight: &mut InFlight) {
        let record = &acceptance.record;
        let manifest = record.manifest();
        self.accepting.insert(record.id(), Arc::clone(record));
        self.versions.entry((manifest.originator, manifest.lineage)).or_default().push(Arc::clone(record));
        let reference = acceptance.source_reference.clone().filter(|_| acceptance.source == RecordSource::Own);
        if let Some(reference) = &reference {
            self.references.insert(reference.clone(), Arc::clone(record));
        }
        in_flight.records.push((Arc::clone(record), reference));
    }
}

fn uncount<K: Ord>(counts: &mut BTreeMap<K, usize>, key: &K) {
    if let Some(count) = counts.get_mut(key) {
        *count -= 1;
        if *count == 0 {
            counts.remove(key);
        }
    }
}
