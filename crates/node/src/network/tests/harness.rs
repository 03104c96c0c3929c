//! Drivers under test, and waiting for what they say.

use std::collections::BTreeMap;
use std::ops::ControlFlow::{self, Break, Continue};
use std::time::Duration;

use tokio::sync::oneshot;
use tokio::time::{Instant, sleep, timeout, timeout_at};
use zeroize::Zeroizing;

use crate::network::{
    ConnectionSerial, DisconnectCause, Frame, Multiaddr, Network, NetworkCommand, NetworkConfig, NetworkEvent, PeerId,
    PeerReport, StartError, StreamKind, Timing, system_random,
};

pub const QUIC: &str = "/ip4/127.0.0.1/udp/0/quic-v1";
pub const TCP: &str = "/ip4/127.0.0.1/tcp/0";

/// Nothing here takes this long unless it is broken; the machine may be busy.
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Waits short enough to live through, long enough for a busy machine.
pub fn quick() -> Timing {
    Timing {
        heartbeat_interval: Duration::from_secs(15),
        heartbeats_missed_max: 2,
        probe_timeout: Duration::from_millis(500),
        higher_waits: Duration::from_millis(100),
        reconnect_min: Duration::from_millis(20),
        reconnect_max: Duration::from_millis(200),
        stable_after: Duration::from_secs(30),
        start_spread_per_peer: Duration::ZERO,
        start_spread_max: Duration::ZERO,
        handshake_timeout: Duration::from_secs(15),
        opening_timeout: Duration::from_secs(15),
    }
}

pub struct Node {
    pub id: PeerId,
    pub addresses: Vec<Multiaddr>,
    network: Network,
    /// The connection to each peer, by the events seen so far.
    live: BTreeMap<PeerId, ConnectionSerial>,
    /// Permits seen and not used.
    permits: BTreeMap<(PeerId, StreamKind), ConnectionSerial>,
}

impl Node {
    pub async fn start(seed: u8, listen: &[&str]) -> Self {
        Self::start_with(seed, listen, quick()).await
    }

    pub async fn start_with(seed: u8, listen: &[&str], timing: Timing) -> Self {
        let network = Self::network(seed, listen, timing).await;
        let mut node = Self {
            id: network.local_peer,
            addresses: Vec::new(),
            network,
            live: BTreeMap::new(),
            permits: BTreeMap::new(),
        };
        for _ in listen {
            let address = node
                .expect("listening", |event| match event {
                    NetworkEvent::Listening { address } => Break(address),
                    other => Continue(other),
                })
                .await;
            node.addresses.push(address);
        }
        node
    }

    /// Starts a driver as soon as its addresses are free: a QUIC socket outlives its driver by
    /// the time its connections take to drain.
    async fn network(seed: u8, listen: &[&str], timing: Timing) -> Network {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let config = NetworkConfig {
                transport_seed: Zeroizing::new([seed; 32]),
                listen: listen.iter().map(|address| address.parse().unwrap()).collect(),
                timing: timing.clone(),
            };
            match Network::start(config, system_random()) {
                Ok(network) => return network,
                Err(StartError::PortInUse { .. }) if Instant::now() < deadline => {
                    sleep(Duration::from_millis(10)).await
                }
                Err(other) => panic!("{other}"),
            }
        }
    }

    pub async fn command(&self, command: NetworkCommand) {
        self.network.commands.send(command).await.unwrap();
    }

    pub async fn admit(&self, peer: PeerId, addresses: &[Multiaddr]) {
        let addresses = addresses.to_vec();
        self.command(NetworkCommand::Admit { peer, country: "UTO".to_owned(), addresses }).await;
    }

    /// The next event, whatever it is.
    pub async fn next(&mut self) -> NetworkEvent {
        let event = timeout(PATIENCE, self.network.events.recv()).await.expect("no event came");
        let event = event.expect("the driver is gone");
        self.note(&event);
        event
    }

    /// The first event that `pick` takes; others are passed over.
    pub async fn expect<T>(
        &mut self,
        what: &str,
        mut pick: impl FnMut(NetworkEvent) -> ControlFlow<T, NetworkEvent>,
    ) -> T {
        let deadline = Instant::now() + PATIENCE;
        let mut passed_over = Vec::new();
        loop {
            let Ok(event) = timeout_at(deadline, self.network.events.recv()).await else {
                panic!("waited in vain for: {what}; came instead: {passed_over:#?}");
            };
            let event = event.expect("the driver is gone");
            self.note(&event);
            match pick(event) {
                Break(found) => return found,
                Continue(other) => passed_over.push(format!("{other:?}")),
            }
        }
    }

    /// Keeps books, and checks the order of events that the driver promises.
    fn note(&mut self, event: &NetworkEvent) {
        match event {
            NetworkEvent::Connected { peer, connection, .. } => {
                assert_eq!(self.live.insert(*peer, *connection), None, "connections overlap");
            }
            NetworkEvent::Disconnected { peer, connection, .. } => {
                assert_eq!(self.live.remove(peer), Some(*connection), "the end of a connection never begun");
                self.permits.retain(|(of, _), _| of != peer);
            }
            NetworkEvent::Permit { peer, connection, stream } => {
                assert_eq!(self.live.get(peer), Some(connection), "a permit for a connection not in use");
                assert_eq!(self.permits.insert((*peer, *stream), *connection), None, "two permits at once");
            }
            NetworkEvent::Frame { peer, connection, .. } => {
                assert_eq!(self.live.get(peer), Some(connection), "a frame of a connection not in use");
            }
            _ => {}
        }
    }

    /// The connection to that peer, by the events seen so far.
    pub fn live(&self, peer: PeerId) -> Option<ConnectionSerial> {
        self.live.get(&peer).copied()
    }

    pub async fn connected(&mut self, to: PeerId) -> ConnectionSerial {
        self.expect("connected", |event| match event {
            NetworkEvent::Connected { peer, connection, .. } if peer == to => Break(connection),
            other => Continue(other),
        })
        .await
    }

    pub async fn disconnected(&mut self, from: PeerId) -> (ConnectionSerial, std::sync::Arc<DisconnectCause>) {
        self.expect("disconnected", |event| match event {
            NetworkEvent::Disconnected { peer, connection, cause } if peer == from => Break((connection, cause)),
            other => Continue(other),
        })
        .await
    }

    /// A permit for that stream, which the caller is to use.
    pub async fn permit(&mut self, to: PeerId, on: StreamKind) -> ConnectionSerial {
        while !self.permits.contains_key(&(to, on)) {
            self.next().await;
        }
        self.permits[&(to, on)]
    }

    pub async fn send(&mut self, peer: PeerId, connection: ConnectionSerial, stream: StreamKind, frame: Frame) {
        self.permits.remove(&(peer, stream));
        self.command(NetworkCommand::Send { peer, connection, stream, frame }).await;
    }

    /// The next frame of that peer and stream.
    pub async fn frame(&mut self, from: PeerId, on: StreamKind) -> Frame {
        self.expect("frame", |event| match event {
            NetworkEvent::Frame { peer, stream, frame, .. } if peer == from && stream == on => Break(frame),
            other => Continue(other),
        })
        .await
    }

    pub async fn report(&self, on: PeerId) -> PeerReport {
        let (reply, answer) = oneshot::channel();
        self.command(NetworkCommand::Inspect { reply }).await;
        let reports = timeout(PATIENCE, answer).await.unwrap().unwrap();
        reports.into_iter().find(|report| report.peer == on).unwrap()
    }

    /// Stops the driver and waits until its sockets are free.
    pub async fn shut_down(mut self) {
        self.command(NetworkCommand::Shutdown).await;
        let ending = async { while self.network.events.recv().await.is_some() {} };
        timeout(PATIENCE, ending).await.unwrap();
        timeout(PATIENCE, self.network.driver).await.unwrap().unwrap();
    }
}

/// Two connected nodes; the first has dialled the second.
pub async fn pair(listen: &str) -> (Node, ConnectionSerial, Node, ConnectionSerial) {
    let mut a = Node::start(1, &[]).await;
    let mut b = Node::start(2, &[listen]).await;
    b.admit(a.id, &[]).await;
    a.admit(b.id, &b.addresses).await;
    let of_a = a.connected(b.id).await;
    let of_b = b.connected(a.id).await;
    (a, of_a, b, of_b)
}

pub fn frame(kind: u8, length: usize) -> Frame {
    Frame { kind, body: (0..length).map(|n| (n % 251) as u8).collect() }
}
