//! The store: everything a node keeps, over one engine.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use chancery_exchange::{Change, Incarnation};
use chancery_record::Date;

use crate::commit::CommitFault;
use crate::engine::Engine;
use crate::limits::FORGET_STEP_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows};
use crate::{commit, marks, meta};

/// What a node keeps. Any thread may read committed state while one commits; commits take turns.
pub struct Store {
    engine: Arc<dyn Engine>,
    /// Changes with a commit that begins another life.
    incarnation: AtomicU64,
    /// Held while a batch is made and written: it is made from what is committed.
    turn: Mutex<()>,
}

impl Store {
    /// Opens the store that `engine` holds. A new one gets `first` as its incarnation; an old one keeps its own.
    pub fn open(engine: impl Into<Arc<dyn Engine>>, first: Incarnation) -> Result<Self, RowFault> {
        let engine = engine.into();
        let incarnation = meta::incarnation(Rows { engine: engine.as_ref() }, first)?;
        Ok(Self { engine, incarnation: AtomicU64::new(incarnation.0), turn: Mutex::new(()) })
    }

    /// Makes all changes true as one, or none of them.
    ///
    /// INVARIANT (acknowledged means durable): it returns once the engine has synced the batch. After a fault that is no
    /// refusal it is unknown whether the batch is on disk, and the engine takes no more work.
    pub fn commit(&self, changes: &[Change]) -> Result<(), CommitFault> {
        let _turn = self.turn();
        let batch = commit::batch(self.rows(), changes)?;
        self.engine.commit(batch)?;
        for change in changes {
            if let Change::NewLife { incarnation, .. } = change {
                self.incarnation.store(incarnation.0, Ordering::SeqCst);
            }
        }
        Ok(())
    }

    /// Forgets the marks that need be remembered no more on a day.
    pub fn forget_marks(&self, today: Date) -> Result<(), CommitFault> {
        loop {
            let _turn = self.turn();
            let mut pending = Pending::new(self.rows())?;
            let more = marks::forget(&mut pending, self.rows(), today, FORGET_STEP_MAX)?;
            self.engine.commit(pending.into_batch()?)?;
            if !more {
                return Ok(());
            }
        }
    }

    /// The engine below, for its size and durability.
    pub fn engine(&self) -> &dyn Engine {
        self.engine.as_ref()
    }

    pub(crate) fn incarnation(&self) -> Incarnation {
        Incarnation(self.incarnation.load(Ordering::SeqCst))
    }

    pub(crate) fn rows(&self) -> Rows<'_> {
        Rows { engine: self.engine.as_ref() }
    }

    /// Nothing is left half-made by a panic in here: the batch is lost, or the engine has closed itself.
    pub(crate) fn turn(&self) -> std::sync::MutexGuard<'_, ()> {
        self.turn.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
