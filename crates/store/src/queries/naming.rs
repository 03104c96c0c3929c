//! From what a person types to the records it names.

use std::ops::Bound;

use chancery_exchange::ReadFault;
use chancery_record::{Lineage, RecordId};
use thiserror::Error;

use crate::Store;
use crate::engine::{KeyRange, Order};
use crate::keyspace::Keyspace;
use crate::limits::NAME_DIGITS_MIN;
use crate::lineages::{self, Version};
use crate::rows::{RowFault, Rows};

/// What a name names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Resolved {
    /// Nothing that is or was held.
    Nothing,
    /// One version, held or once held.
    Record(RecordId),
    /// A lineage, with its versions by revision.
    Lineage(Lineage, Vec<Version>),
    /// More than one thing; more digits would tell.
    Ambiguous,
}

/// A text that can be no name of a record.
#[derive(Debug, Error)]
pub enum NotAName {
    /// Not hexadecimal, too short or too long.
    #[error(
        "`{0}` names no record; give its lineage, its id, or the first {NAME_DIGITS_MIN} or more hexadecimal digits of either"
    )]
    Form(String),
    /// The store could not be read.
    #[error(transparent)]
    Read(#[from] ReadFault),
}

impl Store {
    /// Finds what is named by a lineage, an id, or the first digits of either.
    pub fn resolve(&self, name: &str) -> Result<Resolved, NotAName> {
        let prefix = Prefix::parse(name).ok_or_else(|| NotAName::Form(name.chars().take(80).collect()))?;
        Ok(resolve(self.rows(), &prefix).map_err(ReadFault::from)?)
    }
}

/// The least and the greatest bytes that begin with some digits.
struct Prefix {
    least: Vec<u8>,
    greatest: Vec<u8>,
}

impl Prefix {
    fn parse(digits: &str) -> Option<Self> {
        let digits = digits.as_bytes();
        if digits.len() < NAME_DIGITS_MIN || digits.len() > 2 * size_of::<RecordId>() {
            return None;
        }
        let mut prefix = Self { least: Vec::new(), greatest: Vec::new() };
        for pair in digits.chunks(2) {
            let (high, low) = match pair {
                [high, low] => (nibble(*high)?, Some(nibble(*low)?)),
                [high] => (nibble(*high)?, None),
                _ => return None,
            };
            prefix.least.push(high << 4 | low.unwrap_or(0));
            prefix.greatest.push(high << 4 | low.unwrap_or(15));
        }
        Some(prefix)
    }

    /// Every key that begins with these digits.
    fn range(&self) -> KeyRange {
        let least = Bound::Included(self.least.clone());
        let mut beyond = self.greatest.clone();
        while let Some(last) = beyond.pop() {
            if let Some(next) = last.checked_add(1) {
                beyond.push(next);
                return KeyRange::between(least, Bound::Excluded(beyond));
            }
        }
        KeyRange::between(least, Bound::Unbounded)
    }
}

fn resolve(rows: Rows<'_>, prefix: &Prefix) -> Result<Resolved, RowFault> {
    let first_lineage = lineage_at(rows, prefix, Order::Ascending)?;
    let records = rows.scan(Keyspace::RecordIds, prefix.range(), Order::Ascending, 2)?;
    match (first_lineage, records.as_slice()) {
        (None, []) => Ok(Resolved::Nothing),
        (None, [(id, _)]) => {
            let id = id.as_slice().try_into().map_err(|_| RowFault::damaged(Keyspace::RecordIds))?;
            Ok(Resolved::Record(RecordId(id)))
        }
        (Some(lineage), []) if lineage_at(rows, prefix, Order::Descending)? == Some(lineage) => {
            Ok(Resolved::Lineage(lineage, lineages::versions(rows, &lineage)?))
        }
        _ => Ok(Resolved::Ambiguous),
    }
}

fn lineage_at(rows: Rows<'_>, prefix: &Prefix, order: Order) -> Result<Option<Lineage>, RowFault> {
    // More digits than a lineage has can only name a record.
    if prefix.least.len() > size_of::<Lineage>() {
        return Ok(None);
    }
    let found = rows.first(Keyspace::Lineages, prefix.range(), order)?;
    Ok(found.map(|(key, _)| Version::of_key(&key)).transpose()?.map(|version| version.lineage))
}

fn nibble(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}
