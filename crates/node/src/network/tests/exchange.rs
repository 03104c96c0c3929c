//! Frames between two drivers.

use std::ops::ControlFlow::{Break, Continue};

use super::harness::{Node, QUIC, TCP, frame, pair};
use super::raw::RawPeer;
use crate::network::{Blame, ConnectionSerial, DisconnectCause, NetworkEvent, PeerId, SendFault, StreamKind};

async fn frames_travel(listen: &str) {
    let (mut a, of_a, mut b, of_b) = pair(listen).await;
    for (number, stream) in StreamKind::ALL.into_iter().enumerate() {
        let number = number as u8;
        let there = frame(number, stream.body_bytes_max() as usize);
        let back = frame(0x40 + number, 3);
        assert_eq!(a.permit(b.id, stream).await, of_a);
        a.send(b.id, of_a, stream, there.clone()).await;
        assert_eq!(b.permit(a.id, stream).await, of_b);
        b.send(a.id, of_b, stream, back.clone()).await;
        assert_eq!(b.frame(a.id, stream).await, there);
        assert_eq!(a.frame(b.id, stream).await, back);
    }
    // An orderly end is nobody's fault.
    let id = a.id;
    a.shut_down().await;
    let (ended, cause) = b.disconnected(id).await;
    assert_eq!((ended, cause.blame()), (of_b, Blame::Nobody), "{cause}");
    b.shut_down().await;
}

#[tokio::test]
async fn frames_travel_over_quic() {
    frames_travel(QUIC).await;
}

#[tokio::test]
async fn frames_travel_over_tcp() {
    frames_travel(TCP).await;
}

#[tokio::test]
async fn quic_goes_before_tcp() {
    let mut a = Node::start(1, &[]).await;
    let b = Node::start(2, &[TCP, QUIC]).await;
    b.admit(a.id, &[]).await;
    a.admit(b.id, &b.addresses).await;
    let address = a
        .expect("connected", |event| match event {
            NetworkEvent::Connected { address, dialled_by_us: true, .. } => Break(address),
            other => Continue(other),
        })
        .await;
    assert!(address.to_string().contains("/quic-v1"), "{address}");
}

/// The first frame is on the wire and stuck there, since the peer reads no further: the writer
/// has room for no other.
#[tokio::test]
async fn a_second_frame_needs_a_second_permit() {
    let mut a = Node::start(1, &[TCP]).await;
    let mut raw = RawPeer::new(2, a.id, a.addresses[0].clone());
    a.admit(raw.id, &[]).await;
    let mut streams = raw.connect().await;
    let of_a = a.permit(raw.id, StreamKind::Ledger).await;
    a.send(raw.id, of_a, StreamKind::Ledger, frame(1, 1_000_000)).await;
    let header = streams.read_header(StreamKind::Ledger).await;
    assert_eq!((header.kind, header.body_length), (1, 1_000_000));
    a.send(raw.id, of_a, StreamKind::Ledger, frame(2, 10)).await;
    let (ended, cause) = a.disconnected(raw.id).await;
    assert_eq!(ended, of_a);
    assert!(matches!(*cause, DisconnectCause::Unsendable(SendFault::WithoutPermit(StreamKind::Ledger))), "{cause}");
}

#[tokio::test]
async fn what_no_peer_would_accept_is_not_sent() {
    for (bad, stream) in [
        (frame(0xF0, 8), StreamKind::Control),
        (frame(0xFF, 0), StreamKind::Ledger),
        (frame(1, 65_537), StreamKind::Obligations),
        (frame(1, 1_048_577), StreamKind::Ledger),
    ] {
        let (mut a, of_a, b, _) = pair(TCP).await;
        a.permit(b.id, stream).await;
        a.send(b.id, of_a, stream, bad).await;
        let (_, cause) = a.disconnected(b.id).await;
        assert!(
            matches!(*cause, DisconnectCause::Unsendable(SendFault::TooLong { .. } | SendFault::ReservedKind(_))),
            "{cause}"
        );
    }
}

/// Sends a frame for each permit on every stream, and counts what comes, until all of both has happened.
async fn flood(mut node: Node, to: PeerId, of: ConnectionSerial) -> Node {
    const LEDGER_FRAMES: usize = 24;
    const SMALL_FRAMES: usize = 100;
    let quota = |stream| if stream == StreamKind::Ledger { LEDGER_FRAMES } else { SMALL_FRAMES };
    let mut sent = [0_usize; 3];
    let mut received = [0_usize; 3];
    let index = |stream| StreamKind::ALL.iter().position(|kind| *kind == stream).unwrap();
    let done = |counts: &[usize; 3]| StreamKind::ALL.iter().all(|kind| counts[index(*kind)] == quota(*kind));
    while !(done(&sent) && done(&received)) {
        match node.next().await {
            NetworkEvent::Permit { connection, stream, .. } if sent[index(stream)] < quota(stream) => {
                assert_eq!(connection, of);
                sent[index(stream)] += 1;
                let length = stream.body_bytes_max() as usize;
                node.send(to, of, stream, frame(sent[index(stream)] as u8, length)).await;
            }
            NetworkEvent::Frame { stream, frame: came, .. } => {
                received[index(stream)] += 1;
                // In order, whole.
                let length = stream.body_bytes_max() as usize;
                assert!(came == frame(received[index(stream)] as u8, length), "{stream} {came:?}");
            }
            NetworkEvent::Permit { .. } => {}
            other => panic!("{other:?}"),
        }
    }
    node
}

async fn both_write_at_once(listen: &str) {
    let (a, of_a, b, of_b) = pair(listen).await;
    let (a_id, b_id) = (a.id, b.id);
    // Both nodes stay until both are done.
    let _both = tokio::join!(flood(a, b_id, of_a), flood(b, a_id, of_b));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_both_ways_at_once_over_tcp() {
    both_write_at_once(TCP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn much_both_ways_at_once_over_quic() {
    both_write_at_once(QUIC).await;
}
