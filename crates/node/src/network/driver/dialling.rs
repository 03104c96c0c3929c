//! Who is admitted, and when each is dialled.

use std::io;
use std::num::NonZeroU8;
use std::time::Duration;

use libp2p::core::transport::TransportError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::Driver;
use super::peer::{Peer, Stage};
use crate::network::NetworkEvent;
use crate::network::address;
use crate::network::cause::{DialAttempt, DialCause, DisconnectCause};
use crate::network::limits;
use crate::network::schedule::Rank;

impl Driver {
    pub(super) fn admit(&mut self, id: PeerId, country: String, addresses: &[Multiaddr]) {
        if id == self.local_peer || (self.peers.len() >= limits::PEERS_MAX && !self.peers.contains_key(&id)) {
            tracing::error!(peer = %id, %country, "not admitted: this node itself, or too many peers");
            return;
        }
        let (usable, refused) = address::in_dialling_order(&id, addresses);
        for error in refused {
            tracing::warn!(peer = %id, %country, %error, "address left out");
        }
        self.swarm.behaviour_mut().allowed.allow_peer(id);
        let spread = self.start_spread();
        let rank = if self.local_peer < id { Rank::Lower } else { Rank::Higher };
        let peer = self.peers.entry(id).or_insert_with(|| Peer::new(String::new(), rank, Vec::new()));
        peer.country = country;
        let same_addresses = peer.addresses == usable;
        peer.addresses = usable;
        if peer.connections.is_empty() && (!same_addresses || peer.schedule.next().is_none()) {
            peer.schedule.start(Instant::now(), &self.timing, spread, &mut self.random);
        }
    }

    /// Revocation: the sessions stop reading and writing here and now; the swarm closes the
    /// connections as soon as it is polled.
    pub(super) fn dismiss(&mut self, id: &PeerId) {
        self.swarm.behaviour_mut().allowed.disallow_peer(*id);
        if let Some(mut peer) = self.peers.remove(id) {
            tracing::info!(peer = %id, country = %peer.country, "dismissed");
            peer.stop(|| DisconnectCause::Dismissed);
        }
    }

    pub(super) fn retry(&mut self, id: &PeerId) {
        if let Some(peer) = self.peers.get_mut(id)
            && peer.connections.is_empty()
        {
            peer.schedule.reset(Instant::now());
        }
    }

    /// Does what has become due and finds out when to look again.
    pub(super) fn keep_time(&mut self) {
        let now = Instant::now();
        self.expire_openings(now);
        let mut under_way = self.peers.values().filter(|peer| peer.dialling.is_some()).count();
        let mut due: Vec<(Instant, PeerId)> =
            self.peers.iter().filter_map(|(id, peer)| Some((due(peer)?, *id))).collect();
        due.sort_unstable();
        self.wake = None;
        for (at, id) in due {
            if under_way >= limits::DIALS_AT_ONCE_MAX {
                // A dial that ends wakes the driver.
                break;
            }
            if at > now {
                self.wake = Some(at);
                break;
            }
            under_way += 1;
            self.dial(&id);
        }
        let deadline = self.peers.values().flat_map(|peer| peer.connections.values()).filter_map(|connection| {
            match connection.stage {
                Stage::Opening { deadline, .. } => Some(deadline),
                _ => None,
            }
        });
        self.wake = self.wake.into_iter().chain(deadline.min()).min();
    }

    pub(super) fn on_dial_error(&mut self, id: &PeerId, connection: ConnectionId, error: DialError) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if peer.dialling != Some(connection) {
            return;
        }
        peer.dialling = None;
        if let DialError::WrongPeerId { address, .. } = &error {
            peer.try_last(id, address);
        }
        if peer.connections.is_empty() {
            self.dial_failed(id, dial_cause(error));
        }
    }

    /// Counts the failure and tells the consumer.
    pub(super) fn dial_failed(&mut self, id: &PeerId, cause: DialCause) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let next_attempt_in = peer.schedule.fail(Instant::now(), &self.timing, &mut self.random);
        tracing::info!(peer = %id, country = %peer.country, %cause, ?next_attempt_in, "not connected");
        self.tell(NetworkEvent::DialFailed { peer: *id, cause, next_attempt_in });
    }

    fn dial(&mut self, id: &PeerId) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        peer.schedule.pause();
        let options = DialOpts::peer_id(*id)
            .addresses(peer.addresses.clone())
            // The driver's own books decide: a connection that is closing does not count.
            .condition(PeerCondition::Always)
            // One address after the other, in order.
            .override_dial_concurrency_factor(NonZeroU8::MIN)
            // From the listening port two TCP nodes that dial each other would meet half-way, both as dialler.
            .allocate_new_port()
            .build();
        let connection = options.connection_id();
        peer.dialling = Some(connection);
        tracing::debug!(peer = %id, country = %peer.country, "dialling");
        if let Err(error) = self.swarm.dial(options) {
            self.on_dial_error(id, connection, error);
        }
    }

    fn start_spread(&self) -> Duration {
        let peers = u32::try_from(self.peers.len()).unwrap_or(u32::MAX);
        self.timing.start_spread_per_peer.saturating_mul(peers).min(self.timing.start_spread_max)
    }
}

/// When the peer is to be dialled, if it is.
fn due(peer: &Peer) -> Option<Instant> {
    let idle = peer.dialling.is_none() && peer.connections.is_empty() && !peer.addresses.is_empty();
    peer.schedule.next().filter(|_| idle)
}

fn dial_cause(error: DialError) -> DialCause {
    match error {
        DialError::Transport(attempts) => DialCause::Unreachable(attempts.into_iter().map(dial_attempt).collect()),
        DialError::WrongPeerId { obtained, address } => DialCause::WrongPeer { address, obtained },
        DialError::LocalPeerId { address } => {
            let cause = io::Error::other("this node itself answers there");
            DialCause::Unreachable(vec![DialAttempt { address, cause }])
        }
        DialError::NoAddresses => DialCause::Unreachable(Vec::new()),
        DialError::DialPeerConditionFalse(_) | DialError::Aborted | DialError::Denied { .. } => DialCause::GivenUp,
    }
}

fn dial_attempt((address, error): (Multiaddr, TransportError<io::Error>)) -> DialAttempt {
    let cause = match error {
        TransportError::Other(cause) => cause,
        TransportError::MultiaddrNotSupported(_) => io::ErrorKind::Unsupported.into(),
    };
    DialAttempt { address, cause }
}
