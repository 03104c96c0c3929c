//! What waits for a commit: each consequence follows only once the write is durable.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_record::{Country, LabelHash, Lineage, Record, RecordId};

use crate::answer::Answer;
use crate::session::obligations::JudgedObligations;
use crate::session::receiver::JudgedBatch;
use crate::session::sender::PreparedBatch;
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
    /// What was in flight can now be read from the store.
    Settled(InFlight),
}

/// What has been asked to be written and cannot be read yet.
#[derive(Debug, Default)]
pub(crate) struct InFlight {
    pub labels: Vec<LabelHash>,
    pub records: Vec<RecordId>,
    pub lineages: Vec<Lineage>,
}

/// The bounded overlay over committed state: catches what two requests in one commit would do twice.
///
/// It is bounded by the writer's queue: nothing stands in it without a ticket outstanding.
#[derive(Debug, Default)]
pub(crate) struct Overlay {
    pub labels: BTreeMap<LabelHash, LabelId>,
    pub accepting: BTreeSet<RecordId>,
    /// Own lineages being published: the newest version.
    pub lineages: BTreeMap<Lineage, Arc<Record>>,
    pub references: BTreeMap<String, Lineage>,
    pub withdrawing: BTreeSet<Lineage>,
}

impl Overlay {
    /// Takes out what a commit has made readable.
    pub fn settle(&mut self, settled: &InFlight) {
        for hash in &settled.labels {
            self.labels.remove(hash);
        }
        for record in &settled.records {
            self.accepting.remove(record);
        }
        for lineage in &settled.lineages {
            let newest = self.lineages.get(lineage).map(|record| record.id());
            if newest.is_none_or(|id| settled.records.contains(&id)) {
                self.lineages.remove(lineage);
                self.references.retain(|_, of| of != lineage);
            }
            self.withdrawing.remove(lineage);
        }
    }
}
