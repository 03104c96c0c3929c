//! One connection to one peer, from its hello to its end.

pub(crate) mod batch;
pub(crate) mod checking;
pub(crate) mod evidence;
pub(crate) mod key_news;
pub(crate) mod lane;
pub(crate) mod obligations;
pub(crate) mod onward;
pub(crate) mod receiver;
pub(crate) mod returning;
mod rotation;
pub(crate) mod sender;
mod window;

use chancery_record::{Country, DocumentHash, PublicKey, Set};

use crate::desk::Desk;
use crate::input::OwnIdentity;
use crate::limits::{
    CLOCK_STOP_MS, CLOCK_WARN_MS, CREDIT_BYTES, CREDIT_BYTES_MIN, CREDIT_ITEMS, CREDIT_ITEMS_MIN, EARLY_FRAMES_MAX,
    HELD_EPOCH_MAX, HELLO_TREATIES_MAX,
};
use crate::reconcile::Unresolved;
use crate::wire::{Hello, PROTOCOL_VERSION, Stream};
use crate::{
    Change, ConnectionId, Epoch, Holdings, Incarnation, Incoming, ItemNumber, ObligationPosition, ReadFault,
    ReturnCursor, ReturnState, StreamPosition,
};
use checking::Checking;
use evidence::Evidence;
use key_news::Told;
use lane::{LaneCursors, walked_under};
use obligations::{Creditor, Debtor};
use onward::{Forwarder, Wanter};
use receiver::Receiver;
use sender::{Sender, SenderStart};

/// A connection and how far its conversation has come.
#[derive(Debug)]
pub(crate) struct Session {
    pub peer: Country,
    pub connection: ConnectionId,
    pub transport_key: PublicKey,
    pub permits: Permits,
    /// Whether our hello has been handed over.
    pub greeted: bool,
    /// What the peer was told of countries' keys.
    pub told: Told,
    /// How far the peer's streams are held here, as our hello says and as the conversation begins.
    held: Held,
    /// Frames of other streams that overtook the peer's hello.
    early: Vec<Incoming>,
    pub phase: Phase,
}

/// How far a peer's streams were durably held when the connection began.
///
/// What becomes durable later was asked for on another connection: hello and conversation must say the same.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Held {
    pub ledger: Option<StreamPosition>,
    pub obligations: Option<ObligationPosition>,
}

/// What may be said now.
#[derive(Debug)]
pub(crate) enum Phase {
    /// The peer's hello has not come.
    Greeting,
    /// Both know each other.
    Open(Box<Conversation>),
}

/// An open conversation: four half-streams.
#[derive(Debug)]
pub(crate) struct Conversation {
    pub sender: Sender,
    pub receiver: Receiver,
    pub debtor: Debtor,
    pub creditor: Creditor,
    /// What we pass on to the peer, and what it passes on to us.
    pub forwarder: Forwarder,
    pub wanter: Wanter,
    /// Whether records may flow, or why not.
    pub records: Records,
    /// The peer's clock less ours, when it said hello.
    pub clock_offset_ms: i64,
    /// What came and could not be taken as things stood.
    pub missed: Missed,
    /// Comparing both ledgers with what the other end holds.
    pub checking: Checking,
    /// What is asked of the peer next, where this node takes back what the peer holds of it.
    pub asking: Option<ReturnCursor>,
    /// What was asked of the peer last, until it is taken in.
    pub asked_for: Option<ReturnCursor>,
    /// What the peer asks back.
    pub asked_of_us: Option<ReturnCursor>,
    /// Whether what comes back only serves to prove that this node was restored.
    pub in_doubt: bool,
}

/// What would let in what was not taken; the peer sends it again only on a new connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Missed {
    /// Another law.
    pub by_law: bool,
    /// Another certificate.
    pub by_trust: bool,
    /// Whether records came that were not even judged: the stream goes on without us until a new connection.
    pub unheard: bool,
}

/// Whether records flow on a connection; obligations and receipts always do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Records {
    /// A treaty is in force and nothing stands against it.
    Flow,
    /// No treaty is in force with the peer.
    NoTreaty,
    /// The clocks are more than an hour apart.
    ClocksApart,
    /// This node is mute until its peers have given back what they hold of it; it takes records, and sends none.
    Recovering,
    /// The peer says that it holds more of this node than this node knows, and has not proved it: no records.
    Disagree,
    /// A later life of this node has spoken with the peer: this store is an old copy, or another node runs with its keys.
    Outlived,
}

impl Records {
    /// Whether records of the peer are taken in; a recovering node sends none, and loses none either.
    pub(crate) fn may_be_taken(self) -> bool {
        matches!(self, Self::Flow | Self::Recovering)
    }
}

/// Which streams the driver can take a frame of.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Permits {
    control: bool,
    ledger: bool,
    obligations: bool,
}

impl Permits {
    pub fn grant(&mut self, stream: Stream) {
        *self.slot(stream) = true;
    }

    pub fn has(&self, stream: Stream) -> bool {
        match stream {
            Stream::Control => self.control,
            Stream::Ledger => self.ledger,
            Stream::Obligations => self.obligations,
        }
    }

    pub fn spend(&mut self, stream: Stream) {
        *self.slot(stream) = false;
    }

    fn slot(&mut self, stream: Stream) -> &mut bool {
        match stream {
            Stream::Control => &mut self.control,
            Stream::Ledger => &mut self.ledger,
            Stream::Obligations => &mut self.obligations,
        }
    }
}

/// Why a hello ends the connection.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum HelloFault {
    #[error("a second hello on one connection")]
    Second,
    #[error(
        "the peer speaks versions {0} to {1} of the exchange, this node {PROTOCOL_VERSION}; one of the two must be upgraded"
    )]
    Version(u16, u16),
    #[error("the hello is not for this connection")]
    Connection,
    #[error(
        "the peer's store is of incarnation {found}, an earlier life than {known}, which is known: a copy of an old store is running"
    )]
    Cloned { found: Incarnation, known: Incarnation },
}

impl Session {
    pub fn new<H: Holdings>(
        peer: Country,
        connection: ConnectionId,
        transport_key: PublicKey,
        holdings: &H,
    ) -> Result<Self, ReadFault> {
        let held = Held { ledger: holdings.received(peer)?, obligations: holdings.obligations_received(peer)? };
        let (permits, phase) = (Permits::default(), Phase::Greeting);
        Ok(Self {
            peer,
            connection,
            transport_key,
            permits,
            greeted: false,
            told: Told::default(),
            held,
            early: Vec::new(),
            phase,
        })
    }

    /// Keeps a frame that came before the hello: streams overtake each other. Gives it back where there are too many.
    ///
    /// INVARIANT (everything is bounded): a peer sends no more than these before it knows that its hello came.
    pub fn keep_early(&mut self, frame: Incoming) -> Option<Incoming> {
        if self.early.len() >= EARLY_FRAMES_MAX {
            return Some(frame);
        }
        self.early.push(frame);
        None
    }

    /// What came before the hello, in the order of each stream.
    pub fn take_early(&mut self) -> Vec<Incoming> {
        std::mem::take(&mut self.early)
    }

    /// The hello of this connection. It names only treaties with this peer, and only what the peer itself sent.
    ///
    /// INVARIANT (nothing beyond the view): no count, id or position of any other peer's stream stands in it.
    pub fn hello<H: Holdings>(&self, desk: &Desk<'_, H>, own: &OwnIdentity) -> Result<Hello, ReadFault> {
        let news = own.key_news();
        let proofs = desk.holdings.receipt_proofs(self.peer)?;
        Ok(Hello {
            version_min: PROTOCOL_VERSION,
            version_max: PROTOCOL_VERSION,
            features: 0,
            sender: own.country,
            recipient: self.peer,
            sender_transport: own.transport_key,
            recipient_transport: self.transport_key,
            certificates: news.certificates,
            revocations: news.revocations,
            treaties: desk
                .law
                .treaties_with(self.peer)
                .iter()
                .copied()
                .take(HELLO_TREATIES_MAX)
                .collect::<Set<DocumentHash>>(),
            clock: desk.now.wall,
            incarnation: desk.holdings.incarnation()?,
            ledger_held: self.held.ledger,
            obligations_held: self.held.obligations,
            credit_items: CREDIT_ITEMS,
            credit_bytes: CREDIT_BYTES,
            ledger_receipted: proofs.ledger,
            obligations_receipted: proofs.obligations,
            is_recovering: desk.holdings.life()?.is_recovering(),
            met: desk.holdings.met(self.peer)?,
        })
    }

    /// Takes the peer's hello and opens the conversation where both stores stand. `used` is the last epoch in which an
    /// earlier connection of this run numbered items. Gives what must be written.
    pub fn open<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        own: &OwnIdentity,
        used: Epoch,
        evidence: Evidence,
        hello: &Hello,
    ) -> Result<Result<Vec<Change>, HelloFault>, ReadFault> {
        if let Err(fault) = self.check(own, hello) {
            return Ok(Err(fault));
        }
        let by_ledger = self.held.ledger.map(|position| position.incarnation);
        let by_obligations = self.held.obligations.map(|position| position.incarnation);
        let met = desk.holdings.met(self.peer)?;
        if let Some(known) = by_ledger.max(by_obligations).max(met).filter(|known| hello.incarnation < *known) {
            return Ok(Err(HelloFault::Cloned { found: hello.incarnation, known }));
        }
        let (debtor, receipted) = self.debtor(desk, hello)?;
        let mut changes: Vec<Change> = receipted.into_iter().collect();
        if met < Some(hello.incarnation) && evidence::may_have_begun(hello.incarnation, desk.now.wall) {
            changes.push(Change::Met { peer: self.peer, incarnation: hello.incarnation });
        }
        let mut due = desk.holdings.check_due(self.peer)?;
        if hello.is_recovering || lost_by_peer(desk, self.peer, hello)? {
            let whole = Unresolved::whole().to_bytes();
            changes.push(Change::CheckDue { peer: self.peer, left: Some(whole.clone()) });
            due = Some(whole);
        }
        let clock_offset_ms = offset_ms(hello.clock.0, desk.now.wall.0);
        let records = records_may_flow(desk, self.peer, evidence, clock_offset_ms)?;
        let in_doubt = records == Records::Disagree;
        let asking = if in_doubt { Some(ReturnCursor::Statements(None)) } else { still_asked(desk, self.peer)? };
        self.phase = Phase::Open(Box::new(Conversation {
            sender: Sender::new(self.peer, sender_start(desk, self.peer, used, hello)?),
            receiver: Receiver::new(self.peer, hello.incarnation, self.held.ledger),
            creditor: Creditor::new(self.peer, hello.incarnation, self.held.obligations),
            forwarder: Forwarder::new(self.peer),
            wanter: Wanter::default(),
            debtor,
            records,
            clock_offset_ms,
            missed: Missed::default(),
            checking: Checking::new(self.peer, desk.now.wall.date(), due.as_deref()),
            asking,
            asked_for: None,
            asked_of_us: None,
            in_doubt,
        }));
        Ok(Ok(changes))
    }

    fn check(&self, own: &OwnIdentity, hello: &Hello) -> Result<(), HelloFault> {
        if matches!(self.phase, Phase::Open(_)) {
            return Err(HelloFault::Second);
        }
        if hello.version_min > PROTOCOL_VERSION || hello.version_max < PROTOCOL_VERSION {
            return Err(HelloFault::Version(hello.version_min, hello.version_max));
        }
        if hello.sender_transport != self.transport_key || hello.recipient_transport != own.transport_key {
            return Err(HelloFault::Connection);
        }
        Ok(())
    }

    /// Rewinds the obligation stream to what the peer durably holds of it.
    ///
    /// The peer's signed word on it counts like a receipt, which may have been lost.
    fn debtor<H: Holdings>(&self, desk: &Desk<'_, H>, hello: &Hello) -> Result<(Debtor, Option<Change>), ReadFault> {
        let incarnation = desk.holdings.incarnation()?;
        let receipted = desk.holdings.owed_receipted(self.peer)?;
        let from = match hello.obligations_held {
            None => ItemNumber(0),
            Some(held) => {
                let row = desk.holdings.owed(self.peer, ItemNumber(held.number.0.saturating_sub(1)), 1)?;
                let matches = held.incarnation == incarnation
                    && (row.first().is_some_and(|(position, _)| position.hash == held.hash));
                if matches { held.number } else { ItemNumber(0) }
            }
        };
        let moved = (from != receipted).then_some(Change::OweReceipted { peer: self.peer, number: from, proof: None });
        Ok((Debtor::new(self.peer, incarnation, from), moved))
    }

    pub fn conversation(&mut self) -> Option<&mut Conversation> {
        match &mut self.phase {
            Phase::Open(conversation) => Some(conversation),
            Phase::Greeting => None,
        }
    }
}

/// Whether records may flow between stores that agree, under the law and clocks of this moment.
fn records_may_flow<H: Holdings>(
    desk: &Desk<'_, H>,
    peer: Country,
    evidence: Evidence,
    clock_offset_ms: i64,
) -> Result<Records, ReadFault> {
    Ok(if let Evidence::Outlived(_) = evidence {
        Records::Outlived
    } else if desk.holdings.life()?.is_recovering() || evidence == Evidence::Proved {
        Records::Recovering
    } else if evidence == Evidence::Claimed {
        Records::Disagree
    } else if clock_offset_ms.unsigned_abs() > CLOCK_STOP_MS {
        Records::ClocksApart
    } else if desk.law.accord_with(peer).is_empty() {
        Records::NoTreaty
    } else {
        Records::Flow
    })
}

impl Conversation {
    /// Whether records may flow after the law has changed; what stood against them besides the law still does.
    pub fn renew<H: Holdings>(&mut self, desk: &Desk<'_, H>, peer: Country) -> Result<(), ReadFault> {
        if matches!(self.records, Records::Flow | Records::NoTreaty) {
            self.records = records_may_flow(desk, peer, Evidence::Agrees, self.clock_offset_ms)?;
        }
        Ok(())
    }

    /// Takes a frame that changes nothing but what this conversation is about to say or expects.
    pub fn note_asked(&mut self, frame: Incoming, now_ms: u64) -> Result<(), String> {
        match frame {
            // What came before was not taken, so nothing that builds on it can be.
            Incoming::OpenEpoch(_) if self.missed.unheard => Ok(()),
            Incoming::OpenEpoch(open) => self.receiver.open_epoch(&open).map_err(|fault| fault.to_string()),
            Incoming::Compare(question) => self.checking.take_question(*question),
            Incoming::CheckAsk => {
                self.checking.asked_by_peer(now_ms);
                Ok(())
            }
            Incoming::ReturnAsk(_) if self.asked_of_us.is_some() => {
                Err("it asks again before it was answered".to_owned())
            }
            Incoming::ReturnAsk(cursor) => {
                self.asked_of_us = Some(cursor);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    /// Whether an operator should be told of the clocks.
    pub fn clocks_differ(&self) -> bool {
        self.clock_offset_ms.unsigned_abs() > CLOCK_WARN_MS
    }
}

/// Whether the peer holds less of our ledger than it receipted: it was restored, and what it lost has to be found.
fn lost_by_peer<H: Holdings>(desk: &Desk<'_, H>, peer: Country, hello: &Hello) -> Result<bool, ReadFault> {
    let place = |position: StreamPosition| (position.incarnation, position.epoch, position.number);
    let receipted = desk.holdings.receipted(peer)?.map(place);
    Ok(receipted > hello.ledger_held.map(place))
}

/// From where on a recovering node still asks the peer for what it holds of it.
fn still_asked<H: Holdings>(desk: &Desk<'_, H>, peer: Country) -> Result<Option<ReturnCursor>, ReadFault> {
    if !desk.holdings.life()?.is_recovering() {
        return Ok(None);
    }
    Ok(match desk.holdings.returned(peer)?.unwrap_or_default().state {
        ReturnState::Asking(cursor) => Some(cursor),
        ReturnState::Done | ReturnState::Overridden => None,
    })
}

/// An epoch beyond every one that has a ledger row, durable or on its way to disk.
fn sender_start<H: Holdings>(
    desk: &Desk<'_, H>,
    peer: Country,
    used: Epoch,
    hello: &Hello,
) -> Result<SenderStart, ReadFault> {
    let last = desk.holdings.ledger_end(peer)?.map_or(Epoch(0), |(epoch, _)| epoch);
    Ok(SenderStart {
        incarnation: desk.holdings.incarnation()?,
        // What the peer took from a life of this store that nobody remembers bears a number of its own time.
        epoch: last.max(used).max(held_epoch(hello)).next().max(Epoch(desk.now.wall.0)),
        base: hello.ledger_held,
        lanes: LaneCursors::load(peer, walked_under(desk.law, peer), desk.holdings)?,
        credit_items: hello.credit_items.clamp(CREDIT_ITEMS_MIN, CREDIT_ITEMS) as usize,
        credit_bytes: hello.credit_bytes.clamp(CREDIT_BYTES_MIN, CREDIT_BYTES) as usize,
    })
}

/// The epoch in which the peer holds this node's ledger: of an earlier life it may be all that is known.
fn held_epoch(hello: &Hello) -> Epoch {
    hello.ledger_held.map_or(Epoch(0), |held| held.epoch.min(HELD_EPOCH_MAX))
}

fn offset_ms(theirs: u64, ours: u64) -> i64 {
    i64::try_from(theirs).unwrap_or(i64::MAX).saturating_sub(i64::try_from(ours).unwrap_or(i64::MAX))
}
