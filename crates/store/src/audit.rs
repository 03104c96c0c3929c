//! The audit log, which only ever grows.

use bincode::{Decode, Encode};
use chancery_exchange::AuditEntry;

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::NOTE_ROW_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

/// The place of a line in the audit log, dense and rising.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct AuditNumber(pub u64);

#[derive(Encode, Decode)]
struct AuditRow(AuditEntry);
row!(AuditRow, Audit, NOTE_ROW_BYTES_MAX);

/// Appends a line.
pub(crate) fn append(pending: &mut Pending<'_>, entry: &AuditEntry) -> Result<(), CommitFault> {
    pending.log(Key::new(), u64::MAX, &AuditRow(entry.clone()))
}

/// Lines beyond one, in an order.
pub(crate) fn lines(
    rows: Rows<'_>,
    order: Order,
    beyond: Option<AuditNumber>,
    page: usize,
) -> Result<Vec<(AuditNumber, AuditEntry)>, RowFault> {
    let mut range = KeyRange::all();
    if let Some(AuditNumber(number)) = beyond {
        range = range.beyond(Key::new().number(number).as_slice(), order);
    }
    let found = rows.scan(Keyspace::Audit, range, order, page)?;
    found
        .iter()
        .map(|(key, value)| {
            let number = Parts::of(key).number().ok_or_else(|| RowFault::damaged(Keyspace::Audit))?;
            Ok((AuditNumber(number), read::<AuditRow>(value)?.0))
        })
        .collect()
}
