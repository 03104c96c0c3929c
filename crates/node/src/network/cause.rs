//! Why a connection ended, why a dial came to nothing.

use std::fmt;
use std::io;

use libp2p::{Multiaddr, PeerId};

use super::framing::ReadError;
use super::streams::StreamKind;

/// Who is to answer for a connection's end. It decides whether the peer has to wait outside for a while.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blame {
    /// The peer broke a rule.
    Peer,
    /// This node ended it, or was told to.
    Us,
    /// The network, a restart, a choice between two connections.
    Nobody,
}

/// The consumer's reason to hang up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct HangUp {
    /// [`Blame::Peer`] makes the peer wait until the backoff has run out before it is let in again.
    pub blame: Blame,
    /// A fixed text for people, in lower case.
    pub cause: &'static str,
}

/// Why a connection that was up is no more.
#[derive(Debug, thiserror::Error)]
pub enum DisconnectCause {
    /// A stream ended, broke, or carried a frame out of bounds.
    #[error(transparent)]
    Stream(#[from] ReadError),
    /// Writing failed.
    #[error("writing on the {stream} stream failed: {cause}")]
    Write {
        /// The stream.
        stream: StreamKind,
        /// What the transport said.
        #[source]
        cause: io::Error,
    },
    /// The transport gave up on the connection.
    #[error("the connection broke: {0}")]
    Broken(#[source] io::Error),
    /// The transport closed it in order.
    #[error("the connection was closed")]
    Closed,
    /// Nothing was heard while heartbeats went out.
    #[error("the peer answered no heartbeat")]
    Silent,
    /// Another connection came, and this one did not answer when asked.
    #[error("the peer opened another connection and did not answer on this one")]
    Unanswered,
    /// Both sides connected at once and the other connection is the one both keep.
    #[error("both sides connected at once; the connection dialled by the lower peer id is kept")]
    Superseded,
    /// A frame type that belongs to the driver, or a heartbeat on the wrong stream or of the wrong length.
    #[error("the peer sent a frame of the reserved type {kind:#04x} on the {stream} stream")]
    ReservedKind {
        /// The stream.
        stream: StreamKind,
        /// The type byte.
        kind: u8,
    },
    /// A stream beyond the three, or one of a kind unknown here.
    #[error("the peer opened a stream that does not belong to a connection")]
    StrayStream,
    /// The peer was taken off the allow-list.
    #[error("the peer is no longer admitted")]
    Dismissed,
    /// The consumer hung up.
    #[error("hung up: {}", .0.cause)]
    HungUp(HangUp),
    /// This node tried to send what it may not; the frame was not sent.
    #[error(transparent)]
    Unsendable(#[from] SendFault),
    /// The node stops.
    #[error("this node is shutting down")]
    ShuttingDown,
}

impl DisconnectCause {
    /// Who is to answer for it.
    pub fn blame(&self) -> Blame {
        match self {
            Self::Stream(ReadError::Empty(_) | ReadError::TooLong { .. } | ReadError::TimedOut(_))
            | Self::ReservedKind { .. }
            | Self::StrayStream => Blame::Peer,
            Self::HungUp(hang_up) => hang_up.blame,
            Self::Dismissed | Self::Unsendable(_) | Self::ShuttingDown => Blame::Us,
            Self::Stream(ReadError::Closed(_) | ReadError::Broken { .. })
            | Self::Write { .. }
            | Self::Broken(_)
            | Self::Closed
            | Self::Silent
            | Self::Unanswered
            | Self::Superseded => Blame::Nobody,
        }
    }
}

/// A fault of this node's own in handing over a frame. The connection ends with it, so that
/// both sides start again from what was receipted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SendFault {
    /// There was no permit for the stream.
    #[error("a frame for the {0} stream was handed over without a permit")]
    WithoutPermit(StreamKind),
    /// The body is longer than the peer would accept.
    #[error("a frame of {length} bytes for the {stream} stream is longer than allowed")]
    TooLong {
        /// The stream.
        stream: StreamKind,
        /// Bytes of the body.
        length: usize,
    },
    /// The type byte is the driver's.
    #[error("a frame of the reserved type {0:#04x} was handed over")]
    ReservedKind(u8),
}

/// One address that did not lead to the peer.
#[derive(Debug, thiserror::Error)]
#[error("`{address}`: {cause}")]
pub struct DialAttempt {
    /// The address.
    pub address: Multiaddr,
    /// Why it did not.
    #[source]
    pub cause: AttemptCause,
}

/// Why an address did not lead to the peer.
#[derive(Debug, thiserror::Error)]
pub enum AttemptCause {
    /// What the transport said.
    #[error(transparent)]
    Transport(#[from] io::Error),
    /// Somebody else is there.
    #[error("another node (`{0}`) answers there; ask for a new contact card")]
    WrongPeer(PeerId),
    /// This node is there.
    #[error("this node itself answers there")]
    Ourselves,
}

/// Why a dial did not become a connection.
#[derive(Debug)]
pub enum DialCause {
    /// No address worked; the attempts in the order made.
    Unreachable(Vec<DialAttempt>),
    /// The handshake worked, but the connection ended before all streams were open:
    /// the usual sign that the other side has not admitted this node.
    NotLetIn {
        /// Streams that were open by then, of six.
        streams_open: usize,
    },
    /// The other side speaks another protocol, or another version of this one.
    OtherProtocol,
}

impl fmt::Display for DialCause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unreachable(attempts) if attempts.is_empty() => f.write_str("none of its addresses can be dialled"),
            Self::Unreachable(attempts) => {
                f.write_str("no address could be reached: ")?;
                for (position, attempt) in attempts.iter().enumerate() {
                    let separator = if position == 0 { "" } else { "; " };
                    write!(f, "{separator}{attempt}")?;
                }
                Ok(())
            }
            Self::NotLetIn { streams_open } => write!(
                f,
                "the other side closed the connection before it was open ({streams_open} of 6 streams); \
                 it may not have admitted this node yet"
            ),
            Self::OtherProtocol => f.write_str("the other side does not speak this version of the exchange protocol"),
        }
    }
}

impl std::error::Error for DialCause {}
