//! One real exchange over a store in memory, with its scripted peers and everything that can happen to it.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;

use chancery_exchange::wire::Stream;
use chancery_exchange::{
    Answer, CallerId, Change, ConnectionId, Epoch, Exchange, HangUp, Incarnation, Incoming, Input, Output,
    ProtocolFault, RecordSource, Ticket,
};
use chancery_record::{Country, Lineage, Moment, Record, RecordId};
use chancery_store::Store;
use chancery_store::engine::Engine;

use super::keys::{Known, START, Use, identity, knows_key_of, own, peers, roster, transport_key};
use super::peer::{Line, Peer, place};
use super::treaties::{Agreed, law};
use crate::disk::Disk;

/// The life of the node's store.
pub const NODE_LIFE: Incarnation = Incarnation(7);

/// Outputs of one input: each of three peers may be prepared eight batches and sent a frame on every stream.
const OUTPUTS_MAX: usize = 64;
/// Changes of one write: eight drafts or a batch of records, with a row for each peer and all that follows.
const CHANGES_MAX: usize = 1024;
/// Laws that one life sees, so that every one is compiled only once for all lives.
const GENERATIONS_MAX: u64 = 12;

pub struct World {
    pub disk: Arc<Disk>,
    /// What was copied of it once.
    pub copied: Option<Arc<Disk>>,
    pub store: Store,
    pub exchange: Exchange,
    pub now: Moment,
    pub agreed: Agreed,
    pub generation: u64,
    pub known: Known,
    pub identity: Use,
    /// Asked for and not answered, the oldest first.
    pub writes: VecDeque<(Ticket, Vec<Change>)>,
    pub last_ticket: Option<Ticket>,
    pub peers: Vec<Peer>,
    /// Every own record that was asked to be written, and its lineage.
    pub sealed: BTreeMap<RecordId, Arc<Record>>,
    pub lineages: Vec<Lineage>,
    /// The last epoch opened to each peer, over all runs.
    pub epochs: BTreeMap<Country, (Incarnation, Epoch)>,
    /// Whether an operator went on without what somebody may hold.
    pub has_overridden: bool,
    /// Whether the disk was ever lost.
    pub has_restored: bool,
    pub asked: BTreeSet<CallerId>,
    next: u64,
    /// Frames that the node handed over, and those with records and receipts among them.
    pub handed: usize,
    pub spoke: usize,
}

impl World {
    pub fn new() -> Self {
        let disk = Disk::new();
        let store = Store::open(Arc::clone(&disk) as Arc<dyn Engine>, NODE_LIFE).expect("a new store");
        let agreed: Agreed = [Some(0), Some(1)];
        let exchange = started(&store, agreed, 1, Known::Everyone, Use::Record);
        Self {
            disk,
            copied: None,
            store,
            exchange,
            now: Moment { wall: START, monotonic_ms: 1 },
            agreed,
            generation: 1,
            known: Known::Everyone,
            identity: Use::Record,
            writes: VecDeque::new(),
            last_ticket: None,
            peers: peers().map(Peer::new).into(),
            sealed: BTreeMap::new(),
            lineages: Vec::new(),
            epochs: BTreeMap::new(),
            has_overridden: false,
            has_restored: false,
            asked: BTreeSet::new(),
            next: 0,
            handed: 0,
            spoke: 0,
        }
    }

    /// One input and all that follows from it at once.
    pub fn handle(&mut self, input: Input) {
        // What is asked of the store is answered when it is durable; a refusal, and what only looks, at once.
        let is_stored = matches!(input, Input::Stored { .. });
        self.exchange.handle(self.now, input, &self.store).expect("a store that is whole can be read");
        let mut outputs = 0;
        while let Some(output) = self.exchange.poll_output() {
            outputs += 1;
            assert!(outputs <= OUTPUTS_MAX, "more outputs than one input can lead to");
            self.take_output(output, is_stored);
        }
    }

    fn take_output(&mut self, output: Output, is_stored: bool) {
        match output {
            Output::Persist { ticket, changes } => {
                assert!(self.last_ticket.is_none_or(|last| last < ticket), "tickets rise");
                assert!(!changes.is_empty() && changes.len() <= CHANGES_MAX, "{} changes at once", changes.len());
                self.last_ticket = Some(ticket);
                self.note_sealed(&changes);
                self.writes.push_back((ticket, changes));
            }
            Output::Send { peer, connection, frame } => {
                let (stream, kind) = (frame.stream(), frame.kind());
                let line = self.peer(peer).line.as_mut().expect("a frame goes to who is connected");
                assert_eq!(line.connection, connection, "a frame goes out on the connection that stands");
                let permit = &mut line.permits[place(stream)];
                assert!(std::mem::take(permit), "a frame on {stream:?} without a permit");
                self.handed += 1;
                self.sent(peer, kind, &frame.into_body());
            }
            Output::Disconnect { peer, connection, why } => {
                let line = self.peer(peer).line.take().expect("only who is connected is hung up on");
                assert_eq!(line.connection, connection, "the connection that stands is ended");
                if let HangUp::Violation(text) = why {
                    assert!(!line.honest, "an honest peer was hung up on: {text}");
                    assert!(!text.is_empty() && text.len() < 400, "a hang-up says why, without content");
                }
            }
            Output::Answer { caller, answer } => {
                assert!(self.asked.remove(&caller), "a caller is answered once");
                assert!(is_stored || is_refusal(&answer), "an answer that nothing durable stands behind");
                self.check_answer(&answer);
            }
            _ => {}
        }
    }

    fn note_sealed(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::Accept(acceptance) = change
                && acceptance.source == RecordSource::Own
            {
                let record = &acceptance.record;
                let manifest = record.manifest();
                assert_eq!(manifest.originator, own(), "only the originator seals");
                if !self.lineages.contains(&manifest.lineage) {
                    self.lineages.push(manifest.lineage);
                }
                self.sealed.insert(record.id(), Arc::clone(record));
            }
        }
    }

    pub fn peer(&mut self, of: Country) -> &mut Peer {
        self.peers.iter_mut().find(|peer| peer.country == of).expect("one of the peers")
    }

    /// A new connection; an earlier one is replaced without a word.
    pub fn connect(&mut self, at: usize) {
        self.next += 1;
        let connection = ConnectionId(self.next);
        let peer = self.peers[at].country;
        let honest = !self.peers[at].lied_of_lives;
        self.peers[at].line = Some(Line { honest, ..Line::new(connection) });
        self.handle(Input::Connected { peer, connection, transport_key: transport_key(peer) });
    }

    pub fn disconnect(&mut self, at: usize) {
        let peer = self.peers[at].country;
        if let Some(line) = self.peers[at].line.take() {
            self.handle(Input::Disconnected { peer, connection: line.connection });
        }
    }

    pub fn permit(&mut self, at: usize, stream: Stream) {
        let peer = self.peers[at].country;
        let Some(line) = self.peers[at].line.as_mut() else { return };
        line.permits[place(stream)] = true;
        let connection = line.connection;
        self.handle(Input::Permit { peer, connection, stream });
    }

    /// What a peer says arrives at the node.
    pub fn say(&mut self, at: usize, message: Result<Incoming, ProtocolFault>) {
        let peer = self.peers[at].country;
        let Some(line) = self.peers[at].line.as_mut() else { return };
        let connection = line.connection;
        // Under a key that the node does not believe, nothing that a peer says is good.
        line.honest &= knows_key_of(self.known, peer);
        self.handle(Input::Received { peer, connection, message });
    }

    /// The oldest write becomes durable. What the exchange asks for, the store takes.
    pub fn commit_next(&mut self) -> bool {
        let Some((ticket, changes)) = self.writes.pop_front() else { return false };
        self.store.commit(&changes).unwrap_or_else(|fault| panic!("{fault}: {changes:?}"));
        self.handle(Input::Stored { ticket });
        true
    }

    pub fn commit_all(&mut self) {
        while self.commit_next() {}
    }

    pub fn caller(&mut self) -> CallerId {
        self.next += 1;
        self.asked.insert(CallerId(self.next));
        CallerId(self.next)
    }

    /// A number that is used once.
    pub fn fresh(&mut self) -> u64 {
        self.next += 1;
        self.next
    }

    pub fn agree(&mut self, agreed: Agreed) {
        if self.generation < GENERATIONS_MAX {
            self.generation += 1;
            self.agreed = agreed;
            self.handle(Input::Law(law(agreed, self.generation)));
        }
    }

    pub fn learn(&mut self, known: Known) {
        self.known = known;
        self.handle(Input::Roster(roster(known)));
    }

    pub fn become_known_as(&mut self, purpose: Use) {
        self.identity = purpose;
        self.handle(Input::Identity(Box::new(identity(purpose))));
    }

    /// Whether an answer speaks only of what can be read back.
    fn check_answer(&self, answer: &Answer) {
        use chancery_exchange::{Holdings, Mark};
        match answer {
            Answer::Published(results) => {
                for published in results.iter().flatten() {
                    let versions = self.store.versions(own(), &published.lineage).expect("readable");
                    let stands = versions.iter().any(|(_, id)| *id == published.record);
                    assert!(stands, "a record was acknowledged that is not on disk");
                }
            }
            Answer::Withdrawn { records, .. } => {
                for record in records {
                    let Some(held) = self.store.held(record).expect("readable") else { continue };
                    assert_eq!(held.mark, Some(Mark::Withdrawn), "a withdrawal was acknowledged that is not on disk");
                }
            }
            _ => {}
        }
    }
}

/// Whether an answer acknowledges nothing.
fn is_refusal(answer: &Answer) -> bool {
    !matches!(
        answer,
        Answer::Published(_)
            | Answer::Withdrawn { .. }
            | Answer::ConsentAsked { .. }
            | Answer::ConsentAnswered { .. }
            | Answer::Audited
            | Answer::ClockConfirmed
            | Answer::RecoveryBegun
            | Answer::RecoveryOverridden
    )
}

pub fn started(store: &Store, agreed: Agreed, generation: u64, known: Known, purpose: Use) -> Exchange {
    Exchange::new(identity(purpose), law(agreed, generation), roster(known), store).expect("a store that can be read")
}
