//! The tasks that carry frames on one open connection.

mod pulse;
mod reader;
mod writer;

use std::sync::Arc;

use libp2p::swarm::Stream;
use libp2p::{Multiaddr, PeerId};
use tokio::sync::{mpsc, oneshot};
use tokio::task::JoinSet;
use tokio::time::Instant;

use self::pulse::Pulse;
pub use self::reader::ReadCredit;
use self::reader::Reader;
use self::writer::{Lane, LaneEnd, Writer};
use super::cause::{DisconnectCause, SendFault};
use super::config::Timing;
use super::framing::Frame;
use super::streams::{PerStream, StreamKind};
use super::{ConnectionSerial, NetworkEvent};

/// Which connection of which peer, on everything a session says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct SessionId {
    pub(super) peer: PeerId,
    pub(super) serial: ConnectionSerial,
}

/// What a session tells the driver.
#[derive(Debug)]
pub(super) enum SessionNote {
    /// It answered after [`SessionHandle::challenge`].
    Answered(SessionId),
    /// It is over, and the consumer has been told.
    Ended(SessionId, Arc<DisconnectCause>),
}

/// The six streams of an open connection: three this side writes, three it reads.
#[derive(Debug)]
pub(super) struct OpenStreams {
    pub(super) outbound: PerStream<Stream>,
    pub(super) inbound: PerStream<Stream>,
}

/// Everything a session needs to run.
pub(super) struct Session {
    pub(super) id: SessionId,
    pub(super) address: Multiaddr,
    pub(super) dialled_by_us: bool,
    pub(super) streams: OpenStreams,
    pub(super) timing: Timing,
    pub(super) events: mpsc::Sender<NetworkEvent>,
    pub(super) notes: mpsc::Sender<SessionNote>,
}

/// The driver's end of a running session.
#[derive(Debug)]
pub(super) struct SessionHandle {
    pub(super) since: Instant,
    lanes: PerStream<Lane>,
    stop: Option<oneshot::Sender<DisconnectCause>>,
    challenge: mpsc::Sender<()>,
}

impl SessionHandle {
    /// Hands a frame to its writer.
    pub(super) fn send(&self, stream: StreamKind, frame: Frame) -> Result<(), SendFault> {
        self.lanes.get(stream).offer(stream, frame)
    }

    /// Ends the session. Frames under way are lost; later causes do not replace the first.
    pub(super) fn stop(&mut self, cause: DisconnectCause) {
        if let Some(stop) = self.stop.take() {
            // An error means that the session is ending by itself.
            let _ = stop.send(cause);
        }
    }

    pub(super) fn is_stopping(&self) -> bool {
        self.stop.is_none()
    }

    /// Asks the peer to prove on this connection that it is there; either
    /// [`SessionNote::Answered`] follows, or the end of the session.
    pub(super) fn challenge(&self) {
        // A full queue means that it is being asked already.
        let _ = self.challenge.try_send(());
    }
}

impl Session {
    /// Starts the session in `tasks`.
    pub(super) fn start(self, tasks: &mut JoinSet<()>) -> SessionHandle {
        let (stop, stopped) = oneshot::channel();
        let (challenge, challenges) = mpsc::channel(1);
        let (lanes, lane_ends) = PerStream::from_fn(|_| writer::lane()).unzip();
        tasks.spawn(self.run(stopped, challenges, lane_ends));
        SessionHandle { since: Instant::now(), lanes, stop: Some(stop), challenge }
    }

    /// The consumer sees [`NetworkEvent::Connected`] before anything else of this connection and
    /// [`NetworkEvent::Disconnected`] after everything else, or neither.
    async fn run(
        self,
        mut stopped: oneshot::Receiver<DisconnectCause>,
        challenges: mpsc::Receiver<()>,
        lane_ends: PerStream<LaneEnd>,
    ) {
        let Self { id, address, dialled_by_us, streams, timing, events, notes } = self;
        let SessionId { peer, serial: connection } = id;
        let connected = NetworkEvent::Connected { peer, connection, address, dialled_by_us };
        let never_up = tokio::select! {
            biased;
            cause = &mut stopped => Some(cause.unwrap_or(DisconnectCause::ShuttingDown)),
            sent = events.send(connected) => sent.err().map(|_| DisconnectCause::ShuttingDown),
        };
        let cause = match never_up {
            Some(cause) => Arc::new(cause),
            None => {
                let pulse = Arc::new(Pulse::default());
                let mut tasks = stream_tasks(id, streams, lane_ends, &pulse, &events);
                let cause = tokio::select! {
                    biased;
                    cause = &mut stopped => cause.unwrap_or(DisconnectCause::ShuttingDown),
                    Some(ended) = tasks.join_next() => ended.unwrap_or(DisconnectCause::Closed),
                    cause = pulse::watch(id, &pulse, &timing, challenges, &notes) => cause,
                };
                tasks.shutdown().await;
                let cause = Arc::new(cause);
                let disconnected = NetworkEvent::Disconnected { peer, connection, cause: Arc::clone(&cause) };
                // A consumer that is gone needs no telling.
                let _ = events.send(disconnected).await;
                cause
            }
        };
        let _ = notes.send(SessionNote::Ended(id, cause)).await;
    }
}

/// A reading and a writing task for each stream: where both sides write much before they read,
/// one task for both would wait for itself.
fn stream_tasks(
    id: SessionId,
    streams: OpenStreams,
    lane_ends: PerStream<LaneEnd>,
    pulse: &Arc<Pulse>,
    events: &mpsc::Sender<NetworkEvent>,
) -> JoinSet<DisconnectCause> {
    let mut tasks = JoinSet::new();
    for (kind, stream) in streams.inbound.into_array() {
        let reader = Reader::new(id, kind, stream, Arc::clone(pulse), events.clone());
        tasks.spawn(reader.run());
    }
    let outbound = streams.outbound.into_array().into_iter();
    for ((kind, stream), (_, lane_end)) in outbound.zip(lane_ends.into_array()) {
        let writer = Writer::new(id, kind, stream, lane_end, pulse, events.clone());
        tasks.spawn(writer.run());
    }
    tasks
}
