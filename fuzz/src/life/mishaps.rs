//! How a node dies and what it finds when it starts again.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;

use chancery_exchange::{Epoch, Incarnation, Input};
use chancery_store::Store;
use chancery_store::engine::Engine;

use super::world::{NODE_LIFE, World, started};
use crate::disk::Failure;

impl World {
    /// Stops without a word and starts again; of what was asked to be written the first `kept` had reached the disk.
    pub fn crash(&mut self, kept: usize) {
        for (_, changes) in self.writes.drain(..).take(kept) {
            self.store.commit(&changes).expect("what the exchange asks for, the store takes");
        }
        self.restart();
    }

    /// The disk fails in the next commit, and the node stops and starts again.
    pub fn fail(&mut self, failure: Failure) {
        self.disk.fail_next_commit(failure);
        if let Some((_, changes)) = self.writes.pop_front() {
            let committed = catch_unwind(AssertUnwindSafe(|| self.store.commit(&changes)));
            assert!(!matches!(committed, Ok(Ok(()))), "a commit that failed is not reported as done");
            let after = self.store.commit(&[]);
            assert!(after.is_err(), "after a failed commit nothing is taken before the store is opened again");
        }
        self.restart();
    }

    pub fn back_up(&mut self) {
        self.copied = Some(self.disk.backup());
    }

    /// The disk is lost, and the copy takes its place; an operator says so, or nobody does.
    pub fn restore(&mut self, is_announced: bool) {
        let Some(copied) = &self.copied else { return };
        self.disk = copied.backup();
        self.has_restored = true;
        for (peer, place) in &mut self.epochs {
            let peer = self.peers.iter().find(|of| of.country == *peer).expect("a peer");
            *place = peer.ledger_held.map_or((Incarnation(0), Epoch(0)), |held| (held.incarnation, held.epoch));
        }
        self.restart();
        if is_announced {
            let caller = self.caller();
            self.handle(Input::Recover { caller, actor: "operator".into() });
            self.commit_all();
        }
    }

    fn restart(&mut self) {
        self.writes.clear();
        self.asked.clear();
        self.last_ticket = None;
        self.disk = self.disk.reopen();
        self.store = Store::open(Arc::clone(&self.disk) as Arc<dyn Engine>, NODE_LIFE).expect("an old store");
        self.exchange = started(&self.store, self.agreed, self.generation, self.known, self.identity);
        self.peers.iter_mut().for_each(|peer| peer.line = None);
    }
}
