//! Signed terms sheets, by which deliveries are bound.

use chancery_record::SheetHash;

use crate::commit::CommitFault;
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::SHEET_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows};

/// Keeps a sheet, verbatim.
///
/// INVARIANT (terms stay with the copy): a sheet is never taken away, so a copy that names one always finds it.
pub(crate) fn keep(pending: &mut Pending<'_>, hash: &SheetHash, bytes: &[u8]) -> Result<(), CommitFault> {
    pending.put_bytes(Keyspace::Terms, Key::new().bytes(&hash.0), bytes.to_vec(), SHEET_BYTES_MAX)
}

/// A sheet, as it was signed.
pub(crate) fn sheet(rows: Rows<'_>, hash: &SheetHash) -> Result<Option<Vec<u8>>, RowFault> {
    rows.bytes(Keyspace::Terms, &Key::new().bytes(&hash.0))
}
