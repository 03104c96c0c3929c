//! Reads every record again and checks it, with all that follows from it.

use std::fmt;
use std::ops::ControlFlow;

use chancery_exchange::RecordSource;
use chancery_record::{Record, RecordId};

use crate::Store;
use crate::copies::{self, CopySummary};
use crate::derived::{DERIVED, is_founded};
use crate::engine::{KeyRange, Order};
use crate::keyspace::Keyspace;
use crate::rebuild::Step;
use crate::records::{self, Sequence, parted};
use crate::rows::{RowFault, Rows};
use crate::{journal, ledgers, sheets};

/// Something wrong in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// Where.
    pub keyspace: &'static str,
    /// About which record, where that is known.
    pub record: Option<RecordId>,
    /// What.
    pub problem: Problem,
}

/// What is wrong, and so what helps.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A record cannot be read, or a section does not match its commitment: it must come again or from a backup.
    Unreadable,
    /// No seal over the record is good: it must come again or from a backup.
    Unsealed,
    /// The terms sheet that binds the copy is not kept: nobody can say how the copy may be used.
    Unbound,
    /// An entry that follows from a record is missing or different: a rebuild puts it right.
    Missing,
    /// An entry with nothing behind it: a rebuild takes it away.
    Unfounded,
    /// A disclosure in a ledger that is not found by its record: a withdrawal would not reach the holder.
    Unreachable,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Unreadable => "the record cannot be read or does not match its commitments",
            Self::Unsealed => "no seal over the record is good",
            Self::Unbound => "the terms that bind the copy are missing",
            Self::Missing => "an entry that follows from the record is missing; a rebuild puts it right",
            Self::Unfounded => "the entry has nothing behind it; a rebuild takes it away",
            Self::Unreachable => "the disclosure is not found by its record",
        })
    }
}

/// What was read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Verified {
    /// Records read.
    pub records: u64,
    /// Things wrong.
    pub findings: u64,
}

impl Store {
    /// Reads everything and hands each finding out; meant for a store that no daemon writes to.
    pub fn verify(
        &self,
        mut progress: impl FnMut(Step),
        mut report: impl FnMut(Finding),
    ) -> Result<Verified, RowFault> {
        let mut verified = Verified::default();
        let mut findings = 0u64;
        let mut found = |finding| {
            findings = findings.saturating_add(1);
            report(finding);
        };
        self.each_entry(Keyspace::Records, &mut progress, |rows, key, row| {
            verified.records = verified.records.saturating_add(1);
            verify_record(rows, Sequence::of_key(Keyspace::Records, key)?, row, &mut found)
        })?;
        for keyspace in DERIVED {
            self.each_entry(keyspace, &mut progress, |rows, key, value| {
                if !is_founded(rows, keyspace, key, value)? {
                    found(Finding { keyspace: keyspace.name(), record: None, problem: Problem::Unfounded });
                }
                Ok(())
            })?;
        }
        self.each_entry(Keyspace::Ledger, &mut progress, |rows, _, value| {
            let (record, is_reachable) = ledgers::check(rows, value)?;
            if !is_reachable {
                let keyspace = Keyspace::Ledger.name();
                found(Finding { keyspace, record, problem: Problem::Unreachable });
            }
            Ok(())
        })?;
        verified.findings = findings;
        Ok(verified)
    }

    fn each_entry(
        &self,
        keyspace: Keyspace,
        progress: &mut impl FnMut(Step),
        mut visit: impl FnMut(Rows<'_>, &[u8], &[u8]) -> Result<(), RowFault>,
    ) -> Result<(), RowFault> {
        const STEP: u64 = 1000;
        let mut done = 0u64;
        self.rows().each(keyspace, KeyRange::all(), Order::Ascending, |key, value| {
            visit(self.rows(), key, value)?;
            done = done.saturating_add(1);
            if done.is_multiple_of(STEP) {
                progress(Step { of: keyspace.name(), done, total: None });
            }
            Ok(ControlFlow::Continue(()))
        })?;
        progress(Step { of: keyspace.name(), done, total: Some(done) });
        Ok(())
    }
}

fn verify_record(
    rows: Rows<'_>,
    sequence: Sequence,
    row: &[u8],
    found: &mut impl FnMut(Finding),
) -> Result<(), RowFault> {
    let Ok((head, record)) = parted(row) else {
        found(Finding { keyspace: Keyspace::Records.name(), record: None, problem: Problem::Unreadable });
        return Ok(());
    };
    let id = record.id();
    let mut wrong =
        |keyspace: Keyspace, problem| found(Finding { keyspace: keyspace.name(), record: Some(id), problem });
    if !is_sealed(&record) {
        wrong(Keyspace::Records, Problem::Unsealed);
    }
    if let RecordSource::Delivered { sheet, .. } = &head.source
        && sheets::sheet(rows, sheet)?.is_none()
    {
        wrong(Keyspace::Terms, Problem::Unbound);
    }
    let copy = CopySummary::of(&head, &record);
    if readable(records::sequence(rows, &id))?.flatten() != Some(sequence) {
        wrong(Keyspace::RecordIds, Problem::Missing);
    }
    if readable(copies::copy(rows, sequence))?.flatten().as_ref() != Some(&copy) {
        wrong(Keyspace::Copies, Problem::Missing);
    }
    if rows.bytes(Keyspace::Lineages, &copy.version().key())?.is_none() {
        wrong(Keyspace::Lineages, Problem::Missing);
    }
    for (keyspace, key, value) in copy.index(sequence) {
        if rows.bytes(keyspace, &key)?.as_ref() != Some(&value) {
            wrong(keyspace, Problem::Missing);
        }
    }
    for position in &copy.entries {
        let entry = readable(journal::entry_at(rows, copy.lane, *position))?.flatten();
        if entry.is_none_or(|entry| entry.record != id) {
            wrong(Keyspace::Journal, Problem::Missing);
        }
    }
    Ok(())
}

/// INVARIANT (the originator's word): whether the key was trusted was asked when the record came; that it still is the key's
/// word is asked here.
fn is_sealed(record: &Record) -> bool {
    record.envelope().seals.iter().any(|seal| seal.is_genuine(&record.id()))
}

/// A damaged entry counts as one that is not there; a fault of the engine ends the work.
fn readable<T>(read: Result<T, RowFault>) -> Result<Option<T>, RowFault> {
    match read {
        Ok(value) => Ok(Some(value)),
        Err(RowFault::Damaged { .. }) => Ok(None),
        Err(fault) => Err(fault),
    }
}
