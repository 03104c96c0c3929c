//! What a peer may not do on the wire, and how it is kept an eye on.

use std::ops::ControlFlow::{Break, Continue};
use std::time::Duration;

use futures::AsyncWriteExt;

use super::harness::{Node, QUIC, TCP, frame, quick};
use super::raw::{RawPeer, RawStreams};
use crate::network::framing::{HEARTBEAT, HEARTBEAT_ANSWER};
use crate::network::{
    Blame, DisconnectCause, Frame, HangUp, NetworkCommand, NetworkEvent, ReadError, StreamKind, Timing,
};

async fn raw_pair(listen: &str, timing: Timing) -> (Node, RawPeer, RawStreams) {
    let mut a = Node::start_with(1, &[listen], timing).await;
    let mut raw = RawPeer::new(2, a.id, a.addresses[0].clone());
    a.admit(raw.id, &[]).await;
    let streams = raw.connect().await;
    a.connected(raw.id).await;
    (a, raw, streams)
}

/// Nobody is let back in within the time of a test.
fn patient() -> Timing {
    let wait = Duration::from_secs(600);
    Timing { reconnect_min: wait, reconnect_max: wait, ..quick() }
}

/// Writes `bytes` on a stream and returns what the node makes of them.
async fn written(listen: &str, stream: StreamKind, bytes: &[u8]) -> std::sync::Arc<DisconnectCause> {
    let (mut a, raw, mut streams) = raw_pair(listen, quick()).await;
    let writer = streams.writer(stream);
    writer.write_all(bytes).await.unwrap();
    writer.flush().await.unwrap();
    let cause = a.disconnected(raw.id).await.1;
    assert_eq!(cause.blame(), Blame::Peer, "{cause}");
    cause
}

#[tokio::test]
async fn an_oversized_frame_ends_the_connection() {
    for listen in [QUIC, TCP] {
        for stream in StreamKind::ALL {
            let length = stream.body_bytes_max() + 2;
            let cause = written(listen, stream, &length.to_be_bytes()).await;
            assert!(matches!(*cause, DisconnectCause::Stream(ReadError::TooLong { .. })), "{cause}");
        }
    }
}

#[tokio::test]
async fn an_empty_frame_ends_the_connection() {
    let cause = written(TCP, StreamKind::Obligations, &[0; 4]).await;
    assert!(matches!(*cause, DisconnectCause::Stream(ReadError::Empty(StreamKind::Obligations))), "{cause}");
}

#[tokio::test]
async fn reserved_types_end_the_connection() {
    for (stream, bytes) in [
        // A heartbeat off the control stream, one of the wrong length, a type nobody knows.
        (StreamKind::Ledger, [0, 0, 0, 9, HEARTBEAT]),
        (StreamKind::Control, [0, 0, 0, 2, HEARTBEAT]),
        (StreamKind::Control, [0, 0, 0, 9, 0xF2]),
    ] {
        let cause = written(TCP, stream, &bytes).await;
        assert!(matches!(*cause, DisconnectCause::ReservedKind { .. }), "{cause}");
    }
}

#[tokio::test]
async fn a_stream_too_many_ends_the_connection() {
    let mut a = Node::start_with(1, &[TCP], patient()).await;
    let twice = [StreamKind::Control, StreamKind::Ledger, StreamKind::Obligations, StreamKind::Ledger];
    let mut raw = RawPeer::opening(&twice, 2, a.id, a.addresses[0].clone());
    a.admit(raw.id, &[]).await;
    raw.streams_until_closed().await;
    // Whether the fourth stream came before the third or after, the peer has to wait outside.
    while a.report(raw.id).await.connections > 0 {
        a.next().await;
    }
    assert!(a.report(raw.id).await.shut_out_for.is_some());
}

#[tokio::test]
async fn a_connection_that_never_opens_is_given_up() {
    let timing = Timing { opening_timeout: Duration::from_millis(300), ..quick() };
    let mut a = Node::start_with(1, &[TCP], timing).await;
    let mut raw = RawPeer::opening(&[StreamKind::Control], 2, a.id, a.addresses[0].clone());
    a.admit(raw.id, &[]).await;
    // The three streams of the node and the one of the peer open, two are missing.
    assert_eq!(raw.streams_until_closed().await, 4);
    let report = a.report(raw.id).await;
    assert_eq!((report.connections, report.connected), (0, None));
    // Nothing of it reached the consumer: the next thing it hears of is another peer.
    let mut whole = RawPeer::new(3, a.id, a.addresses[0].clone());
    a.admit(whole.id, &[]).await;
    let _streams = whole.connect().await;
    match a.next().await {
        NetworkEvent::Connected { peer, .. } => assert_eq!(peer, whole.id),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn a_peer_at_fault_waits_outside() {
    let patient =
        Timing { reconnect_min: Duration::from_secs(600), reconnect_max: Duration::from_secs(600), ..quick() };
    let (mut a, mut raw, streams) = raw_pair(TCP, patient).await;
    let connection = a.report(raw.id).await.connected.unwrap().0;
    let why = HangUp { blame: Blame::Peer, cause: "its hello was not understood" };
    a.command(NetworkCommand::Disconnect { peer: raw.id, connection, why }).await;
    let (_, cause) = a.disconnected(raw.id).await;
    assert_eq!(cause.to_string(), "hung up: its hello was not understood");
    drop(streams);
    while !matches!(raw.next().await, super::raw::Happening::Closed) {}

    // It comes back at once and is turned away, until a person says otherwise.
    assert!(a.report(raw.id).await.shut_out_for.is_some());
    raw.streams_until_closed().await;
    a.command(NetworkCommand::Retry { peer: raw.id }).await;
    let _streams = raw.connect().await;
    match a.next().await {
        NetworkEvent::Connected { connection: next, .. } => assert!(next > connection),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn heartbeats_are_answered_and_missed() {
    let timing = Timing { heartbeat_interval: Duration::from_millis(100), ..quick() };
    let (mut a, raw, mut streams) = raw_pair(TCP, timing).await;

    // The peer's question comes back with its token, its type changed.
    let question = Frame { kind: HEARTBEAT, body: b"token--1".to_vec() };
    streams.write(StreamKind::Control, &question).await;
    let mut answered = false;
    // The node's own questions, answered ten times.
    let mut beats = 0;
    while beats < 10 || !answered {
        let asked = streams.read(StreamKind::Control).await;
        match asked.kind {
            HEARTBEAT_ANSWER => {
                assert_eq!(asked.body, question.body);
                answered = true;
            }
            HEARTBEAT => {
                let answer = Frame { kind: HEARTBEAT_ANSWER, body: asked.body };
                streams.write(StreamKind::Control, &answer).await;
                beats += 1;
            }
            other => panic!("{other:#x}"),
        }
    }
    // The connection has lived through ten intervals; the consumer saw permits and no heartbeat.
    let report = a.report(raw.id).await;
    assert!(report.connected.is_some_and(|(_, lasted)| lasted >= Duration::from_millis(900)), "{report:?}");

    // No more answers: it ends. Data would have counted as life.
    streams.write(StreamKind::Ledger, &frame(5, 10)).await;
    let cause = a
        .expect("silence", |event| match event {
            NetworkEvent::Disconnected { cause, .. } => Break(cause),
            NetworkEvent::Frame { stream: StreamKind::Control, .. } => panic!("a heartbeat reached the consumer"),
            other => Continue(other),
        })
        .await;
    assert!(matches!(*cause, DisconnectCause::Silent), "{cause}");
}

#[tokio::test]
async fn a_flood_is_read_at_the_agreed_rate_and_forgiven() {
    let (mut a, raw, mut streams) = raw_pair(TCP, quick()).await;
    let rate = StreamKind::Control.frame_rate();
    let frames = rate.burst + rate.per_second;
    let begun = tokio::time::Instant::now();
    tokio::spawn(async move {
        for _ in 0..frames {
            streams.write(StreamKind::Control, &frame(1, 1)).await;
        }
        std::future::pending::<()>().await;
    });
    for _ in 0..frames {
        a.frame(raw.id, StreamKind::Control).await;
    }
    // What exceeds the burst takes a second.
    assert!(begun.elapsed() >= Duration::from_millis(990), "{:?}", begun.elapsed());
}
