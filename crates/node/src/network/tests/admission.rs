//! Who gets in, and who no longer.

use std::ops::ControlFlow::{Break, Continue};
use std::time::Duration;

use super::harness::{Node, QUIC, TCP, frame, pair, quick};
use super::raw::{Happening, RawPeer};
use crate::network::{DialCause, DisconnectCause, NetworkCommand, NetworkEvent, StreamKind, Timing};

/// A stranger has a valid key and speaks the protocol; it is not admitted.
async fn a_stranger(listen: &str) {
    let mut a = Node::start(1, &[listen]).await;
    let mut stranger = RawPeer::new(2, a.id, a.addresses[0].clone());
    for _ in 0..3 {
        assert_eq!(stranger.streams_until_closed().await, 0);
    }
    // The same peer, once admitted, gets its six streams: it was the allow-list that refused it.
    a.admit(stranger.id, &[]).await;
    let report = a.report(stranger.id).await;
    assert_eq!((report.connections, report.connected), (0, None));
    let _streams = stranger.connect().await;
    match a.next().await {
        NetworkEvent::Connected { peer, dialled_by_us: false, .. } => assert_eq!(peer, stranger.id),
        other => panic!("of the stranger's attempts the consumer hears nothing: {other:?}"),
    }
}

#[tokio::test]
async fn a_stranger_gets_no_stream_over_quic() {
    a_stranger(QUIC).await;
}

#[tokio::test]
async fn a_stranger_gets_no_stream_over_tcp() {
    a_stranger(TCP).await;
}

async fn dismissal(listen: &str) {
    let (mut a, of_a, mut b, of_b) = pair(listen).await;
    b.command(NetworkCommand::Dismiss { peer: a.id }).await;
    let (ended, cause) = b.disconnected(a.id).await;
    assert_eq!(ended, of_b);
    assert!(matches!(*cause, DisconnectCause::Dismissed), "{cause}");
    let (ended, _) = a.disconnected(b.id).await;
    assert_eq!(ended, of_a);
    // The other side keeps trying, and is not let in.
    let cause = a
        .expect("dial failed", |event| match event {
            NetworkEvent::DialFailed { cause, .. } => Break(cause),
            NetworkEvent::Connected { .. } => panic!("let in after dismissal"),
            other => Continue(other),
        })
        .await;
    assert!(matches!(cause, DialCause::NotLetIn { streams_open: 0 }), "{cause}");
    // Admitted again, it finds its way back.
    b.admit(a.id, &[]).await;
    assert!(a.connected(b.id).await > of_a);
    assert!(b.connected(a.id).await > of_b);
}

#[tokio::test]
async fn dismissal_closes_at_once_over_quic() {
    dismissal(QUIC).await;
}

#[tokio::test]
async fn dismissal_closes_at_once_over_tcp() {
    dismissal(TCP).await;
}

#[tokio::test]
async fn dismissal_ends_the_connection_and_not_only_its_streams() {
    // Without streams a connection would last this long by itself.
    let idle = Timing { opening_timeout: Duration::from_secs(600), ..quick() };
    let mut a = Node::start_with(1, &[TCP], idle).await;
    let mut raw = RawPeer::new(2, a.id, a.addresses[0].clone());
    a.admit(raw.id, &[]).await;
    let _streams = raw.connect().await;
    a.connected(raw.id).await;
    a.command(NetworkCommand::Dismiss { peer: raw.id }).await;
    assert!(matches!(raw.next().await, Happening::Closed));
}

#[tokio::test]
async fn a_connection_dismissed_takes_no_more_frames() {
    let (mut a, _, mut b, of_b) = pair(TCP).await;
    b.permit(a.id, StreamKind::Ledger).await;
    b.command(NetworkCommand::Dismiss { peer: a.id }).await;
    b.send(a.id, of_b, StreamKind::Ledger, frame(9, 10)).await;
    a.expect("disconnected", |event| match event {
        NetworkEvent::Frame { .. } => panic!("sent after dismissal"),
        NetworkEvent::Disconnected { .. } => Break(()),
        other => Continue(other),
    })
    .await;
}
