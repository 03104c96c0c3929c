//! The exchange of one node: sessions with its peers, and what local callers ask of it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use chancery_record::{Country, Date, DocumentHash, Moment, PublicKey, Set, TrustRoster};
use chancery_treaty::Law;

use crate::answer::Answer;
use crate::change::Change;
use crate::clock_watch::ClockWatch;
use crate::desk::Desk;
use crate::input::{Input, OwnIdentity};
use crate::label_index::LabelIndex;
use crate::output::{HangUp, Outgoing, Output, View};
use crate::session::Session;
use crate::session::returning;
use crate::session::sender::Prepared;
use crate::session::{Conversation, Phase, Records};
use crate::ticket::{InFlight, Overlay, Waiting};
use crate::wire::{ReturnAsk, Stream};
use crate::{
    CallerId, ConnectionId, Epoch, Holdings, Incarnation, JournalPosition, LabelId, Life, ObligationPosition,
    ReadFault, Ticket,
};

mod accepting;
mod accord;
mod checking;
mod consent;
mod keys;
mod onward;
mod owing;
mod passing_time;
mod publishing;
mod receiving;
mod recovering;

pub use consent::ConsentWord;

/// The conversation of one node with all its peers, as a pure state machine.
///
/// Call [`Exchange::handle`], then [`Exchange::poll_output`] until it is empty, before the next input. Commits are
/// answered with `Input::Stored` in the order they were asked. It restarts only from what `Persist` wrote.
#[derive(Debug)]
pub struct Exchange {
    own: OwnIdentity,
    /// As the node compiled it.
    own_law: Arc<Law>,
    /// What each connected peer said it holds in force.
    accords: BTreeMap<Country, Set<DocumentHash>>,
    /// The law at the wire: to a connected peer only what both ends hold in force lets anything go.
    law: Arc<Law>,
    roster: Arc<TrustRoster>,
    labels: LabelIndex,
    label_end: LabelId,
    journal_end: JournalPosition,
    sessions: BTreeMap<Country, Session>,
    /// The last epoch in which an ended connection numbered items; its rows may still be on their way to disk.
    epochs: BTreeMap<Country, Epoch>,
    /// Ends of the obligation streams, what is in flight included.
    owed_ends: BTreeMap<Country, ObligationPosition>,
    tickets: BTreeMap<Ticket, Vec<Waiting>>,
    next_ticket: Ticket,
    overlay: Overlay,
    clock: ClockWatch,
    /// Which life the store is in; a new one counts from when it is asked to be written.
    life: Life,
    /// When a connection may next begin afresh for a key of the peer that is not known yet.
    graces: BTreeMap<Country, u64>,
    /// When each peer's set is compared item by item.
    salted_due_ms: BTreeMap<Country, u64>,
    /// Whether that life is not durable yet.
    life_begins: bool,
    /// A later life of this node that a peer has met.
    outlived_by: Option<Incarnation>,
    /// The day on which what is prepared was decided.
    today: Option<Date>,
    outputs: VecDeque<Output>,
}

/// What `status` and `peer list` say of one peer's connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SessionState {
    /// The peer.
    pub peer: Country,
    /// Whether both hellos are done, and whether records flow; none while greeting.
    pub records: Option<Records>,
    /// Items sent and not yet receipted.
    pub in_flight: usize,
    /// Obligations sent and not yet receipted.
    pub obligations_in_flight: u64,
    /// Whether every journal entry has been decided for the peer.
    pub caught_up: bool,
    /// The peer's clock less ours.
    pub clock_offset_ms: Option<i64>,
}

/// A list of changes in the making, with what waits for it.
#[derive(Default)]
pub(crate) struct Write {
    pub changes: Vec<Change>,
    pub waiting: Vec<Waiting>,
    in_flight: InFlight,
    /// How many of the changes the overlay knows.
    noted: usize,
}

impl Exchange {
    /// An exchange over committed state, with no connection.
    pub fn new(
        own: OwnIdentity,
        law: Arc<Law>,
        roster: Arc<TrustRoster>,
        holdings: &impl Holdings,
    ) -> Result<Self, ReadFault> {
        Ok(Self {
            own,
            own_law: Arc::clone(&law),
            accords: BTreeMap::new(),
            law,
            roster,
            labels: LabelIndex::default(),
            label_end: holdings.label_end()?,
            journal_end: holdings.journal_end()?,
            sessions: BTreeMap::new(),
            epochs: BTreeMap::new(),
            owed_ends: BTreeMap::new(),
            tickets: BTreeMap::new(),
            next_ticket: Ticket(1),
            overlay: Overlay::default(),
            clock: ClockWatch::new(holdings.clock_mark()?),
            life: holdings.life()?,
            life_begins: false,
            graces: BTreeMap::new(),
            salted_due_ms: BTreeMap::new(),
            outlived_by: None,
            today: None,
            outputs: VecDeque::new(),
        })
    }

    /// Takes one input. A read fault means that the store is lost: the node stops.
    pub fn handle<H: Holdings>(&mut self, now: Moment, input: Input, holdings: &H) -> Result<(), ReadFault> {
        self.watch_time(now);
        let is_tick = matches!(input, Input::Tick);
        match input {
            Input::Connected { peer, connection, transport_key } => {
                self.connected(peer, connection, transport_key, holdings)?;
            }
            Input::Disconnected { peer, connection } => {
                if self.session(peer, connection).is_some() {
                    self.forget_session(peer);
                }
            }
            Input::Permit { peer, connection, stream } => {
                if let Some(session) = self.session(peer, connection) {
                    session.permits.grant(stream);
                }
            }
            Input::Received { peer, connection, message } => self.received(now, peer, connection, message, holdings)?,
            Input::Stored { ticket } => self.stored(ticket),
            Input::Publish { caller, actor, publications } => {
                self.publish(now, caller, actor, publications, holdings)?
            }
            Input::Withdraw { caller, actor, lineage, reason } => {
                self.withdraw(now, caller, actor, lineage, reason, holdings)?;
            }
            Input::Audit { caller, entry } => {
                let write = Write { changes: vec![Change::Audit(entry)], ..Write::default() };
                self.answer_after(write, caller, Answer::Audited);
            }
            Input::Law(law) => self.change_law(now, law, holdings)?,
            Input::Roster(roster) => self.change_roster(now, roster),
            Input::Identity(own) => self.change_identity(*own),
            Input::AskConsent { caller, actor, record, to } => {
                self.ask_consent(now, caller, actor, &record, to, holdings)?;
            }
            Input::AnswerConsent { caller, actor, asked, word } => {
                self.answer_consent(now, caller, actor, asked, word, holdings)?;
            }
            Input::Tick => {
                self.hang_up_on_the_ended(now.wall);
                self.tick(holdings)?;
            }
            Input::ConfirmClock { caller, actor } => self.confirm_clock(now, caller, actor),
            Input::Recover { caller, actor } => self.begin_recovery(now, caller, actor, holdings)?,
            Input::Check { caller, peer, repair, mode } => self.check(caller, peer, repair, mode),
            Input::OverrideRecovery { caller, actor, peer } => {
                self.override_recovery(now, caller, actor, peer, holdings)?;
            }
        }
        self.settle_recovery(now, holdings)?;
        self.pump(now, holdings)?;
        self.compare(now, holdings, is_tick)
    }

    /// The next thing to do. Frames are made here, against a permit, under the law of this moment.
    ///
    /// INVARIANT (decided at the wire): a frame with records is made in this call and handed over by its caller.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        let generation = self.law.generation();
        if self.clock.has_jumped() {
            return None;
        }
        for session in self.sessions.values_mut() {
            if !session.permits.has(Stream::Ledger) {
                continue;
            }
            let (peer, connection) = (session.peer, session.connection);
            if let Phase::Open(conversation) = &mut session.phase
                && conversation.records == Records::Flow
                && let Some(frame) = conversation.sender.next_frame(generation, &self.own.record_key)
            {
                session.permits.spend(Stream::Ledger);
                return Some(Output::Send { peer, connection, frame });
            }
        }
        None
    }

    /// What stands with each connected peer.
    pub fn session_states(&self) -> Vec<SessionState> {
        let state = |session: &Session| match &session.phase {
            Phase::Greeting => SessionState {
                peer: session.peer,
                records: None,
                in_flight: 0,
                obligations_in_flight: 0,
                caught_up: false,
                clock_offset_ms: None,
            },
            Phase::Open(open) => SessionState {
                peer: session.peer,
                records: Some(open.records),
                in_flight: open.sender.in_flight(),
                obligations_in_flight: open.debtor.in_flight(),
                caught_up: open.sender.is_caught_up(),
                clock_offset_ms: Some(open.clock_offset_ms),
            },
        };
        self.sessions.values().map(state).collect()
    }

    /// Whether a peer has met a later life of this node: this store is an old copy, or another node runs with its keys.
    pub fn is_outlived(&self) -> bool {
        self.outlived_by.is_some() && !self.life.is_recovering()
    }

    /// Whether a jump of the wall clock waits for an operator.
    pub fn clock_has_jumped(&self) -> bool {
        self.clock.has_jumped()
    }

    /// The law of this moment, as the node compiled it.
    #[expect(clippy::misnamed_getters, reason = "at the wire only what both ends hold in force counts of it")]
    pub fn law(&self) -> &Arc<Law> {
        &self.own_law
    }

    fn session(&mut self, peer: Country, connection: ConnectionId) -> Option<&mut Session> {
        self.sessions.get_mut(&peer).filter(|session| session.connection == connection)
    }

    fn conversation(&mut self, peer: Country, connection: ConnectionId) -> Option<&mut Conversation> {
        conversation(&mut self.sessions, peer, connection)
    }

    fn desk<'a, H: Holdings>(
        now: Moment,
        own: &'a OwnIdentity,
        law: &'a Law,
        labels: &'a mut LabelIndex,
        overlay: &'a Overlay,
        holdings: &'a H,
    ) -> Desk<'a, H> {
        Desk { now, own: own.country, identity: own, law, labels, overlay, holdings }
    }

    fn connected<H: Holdings>(
        &mut self,
        peer: Country,
        connection: ConnectionId,
        transport_key: PublicKey,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        // A connection that the driver replaced has ended, whether or not it said so yet.
        self.forget_session(peer);
        self.sessions.insert(peer, Session::new(peer, connection, transport_key, holdings)?);
        Ok(())
    }

    /// Ends a session. What it asked to be written still becomes durable, so its epoch is not used again.
    fn forget_session(&mut self, peer: Country) {
        if let Some(mut session) = self.sessions.remove(&peer) {
            self.part(peer);
            self.leave_comparison(&mut session);
            let Some(open) = session.conversation() else { return };
            self.epochs.insert(peer, open.sender.epoch());
        }
    }

    fn hang_up(&mut self, peer: Country, connection: ConnectionId, why: HangUp) {
        self.forget_session(peer);
        self.outputs.push_back(Output::Disconnect { peer, connection, why });
    }

    /// Lets the overlay know what a write says so far, so that what follows in the same write builds on it.
    fn note(&mut self, write: &mut Write) {
        let fresh = write.changes.get(write.noted..).unwrap_or_default();
        self.overlay.note(fresh, &mut write.in_flight);
        write.noted = write.changes.len();
    }

    /// Asks for a commit.
    fn persist(&mut self, mut write: Write) {
        self.note(&mut write);
        let Write { changes, mut waiting, in_flight, .. } = write;
        if changes.is_empty() {
            return;
        }
        waiting.push(Waiting::Settled(in_flight));
        let ticket = self.next_ticket;
        self.next_ticket = ticket.next();
        self.tickets.insert(ticket, waiting);
        self.outputs.push_back(Output::Persist { ticket, changes });
    }

    fn answer_after(&mut self, mut write: Write, caller: CallerId, answer: Answer) {
        write.waiting.push(Waiting::Answer(caller, answer));
        self.persist(write);
    }

    /// A commit is durable: what waited for it follows.
    ///
    /// INVARIANT (acknowledged means durable): the only place from which answers, receipts and batches come forth.
    fn stored(&mut self, ticket: Ticket) {
        for waiting in self.tickets.remove(&ticket).unwrap_or_default() {
            match waiting {
                Waiting::Answer(caller, answer) => self.outputs.push_back(Output::Answer { caller, answer }),
                Waiting::Settled(settled) => self.overlay.settle(&settled),
                Waiting::NewLife => self.life_stored(),
                Waiting::Offer(..) | Waiting::OnwardCopy | Waiting::Consent(_) | Waiting::OweReceipted(_) => {
                    self.settle_onward(waiting);
                }
                Waiting::Missing(peer, connection) => self.look_at_missing(peer, connection),
                Waiting::ReturnTaken(peer, connection) => {
                    if let Some(open) = self.conversation(peer, connection) {
                        open.asked_for = None;
                    }
                }
                Waiting::Prepared(peer, connection, batch) => {
                    if let Some(open) = self.conversation(peer, connection) {
                        open.sender.stored(batch);
                    }
                }
                Waiting::Judged(peer, connection, judged) => {
                    if let Some(open) = self.conversation(peer, connection) {
                        open.receiver.stored(judged);
                    }
                }
                Waiting::JudgedObligations(peer, connection, judged) => {
                    if let Some(open) = self.conversation(peer, connection) {
                        open.creditor.stored(&judged);
                    }
                }
            }
        }
    }

    /// Ends connections on which something came that could not be taken then and may be now: the next ones begin where
    /// the streams are held.
    fn begin_afresh(&mut self, connections: Vec<(Country, ConnectionId)>) {
        for (peer, connection) in connections {
            self.hang_up(peer, connection, HangUp::Afresh);
        }
    }

    /// Lets every session say what it can say now.
    fn pump<H: Holdings>(&mut self, now: Moment, holdings: &H) -> Result<(), ReadFault> {
        let mut writes = Vec::new();
        for session in self.sessions.values_mut() {
            let mut desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
            let (peer, connection) = (session.peer, session.connection);
            if session.permits.has(Stream::Control)
                && let Some(frame) = control_frame(session, &desk, &self.own, &self.roster)?
            {
                session.permits.spend(Stream::Control);
                self.outputs.push_back(Output::Send { peer, connection, frame });
            }
            if session.permits.has(Stream::Ledger)
                && let Some(open) = session.conversation()
                && let Some(cursor) = open.asked_of_us.take()
            {
                let frame = Outgoing::returned(returning::page(peer, cursor, holdings)?);
                session.permits.spend(Stream::Ledger);
                self.outputs.push_back(Output::Send { peer, connection, frame });
            }
            let permits = session.permits;
            let Some(open) = session.conversation() else {
                continue;
            };
            let (mut owed, mut offered) = (None, None);
            if permits.has(Stream::Obligations) {
                owed = open.debtor.next_frame(holdings, self.own.country, &self.own.record_key)?;
            }
            if open.records == Records::Flow && !self.clock.has_jumped() && !open.checking.holds_records() {
                writes.extend(open.forwarder.look(&mut desk)?.map(|looked| onward::write_of(looked, peer, connection)));
                if permits.has(Stream::Control) {
                    offered = open.forwarder.next_frame(desk.generation());
                }
                while let Some(Prepared { changes, batch }) = open.sender.prepare(&mut desk)? {
                    // A long walk over withheld records goes on when its cursor is durable, so that it starves nobody.
                    let is_walking = batch.is_none();
                    let waiting = batch.into_iter().map(|batch| Waiting::Prepared(peer, connection, batch)).collect();
                    writes.push(Write { changes, waiting, ..Write::default() });
                    if is_walking {
                        break;
                    }
                }
            }
            for frame in owed.into_iter().chain(offered) {
                session.permits.spend(frame.stream());
                self.outputs.push_back(Output::Send { peer, connection, frame });
            }
        }
        writes.into_iter().for_each(|write| self.persist(write));
        Ok(())
    }
}

/// The open conversation on a connection that stands; a field of the exchange is borrowed, not the whole.
fn conversation(
    sessions: &mut BTreeMap<Country, Session>,
    peer: Country,
    connection: ConnectionId,
) -> Option<&mut Conversation> {
    sessions.get_mut(&peer).filter(|session| session.connection == connection).and_then(Session::conversation)
}

/// The control frame that is due: our hello first, then receipts.
fn control_frame<H: Holdings>(
    session: &mut Session,
    desk: &Desk<'_, H>,
    own: &OwnIdentity,
    roster: &TrustRoster,
) -> Result<Option<Outgoing>, ReadFault> {
    if !session.greeted {
        session.greeted = true;
        session.told.by_hello(own);
        let hello = session.hello(desk, own)?;
        return Ok(Some(Outgoing::view(&View::Hello(&hello), &own.record_key)));
    }
    let Some(open) = session.conversation() else {
        return Ok(None);
    };
    if let Some(receipt) = open.receiver.next_receipt(desk) {
        return Ok(Some(Outgoing::view(&View::Receipt(&receipt), &own.record_key)));
    }
    if let Some(receipt) = open.creditor.next_receipt(desk) {
        return Ok(Some(Outgoing::view(&View::ObligationReceipt(&receipt), &own.record_key)));
    }
    if let Some(want) = open.wanter.next() {
        return Ok(Some(Outgoing::view(&View::OnwardWant(&want), &own.record_key)));
    }
    if open.asked_for.is_none()
        && let Some(cursor) = open.asking.take()
    {
        open.asked_for = Some(cursor);
        return Ok(Some(Outgoing::view(&View::ReturnAsk(&ReturnAsk { cursor }), &own.record_key)));
    }
    if let Some(news) = session.told.next(session.peer, desk, own, roster)? {
        return Ok(Some(Outgoing::view(&View::KeyNews(&news), &own.record_key)));
    }
    Ok(None)
}
