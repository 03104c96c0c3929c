//! The task that runs the swarm, keeps the allow-list and weighs connections.

mod connections;
mod dialling;
mod peer;

use std::collections::{BTreeMap, VecDeque};

use futures::StreamExt;
use libp2p::PeerId;
use libp2p::swarm::{ConnectionId, Swarm, SwarmEvent};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::{Instant, sleep_until, timeout};

use self::peer::Peer;
use super::behaviour::{Behaviour, BehaviourEvent};
use super::cause::DisconnectCause;
use super::config::Timing;
use super::limits;
use super::schedule::Random;
use super::session::SessionNote;
use super::{ConnectionSerial, Frame, NetworkCommand, NetworkEvent, PeerReport, StreamKind};

/// The driver's state. It never waits for the consumer: what cannot be handed over stays in the
/// outbox, so that commands, a dismissal above all, are always heard.
pub(super) struct Driver {
    swarm: Swarm<Behaviour>,
    local_peer: PeerId,
    timing: Timing,
    random: Random,
    peers: BTreeMap<PeerId, Peer>,
    commands: mpsc::Receiver<NetworkCommand>,
    events: mpsc::Sender<NetworkEvent>,
    outbox: VecDeque<NetworkEvent>,
    notes: mpsc::Receiver<SessionNote>,
    notes_sender: mpsc::Sender<SessionNote>,
    sessions: JoinSet<()>,
    last_serial: u64,
    /// When time alone gives the driver something to do.
    wake: Option<Instant>,
}

/// What the driver turns to.
enum Next {
    Command(NetworkCommand),
    Swarm(Box<SwarmEvent<BehaviourEvent>>),
    Session(SessionNote),
    /// Something is off the driver's hands; no more to do.
    Told,
    Time,
    /// Nobody gives commands, or nobody listens.
    NobodyLeft,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Then {
    GoOn,
    Stop,
}

impl Driver {
    pub(super) fn new(
        swarm: Swarm<Behaviour>,
        timing: Timing,
        random: Random,
        commands: mpsc::Receiver<NetworkCommand>,
        events: mpsc::Sender<NetworkEvent>,
    ) -> Self {
        let (notes_sender, notes) = mpsc::channel(limits::NOTES_WAITING_MAX);
        Self {
            local_peer: *swarm.local_peer_id(),
            swarm,
            timing,
            random,
            peers: BTreeMap::new(),
            commands,
            events,
            outbox: VecDeque::new(),
            notes,
            notes_sender,
            sessions: JoinSet::new(),
            last_serial: 0,
            wake: None,
        }
    }

    pub(super) async fn run(mut self) {
        while self.step().await == Then::GoOn {}
        self.close().await;
    }

    async fn step(&mut self) -> Then {
        match self.next().await {
            Next::Command(NetworkCommand::Send { peer, connection, stream, frame }) => {
                // Nothing here that time or a dial would have to be looked at for.
                self.send(peer, connection, stream, frame);
                return Then::GoOn;
            }
            Next::Command(NetworkCommand::Shutdown) | Next::NobodyLeft => return Then::Stop,
            Next::Command(command) => self.obey(command),
            Next::Swarm(event) => self.on_swarm(*event),
            Next::Session(note) => self.on_session(note),
            Next::Told => return Then::GoOn,
            Next::Time => {}
        }
        self.keep_time();
        Then::GoOn
    }

    async fn next(&mut self) -> Next {
        let wake = self.wake;
        tokio::select! {
            command = self.commands.recv() => command.map_or(Next::NobodyLeft, Next::Command),
            Some(note) = self.notes.recv() => Next::Session(note),
            place = self.events.reserve(), if !self.outbox.is_empty() => match (place, self.outbox.pop_front()) {
                (Ok(place), Some(event)) => {
                    place.send(event);
                    Next::Told
                }
                _ => Next::NobodyLeft,
            },
            // INVARIANT (everything is bounded): while the outbox is full nothing new is looked at.
            event = self.swarm.select_next_some(), if self.outbox.len() < limits::OUTBOX_MAX => {
                Next::Swarm(Box::new(event))
            }
            Some(_) = self.sessions.join_next() => Next::Told,
            () = sleep_until(wake.unwrap_or_else(Instant::now)), if wake.is_some() => Next::Time,
        }
    }

    fn obey(&mut self, command: NetworkCommand) {
        match command {
            NetworkCommand::Admit { peer, country, addresses } => self.admit(peer, country, &addresses),
            NetworkCommand::Dismiss { peer } => self.dismiss(&peer),
            NetworkCommand::Retry { peer } => self.retry(&peer),
            NetworkCommand::Disconnect { peer, connection, why } => {
                self.stop_session(&peer, connection, DisconnectCause::HungUp(why));
            }
            NetworkCommand::Inspect { reply } => {
                // The asker may have gone.
                let _ = reply.send(self.report());
            }
            NetworkCommand::Send { .. } | NetworkCommand::Shutdown => {}
        }
    }

    fn send(&mut self, peer: PeerId, connection: ConnectionSerial, stream: StreamKind, frame: Frame) {
        let session = self.peers.get(&peer).and_then(|peer| peer.session(connection));
        if let Some(Err(fault)) = session.map(|session| session.send(stream, frame)) {
            tracing::error!(%peer, %connection, %fault, "frame not sent");
            self.stop_session(&peer, connection, fault.into());
        }
    }

    fn on_swarm(&mut self, event: SwarmEvent<BehaviourEvent>) {
        match event {
            SwarmEvent::Behaviour(BehaviourEvent::Conversations(note)) => self.on_conversation(note),
            SwarmEvent::ConnectionEstablished { peer_id, connection_id, endpoint, .. } => {
                self.on_established(peer_id, connection_id, &endpoint);
            }
            SwarmEvent::ConnectionClosed { peer_id, connection_id, cause, .. } => {
                self.on_closed(&peer_id, connection_id, cause);
            }
            SwarmEvent::OutgoingConnectionError { peer_id: Some(peer), connection_id, error } => {
                self.on_dial_error(&peer, connection_id, error);
            }
            SwarmEvent::IncomingConnectionError { send_back_addr, error, peer_id, .. } => {
                tracing::debug!(address = %send_back_addr, peer = ?peer_id, %error, "incoming connection refused");
            }
            SwarmEvent::NewListenAddr { address, .. } => {
                tracing::info!(%address, "listening");
                self.tell(NetworkEvent::Listening { address });
            }
            SwarmEvent::ListenerClosed { addresses, reason, .. } => {
                self.tell(NetworkEvent::ListenerLost { addresses, cause: reason.err() });
            }
            SwarmEvent::ExpiredListenAddr { address, .. } => {
                self.tell(NetworkEvent::ListenerLost { addresses: vec![address], cause: None });
            }
            SwarmEvent::ListenerError { error, .. } => tracing::warn!(%error, "a listener had trouble"),
            _ => {}
        }
    }

    fn tell(&mut self, event: NetworkEvent) {
        self.outbox.push_back(event);
    }

    fn report(&self) -> Vec<PeerReport> {
        let now = Instant::now();
        self.peers.iter().map(|(id, peer)| peer.report(*id, now)).collect()
    }

    fn close_connection(&mut self, connection: ConnectionId) {
        // False if it is closed already.
        let _ = self.swarm.close_connection(connection);
    }

    /// Ends every session and gives the swarm a moment to say goodbye.
    async fn close(mut self) {
        for peer in self.peers.values_mut() {
            peer.stop(|| DisconnectCause::ShuttingDown);
        }
        let connected: Vec<PeerId> = self.swarm.connected_peers().copied().collect();
        for peer in connected {
            let _ = self.swarm.disconnect_peer_id(peer);
        }
        let goodbye = async {
            while self.swarm.network_info().connection_counters().num_established() > 0 || !self.sessions.is_empty() {
                tokio::select! {
                    _ = self.swarm.select_next_some() => {}
                    Some(_) = self.sessions.join_next() => {}
                    Some(_) = self.notes.recv() => {}
                }
            }
        };
        if timeout(limits::CLOSING_TIME_MAX, goodbye).await.is_err() {
            tracing::warn!("not all connections could be closed in order");
        }
    }
}
