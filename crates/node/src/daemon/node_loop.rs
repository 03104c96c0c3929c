//! The one loop that owns the exchange: inputs in, outputs out, nothing decided here.

mod local_requests;
mod network_events;
mod own_keys;

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;
use std::sync::mpsc::SyncSender;
use std::time::Duration;

use chancery_exchange as exchange;
use chancery_exchange::wire::Stream;
use chancery_exchange::{CallerId, ConnectionId, Exchange, Incoming, Input, Output, OwnIdentity};
use chancery_record::Country;
use chancery_store::Store;
use chancery_treaty::{Law, LawGeneration};
use tokio::sync::mpsc::{self, UnboundedReceiver, UnboundedSender};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use zeroize::Zeroizing;

use self::local_requests::Reply;
use self::network_events::relay;
use super::disk_watch::{Disk, DiskWatch};
use super::documents::{Documents, ReloadOutcome, ReloadReport};
use super::handle::{LocalRequest, LoopReport, PeerNotice, Standing};
use super::limits::{FORGET_MARKS_TICKS, NOTICES_KEPT_MAX, PEER_CHECK_TICKS, TICK_MS};
use super::peers::Peers;
use super::verification::{RawFrame, Verified};
use super::writer::{self, Commit, Written};
use super::{DaemonFault, moment, remembered};
use crate::config::Config;
use crate::directory::NodeDirectory;
use crate::network::{
    Blame, ConnectionSerial, Frame, HangUp, Network, NetworkCommand, NetworkEvent, PeerId, StreamKind,
};

/// What a loop is made of.
pub(super) struct LoopParts {
    pub exchange: Exchange,
    pub identity: OwnIdentity,
    pub config: Arc<Config>,
    pub store: Arc<Store>,
    pub network: Network,
    pub requests: mpsc::Receiver<LocalRequest>,
    pub standing: watch::Sender<Arc<Standing>>,
    pub documents: Documents,
    pub directory: NodeDirectory,
    pub disk_watch: DiskWatch,
}

/// The loop, owned by one task.
pub(super) struct NodeLoop {
    own: Country,
    started: std::time::Instant,
    exchange: Exchange,
    identity: OwnIdentity,
    config: Arc<Config>,
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
    callers: BTreeMap<CallerId, Reply>,
    next_caller: u64,
    verified: UnboundedSender<Verified>,
    report: LoopReport,
    notices: VecDeque<PeerNotice>,
    causes: BTreeMap<Country, String>,
    ticks: u64,
    /// Ends when the network driver has.
    driver: JoinHandle<()>,
    /// The tick at which the node moves to another network identity.
    moving_at: Option<u64>,
    /// The transport key under which the network is to be started, while it does not run.
    seed_to_start: Option<Zeroizing<[u8; 32]>>,
    /// Events of a network that was started again; they take the place of those of the last one.
    fresh_events: Option<UnboundedReceiver<NetworkEvent>>,
    /// Why this node hung up on a peer, until the driver says that the connection has ended.
    hang_ups: BTreeMap<Country, String>,
    disk_watch: DiskWatch,
    disk: Disk,
    /// Ledger frames that wait for room on the disk; bounded by the driver's read credit.
    held_back: VecDeque<Verified>,
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
        let LoopParts {
            exchange,
            identity,
            config,
            store,
            network,
            requests,
            standing,
            documents,
            directory,
            disk_watch,
        } = parts;
        let (written, written_queue) = mpsc::unbounded_channel();
        let (verified, verified_queue) = mpsc::unbounded_channel();
        let commits = writer::start(Arc::clone(&store), written)?;
        let generation = exchange.law().generation();
        let node = Self {
            own,
            started: std::time::Instant::now(),
            exchange,
            identity,
            config,
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
            driver: network.driver,
            moving_at: None,
            seed_to_start: None,
            fresh_events: None,
            hang_ups: BTreeMap::new(),
            disk: disk_watch.look(),
            disk_watch,
            held_back: VecDeque::new(),
        };
        Ok(tokio::spawn(node.run(network.events, requests, written_queue, verified_queue)))
    }

    /// Takes what has happened, commits first, so that what is durable is acknowledged before more is begun.
    async fn run(
        mut self,
        events: mpsc::Receiver<NetworkEvent>,
        mut requests: mpsc::Receiver<LocalRequest>,
        mut written: UnboundedReceiver<Written>,
        mut verified: UnboundedReceiver<Verified>,
    ) -> Result<(), DaemonFault> {
        let mut tick = tokio::time::interval(Duration::from_millis(TICK_MS));
        let mut events = relay(events);
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
            if let Some(fresh) = self.fresh_events.take() {
                events = fresh;
            }
        };
        let _ = self.commands.send(NetworkCommand::Shutdown).await;
        let _ = (&mut self.driver).await;
        ended
    }

    async fn on_written(&mut self, written: Written) -> Result<Course, DaemonFault> {
        match written {
            Written::Stored(ticket) => self.take(Input::Stored { ticket }).await,
            Written::Lost(why) => Err(DaemonFault::Commit(why)),
        }
    }

    async fn on_verified(&mut self, verified: Verified) -> Result<Course, DaemonFault> {
        // INVARIANT (acknowledged means durable): a disk without room gives no receipt; the frames wait in their order.
        let brings_records = matches!(verified.message, Ok(Incoming::Batch(_) | Incoming::OpenEpoch(_)));
        if brings_records && (self.disk == Disk::Low || !self.held_back.is_empty()) {
            self.held_back.push_back(verified);
            return Ok(Course::Go);
        }
        self.deal_with(verified).await
    }

    async fn deal_with(&mut self, verified: Verified) -> Result<Course, DaemonFault> {
        let Verified { peer, connection, message, credit, dealt_with } = verified;
        let course = self.take(Input::Received { peer, connection, message }).await;
        drop(credit);
        if let Some(dealt_with) = dealt_with {
            let _ = dealt_with.send(());
        }
        course
    }

    async fn on_tick(&mut self) -> Result<Course, DaemonFault> {
        self.ticks += 1;
        self.move_when_due().await?;
        self.look_at_disk().await?;
        if self.ticks.is_multiple_of(PEER_CHECK_TICKS) {
            self.renew_peers().await;
            self.renew_identity().await?;
        }
        if self.ticks.is_multiple_of(FORGET_MARKS_TICKS) && !self.exchange.clock_has_jumped() {
            self.forget_marks();
        }
        let now = moment(self.started).wall;
        if self.exchange.law().next_change().is_some_and(|change| change <= now) {
            self.compile().await?;
        }
        self.take(Input::Tick).await
    }

    /// Lets go of marks whose day has passed: by then every node refuses by date what they blocked.
    fn forget_marks(&self) {
        let store = Arc::clone(&self.store);
        let today = moment(self.started).wall.date();
        tokio::task::spawn_blocking(move || {
            if let Err(fault) = store.forget_marks(today) {
                tracing::error!(%fault, "marks that are over could not be removed");
            }
        });
    }

    /// Room again: what was held back is dealt with first.
    async fn look_at_disk(&mut self) -> Result<(), DaemonFault> {
        // Files that nobody can find again take no more words: what is said into them is gone with the process.
        if self.disk_watch.is_gone() {
            return Err(DaemonFault::StoreGone);
        }
        let disk = self.disk_watch.look();
        if disk != self.disk {
            match disk {
                Disk::Low => tracing::error!("the disk has less free space than configured: nothing new is accepted"),
                Disk::Ample => tracing::info!("the disk has room again"),
            }
            self.disk = disk;
        }
        while self.disk == Disk::Ample
            && let Some(verified) = self.held_back.pop_front()
        {
            self.deal_with(verified).await?;
        }
        Ok(())
    }

    /// Reads the directory again; a fault leaves everything as it was.
    async fn reload(&mut self) -> Result<ReloadReport, DaemonFault> {
        match Documents::read(&self.directory, self.own) {
            Ok(mut documents) => {
                let now = moment(self.started).wall;
                remembered::join(&mut documents, &self.store, self.own, now)?;
                self.documents = documents;
                self.compile().await?;
                self.renew_peers().await;
                self.renew_identity().await?;
            }
            Err(fault) => {
                tracing::error!(%fault, "the directory was not reloaded");
                let mut report = self.documents.report.clone();
                report.refused = vec![fault.told()];
                report.outcome = ReloadOutcome::Kept;
                report.law_generation = self.generation.0;
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
            Output::Disconnect { peer, connection, why } => self.hang_up(peer, connection, why).await,
            Output::Answer { caller, answer } => {
                if let Some(reply) = self.callers.remove(&caller) {
                    reply.answer(answer);
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

    async fn hang_up(&mut self, peer: Country, connection: ConnectionId, why: exchange::HangUp) {
        let (blame, cause) = match why {
            exchange::HangUp::Violation(why) => {
                tracing::warn!(%peer, %why, "hanging up");
                self.hang_ups.insert(peer, why.clone());
                self.notice(peer, why);
                (Blame::Peer, "the peer broke the exchange protocol")
            }
            exchange::HangUp::Afresh => (Blame::Us, "what could not be taken before may be taken now"),
            exchange::HangUp::OwnKeys => (Blame::Us, "this node's keys have changed"),
            exchange::HangUp::PeerKeys => (Blame::Us, "the peer's certificate has been revoked or is over"),
        };
        if let Some(open) = self.connections.get(&connection) {
            let (peer, connection) = (open.peer, open.serial);
            self.command(NetworkCommand::Disconnect { peer, connection, why: HangUp { blame, cause } }).await;
        }
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
}

fn stream_kind(stream: Stream) -> StreamKind {
    match stream {
        Stream::Control => StreamKind::Control,
        Stream::Ledger => StreamKind::Ledger,
        Stream::Obligations => StreamKind::Obligations,
    }
}
