//! What must hold once everyone is connected and honest and nothing is under way.

use chancery_exchange::{Holdings, Input, ItemNumber};
use chancery_record::{Instant, SectionSet};

use super::keys::Known;
use super::papers::foreign;
use super::world::World;

/// Rounds after which a world that still moves is said to run in circles.
const ROUNDS_MAX: usize = 64;

impl World {
    /// Connects everyone anew and waits until nothing moves; then every peer that never lied holds what it may have.
    pub fn heal(&mut self) {
        self.commit_all();
        self.learn(Known::Everyone);
        if self.exchange.clock_has_jumped() {
            let caller = self.caller();
            self.handle(Input::ConfirmClock { caller, actor: "operator".into() });
            self.commit_all();
        }
        // A liar may hold what it will; with the last peer there never is a treaty.
        let honest: Vec<usize> = (0..2).filter(|at| !self.peers[*at].has_lied).collect();
        for at in 0..self.peers.len() {
            self.disconnect(at);
        }
        for at in &honest {
            self.connect(*at);
        }
        for _ in 0..2 {
            self.settle();
            self.now.wall = Instant(self.now.wall.0 + 61_000);
            self.now.monotonic_ms += 61_000;
            self.handle(Input::Tick);
        }
        self.settle();
        for at in honest {
            self.check_healed(at);
        }
    }

    fn settle(&mut self) {
        for _ in 0..ROUNDS_MAX {
            let before = self.handed;
            self.run(1);
            if self.handed == before && self.writes.is_empty() {
                return;
            }
        }
        panic!("the world runs in circles");
    }

    fn check_healed(&mut self, at: usize) {
        let country = self.peers[at].country;
        assert!(self.peers[at].line.is_some(), "an honest peer stays connected");
        let owed = self.store.owed_end(country).expect("readable").map_or(ItemNumber(0), |end| end.number);
        let told = self.peers[at].obligations_held.map_or(ItemNumber(0), |held| held.number);
        assert_eq!(told, owed, "{country} is told everything it is owed");
        if self.flows(at) {
            for record in self.sealed.values() {
                let is_held = self.store.held(&record.id()).expect("readable").is_some();
                let allowed = if is_held { self.allowed(record, country) } else { SectionSet::EMPTY };
                let has = self.peers[at].sections.get(&record.id()).copied().unwrap_or(SectionSet::EMPTY);
                assert!(has.contains_all(allowed), "{country} has {has:?} of {}, {allowed:?} may go", record.id());
            }
            self.check_takes(at);
        }
    }

    /// The node takes what an honest peer delivers.
    fn check_takes(&mut self, at: usize) {
        let plain = foreign(self.peers[at].country, 9);
        let manifest = plain.record.manifest();
        let marked = self.store.mark(manifest.originator, &manifest.lineage, &plain.record.id()).expect("readable");
        let is_allowed = self.agreed.get(at).copied().flatten().is_some_and(|which| which != 3);
        let is_of_today = !manifest.is_expired(self.now.wall.date()) && manifest.issued <= self.now.wall;
        if marked.is_some() || !is_allowed || !is_of_today {
            return;
        }
        self.open(at);
        self.deliver(at, &[plain.clone()]);
        self.commit_all();
        let held = self.store.held(&plain.record.id()).expect("readable");
        assert!(held.is_some(), "what an honest peer delivers is taken");
    }
}
