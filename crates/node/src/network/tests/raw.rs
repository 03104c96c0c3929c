//! A peer that speaks the wire without a driver, to do what no driver would.

use futures::StreamExt;
use libp2p::identity::Keypair;
use libp2p::swarm::dial_opts::DialOpts;
use libp2p::swarm::{Stream, SwarmEvent};
use tokio::sync::mpsc;
use tokio::time::timeout;

use super::harness::{PATIENCE, quick};
use crate::network::behaviour::BehaviourEvent;
use crate::network::framing::{Header, RESERVED_KINDS_FROM, read_body, read_header, write_frame};
use crate::network::handler::{Direction, HandlerNote};
use crate::network::streams::{PerStream, StreamKind};
use crate::network::{Frame, Multiaddr, PeerId, transport};

/// What happens to a raw peer.
#[derive(Debug)]
pub enum Happening {
    Established,
    Opened(Direction, StreamKind, Stream),
    Closed,
    Failed,
}

pub struct RawPeer {
    pub id: PeerId,
    happenings: mpsc::UnboundedReceiver<Happening>,
    dials: mpsc::UnboundedSender<()>,
}

/// Streams in the hands of a test.
pub struct RawStreams {
    pub outbound: PerStream<Option<Stream>>,
    pub inbound: PerStream<Option<Stream>>,
}

impl RawPeer {
    /// A peer that dials `address` each time it is told to.
    pub fn new(seed: u8, target: PeerId, address: Multiaddr) -> Self {
        Self::opening(&StreamKind::ALL, seed, target, address)
    }

    /// The same, opening these streams on each connection.
    pub fn opening(kinds: &[StreamKind], seed: u8, target: PeerId, address: Multiaddr) -> Self {
        let keypair = Keypair::ed25519_from_bytes([seed; 32]).unwrap();
        let id = keypair.public().to_peer_id();
        let mut swarm = transport::swarm(&keypair, &quick()).unwrap();
        swarm.behaviour_mut().allowed.allow_peer(target);
        swarm.behaviour_mut().conversations.opens = kinds.to_vec();
        let (sender, happenings) = mpsc::unbounded_channel();
        let (dials, mut dials_wanted) = mpsc::unbounded_channel();
        tokio::spawn(async move {
            loop {
                let event = tokio::select! {
                    event = swarm.select_next_some() => event,
                    wanted = dials_wanted.recv() => {
                        let Some(()) = wanted else { return };
                        let options = DialOpts::peer_id(target).addresses(vec![address.clone()]).allocate_new_port();
                        swarm.dial(options.build()).unwrap();
                        continue;
                    }
                };
                let happening = match event {
                    SwarmEvent::ConnectionEstablished { .. } => Happening::Established,
                    SwarmEvent::ConnectionClosed { .. } => Happening::Closed,
                    SwarmEvent::OutgoingConnectionError { .. } => Happening::Failed,
                    SwarmEvent::Behaviour(BehaviourEvent::Conversations(note)) => match note.note {
                        HandlerNote::Opened { direction, kind, stream } => Happening::Opened(direction, kind, stream),
                        _ => continue,
                    },
                    _ => continue,
                };
                if sender.send(happening).is_err() {
                    return;
                }
            }
        });
        Self { id, happenings, dials }
    }

    pub fn dial(&self) {
        self.dials.send(()).unwrap();
    }

    pub async fn next(&mut self) -> Happening {
        timeout(PATIENCE, self.happenings.recv()).await.expect("nothing happened").unwrap()
    }

    /// Dials and waits for all six streams.
    pub async fn connect(&mut self) -> RawStreams {
        self.dial();
        let mut streams = RawStreams { outbound: PerStream::default(), inbound: PerStream::default() };
        while streams.outbound.count() + streams.inbound.count() < 6 {
            match self.next().await {
                Happening::Opened(Direction::Outbound, kind, stream) => {
                    *streams.outbound.get_mut(kind) = Some(stream);
                }
                Happening::Opened(Direction::Inbound, kind, stream) => *streams.inbound.get_mut(kind) = Some(stream),
                Happening::Established => {}
                other => panic!("{other:?}"),
            }
        }
        streams
    }

    /// Dials and counts the streams that open before the connection ends.
    pub async fn streams_until_closed(&mut self) -> usize {
        self.dial();
        let mut opened = 0;
        loop {
            match self.next().await {
                Happening::Established => {}
                Happening::Opened(..) => opened += 1,
                Happening::Closed | Happening::Failed => return opened,
            }
        }
    }
}

impl RawStreams {
    pub fn writer(&mut self, kind: StreamKind) -> &mut Stream {
        self.outbound.get_mut(kind).as_mut().unwrap()
    }

    pub async fn write(&mut self, kind: StreamKind, frame: &Frame) {
        write_frame(self.writer(kind), frame).await.unwrap();
    }

    pub async fn read_header(&mut self, kind: StreamKind) -> Header {
        let stream = self.inbound.get_mut(kind).as_mut().unwrap();
        timeout(PATIENCE, read_header(stream, kind)).await.expect("no frame came").unwrap()
    }

    /// The next frame that is no heartbeat.
    pub async fn read_past_heartbeats(&mut self, kind: StreamKind) -> Frame {
        loop {
            let frame = self.read(kind).await;
            if frame.kind < RESERVED_KINDS_FROM {
                return frame;
            }
        }
    }

    pub async fn read(&mut self, kind: StreamKind) -> Frame {
        let stream = self.inbound.get_mut(kind).as_mut().unwrap();
        let reading = async {
            let header = read_header(stream, kind).await.unwrap();
            read_body(stream, kind, header, || {}).await.unwrap()
        };
        timeout(PATIENCE, reading).await.expect("no frame came")
    }
}
