//! The writing task of one stream.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use libp2p::swarm::Stream;
use tokio::sync::mpsc;

use super::SessionId;
use super::pulse::{OutgoingBeats, Pulse};
use crate::network::NetworkEvent;
use crate::network::cause::{DisconnectCause, SendFault};
use crate::network::framing::{self, Frame, RESERVED_KINDS_FROM};
use crate::network::streams::StreamKind;

/// The way of one frame at a time from the driver to a writer.
#[derive(Debug)]
pub(super) struct Lane {
    permitted: Arc<AtomicBool>,
    frames: mpsc::Sender<Frame>,
}

/// The writer's end of a [`Lane`].
#[derive(Debug)]
pub(super) struct LaneEnd {
    permitted: Arc<AtomicBool>,
    frames: mpsc::Receiver<Frame>,
}

/// A new lane, closed until the writer gives its first permit.
pub(super) fn lane() -> (Lane, LaneEnd) {
    let permitted = Arc::new(AtomicBool::new(false));
    let (sender, receiver) = mpsc::channel(1);
    (Lane { permitted: Arc::clone(&permitted), frames: sender }, LaneEnd { permitted, frames: receiver })
}

impl Lane {
    /// INVARIANT (decided at the wire): one permit, one frame; what cannot be written now was
    /// decided too early and is not taken.
    pub(super) fn offer(&self, stream: StreamKind, frame: Frame) -> Result<(), SendFault> {
        if frame.kind >= RESERVED_KINDS_FROM {
            return Err(SendFault::ReservedKind(frame.kind));
        }
        let length = frame.body.len();
        if length > stream.body_bytes_max() as usize {
            return Err(SendFault::TooLong { stream, length });
        }
        if !self.permitted.swap(false, Ordering::AcqRel) {
            return Err(SendFault::WithoutPermit(stream));
        }
        match self.frames.try_send(frame) {
            // A closed lane: the session is ending, and the consumer will hear of it.
            Ok(()) | Err(mpsc::error::TrySendError::Closed(_)) => Ok(()),
            Err(mpsc::error::TrySendError::Full(_)) => Err(SendFault::WithoutPermit(stream)),
        }
    }
}

/// Gives permits, writes what comes for them, and heartbeats in between.
pub(super) struct Writer {
    id: SessionId,
    kind: StreamKind,
    stream: Stream,
    lane: LaneEnd,
    beats: Option<OutgoingBeats>,
    events: mpsc::Sender<NetworkEvent>,
}

/// What a permit is waiting for.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Permit {
    /// The consumer's queue has to take it.
    ToBeGiven,
    /// The consumer has it and has not used it yet.
    Given,
}

impl Writer {
    pub(super) fn new(
        id: SessionId,
        kind: StreamKind,
        stream: Stream,
        lane: LaneEnd,
        pulse: &Pulse,
        events: mpsc::Sender<NetworkEvent>,
    ) -> Self {
        let beats = (kind == StreamKind::Control).then(|| pulse.outgoing());
        Self { id, kind, stream, lane, beats, events }
    }

    /// Writes until there is a reason to stop.
    pub(super) async fn run(mut self) -> DisconnectCause {
        let SessionId { peer, serial: connection } = self.id;
        let mut permit = Permit::ToBeGiven;
        loop {
            let frame = tokio::select! {
                biased;
                beat = next_beat(&mut self.beats) => beat,
                place = self.events.reserve(), if permit == Permit::ToBeGiven => {
                    let Ok(place) = place else { return DisconnectCause::ShuttingDown };
                    // Before the event, for the answer may come at once.
                    self.lane.permitted.store(true, Ordering::Release);
                    place.send(NetworkEvent::Permit { peer, connection, stream: self.kind });
                    permit = Permit::Given;
                    continue;
                }
                frame = self.lane.frames.recv() => {
                    let Some(frame) = frame else { return DisconnectCause::ShuttingDown };
                    permit = Permit::ToBeGiven;
                    frame
                }
            };
            if let Err(cause) = framing::write_frame(&mut self.stream, &frame).await {
                return DisconnectCause::Write { stream: self.kind, cause };
            }
        }
    }
}

async fn next_beat(beats: &mut Option<OutgoingBeats>) -> Frame {
    match beats {
        Some(beats) => beats.next().await,
        None => std::future::pending().await,
    }
}
