//! The second engine: a sled 0.34.7 directory, chosen by configuration.
//!
//! On Linux `flush` of this sled never calls fsync (100 durable commits, strace: 201 `sync_file_range`, 0 fsync), and it uses
//! segments again on that assumption. This engine syncs the files itself before a commit returns, which narrows the gap and
//! does not close it: **acknowledged means durable holds for a process killed at any moment, not for the loss of power**.

use super::open::{Attempt, OpenFault, OpenOptions, sync_directory};
use super::page::Page;
use super::poison::Poison;
use super::{Batch, Durability, Engine, EngineFault, Entry, KeyRange, Order};
use crate::keyspace::Keyspace;
use std::collections::BTreeSet;
use std::ffi::OsString;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::ops::Bound;
use std::path::{Path, PathBuf};
use std::sync::RwLock;

/// All keyspaces in one tree behind a byte for the keyspace, because sled's batches are atomic in one tree only.
pub(super) struct SledEngine {
    database: sled::Db,
    /// Held for writing from the first change until all is synced, so that a reader sees no batch early or by halves: sled
    /// itself shows a batch before it is flushed, and a scan of it takes its lock anew for every entry.
    files: RwLock<Files>,
    poison: Poison,
}

impl SledEngine {
    /// Opens or creates the directory. The schema is not looked at yet.
    pub(super) fn open(directory: &Path, options: &OpenOptions) -> Result<Self, Attempt> {
        let database = sled::Config::new()
            .path(directory)
            .cache_capacity(options.cache_bytes().try_into().unwrap_or(u64::MAX))
            // Every commit flushes; a flush between two commits would only take the disk from them.
            .flush_every_ms(None)
            .open()
            .map_err(|fault| attempt(fault, directory))?;
        let files = Files::sync_all(directory)
            .map_err(|source| Attempt::Failed(OpenFault::Files { path: directory.to_path_buf(), source }))?;
        Ok(Self { database, files: RwLock::new(files), poison: Poison::default() })
    }

    fn write(&self, batch: Batch, files: &mut Files) -> Result<(), EngineFault> {
        let mut changes = sled::Batch::default();
        for (keyspace, writes) in batch.into_keyspaces() {
            for (key, value) in writes {
                let key = full_key(keyspace, &key);
                match value {
                    Some(value) => changes.insert(key, value),
                    None => changes.remove(key),
                }
            }
        }
        self.database.apply_batch(changes).map_err(engine_fault)?;
        self.database.flush().map_err(engine_fault)?;
        files.sync().map_err(EngineFault::from_io)
    }
}

impl Engine for SledEngine {
    fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        let _committed = self.files.read().map_err(|_| EngineFault::Poisoned)?;
        self.poison.refuse_if_failed()?;
        let value = self.database.get(full_key(keyspace, key)).map_err(engine_fault)?;
        Ok(value.map(|value| value.to_vec()))
    }

    fn scan(&self, keyspace: Keyspace, range: KeyRange, order: Order, page: usize) -> Result<Vec<Entry>, EngineFault> {
        let _committed = self.files.read().map_err(|_| EngineFault::Poisoned)?;
        self.poison.refuse_if_failed()?;
        let Some((lower, upper)) = range.ends() else { return Ok(Vec::new()) };
        let lower = match lower {
            Bound::Unbounded => Bound::Included(vec![keyspace.code()]),
            bound => bound.map(|key| full_key(keyspace, key)),
        };
        let upper = match upper {
            Bound::Unbounded => Bound::Excluded(vec![keyspace.code().saturating_add(1)]),
            bound => bound.map(|key| full_key(keyspace, key)),
        };
        let mut found = self.database.range::<Vec<u8>, _>((lower, upper));
        let mut page = Page::new(page);
        while !page.is_full() {
            let next = match order {
                Order::Ascending => found.next(),
                Order::Descending => found.next_back(),
            };
            let Some(entry) = next else { break };
            let (key, value) = entry.map_err(engine_fault)?;
            page.push(key.get(1..).unwrap_or_default(), &value);
        }
        Ok(page.into_entries())
    }

    fn commit(&self, batch: Batch) -> Result<(), EngineFault> {
        batch.check()?;
        if batch.is_empty() {
            return self.poison.refuse_if_failed();
        }
        // Taken around the poison rule: no reader may come between a failed write and the mark that it failed.
        let mut files = self.files.write().map_err(|_| EngineFault::Poisoned)?;
        self.poison.commit(|| self.write(batch, &mut files))
    }

    fn durability(&self) -> Durability {
        Durability::ProcessCrash
    }

    fn bytes_on_disk(&self) -> Result<u64, EngineFault> {
        self.database.size_on_disk().map_err(engine_fault)
    }
}

/// The files that sled writes and does not sync: one log, and one file for each value too large for it.
struct Files {
    log: File,
    blob_directory: PathBuf,
    synced_blobs: BTreeSet<OsString>,
}

impl Files {
    /// Syncs what opening may have written: configuration, snapshot, log, blobs, and that they exist.
    fn sync_all(directory: &Path) -> io::Result<Self> {
        for entry in directory.read_dir()? {
            let entry = entry?;
            if entry.file_type()?.is_file() {
                sync_unless_gone(&entry.path())?;
            }
        }
        let mut files = Self {
            log: File::open(directory.join("db"))?,
            blob_directory: directory.join("blobs"),
            synced_blobs: BTreeSet::new(),
        };
        files.sync()?;
        sync_directory(directory)?;
        if let Some(parent) = directory.parent() {
            sync_directory(parent)?;
        }
        Ok(files)
    }

    fn sync(&mut self) -> io::Result<()> {
        // Blobs before the log that points to them.
        let mut present = BTreeSet::new();
        for entry in self.blob_directory.read_dir()? {
            let entry = entry?;
            let name = entry.file_name();
            if !self.synced_blobs.contains(&name) {
                sync_unless_gone(&entry.path())?;
            }
            present.insert(name);
        }
        if present != self.synced_blobs {
            sync_directory(&self.blob_directory)?;
            self.synced_blobs = present;
        }
        self.log.sync_all()
    }
}

/// sled takes away files it needs no more at any time.
fn sync_unless_gone(path: &Path) -> io::Result<()> {
    match File::open(path) {
        Ok(file) => file.sync_all(),
        Err(fault) if fault.kind() == ErrorKind::NotFound => Ok(()),
        Err(fault) => Err(fault),
    }
}

fn full_key(keyspace: Keyspace, key: &[u8]) -> Vec<u8> {
    let mut full = Vec::with_capacity(key.len().saturating_add(1));
    full.push(keyspace.code());
    full.extend_from_slice(key);
    full
}

fn attempt(fault: sled::Error, directory: &Path) -> Attempt {
    // sled turns the typed refusal of the lock into a text.
    if let sled::Error::Io(fault) = &fault
        && fault.to_string().contains("could not acquire lock")
    {
        return Attempt::Busy { path: directory.to_path_buf() };
    }
    Attempt::Failed(OpenFault::Engine(engine_fault(fault)))
}

fn engine_fault(fault: sled::Error) -> EngineFault {
    match fault {
        sled::Error::Io(fault) => EngineFault::from_io(fault),
        fault @ sled::Error::Corruption { .. } => EngineFault::Damaged(Box::new(fault)),
        fault => EngineFault::Disk(Box::new(fault)),
    }
}
