//! One country's node: the real exchange over the real store in memory, with writes that nobody has answered yet.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chancery_exchange::{Change, Exchange, Holdings, Incarnation, OwnIdentity, Ticket};
use chancery_record::{Country, Instant, Moment, SignedByCountry, TrustRoster};
use chancery_store::Store;
use chancery_store::engine::{Batch, Engine, KeyRange, MemoryEngine, Order, Pages};
use chancery_store::keyspace::Keyspace;
use chancery_treaty::{Law, LawBook, LawGeneration};

use crate::accord::{Accord, Pact};
use crate::bug::Bug;
use crate::chance::code;
use crate::nations::{START, identity};
use crate::oracle::Shadow;
use crate::reference::InForce;

/// The incarnation that every store begins with.
pub const FIRST_LIFE: Incarnation = Incarnation(7);

/// A node with all that surrounds it in one machine.
pub struct Node {
    /// Whose it is.
    pub country: Country,
    disk: Arc<MemoryEngine>,
    /// What is on disk.
    pub store: Store,
    /// The process; none while it is down.
    pub exchange: Option<Exchange>,
    /// Counts processes.
    pub life: u64,
    /// Whom it believes.
    pub roster: Arc<TrustRoster>,
    known_words: BTreeSet<Vec<u8>>,
    /// Its treaties and laws.
    pub book: LawBook,
    /// The treaties of its world.
    pub pacts: Arc<Vec<Pact>>,
    /// Which treaties it has in force, for the oracles.
    pub in_force: InForce,
    generation: u64,
    /// Asked for and not answered, the oldest first.
    pub queue: VecDeque<(Ticket, Vec<Change>)>,
    /// How many of them the disk is writing.
    pub writing: usize,
    /// A copy of its disk, with what stood on it.
    pub backup: Option<(MemoryEngine, Shadow)>,
    /// What ails its disk.
    pub ailment: Ailment,
    /// What its clocks show.
    pub clocks: Clocks,
    /// The serial of its certificate.
    pub serial: u64,
    /// Its revoked certificates.
    pub revocations: Vec<SignedByCountry>,
    /// Outputs after which it is killed.
    pub fuse: Option<u64>,
    /// What is planted in it.
    pub bug: Option<Bug>,
    /// Whether the oracles hold it to anything.
    pub lies: bool,
}

/// What ails a disk, until when.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ailment {
    /// Nothing.
    None,
    /// It takes long.
    Slow(u64),
    /// It does not answer.
    Stuck(u64),
    /// It takes nothing more.
    Full(u64),
}

/// Whether an operator says that a disk is not what it was.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Life {
    /// Another life of the store is begun before the node starts.
    Announced,
    /// Nobody says a word.
    Untold,
}

/// The clocks of a machine.
#[derive(Clone, Copy, Debug, Default)]
pub struct Clocks {
    /// By how much the wall clock is ahead of the true time.
    pub skew_ms: i64,
    /// By how much more since it jumped.
    pub jump_ms: i64,
    /// When the machine was started: its monotonic clock counts from there.
    pub booted_ms: u64,
}

impl Clocks {
    /// What they show.
    pub fn moment(&self, now_ms: u64) -> Moment {
        let wall = START.0.saturating_add(now_ms).saturating_add_signed(self.skew_ms.saturating_add(self.jump_ms));
        Moment { wall: Instant(wall), monotonic_ms: 1 + now_ms.saturating_sub(self.booted_ms) }
    }
}

impl Node {
    /// A node with an empty disk, whose process is not running yet.
    pub fn new(
        country: Country,
        roster: Arc<TrustRoster>,
        book: LawBook,
        pacts: Arc<Vec<Pact>>,
        in_force: InForce,
    ) -> Self {
        let disk = Arc::new(MemoryEngine::new());
        let store = opened(&disk, FIRST_LIFE);
        Self {
            country,
            disk,
            store,
            exchange: None,
            life: 0,
            roster,
            known_words: BTreeSet::new(),
            book,
            pacts,
            in_force,
            generation: 0,
            queue: VecDeque::new(),
            writing: 0,
            backup: None,
            ailment: Ailment::None,
            clocks: Clocks::default(),
            serial: 1,
            revocations: Vec::new(),
            fuse: None,
            bug: None,
            lies: false,
        }
    }

    /// What its clocks show.
    pub fn moment(&self, now_ms: u64) -> Moment {
        self.clocks.moment(now_ms)
    }

    /// Whether a process runs.
    pub fn is_up(&self) -> bool {
        self.exchange.is_some()
    }

    /// Starts a process over what is on disk.
    pub fn start(&mut self, now_ms: u64) {
        self.life += 1;
        self.queue.clear();
        self.writing = 0;
        self.fuse = None;
        self.clocks.booted_ms = now_ms;
        self.disk = Arc::new(self.disk.reopen());
        self.store = opened(&self.disk, FIRST_LIFE);
        let law = self.law(now_ms);
        let own = self.identity();
        let exchange = Exchange::new(own, law, Arc::clone(&self.roster), &self.store);
        self.exchange = Some(exchange.expect("memory can be read"));
    }

    /// Kills the process; of the writes in its queue the first `kept` had reached the disk. Gives those.
    pub fn kill(&mut self, kept: usize) -> Vec<Vec<Change>> {
        self.exchange = None;
        let mut written = Vec::new();
        for (_, changes) in self.queue.drain(..).take(kept) {
            self.store.commit(&changes).expect("memory takes what the exchange asks for");
            written.push(changes);
        }
        self.queue.clear();
        self.writing = 0;
        written
    }

    /// Puts a copy of the disk aside.
    pub fn back_up(&mut self, shadow: Shadow) {
        self.backup = Some((copy_of(&self.disk), shadow));
    }

    /// Puts the copy in the place of the disk, or an empty one where there is none; another life is begun where an
    /// operator says so. Gives what stands on it.
    pub fn restore(&mut self, begun: Life, now_ms: u64) -> Shadow {
        let (disk, shadow) = match &self.backup {
            Some((disk, shadow)) => (copy_of(disk), shadow.clone()),
            None => (MemoryEngine::new(), Shadow::default()),
        };
        self.disk = Arc::new(disk);
        // A store that is new gets a number that no earlier one of this node can have had.
        let at = self.moment(now_ms).wall;
        self.store = opened(&self.disk, Incarnation(at.0));
        if begun == Life::Announced {
            let known = self.store.incarnation().expect("memory can be read");
            let incarnation = Incarnation(at.0).max(known.next());
            self.store.commit(&[Change::NewLife { incarnation, at }]).expect("memory takes it");
        }
        shadow
    }

    /// Who it is now.
    pub fn identity(&self) -> OwnIdentity {
        identity(self.country, self.serial, self.revocations.clone())
    }

    /// The law of this moment, a generation later.
    pub fn law(&mut self, now_ms: u64) -> Arc<Law> {
        self.generation += 1;
        let at = self.moment(now_ms).wall;
        if let Some(wider) = self.widened() {
            return Arc::new(Law::compile(&wider, self.country, at, LawGeneration(self.generation)));
        }
        Arc::new(Law::compile(&self.book, self.country, at, LawGeneration(self.generation)))
    }

    /// The planted bug of a decision that is skipped: one law in eight lets more go than the treaty in force.
    fn widened(&self) -> Option<LawBook> {
        if self.bug != Some(Bug::DecisionSkipped) || !(self.generation + code(self.country)).is_multiple_of(8) {
            return None;
        }
        let mut book = self.book.clone();
        for (number, accord) in &self.in_force {
            let pact = self.pacts.get(*number)?;
            book.remove(&pact.hash(*accord));
            let signed = pact.signed(Accord::Wide);
            book.add(signed.document, signed.signatures).ok()?;
        }
        Some(book)
    }

    /// Puts another accord in the place of the one in force, or none.
    pub fn amend(&mut self, number: usize, accord: Option<Accord>) {
        let pacts = Arc::clone(&self.pacts);
        let Some(pact) = pacts.get(number) else { return };
        if let Some(before) = self.in_force.remove(&number) {
            self.book.remove(&pact.hash(before));
        }
        if let Some(accord) = accord {
            let signed = pact.signed(accord);
            self.book.add(signed.document, signed.signatures).expect("the book has room");
            self.in_force.insert(number, accord);
        }
    }

    /// Learns what a peer's hello brought; gives the new roster where there was anything new.
    pub fn learn(
        &mut self,
        of: Country,
        certificates: &[SignedByCountry],
        revocations: &[SignedByCountry],
    ) -> Option<Arc<TrustRoster>> {
        let words = certificates.iter().chain(revocations);
        let fresh = words.filter(|word| self.known_words.insert(word.signature.0.to_vec())).count();
        if fresh == 0 {
            return None;
        }
        let roster = Arc::make_mut(&mut self.roster);
        roster.learn(of, certificates, revocations).expect("what was verified is good");
        Some(Arc::clone(&self.roster))
    }

    /// The changes that are asked for and not durable.
    pub fn asked(&self) -> impl Iterator<Item = &Change> {
        self.queue.iter().flat_map(|(_, changes)| changes)
    }
}

fn copy_of(disk: &MemoryEngine) -> MemoryEngine {
    let copy = MemoryEngine::new();
    for keyspace in Keyspace::ALL {
        for page in Pages::new(disk, *keyspace, KeyRange::all(), Order::Ascending, 256) {
            let mut batch = Batch::new();
            for (key, value) in page.expect("memory can be read") {
                batch.put(*keyspace, key, value);
            }
            copy.commit(batch).expect("memory takes it");
        }
    }
    copy
}

fn opened(disk: &Arc<MemoryEngine>, life: Incarnation) -> Store {
    Store::open(Arc::clone(disk) as Arc<dyn Engine>, life).expect("memory can be opened")
}

/// Nodes by country.
pub type Nodes = BTreeMap<Country, Node>;
