//! What must hold once everyone is connected and honest and nothing is under way.

use chancery_exchange::{Holdings, Input, ItemNumber, Records};
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
        for at in 0..self.peers.len() {
            self.disconnect(at);
        }
        // A liar may hold what it will; the last peer, with which there never is a treaty, matters to a recovery alone.
        let is_honest = |world: &Self, at: usize| !world.peers[at].has_lied && (at < 2 || world.is_recovering());
        let honest = |world: &Self| (0..world.peers.len()).filter(|at| is_honest(world, *at)).collect::<Vec<_>>();
        for _ in 0..3 {
            let connected = honest(self);
            self.settle(&connected);
            self.end_an_old_copy();
            if self.is_recovering() {
                self.go_on_without_liars();
            }
            self.now.wall = Instant(self.now.wall.0 + 61_000);
            self.now.monotonic_ms += 61_000;
            self.handle(Input::Tick);
        }
        let honest = honest(self);
        self.settle(&honest);
        assert!(!self.is_recovering(), "what everyone has given back is all there is");
        for at in honest {
            self.check_healed(at);
        }
    }

    /// Until nothing moves. Who was hung up on to begin afresh connects again.
    fn settle(&mut self, honest: &[usize]) {
        for _ in 0..ROUNDS_MAX {
            let before = self.handed;
            for at in honest {
                if self.peers[*at].line.is_none() {
                    self.connect(*at);
                }
            }
            self.run(1);
            let connected = honest.iter().all(|at| self.peers[*at].line.is_some());
            if connected && self.handed == before && self.writes.is_empty() {
                return;
            }
        }
        panic!("the world runs in circles");
    }

    fn is_recovering(&self) -> bool {
        self.store.life().expect("readable").is_recovering()
    }

    /// An operator does what a node asks for that a later life of itself has outlived.
    fn end_an_old_copy(&mut self) {
        let states = self.exchange.session_states();
        if states.iter().any(|state| state.records == Some(Records::Outlived)) {
            let caller = self.caller();
            self.handle(Input::Recover { caller, actor: "operator".into() });
            self.commit_all();
        }
    }

    fn go_on_without_liars(&mut self) {
        for at in 0..self.peers.len() {
            if self.peers[at].has_lied {
                let (caller, peer) = (self.caller(), Some(self.peers[at].country));
                self.has_overridden = true;
                self.handle(Input::OverrideRecovery { caller, actor: "operator".into(), peer });
                self.commit_all();
            }
        }
    }

    fn check_healed(&mut self, at: usize) {
        let country = self.peers[at].country;
        assert!(self.peers[at].line.is_some(), "an honest peer stays connected");
        let owed = self.store.owed_end(country).expect("readable").map_or(ItemNumber(0), |end| end.number);
        let told = self.peers[at].obligations_held.map_or(ItemNumber(0), |held| held.number);
        assert!(
            told == owed || (self.has_overridden && told > owed),
            "{country} is told {told} of {owed} that it is owed"
        );
        if self.agreed_with(at).is_some() {
            assert!(self.flows(at), "records flow with {country}: {:?}", self.exchange.session_states());
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
        self.deliver(at, std::slice::from_ref(&plain));
        self.commit_all();
        let held = self.store.held(&plain.record.id()).expect("readable");
        assert!(held.is_some(), "what an honest peer delivers is taken");
    }
}
