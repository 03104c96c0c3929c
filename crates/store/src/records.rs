//! Records under their local sequence number, with what binds each copy.

use std::sync::Arc;

use bincode::{Decode, Encode};
use chancery_exchange::{Acceptance, HeldRecord, JournalEntry, JournalPosition, LabelId, RecordSource};
use chancery_record::encoding::{Domain, encode};
use chancery_record::{Country, Instant, Lineage, Record, RecordId, SectionSet};

use crate::commit::CommitFault;
use crate::copies::CopySummary;
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{ENTRIES_PER_COPY_MAX, RECORD_HEAD_BYTES_MAX, RECORD_ROW_BYTES_MAX, SMALL_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};
use crate::{copies, journal, marks};

/// The local number of a copy: the place of its first journal entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub(crate) struct Sequence(pub(crate) u64);

impl Sequence {
    /// The number at the end of a key.
    pub(crate) fn of_key(keyspace: Keyspace, key: &[u8]) -> Result<Self, RowFault> {
        let number = key.split_last_chunk::<8>().map(|(_, number)| u64::from_be_bytes(*number));
        number.map(Self).ok_or_else(|| RowFault::damaged(keyspace))
    }
}

/// What binds a copy. Its row is the length of the head, the head, and the record's bytes verbatim; every index can be made
/// from these rows.
#[derive(Encode, Decode)]
pub(crate) struct RecordHead {
    pub(crate) label: LabelId,
    pub(crate) source: RecordSource,
    pub(crate) reference: Option<String>,
    pub(crate) accepted: Instant,
    pub(crate) entries: Vec<JournalPosition>,
}
row!(RecordHead, Records, RECORD_HEAD_BYTES_MAX);

/// What the store knows of a record id.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub(crate) enum Place {
    /// There is a copy.
    Held(Sequence),
    /// There was one.
    Deleted {
        /// Its lineage.
        lineage: Lineage,
        /// Who sealed it.
        originator: Country,
        /// Its revision.
        revision: u64,
    },
}
row!(Place, RecordIds, SMALL_ROW_BYTES_MAX);

/// Takes a record in, or replaces its copy by one with more sections or under other terms, and appends it to the journal.
///
/// INVARIANT (the originator's word): the bytes are stored as they are.
pub(crate) fn accept(pending: &mut Pending<'_>, acceptance: &Acceptance) -> Result<(), CommitFault> {
    let record = acceptance.record.as_ref();
    let id = record.id();
    let manifest = record.manifest();
    let before = held_copy(pending, &id)?;
    journal::append(
        pending,
        manifest.tags.precedence,
        &JournalEntry { position: acceptance.position, record: id, label: acceptance.label, expires: manifest.expires },
    )?;

    let mut head = RecordHead {
        label: acceptance.label,
        source: acceptance.source.clone(),
        reference: acceptance.source_reference.clone(),
        accepted: acceptance.at,
        entries: vec![acceptance.position],
    };
    let sequence = match before {
        None => {
            pending.totals.records = pending.totals.records.saturating_add(1);
            Sequence(acceptance.position.0)
        }
        Some((sequence, before)) => {
            copies::remove(pending, sequence, &before);
            head.reference = head.reference.or(before.reference);
            // An entry is there to offer a section: where none came, other terms did, and the new entry takes the last one's
            // place.
            let mut entries = before.entries;
            if before.sections == record.sections_held()
                && let Some(last) = entries.pop()
            {
                journal::remove(pending, manifest.tags.precedence, last);
            }
            head.entries.splice(0..0, entries);
            while head.entries.len() > ENTRIES_PER_COPY_MAX {
                journal::remove(pending, manifest.tags.precedence, head.entries.remove(0));
            }
            sequence
        }
    };
    copies::put(pending, sequence, &CopySummary::of(&head, record))?;
    pending.put(id_key(&id), &Place::Held(sequence))?;
    pending.put_bytes(Keyspace::Records, key(sequence), joined(&head, record)?, RECORD_ROW_BYTES_MAX)
}

/// Deletes a copy with its entries; what remains is that it was here.
pub(crate) fn delete(pending: &mut Pending<'_>, record: &RecordId) -> Result<(), CommitFault> {
    let Some((sequence, copy)) = held_copy(pending, record)? else { return Ok(()) };
    for position in &copy.entries {
        journal::remove(pending, copy.lane, *position);
    }
    copies::remove(pending, sequence, &copy);
    pending.delete(Keyspace::Records, key(sequence));
    pending.totals.records = pending.totals.records.saturating_sub(1);
    pending.put(
        id_key(record),
        &Place::Deleted { lineage: copy.lineage, originator: copy.originator, revision: copy.revision },
    )
}

/// Where a record stands, if it is or was held.
pub(crate) fn place(rows: Rows<'_>, record: &RecordId) -> Result<Option<Place>, RowFault> {
    rows.get(&id_key(record))
}

/// The sequence number of a copy, unless deleted.
pub(crate) fn sequence(rows: Rows<'_>, record: &RecordId) -> Result<Option<Sequence>, RowFault> {
    Ok(match place(rows, record)? {
        Some(Place::Held(sequence)) => Some(sequence),
        Some(Place::Deleted { .. }) | None => None,
    })
}

/// A copy with all that binds it, unless deleted.
///
/// Record, label and source come from one row, so that a commit between two reads can never mix two copies.
pub(crate) fn held(rows: Rows<'_>, id: &RecordId) -> Result<Option<HeldRecord>, RowFault> {
    let Some(sequence) = sequence(rows, id)? else { return Ok(None) };
    let Some(row) = rows.bytes(Keyspace::Records, &key(sequence))? else { return Ok(None) };
    let (head, record) = parted(&row)?;
    let manifest = record.manifest();
    let mark = marks::heaviest(rows, manifest.originator, &manifest.lineage, id)?;
    Ok(Some(HeldRecord { record: Arc::new(record), label: head.label, source: head.source, mark }))
}

/// The sections of a copy, unless deleted.
pub(crate) fn sections_held(rows: Rows<'_>, record: &RecordId) -> Result<Option<SectionSet>, RowFault> {
    let Some(sequence) = sequence(rows, record)? else { return Ok(None) };
    Ok(copies::copy(rows, sequence)?.map(|copy| copy.sections))
}

/// Head and record of a row, its sections checked against their commitments.
pub(crate) fn parted(row: &[u8]) -> Result<(RecordHead, Record), RowFault> {
    let (head, record) = parted_bytes(row).ok_or_else(|| RowFault::damaged(Keyspace::Records))?;
    let record = Record::from_store(record).map_err(|_| RowFault::damaged(Keyspace::Records))?;
    Ok((read(head)?, record))
}

/// The bytes of the head and of the record in a row.
pub(crate) fn parted_bytes(row: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = row.split_first_chunk::<4>()?;
    rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)
}

pub(crate) fn key(sequence: Sequence) -> Key {
    Key::new().number(sequence.0)
}

pub(crate) fn id_key(record: &RecordId) -> Key {
    Key::new().bytes(&record.0)
}

fn joined(head: &RecordHead, record: &Record) -> Result<Vec<u8>, CommitFault> {
    let head = encode(Domain::Row, head);
    let too_long =
        || CommitFault::TooLong { keyspace: Keyspace::Records.name(), found: head.len(), limit: RECORD_HEAD_BYTES_MAX };
    let length = u32::try_from(head.len()).map_err(|_| too_long())?;
    if head.len() > RECORD_HEAD_BYTES_MAX {
        return Err(too_long());
    }
    Ok([length.to_be_bytes().as_slice(), &head, &record.to_bytes()].concat())
}

fn held_copy(pending: &Pending<'_>, record: &RecordId) -> Result<Option<(Sequence, CopySummary)>, RowFault> {
    let Some(Place::Held(sequence)) = pending.get::<Place>(&id_key(record))? else { return Ok(None) };
    match pending.get::<CopySummary>(&key(sequence))? {
        Some(copy) => Ok(Some((sequence, copy))),
        None => Err(RowFault::damaged(Keyspace::Copies)),
    }
}
