//! Tests of the store over every engine.

pub(crate) mod dice;
pub(crate) mod victim;

mod commits;
mod holding;
mod killed;
mod model;
mod onward;
mod random;
mod sample;
mod searching;
mod upkeep;

use std::path::Path;
use std::sync::Arc;

use chancery_exchange::{Change, Incarnation};
use tempfile::TempDir;

use crate::Store;
use crate::engine::{Engine, EngineKind, MemoryEngine, OpenOptions, open};

/// The incarnation that every store of these tests was made with.
const FIRST: Incarnation = Incarnation(7);

/// A place for a store that can be closed and opened again.
enum Bench {
    Memory(MemoryEngine),
    Disk(EngineKind, TempDir),
}

impl Bench {
    fn each() -> Vec<Self> {
        let mut all = vec![Self::memory()];
        all.extend(EngineKind::ALL.map(Self::on_disk));
        all
    }

    fn memory() -> Self {
        Self::Memory(MemoryEngine::new())
    }

    fn on_disk(kind: EngineKind) -> Self {
        Self::Disk(kind, tempfile::tempdir().unwrap())
    }

    fn name(&self) -> &'static str {
        match self {
            Self::Memory(_) => "memory",
            Self::Disk(kind, _) => kind.name(),
        }
    }

    /// The earlier store of this bench must be dropped.
    fn open(&self) -> Store {
        match self {
            Self::Memory(first) => with_sheet(Arc::new(first.reopen())),
            Self::Disk(kind, directory) => on_disk(*kind, directory.path()),
        }
    }
}

fn on_disk(kind: EngineKind, directory: &Path) -> Store {
    with_sheet(open(kind, directory, &OpenOptions::default()).unwrap().into())
}

/// Opens a store and puts the sheet into it under which all samples are delivered.
fn with_sheet(engine: Arc<dyn Engine>) -> Store {
    let store = Store::open(engine, FIRST).unwrap();
    store.commit(&[sample::sheet()]).unwrap();
    store
}

/// Runs a test over every engine, once on the store that was written to and once after it was opened again.
fn with_each(changes: &[Change], check: impl Fn(&Store)) {
    for bench in Bench::each() {
        println!("engine {}", bench.name());
        let store = bench.open();
        store.commit(changes).unwrap();
        check(&store);
        drop(store);
        check(&bench.open());
    }
}

/// What a check of the whole store finds wrong.
fn findings(store: &Store) -> Vec<crate::Finding> {
    let mut findings = Vec::new();
    store.verify(|_| (), |finding| findings.push(finding)).unwrap();
    findings
}
