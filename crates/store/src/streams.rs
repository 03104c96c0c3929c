//! How far each stream has come: cursors, what peers receipted, what is held of theirs.

use bincode::{Decode, Encode};
use chancery_exchange::{Epoch, ItemNumber, JournalPosition, ObligationPosition, StreamPosition};
use chancery_record::{Country, DocumentHash, Precedence};

use crate::commit::CommitFault;
use crate::key::Key;
use crate::limits::SMALL_ROW_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, row};

#[derive(Encode, Decode)]
struct CursorRow(JournalPosition, DocumentHash);
row!(CursorRow, Cursors, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct LedgerReceipt(StreamPosition);
row!(LedgerReceipt, Receipts, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ItemReceipt(ItemNumber);
row!(ItemReceipt, Receipts, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct LedgerReceived(StreamPosition);
row!(LedgerReceived, Received, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ObligationsReceived(ObligationPosition);
row!(ObligationsReceived, Received, SMALL_ROW_BYTES_MAX);

pub(crate) fn set_cursor(
    pending: &mut Pending<'_>,
    peer: Country,
    lane: Precedence,
    position: JournalPosition,
    law: DocumentHash,
) -> Result<(), CommitFault> {
    pending.put(cursor_key(peer, lane), &CursorRow(position, law))
}

/// A peer's place in the journal, and the law under which it came there.
pub(crate) fn cursor(
    rows: Rows<'_>,
    peer: Country,
    lane: Precedence,
) -> Result<Option<(JournalPosition, DocumentHash)>, RowFault> {
    Ok(rows.get(&cursor_key(peer, lane))?.map(|CursorRow(position, law)| (position, law)))
}

/// The latest word of a peer, and the highest in its epoch.
pub(crate) fn set_receipted(
    pending: &mut Pending<'_>,
    peer: Country,
    position: StreamPosition,
) -> Result<(), CommitFault> {
    let epoch_key = epoch_key(peer, position.epoch);
    let highest = pending.get(&epoch_key)?.map_or(ItemNumber(0), |ItemReceipt(number)| number);
    if position.number > highest {
        pending.put(epoch_key, &ItemReceipt(position.number))?;
    }
    pending.put(ledger_key(peer), &LedgerReceipt(position))
}

pub(crate) fn receipted(rows: Rows<'_>, peer: Country) -> Result<Option<StreamPosition>, RowFault> {
    Ok(rows.get(&ledger_key(peer))?.map(|LedgerReceipt(position)| position))
}

pub(crate) fn receipted_in(rows: Rows<'_>, peer: Country, epoch: Epoch) -> Result<ItemNumber, RowFault> {
    Ok(rows.get(&epoch_key(peer, epoch))?.map_or(ItemNumber(0), |ItemReceipt(number)| number))
}

pub(crate) fn set_received(
    pending: &mut Pending<'_>,
    peer: Country,
    position: StreamPosition,
) -> Result<(), CommitFault> {
    pending.put(ledger_key(peer), &LedgerReceived(position))
}

pub(crate) fn received(rows: Rows<'_>, peer: Country) -> Result<Option<StreamPosition>, RowFault> {
    Ok(rows.get(&ledger_key(peer))?.map(|LedgerReceived(position)| position))
}

/// As the peer says: one that lost its disk says less than before, and is owed the rest again.
pub(crate) fn set_owed_receipted(
    pending: &mut Pending<'_>,
    peer: Country,
    number: ItemNumber,
) -> Result<(), CommitFault> {
    pending.put(obligations_key(peer), &ItemReceipt(number))
}

pub(crate) fn owed_receipted(rows: Rows<'_>, peer: Country) -> Result<ItemNumber, RowFault> {
    Ok(rows.get(&obligations_key(peer))?.map_or(ItemNumber(0), |ItemReceipt(number)| number))
}

pub(crate) fn set_obligations_received(
    pending: &mut Pending<'_>,
    peer: Country,
    position: ObligationPosition,
) -> Result<(), CommitFault> {
    pending.put(obligations_key(peer), &ObligationsReceived(position))
}

pub(crate) fn obligations_received(rows: Rows<'_>, peer: Country) -> Result<Option<ObligationPosition>, RowFault> {
    Ok(rows.get(&obligations_key(peer))?.map(|ObligationsReceived(position)| position))
}

fn cursor_key(peer: Country, lane: Precedence) -> Key {
    Key::new().country(peer).byte(lane.code())
}

/// The first byte keeps the streams of one keyspace apart.
fn ledger_key(peer: Country) -> Key {
    Key::new().byte(b'l').country(peer)
}

fn epoch_key(peer: Country, epoch: Epoch) -> Key {
    Key::new().byte(b'e').country(peer).number(epoch.0)
}

fn obligations_key(peer: Country) -> Key {
    Key::new().byte(b'o').country(peer)
}
