//! Interned labels: bytes that the store does not understand, under dense numbers.

use bincode::{Decode, Encode};
use chancery_exchange::LabelId;
use chancery_record::LabelHash;

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::{LABEL_ROW_BYTES_MAX, SMALL_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, row};

#[derive(Encode, Decode)]
struct LabelRow {
    hash: LabelHash,
    bytes: Vec<u8>,
}
row!(LabelRow, Labels, LABEL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct LabelIdRow(LabelId);
row!(LabelIdRow, LabelIds, SMALL_ROW_BYTES_MAX);

/// Interns a label under the next number; saying the same again changes nothing.
pub(crate) fn intern(pending: &mut Pending<'_>, id: LabelId, hash: LabelHash, bytes: &[u8]) -> Result<(), CommitFault> {
    let known = pending.get::<LabelRow>(&key(id))?;
    if known.is_some_and(|known| known.hash == hash) {
        return Ok(());
    }
    pending.append(Key::new(), key(id), &LabelRow { hash, bytes: bytes.to_vec() })?;
    pending.put(Key::new().bytes(&hash.0), &LabelIdRow(id))
}

/// The number that the next label gets.
pub(crate) fn end(rows: Rows<'_>) -> Result<LabelId, RowFault> {
    let Some((last, _)) = rows.first(Keyspace::Labels, KeyRange::all(), Order::Descending)? else {
        return Ok(LabelId(0));
    };
    let last = Parts::of(&last).array().map(u32::from_be_bytes);
    last.map(|last| LabelId(last).next()).ok_or_else(|| RowFault::damaged(Keyspace::Labels))
}

/// The number of a label.
pub(crate) fn id(rows: Rows<'_>, hash: &LabelHash) -> Result<Option<LabelId>, RowFault> {
    Ok(rows.get(&Key::new().bytes(&hash.0))?.map(|LabelIdRow(id)| id))
}

/// A label's bytes.
pub(crate) fn bytes(rows: Rows<'_>, id: LabelId) -> Result<Option<Vec<u8>>, RowFault> {
    Ok(rows.get(&key(id))?.map(|row: LabelRow| row.bytes))
}

fn key(id: LabelId) -> Key {
    Key::new().bytes(&id.0.to_be_bytes())
}
