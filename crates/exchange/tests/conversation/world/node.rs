//! One node: an exchange over a store in memory, with writes that nobody has answered yet.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chancery_exchange::{Answer, CallerId, Change, Exchange, Holdings, Incarnation, Mark, MarkTarget, Ticket};
use chancery_record::{Country, Lineage, Moment, Record, TrustRoster};
use chancery_store::Store;
use chancery_store::engine::{Engine, MemoryEngine};
use chancery_treaty::Law;

use super::grant::{Grant, law};
use super::keys::identity;

pub struct Node {
    pub country: Country,
    disk: Arc<MemoryEngine>,
    pub store: Store,
    pub exchange: Exchange,
    pub roster: TrustRoster,
    pub grants: BTreeMap<Country, Grant>,
    pub generation: u64,
    /// Asked for and not answered, the oldest first.
    pub writes: VecDeque<(Ticket, Vec<Change>)>,
    pub answers: BTreeMap<CallerId, Answer>,
    pub notices: Vec<String>,
    pub hang_ups: Vec<String>,
    /// How far the wall clock is ahead.
    pub ahead_ms: i64,
}

impl Node {
    pub fn new(country: Country, roster: TrustRoster, now: Moment) -> Self {
        let disk = Arc::new(MemoryEngine::new());
        let store = Store::open(Arc::clone(&disk) as Arc<dyn Engine>, Incarnation(7)).unwrap();
        let exchange = start(country, &store, &roster, &BTreeMap::new(), now, 1);
        Self {
            country,
            disk,
            store,
            exchange,
            roster,
            grants: BTreeMap::new(),
            generation: 1,
            writes: VecDeque::new(),
            answers: BTreeMap::new(),
            notices: Vec::new(),
            hang_ups: Vec::new(),
            ahead_ms: 0,
        }
    }

    /// The same node with an empty disk, as one that was never backed up.
    pub fn replace_disk(&mut self, incarnation: Incarnation, now: Moment) {
        self.disk = Arc::new(MemoryEngine::new());
        self.store = Store::open(Arc::clone(&self.disk) as Arc<dyn Engine>, incarnation).unwrap();
        self.start(now);
    }

    /// What a backup of the disk holds now.
    pub fn backup(&self) -> MemoryEngine {
        self.disk.backup().unwrap()
    }

    /// The same node over a backup that nobody says is one.
    pub fn restore(&mut self, backup: MemoryEngine, now: Moment) {
        self.disk = Arc::new(backup);
        self.store = Store::open(Arc::clone(&self.disk) as Arc<dyn Engine>, Incarnation(7)).unwrap();
        self.start(now);
    }

    /// Stops without a word and starts again; of the writes in the queue the first `kept` had reached the disk.
    pub fn crash(&mut self, kept: usize, now: Moment) {
        for (_, changes) in self.writes.drain(..).take(kept) {
            self.store.commit(&changes).unwrap();
        }
        self.disk = Arc::new(self.disk.reopen());
        self.store = Store::open(Arc::clone(&self.disk) as Arc<dyn Engine>, Incarnation(7)).unwrap();
        self.start(now);
    }

    fn start(&mut self, now: Moment) {
        self.writes.clear();
        self.generation += 1;
        self.exchange = start(self.country, &self.store, &self.roster, &self.grants, now, self.generation);
    }

    pub fn law(&mut self, now: Moment) -> Arc<Law> {
        self.generation += 1;
        let grants = self.grants.iter().map(|(peer, grant)| (*peer, *grant));
        Arc::new(law(&self.roster, self.country, grants, now.wall, self.generation))
    }

    pub fn commit_next(&mut self) -> Option<Ticket> {
        let (ticket, changes) = self.writes.pop_front()?;
        self.store.commit(&changes).unwrap_or_else(|fault| panic!("{}: {fault}: {changes:?}", self.country));
        Some(ticket)
    }

    /// Whether this country has taken a lineage of its own back, as far as this life of the node knows.
    pub fn has_withdrawn(&self, lineage: &Lineage, record: &Record) -> bool {
        let marked = self.store.mark(self.country, lineage, &record.id()).unwrap() == Some(Mark::Withdrawn);
        marked
            || self.changes_in_flight().any(|change| match change {
                Change::Mark { maker, target: MarkTarget::Lineage(of), .. } => *maker == self.country && of == lineage,
                _ => false,
            })
    }

    /// Whether a later version of an own record stands, as far as this life of the node knows.
    pub fn has_successor(&self, record: &Record) -> bool {
        let manifest = record.manifest();
        let committed = self.store.versions(manifest.originator, &manifest.lineage).unwrap();
        committed.iter().any(|(revision, _)| *revision > manifest.revision)
            || self.changes_in_flight().any(|change| match change {
                Change::Accept(acceptance) => {
                    let later = acceptance.record.manifest();
                    later.lineage == manifest.lineage && later.revision > manifest.revision
                }
                _ => false,
            })
    }

    fn changes_in_flight(&self) -> impl Iterator<Item = &Change> {
        self.writes.iter().flat_map(|(_, changes)| changes)
    }
}

fn start(
    country: Country,
    store: &Store,
    roster: &TrustRoster,
    grants: &BTreeMap<Country, Grant>,
    now: Moment,
    generation: u64,
) -> Exchange {
    let grants = grants.iter().map(|(peer, grant)| (*peer, *grant));
    let law = law(roster, country, grants, now.wall, generation);
    Exchange::new(identity(country), Arc::new(law), Arc::new(roster.clone()), store).unwrap()
}
