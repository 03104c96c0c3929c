//! The narrow seam between what the store keeps and the engine that puts it on disk.

mod batch;
mod memory;
mod open;
mod page;
mod poison;
mod range;
mod redb;
mod schema;
mod sled;

pub use batch::{Batch, TooLarge};
pub use memory::MemoryEngine;
pub use open::{CheckFault, EngineKind, Health, OpenFault, OpenOptions, UnknownEngine, check, open};
pub use page::{Entry, Pages};
pub use range::{KeyRange, Order};
pub use schema::{SCHEMA_VERSION, SchemaFault};

use crate::keyspace::Keyspace;
use std::error::Error;

/// An ordered store of bytes with atomic, durable batches. Synchronous: a call returns when it is done.
///
/// Reads see committed batches, each wholly or not at all, and never one whose commit is still running. One read is
/// consistent in itself; two reads may have a commit between them. Any thread may read while one commits.
pub trait Engine: Send + Sync {
    /// The value under a key, or none.
    fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault>;

    /// One page of a range, at most `page` entries, fewer where limits close it: only an empty page means that the range is
    /// done (`Pages` goes on for you).
    fn scan(&self, keyspace: Keyspace, range: KeyRange, order: Order, page: usize) -> Result<Vec<Entry>, EngineFault>;

    /// Writes a batch as one. Returns once it is as durable as `durability` says.
    ///
    /// A batch beyond the limits is refused before anything is touched. Any other fault poisons the engine: whether the
    /// batch is on disk is unknown until the store is opened again, so all later calls are refused.
    fn commit(&self, batch: Batch) -> Result<(), EngineFault>;

    /// What a commit that returned outlives.
    fn durability(&self) -> Durability;

    /// Bytes the store takes on disk now.
    fn bytes_on_disk(&self) -> Result<u64, EngineFault>;
}

/// What a commit that has returned outlives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Durability {
    /// Nothing: it is gone with the process.
    None,
    /// The death of the process at any moment, not the loss of power.
    ProcessCrash,
    /// The loss of power at any moment, on a disk that keeps what it says it has synced.
    PowerLoss,
}

/// Why an engine did not do what it was asked. Sorted by what has to happen next.
#[derive(Debug, thiserror::Error)]
pub enum EngineFault {
    /// An earlier commit failed; only opening the store again tells what is on disk.
    #[error(
        "the store takes no more work since a write failed, for only opening it again tells what is on disk; restart the node"
    )]
    Poisoned,
    /// The caller asked for more than the limits allow; nothing was touched.
    #[error(transparent)]
    TooLarge(#[from] TooLarge),
    /// No room on the disk.
    #[error("the disk of the store is full; free some space, then restart the node")]
    DiskFull(#[source] Box<dyn Error + Send + Sync>),
    /// The disk or the operating system failed.
    #[error("the disk failed under the store; look into the system log, then restart the node")]
    Disk(#[source] Box<dyn Error + Send + Sync>),
    /// The engine found its own files wrong.
    #[error(
        "the files of the store are damaged; stop the node, let `chancery doctor` check the store, and restore the last backup if it cannot"
    )]
    Damaged(#[source] Box<dyn Error + Send + Sync>),
}

impl EngineFault {
    fn from_io(fault: std::io::Error) -> Self {
        use std::io::ErrorKind::{FileTooLarge, QuotaExceeded, StorageFull};
        match fault.kind() {
            StorageFull | QuotaExceeded | FileTooLarge => Self::DiskFull(Box::new(fault)),
            _ => Self::Disk(Box::new(fault)),
        }
    }
}

#[cfg(test)]
mod tests;
