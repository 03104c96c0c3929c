//! What happens on one connection until its six streams are open.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::io;
use std::iter;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use futures::future::{BoxFuture, FutureExt};
use futures::{AsyncReadExt, AsyncWriteExt};
use libp2p::core::upgrade::{InboundUpgrade, OutboundUpgrade, UpgradeInfo};
use libp2p::swarm::handler::{ConnectionEvent, DialUpgradeError, FullyNegotiatedInbound, FullyNegotiatedOutbound};
use libp2p::swarm::{
    ConnectionHandler, ConnectionHandlerEvent, Stream, StreamProtocol, StreamUpgradeError, SubstreamProtocol,
};

use super::streams::{PerStream, StreamKind};

/// Versions are told apart here: another version is another protocol.
pub(super) const PROTOCOL: StreamProtocol = StreamProtocol::new("/chancery/exchange/1");

/// A stream is written by the side that opened it and read by the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Direction {
    Outbound,
    Inbound,
}

/// What the handler has to say.
#[derive(Debug)]
pub(super) enum HandlerNote {
    Opened {
        direction: Direction,
        kind: StreamKind,
        stream: Stream,
    },
    /// The other side does not speak the protocol.
    OtherProtocol,
    /// A stream of ours could not be opened.
    OpeningFailed(io::Error),
    /// A stream too many, or of no known kind.
    Stray,
}

/// Opens the three streams of this side, accepts the three of the other, and hands all of
/// them over; reading and writing is not its business.
pub(super) struct OpeningHandler {
    to_request: VecDeque<StreamKind>,
    accepted: PerStream<Option<()>>,
    notes: VecDeque<HandlerNote>,
    timeout: Duration,
    waker: Option<Waker>,
}

impl OpeningHandler {
    /// A handler that opens a stream of each of `kinds`.
    pub(super) fn new(kinds: &[StreamKind], timeout: Duration) -> Self {
        Self {
            to_request: kinds.iter().copied().collect(),
            accepted: PerStream::default(),
            notes: VecDeque::new(),
            timeout,
            waker: None,
        }
    }

    fn note(&mut self, note: HandlerNote) {
        // INVARIANT (everything is bounded): six streams and one complaint are all there is to say.
        if self.notes.len() < 8 {
            self.notes.push_back(note);
        }
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn accept(&mut self, kind: Option<StreamKind>, stream: Stream) {
        match kind {
            Some(kind) if self.accepted.get_mut(kind).replace(()).is_none() => {
                self.note(HandlerNote::Opened { direction: Direction::Inbound, kind, stream });
            }
            _ => self.note(HandlerNote::Stray),
        }
    }
}

impl ConnectionHandler for OpeningHandler {
    type FromBehaviour = Infallible;
    type ToBehaviour = HandlerNote;
    type InboundProtocol = Accept;
    type OutboundProtocol = Open;
    type InboundOpenInfo = ();
    type OutboundOpenInfo = StreamKind;

    fn listen_protocol(&self) -> SubstreamProtocol<Accept> {
        SubstreamProtocol::new(Accept, ()).with_timeout(self.timeout)
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ConnectionHandlerEvent<Open, StreamKind, HandlerNote>> {
        if let Some(note) = self.notes.pop_front() {
            return Poll::Ready(ConnectionHandlerEvent::NotifyBehaviour(note));
        }
        if let Some(kind) = self.to_request.pop_front() {
            let protocol = SubstreamProtocol::new(Open(kind), kind).with_timeout(self.timeout);
            return Poll::Ready(ConnectionHandlerEvent::OutboundSubstreamRequest { protocol });
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }

    fn on_behaviour_event(&mut self, event: Infallible) {
        match event {}
    }

    fn on_connection_event(&mut self, event: ConnectionEvent<'_, Accept, Open, (), StreamKind>) {
        match event {
            ConnectionEvent::FullyNegotiatedInbound(FullyNegotiatedInbound { protocol: (kind, stream), .. }) => {
                self.accept(kind, stream);
            }
            ConnectionEvent::FullyNegotiatedOutbound(FullyNegotiatedOutbound { protocol: stream, info: kind }) => {
                self.note(HandlerNote::Opened { direction: Direction::Outbound, kind, stream });
            }
            ConnectionEvent::DialUpgradeError(DialUpgradeError { error, .. }) => self.note(match error {
                StreamUpgradeError::NegotiationFailed => HandlerNote::OtherProtocol,
                StreamUpgradeError::Timeout => HandlerNote::OpeningFailed(io::ErrorKind::TimedOut.into()),
                StreamUpgradeError::Io(error) | StreamUpgradeError::Apply(error) => HandlerNote::OpeningFailed(error),
            }),
            // A stream that broke before its first byte: the connection will miss it and run out of time.
            _ => {}
        }
    }
}

/// Accepts a stream and reads the byte that names its kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Accept;

impl UpgradeInfo for Accept {
    type Info = StreamProtocol;
    type InfoIter = iter::Once<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once(PROTOCOL)
    }
}

impl InboundUpgrade<Stream> for Accept {
    type Output = (Option<StreamKind>, Stream);
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Self::Output>>;

    fn upgrade_inbound(self, mut stream: Stream, _: StreamProtocol) -> Self::Future {
        async move {
            let mut byte = [0];
            stream.read_exact(&mut byte).await?;
            let [byte] = byte;
            Ok((StreamKind::from_byte(byte), stream))
        }
        .boxed()
    }
}

/// Opens a stream and names its kind.
#[derive(Debug, Clone, Copy)]
pub(super) struct Open(pub(super) StreamKind);

impl UpgradeInfo for Open {
    type Info = StreamProtocol;
    type InfoIter = iter::Once<StreamProtocol>;

    fn protocol_info(&self) -> Self::InfoIter {
        iter::once(PROTOCOL)
    }
}

impl OutboundUpgrade<Stream> for Open {
    type Output = Stream;
    type Error = io::Error;
    type Future = BoxFuture<'static, io::Result<Stream>>;

    fn upgrade_outbound(self, mut stream: Stream, _: StreamProtocol) -> Self::Future {
        async move {
            stream.write_all(&[self.0.to_byte()]).await?;
            stream.flush().await?;
            Ok(stream)
        }
        .boxed()
    }
}
