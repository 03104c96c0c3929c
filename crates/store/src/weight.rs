//! How much of one batch a list of changes may take, so that lists are gathered into commits that the engine accepts.

use chancery_exchange::{Acceptance, Change, RecordSource};

use crate::limits::{
    BATCH_BYTES_MAX, BATCH_WRITES_MAX, ENTRIES_PER_COPY_MAX, PAGE_ENTRIES_MAX, ROW_OVERHEAD_BYTES, SMALL_ROW_BYTES_MAX,
};

/// An upper bound of what a list of changes writes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Weight {
    writes: usize,
    bytes: usize,
}

impl Weight {
    /// Of a list of changes; nothing is read for it.
    pub fn of(changes: &[Change]) -> Self {
        // The totals are written once.
        let totals = Self { writes: 1, bytes: ROW_OVERHEAD_BYTES };
        changes.iter().map(of_change).fold(totals, Self::with)
    }

    /// Of two lists in one commit.
    #[must_use]
    pub fn with(self, other: Self) -> Self {
        Self { writes: self.writes.saturating_add(other.writes), bytes: self.bytes.saturating_add(other.bytes) }
    }

    /// Whether one batch takes it for certain. A single list that does not fit may be tried all the same.
    pub fn fits(self) -> bool {
        self.writes <= BATCH_WRITES_MAX && self.bytes <= BATCH_BYTES_MAX
    }

    /// Writes and bytes at most.
    pub fn bounds(self) -> (usize, usize) {
        (self.writes, self.bytes)
    }
}

/// So many writes, each with its overhead, and the parts of the change that have no fixed length.
fn rows(writes: usize, content: usize) -> Weight {
    Weight { writes, bytes: content.saturating_add(writes.saturating_mul(ROW_OVERHEAD_BYTES)) }
}

fn of_change(change: &Change) -> Weight {
    match change {
        Change::Label { bytes, .. } => rows(2, bytes.len()),
        Change::Accept(acceptance) => of_acceptance(acceptance),
        Change::Sheet { bytes, .. } => rows(2, bytes.len()),
        Change::Items { items, .. } | Change::DropItems { items, .. } => rows(2 * items.len(), 0),
        Change::CheckDue { left, .. } => rows(1, left.as_ref().map_or(0, Vec::len)),
        // A life begins once in years; what peers gave to the last one goes with it.
        Change::NewLife { .. } => rows(2 + PAGE_ENTRIES_MAX, 0),
        Change::RestoreLedger(row) => rows(3, row.disclosure.len() * 2),
        Change::Ledger(row) => rows(2, row.disclosure.len()),
        Change::Owe { statement, .. } => rows(3, statement.bytes.len()),
        Change::Mark { statement, .. } => rows(3, statement.bytes.len()),
        Change::Delete { .. } => rows(8 + ENTRIES_PER_COPY_MAX, 0),
        Change::DeletionReceipt { records, .. } => rows(2, size_of_val(records.as_slice())),
        Change::Breach { what, .. } => rows(2, what.len()),
        Change::Audit(entry) => {
            let optional = |text: &Option<String>| text.as_ref().map_or(0, String::len);
            let words = entry.actor.len() + entry.action.len() + entry.outcome.len();
            rows(2, words + optional(&entry.purpose) + optional(&entry.reference))
        }
        Change::Receipted { .. } => rows(3, SMALL_ROW_BYTES_MAX),
        Change::OweReceipted { .. } => rows(2, SMALL_ROW_BYTES_MAX),
        Change::ConsentAsk(_) | Change::Cursor { .. } | Change::Quarantine { .. } => rows(2, 0),
        Change::Received { .. }
        | Change::Refused { .. }
        | Change::LifeRecovered { .. }
        | Change::Met { .. }
        | Change::Returned { .. }
        | Change::ObligationsReceived { .. }
        | Change::Defer(_)
        | Change::Undefer { .. }
        | Change::OnwardCopy(_)
        | Change::NoOnwardCopy { .. }
        | Change::OnwardHolder(_)
        | Change::ConsentReply { .. }
        | Change::Clock(_) => rows(1, 0),
        Change::Onward { .. } => rows(2, 0),
    }
}

fn of_acceptance(acceptance: &Acceptance) -> Weight {
    let envelope = acceptance.record.envelope();
    let bodies: usize = envelope.sections.iter().map(|section| section.body.len() + ROW_OVERHEAD_BYTES).sum();
    let record = envelope.manifest.len() + size_of_val(envelope.seals.as_slice()) + bodies;
    let terms = match &acceptance.source {
        RecordSource::Own => 0,
        RecordSource::Delivered { narrowed, .. } => narrowed.len(),
    };
    // The reference stands in the record's row, in the summary, and in an index entry that comes and one that goes.
    let references = acceptance.source_reference.as_ref().map_or(0, String::len).saturating_mul(4);
    let entries = ENTRIES_PER_COPY_MAX * size_of::<u64>() * 2;
    rows(16, record + terms + references + entries)
}
