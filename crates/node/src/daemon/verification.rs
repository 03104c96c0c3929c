//! Verification beside the loop: each connection's frames in their order, on all cores.

use std::sync::Arc;

use chancery_exchange::wire::Stream;
use chancery_exchange::{ConnectionId, Incoming, ProtocolFault, VerifyContext};
use chancery_record::Country;
use futures::StreamExt;
use futures::stream::FuturesOrdered;
use tokio::sync::mpsc::{UnboundedReceiver, UnboundedSender};
use tokio::sync::{oneshot, watch};

use super::handle::Standing;
use super::limits::FRAMES_VERIFIED_AT_ONCE;
use crate::clock;
use crate::network::{Frame, ReadCredit};

/// A frame as the driver handed it over. The driver's read credit bounds how many there are.
pub(super) struct RawFrame {
    pub stream: Stream,
    pub frame: Frame,
    pub credit: ReadCredit,
}

/// A verified frame for the loop.
pub(super) struct Verified {
    pub peer: Country,
    pub connection: ConnectionId,
    pub message: Result<Incoming, ProtocolFault>,
    /// Dropped when the loop has dealt with it; the driver then reads on.
    pub credit: ReadCredit,
    /// Told when the loop has dealt with a hello: what follows is verified with the certificates it brought.
    pub dealt_with: Option<oneshot::Sender<()>>,
}

/// Verifies the frames of one connection until it ends.
pub(super) async fn verify_connection(
    own: Country,
    peer: Country,
    connection: ConnectionId,
    mut frames: UnboundedReceiver<RawFrame>,
    standing: watch::Receiver<Arc<Standing>>,
    verified: UnboundedSender<Verified>,
) {
    let mut under_way = FuturesOrdered::new();
    loop {
        tokio::select! {
            biased;
            Some(done) = under_way.next(), if !under_way.is_empty() => {
                let Ok((message, credit)) = done else { return };
                let is_hello = matches!(message, Ok(Incoming::Hello(_)));
                let (dealt_with, wait) = oneshot::channel();
                let done = Verified { peer, connection, message, credit, dealt_with: is_hello.then_some(dealt_with) };
                if verified.send(done).is_err() {
                    return;
                }
                if is_hello && wait.await.is_err() {
                    return;
                }
            }
            frame = frames.recv(), if under_way.len() < FRAMES_VERIFIED_AT_ONCE => {
                let Some(RawFrame { stream, frame, credit }) = frame else {
                    if under_way.is_empty() {
                        return;
                    }
                    continue;
                };
                let standing = Arc::clone(&standing.borrow());
                under_way.push_back(tokio::task::spawn_blocking(move || {
                    let context = VerifyContext { roster: &standing.roster, own, peer, now: clock::now() };
                    (Incoming::verify(stream, frame.kind, &frame.body, &context), credit)
                }));
            }
            else => return,
        }
    }
}
