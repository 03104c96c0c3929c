//! An engine that keeps everything in memory.

use super::page::Page;
use super::poison::Poison;
use super::{Batch, Durability, Engine, EngineFault, Entry, KeyRange, Order};
use crate::keyspace::Keyspace;
use std::collections::BTreeMap;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};

/// For the simulator and for tests: a crash is to drop it, a restart is `reopen`, and what was not committed is gone.
#[derive(Debug, Default)]
pub struct MemoryEngine {
    disk: Arc<RwLock<Disk>>,
    poison: Poison,
    fails_next: AtomicBool,
}

type Disk = BTreeMap<Keyspace, BTreeMap<Vec<u8>, Vec<u8>>>;

impl MemoryEngine {
    /// An empty store.
    pub fn new() -> Self {
        Self::default()
    }

    /// A second engine on the same content, as a process that starts again finds its disk. The first must be used no more.
    #[must_use]
    pub fn reopen(&self) -> Self {
        Self { disk: Arc::clone(&self.disk), ..Self::default() }
    }

    /// A copy of what is committed now, as a backup is one.
    pub fn backup(&self) -> Result<Self, EngineFault> {
        let disk = self.disk.read().map_err(|_| EngineFault::Poisoned)?;
        Ok(Self { disk: Arc::new(RwLock::new(disk.clone())), ..Self::default() })
    }

    /// Makes the next commit fail as on a broken disk.
    pub fn fail_next_commit(&self) {
        self.fails_next.store(true, Ordering::Release);
    }
}

impl Engine for MemoryEngine {
    fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        let disk = self.disk.read().map_err(|_| EngineFault::Poisoned)?;
        self.poison.refuse_if_failed()?;
        Ok(disk.get(&keyspace).and_then(|entries| entries.get(key)).cloned())
    }

    fn scan(&self, keyspace: Keyspace, range: KeyRange, order: Order, page: usize) -> Result<Vec<Entry>, EngineFault> {
        let disk = self.disk.read().map_err(|_| EngineFault::Poisoned)?;
        self.poison.refuse_if_failed()?;
        let (Some(entries), Some(ends)) = (disk.get(&keyspace), range.ends()) else {
            return Ok(Vec::new());
        };
        let mut found = entries.range::<[u8], _>(ends);
        let mut page = Page::new(page);
        while !page.is_full() {
            let next = match order {
                Order::Ascending => found.next(),
                Order::Descending => found.next_back(),
            };
            let Some((key, value)) = next else { break };
            page.push(key, value);
        }
        Ok(page.into_entries())
    }

    fn commit(&self, batch: Batch) -> Result<(), EngineFault> {
        batch.check()?;
        self.poison.commit(|| {
            if self.fails_next.swap(false, Ordering::AcqRel) {
                return Err(EngineFault::Disk("this disk was told to fail".into()));
            }
            let mut disk = self.disk.write().unwrap_or_else(PoisonError::into_inner);
            for (keyspace, writes) in batch.into_keyspaces() {
                let entries = disk.entry(keyspace).or_default();
                for (key, value) in writes {
                    match value {
                        Some(value) => entries.insert(key, value),
                        None => entries.remove(&key),
                    };
                }
            }
            Ok(())
        })
    }

    fn durability(&self) -> Durability {
        Durability::None
    }

    fn bytes_on_disk(&self) -> Result<u64, EngineFault> {
        Ok(0)
    }
}
