//! Many nodes in one process under a seed: virtual time, links, disks, clocks, and what goes wrong with them.

mod acts;
mod disks;
mod network;
mod processes;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_exchange::{Input, STREAM_ORIGIN, chain};
use chancery_record::{Country, Lineage, StreamHash};

use crate::accord::{Accord, Pact, book};
use crate::agenda::{Agenda, Event, Pair};
use crate::bug::Bug;
use crate::chance::{Fate, code};
use crate::limits::{EVENTS_MAX, HEALING_MS, LONG_RESTS_ONE_IN, SETTLING_MS, SETTLING_TICK_MS};
use crate::link::Link;
use crate::nations::{countries, roster};
use crate::node::{Ailment, Node, Nodes};
use crate::oracle::Oracle;
use crate::scenario::Scenario;
use crate::script::{Act, Script};
use crate::sometimes::Sometimes;
use crate::story::Story;
use crate::tongue::Tongue;

/// A world with all that is in it.
pub struct World {
    /// What it is a world of.
    pub scenario: Arc<Scenario>,
    /// All chance in it.
    pub fate: Fate,
    /// Virtual time since it began.
    pub now_ms: u64,
    /// What will happen.
    pub agenda: Agenda,
    /// The nodes.
    pub nodes: Nodes,
    /// What connects them.
    pub links: BTreeMap<Pair, Link>,
    /// Who has treaties with whom.
    pub pacts: Arc<Vec<Pact>>,
    /// What the parties agreed last.
    pub agreed: BTreeMap<usize, Accord>,
    /// What is made to happen.
    pub script: Script,
    /// The lineages that acts published.
    pub published: BTreeMap<usize, BTreeSet<Lineage>>,
    /// Who watches.
    pub oracle: Oracle,
    /// Who lies, and how.
    pub tongues: BTreeMap<Country, Tongue>,
    /// What was seen.
    pub sometimes: Sometimes,
    /// What happened, in words.
    pub story: Story,
    /// What was found wrong first.
    pub violation: Option<String>,
    /// Running hash over all that happened.
    pub trace: StreamHash,
    /// Whether all faults are over.
    pub healed: bool,
    /// Frames from one to another since the healed world has to be at rest.
    pub chatter: BTreeMap<(Country, Country), u64>,
    /// Whether it has to be.
    rests: bool,
    /// The act whose input a node is dealing with.
    asking: Option<usize>,
    tick_ms: u64,
    belated: BTreeMap<Country, Vec<Input>>,
}

/// How a world ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Its seed.
    pub seed: u64,
    /// Running hash over all that happened.
    pub trace: StreamHash,
    /// What was wrong, if anything.
    pub violation: Option<String>,
    /// What was seen.
    pub sometimes: Sometimes,
    /// What happened, where somebody wanted to read it.
    pub story: Vec<String>,
}

impl World {
    /// The world of a scenario under a seed.
    pub fn new(scenario: &Arc<Scenario>, seed: u64) -> Self {
        let fate = Fate::new(seed);
        let members = countries(scenario.countries);
        let pacts = Arc::new(crate::shape::pacts(scenario, fate, &members));
        let agreed = crate::shape::first_accords(scenario, fate, &pacts);
        let script = Script::drawn(scenario, fate, &members, &pacts);
        let mut world = Self {
            scenario: Arc::clone(scenario),
            fate,
            now_ms: 0,
            agenda: Agenda::default(),
            nodes: Nodes::new(),
            links: BTreeMap::new(),
            oracle: Oracle::new(Arc::clone(&pacts)),
            pacts,
            agreed,
            script,
            published: BTreeMap::new(),
            tongues: BTreeMap::new(),
            sometimes: Sometimes::default(),
            story: Story::default(),
            violation: None,
            trace: STREAM_ORIGIN,
            healed: false,
            chatter: BTreeMap::new(),
            rests: false,
            asking: None,
            tick_ms: scenario.tick_s * 1000,
            belated: BTreeMap::new(),
        };
        world.settle_countries(&members);
        world
    }

    /// The same world with a fault planted in every node.
    #[must_use]
    pub fn with_bug(mut self, bug: Bug) -> Self {
        self.nodes.values_mut().for_each(|node| node.bug = Some(bug));
        self
    }

    /// The same world, told.
    #[must_use]
    pub fn told(mut self, how: crate::story::Told) -> Self {
        self.story = Story::told(how);
        self
    }

    fn settle_countries(&mut self, members: &[Country]) {
        let known = members.len();
        let accords: Vec<(Pact, Accord)> =
            self.agreed.iter().map(|(number, accord)| (self.pacts[*number].clone(), *accord)).collect();
        let book = book(known, &accords);
        for country in members {
            let in_force = self.agreed.iter().filter(|(number, _)| self.pacts[**number].binds(*country));
            let in_force = in_force.map(|(number, accord)| (*number, *accord)).collect();
            let mut node = Node::new(*country, roster(known), book.clone(), Arc::clone(&self.pacts), in_force);
            let mut chance = self.fate.of("clock", &[code(*country)]);
            let skew = chance.within([0, 2 * self.scenario.clock.skew_ms]);
            node.clocks.skew_ms = skew.cast_signed() - self.scenario.clock.skew_ms.cast_signed();
            self.nodes.insert(*country, node);
            self.agenda.plan(0, Event::Start(*country));
            let first = chance.below(self.tick_ms.max(1));
            self.agenda.plan(first, Event::Tick(*country));
        }
        for (lie, country) in self.scenario.liars.iter().zip(members.iter().rev()) {
            self.tongues.insert(*country, Tongue::new(*lie));
            if let Some(node) = self.nodes.get_mut(country) {
                node.lies = true;
                self.oracle.liars.insert(*country);
            }
        }
        for pair in crate::shape::neighbours(&self.pacts) {
            self.links.insert(pair, Link::new(pair));
            self.plan_dial(pair);
        }
        for (number, (at_ms, _)) in self.script.acts.iter().enumerate() {
            self.agenda.plan(*at_ms, Event::Act(number));
        }
    }

    /// Lives through the whole scenario, and says how it ended.
    pub fn live(mut self, seed: u64) -> Outcome {
        self.live_through();
        Outcome {
            seed,
            trace: self.trace,
            violation: self.violation,
            sometimes: self.sometimes,
            story: self.story.lines().map(str::to_owned).collect(),
        }
    }

    /// Faults first, then healing, then what must be true.
    pub fn live_through(&mut self) {
        let faults_end = self.scenario.minutes * 60 * 1000;
        self.run_until(faults_end);
        self.heal();
        self.run_until(faults_end + HEALING_MS);
        let rests_long = self.fate.of("rests long", &[]).once_in(LONG_RESTS_ONE_IN);
        if !rests_long && crate::oracle::settled::check(self).is_ok() {
            return;
        }
        self.sometimes.saw("a long rest");
        (self.tick_ms, self.rests) = (SETTLING_TICK_MS, true);
        self.run_until(faults_end + HEALING_MS + SETTLING_MS);
        if self.violation.is_none() {
            let wrong = crate::oracle::settled::check(self);
            self.take(Some(wrong));
        }
    }

    /// Lets everything happen that is due before a time.
    pub fn run_until(&mut self, end_ms: u64) {
        let mut events = 0;
        while self.violation.is_none() && self.agenda.due_ms().is_some_and(|due| due < end_ms) {
            let Some((at_ms, event)) = self.agenda.take_next() else { break };
            self.now_ms = self.now_ms.max(at_ms);
            self.happen(event);
            events += 1;
            if events > EVENTS_MAX {
                self.find(format!("the world runs in circles: {EVENTS_MAX} events and no end"));
            }
        }
        self.now_ms = self.now_ms.max(end_ms);
    }

    fn happen(&mut self, event: Event) {
        match event {
            Event::Tick(of) => self.tick(of),
            Event::Committed(of, life) => self.committed(of, life),
            Event::Arrive(pair, number, from, stream) => self.arrive(pair, number, from, stream),
            Event::Permit(pair, number, end, stream) => self.permit(pair, number, end, stream),
            Event::Connected(pair, number, end) => self.connected(pair, number, end),
            Event::Lost(pair, number, end) => self.lost(pair, number, end),
            Event::Dial(pair) => self.dial(pair),
            Event::Act(number) => self.act(number),
            Event::Start(of) => self.start(of),
            Event::SetClock(of) => self.set_clock(of),
            Event::Belated(of) => {
                for input in self.belated.remove(&of).unwrap_or_default() {
                    self.handle(of, input);
                }
            }
        }
    }

    fn tick(&mut self, of: Country) {
        self.agenda.plan(self.now_ms + self.tick_ms, Event::Tick(of));
        let Some(node) = self.nodes.get_mut(&of).filter(|node| node.is_up()) else { return };
        let now = node.moment(self.now_ms);
        let is_due = node.exchange.as_ref().and_then(|exchange| exchange.law().next_change());
        if is_due.is_some_and(|due| due <= now.wall) {
            let law = node.law(self.now_ms);
            self.handle(of, Input::Law(law));
        }
        self.handle(of, Input::Tick);
        self.begin_another_life(of);
        self.check_bounds(of);
    }

    /// All faults end: whatever was broken works from now on, and everyone has what was agreed last.
    pub fn heal(&mut self) {
        self.healed = true;
        self.story.tell(self.now_ms, || "everything heals".into());
        self.links.values_mut().for_each(|link| link.blocked_until_ms.clear());
        let members: Vec<Country> = self.nodes.keys().copied().collect();
        for of in members {
            if let Some(node) = self.nodes.get_mut(&of) {
                node.ailment = Ailment::None;
                node.fuse = None;
            }
            self.start(of);
            let jumped = self.nodes.get(&of).is_some_and(|node| node.clocks.jump_ms != 0);
            let doubts = |node: &Node| node.exchange.as_ref().is_some_and(|exchange| exchange.clock_has_jumped());
            if jumped || self.nodes.get(&of).is_some_and(doubts) {
                self.set_clock(of);
            }
            self.wake_disk(of);
            for number in 0..self.pacts.len() {
                self.amend_at(of, number, self.agreed.get(&number).copied());
            }
        }
        let pairs: Vec<Pair> = self.links.keys().copied().collect();
        pairs.into_iter().for_each(|pair| self.plan_dial(pair));
    }

    /// Notes the first thing that is wrong; the world ends with it.
    pub fn find(&mut self, what: String) {
        if self.violation.is_none() {
            self.story.tell(self.now_ms, || format!("VIOLATION: {what}"));
            self.violation = Some(what);
        }
    }

    /// Takes an event into the running hash.
    pub(crate) fn mark(&mut self, parts: &[&[u8]]) {
        let mut event = self.now_ms.to_le_bytes().to_vec();
        parts.iter().for_each(|part| event.extend_from_slice(part));
        self.trace = chain(&self.trace, &event);
    }

    /// The script's act of that number.
    pub(crate) fn act_of(&self, number: usize) -> Option<Act> {
        self.script.acts.get(number).map(|(_, act)| act.clone())
    }
}
