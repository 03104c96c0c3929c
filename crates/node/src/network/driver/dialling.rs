//! Who is admitted, and when each is dialled.

use std::collections::VecDeque;
use std::io;
use std::time::Duration;

use libp2p::core::transport::TransportError;
use libp2p::swarm::dial_opts::{DialOpts, PeerCondition};
use libp2p::swarm::{ConnectionId, DialError};
use libp2p::{Multiaddr, PeerId};
use tokio::time::Instant;

use super::Driver;
use super::peer::{Dial, Peer, Stage};
use crate::network::NetworkEvent;
use crate::network::address;
use crate::network::cause::{AttemptCause, DialAttempt, DialCause, DisconnectCause};
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
        let under_way = self.peers.values().filter(|peer| peer.dialling.is_some()).count();
        let free = limits::DIALS_AT_ONCE_MAX.saturating_sub(under_way);
        let mut due: Vec<(Instant, PeerId)> =
            self.peers.iter().filter_map(|(id, peer)| Some((peer.due()?, *id))).collect();
        due.sort_unstable();
        self.wake = None;
        // Beyond the free places, the end of a dial wakes the driver.
        for (at, id) in due.into_iter().take(free) {
            if at > now {
                self.wake = Some(at);
                break;
            }
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

    /// The address tried did not lead to the peer: on to the next, unless the peer has come by itself.
    pub(super) fn on_dial_error(&mut self, id: &PeerId, connection: ConnectionId, error: DialError) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(mut dial) = peer.dialling.take_if(|dial| dial.connection == connection) else { return };
        dial.attempts.extend(attempts(error));
        if !peer.connections.is_empty() {
            return;
        }
        match dial.rest.pop_front() {
            Some(address) => self.try_address(id, address, dial.rest, dial.attempts),
            None => self.dial_failed(id, DialCause::Unreachable(dial.attempts)),
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
        tracing::debug!(peer = %id, country = %peer.country, "dialling");
        let mut addresses = VecDeque::from(peer.dialling_order(Instant::now()));
        if let Some(first) = addresses.pop_front() {
            self.try_address(id, first, addresses, Vec::new());
        }
    }

    /// The recursion through a dial that fails at once ends with the peer's few addresses.
    fn try_address(&mut self, id: &PeerId, address: Multiaddr, rest: VecDeque<Multiaddr>, attempts: Vec<DialAttempt>) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        let options = DialOpts::peer_id(*id)
            .addresses(vec![address])
            // The driver's own books decide: a connection that is closing does not count.
            .condition(PeerCondition::Always)
            // From the listening port two TCP nodes that dial each other would meet half-way, both as dialler.
            .allocate_new_port()
            .build();
        let connection = options.connection_id();
        peer.dialling = Some(Dial { connection, rest, attempts });
        if let Err(error) = self.swarm.dial(options) {
            self.on_dial_error(id, connection, error);
        }
    }

    fn start_spread(&self) -> Duration {
        let peers = u32::try_from(self.peers.len()).unwrap_or(u32::MAX);
        self.timing.start_spread_per_peer.saturating_mul(peers).min(self.timing.start_spread_max)
    }
}

/// What the error says of the one address of its dial.
fn attempts(error: DialError) -> Vec<DialAttempt> {
    match error {
        DialError::Transport(attempts) => attempts.into_iter().map(transport_attempt).collect(),
        DialError::WrongPeerId { obtained, address } => {
            vec![DialAttempt { address, cause: AttemptCause::WrongPeer(obtained) }]
        }
        DialError::LocalPeerId { address } => vec![DialAttempt { address, cause: AttemptCause::Ourselves }],
        // An address this node listens on is left out by the swarm; the others concern the
        // driver's own limits and name no address.
        DialError::NoAddresses
        | DialError::DialPeerConditionFalse(_)
        | DialError::Aborted
        | DialError::Denied { .. } => Vec::new(),
    }
}

fn transport_attempt((address, error): (Multiaddr, TransportError<io::Error>)) -> DialAttempt {
    let cause = match error {
        TransportError::Other(cause) => AttemptCause::Transport(cause),
        TransportError::MultiaddrNotSupported(_) => AttemptCause::Transport(io::ErrorKind::Unsupported.into()),
    };
    DialAttempt { address, cause }
}
