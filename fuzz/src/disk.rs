//! An engine in memory that fails when it is told to, in every way that a disk may.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chancery_store::engine::Order as Direction;
use chancery_store::engine::{Batch, Durability, Engine, EngineFault, Entry, KeyRange, MemoryEngine};
use chancery_store::keyspace::Keyspace;

/// What becomes of the next commit.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Failure {
    /// The disk refuses it; nothing of it is there afterwards.
    Refused,
    /// No room; nothing of it is there afterwards.
    Full,
    /// The power goes before the disk says that it is written, and it is.
    WrittenUnsaid,
    /// The engine falls over in the middle; nothing of it is there afterwards.
    Panicked,
}

pub const FAILURES: [Failure; 4] = [Failure::Refused, Failure::Full, Failure::WrittenUnsaid, Failure::Panicked];

/// A disk with the engine on it. After a failure it takes no more work until it is opened again.
pub struct Disk {
    engine: MemoryEngine,
    next: Mutex<Option<Failure>>,
    poisoned: AtomicBool,
    unreadable: AtomicBool,
}

impl Disk {
    pub fn new() -> Arc<Self> {
        Arc::new(Self::over(MemoryEngine::new()))
    }

    /// What a process that starts again finds.
    pub fn reopen(&self) -> Arc<Self> {
        Arc::new(Self::over(self.engine.reopen()))
    }

    /// A copy of what is on it now.
    pub fn backup(&self) -> Arc<Self> {
        Arc::new(Self::over(self.engine.backup().expect("a disk that works")))
    }

    pub fn fail_next_commit(&self, failure: Failure) {
        *self.next.lock().unwrap_or_else(PoisonError::into_inner) = Some(failure);
    }

    /// Whether reads fail from now on, as on a disk that has gone.
    pub fn set_unreadable(&self, unreadable: bool) {
        self.unreadable.store(unreadable, Ordering::Release);
    }

    fn over(engine: MemoryEngine) -> Self {
        let (poisoned, unreadable) = (AtomicBool::new(false), AtomicBool::new(false));
        Self { engine, next: Mutex::new(None), poisoned, unreadable }
    }

    fn refuse(&self) -> Result<(), EngineFault> {
        if self.poisoned.load(Ordering::Acquire) {
            return Err(EngineFault::Poisoned);
        }
        if self.unreadable.load(Ordering::Acquire) {
            return Err(EngineFault::Disk("the disk has gone".into()));
        }
        Ok(())
    }
}

impl Engine for Disk {
    fn get(&self, keyspace: Keyspace, key: &[u8]) -> Result<Option<Vec<u8>>, EngineFault> {
        self.refuse()?;
        self.engine.get(keyspace, key)
    }

    fn scan(
        &self,
        keyspace: Keyspace,
        range: KeyRange,
        order: Direction,
        page: usize,
    ) -> Result<Vec<Entry>, EngineFault> {
        self.refuse()?;
        self.engine.scan(keyspace, range, order, page)
    }

    fn commit(&self, batch: Batch) -> Result<(), EngineFault> {
        batch.check()?;
        self.refuse()?;
        let Some(failure) = self.next.lock().unwrap_or_else(PoisonError::into_inner).take() else {
            return self.engine.commit(batch);
        };
        self.poisoned.store(true, Ordering::Release);
        match failure {
            Failure::Refused => Err(EngineFault::Disk("the disk refuses".into())),
            Failure::Full => Err(EngineFault::DiskFull("no room".into())),
            Failure::Panicked => std::panic::resume_unwind(Box::new("the engine falls over")),
            Failure::WrittenUnsaid => {
                self.engine.commit(batch)?;
                Err(EngineFault::Disk("the power went".into()))
            }
        }
    }

    fn durability(&self) -> Durability {
        Durability::None
    }

    fn bytes_on_disk(&self) -> Result<u64, EngineFault> {
        Ok(0)
    }
}
