//! Tests that every engine has to pass.

mod contract;
mod faulty_disk;
mod killed;
mod memory_use;
mod power_cut;
mod reference;
mod workload;

use super::open::OpenOptions;
use super::{Batch, Engine, EngineKind, KeyRange, MemoryEngine, Order, Pages, open};
use crate::keyspace::Keyspace;
use std::collections::BTreeMap;
use tempfile::TempDir;

type Content = BTreeMap<(Keyspace, Vec<u8>), Vec<u8>>;

/// A store of one engine that can be closed and opened again.
enum Bench {
    Memory(MemoryEngine),
    Disk(EngineKind, TempDir),
}

impl Bench {
    fn each() -> Vec<Self> {
        let mut all = vec![Self::Memory(MemoryEngine::new())];
        all.extend(EngineKind::ALL.map(Self::on_disk));
        all
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

    fn open(&self) -> Box<dyn Engine> {
        match self {
            Self::Memory(first) => Box::new(first.reopen()),
            Self::Disk(kind, directory) => open(*kind, directory.path(), &OpenOptions::default()).unwrap(),
        }
    }
}

/// Runs a test over every engine; a failure prints which.
fn with_each(test: impl Fn(&dyn Engine)) {
    for bench in Bench::each() {
        println!("engine {}", bench.name());
        test(bench.open().as_ref());
    }
}

/// Keyspace, key, and the value to put or none to delete.
type Write<'a> = (Keyspace, &'a [u8], Option<&'a [u8]>);

fn batch(writes: &[Write<'_>]) -> Batch {
    let mut batch = Batch::new();
    for (keyspace, key, value) in writes {
        match value {
            Some(value) => batch.put(*keyspace, *key, *value),
            None => batch.delete(*keyspace, *key),
        }
    }
    batch
}

/// Everything in a store but the mark of its schema version.
fn content(engine: &dyn Engine) -> Content {
    let mut content = Content::new();
    for keyspace in Keyspace::ALL {
        for page in Pages::new(engine, *keyspace, KeyRange::all(), Order::Ascending, 500) {
            for (key, value) in page.unwrap() {
                content.insert((*keyspace, key), value);
            }
        }
    }
    content.remove(&(Keyspace::Meta, b"schema-version".to_vec()));
    content
}
