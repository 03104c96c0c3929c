//! Connections between two countries: streams in order, each with its own delay, until the connection breaks.

use std::collections::{BTreeMap, VecDeque};

use chancery_exchange::ConnectionId;
use chancery_exchange::wire::Stream;
use chancery_record::Country;

use crate::agenda::Pair;

/// The streams of a connection.
pub const STREAMS: [Stream; 3] = [Stream::Control, Stream::Ledger, Stream::Obligations];

/// A frame as it is on the wire.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Frame {
    /// The conversation it travels in.
    pub stream: Stream,
    /// Its type byte.
    pub kind: u8,
    /// Its body.
    pub body: Vec<u8>,
}

/// All that connects two countries, now and before.
#[derive(Debug)]
pub struct Link {
    /// Whom it connects.
    pub pair: Pair,
    /// Connections that some end still believes in.
    pub connections: BTreeMap<u64, Connection>,
    /// How many connections there have been.
    pub made: u64,
    /// How often one was tried.
    pub tried: u64,
    /// Whether a try is planned.
    pub dialling: bool,
    /// Until when nothing gets through, by who sends.
    pub blocked_until_ms: BTreeMap<Country, u64>,
}

/// One connection.
#[derive(Debug, Default)]
pub struct Connection {
    /// The ends by country.
    pub ends: BTreeMap<Country, End>,
    /// Nothing gets through any more, which the ends find out by themselves.
    pub is_broken: bool,
}

/// One end of a connection.
#[derive(Debug, Default)]
pub struct End {
    /// Whether this end believes that the connection stands.
    pub state: EndState,
    /// What this end sends, by stream.
    pub lanes: BTreeMap<Stream, Way>,
}

/// What an end believes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum EndState {
    /// The handshake is under way.
    #[default]
    Opening,
    /// The connection stands.
    Open,
    /// It is gone.
    Closed,
}

/// One stream of one end: frames arrive in the order in which they were sent.
#[derive(Debug, Default)]
pub struct Way {
    /// Sent and not arrived.
    pub under_way: VecDeque<Frame>,
    /// When the last of them arrives.
    pub last_ms: u64,
    /// How many were sent.
    pub sent: u64,
    /// Whether the driver can take a frame and has said so.
    pub permitted: bool,
    /// Whether it is about to say so.
    pub permit_planned: bool,
}

/// Frames of one stream under way; the transport takes no more before the first has arrived.
pub const UNDER_WAY_MAX: usize = 3;

impl Link {
    /// Two countries without a connection.
    pub fn new(pair: Pair) -> Self {
        Self {
            pair,
            connections: BTreeMap::new(),
            made: 0,
            tried: 0,
            dialling: false,
            blocked_until_ms: BTreeMap::new(),
        }
    }

    /// One end of one connection.
    pub fn end(&mut self, number: u64, of: Country) -> Option<&mut End> {
        self.connections.get_mut(&number)?.ends.get_mut(&of)
    }

    /// The connection that an end believes to stand.
    pub fn open_at(&self, of: Country) -> Option<u64> {
        let open = |connection: &Connection| connection.ends.get(&of).is_some_and(|end| end.state == EndState::Open);
        self.connections.iter().rev().find(|(_, connection)| open(connection)).map(|(number, _)| *number)
    }

    /// Whether both ends believe in one connection, or are about to.
    pub fn stands(&self) -> bool {
        let lives = |connection: &Connection| connection.ends.values().all(|end| end.state != EndState::Closed);
        self.connections.values().any(lives)
    }

    /// Whether frames of a country are held up.
    pub fn is_blocked(&self, from: Country, now_ms: u64) -> bool {
        self.blocked_until_ms.get(&from).is_some_and(|until| now_ms < *until)
    }

    /// Whether either way is held up.
    pub fn is_cut(&self, now_ms: u64) -> bool {
        self.is_blocked(self.pair.0, now_ms) || self.is_blocked(self.pair.1, now_ms)
    }

    /// Makes a connection that neither end knows of yet.
    pub fn make(&mut self) -> u64 {
        self.made += 1;
        let ends = [self.pair.0, self.pair.1].map(|of| (of, End::default()));
        self.connections.insert(self.made, Connection { ends: ends.into_iter().collect(), is_broken: false });
        self.made
    }

    /// Whether nothing gets through a connection any more.
    pub fn is_broken(&self, number: u64) -> bool {
        self.connections.get(&number).is_none_or(|connection| connection.is_broken)
    }

    /// Forgets connections that no end believes in.
    pub fn sweep(&mut self) {
        self.connections.retain(|_, connection| connection.ends.values().any(|end| end.state != EndState::Closed));
    }

    /// Bytes sent by a country and not arrived.
    pub fn bytes_under_way(&self, from: Country) -> usize {
        let ends = self.connections.values().filter_map(|connection| connection.ends.get(&from));
        let ways = ends.flat_map(|end| end.lanes.values());
        ways.flat_map(|way| &way.under_way).map(|frame| frame.body.len()).sum()
    }
}

/// What an end calls a connection.
pub fn id_of(number: u64) -> ConnectionId {
    ConnectionId(number)
}
