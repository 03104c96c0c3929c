//! One slow party must not stop another.

use std::ops::ControlFlow::{Break, Continue};

use super::harness::{Node, QUIC, TCP, frame};
use super::raw::RawPeer;
use crate::network::limits::LEDGER_FRAMES_WAITING_MAX;
use crate::network::{ConnectionSerial, NetworkEvent, PeerId, ReadCredit, StreamKind};

/// Sends a ledger frame for each permit until the test ends.
fn keep_sending(mut from: Node, to: PeerId, of: ConnectionSerial) {
    tokio::spawn(async move {
        loop {
            from.permit(to, StreamKind::Ledger).await;
            from.send(to, of, StreamKind::Ledger, frame(1, 100_000)).await;
        }
    });
}

async fn next_ledger_frame(node: &mut Node) -> (PeerId, ReadCredit) {
    node.expect("frame", |event| match event {
        NetworkEvent::Frame { peer, credit, .. } => Break((peer, credit)),
        other => Continue(other),
    })
    .await
}

async fn a_peer_left_lying(listen: &str) {
    let mut a = Node::start(1, &[listen]).await;
    let mut senders = [Node::start(2, &[]).await, Node::start(3, &[]).await];
    let [slow, fast] = [senders[0].id, senders[1].id];
    for sender in &mut senders {
        a.admit(sender.id, &[]).await;
        sender.admit(a.id, &a.addresses).await;
    }
    for mut sender in senders {
        let of = sender.connected(a.id).await;
        keep_sending(sender, a.id, of);
    }

    // All credit of the slow one is kept: its frames stop, the other's do not.
    let mut kept = Vec::new();
    let mut from_fast = 0;
    while from_fast < 200 || kept.len() < LEDGER_FRAMES_WAITING_MAX {
        let (peer, credit) = next_ledger_frame(&mut a).await;
        if peer == slow {
            kept.push(credit);
            assert!(kept.len() <= LEDGER_FRAMES_WAITING_MAX);
        } else {
            assert_eq!(peer, fast);
            from_fast += 1;
        }
    }

    // Letting go of it lets the slow one go on.
    drop(kept);
    let mut from_slow = 0;
    while from_slow < 20 {
        from_slow += usize::from(next_ledger_frame(&mut a).await.0 == slow);
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_left_lying_stops_no_other_over_tcp() {
    a_peer_left_lying(TCP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_left_lying_stops_no_other_over_quic() {
    a_peer_left_lying(QUIC).await;
}

/// A peer that reads nothing of its ledger stream gets what the transport holds and no more,
/// while its control stream goes on.
async fn a_peer_that_does_not_read(listen: &str) {
    let mut a = Node::start(1, &[listen]).await;
    let mut raw = RawPeer::new(2, a.id, a.addresses[0].clone());
    a.admit(raw.id, &[]).await;
    let mut streams = raw.connect().await;
    let of_a = a.connected(raw.id).await;

    let mut ledger_frames = 0;
    for number in 0..200_u8 {
        let mut control_permit = false;
        while !control_permit {
            match a.next().await {
                NetworkEvent::Permit { stream: StreamKind::Ledger, .. } => {
                    ledger_frames += 1;
                    a.send(raw.id, of_a, StreamKind::Ledger, frame(1, 1_000_000)).await;
                }
                NetworkEvent::Permit { stream: StreamKind::Control, .. } => control_permit = true,
                NetworkEvent::Permit { .. } => {}
                other => panic!("{other:?}"),
            }
        }
        a.send(raw.id, of_a, StreamKind::Control, frame(number, 1000)).await;
        assert_eq!(streams.read_past_heartbeats(StreamKind::Control).await, frame(number, 1000));
    }
    // Two megabytes of window at most, one frame on its way, one permit used.
    assert!((1..=4).contains(&ledger_frames), "{ledger_frames}");

    // What was held back arrives whole once it is read.
    for _ in 0..ledger_frames {
        assert_eq!(streams.read(StreamKind::Ledger).await, frame(1, 1_000_000));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_is_not_written_for_ever_over_tcp() {
    a_peer_that_does_not_read(TCP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_peer_that_does_not_read_is_not_written_for_ever_over_quic() {
    a_peer_that_does_not_read(QUIC).await;
}
