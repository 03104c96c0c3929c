//! Puts right whatever follows from the record rows.

use chancery_exchange::JournalEntry;
use chancery_record::RecordId;

use crate::Store;
use crate::commit::CommitFault;
use crate::copies::{self, CopySummary};
use crate::derived::{DERIVED, is_founded};
use crate::engine::{Entry, KeyRange, Order};
use crate::journal;
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::REBUILD_STEP_MAX;
use crate::lineages::Version;
use crate::pending::Pending;
use crate::records::{self, Place, Sequence, parted};
use crate::rows::{RowFault, Rows, read};

/// How far long work over the store has come.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Step {
    /// What is being worked on.
    pub of: &'static str,
    /// Entries of it that are done.
    pub done: u64,
    /// Entries of it, where that is known.
    pub total: Option<u64>,
}

/// What a rebuild did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rebuilt {
    /// Records whose entries were written anew.
    pub records: u64,
    /// Entries taken away because nothing is behind them.
    pub dropped: u64,
    /// Records that cannot be read; their rows are left for `verify` to name.
    pub unreadable: u64,
}

impl Store {
    /// Writes anew what follows from the record rows, then takes away what follows from nothing.
    ///
    /// Every batch leaves the store no worse than it was, so it may be stopped at any point and run beside other commits.
    pub fn rebuild_indexes(&self, mut progress: impl FnMut(Step)) -> Result<Rebuilt, CommitFault> {
        let mut rebuilt = Rebuilt::default();
        self.write_anew(&mut rebuilt, &mut progress)?;
        for keyspace in DERIVED {
            self.put_right(keyspace, &mut rebuilt, &mut progress)?;
        }
        self.count_anew()?;
        Ok(rebuilt)
    }

    fn write_anew(&self, rebuilt: &mut Rebuilt, progress: &mut impl FnMut(Step)) -> Result<(), CommitFault> {
        let total = Some(crate::meta::Totals::read(self.rows())?.records);
        self.in_steps(Keyspace::Records, |pending, rows, entries| {
            for (key, row) in entries {
                let sequence = Sequence::of_key(Keyspace::Records, key)?;
                let Ok((head, record)) = parted(row) else {
                    rebuilt.unreadable = rebuilt.unreadable.saturating_add(1);
                    continue;
                };
                restore(pending, rows, sequence, &CopySummary::of(&head, &record))?;
                rebuilt.records = rebuilt.records.saturating_add(1);
            }
            let done = rebuilt.records.saturating_add(rebuilt.unreadable);
            progress(Step { of: Keyspace::Records.name(), done, total });
            Ok(())
        })
    }

    fn put_right(
        &self,
        keyspace: Keyspace,
        rebuilt: &mut Rebuilt,
        progress: &mut impl FnMut(Step),
    ) -> Result<(), CommitFault> {
        let mut done = 0u64;
        self.in_steps(keyspace, |pending, rows, entries| {
            for (key, value) in entries {
                if !is_founded(rows, keyspace, key, value)? {
                    pending.delete(keyspace, Key::new().bytes(key));
                    rebuilt.dropped = rebuilt.dropped.saturating_add(1);
                } else if keyspace == Keyspace::RecordIds {
                    restore_deleted(pending, key, value)?;
                }
            }
            done = done.saturating_add(entries.len() as u64);
            progress(Step { of: keyspace.name(), done, total: None });
            Ok(())
        })
    }

    fn count_anew(&self) -> Result<(), CommitFault> {
        let _turn = self.turn();
        let mut pending = Pending::new(self.rows())?;
        let copies = self.rows().count(Keyspace::Copies, KeyRange::all(), usize::MAX)?;
        pending.totals.records = copies as u64;
        Ok(self.engine().commit(pending.into_batch()?)?)
    }

    /// Walks a keyspace, one batch for each page of it; no other commit comes between a page and its batch.
    fn in_steps(
        &self,
        keyspace: Keyspace,
        mut step: impl FnMut(&mut Pending<'_>, Rows<'_>, &[Entry]) -> Result<(), CommitFault>,
    ) -> Result<(), CommitFault> {
        let mut rest = KeyRange::all();
        loop {
            let _turn = self.turn();
            let entries = self.rows().scan(keyspace, rest.clone(), Order::Ascending, REBUILD_STEP_MAX)?;
            let Some((last, _)) = entries.last() else { return Ok(()) };
            rest = rest.after(last);
            let mut pending = Pending::new(self.rows())?;
            step(&mut pending, self.rows(), &entries)?;
            self.engine().commit(pending.into_batch()?)?;
        }
    }
}

fn restore(
    pending: &mut Pending<'_>,
    rows: Rows<'_>,
    sequence: Sequence,
    copy: &CopySummary,
) -> Result<(), CommitFault> {
    copies::put(pending, sequence, copy)?;
    pending.put(records::id_key(&copy.id), &Place::Held(sequence))?;
    for position in &copy.entries {
        let known = match journal::entry_at(rows, copy.lane, *position) {
            Err(RowFault::Damaged { .. }) => None,
            entry => entry?,
        };
        let entry = JournalEntry { position: *position, record: copy.id, label: copy.label, expires: copy.expires };
        // An older entry of a joined copy was written under the label of its time.
        if known.is_none_or(|known| known.record != copy.id || known.expires != copy.expires) {
            journal::restore(pending, copy.lane, &entry)?;
        }
    }
    Ok(())
}

/// The version of a deleted record is known from here only.
fn restore_deleted(pending: &mut Pending<'_>, key: &[u8], value: &[u8]) -> Result<(), CommitFault> {
    let Place::Deleted { lineage, originator, revision } = read(value)? else { return Ok(()) };
    let record = key.try_into().map(RecordId).map_err(|_| RowFault::damaged(Keyspace::RecordIds))?;
    let version = Version { lineage, originator, revision, record };
    pending.put_bytes(Keyspace::Lineages, version.key(), Vec::new(), 0)
}
