//! Heartbeats: proof that the peer behind a connection is still there.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use tokio::sync::{mpsc, watch};
use tokio::time::{sleep, timeout};

use super::{SessionId, SessionNote};
use crate::network::cause::DisconnectCause;
use crate::network::config::Timing;
use crate::network::framing::{Frame, HEARTBEAT, HEARTBEAT_ANSWER};

/// Bytes of a heartbeat's body.
pub(super) const BODY_BYTES: u32 = 8;

/// What the tasks of one connection know of its life. Each channel holds the latest value only,
/// so a peer that asks a thousand times is answered once.
#[derive(Debug)]
pub(super) struct Pulse {
    /// Our questions, for the control writer.
    asked: watch::Sender<[u8; 8]>,
    /// The peer's questions, for the control writer to give back.
    to_answer: watch::Sender<[u8; 8]>,
    /// The peer's answers, from the control reader.
    answered: watch::Sender<[u8; 8]>,
    /// Counts up with whatever arrives.
    arrivals: AtomicU64,
    /// Readers that this node itself holds up.
    held_up: AtomicU64,
}

impl Default for Pulse {
    fn default() -> Self {
        Self {
            asked: watch::Sender::new([0; 8]),
            to_answer: watch::Sender::new([0; 8]),
            answered: watch::Sender::new([0; 8]),
            arrivals: AtomicU64::new(0),
            held_up: AtomicU64::new(0),
        }
    }
}

impl Pulse {
    /// Something was read from the peer.
    pub(super) fn beat(&self) {
        self.arrivals.fetch_add(1, Ordering::Relaxed);
    }

    /// Waits for something of this node's own. While a reader does, the peer's silence proves nothing.
    pub(super) async fn hold_up<T>(&self, waiting: impl Future<Output = T>) -> T {
        self.held_up.fetch_add(1, Ordering::Relaxed);
        let done = waiting.await;
        self.held_up.fetch_sub(1, Ordering::Relaxed);
        done
    }

    fn excuses_silence_since(&self, arrivals: u64) -> bool {
        self.arrivals.load(Ordering::Relaxed) != arrivals || self.held_up.load(Ordering::Relaxed) > 0
    }

    /// Takes a frame of a heartbeat type from the control stream.
    pub(super) fn take(&self, frame: &Frame) {
        let Ok(token) = <[u8; 8]>::try_from(frame.body.as_slice()) else { return };
        match frame.kind {
            HEARTBEAT => self.to_answer.send_replace(token),
            _ => self.answered.send_replace(token),
        };
    }

    /// The control writer's end.
    pub(super) fn outgoing(&self) -> OutgoingBeats {
        OutgoingBeats { asked: self.asked.subscribe(), to_answer: self.to_answer.subscribe() }
    }

    async fn ask(&self, number: u64, within: Duration) -> bool {
        let token = number.to_be_bytes();
        let mut answered = self.answered.subscribe();
        self.asked.send_replace(token);
        let answer = answered.wait_for(|answer| *answer == token);
        matches!(timeout(within, answer).await, Ok(Ok(_)))
    }
}

/// Heartbeats to be written, newest only.
pub(super) struct OutgoingBeats {
    asked: watch::Receiver<[u8; 8]>,
    to_answer: watch::Receiver<[u8; 8]>,
}

impl OutgoingBeats {
    /// The next heartbeat to write; safe to drop and call again.
    pub(super) async fn next(&mut self) -> Frame {
        tokio::select! {
            Ok(()) = self.to_answer.changed() => {
                Frame { kind: HEARTBEAT_ANSWER, body: self.to_answer.borrow_and_update().to_vec() }
            }
            Ok(()) = self.asked.changed() => {
                Frame { kind: HEARTBEAT, body: self.asked.borrow_and_update().to_vec() }
            }
            // The senders live as long as the session; without them there is nothing more to write.
            else => std::future::pending().await,
        }
    }
}

/// Asks at intervals and on challenge; returns when the peer has been silent for too long.
///
/// At intervals anything that arrived counts as life, since an answer may be queued behind
/// much else on a slow line. On a challenge only the answer counts: what arrives otherwise may
/// have been on its way since before the peer was lost.
pub(super) async fn watch(
    id: SessionId,
    pulse: &Pulse,
    timing: &Timing,
    mut challenges: mpsc::Receiver<()>,
    notes: &mpsc::Sender<SessionNote>,
) -> DisconnectCause {
    let mut number = 0;
    let mut missed = 0;
    loop {
        number += 1;
        let arrivals = pulse.arrivals.load(Ordering::Relaxed);
        tokio::select! {
            biased;
            Some(()) = challenges.recv() => {
                if !pulse.ask(number, timing.probe_timeout).await {
                    return DisconnectCause::Unanswered;
                }
                let _ = notes.send(SessionNote::Answered(id)).await;
            }
            alive = beat(pulse, number, timing.heartbeat_interval) => {
                if alive || pulse.excuses_silence_since(arrivals) {
                    missed = 0;
                } else if missed == timing.heartbeats_missed_max {
                    return DisconnectCause::Silent;
                } else {
                    missed += 1;
                }
            }
        }
    }
}

/// One interval: ask at its start, wait until its end.
async fn beat(pulse: &Pulse, number: u64, interval: Duration) -> bool {
    let (answered, ()) = tokio::join!(pulse.ask(number, interval), sleep(interval));
    answered
}
