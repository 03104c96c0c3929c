//! What the driver is told at its start.

use std::time::Duration;

use libp2p::Multiaddr;
use zeroize::Zeroizing;

use super::limits::HANDSHAKE_TIME_MAX;

/// What the driver is told at its start.
pub struct NetworkConfig {
    /// The secret half of the node's transport key (ed25519), from which its peer id follows.
    pub transport_seed: Zeroizing<[u8; 32]>,
    /// Where to listen: `/ip4/…/udp/…/quic-v1` or `/ip4/…/tcp/…`. Empty: this node only dials.
    pub listen: Vec<Multiaddr>,
    /// Waits and intervals; the default is what the protocol says.
    pub timing: Timing,
}

/// Waits and intervals, apart so that tests need not live through them.
#[derive(Debug, Clone)]
pub struct Timing {
    /// Between heartbeats on the control stream.
    pub heartbeat_interval: Duration,
    /// Heartbeats in a row that may go unanswered; one more and the connection is dead.
    pub heartbeats_missed_max: u32,
    /// How long the connection in use may take to answer when a second one has come.
    pub probe_timeout: Duration,
    /// How much later than the lower peer id the higher one dials.
    pub higher_waits: Duration,
    /// The shortest wait before dialling again.
    pub reconnect_min: Duration,
    /// The longest.
    pub reconnect_max: Duration,
    /// How long a connection must have lasted for its backoff to be forgotten: a refused dial
    /// also looks connected for a moment.
    pub stable_after: Duration,
    /// First dials are spread by this much for each admitted peer…
    pub start_spread_per_peer: Duration,
    /// …and by this much at most.
    pub start_spread_max: Duration,
    /// From the first packet to an authenticated connection, on each address.
    pub handshake_timeout: Duration,
    /// From the handshake to the last of the six streams.
    pub opening_timeout: Duration,
}

impl Default for Timing {
    fn default() -> Self {
        Self {
            heartbeat_interval: Duration::from_secs(15),
            heartbeats_missed_max: 2,
            probe_timeout: Duration::from_secs(5),
            higher_waits: Duration::from_secs(5),
            reconnect_min: Duration::from_secs(1),
            reconnect_max: Duration::from_secs(300),
            stable_after: Duration::from_secs(30),
            start_spread_per_peer: Duration::from_millis(100),
            start_spread_max: Duration::from_secs(10),
            handshake_timeout: HANDSHAKE_TIME_MAX,
            opening_timeout: Duration::from_secs(15),
        }
    }
}
