//! Connections lost, doubled and found again.

use std::ops::ControlFlow::{Break, Continue};
use std::time::Duration;

use libp2p::identity::Keypair;

use super::harness::{Node, PATIENCE, QUIC, TCP, frame, pair, quick};
use super::proxy::{Flow, Proxy};
use crate::network::{
    AttemptCause, Blame, DialAttempt, DialCause, DisconnectCause, HangUp, Multiaddr, NetworkCommand, NetworkEvent,
    PeerReport, StreamKind, Timing,
};

/// Two seeds, that of the lower peer id first.
fn ranked() -> (u8, u8) {
    let id = |seed: u8| Keypair::ed25519_from_bytes([seed; 32]).unwrap().public().to_peer_id();
    if id(1) < id(2) { (1, 2) } else { (2, 1) }
}

/// Frames go both ways on the connection each calls the one in use.
async fn they_can_talk(a: &mut Node, b: &mut Node) {
    let stream = StreamKind::Obligations;
    let of = a.permit(b.id, stream).await;
    a.send(b.id, of, stream, frame(7, 7)).await;
    assert_eq!(b.frame(a.id, stream).await, frame(7, 7));
    let of = b.permit(a.id, stream).await;
    b.send(a.id, of, stream, frame(8, 8)).await;
    assert_eq!(a.frame(b.id, stream).await, frame(8, 8));
}

/// Reads events of both until each has one connection, and nothing else under way.
async fn settled(a: &mut Node, b: &mut Node) {
    let settling = async {
        loop {
            let (of_a, of_b) = (a.report(b.id).await, b.report(a.id).await);
            let settled = |report: &PeerReport, live| {
                report.connections == 1 && !report.dialling && report.connected.map(|(serial, _)| serial) == live
            };
            if live_both(a, b) && settled(&of_a, a.live(b.id)) && settled(&of_b, b.live(a.id)) {
                return;
            }
            tokio::select! {
                _ = a.next() => {}
                _ = b.next() => {}
                // What changes without an event shows in the next report.
                () = tokio::time::sleep(Duration::from_millis(5)) => {}
            }
        }
    };
    tokio::time::timeout(PATIENCE, settling).await.expect("the two did not settle on one connection");
}

fn live_both(a: &Node, b: &Node) -> bool {
    a.live(b.id).is_some() && b.live(a.id).is_some()
}

async fn restart(listen: &str) {
    let (mut a, of_a, b, _) = pair(listen).await;
    let addresses: Vec<String> = b.addresses.iter().map(Multiaddr::to_string).collect();
    b.shut_down().await;
    let listen: Vec<&str> = addresses.iter().map(String::as_str).collect();
    let mut b = Node::start(2, &listen).await;
    b.admit(a.id, &[]).await;
    assert!(a.connected(b.id).await > of_a);
    b.connected(a.id).await;
}

#[tokio::test]
async fn a_peer_that_restarts_is_found_again_over_quic() {
    restart(QUIC).await;
}

#[tokio::test]
async fn a_peer_that_restarts_is_found_again_over_tcp() {
    restart(TCP).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn dialling_each_other_ends_with_one_connection() {
    for round in 0..6 {
        let listen = if round % 2 == 0 { QUIC } else { TCP };
        let at_once = Timing { higher_waits: Duration::ZERO, ..quick() };
        let mut a = Node::start_with(1, &[listen], at_once.clone()).await;
        let mut b = Node::start_with(2, &[listen], at_once).await;
        let (to_a, to_b) = (a.addresses.clone(), b.addresses.clone());
        tokio::join!(a.admit(b.id, &to_b), b.admit(a.id, &to_a));
        settled(&mut a, &mut b).await;
        they_can_talk(&mut a, &mut b).await;
        settled(&mut a, &mut b).await;
    }
}

/// `first` starts to dial through a held wire; `second` dials and is connected; then the wire opens.
async fn crossed(first: u8, second: u8) -> (Node, Node, Proxy) {
    let mut first = Node::start(first, &[TCP]).await;
    let mut second = Node::start(second, &[TCP]).await;
    let mut wire = Proxy::start(&second.addresses[0], Flow::Held).await;
    first.admit(second.id, std::slice::from_ref(&wire.address)).await;
    wire.accepted().await;
    second.admit(first.id, &first.addresses).await;
    first.connected(second.id).await;
    second.connected(first.id).await;
    wire.set(Flow::Open);
    (first, second, wire)
}

#[tokio::test]
async fn the_lower_sides_connection_is_taken_by_both() {
    let (lower, higher) = ranked();
    let (mut lower, mut higher, _wire) = crossed(lower, higher).await;
    assert!(lower.id < higher.id);
    let (_, cause) = lower.disconnected(higher.id).await;
    assert_eq!(cause.blame(), Blame::Nobody, "{cause}");
    higher.disconnected(lower.id).await;
    settled(&mut lower, &mut higher).await;
    they_can_talk(&mut lower, &mut higher).await;
}

#[tokio::test]
async fn the_higher_sides_second_connection_gives_way_to_one_that_answers() {
    let (lower, higher) = ranked();
    let (mut higher, mut lower, _wire) = crossed(higher, lower).await;
    let (of_higher, of_lower) = (higher.live(lower.id), lower.live(higher.id));
    settled(&mut lower, &mut higher).await;
    they_can_talk(&mut lower, &mut higher).await;
    // The connection that was there first has carried it.
    assert_eq!((higher.live(lower.id), lower.live(higher.id)), (of_higher, of_lower));
}

#[tokio::test]
async fn a_frozen_connection_gives_way_to_a_new_one() {
    let mut a = Node::start(1, &[TCP]).await;
    let wire = Proxy::start(&a.addresses[0], Flow::Open).await;
    let mut b = Node::start(2, &[]).await;
    a.admit(b.id, &[]).await;
    b.admit(a.id, std::slice::from_ref(&wire.address)).await;
    let frozen = a.connected(b.id).await;
    b.connected(a.id).await;

    // The wire goes dead without a sign, and the peer comes back another way.
    wire.set(Flow::Held);
    b.shut_down().await;
    let mut b = Node::start(2, &[]).await;
    b.admit(a.id, &a.addresses).await;
    let (ended, cause) = a.disconnected(b.id).await;
    assert_eq!(ended, frozen);
    assert!(matches!(*cause, DisconnectCause::Unanswered), "{cause}");
    assert!(a.connected(b.id).await > frozen);
    b.connected(a.id).await;
    they_can_talk(&mut a, &mut b).await;
}

#[tokio::test]
async fn a_dead_wire_is_noticed_by_silence() {
    let timing = Timing { heartbeat_interval: Duration::from_millis(100), ..quick() };
    let mut a = Node::start_with(1, &[TCP], timing).await;
    let wire = Proxy::start(&a.addresses[0], Flow::Open).await;
    let mut b = Node::start(2, &[]).await;
    a.admit(b.id, &[]).await;
    b.admit(a.id, std::slice::from_ref(&wire.address)).await;
    a.connected(b.id).await;
    b.connected(a.id).await;
    wire.set(Flow::Held);
    let (_, cause) = a.disconnected(b.id).await;
    assert!(matches!(*cause, DisconnectCause::Silent), "{cause}");
}

#[tokio::test]
async fn an_address_where_another_node_answers_does_not_hide_the_rest() {
    let mut a = Node::start(1, &[]).await;
    let mut b = Node::start(2, &[TCP]).await;
    let other = Node::start(3, &[QUIC]).await;
    b.admit(a.id, &[]).await;
    other.admit(a.id, &[]).await;
    // The card says QUIC first, but the address has passed to another node.
    a.admit(b.id, &[other.addresses.clone(), b.addresses.clone()].concat()).await;
    match a.next().await {
        NetworkEvent::Connected { peer, address, .. } => {
            assert_eq!(peer, b.id);
            assert!(address.to_string().starts_with(&b.addresses[0].to_string()), "{address}");
        }
        event => panic!("{event:?}"),
    }
    b.connected(a.id).await;

    // Alone it is named for what it is.
    let mut c = Node::start(4, &[]).await;
    c.admit(b.id, &other.addresses).await;
    let cause = c
        .expect("dial failed", |event| match event {
            NetworkEvent::DialFailed { cause, .. } => Break(cause),
            other => Continue(other),
        })
        .await;
    assert!(cause.to_string().contains("ask for a new contact card"), "{cause}");
    assert!(
        matches!(&cause, DialCause::Unreachable(attempts)
            if matches!(attempts[..], [DialAttempt { cause: AttemptCause::WrongPeer(found), .. }] if found == other.id)),
        "{cause}"
    );
}

#[tokio::test]
async fn a_peer_that_is_down_is_tried_again_and_a_person_can_hurry_it() {
    let hopeless =
        Timing { reconnect_min: Duration::from_secs(600), reconnect_max: Duration::from_secs(600), ..quick() };
    let mut a = Node::start_with(1, &[], hopeless).await;
    let b = Node::start(2, &[TCP]).await;
    let (id, addresses) = (b.id, b.addresses.clone());
    b.shut_down().await;
    a.admit(id, &addresses).await;
    let (cause, next) = a
        .expect("dial failed", |event| match event {
            NetworkEvent::DialFailed { cause, next_attempt_in, .. } => Break((cause, next_attempt_in)),
            other => Continue(other),
        })
        .await;
    assert!(matches!(&cause, DialCause::Unreachable(attempts) if attempts.len() == 1), "{cause}");
    assert!(next >= Duration::from_secs(600));

    let listen = addresses[0].to_string();
    let mut b = Node::start(2, &[&listen]).await;
    b.admit(a.id, &[]).await;
    a.command(NetworkCommand::Retry { peer: id }).await;
    a.connected(id).await;
    b.connected(a.id).await;
}

#[tokio::test]
async fn where_udp_is_blocked_tcp_is_found_and_remembered() {
    let handshake = Duration::from_secs(2);
    let mut a = Node::start_with(1, &[], Timing { handshake_timeout: handshake, ..quick() }).await;
    let mut b = Node::start(2, &[TCP]).await;
    b.admit(a.id, &[]).await;
    // Takes packets and says nothing, like a firewall.
    let hole = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let blocked = format!("/ip4/127.0.0.1/udp/{}/quic-v1", hole.local_addr().unwrap().port()).parse().unwrap();
    a.admit(b.id, &[vec![blocked], b.addresses.clone()].concat()).await;
    let begun = tokio::time::Instant::now();
    let connection = a.connected(b.id).await;
    assert!(begun.elapsed() >= handshake, "QUIC goes first");
    hole.set_nonblocking(true).unwrap();
    let packets_waiting = || std::iter::from_fn(|| hole.recv_from(&mut [0; 2048]).ok()).count();
    assert!(packets_waiting() > 0);

    // After an interruption TCP goes first: the second time no packet is sent to the hole.
    b.connected(a.id).await;
    let why = HangUp { blame: Blame::Us, cause: "for the test" };
    a.command(NetworkCommand::Disconnect { peer: b.id, connection, why }).await;
    a.disconnected(b.id).await;
    a.connected(b.id).await;
    assert_eq!(packets_waiting(), 0);
}
