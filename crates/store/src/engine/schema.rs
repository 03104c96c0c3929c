//! The schema version that a store carries in itself.

use super::{Batch, Engine, EngineFault, KeyRange, Order};
use crate::keyspace::Keyspace;

/// The layout of keys and values that this program reads and writes.
pub const SCHEMA_VERSION: u32 = 1;

const SCHEMA_KEY: &[u8] = b"schema-version";

/// Why the content of a store is not for this program to touch.
#[derive(Debug, thiserror::Error)]
pub enum SchemaFault {
    /// Another version wrote it.
    #[error(
        "the store has schema version {found}, and this program knows only version {known}; run the version of chancery that wrote it, export, and import with this one"
    )]
    Unknown {
        /// What the store says.
        found: u32,
        /// What this program can read.
        known: u32,
    },
    /// It holds entries, but no version that can be read.
    #[error(
        "the store holds entries but no readable schema version, so something else wrote or damaged it; restore the last backup"
    )]
    Unmarked,
    /// It could not be read or marked.
    #[error(transparent)]
    Engine(#[from] EngineFault),
}

/// Marks a new store with the version, and refuses one that carries another.
pub(super) fn admit(engine: &dyn Engine) -> Result<(), SchemaFault> {
    if let Some(bytes) = engine.get(Keyspace::Meta, SCHEMA_KEY)? {
        let found = bytes.try_into().map(u32::from_be_bytes).map_err(|_| SchemaFault::Unmarked)?;
        if found != SCHEMA_VERSION {
            return Err(SchemaFault::Unknown { found, known: SCHEMA_VERSION });
        }
        return Ok(());
    }
    for keyspace in Keyspace::ALL {
        if !engine.scan(*keyspace, KeyRange::all(), Order::Ascending, 1)?.is_empty() {
            return Err(SchemaFault::Unmarked);
        }
    }
    let mut mark = Batch::new();
    mark.put(Keyspace::Meta, SCHEMA_KEY, SCHEMA_VERSION.to_be_bytes());
    engine.commit(mark)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::super::MemoryEngine;
    use super::*;

    fn holding(keyspace: Keyspace, key: &[u8], value: &[u8]) -> MemoryEngine {
        let engine = MemoryEngine::new();
        let mut batch = Batch::new();
        batch.put(keyspace, key, value);
        engine.commit(batch).unwrap();
        engine
    }

    #[test]
    fn a_new_store_is_marked_once() {
        let engine = MemoryEngine::new();
        admit(&engine).unwrap();
        assert_eq!(engine.get(Keyspace::Meta, SCHEMA_KEY).unwrap().unwrap(), [0, 0, 0, 1]);
        admit(&engine).unwrap();
    }

    #[test]
    fn another_version_is_refused_with_both_numbers() {
        let refused = admit(&holding(Keyspace::Meta, SCHEMA_KEY, &[0, 0, 0, 7])).unwrap_err();
        assert!(matches!(refused, SchemaFault::Unknown { found: 7, known: SCHEMA_VERSION }));
        assert!(refused.to_string().contains("schema version 7"), "{refused}");
    }

    #[test]
    fn a_store_without_a_readable_version_is_refused() {
        for engine in [
            holding(Keyspace::Meta, SCHEMA_KEY, &[1]),
            holding(Keyspace::Terms, b"x", b"y"),
            holding(Keyspace::Meta, b"x", b"y"),
        ] {
            assert!(matches!(admit(&engine), Err(SchemaFault::Unmarked)));
        }
    }
}
