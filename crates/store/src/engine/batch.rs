//! A list of writes that becomes true as one.

use crate::keyspace::Keyspace;
use crate::limits::{BATCH_BYTES_MAX, BATCH_WRITES_MAX, KEY_BYTES_MAX, VALUE_BYTES_MAX};
use std::collections::BTreeMap;

/// Puts and deletes over any keyspaces, sorted as the engine wants them; of two writes of one key the later one counts.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Batch {
    keyspaces: BTreeMap<Keyspace, BTreeMap<Vec<u8>, Option<Vec<u8>>>>,
    writes: usize,
    bytes: usize,
}

impl Batch {
    /// A batch without writes; committing it does nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Writes a value under a key, over what was there.
    pub fn put(&mut self, keyspace: Keyspace, key: impl Into<Vec<u8>>, value: impl Into<Vec<u8>>) {
        self.write(keyspace, key.into(), Some(value.into()));
    }

    /// Takes a key away; one that is not there is no fault.
    pub fn delete(&mut self, keyspace: Keyspace, key: impl Into<Vec<u8>>) {
        self.write(keyspace, key.into(), None);
    }

    /// Takes over the writes of a later batch, so that several operations share one commit.
    pub fn append(&mut self, later: Self) {
        for (keyspace, writes) in later.keyspaces {
            for (key, value) in writes {
                self.write(keyspace, key, value);
            }
        }
    }

    /// What this batch would make of a key: nothing said, deleted (`Some(None)`), or the new value.
    pub fn pending(&self, keyspace: Keyspace, key: &[u8]) -> Option<Option<&[u8]>> {
        let write = self.keyspaces.get(&keyspace)?.get(key)?;
        Some(write.as_deref())
    }

    /// The keys of a keyspace that this batch puts or deletes.
    pub fn keys(&self, keyspace: Keyspace) -> impl Iterator<Item = &[u8]> {
        self.keyspaces.get(&keyspace).into_iter().flat_map(|writes| writes.keys().map(Vec::as_slice))
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.writes == 0
    }

    /// How many keys are written.
    pub fn len(&self) -> usize {
        self.writes
    }

    /// The bytes of all keys and values.
    pub fn bytes(&self) -> usize {
        self.bytes
    }

    /// Refuses what `commit` would refuse, so that one operation too large can be turned away before it shares a batch.
    ///
    /// INVARIANT (everything is bounded)
    pub fn check(&self) -> Result<(), TooLarge> {
        at_most(Measure::BatchWrites, self.writes, BATCH_WRITES_MAX)?;
        at_most(Measure::BatchBytes, self.bytes, BATCH_BYTES_MAX)?;
        for (key, value) in self.keyspaces.values().flatten() {
            at_most(Measure::KeyBytes, key.len(), KEY_BYTES_MAX)?;
            at_most(Measure::ValueBytes, value.as_ref().map_or(0, Vec::len), VALUE_BYTES_MAX)?;
        }
        Ok(())
    }

    /// The writes by keyspace, keys ascending.
    pub(super) fn into_keyspaces(self) -> BTreeMap<Keyspace, BTreeMap<Vec<u8>, Option<Vec<u8>>>> {
        self.keyspaces
    }

    fn write(&mut self, keyspace: Keyspace, key: Vec<u8>, value: Option<Vec<u8>>) {
        let key_bytes = key.len();
        let value_bytes = value.as_ref().map_or(0, Vec::len);
        match self.keyspaces.entry(keyspace).or_default().insert(key, value) {
            Some(earlier) => self.bytes -= earlier.map_or(0, |v| v.len()),
            None => {
                self.writes += 1;
                self.bytes += key_bytes;
            }
        }
        self.bytes += value_bytes;
    }
}

/// A batch, or a key or value in it, is beyond a limit of the store; it names sizes only, never content.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{measure} is {found}, and the store takes at most {limit}; nothing was written")]
pub struct TooLarge {
    measure: Measure,
    found: usize,
    limit: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Measure {
    BatchWrites,
    BatchBytes,
    KeyBytes,
    ValueBytes,
}

impl std::fmt::Display for Measure {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::BatchWrites => "the number of writes in one batch",
            Self::BatchBytes => "the size of a batch in bytes",
            Self::KeyBytes => "the length of a key in bytes",
            Self::ValueBytes => "the length of a value in bytes",
        })
    }
}

fn at_most(measure: Measure, found: usize, limit: usize) -> Result<(), TooLarge> {
    if found > limit {
        return Err(TooLarge { measure, found, limit });
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use Keyspace::{Journal, Meta};

    #[test]
    fn the_later_write_counts() {
        let mut batch = Batch::new();
        batch.put(Meta, *b"a", *b"12345");
        batch.put(Meta, *b"a", *b"1");
        batch.delete(Journal, *b"b");
        assert_eq!(batch.pending(Meta, b"a"), Some(Some(&b"1"[..])));
        assert_eq!(batch.pending(Journal, b"b"), Some(None));
        assert_eq!(batch.pending(Journal, b"a"), None);
        assert_eq!((batch.len(), batch.bytes()), (2, 3));

        let mut later = Batch::new();
        later.delete(Meta, *b"a");
        later.put(Journal, *b"b", *b"22");
        batch.append(later);
        assert_eq!(batch.pending(Meta, b"a"), Some(None));
        assert_eq!((batch.len(), batch.bytes()), (2, 4));
    }

    #[test]
    fn each_limit_holds_to_the_byte() {
        let sized = |key: usize, value: usize| {
            let mut batch = Batch::new();
            batch.put(Meta, vec![0; key], vec![0; value]);
            batch.check()
        };
        assert_eq!(sized(KEY_BYTES_MAX, VALUE_BYTES_MAX), Ok(()));
        assert_eq!(sized(KEY_BYTES_MAX + 1, 0).unwrap_err().measure, Measure::KeyBytes);
        assert_eq!(sized(0, VALUE_BYTES_MAX + 1).unwrap_err().measure, Measure::ValueBytes);

        let mut many = Batch::new();
        for n in 0..BATCH_WRITES_MAX {
            many.delete(Meta, n.to_be_bytes());
        }
        assert_eq!(many.check(), Ok(()));
        many.delete(Journal, []);
        assert_eq!(many.check().unwrap_err().measure, Measure::BatchWrites);

        let mut heavy = Batch::new();
        for n in 0..=(BATCH_BYTES_MAX / VALUE_BYTES_MAX) {
            heavy.put(Meta, n.to_be_bytes(), vec![0; VALUE_BYTES_MAX]);
        }
        assert_eq!(heavy.check().unwrap_err().measure, Measure::BatchBytes);
    }
}
