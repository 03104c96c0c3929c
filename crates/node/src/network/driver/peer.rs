//! What the driver knows of one admitted peer.

use std::collections::{BTreeMap, VecDeque};

use libp2p::swarm::{ConnectionId, Stream};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use crate::network::address::{Carrier, carrier};
use crate::network::cause::{DialAttempt, DisconnectCause};
use crate::network::handler::Direction;
use crate::network::limits::TCP_FIRST_TIME;
use crate::network::schedule::{Rank, Schedule};
use crate::network::session::{OpenStreams, SessionHandle};
use crate::network::streams::{PerStream, StreamKind};
use crate::network::{ConnectionSerial, PeerReport};

/// Who dialled a connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Dialler {
    Us,
    Them,
}

/// What to do when a second connection of a peer is open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum SecondConnection {
    /// Both sides will keep this one, whichever they saw first.
    TakeNew,
    /// The one in use is kept if the peer answers on it.
    ProbeOld,
}

/// Both sides come to the same choice, each from its own view. When both dialled at once, that is
/// the connection dialled by the lower peer id. When one side dials although the other has a
/// connection in use, it has lost its end of that one, and no answer will come; an answer means
/// that somebody else holds the same key, and the node already talked to goes first.
pub(super) fn weigh(rank: Rank, old: Dialler, new: Dialler) -> SecondConnection {
    let lowers = match rank {
        Rank::Lower => Dialler::Us,
        Rank::Higher => Dialler::Them,
    };
    if new == lowers && old != lowers { SecondConnection::TakeNew } else { SecondConnection::ProbeOld }
}

/// One libp2p connection to a peer.
#[derive(Debug)]
pub(super) struct Connection {
    pub(super) serial: ConnectionSerial,
    pub(super) address: Multiaddr,
    pub(super) dialler: Dialler,
    pub(super) stage: Stage,
}

/// How far a connection has come.
#[derive(Debug)]
pub(super) enum Stage {
    /// Streams are still being opened.
    Opening { streams: PartialStreams, deadline: Instant },
    /// All streams are open, but another connection is in use.
    Waiting(OpenStreams),
    /// In use; at most one of a peer's connections is.
    InUse(SessionHandle),
}

/// The streams open so far.
#[derive(Debug, Default)]
pub(super) struct PartialStreams {
    outbound: PerStream<Option<Stream>>,
    inbound: PerStream<Option<Stream>>,
}

impl PartialStreams {
    pub(super) fn add(&mut self, direction: Direction, kind: StreamKind, stream: Stream) {
        let streams = match direction {
            Direction::Outbound => &mut self.outbound,
            Direction::Inbound => &mut self.inbound,
        };
        *streams.get_mut(kind) = Some(stream);
    }

    pub(super) fn count(&self) -> usize {
        self.outbound.count() + self.inbound.count()
    }

    /// All six, taken out, as soon as they are there.
    pub(super) fn complete(&mut self) -> Option<OpenStreams> {
        if self.count() < 2 * StreamKind::ALL.len() {
            return None;
        }
        let Self { outbound, inbound } = std::mem::take(self);
        Some(OpenStreams { outbound: outbound.complete()?, inbound: inbound.complete()? })
    }
}

/// A dial under way, one address after the other: several at once would show the peer a
/// connection for each.
#[derive(Debug)]
pub(super) struct Dial {
    /// Of the address being tried.
    pub(super) connection: ConnectionId,
    /// Still to be tried.
    pub(super) rest: VecDeque<Multiaddr>,
    /// Tried in vain.
    pub(super) attempts: Vec<DialAttempt>,
}

/// What the driver knows of one admitted peer.
#[derive(Debug)]
pub(super) struct Peer {
    pub(super) country: String,
    pub(super) rank: Rank,
    /// In the order they are tried.
    pub(super) addresses: Vec<Multiaddr>,
    pub(super) schedule: Schedule,
    /// UDP seems to be blocked on the way to this peer: until then TCP is tried first.
    pub(super) tcp_first_until: Option<Instant>,
    /// The dial under way.
    pub(super) dialling: Option<Dial>,
    /// Connections not yet given up; those closing are not here any more.
    pub(super) connections: BTreeMap<ConnectionId, Connection>,
}

impl Peer {
    pub(super) fn new(country: String, rank: Rank, addresses: Vec<Multiaddr>) -> Self {
        Self {
            country,
            rank,
            addresses,
            schedule: Schedule::new(rank),
            tcp_first_until: None,
            dialling: None,
            connections: BTreeMap::new(),
        }
    }

    /// The addresses in the order to try them now.
    pub(super) fn dialling_order(&self, now: Instant) -> Vec<Multiaddr> {
        let mut addresses = self.addresses.clone();
        if self.tcp_first_until.is_some_and(|until| until > now) {
            addresses.sort_by_key(|address| carrier(address) == Ok(Carrier::Quic));
        }
        addresses
    }

    /// A dial has led to `address`. Where only TCP got through, a dial after a short
    /// interruption need not wait for QUIC to time out again.
    pub(super) fn reached(&mut self, address: &Multiaddr, now: Instant) {
        let over_tcp = carrier(address) == Ok(Carrier::Tcp);
        let has_quic = self.addresses.iter().any(|known| carrier(known) == Ok(Carrier::Quic));
        self.tcp_first_until = (over_tcp && has_quic).then(|| now + TCP_FIRST_TIME);
    }

    /// The connection in use.
    pub(super) fn in_use(&mut self) -> Option<(ConnectionId, Dialler, &mut SessionHandle)> {
        self.connections.iter_mut().find_map(|(id, connection)| match &mut connection.stage {
            Stage::InUse(session) => Some((*id, connection.dialler, session)),
            _ => None,
        })
    }

    /// The session of that serial, if it is the one in use.
    pub(super) fn session(&self, serial: ConnectionSerial) -> Option<&SessionHandle> {
        self.connections.values().find_map(|connection| match &connection.stage {
            Stage::InUse(session) if connection.serial == serial => Some(session),
            _ => None,
        })
    }

    /// The connection of that serial.
    pub(super) fn by_serial(&self, serial: ConnectionSerial) -> Option<ConnectionId> {
        self.connections.iter().find(|(_, connection)| connection.serial == serial).map(|(id, _)| *id)
    }

    /// Connections that are open and not in use.
    pub(super) fn waiting(&self) -> Vec<ConnectionId> {
        let waiting = self.connections.iter().filter(|(_, connection)| matches!(connection.stage, Stage::Waiting(_)));
        waiting.map(|(id, _)| *id).collect()
    }

    /// The waiting connection to use next: that of the lower peer id, else the latest.
    pub(super) fn best_waiting(&self) -> Option<ConnectionId> {
        let lowers = match self.rank {
            Rank::Lower => Dialler::Us,
            Rank::Higher => Dialler::Them,
        };
        let waiting = self.connections.iter().filter(|(_, connection)| matches!(connection.stage, Stage::Waiting(_)));
        waiting.max_by_key(|(id, connection)| (connection.dialler == lowers, **id)).map(|(id, _)| *id)
    }

    /// When the peer is to be dialled, if it is.
    pub(super) fn due(&self) -> Option<Instant> {
        let idle = self.dialling.is_none() && self.connections.is_empty() && !self.addresses.is_empty();
        self.schedule.next().filter(|_| idle)
    }

    /// Stops the session in use.
    pub(super) fn stop(&mut self, cause: impl FnOnce() -> DisconnectCause) {
        if let Some((_, _, session)) = self.in_use() {
            session.stop(cause());
        }
    }

    pub(super) fn report(&self, peer: PeerId, now: Instant) -> PeerReport {
        let connected = self.connections.values().find_map(|connection| match &connection.stage {
            Stage::InUse(session) => Some((connection.serial, now.saturating_duration_since(session.since))),
            _ => None,
        });
        PeerReport {
            peer,
            country: self.country.clone(),
            connected,
            connections: self.connections.len(),
            dialling: self.dialling.is_some(),
            next_attempt_in: self.due().map(|next| next.saturating_duration_since(now)),
            shut_out_for: self.schedule.shut_out_for(now),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn both_sides_keep_the_same_connection_of_a_simultaneous_dial() {
        // The connection dialled by the lower side is `Us` there and `Them` on the higher side.
        for (rank, lowers, highers) in
            [(Rank::Lower, Dialler::Us, Dialler::Them), (Rank::Higher, Dialler::Them, Dialler::Us)]
        {
            assert_eq!(weigh(rank, highers, lowers), SecondConnection::TakeNew);
            assert_eq!(weigh(rank, lowers, highers), SecondConnection::ProbeOld);
        }
    }

    #[test]
    fn a_second_connection_of_the_same_dialler_has_to_outlive_the_first() {
        for rank in [Rank::Lower, Rank::Higher] {
            for dialler in [Dialler::Us, Dialler::Them] {
                assert_eq!(weigh(rank, dialler, dialler), SecondConnection::ProbeOld);
            }
        }
    }
}
