//! Facts about the store itself.

use bincode::{Decode, Encode};
use chancery_exchange::{ClockMark, Incarnation, JournalPosition};
use chancery_record::encoding::{Domain, encode};

use crate::commit::CommitFault;
use crate::engine::Batch;
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::SMALL_ROW_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, row};

/// Counters that must not go back when entries are deleted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Totals {
    /// The last journal entry ever written.
    pub(crate) journal_end: JournalPosition,
    /// Copies held.
    pub(crate) records: u64,
}
row!(Totals, Meta, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct IncarnationRow(Incarnation);
row!(IncarnationRow, Meta, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ClockRow(ClockMark);
row!(ClockRow, Meta, SMALL_ROW_BYTES_MAX);

impl Totals {
    pub(crate) fn key() -> Key {
        Key::new().bytes(b"totals")
    }

    pub(crate) fn read(rows: Rows<'_>) -> Result<Self, RowFault> {
        Ok(rows.get(&Self::key())?.unwrap_or_default())
    }
}

/// The life this store is in; `first` becomes it where the store is new.
pub(crate) fn incarnation(rows: Rows<'_>, first: Incarnation) -> Result<Incarnation, RowFault> {
    let key = Key::new().bytes(b"incarnation");
    if let Some(IncarnationRow(known)) = rows.get(&key)? {
        return Ok(known);
    }
    let mut batch = Batch::new();
    batch.put(Keyspace::Meta, key, encode(Domain::Row, &IncarnationRow(first)));
    rows.engine.commit(batch)?;
    Ok(first)
}

/// Begins another life.
pub(crate) fn set_incarnation(pending: &mut Pending<'_>, incarnation: Incarnation) -> Result<(), CommitFault> {
    pending.put(Key::new().bytes(b"incarnation"), &IncarnationRow(incarnation))
}

/// What the clocks showed last.
pub(crate) fn clock_mark(rows: Rows<'_>) -> Result<Option<ClockMark>, RowFault> {
    Ok(rows.get(&clock_key())?.map(|ClockRow(mark)| mark))
}

/// Remembers what the clocks show.
pub(crate) fn set_clock_mark(pending: &mut Pending<'_>, mark: ClockMark) -> Result<(), CommitFault> {
    pending.put(clock_key(), &ClockRow(mark))
}

fn clock_key() -> Key {
    Key::new().bytes(b"clock")
}
