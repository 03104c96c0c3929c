//! The numbered disclosures to each peer, with who holds what of a record.

use bincode::{Decode, Encode};
use chancery_exchange::{Disclosed, Epoch, ItemNumber, LedgerRow};
use chancery_record::{Country, RecordId, SectionSet};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::{LEDGER_ROW_BYTES_MAX, PAGE_ENTRIES_MAX, SMALL_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

/// A disclosure, and the one before it of the same record to the same peer.
#[derive(Encode, Decode)]
struct KeptRow {
    row: LedgerRow,
    previous: Option<(Epoch, ItemNumber)>,
}
row!(KeptRow, Ledger, LEDGER_ROW_BYTES_MAX);

/// All that ever went of a record to a peer.
#[derive(Encode, Decode)]
struct DisclosedRow {
    sections: SectionSet,
    epoch: Epoch,
    number: ItemNumber,
}
row!(DisclosedRow, Disclosures, SMALL_ROW_BYTES_MAX);

/// Appends a disclosure to a peer's ledger; nothing ever takes it out again.
///
/// INVARIANT (written down first)
/// INVARIANT (what is owed follows the record): who ever had it is found by the record, receipt or none.
pub(crate) fn append(pending: &mut Pending<'_>, row: &LedgerRow) -> Result<(), CommitFault> {
    let holder = holder_key(&row.record, row.peer);
    let before: Option<DisclosedRow> = pending.get(&holder)?;
    let sections = before.as_ref().map_or(SectionSet::EMPTY, |before| before.sections).union(row.sections);
    let kept = KeptRow { row: row.clone(), previous: before.map(|before| (before.epoch, before.number)) };
    pending.append(Key::new().country(row.peer), key(row.peer, row.epoch, row.number), &kept)?;
    pending.put(holder, &DisclosedRow { sections, epoch: row.epoch, number: row.number })
}

/// Puts back a row of an earlier life, wherever in the peer's ledger it stood; one that stands there already stays.
///
/// INVARIANT (what is owed follows the record): the chain of a record's rows stays in order, so all of it is found.
pub(crate) fn restore(pending: &mut Pending<'_>, row: &LedgerRow) -> Result<(), CommitFault> {
    let at = (row.epoch, row.number);
    if pending.get::<KeptRow>(&key(row.peer, row.epoch, row.number))?.is_some() {
        return Ok(());
    }
    let holder = holder_key(&row.record, row.peer);
    let known: Option<DisclosedRow> = pending.get(&holder)?;
    let mut previous = known.as_ref().map(|known| (known.epoch, known.number));
    let mut successor = None;
    while let Some((epoch, number)) = previous.filter(|previous| *previous > at) {
        let later: KeptRow =
            pending.get(&key(row.peer, epoch, number))?.ok_or_else(|| RowFault::damaged(Keyspace::Ledger))?;
        previous = later.previous.filter(|before| *before < (epoch, number));
        successor = Some(later);
    }
    if let Some(later) = successor {
        let linked = KeptRow { previous: Some(at), ..later };
        pending.put(key(row.peer, linked.row.epoch, linked.row.number), &linked)?;
    }
    pending.put(key(row.peer, row.epoch, row.number), &KeptRow { row: row.clone(), previous })?;
    let sections = known.as_ref().map_or(SectionSet::EMPTY, |known| known.sections).union(row.sections);
    let (epoch, number) = known.map_or(at, |known| at.max((known.epoch, known.number)));
    pending.put(holder, &DisclosedRow { sections, epoch, number })
}

/// The last row written for a peer.
pub(crate) fn end(rows: Rows<'_>, peer: Country) -> Result<Option<(Epoch, ItemNumber)>, RowFault> {
    let last = rows.first(Keyspace::Ledger, KeyRange::prefix(&peer.letters()), Order::Descending)?;
    let Some((key, _)) = last else { return Ok(None) };
    let mut parts = Parts::of(&key);
    let item = parts.country().and_then(|_| parts.item());
    item.map(Some).ok_or_else(|| RowFault::damaged(Keyspace::Ledger))
}

/// One row.
pub(crate) fn ledger_row(
    rows: Rows<'_>,
    peer: Country,
    epoch: Epoch,
    number: ItemNumber,
) -> Result<Option<LedgerRow>, RowFault> {
    Ok(rows.get(&key(peer, epoch, number))?.map(|kept: KeptRow| kept.row))
}

/// A peer's rows after an item, in order.
pub(crate) fn of_peer(
    rows: Rows<'_>,
    peer: Country,
    after: Option<(Epoch, ItemNumber)>,
    page: usize,
) -> Result<Vec<LedgerRow>, RowFault> {
    let mut range = KeyRange::prefix(&peer.letters());
    if let Some((epoch, number)) = after {
        range = range.after(key(peer, epoch, number).as_slice());
    }
    let found = rows.scan(Keyspace::Ledger, range, Order::Ascending, page)?;
    found.iter().map(|(_, value)| Ok(read::<KeptRow>(value)?.row)).collect()
}

/// The rows of a record, peer by peer and the latest first, at most `most`.
pub(crate) fn of_record(rows: Rows<'_>, record: &RecordId, most: usize) -> Result<Vec<LedgerRow>, RowFault> {
    let mut found = Vec::new();
    for peer in holders(rows, record)? {
        let mut next = disclosed(rows, peer, record)?.map(|last| (last.epoch, last.number));
        while let Some((epoch, number)) = next {
            if found.len() >= most {
                return Ok(found);
            }
            let kept: KeptRow =
                rows.get(&key(peer, epoch, number))?.ok_or_else(|| RowFault::damaged(Keyspace::Ledger))?;
            // A chain only ever leads back; one that does not is damage, and would never end.
            if kept.previous.is_some_and(|previous| previous >= (epoch, number)) {
                return Err(RowFault::damaged(Keyspace::Ledger));
            }
            next = kept.previous;
            found.push(kept.row);
        }
    }
    Ok(found)
}

/// What was disclosed of a record to a peer.
pub(crate) fn disclosed(rows: Rows<'_>, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, RowFault> {
    let row: Option<DisclosedRow> = rows.get(&holder_key(record, peer))?;
    Ok(row.map(|row| Disclosed { sections: row.sections, epoch: row.epoch, number: row.number }))
}

/// Everyone a record was ever disclosed to.
pub(crate) fn holders(rows: Rows<'_>, record: &RecordId) -> Result<Vec<Country>, RowFault> {
    // Countries are fewer than the entries of one page.
    let found = rows.scan(Keyspace::Disclosures, KeyRange::prefix(&record.0), Order::Ascending, PAGE_ENTRIES_MAX)?;
    found
        .iter()
        .map(|(key, _)| {
            let mut parts = Parts::of(key);
            let peer = parts.array::<32>().and_then(|_| parts.country());
            peer.ok_or_else(|| RowFault::damaged(Keyspace::Disclosures))
        })
        .collect()
}

/// Reads a row, and says of which record it is and whether that record leads to its peer with at least its sections.
pub(crate) fn check(rows: Rows<'_>, value: &[u8]) -> Result<(Option<RecordId>, bool), RowFault> {
    let row = match read::<KeptRow>(value) {
        Ok(kept) => kept.row,
        Err(RowFault::Damaged { .. }) => return Ok((None, false)),
        Err(fault) => return Err(fault),
    };
    let is_reachable = match disclosed(rows, row.peer, &row.record) {
        Ok(disclosed) => disclosed.is_some_and(|known| known.sections.contains_all(row.sections)),
        Err(RowFault::Damaged { .. }) => false,
        Err(fault) => return Err(fault),
    };
    Ok((Some(row.record), is_reachable))
}

fn key(peer: Country, epoch: Epoch, number: ItemNumber) -> Key {
    Key::new().country(peer).item(epoch, number)
}

fn holder_key(record: &RecordId, peer: Country) -> Key {
    Key::new().bytes(&record.0).country(peer)
}
