//! Which entries follow from the record rows: the one statement that rebuilding and verifying share.

use chancery_record::RecordId;

use crate::copies::{self, CopySummary, INDEXES};
use crate::journal;
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::lineages::Version;
use crate::records::{self, Place, Sequence};
use crate::rows::{RowFault, Rows, read};

/// The keyspaces whose entries follow from the record rows and from what is known of deleted records, in the order in which
/// they can be put right: each is judged by those before it.
pub(crate) const DERIVED: [Keyspace; 8] = [
    Keyspace::Copies,
    Keyspace::RecordIds,
    Keyspace::Lineages,
    Keyspace::Journal,
    Keyspace::ByKind,
    Keyspace::ByOriginator,
    Keyspace::ByExpiry,
    Keyspace::References,
];

/// Whether an entry of a derived keyspace follows from something. One that cannot be read follows from nothing.
pub(crate) fn is_founded(rows: Rows<'_>, keyspace: Keyspace, key: &[u8], value: &[u8]) -> Result<bool, RowFault> {
    match is_founded_readable(rows, keyspace, key, value) {
        Err(RowFault::Damaged { .. }) => Ok(false),
        outcome => outcome,
    }
}

fn is_founded_readable(rows: Rows<'_>, keyspace: Keyspace, key: &[u8], value: &[u8]) -> Result<bool, RowFault> {
    match keyspace {
        Keyspace::Copies => {
            let sequence = Sequence::of_key(keyspace, key)?;
            let copy: CopySummary = read(value)?;
            Ok(rows.bytes(Keyspace::Records, &records::key(sequence))?.is_some()
                && records::sequence(rows, &copy.id)? == Some(sequence))
        }
        Keyspace::RecordIds => match read(value)? {
            Place::Held(sequence) => {
                let copy = copies::copy(rows, sequence)?;
                Ok(copy.is_some_and(|copy| copy.id.0 == key))
            }
            Place::Deleted { .. } => Ok(true),
        },
        Keyspace::Lineages => {
            let version = Version::of_key(key)?;
            Ok(version_of(rows, &version.record)? == Some(version))
        }
        Keyspace::Journal => {
            let entry = journal::entry(key, value)?;
            let Some((_, copy)) = held(rows, &entry.record)? else { return Ok(false) };
            Ok(key.first() == Some(&copy.lane.code())
                && entry.expires == copy.expires
                && copy.entries.contains(&entry.position))
        }
        index if INDEXES.contains(&index) => {
            let sequence = Sequence::of_key(keyspace, key)?;
            let Some(copy) = copies::copy(rows, sequence)? else { return Ok(false) };
            let is_this = |(keyspace, its_key, its_value): (Keyspace, Key, Vec<u8>)| {
                keyspace == index && its_key.as_slice() == key && its_value == value
            };
            Ok(copy.index(sequence).any(is_this))
        }
        _ => Ok(true),
    }
}

/// The version that a record is or was.
pub(crate) fn version_of(rows: Rows<'_>, record: &RecordId) -> Result<Option<Version>, RowFault> {
    Ok(match records::place(rows, record)? {
        Some(Place::Held(sequence)) => copies::copy(rows, sequence)?.map(|copy| copy.version()),
        Some(Place::Deleted { lineage, originator, revision }) => {
            Some(Version { lineage, originator, revision, record: *record })
        }
        None => None,
    })
}

fn held(rows: Rows<'_>, record: &RecordId) -> Result<Option<(Sequence, CopySummary)>, RowFault> {
    let Some(sequence) = records::sequence(rows, record)? else { return Ok(None) };
    Ok(copies::copy(rows, sequence)?.map(|copy| (sequence, copy)))
}
