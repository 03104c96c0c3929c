//! The network driver: it carries frames between this node and the peers it is told to admit.
//!
//! It knows nothing of records, treaties or decisions. Commands go in, events come out, both
//! through bounded queues. One task runs the libp2p swarm and decides which connection of a peer
//! counts; each open connection has a reading and a writing task for each of its three streams,
//! which hand frames straight to the consumer. Nothing a consumer leaves lying stops more than
//! the stream of the peer it came from.

mod address;
mod behaviour;
mod cause;
mod config;
mod driver;
mod framing;
mod handler;
mod keylog;
pub mod limits;
mod listening;
mod rate;
mod schedule;
mod session;
mod streams;
mod transport;

#[cfg(test)]
mod tests;

use std::fmt;
use std::io;
use std::sync::Arc;
use std::time::Duration;

use libp2p::identity::{Keypair, PublicKey, ed25519};
use libp2p::multiaddr::Protocol;
pub use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinHandle;

pub use self::address::{AddressError, Carrier, carrier};
pub use self::cause::{AttemptCause, Blame, DialAttempt, DialCause, DisconnectCause, HangUp, SendFault};
pub use self::config::{NetworkConfig, Timing};
pub use self::framing::{Frame, RESERVED_KINDS_FROM, ReadError};
pub use self::keylog::{KeyLogRequested, refuse_key_log};
pub use self::rate::RateLimit;
pub use self::schedule::{Random, system_random};
pub use self::session::ReadCredit;
pub use self::streams::StreamKind;
pub use self::transport::TransportError;

use self::driver::Driver;

/// Tells the connections of a peer apart: a higher serial is a later connection of this run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct ConnectionSerial(u64);

impl fmt::Display for ConnectionSerial {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

/// What the consumer asks of the driver.
#[derive(Debug)]
pub enum NetworkCommand {
    /// Puts a peer on the allow-list and keeps a connection to it from now on. Given again, the
    /// addresses are replaced.
    Admit {
        /// The node.
        peer: PeerId,
        /// Its country, for logs only.
        country: String,
        /// From its contact card; if empty, this node waits to be dialled.
        addresses: Vec<Multiaddr>,
    },
    /// Takes a peer off the allow-list and closes its connections at once.
    Dismiss {
        /// The node.
        peer: PeerId,
    },
    /// Hands one frame to its writer. Legal once for each [`NetworkEvent::Permit`]; without one
    /// the connection ends with [`SendFault`]. For a connection that is no more it does nothing.
    Send {
        /// The node.
        peer: PeerId,
        /// The connection the permit was for.
        connection: ConnectionSerial,
        /// The stream the permit was for.
        stream: StreamKind,
        /// What to write.
        frame: Frame,
    },
    /// Forgets the backoff and dials now, unless connected.
    Retry {
        /// The node.
        peer: PeerId,
    },
    /// Ends a connection; another follows the backoff.
    Disconnect {
        /// The node.
        peer: PeerId,
        /// The connection meant; a later one is left alone.
        connection: ConnectionSerial,
        /// Why, for the log and for how the peer is treated.
        why: HangUp,
    },
    /// Asks how things stand with every admitted peer.
    Inspect {
        /// Where the answer goes.
        reply: oneshot::Sender<Vec<PeerReport>>,
    },
    /// Ends all connections and the driver.
    Shutdown,
}

/// What the driver has to tell.
///
/// For each connection: [`Connected`](Self::Connected), then any number of
/// [`Permit`](Self::Permit) and [`Frame`](Self::Frame), then
/// [`Disconnected`](Self::Disconnected). The connections of an admitted peer do not overlap.
#[derive(Debug)]
pub enum NetworkEvent {
    /// This address accepts connections.
    Listening {
        /// Where.
        address: Multiaddr,
    },
    /// These addresses accept connections no more.
    ListenerLost {
        /// Where.
        addresses: Vec<Multiaddr>,
        /// Why, unless it was asked for.
        cause: Option<io::Error>,
    },
    /// A connection with all six streams open.
    Connected {
        /// The node.
        peer: PeerId,
        /// On all later events of this connection.
        connection: ConnectionSerial,
        /// The other end.
        address: Multiaddr,
        /// False if the peer dialled.
        dialled_by_us: bool,
    },
    /// The connection is over; frames handed over before may or may not have arrived.
    Disconnected {
        /// The node.
        peer: PeerId,
        /// The connection.
        connection: ConnectionSerial,
        /// Why.
        cause: Arc<DisconnectCause>,
    },
    /// The stream's writer takes exactly one more frame.
    Permit {
        /// The node.
        peer: PeerId,
        /// The connection.
        connection: ConnectionSerial,
        /// The stream.
        stream: StreamKind,
    },
    /// A frame has come.
    Frame {
        /// The node.
        peer: PeerId,
        /// The connection.
        connection: ConnectionSerial,
        /// The stream.
        stream: StreamKind,
        /// What came; within the limits of its stream, otherwise unchecked.
        frame: Frame,
        /// To be dropped when the frame is dealt with, and not before.
        credit: ReadCredit,
    },
    /// A dial did not become a connection.
    DialFailed {
        /// The node.
        peer: PeerId,
        /// Why.
        cause: DialCause,
        /// When it is tried again.
        next_attempt_in: Duration,
    },
}

/// How things stand with one admitted peer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PeerReport {
    /// The node.
    pub peer: PeerId,
    /// Its country, as admitted.
    pub country: String,
    /// The connection in use, and for how long.
    pub connected: Option<(ConnectionSerial, Duration)>,
    /// Connections known, those being opened or weighed against another included.
    pub connections: usize,
    /// A dial is under way.
    pub dialling: bool,
    /// When the next dial is due.
    pub next_attempt_in: Option<Duration>,
    /// How long the peer is turned away for having broken a rule.
    pub shut_out_for: Option<Duration>,
}

/// Why the driver did not start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// Session secrets would be written to a file.
    #[error(transparent)]
    KeyLog(#[from] KeyLogRequested),
    /// The transport key is no key.
    #[error("the transport key of this node cannot be used: {0}")]
    Key(#[from] libp2p::identity::DecodingError),
    /// The transports could not be set up.
    #[error(transparent)]
    Transport(#[from] TransportError),
    /// An address to listen on is of no use.
    #[error(transparent)]
    Address(#[from] AddressError),
    /// Another program was there first.
    #[error("cannot listen on `{address}`: another program uses port {port}")]
    PortInUse {
        /// Where.
        address: Multiaddr,
        /// The port.
        port: u16,
    },
    /// Listening failed.
    #[error("cannot listen on `{address}`")]
    Listen {
        /// Where.
        address: Multiaddr,
        /// What the transport said.
        #[source]
        cause: io::Error,
    },
}

/// A running driver.
#[derive(Debug)]
pub struct Network {
    /// This node's own name among the peers.
    pub local_peer: PeerId,
    /// Commands go in here. Dropping all senders stops the driver like [`NetworkCommand::Shutdown`].
    pub commands: mpsc::Sender<NetworkCommand>,
    /// Events come out here. It must be read: the driver holds back, and finally stops listening, if it is not.
    pub events: mpsc::Receiver<NetworkEvent>,
    /// Ends when the driver has.
    pub driver: JoinHandle<()>,
}

impl Network {
    /// Starts listening and the driver's task; nobody is admitted yet. Needs a tokio runtime.
    pub fn start(config: NetworkConfig, random: Random) -> Result<Self, StartError> {
        refuse_key_log()?;
        let NetworkConfig { mut transport_seed, listen, timing } = config;
        let keypair = Keypair::ed25519_from_bytes(transport_seed.as_mut_slice())?;
        let mut swarm = transport::swarm(&keypair, &timing)?;
        for address in listen {
            carrier(&address)?;
            listening::require_free(&address).map_err(|cause| not_listening(address.clone(), cause))?;
            swarm.listen_on(address.clone()).map_err(|error| not_listening(address, cause_of(error)))?;
        }
        let (commands, command_queue) = mpsc::channel(limits::COMMANDS_WAITING_MAX);
        let (event_queue, events) = mpsc::channel(limits::EVENTS_WAITING_MAX);
        let local_peer = *swarm.local_peer_id();
        let driver = Driver::new(swarm, timing, random, command_queue, event_queue);
        Ok(Self { local_peer, commands, events, driver: tokio::spawn(driver.run()) })
    }
}

fn cause_of(error: libp2p::TransportError<io::Error>) -> io::Error {
    match error {
        libp2p::TransportError::Other(cause) => cause,
        libp2p::TransportError::MultiaddrNotSupported(_) => io::ErrorKind::Unsupported.into(),
    }
}

fn not_listening(address: Multiaddr, cause: io::Error) -> StartError {
    let port = address.iter().find_map(|part| match part {
        Protocol::Tcp(port) | Protocol::Udp(port) => Some(port),
        _ => None,
    });
    // The transports wrap the system's error in their own, of which only the text comes through.
    let in_use = io::Error::from(rustix::io::Errno::ADDRINUSE).to_string();
    match port {
        Some(port) if cause.to_string().contains(&in_use) => StartError::PortInUse { address, port },
        _ => StartError::Listen { address, cause },
    }
}

/// The peer id that belongs to a transport key, as a country's card and certificates give it.
pub fn peer_id(transport_key: &[u8; 32]) -> Result<PeerId, libp2p::identity::DecodingError> {
    let key = ed25519::PublicKey::try_from_bytes(transport_key)?;
    Ok(PublicKey::from(key).to_peer_id())
}
