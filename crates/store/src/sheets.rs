//! Signed terms sheets, by which deliveries are bound.

use chancery_exchange::{Epoch, ItemNumber};
use chancery_record::{Country, SheetHash};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::SHEET_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows};

/// Keeps a sheet, verbatim, and where it stood in its signer's stream.
///
/// INVARIANT (terms stay with the copy): a sheet is never taken away, so a copy that names one always finds it.
pub(crate) fn keep(
    pending: &mut Pending<'_>,
    peer: Country,
    (epoch, first): (Epoch, ItemNumber),
    hash: &SheetHash,
    bytes: &[u8],
) -> Result<(), CommitFault> {
    pending.put_bytes(Keyspace::SheetsOf, Key::new().country(peer).item(epoch, first), hash.0.to_vec(), 32)?;
    pending.put_bytes(Keyspace::Terms, Key::new().bytes(&hash.0), bytes.to_vec(), SHEET_BYTES_MAX)
}

/// Sheets that a peer signed, after a place in its stream.
pub(crate) fn of_peer(
    rows: Rows<'_>,
    peer: Country,
    after: Option<(Epoch, ItemNumber)>,
    page: usize,
) -> Result<Vec<(Epoch, ItemNumber, Vec<u8>)>, RowFault> {
    let mut range = KeyRange::prefix(&peer.letters());
    if let Some((epoch, first)) = after {
        range = range.after(Key::new().country(peer).item(epoch, first).as_slice());
    }
    let found = rows.scan(Keyspace::SheetsOf, range, Order::Ascending, page)?;
    found
        .into_iter()
        .map(|(key, hash)| {
            let damaged = || RowFault::damaged(Keyspace::SheetsOf);
            let mut parts = Parts::of(&key);
            let (epoch, first) = parts.country().and_then(|_| parts.item()).ok_or_else(damaged)?;
            let hash = hash.try_into().map(SheetHash).map_err(|_| damaged())?;
            let bytes = sheet(rows, &hash)?.ok_or_else(|| RowFault::damaged(Keyspace::Terms))?;
            Ok((epoch, first, bytes))
        })
        .collect()
}

/// A sheet, as it was signed.
pub(crate) fn sheet(rows: Rows<'_>, hash: &SheetHash) -> Result<Option<Vec<u8>>, RowFault> {
    rows.bytes(Keyspace::Terms, &Key::new().bytes(&hash.0))
}
