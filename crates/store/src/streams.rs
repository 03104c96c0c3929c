//! How far each stream has come: cursors, what peers receipted, what is held of theirs.

use bincode::{Decode, Encode};
use chancery_exchange::{
    BackFill, Cursor, Epoch, ItemNumber, JournalPosition, ObligationPosition, ReceiptProofs, RefusalCode, SignedByNode,
    StreamPosition,
};
use chancery_record::{Country, DocumentHash, Precedence};

use crate::commit::CommitFault;
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::SMALL_ROW_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, row};

#[derive(Encode, Decode)]
struct CursorRow(JournalPosition, DocumentHash);
row!(CursorRow, Cursors, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct BackFillRow {
    walked: JournalPosition,
    until: JournalPosition,
}
row!(BackFillRow, Cursors, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct LedgerReceipt(StreamPosition);
row!(LedgerReceipt, Receipts, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ProofRow(SignedByNode);
row!(ProofRow, Receipts, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ItemReceipt(ItemNumber);
row!(ItemReceipt, Receipts, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct LedgerReceived(StreamPosition);
row!(LedgerReceived, Received, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ObligationsReceived(ObligationPosition);
row!(ObligationsReceived, Received, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct RefusalRow(RefusalCode);
row!(RefusalRow, Refusals, SMALL_ROW_BYTES_MAX);

pub(crate) fn set_cursor(
    pending: &mut Pending<'_>,
    peer: Country,
    lane: Precedence,
    cursor: Cursor,
) -> Result<(), CommitFault> {
    match cursor.back_fill {
        Some(BackFill { walked, until }) => pending.put(back_fill_key(peer, lane), &BackFillRow { walked, until })?,
        None => pending.delete(Keyspace::Cursors, back_fill_key(peer, lane)),
    }
    pending.put(cursor_key(peer, lane), &CursorRow(cursor.walked, cursor.law))
}

/// A peer's place in the journal, the law under which it came there, and what it has to pass again.
pub(crate) fn cursor(rows: Rows<'_>, peer: Country, lane: Precedence) -> Result<Option<Cursor>, RowFault> {
    let Some(CursorRow(walked, law)) = rows.get(&cursor_key(peer, lane))? else { return Ok(None) };
    let back_fill = rows.get(&back_fill_key(peer, lane))?;
    let back_fill = back_fill.map(|BackFillRow { walked, until }| BackFill { walked, until });
    Ok(Some(Cursor { walked, law, back_fill }))
}

/// The latest word of a peer, and the highest in its epoch.
pub(crate) fn set_receipted(
    pending: &mut Pending<'_>,
    peer: Country,
    position: StreamPosition,
    proof: Option<&SignedByNode>,
) -> Result<(), CommitFault> {
    if let Some(proof) = proof {
        pending.put(proof_key(b'L', peer), &ProofRow(proof.clone()))?;
    }
    let epoch_key = epoch_key(peer, position.epoch);
    let highest = pending.get(&epoch_key)?.map_or(ItemNumber(0), |ItemReceipt(number)| number);
    if position.number > highest {
        pending.put(epoch_key, &ItemReceipt(position.number))?;
    }
    pending.put(ledger_key(peer), &LedgerReceipt(position))
}

/// The last signed receipts of a peer.
pub(crate) fn receipt_proofs(rows: Rows<'_>, peer: Country) -> Result<ReceiptProofs, RowFault> {
    let proof = |stream| Ok::<_, RowFault>(rows.get(&proof_key(stream, peer))?.map(|ProofRow(signed)| signed));
    Ok(ReceiptProofs { ledger: proof(b'L')?, obligations: proof(b'O')? })
}

pub(crate) fn receipted(rows: Rows<'_>, peer: Country) -> Result<Option<StreamPosition>, RowFault> {
    Ok(rows.get(&ledger_key(peer))?.map(|LedgerReceipt(position)| position))
}

pub(crate) fn receipted_in(rows: Rows<'_>, peer: Country, epoch: Epoch) -> Result<ItemNumber, RowFault> {
    Ok(rows.get(&epoch_key(peer, epoch))?.map_or(ItemNumber(0), |ItemReceipt(number)| number))
}

/// The peer's word that it did not take an item.
pub(crate) fn set_refused(
    pending: &mut Pending<'_>,
    peer: Country,
    epoch: Epoch,
    number: ItemNumber,
    code: RefusalCode,
) -> Result<(), CommitFault> {
    pending.put(Key::new().country(peer).item(epoch, number), &RefusalRow(code))
}

/// Why a peer did not take an item, if it did not.
pub(crate) fn refused(
    rows: Rows<'_>,
    peer: Country,
    epoch: Epoch,
    number: ItemNumber,
) -> Result<Option<RefusalCode>, RowFault> {
    Ok(rows.get(&Key::new().country(peer).item(epoch, number))?.map(|RefusalRow(code)| code))
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
    proof: Option<&SignedByNode>,
) -> Result<(), CommitFault> {
    if let Some(proof) = proof {
        pending.put(proof_key(b'O', peer), &ProofRow(proof.clone()))?;
    }
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

fn back_fill_key(peer: Country, lane: Precedence) -> Key {
    cursor_key(peer, lane).byte(b'b')
}

/// The first byte keeps the streams of one keyspace apart.
fn ledger_key(peer: Country) -> Key {
    Key::new().byte(b'l').country(peer)
}

fn proof_key(stream: u8, peer: Country) -> Key {
    Key::new().byte(stream).country(peer)
}

fn epoch_key(peer: Country, epoch: Epoch) -> Key {
    Key::new().byte(b'e').country(peer).number(epoch.0)
}

fn obligations_key(peer: Country) -> Key {
    Key::new().byte(b'o').country(peer)
}
