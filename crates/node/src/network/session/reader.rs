//! The reading task of one stream.

use std::sync::Arc;

use libp2p::swarm::Stream;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};
use tokio::time::{Instant, sleep};

use super::SessionId;
use super::pulse::{self, Pulse};
use crate::network::NetworkEvent;
use crate::network::cause::DisconnectCause;
use crate::network::framing::{self, HEARTBEAT, HEARTBEAT_ANSWER, Header, RESERVED_KINDS_FROM, ReadError};
use crate::network::rate::Meter;
use crate::network::streams::StreamKind;

/// Room for one frame of a peer, taken before the frame is read. Dropping it makes room for the
/// next: a consumer that keeps these stops that peer's stream and no other.
#[derive(Debug)]
pub struct ReadCredit {
    _room: OwnedSemaphorePermit,
}

/// Reads frames and hands them to the consumer, heartbeats apart.
pub(super) struct Reader {
    id: SessionId,
    kind: StreamKind,
    stream: Stream,
    pulse: Arc<Pulse>,
    events: mpsc::Sender<NetworkEvent>,
    room: Arc<Semaphore>,
    frames: Meter,
    bytes: Meter,
}

impl Reader {
    pub(super) fn new(
        id: SessionId,
        kind: StreamKind,
        stream: Stream,
        pulse: Arc<Pulse>,
        events: mpsc::Sender<NetworkEvent>,
    ) -> Self {
        let now = Instant::now();
        Self {
            id,
            kind,
            stream,
            pulse,
            events,
            room: Arc::new(Semaphore::new(kind.frames_waiting_max())),
            frames: Meter::new(kind.frame_rate(), now),
            bytes: Meter::new(kind.byte_rate(), now),
        }
    }

    /// Reads until there is a reason to stop.
    pub(super) async fn run(mut self) -> DisconnectCause {
        loop {
            if let Err(cause) = self.next().await {
                return cause;
            }
        }
    }

    async fn next(&mut self) -> Result<(), DisconnectCause> {
        let header = framing::read_header(&mut self.stream, self.kind).await?;
        self.pulse.beat();
        self.keep_to_rate(header).await;
        if header.kind >= RESERVED_KINDS_FROM {
            return self.heartbeat(header).await;
        }
        // INVARIANT (everything is bounded): room first, then the body.
        let room = self.pulse.hold_up(Arc::clone(&self.room).acquire_owned()).await;
        let credit = ReadCredit { _room: room.map_err(|_| DisconnectCause::ShuttingDown)? };
        let frame = self.body(header).await?;
        let SessionId { peer, serial: connection } = self.id;
        let event = NetworkEvent::Frame { peer, connection, stream: self.kind, frame, credit };
        let handed_over = self.pulse.hold_up(self.events.send(event)).await;
        handed_over.map_err(|_| DisconnectCause::ShuttingDown)
    }

    async fn heartbeat(&mut self, header: Header) -> Result<(), DisconnectCause> {
        let expected = self.kind == StreamKind::Control
            && matches!(header.kind, HEARTBEAT | HEARTBEAT_ANSWER)
            && header.body_length == pulse::BODY_BYTES;
        if !expected {
            return Err(DisconnectCause::ReservedKind { stream: self.kind, kind: header.kind });
        }
        let frame = self.body(header).await?;
        self.pulse.take(&frame);
        Ok(())
    }

    async fn body(&mut self, header: Header) -> Result<framing::Frame, ReadError> {
        framing::read_body(&mut self.stream, self.kind, header, || self.pulse.beat()).await
    }

    async fn keep_to_rate(&mut self, header: Header) {
        let now = Instant::now();
        let bytes = u64::from(header.body_length) + 5;
        let wait = self.frames.charge(now, 1).max(self.bytes.charge(now, bytes));
        if !wait.is_zero() {
            tracing::debug!(peer = %self.id.peer, stream = %self.kind, ?wait, "reading more slowly");
            self.pulse.hold_up(sleep(wait)).await;
        }
    }
}
