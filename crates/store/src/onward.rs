//! Onward transfer: which copies may be passed on, what was offered to whom, who holds an own record through whom.

use bincode::{Decode, Encode};
use chancery_exchange::{ConsentAsk, ConsentReply, JournalPosition, LabelId, OnwardCopy, OnwardHolder, OnwardState};
use chancery_record::{Country, RecordId, StatementId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::{PAGE_ENTRIES_MAX, SMALL_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

#[derive(Encode, Decode)]
struct CopyRow {
    record: RecordId,
    label: LabelId,
}
row!(CopyRow, OnwardCopies, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct StateRow(OnwardState);
row!(StateRow, Onward, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct HolderRow(OnwardHolder);
row!(HolderRow, OnwardHolders, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct AskRow(ConsentAsk);
row!(AskRow, ConsentAsks, SMALL_ROW_BYTES_MAX);

/// Enters a copy that its terms let be passed on.
pub(crate) fn enter_copy(pending: &mut Pending<'_>, copy: &OnwardCopy) -> Result<(), CommitFault> {
    pending.put(Key::new().number(copy.position.0), &CopyRow { record: copy.record, label: copy.label })
}

/// Strikes out a copy that is gone.
pub(crate) fn strike_copy(pending: &mut Pending<'_>, position: JournalPosition) {
    pending.delete(Keyspace::OnwardCopies, Key::new().number(position.0));
}

/// Copies that may be passed on, after a place in the journal.
pub(crate) fn copies(rows: Rows<'_>, after: JournalPosition, page: usize) -> Result<Vec<OnwardCopy>, RowFault> {
    let range = KeyRange::all().after(Key::new().number(after.0).as_slice());
    let found = rows.scan(Keyspace::OnwardCopies, range, Order::Ascending, page)?;
    found
        .iter()
        .map(|(key, value)| {
            let position = Parts::of(key).number().ok_or_else(|| RowFault::damaged(Keyspace::OnwardCopies))?;
            let CopyRow { record, label } = read(value)?;
            Ok(OnwardCopy { position: JournalPosition(position), record, label })
        })
        .collect()
}

/// Remembers how a transfer stands.
///
/// INVARIANT (written down first): an id is offered only once this is durable.
pub(crate) fn set_state(
    pending: &mut Pending<'_>,
    peer: Country,
    record: &RecordId,
    state: OnwardState,
) -> Result<(), CommitFault> {
    if let OnwardState::Reported(report) = &state {
        pending.put_bytes(Keyspace::PassedOn, passed_on_key(peer, report.originator), Vec::new(), 0)?;
    }
    pending.put(state_key(peer, record), &StateRow(state))
}

/// Whether a record of `originator` ever went on to `peer`; nothing takes that back.
pub(crate) fn has_passed_on(rows: Rows<'_>, peer: Country, originator: Country) -> Result<bool, RowFault> {
    Ok(rows.bytes(Keyspace::PassedOn, &passed_on_key(peer, originator))?.is_some())
}

fn passed_on_key(peer: Country, originator: Country) -> Key {
    Key::new().country(peer).country(originator)
}

/// How a transfer stands.
pub(crate) fn state(rows: Rows<'_>, peer: Country, record: &RecordId) -> Result<Option<OnwardState>, RowFault> {
    Ok(rows.get(&state_key(peer, record))?.map(|StateRow(state)| state))
}

/// Remembers a holder of an own record that has it from another country.
///
/// INVARIANT (what is owed follows the record): nothing takes a holder out again.
pub(crate) fn keep_holder(pending: &mut Pending<'_>, holder: &OnwardHolder) -> Result<(), CommitFault> {
    let key = Key::new().bytes(&holder.record.0).country(holder.holder).country(holder.via);
    let before: Option<HolderRow> = pending.get(&key)?;
    let sections = before.map_or(holder.sections, |HolderRow(before)| before.sections.union(holder.sections));
    pending.put(key, &HolderRow(OnwardHolder { sections, ..*holder }))
}

/// Everyone who has an own record through another country.
pub(crate) fn holders(rows: Rows<'_>, record: &RecordId) -> Result<Vec<OnwardHolder>, RowFault> {
    let found = rows.scan(Keyspace::OnwardHolders, KeyRange::prefix(&record.0), Order::Ascending, PAGE_ENTRIES_MAX)?;
    found.iter().map(|(_, value)| Ok(read::<HolderRow>(value)?.0)).collect()
}

/// Keeps a question about consent; one that is known keeps its answer.
pub(crate) fn keep_ask(pending: &mut Pending<'_>, ask: &ConsentAsk) -> Result<(), CommitFault> {
    let key = Key::new().bytes(&ask.statement.0);
    if pending.get::<AskRow>(&key)?.is_some() {
        return Ok(());
    }
    pending.put(key, &AskRow(ask.clone()))?;
    let about = Key::new().bytes(&ask.record.0).country(ask.to).bytes(&ask.statement.0);
    pending.put_bytes(Keyspace::ConsentsOf, about, Vec::new(), 0)
}

/// Keeps the answer to a question; of two the one made later stays.
pub(crate) fn keep_reply(
    pending: &mut Pending<'_>,
    asked: &StatementId,
    reply: &ConsentReply,
) -> Result<(), CommitFault> {
    let key = Key::new().bytes(&asked.0);
    let Some(AskRow(mut ask)) = pending.get(&key)? else { return Ok(()) };
    if ask.reply.is_none_or(|before| before.made <= reply.made) {
        ask.reply = Some(*reply);
        pending.put(key, &AskRow(ask))?;
    }
    Ok(())
}

/// A question about consent.
pub(crate) fn ask(rows: Rows<'_>, statement: &StatementId) -> Result<Option<ConsentAsk>, RowFault> {
    Ok(rows.get(&Key::new().bytes(&statement.0))?.map(|AskRow(ask)| ask))
}

/// Questions about passing a record on to a country.
pub(crate) fn asks_about(
    rows: Rows<'_>,
    record: &RecordId,
    to: Country,
    page: usize,
) -> Result<Vec<ConsentAsk>, RowFault> {
    let range = KeyRange::prefix(Key::new().bytes(&record.0).country(to).as_slice());
    let found = rows.scan(Keyspace::ConsentsOf, range, Order::Ascending, page)?;
    found
        .iter()
        .map(|(key, _)| {
            let mut parts = Parts::of(key);
            let id = parts.array::<32>().and_then(|_| parts.country()).and_then(|_| parts.array::<32>());
            let id = id.map(StatementId).ok_or_else(|| RowFault::damaged(Keyspace::ConsentsOf))?;
            ask(rows, &id)?.ok_or_else(|| RowFault::damaged(Keyspace::ConsentAsks))
        })
        .collect()
}

/// All questions after one of them, by id.
pub(crate) fn asks(rows: Rows<'_>, after: Option<StatementId>, page: usize) -> Result<Vec<ConsentAsk>, RowFault> {
    let mut range = KeyRange::all();
    if let Some(after) = after {
        range = range.after(Key::new().bytes(&after.0).as_slice());
    }
    let found = rows.scan(Keyspace::ConsentAsks, range, Order::Ascending, page)?;
    found.iter().map(|(_, value)| Ok(read::<AskRow>(value)?.0)).collect()
}

fn state_key(peer: Country, record: &RecordId) -> Key {
    Key::new().country(peer).bytes(&record.0)
}
