//! One connection to one peer, from its hello to its end.

pub(crate) mod batch;
pub(crate) mod lane;
pub(crate) mod obligations;
pub(crate) mod receiver;
pub(crate) mod sender;

use chancery_record::{Country, DocumentHash, PublicKey, Set};

use crate::desk::Desk;
use crate::input::OwnIdentity;
use crate::limits::{
    CLOCK_STOP_MS, CLOCK_WARN_MS, CREDIT_BYTES, CREDIT_BYTES_MIN, CREDIT_ITEMS, CREDIT_ITEMS_MIN, EARLY_FRAMES_MAX,
    HELLO_CERTIFICATES_MAX, HELLO_TREATIES_MAX,
};
use crate::wire::{Hello, PROTOCOL_VERSION, Stream};
use crate::{
    Change, ConnectionId, Epoch, Holdings, Incarnation, Incoming, ItemNumber, ObligationPosition, ReadFault,
    StreamPosition,
};
use lane::LaneCursors;
use obligations::{Creditor, Debtor};
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
    /// Whether records may flow, or why not.
    pub records: Records,
    /// The peer's clock less ours, when it said hello.
    pub clock_offset_ms: i64,
    /// What came and could not be taken as things stood.
    pub missed: Missed,
}

/// What would let in what was not taken; the peer sends it again only on a new connection.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Missed {
    /// Another law.
    pub by_law: bool,
    /// Another certificate.
    pub by_trust: bool,
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
    /// One of the stores was restored or lost what it had receipted; recovery is needed before records flow.
    NeedsRecovery,
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
        Ok(Self { peer, connection, transport_key, permits, greeted: false, held, early: Vec::new(), phase })
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
        let newest = |signed: &[chancery_record::SignedByCountry]| {
            signed.iter().rev().take(HELLO_CERTIFICATES_MAX).cloned().collect::<Vec<_>>()
        };
        Ok(Hello {
            version_min: PROTOCOL_VERSION,
            version_max: PROTOCOL_VERSION,
            features: 0,
            sender: own.country,
            recipient: self.peer,
            sender_transport: own.transport_key,
            recipient_transport: self.transport_key,
            certificates: newest(&own.certificates),
            revocations: newest(&own.revocations),
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
        })
    }

    /// Takes the peer's hello and opens the conversation where both stores stand. `used` is the last epoch in which an
    /// earlier connection of this run numbered items. Gives what must be written.
    pub fn open<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        own: &OwnIdentity,
        used: Epoch,
        hello: &Hello,
    ) -> Result<Result<Option<Change>, HelloFault>, ReadFault> {
        if let Err(fault) = self.check(own, hello) {
            return Ok(Err(fault));
        }
        let by_ledger = self.held.ledger.map(|position| position.incarnation);
        let by_obligations = self.held.obligations.map(|position| position.incarnation);
        if let Some(known) = by_ledger.max(by_obligations).filter(|known| hello.incarnation < *known) {
            return Ok(Err(HelloFault::Cloned { found: hello.incarnation, known }));
        }
        let is_known_life = |known: Option<Incarnation>| known.is_none_or(|known| known == hello.incarnation);
        let (debtor, owed_agrees, receipted) = self.debtor(desk, hello)?;
        let agrees = owed_agrees
            && is_known_life(by_ledger)
            && is_known_life(by_obligations)
            && ledgers_agree(desk, self.peer, hello)?;
        let clock_offset_ms = offset_ms(hello.clock.0, desk.now.wall.0);
        let records = records_may_flow(desk, self.peer, agrees, clock_offset_ms);
        self.phase = Phase::Open(Box::new(Conversation {
            sender: Sender::new(self.peer, sender_start(desk, self.peer, used, hello)?),
            receiver: Receiver::new(self.peer, hello.incarnation, self.held.ledger),
            creditor: Creditor::new(self.peer, hello.incarnation, self.held.obligations),
            debtor,
            records,
            clock_offset_ms,
            missed: Missed::default(),
        }));
        Ok(Ok(receipted))
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
    fn debtor<H: Holdings>(
        &self,
        desk: &Desk<'_, H>,
        hello: &Hello,
    ) -> Result<(Debtor, bool, Option<Change>), ReadFault> {
        let incarnation = desk.holdings.incarnation()?;
        let receipted = desk.holdings.owed_receipted(self.peer)?;
        let (from, agrees) = match hello.obligations_held {
            None => (ItemNumber(0), receipted == ItemNumber(0)),
            Some(held) => {
                let row = desk.holdings.owed(self.peer, ItemNumber(held.number.0.saturating_sub(1)), 1)?;
                let matches = held.incarnation == incarnation
                    && (row.first().is_some_and(|(position, _)| position.hash == held.hash));
                (if matches { held.number } else { ItemNumber(0) }, matches && held.number >= receipted)
            }
        };
        let moved = (from != receipted).then_some(Change::OweReceipted { peer: self.peer, number: from });
        Ok((Debtor::new(self.peer, incarnation, from), agrees, moved))
    }

    pub fn conversation(&mut self) -> Option<&mut Conversation> {
        match &mut self.phase {
            Phase::Open(conversation) => Some(conversation),
            Phase::Greeting => None,
        }
    }
}

/// Whether records may flow between stores that agree, under the law and clocks of this moment.
fn records_may_flow<H: Holdings>(desk: &Desk<'_, H>, peer: Country, agrees: bool, clock_offset_ms: i64) -> Records {
    if !agrees {
        Records::NeedsRecovery
    } else if clock_offset_ms.unsigned_abs() > CLOCK_STOP_MS {
        Records::ClocksApart
    } else if desk.law.treaties_with(peer).is_empty() {
        Records::NoTreaty
    } else {
        Records::Flow
    }
}

impl Conversation {
    /// Whether records may flow after the law has changed; what stood against them besides the law still does.
    pub fn renew<H: Holdings>(&mut self, desk: &Desk<'_, H>, peer: Country) {
        if matches!(self.records, Records::Flow | Records::NoTreaty) {
            self.records = records_may_flow(desk, peer, true, self.clock_offset_ms);
        }
    }

    /// Whether an operator should be told of the clocks.
    pub fn clocks_differ(&self) -> bool {
        self.clock_offset_ms.unsigned_abs() > CLOCK_WARN_MS
    }
}

/// Whether what the peer says it holds of our ledger is what the ledger says it was sent.
fn ledgers_agree<H: Holdings>(desk: &Desk<'_, H>, peer: Country, hello: &Hello) -> Result<bool, ReadFault> {
    let receipted = desk.holdings.receipted(peer)?;
    let Some(held) = hello.ledger_held else {
        return Ok(receipted.is_none());
    };
    if held.incarnation != desk.holdings.incarnation()? {
        return Ok(false);
    }
    if receipted.is_some_and(|receipted| (held.epoch, held.number) < (receipted.epoch, receipted.number)) {
        return Ok(false);
    }
    let row = desk.holdings.ledger_row(peer, held.epoch, held.number)?;
    Ok(row.is_some_and(|row| row.hash == held.hash))
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
        epoch: last.max(used).next(),
        base: hello.ledger_held,
        lanes: LaneCursors::load(peer, desk.law.digest_for(peer), desk.holdings)?,
        credit_items: hello.credit_items.clamp(CREDIT_ITEMS_MIN, CREDIT_ITEMS) as usize,
        credit_bytes: hello.credit_bytes.clamp(CREDIT_BYTES_MIN, CREDIT_BYTES) as usize,
    })
}

fn offset_ms(theirs: u64, ours: u64) -> i64 {
    i64::try_from(theirs).unwrap_or(i64::MAX).saturating_sub(i64::try_from(ours).unwrap_or(i64::MAX))
}
