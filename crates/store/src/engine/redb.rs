//! The default engine: one redb file, synced in two phases at every commit.

use super::open::{Attempt, OpenFault, OpenOptions};
use super::page::Page;
use super::poison::Poison;
use super::{Batch, Durability, Engine, EngineFault, Entry, KeyRange, Order};
use crate::keyspace::Keyspace;
use redb::backends::FileBackend;
use redb::{
    Database, DatabaseError, ReadOnlyTable, ReadableDatabase, ReadableTable, StorageBackend, TableDefinition,
    TableError, WriteTransaction,
};
use std::fs::{File, TryLockError};
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// One redb table per keyspace. What a commit wrote outlives the loss of power.
#[derive(Debug)]
pub(super) struct RedbEngine {
    database: Database,
    poison: Poison,
    file: Option<PathBuf>,
}

impl RedbEngine {
    /// Opens or creates the file. The schema is not looked at yet.
    pub(super) fn open(file: &Path, options: &OpenOptions) -> Result<Self, Attempt> {
        let database = open_file(file, options)?;
        Ok(Self { database, poison: Poison::default(), file: Some(file.to_path_buf()) })
    }

    /// Opens or creates a store on any storage, which lets a test stand in for the disk.
    #[cfg(test)]
    pub(super) fn on_storage(storage: impl StorageBackend, options: &OpenOptions) -> Result<Self, Attempt> {
        let database = open_storage(storage, Path::new("a disk of the test"), options)?;
        Ok(Self { database, poison: Poison::default(), file: None })
    }

    /// Verifies every checksum of a closed file and repairs what can be: true if there was nothing to repair.
    pub(super) fn verify(file: &Path, options: &OpenOptions) -> Result<bool, Attempt> {
        let failed = |fault| Attempt::Failed(OpenFault::Engine(engine_fault(fault)));
        let mut database = open_file(file, options)?;
        let sound = database.check_integrity().map_err(failed)?;
        database.close().map_err(failed)?;
        Ok(sound)
    }

    /// The only place where a write begins, so that no commit can lack what makes it durable.
    ///
    /// INVARIANT (acknowledged means durable): quick repair implies two phases, data synced before the header that makes it
    /// count, and stores what reopening after a crash needs. It protects only if the last commit had it, so all have it.
    fn begin_write(&self) -> Result<WriteTransaction, EngineFault> {
        let mut transaction = self.database.begin_write().map_err(engine_fault)?;
        transaction.set_durability(redb::Durability::Immediate).map_err(engine_fault)?;
        transaction.set_quick_repair(true);
        Ok(transaction)
    }

    fn write(&self, batch: Batch) -> Result<(), EngineFault> {
        let transaction = self.begin_write()?;
        for (keyspace, writes) in batch.into_keyspaces() {
            let mut table = transaction.open_table(table(keyspace)).map_err(engine_fault)?;
            for (key, value) in writes {
                match value {
                    Some(value) => table.insert(key.as_slice(), value.as_slice()),
                    None => table.remove(key.as_slice()),
                }
                .map_err(engine_fault)?;
            }
        }
        transaction.commit().map_err(engine_fault)
    }

    /// The committed entries of a keyspace, or none if nothing was ever written in it.
    fn read(&self, keyspace: Keyspace) -> Result<Option<Committed>, EngineFault> {
        self.poison.refuse_if_failed()?;
        let transaction = self.database.begin_read().map_err(engine_fault)?;
        match transaction.open_table(table(keyspace)) {
            Ok(table) => Ok(Some(table)),
            Err(TableError::TableDoesNotExist(_)) => Ok(None),
            Err(fault) => Err(engine_fault(fault)),
        }
    }
}

impl Engine for RedbEngine {
    fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        let Some(table) = self.read(keyspace)? else { return Ok(None) };
        let value = ReadableTable::get(&table, key).map_err(engine_fault)?;
        Ok(value.map(|value| value.value().to_vec()))
    }

    fn scan(&self, keyspace: Keyspace, range: KeyRange, order: Order, page: usize) -> Result<Vec<Entry>, EngineFault> {
        let (Some(table), Some(ends)) = (self.read(keyspace)?, range.ends()) else {
            return Ok(Vec::new());
        };
        let mut found = ReadableTable::range::<&[u8]>(&table, ends).map_err(engine_fault)?;
        let mut page = Page::new(page);
        while !page.is_full() {
            let next = match order {
                Order::Ascending => found.next(),
                Order::Descending => found.next_back(),
            };
            let Some(entry) = next else { break };
            let (key, value) = entry.map_err(engine_fault)?;
            page.push(key.value(), value.value());
        }
        Ok(page.into_entries())
    }

    fn commit(&self, batch: Batch) -> Result<(), EngineFault> {
        batch.check()?;
        if batch.is_empty() {
            return self.poison.refuse_if_failed();
        }
        self.poison.commit(|| self.write(batch))
    }

    fn durability(&self) -> Durability {
        Durability::PowerLoss
    }

    fn bytes_on_disk(&self) -> Result<u64, EngineFault> {
        let Some(file) = &self.file else { return Ok(0) };
        let metadata = file.metadata().map_err(EngineFault::from_io)?;
        Ok(metadata.len())
    }
}

type Committed = ReadOnlyTable<&'static [u8], &'static [u8]>;

fn open_file(path: &Path, options: &OpenOptions) -> Result<Database, Attempt> {
    create_unless_there(path, options)?;
    let file = File::options().read(true).write(true).open(path).map_err(|fault| failed(fault, path))?;
    let storage = FileBackend::new(file).map_err(|fault| attempt(fault, path))?;
    open_storage(storage, path, options)
}

/// Makes a new file under another name and renames it when it is whole and synced.
///
/// redb does not open a file whose making was cut short by a loss of power, and it would be left to a person to decide
/// whether a file that cannot be opened may be deleted.
fn create_unless_there(path: &Path, options: &OpenOptions) -> Result<(), Attempt> {
    let Some(directory) = path.parent().filter(|_| !path.exists()) else { return Ok(()) };
    let failed = |fault| failed(fault, path);
    // Held until this returns, so that two processes do not make two files and one loses its own to the other's.
    let lock = File::open(directory).map_err(failed)?;
    match lock.try_lock() {
        Ok(()) if path.exists() => return Ok(()),
        Ok(()) => {}
        Err(TryLockError::WouldBlock) => return Err(Attempt::Busy { path: path.to_path_buf() }),
        Err(TryLockError::Error(fault)) => return Err(failed(fault)),
    }
    let draft = path.with_extension("new");
    let file = File::options().read(true).write(true).create(true).truncate(true).mode(0o600).open(&draft);
    let storage = FileBackend::new(file.map_err(failed)?).map_err(|fault| attempt(fault, path))?;
    open_storage(storage, path, options)?.close().map_err(|fault| attempt(fault, path))?;
    File::open(&draft).and_then(|file| file.sync_all()).map_err(failed)?;
    std::fs::rename(&draft, path).map_err(failed)?;
    lock.sync_all().map_err(failed)
}

fn open_storage(storage: impl StorageBackend, path: &Path, options: &OpenOptions) -> Result<Database, Attempt> {
    Database::builder()
        .set_cache_size(options.cache_bytes())
        .set_repair_callback(|repair| {
            tracing::warn!(progress = repair.progress(), "repairing the store");
        })
        .create_with_backend(storage)
        .map_err(|fault| attempt(fault, path))
}

const fn table(keyspace: Keyspace) -> TableDefinition<'static, &'static [u8], &'static [u8]> {
    TableDefinition::new(keyspace.name())
}

fn failed(source: io::Error, path: &Path) -> Attempt {
    Attempt::Failed(OpenFault::Files { path: path.to_path_buf(), source })
}

fn attempt(fault: DatabaseError, path: &Path) -> Attempt {
    match fault {
        DatabaseError::DatabaseAlreadyOpen => Attempt::Busy { path: path.to_path_buf() },
        fault => Attempt::Failed(OpenFault::Engine(engine_fault(fault))),
    }
}

fn engine_fault(fault: impl Into<redb::Error>) -> EngineFault {
    match fault.into() {
        // So redb reports a file that is not its own.
        redb::Error::Io(fault) if fault.kind() == io::ErrorKind::InvalidData => EngineFault::Damaged(Box::new(fault)),
        redb::Error::Io(fault) => EngineFault::from_io(fault),
        fault @ (redb::Error::Corrupted(_)
        | redb::Error::UpgradeRequired(_)
        | redb::Error::TableTypeMismatch { .. }
        | redb::Error::TableIsMultimap(_)
        | redb::Error::TypeDefinitionChanged { .. }) => EngineFault::Damaged(Box::new(fault)),
        fault => EngineFault::Disk(Box::new(fault)),
    }
}
