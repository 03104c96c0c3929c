//! The one loop that owns the exchange: inputs in, outputs out, nothing decided here.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use chancery_exchange::wire::Stream;
use chancery_exchange::{Answer, CallerId, ConnectionId, Exchange, Input, Output};
use chancery_record::Country;
use chancery_store::Store;
use chancery_treaty::{Law, LawGeneration};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

use super::documents::{Documents, ReloadReport};
use super::handle::{LocalRequest, LoopReport, PeerNotice, Standing};
use super::limits::{NOTICES_KEPT_MAX, PEER_CHECK_TICKS, TICK_MS};
use super::peers::Peers;
use super::verification::{RawFrame, Verified, verify_connection};
use super::writer::{self, Commit, Written};
use super::{DaemonFault, moment};
use crate::directory::NodeDirectory;
use crate::network::{
    Blame, ConnectionSerial, Frame, HangUp, Network, NetworkCommand, NetworkEvent, PeerId, StreamKind,
};

/// What a loop is made of.
pub(super) struct LoopParts {
    pub exchange: Exchange,
    pub store: Arc<Store>,
    pub network: Network,
    pub requests: mpsc::Receiver<LocalRequest>,
    pub standing: watch::Sender<Arc<Standing>>,
    pub documents: Documents,
    pub directory: NodeDirectory,
}

/// The loop, owned by one task.
pub(super) struct NodeLoop {
    own: Country,
    started: std::time::Instant,
    exchange: Exchange,
    store: Arc<Store>,
    commits: SyncSender<Commit>,
    commands: mpsc::Sender<NetworkCommand>,
    standing: watch::Sender<Arc<Standing>>,
    documents: Documents,
    directory: NodeDirectory,
    generation: LawGeneration,
    peers: Peers,
    connections: BTreeMap<ConnectionId, Connection>,
    next_connection: u64,
    callers: BTreeMap<CallerId, oneshot::Sender<Answer>>,
    next_caller: u64,
    verified: UnboundedSender<Verified>,
    report: LoopReport,
    notices: VecDeque<PeerNotice>,
    causes: BTreeMap<Country, String>,
    ticks: u64,
}

/// A live connection as the driver names it.
struct Connection {
    peer: PeerId,
    country: Country,
    serial: ConnectionSerial,
    /// Bounded by the driver's read credit for the connection.
    frames: UnboundedSender<RawFrame>,
}

/// Whether the loop goes on.
#[derive(PartialEq, Eq)]
enum Course {
    Go,
    Stop,
}

impl NodeLoop {
    /// Starts the writer and the loop.
    pub fn spawn(parts: LoopParts, own: Country) -> std::io::Result<JoinHandle<Result<(), DaemonFault>>> {
        let LoopParts { exchange, store, network, requests, standing, documents, directory } = parts;
        let (written, written_queue) = mpsc::unbounded_channel();
        let (verified, verified_queue) = mpsc::unbounded_channel();
        let commits = writer::start(Arc::clone(&store), written)?;
        let generation = exchange.law().generation();
        let node = Self {
            own,
            started: std::time::Instant::now(),
            exchange,
            store,
            commits,
            commands: network.commands.clone(),
            standing,
            documents,
            directory,
            generation,
            peers: Peers::default(),
            connections: BTreeMap::new(),
            next_connection: 0,
            callers: BTreeMap::new(),
            next_caller: 0,
            verified,
            report: LoopReport::default(),
            notices: VecDeque::new(),
            causes: BTreeMap::new(),
            ticks: 0,
        };
        Ok(tokio::spawn(node.run(network, requests, written_queue, verified_queue)))
    }

    /// Takes what has happened, commits first, so that what is durable is acknowledged before more is begun.
    async fn run(
        mut self,
        mut network: Network,
        mut requests: mpsc::Receiver<LocalRequest>,
        mut written: UnboundedReceiver<Written>,
        mut verified: UnboundedReceiver<Verified>,
    ) -> Result<(), DaemonFault> {
        let mut tick = tokio::time::interval(Duration::from_millis(TICK_MS));
        let mut events = relay(network.events);
        self.renew_peers().await;
        let ended = loop {
            let course = tokio::select! {
                biased;
                Some(written) = written.recv() => self.on_written(written).await,
                Some(verified) = verified.recv() => self.on_verified(verified).await,
                Some(event) = events.recv() => self.on_network(event).await,
                Some(request) = requests.recv() => self.on_request(request).await,
                _ = tick.tick() => self.on_tick().await,
                else => Ok(Course::Stop),
            };
            match course {
                Ok(Course::Go) => {}
                Ok(Course::Stop) => break Ok(()),
                Err(fault) => break Err(fault),
            }
        };
        let _ = self.commands.send(NetworkCommand::Shutdown).await;
        let _ = (&mut network.driver).await;
        ended
    }

    async fn on_written(&mut self, written: Written) -> Result<Course, DaemonFault> {
        match written {
            Written::Stored(ticket) => self.take(Input::Stored { ticket }).await,
            Written::Lost(why) => Err(DaemonFault::Commit(why)),
        }
    }

    async fn on_verified(&mut self, verified: Verified) -> Result<Course, DaemonFault> {
        let Verified { peer, connection, message, credit, dealt_with } = verified;
        let course = self.take(Input::Received { peer, connection, message }).await;
        drop(credit);
        if let Some(dealt_with) = dealt_with {
            let _ = dealt_with.send(());
        }
        course
    }

    async fn on_network(&mut self, event: NetworkEvent) -> Result<Course, DaemonFault> {
        match event {
            NetworkEvent::Listening { address } => {
                tracing::info!(%address, "listening");
                self.report.listening.push(address.to_string());
                Ok(Course::Go)
            }
            NetworkEvent::ListenerLost { addresses, .. } => {
                let lost: Vec<String> = addresses.iter().map(ToString::to_string).collect();
                tracing::warn!(?lost, "no longer listening");
                self.report.listening.retain(|address| !lost.contains(address));
                Ok(Course::Go)
            }
            NetworkEvent::Connected { peer, connection, address, dialled_by_us } => {
                self.on_connected(peer, connection, &address.to_string(), dialled_by_us).await
            }
            NetworkEvent::Disconnected { peer, connection, cause } => {
                let Some(id) = self.connection_of(peer, connection) else {
                    return Ok(Course::Go);
                };
                let Some(ended) = self.connections.remove(&id) else {
                    return Ok(Course::Go);
                };
                tracing::info!(peer = %ended.country, %cause, "disconnected");
                self.causes.insert(ended.country, cause.to_string());
                self.take(Input::Disconnected { peer: ended.country, connection: id }).await
            }
            NetworkEvent::Permit { peer, connection, stream } => match self.connection_of(peer, connection) {
                Some(id) => {
                    let country = self.country_of(id);
                    self.take(Input::Permit { peer: country, connection: id, stream: stream_of(stream) }).await
                }
                None => Ok(Course::Go),
            },
            NetworkEvent::Frame { peer, connection, stream, frame, credit } => {
                if let Some(open) = self.connection_of(peer, connection).and_then(|id| self.connections.get(&id)) {
                    let _ = open.frames.send(RawFrame { stream: stream_of(stream), frame, credit });
                }
                Ok(Course::Go)
            }
            NetworkEvent::DialFailed { peer, cause, next_attempt_in } => {
                if let Some((country, _)) = self.peers.country(&peer) {
                    tracing::debug!(peer = %country, %cause, ?next_attempt_in, "dial failed");
                    self.causes.insert(country, cause.to_string());
                }
                Ok(Course::Go)
            }
        }
    }

    async fn on_connected(
        &mut self,
        peer: PeerId,
        serial: ConnectionSerial,
        address: &str,
        dialled_by_us: bool,
    ) -> Result<Course, DaemonFault> {
        let Some((country, transport_key)) = self.peers.country(&peer) else {
            return Ok(Course::Go);
        };
        tracing::info!(peer = %country, address, dialled_by_us, "connected");
        self.causes.remove(&country);
        self.next_connection += 1;
        let connection = ConnectionId(self.next_connection);
        let (frames, queue) = mpsc::unbounded_channel();
        self.connections.insert(connection, Connection { peer, country, serial, frames });
        tokio::spawn(verify_connection(
            self.own,
            country,
            connection,
            queue,
            self.standing.subscribe(),
            self.verified.clone(),
        ));
        self.take(Input::Connected { peer: country, connection, transport_key }).await
    }

    async fn on_request(&mut self, request: LocalRequest) -> Result<Course, DaemonFault> {
        match request {
            LocalRequest::Publish { actor, publications, reply } => {
                let caller = self.caller(reply);
                self.take(Input::Publish { caller, actor, publications }).await
            }
            LocalRequest::Withdraw { actor, lineage, reason, reply } => {
                let caller = self.caller(reply);
                self.take(Input::Withdraw { caller, actor, lineage, reason }).await
            }
            LocalRequest::Audit { entry, reply } => {
                let caller = self.caller(reply);
                self.take(Input::Audit { caller, entry }).await
            }
            LocalRequest::ConfirmClock { actor, reply } => {
                let caller = self.caller(reply);
                self.take(Input::ConfirmClock { caller, actor }).await
            }
            LocalRequest::Reload { reply } => {
                let report = self.reload().await?;
                let _ = reply.send(report);
                Ok(Course::Go)
            }
            LocalRequest::Retry { peer, reply } => {
                let keys: Vec<PeerId> = self.peers.of(peer).collect();
                let _ = reply.send(!keys.is_empty());
                for peer in keys {
                    self.command(NetworkCommand::Retry { peer }).await;
                }
                Ok(Course::Go)
            }
            LocalRequest::Sessions { reply } => {
                let _ = reply.send(self.loop_report());
                Ok(Course::Go)
            }
            LocalRequest::Network { reply } => {
                self.command(NetworkCommand::Inspect { reply }).await;
                Ok(Course::Go)
            }
            LocalRequest::Shutdown => Ok(Course::Stop),
        }
    }

    fn loop_report(&self) -> LoopReport {
        LoopReport {
            sessions: self.exchange.session_states(),
            clock_jumped: self.exchange.clock_has_jumped(),
            notices: self.notices.iter().cloned().collect(),
            last_causes: self.causes.iter().map(|(peer, cause)| (*peer, cause.clone())).collect(),
            listening: self.report.listening.clone(),
        }
    }

    async fn on_tick(&mut self) -> Result<Course, DaemonFault> {
        self.ticks += 1;
        if self.ticks.is_multiple_of(PEER_CHECK_TICKS) {
            self.renew_peers().await;
        }
        let now = moment(self.started).wall;
        if self.exchange.law().next_change().is_some_and(|change| change <= now) {
            self.compile().await?;
        }
        self.take(Input::Tick).await
    }

    /// Reads the directory again; a fault leaves everything as it was.
    async fn reload(&mut self) -> Result<ReloadReport, DaemonFault> {
        match Documents::read(&self.directory, self.own) {
            Ok(documents) => {
                self.documents = documents;
                self.compile().await?;
                self.renew_peers().await;
            }
            Err(fault) => {
                tracing::error!(%fault, "the directory was not reloaded");
                let mut report = self.documents.report.clone();
                report.refused.push(super::documents::RefusedFile {
                    file: self.directory.root().display().to_string(),
                    why: fault.to_string(),
                });
                return Ok(report);
            }
        }
        self.documents.report.law_generation = self.generation.0;
        Ok(self.documents.report.clone())
    }

    /// Compiles the law of this moment and hands it to the exchange.
    async fn compile(&mut self) -> Result<(), DaemonFault> {
        self.generation = LawGeneration(self.generation.0.saturating_add(1));
        let now = moment(self.started).wall;
        let standing =
            Documents::standing(&self.documents.book, &self.documents.roster, self.own, now, self.generation);
        let (law, roster): (Arc<Law>, _) = (Arc::clone(&standing.law), Arc::clone(&standing.roster));
        self.standing.send_replace(Arc::new(standing));
        self.take(Input::Roster(roster)).await?;
        self.take(Input::Law(law)).await?;
        Ok(())
    }

    async fn renew_peers(&mut self) {
        let now = moment(self.started).wall;
        for command in self.peers.renew(self.own, &self.documents.roster, &self.documents.cards, now) {
            self.command(command).await;
        }
    }

    /// One input, and everything that follows from it.
    async fn take(&mut self, input: Input) -> Result<Course, DaemonFault> {
        let now = moment(self.started);
        self.exchange.handle(now, input, self.store.as_ref())?;
        while let Some(output) = self.exchange.poll_output() {
            self.carry_out(output).await?;
        }
        Ok(Course::Go)
    }

    async fn carry_out(&mut self, output: Output) -> Result<(), DaemonFault> {
        match output {
            Output::Persist { ticket, changes } => {
                let gone = |_| DaemonFault::Commit("the writer has stopped".into());
                // The writer never waits for the loop, so a full queue empties by itself.
                self.commits.send(Commit { ticket, changes }).map_err(gone)?;
            }
            Output::Send { connection, frame, .. } => {
                if let Some(open) = self.connections.get(&connection) {
                    let (peer, serial, stream) = (open.peer, open.serial, stream_kind(frame.stream()));
                    let frame = Frame { kind: frame.kind() as u8, body: frame.into_body() };
                    self.command(NetworkCommand::Send { peer, connection: serial, stream, frame }).await;
                }
            }
            Output::Disconnect { peer, connection, why } => {
                tracing::warn!(%peer, %why, "hanging up");
                self.notice(peer, why);
                if let Some(open) = self.connections.get(&connection) {
                    let (key, serial) = (open.peer, open.serial);
                    let why = HangUp { blame: Blame::Peer, cause: "the peer broke the exchange protocol" };
                    self.command(NetworkCommand::Disconnect { peer: key, connection: serial, why }).await;
                }
            }
            Output::Answer { caller, answer } => {
                if let Some(reply) = self.callers.remove(&caller) {
                    let _ = reply.send(answer);
                }
            }
            Output::Learned { country, certificates, revocations } => {
                self.learn(country, &certificates, &revocations).await;
            }
            Output::Notice { peer, text } => {
                tracing::warn!(%peer, %text, "notice");
                self.notice(peer, text);
            }
        }
        Ok(())
    }

    /// Certificates that a peer brought along count from now on; a card imported later brings them again.
    async fn learn(
        &mut self,
        country: Country,
        certificates: &[chancery_record::SignedByCountry],
        revocations: &[chancery_record::SignedByCountry],
    ) {
        let mut roster = self.documents.roster.clone();
        if roster.learn(country, certificates, revocations).is_err() || roster == self.documents.roster {
            return;
        }
        self.documents.roster = roster;
        let roster = Arc::new(self.documents.roster.clone());
        let before = Arc::clone(&self.standing.borrow());
        self.standing.send_replace(Arc::new(Standing {
            law: Arc::clone(&before.law),
            book: Arc::clone(&before.book),
            roster: Arc::clone(&roster),
        }));
        self.renew_peers().await;
        let now = moment(self.started);
        // Taking a roster reads nothing and says nothing, so it cannot fail or nest.
        let _ = self.exchange.handle(now, Input::Roster(roster), self.store.as_ref());
    }

    fn notice(&mut self, peer: Country, text: String) {
        if self.notices.len() >= NOTICES_KEPT_MAX {
            self.notices.pop_front();
        }
        self.notices.push_back(PeerNotice { at: moment(self.started).wall, peer, text });
    }

    async fn command(&self, command: NetworkCommand) {
        // The driver ends only with the node; what is then unsaid concerns nobody.
        let _ = self.commands.send(command).await;
    }

    fn caller(&mut self, reply: oneshot::Sender<Answer>) -> CallerId {
        self.next_caller += 1;
        let caller = CallerId(self.next_caller);
        self.callers.insert(caller, reply);
        caller
    }

    fn connection_of(&self, peer: PeerId, serial: ConnectionSerial) -> Option<ConnectionId> {
        self.connections.iter().find(|(_, open)| open.peer == peer && open.serial == serial).map(|(id, _)| *id)
    }

    fn country_of(&self, id: ConnectionId) -> Country {
        self.connections.get(&id).map_or(self.own, |open| open.country)
    }
}

/// Reads the driver's events at once, whatever the loop is doing, so that loop and driver never wait for each other.
/// What can wait here is bounded by the driver: a permit per stream, and frames by their read credit.
fn relay(mut events: mpsc::Receiver<NetworkEvent>) -> UnboundedReceiver<NetworkEvent> {
    let (relayed, queue) = mpsc::unbounded_channel();
    tokio::spawn(async move {
        while let Some(event) = events.recv().await {
            if relayed.send(event).is_err() {
                return;
            }
        }
    });
    queue
}

fn stream_of(kind: StreamKind) -> Stream {
    match kind {
        StreamKind::Control => Stream::Control,
        StreamKind::Ledger => Stream::Ledger,
        StreamKind::Obligations => Stream::Obligations,
    }
}

fn stream_kind(stream: Stream) -> StreamKind {
    match stream {
        Stream::Control => StreamKind::Control,
        Stream::Ledger => StreamKind::Ledger,
        Stream::Obligations => StreamKind::Obligations,
    }
}
