//! What holders said they deleted, by the statement that asked for it.

use bincode::{Decode, Encode};
use chancery_record::{Country, Date, Instant, RecordId, StatementId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{DELETION_RECEIPTS_PER_HOLDER_MAX, STATEMENT_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

/// A holder's word that it deleted its copies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct DeletionReceipt {
    /// The holder.
    pub peer: Country,
    /// The versions it deleted.
    pub records: Vec<RecordId>,
    /// Until when its backups may still hold a copy.
    pub backups_until: Date,
    /// When it was made.
    pub at: Instant,
}
row!(DeletionReceipt, DeletionReceipts, STATEMENT_ROW_BYTES_MAX);

/// Keeps a receipt, in the place of the holder's oldest where there are too many.
pub(crate) fn keep(
    pending: &mut Pending<'_>,
    answers: &StatementId,
    receipt: &DeletionReceipt,
) -> Result<(), CommitFault> {
    pending.log(Key::new().bytes(&answers.0).country(receipt.peer), DELETION_RECEIPTS_PER_HOLDER_MAX, receipt)
}

/// The receipts that answer a statement, holder by holder.
pub(crate) fn of_statement(
    rows: Rows<'_>,
    answers: &StatementId,
    page: usize,
) -> Result<Vec<DeletionReceipt>, RowFault> {
    let found = rows.scan(Keyspace::DeletionReceipts, KeyRange::prefix(&answers.0), Order::Ascending, page)?;
    found.iter().map(|(_, value)| read(value)).collect()
}
