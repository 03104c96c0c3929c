//! A few nodes in one process under a seed: a fake clock, links with permits, crashes between a write and its word.

pub mod chance;
pub mod grant;
pub mod keys;
pub mod liar;
pub mod link;
pub mod node;
pub mod oracle;
pub mod paper;
pub mod settled;

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chancery_exchange::wire::Stream;
use chancery_exchange::{
    Answer, CallerId, Change, ConnectionId, HangUp, Holdings, Incoming, Input, Output, PublishFault, Published,
    RecordSource, STREAM_ORIGIN, SessionState, VerifyContext, chain,
};
use chancery_record::{Country, Instant, Lineage, Moment, StreamHash, WithdrawalReason};

pub use chance::Chance;
pub use grant::Grant;
pub use keys::{START, country};
pub use link::{Frame, Link};
pub use node::Node;
pub use oracle::Oracle;
pub use paper::Paper;

/// Steps after which a world that still moves is said to run in circles.
const STEPS_MAX: usize = 400_000;

/// All countries whose cards everyone has.
pub const COUNTRIES: [&str; 4] = ["BR", "DE", "FR", "NL"];

/// Something that could happen next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    Commit(Country),
    Deliver(Country, Country, Stream),
    Permit(Country, Country, Stream),
    /// A connection that one of the two ended to begin afresh is made again.
    Connect(Country, Country),
}

pub struct World {
    pub nodes: BTreeMap<Country, Node>,
    pub links: BTreeMap<(Country, Country), Link>,
    /// Who is about to be connected again.
    redials: BTreeSet<(Country, Country)>,
    /// Frames that came to a country without a node.
    pub inboxes: BTreeMap<Country, Vec<Frame>>,
    pub oracle: Oracle,
    pub chance: Chance,
    /// Running hash over all that happened.
    pub trace: StreamHash,
    wall_ms: u64,
    monotonic_ms: u64,
    next: u64,
    /// What follows from an input for another node.
    pending: VecDeque<(Country, Input)>,
}

impl World {
    /// Nodes of these countries, unconnected and without treaties.
    pub fn new(seed: u64, countries: &[Country]) -> Self {
        let known: Vec<Country> = COUNTRIES.into_iter().map(country).collect();
        let roster = keys::roster(&known);
        let now = Moment { wall: START, monotonic_ms: 1 };
        let node = |country: &Country| (*country, Node::new(*country, roster.clone(), now));
        Self {
            nodes: countries.iter().map(node).collect(),
            links: BTreeMap::new(),
            redials: BTreeSet::new(),
            inboxes: BTreeMap::new(),
            oracle: Oracle::default(),
            chance: Chance::new(seed),
            trace: STREAM_ORIGIN,
            wall_ms: START.0,
            monotonic_ms: 1,
            next: 0,
            pending: VecDeque::new(),
        }
    }

    pub fn node(&self, country: Country) -> &Node {
        &self.nodes[&country]
    }

    pub fn node_mut(&mut self, country: Country) -> &mut Node {
        self.nodes.get_mut(&country).unwrap()
    }

    pub fn now(&self, of: Country) -> Moment {
        let ahead = self.nodes.get(&of).map_or(0, |node| node.ahead_ms);
        Moment { wall: Instant(self.wall_ms.saturating_add_signed(ahead)), monotonic_ms: self.monotonic_ms }
    }

    /// One input, all that follows from it at once, and the word of it to others.
    pub fn handle(&mut self, country: Country, input: Input) {
        self.pending.push_back((country, input));
        while let Some((country, input)) = self.pending.pop_front() {
            let now = self.now(country);
            let Some(node) = self.nodes.get_mut(&country) else { continue };
            self.trace = chain(&self.trace, format!("{country} {input:?}").as_bytes());
            node.exchange.handle(now, input, &node.store).unwrap();
            self.drain(country, now);
        }
    }

    fn drain(&mut self, country: Country, now: Moment) {
        while let Some(output) = self.nodes.get_mut(&country).unwrap().exchange.poll_output() {
            match output {
                Output::Persist { ticket, changes } => {
                    for change in &changes {
                        if let Change::Accept(acceptance) = change
                            && acceptance.source == RecordSource::Own
                        {
                            self.oracle.sealed.insert(acceptance.record.id(), Arc::clone(&acceptance.record));
                        }
                    }
                    self.node_mut(country).writes.push_back((ticket, changes));
                }
                Output::Send { peer, connection, frame } => {
                    let (stream, kind) = (frame.stream(), frame.kind() as u8);
                    let frame = Frame { stream, kind, body: frame.into_body() };
                    self.send(country, peer, connection, frame, now);
                }
                Output::Disconnect { peer, connection, why } => {
                    if why == HangUp::Afresh && self.nodes.contains_key(&peer) {
                        self.redials.insert(pair(country, peer));
                    }
                    let why = match why {
                        HangUp::Violation(why) => why,
                        HangUp::Afresh => "to begin afresh".to_owned(),
                        HangUp::OwnKeys => "own keys".to_owned(),
                        HangUp::PeerKeys => "the peer's keys".to_owned(),
                    };
                    self.node_mut(country).hang_ups.push(format!("{peer}: {why}"));
                    self.hung_up(country, peer, connection);
                }
                Output::Answer { caller, answer } => {
                    self.node_mut(country).answers.insert(caller, answer);
                }
                Output::Learned { country: of, certificates, revocations } => {
                    let node = self.node_mut(country);
                    node.roster.learn(of, &certificates, &revocations).unwrap();
                    let roster = Arc::new(node.roster.clone());
                    self.pending.push_front((country, Input::Roster(roster)));
                }
                Output::Notice { text, .. } => self.node_mut(country).notices.push(text),
            }
        }
    }

    fn send(&mut self, from: Country, to: Country, connection: ConnectionId, frame: Frame, now: Moment) {
        self.trace = chain(&self.trace, &[from.letters().as_slice(), &[frame.kind], &frame.body].concat());
        let Some(link) = self.links.get_mut(&pair(from, to)).filter(|link| link.ids[&from] == connection) else {
            return;
        };
        link.take(from, frame.clone());
        self.oracle.check(&self.nodes[&from], to, connection, &frame, now);
        self.oracle.check_known(&self.nodes, from, to, &frame);
    }

    fn hung_up(&mut self, by: Country, peer: Country, connection: ConnectionId) {
        if self.links.get(&pair(by, peer)).is_some_and(|link| link.ids[&by] == connection) {
            let link = self.links.remove(&pair(by, peer)).unwrap();
            self.pending.push_back((peer, Input::Disconnected { peer: by, connection: link.ids[&peer] }));
        }
    }

    /// Connects two countries; an earlier connection is replaced without a word.
    pub fn connect(&mut self, one: Country, other: Country) {
        let ids = [one, other].map(|end| {
            self.next += 1;
            (end, ConnectionId(self.next))
        });
        self.redials.remove(&pair(one, other));
        self.links.insert(pair(one, other), Link::new(ids));
        for ((end, connection), peer) in ids.into_iter().zip([other, one]) {
            self.handle(end, Input::Connected { peer, connection, transport_key: keys::transport_key(peer) });
        }
    }

    pub fn disconnect(&mut self, one: Country, other: Country) {
        self.redials.remove(&pair(one, other));
        let Some(link) = self.links.remove(&pair(one, other)) else { return };
        for (end, peer) in [(one, other), (other, one)] {
            self.handle(end, Input::Disconnected { peer, connection: link.ids[&end] });
        }
    }

    /// Crashes a node: its connections end, and of its unanswered writes the first `kept` had reached the disk.
    pub fn crash(&mut self, country: Country, kept: usize) {
        let now = self.now(country);
        self.node_mut(country).crash(kept, now);
        self.cut_off(country);
        self.trace = chain(&self.trace, format!("{country} crashes").as_bytes());
    }

    /// Ends the connections of a node that no longer knows of them.
    pub fn cut_off(&mut self, country: Country) {
        self.redials.retain(|(one, other)| ![*one, *other].contains(&country));
        let links: Vec<_> = self.links.keys().filter(|(a, b)| [*a, *b].contains(&country)).copied().collect();
        for key in links {
            let link = self.links.remove(&key).unwrap();
            let peer = link.other(country);
            self.handle(peer, Input::Disconnected { peer: country, connection: link.ids[&peer] });
        }
    }

    pub fn steps(&self) -> Vec<Step> {
        let commits = self.nodes.values().filter(|node| !node.writes.is_empty()).map(|node| Step::Commit(node.country));
        let mut steps: Vec<Step> = commits.collect();
        let redials = self.redials.iter().filter(|ends| !self.links.contains_key(ends));
        steps.extend(redials.map(|(one, other)| Step::Connect(*one, *other)));
        for link in self.links.values() {
            steps.extend(
                link.arriving().into_iter().map(|(from, stream)| Step::Deliver(from, link.other(from), stream)),
            );
            let grantable = link.grantable().into_iter().filter(|(end, _)| self.nodes.contains_key(end));
            steps.extend(grantable.map(|(end, stream)| Step::Permit(end, link.other(end), stream)));
        }
        steps
    }

    pub fn take(&mut self, step: Step) {
        match step {
            Step::Commit(country) => {
                if let Some(ticket) = self.node_mut(country).commit_next() {
                    self.handle(country, Input::Stored { ticket });
                }
            }
            Step::Deliver(from, to, stream) => {
                let Some(link) = self.links.get_mut(&pair(from, to)) else { return };
                let connection = link.ids[&to];
                let Some(frame) = link.deliver(from, stream) else { return };
                self.arrive(from, to, connection, frame);
            }
            Step::Permit(country, peer, stream) => {
                let Some(link) = self.links.get_mut(&pair(country, peer)) else { return };
                link.grant(country, stream);
                let connection = link.ids[&country];
                self.handle(country, Input::Permit { peer, connection, stream });
            }
            Step::Connect(one, other) => self.connect(one, other),
        }
    }

    /// A frame arrives and is verified as a node verifies it.
    pub fn arrive(&mut self, from: Country, to: Country, connection: ConnectionId, frame: Frame) {
        let now = self.now(to).wall;
        let Some(node) = self.nodes.get(&to) else {
            self.inboxes.entry(to).or_default().push(frame);
            return;
        };
        let context = VerifyContext { roster: &node.roster, own: to, peer: from, now };
        let message = Incoming::verify(frame.stream, frame.kind, &frame.body, &context);
        self.handle(to, Input::Received { peer: from, connection, message });
    }

    /// Up to `count` steps, drawn by chance.
    pub fn run(&mut self, count: usize) -> usize {
        for done in 0..count {
            let steps = self.steps();
            if steps.is_empty() {
                return done;
            }
            let drawn = self.chance.below(steps.len());
            self.take(steps[drawn]);
        }
        count
    }

    /// Runs until nothing moves any more, time apart.
    pub fn settle(&mut self) {
        assert!(self.run(STEPS_MAX) < STEPS_MAX, "the world runs in circles: {:?}", self.steps());
    }

    /// Time passes at every node, in steps that no clock takes for a jump.
    pub fn pass(&mut self, ms: u64) {
        let mut left = ms;
        while left > 0 {
            let step = left.min(30 * 60 * 1000);
            left -= step;
            self.wall_ms += step;
            self.monotonic_ms += step;
            self.tick();
        }
    }

    pub fn tick(&mut self) {
        for country in self.nodes.keys().copied().collect::<Vec<_>>() {
            self.handle(country, Input::Tick);
        }
    }

    /// Runs until nothing moves, a minute of ticks included.
    pub fn quiesce(&mut self) {
        for _ in 0..3 {
            self.settle();
            self.pass(61_000);
        }
        self.settle();
    }

    pub fn caller(&mut self) -> CallerId {
        self.next += 1;
        CallerId(self.next)
    }

    /// Asks for a publication; the answer comes with the commit.
    pub fn ask_publish(&mut self, country: Country, papers: &[Paper]) -> CallerId {
        let caller = self.caller();
        let publications = papers.iter().map(|paper| {
            self.next += 1;
            paper.publication(None, self.next)
        });
        let publications = publications.collect();
        self.handle(country, Input::Publish { caller, actor: "clerk".into(), publications });
        caller
    }

    /// Publishes one paper and waits for the word that it is durable.
    pub fn publish(&mut self, country: Country, paper: &Paper) -> Published {
        self.publish_all(country, std::slice::from_ref(paper)).remove(0).unwrap()
    }

    pub fn publish_all(&mut self, country: Country, papers: &[Paper]) -> Vec<Result<Published, PublishFault>> {
        let caller = self.ask_publish(country, papers);
        self.commit_all(country);
        match self.node_mut(country).answers.remove(&caller) {
            Some(Answer::Published(results)) => results,
            other => panic!("{other:?}"),
        }
    }

    pub fn ask_withdraw(&mut self, country: Country, lineage: Lineage) -> CallerId {
        let caller = self.caller();
        let reason = WithdrawalReason::PurposeAchieved;
        self.handle(country, Input::Withdraw { caller, actor: "clerk".into(), lineage, reason });
        caller
    }

    pub fn withdraw(&mut self, country: Country, lineage: Lineage) -> Answer {
        let caller = self.ask_withdraw(country, lineage);
        self.commit_all(country);
        self.node_mut(country).answers.remove(&caller).unwrap()
    }

    /// Every write asked for so far becomes durable and is answered, and those that follow from it.
    pub fn commit_all(&mut self, country: Country) {
        while !self.node(country).writes.is_empty() {
            self.take(Step::Commit(country));
        }
    }

    /// Changes the law of one node about one peer.
    pub fn agree_at(&mut self, country: Country, peer: Country, grant: Option<Grant>) {
        let now = self.now(country);
        let node = self.node_mut(country);
        match grant {
            Some(grant) => node.grants.insert(peer, grant),
            None => node.grants.remove(&peer),
        };
        let law = node.law(now);
        self.handle(country, Input::Law(law));
    }

    /// Changes the treaty between two countries, at both nodes.
    pub fn agree(&mut self, one: Country, other: Country, grant: Option<Grant>) {
        for (own, peer) in [(one, other), (other, one)] {
            if self.nodes.contains_key(&own) {
                self.agree_at(own, peer, grant);
            }
        }
    }

    pub fn session(&self, of: Country, with: Country) -> Option<SessionState> {
        self.node(of).exchange.session_states().into_iter().find(|state| state.peer == with)
    }

    pub fn holds(&self, country: Country, published: &Published) -> bool {
        self.node(country).store.held(&published.record).unwrap().is_some()
    }
}

pub fn pair(one: Country, other: Country) -> (Country, Country) {
    (one.min(other), one.max(other))
}
