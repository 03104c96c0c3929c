//! The local order in which records were accepted, apart for each lane.

use std::ops::Bound;

use bincode::{Decode, Encode};
use chancery_exchange::{JournalEntry, JournalPosition, LabelId};
use chancery_record::{Date, Precedence, RecordId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::SMALL_ROW_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

#[derive(Encode, Decode)]
struct JournalRow {
    record: RecordId,
    label: LabelId,
    expires: Date,
}
row!(JournalRow, Journal, SMALL_ROW_BYTES_MAX);

/// Appends an entry; its place must lie beyond every entry there ever was.
pub(crate) fn append(pending: &mut Pending<'_>, lane: Precedence, entry: &JournalEntry) -> Result<(), CommitFault> {
    if entry.position <= pending.totals.journal_end {
        return Err(CommitFault::OutOfOrder { keyspace: Keyspace::Journal.name() });
    }
    pending.totals.journal_end = entry.position;
    put(pending, lane, entry)
}

/// Takes an entry out; its place stays empty.
pub(crate) fn remove(pending: &mut Pending<'_>, lane: Precedence, position: JournalPosition) {
    pending.delete(Keyspace::Journal, key(lane, position));
}

/// Entries of a lane after a place, in order.
pub(crate) fn entries(
    rows: Rows<'_>,
    lane: Precedence,
    after: JournalPosition,
    page: usize,
) -> Result<Vec<JournalEntry>, RowFault> {
    let found = rows.scan(Keyspace::Journal, range_after(lane, after), Order::Ascending, page)?;
    found.iter().map(|(key, value)| entry(key, value)).collect()
}

/// The entry of a lane at a place.
pub(crate) fn entry_at(
    rows: Rows<'_>,
    lane: Precedence,
    position: JournalPosition,
) -> Result<Option<JournalEntry>, RowFault> {
    let key = key(lane, position);
    rows.bytes(Keyspace::Journal, &key)?.map(|value| entry(key.as_slice(), &value)).transpose()
}

/// Puts back an entry that a copy names.
pub(crate) fn restore(pending: &mut Pending<'_>, lane: Precedence, entry: &JournalEntry) -> Result<(), CommitFault> {
    pending.totals.journal_end = pending.totals.journal_end.max(entry.position);
    put(pending, lane, entry)
}

/// How many entries of a lane lie after a place, counted up to `most`.
pub(crate) fn count_after(
    rows: Rows<'_>,
    lane: Precedence,
    after: JournalPosition,
    most: usize,
) -> Result<usize, RowFault> {
    rows.count(Keyspace::Journal, range_after(lane, after), most)
}

/// How many entries of a lane lie after a place, up to and with another, counted up to `most`.
pub(crate) fn count_between(
    rows: Rows<'_>,
    lane: Precedence,
    after: JournalPosition,
    until: JournalPosition,
    most: usize,
) -> Result<usize, RowFault> {
    let bound = |position| key(lane, position).into();
    let range = KeyRange::between(Bound::Excluded(bound(after)), Bound::Included(bound(until)));
    rows.count(Keyspace::Journal, range, most)
}

fn range_after(lane: Precedence, after: JournalPosition) -> KeyRange {
    KeyRange::prefix(&[lane.code()]).after(key(lane, after).as_slice())
}

fn put(pending: &mut Pending<'_>, lane: Precedence, entry: &JournalEntry) -> Result<(), CommitFault> {
    let row = JournalRow { record: entry.record, label: entry.label, expires: entry.expires };
    pending.put(key(lane, entry.position), &row)
}

pub(crate) fn entry(key: &[u8], value: &[u8]) -> Result<JournalEntry, RowFault> {
    let mut parts = Parts::of(key);
    let mut position = || {
        parts.array::<1>()?;
        let position = JournalPosition(parts.number()?);
        parts.end().map(|()| position)
    };
    let position = position().ok_or_else(|| RowFault::damaged(Keyspace::Journal))?;
    let row: JournalRow = read(value)?;
    Ok(JournalEntry { position, record: row.record, label: row.label, expires: row.expires })
}

fn key(lane: Precedence, position: JournalPosition) -> Key {
    Key::new().byte(lane.code()).number(position.0)
}
