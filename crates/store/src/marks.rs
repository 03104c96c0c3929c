//! Withdrawals, recalls and corrections of what is or may come to be held.

use std::ops::ControlFlow;

use bincode::{Decode, Encode};
use chancery_exchange::{Mark, MarkTarget};
use chancery_record::{Country, Date, Lineage, RecordId, SignedStatement, StatementId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::SMALL_ROW_BYTES_MAX;
use crate::obligations;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

/// The marks of one maker on one target, one of each sort at most, the heaviest first.
#[derive(Default, Encode, Decode)]
struct MarksRow(Vec<KeptMark>);
row!(MarksRow, Marks, SMALL_ROW_BYTES_MAX);

/// A mark, until when it is remembered, and the statement that made it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeptMark {
    /// What it says.
    pub mark: Mark,
    /// The last day on which it is remembered.
    pub outlive: Date,
    /// Its statement.
    pub statement: StatementId,
}

/// Remembers a mark. Of two of one sort the one that is remembered longer stays.
///
/// INVARIANT (what is owed follows the record): a mark on what is not held yet is kept like any other.
pub(crate) fn keep(
    pending: &mut Pending<'_>,
    maker: Country,
    target: &MarkTarget,
    mark: Mark,
    statement: &SignedStatement,
    outlive: Date,
) -> Result<(), CommitFault> {
    let id = obligations::keep_statement(pending, statement)?;
    pending.put_bytes(Keyspace::StatementsOf, Key::new().country(maker).bytes(&id.0), Vec::new(), 0)?;
    let key = key(maker, target);
    let MarksRow(mut marks) = pending.get(&key)?.unwrap_or_default();
    match marks.iter_mut().find(|kept| kept.mark == mark) {
        Some(kept) if kept.outlive >= outlive => return Ok(()),
        Some(kept) => *kept = KeptMark { mark, outlive, statement: id },
        None => marks.push(KeptMark { mark, outlive, statement: id }),
    }
    marks.sort_by_key(|kept| std::cmp::Reverse(weight(kept.mark)));
    pending.put(key, &MarksRow(marks))
}

/// The heaviest mark that a record's originator made on it or its lineage.
pub(crate) fn heaviest(
    rows: Rows<'_>,
    originator: Country,
    lineage: &Lineage,
    record: &RecordId,
) -> Result<Option<Mark>, RowFault> {
    Ok(all(rows, originator, lineage, record)?.into_iter().map(|kept| kept.mark).max_by_key(|mark| weight(*mark)))
}

/// Every mark that a record's originator made on it, the lineage's first.
pub(crate) fn all(
    rows: Rows<'_>,
    originator: Country,
    lineage: &Lineage,
    record: &RecordId,
) -> Result<Vec<KeptMark>, RowFault> {
    let MarksRow(mut marks) = rows.get(&key(originator, &MarkTarget::Lineage(*lineage)))?.unwrap_or_default();
    let MarksRow(own) = rows.get(&key(originator, &MarkTarget::Record(*record)))?.unwrap_or_default();
    marks.extend(own);
    Ok(marks)
}

/// Forgets up to `most` targets' marks that need be remembered no more on a day; says whether more may be left.
pub(crate) fn forget(pending: &mut Pending<'_>, rows: Rows<'_>, today: Date, most: usize) -> Result<bool, CommitFault> {
    let mut stale = Vec::new();
    rows.each(Keyspace::Marks, KeyRange::all(), Order::Ascending, |key, value| {
        let MarksRow(marks) = read(value)?;
        if marks.iter().any(|kept| kept.outlive < today) {
            stale.push((Key::new().bytes(key), marks));
        }
        Ok(if stale.len() < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    let more = stale.len() >= most;
    for (key, mut marks) in stale {
        marks.retain(|kept| kept.outlive >= today);
        if marks.is_empty() {
            pending.delete(Keyspace::Marks, key);
        } else {
            pending.put(key, &MarksRow(marks))?;
        }
    }
    Ok(more)
}

fn weight(mark: Mark) -> u8 {
    match mark {
        Mark::Withdrawn => 3,
        Mark::Recalled => 2,
        Mark::Corrected => 1,
    }
}

/// Under the maker, so that nobody marks what another originated.
fn key(maker: Country, target: &MarkTarget) -> Key {
    match target {
        MarkTarget::Lineage(lineage) => Key::new().byte(b'l').bytes(&lineage.0).country(maker),
        MarkTarget::Record(record) => Key::new().byte(b'r').bytes(&record.0).country(maker),
    }
}
