//! What is owed to holders: each statement once, and the numbered stream to each peer.

use bincode::{Decode, Encode};
use chancery_exchange::{Incarnation, ItemNumber, ObligationPosition};
use chancery_record::{Country, SignedStatement, StatementId, StreamHash};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::{PAGE_ENTRIES_MAX, SMALL_ROW_BYTES_MAX, STATEMENT_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

#[derive(Encode, Decode)]
struct StatementRow(SignedStatement);
row!(StatementRow, Obligations, STATEMENT_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct OwedRow {
    incarnation: Incarnation,
    hash: StreamHash,
    statement: StatementId,
}
row!(OwedRow, Owed, SMALL_ROW_BYTES_MAX);

/// Keeps a statement, verbatim and once.
pub(crate) fn keep_statement(
    pending: &mut Pending<'_>,
    statement: &SignedStatement,
) -> Result<StatementId, CommitFault> {
    let id = statement.id();
    let key = Key::new().bytes(&id.0);
    if !pending.holds(Keyspace::Obligations, &key)? {
        pending.put(key, &StatementRow(statement.clone()))?;
    }
    Ok(id)
}

/// A statement as its maker signed it.
pub(crate) fn statement(rows: Rows<'_>, id: &StatementId) -> Result<Option<SignedStatement>, RowFault> {
    Ok(rows.get(&Key::new().bytes(&id.0))?.map(|StatementRow(statement)| statement))
}

/// Adds a statement to what a peer is owed.
///
/// INVARIANT (what is owed follows the record): nothing takes an obligation out again.
pub(crate) fn owe(
    pending: &mut Pending<'_>,
    peer: Country,
    position: ObligationPosition,
    statement: &SignedStatement,
) -> Result<(), CommitFault> {
    let id = keep_statement(pending, statement)?;
    let row = OwedRow { incarnation: position.incarnation, hash: position.hash, statement: id };
    pending.append(Key::new().country(peer), key(peer, position.number), &row)?;
    let by_statement = Key::new().bytes(&id.0).country(peer).number(position.number.0);
    pending.put_bytes(Keyspace::OwedByStatement, by_statement, Vec::new(), 0)
}

/// The end of the stream to a peer.
pub(crate) fn end(rows: Rows<'_>, peer: Country) -> Result<Option<ObligationPosition>, RowFault> {
    let last = rows.first(Keyspace::Owed, KeyRange::prefix(&peer.letters()), Order::Descending)?;
    last.map(|(key, value)| Ok(owed_row(&key, &value)?.0)).transpose()
}

/// What a peer is owed after a number.
pub(crate) fn owed(
    rows: Rows<'_>,
    peer: Country,
    after: ItemNumber,
    page: usize,
) -> Result<Vec<(ObligationPosition, SignedStatement)>, RowFault> {
    let range = KeyRange::prefix(&peer.letters()).after(key(peer, after).as_slice());
    let found = rows.scan(Keyspace::Owed, range, Order::Ascending, page)?;
    found
        .iter()
        .map(|(key, value)| {
            let (position, id) = owed_row(key, value)?;
            let statement = statement(rows, &id)?.ok_or_else(|| RowFault::damaged(Keyspace::Obligations))?;
            Ok((position, statement))
        })
        .collect()
}

/// To whom a statement is owed, under which number of their stream.
pub(crate) fn owed_to(rows: Rows<'_>, statement: &StatementId) -> Result<Vec<(Country, ItemNumber)>, RowFault> {
    let range = KeyRange::prefix(&statement.0);
    let found = rows.scan(Keyspace::OwedByStatement, range, Order::Ascending, PAGE_ENTRIES_MAX)?;
    found
        .iter()
        .map(|(key, _)| {
            let mut parts = Parts::of(key);
            let owed = parts.array::<32>().and_then(|_| Some((parts.country()?, ItemNumber(parts.number()?))));
            owed.ok_or_else(|| RowFault::damaged(Keyspace::OwedByStatement))
        })
        .collect()
}

/// Whether a statement stands in a peer's stream.
pub(crate) fn is_owed(rows: Rows<'_>, peer: Country, statement: &StatementId) -> Result<bool, RowFault> {
    let range = KeyRange::prefix(Key::new().bytes(&statement.0).country(peer).as_slice());
    Ok(rows.first(Keyspace::OwedByStatement, range, Order::Ascending)?.is_some())
}

/// Statements that a country made and that count or counted here, by id.
pub(crate) fn of_maker(
    rows: Rows<'_>,
    maker: Country,
    after: Option<StatementId>,
    page: usize,
) -> Result<Vec<SignedStatement>, RowFault> {
    let mut range = KeyRange::prefix(&maker.letters());
    if let Some(after) = after {
        range = range.after(Key::new().country(maker).bytes(&after.0).as_slice());
    }
    let found = rows.scan(Keyspace::StatementsOf, range, Order::Ascending, page)?;
    found
        .iter()
        .map(|(key, _)| {
            let mut parts = Parts::of(key);
            let id = parts.country().and_then(|_| parts.array::<32>()).map(StatementId);
            let id = id.ok_or_else(|| RowFault::damaged(Keyspace::StatementsOf))?;
            statement(rows, &id)?.ok_or_else(|| RowFault::damaged(Keyspace::Obligations))
        })
        .collect()
}

fn owed_row(key: &[u8], value: &[u8]) -> Result<(ObligationPosition, StatementId), RowFault> {
    let mut parts = Parts::of(key);
    let number = parts.country().and_then(|_| parts.number());
    let number = number.map(ItemNumber).ok_or_else(|| RowFault::damaged(Keyspace::Owed))?;
    let row: OwedRow = read(value)?;
    Ok((ObligationPosition { incarnation: row.incarnation, number, hash: row.hash }, row.statement))
}

fn key(peer: Country, number: ItemNumber) -> Key {
    Key::new().country(peer).number(number.0)
}
