//! Lists of changes committed over a disk that fails, against a model that keeps everything in a few lists.
//!
//! The bytes are a script of steps. A list is there whole or not at all; a list that is refused leaves nothing; after
//! any other failure nothing is taken or read before the store is opened again; and what is read is what the model says.

#[path = "keeping/changes.rs"]
mod changes;
#[path = "keeping/further.rs"]
mod further;
/// The model of the store's own tests, so that there is one to keep true.
#[allow(dead_code, reason = "the tests of the store use more of it")]
#[path = "../../crates/store/src/tests/model.rs"]
mod model;
#[path = "keeping/sealed.rs"]
mod sealed;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chancery_exchange::{Change, Holdings, Incarnation};
use chancery_store::Store;
use chancery_store::engine::Engine;

use crate::disk::{Disk, FAILURES, Failure};
use crate::script::Script;
use crate::targets::Outcome;
use changes::Changes;
use model::{Model, compare};

/// The incarnation that the store is made with; the model says the same.
pub(crate) const FIRST: Incarnation = Incarnation(7);

/// Steps of one script.
const STEPS_MAX: usize = 256;

struct Bench {
    disk: Arc<Disk>,
    store: Store,
    model: Model,
    changes: Changes,
    /// What the next commit says.
    list: Vec<Change>,
    commits: usize,
}

/// Commits, fails, opens again and compares, as a script says.
pub fn keeping(bytes: &[u8]) -> Outcome {
    let mut script = Script::new(bytes);
    let disk = Disk::new();
    let store = opened(&disk);
    let (model, changes) = (Model::default(), Changes::default());
    let mut bench = Bench { disk, store, model, changes, list: Vec::new(), commits: 0 };
    for _ in 0..STEPS_MAX {
        if script.is_done() {
            break;
        }
        bench.step(&mut script);
    }
    bench.commit();
    bench.compare();
    Outcome::of(bench.commits > 0)
}

fn opened(disk: &Arc<Disk>) -> Store {
    Store::open(Arc::clone(disk) as Arc<dyn Engine>, FIRST).expect("a disk that works can be opened")
}

impl Bench {
    fn step(&mut self, script: &mut Script<'_>) {
        match script.below(64) {
            0..=7 => self.commit(),
            8 | 9 => self.fail(script.one_of(&FAILURES)),
            10 => self.refuse(script),
            11 => self.lose_the_disk(script),
            12 => self.reopen(),
            13 => self.compare(),
            _ => {
                let change = self.changes.drawn(script);
                self.list.push(change);
            }
        }
    }

    fn commit(&mut self) {
        let list = std::mem::take(&mut self.list);
        self.store.commit(&list).unwrap_or_else(|fault| panic!("{fault}: {list:?}"));
        self.model.apply_all(&list);
        self.commits += usize::from(!list.is_empty());
    }

    /// The disk fails in the middle of a commit: what it said before it did is on it, and nothing else.
    fn fail(&mut self, failure: Failure) {
        let list = std::mem::take(&mut self.list);
        self.disk.fail_next_commit(failure);
        match catch_unwind(AssertUnwindSafe(|| self.store.commit(&list))) {
            Ok(Ok(())) => panic!("a commit that failed is reported as done"),
            Ok(Err(fault)) => assert!(!fault.is_refusal(), "a broken disk is not the caller's fault: {fault}"),
            Err(_) => assert_eq!(failure, Failure::Panicked, "only an engine that falls over takes the caller along"),
        }
        self.takes_nothing();
        if failure == Failure::WrittenUnsaid {
            self.model.apply_all(&list);
        }
        self.reopen();
        self.compare();
    }

    /// One list too many is wrong: it leaves nothing, and the store goes on.
    fn refuse(&mut self, script: &mut Script<'_>) {
        let mut list = vec![self.changes.drawn(script)];
        list.push(self.changes.wrong(script));
        list.push(self.changes.drawn(script));
        let fault = self.store.commit(&list).expect_err("a wrong list is refused");
        assert!(fault.is_refusal(), "{fault}");
    }

    /// The disk is gone for a while. Nothing is read that may not be there, and nothing is half written.
    fn lose_the_disk(&mut self, script: &mut Script<'_>) {
        self.disk.set_unreadable(true);
        self.takes_nothing();
        let list = vec![self.changes.drawn(script)];
        let fault = self.store.commit(&list).expect_err("there is no disk");
        assert!(!fault.is_refusal(), "a lost disk is not the caller's fault: {fault}");
        self.disk.set_unreadable(false);
        self.reopen();
        self.compare();
    }

    fn takes_nothing(&self) {
        let peer = self.changes.peer(0);
        assert!(self.store.commit(&[]).is_err(), "a store that failed takes no more");
        assert!(self.store.journal_end().is_err(), "a store that failed shows nothing");
        assert!(self.store.held(&self.changes.record(0).id()).is_err(), "a store that failed shows nothing");
        assert!(self.store.received(peer).is_err() && self.store.owed_end(peer).is_err());
    }

    fn reopen(&mut self) {
        self.disk = self.disk.reopen();
        self.store = opened(&self.disk);
    }

    fn compare(&self) {
        compare(&self.store, &self.model, &self.changes.questions());
        self.changes.compare_further(&self.store, &self.model);
        let extent = self.store.extent().expect("readable");
        assert_eq!(extent.records as usize, self.model.records(), "records are counted right");
    }
}
