//! The life of connections: opened, weighed against one another, used, given up.

use std::sync::Arc;

use libp2p::PeerId;
use libp2p::core::ConnectedPoint;
use libp2p::swarm::{ConnectionError, ConnectionId};
use tokio::time::Instant;

use super::Driver;
use super::peer::{Connection, Dialler, PartialStreams, SecondConnection, Stage, weigh};
use crate::network::ConnectionSerial;
use crate::network::behaviour::ConversationNote;
use crate::network::cause::{Blame, DialCause, DisconnectCause};
use crate::network::handler::HandlerNote;
use crate::network::limits;
use crate::network::session::{OpenStreams, Session, SessionId, SessionNote};

impl Driver {
    /// A connection is authenticated and admitted; that is not yet success, for the other side
    /// may drop it in the same moment.
    pub(super) fn on_established(&mut self, id: PeerId, connection: ConnectionId, endpoint: &ConnectedPoint) {
        let now = Instant::now();
        let deadline = now + self.timing.opening_timeout;
        let Some(peer) = self.peers.get_mut(&id) else {
            return self.close_connection(connection);
        };
        let dialler = if endpoint.is_dialer() { Dialler::Us } else { Dialler::Them };
        if peer.dialling.as_ref().is_some_and(|dial| dial.connection == connection) {
            peer.dialling = None;
            peer.reached(endpoint.get_remote_address(), now);
        }
        let welcome = dialler == Dialler::Us || peer.schedule.shut_out_for(now).is_none();
        if !welcome || peer.connections.len() >= limits::CONNECTIONS_PER_PEER_MAX {
            tracing::debug!(peer = %id, country = %peer.country, "connection refused for now");
            return self.close_connection(connection);
        }
        self.last_serial += 1;
        let opened = Connection {
            serial: ConnectionSerial(self.last_serial),
            address: endpoint.get_remote_address().clone(),
            dialler,
            stage: Stage::Opening { streams: PartialStreams::default(), deadline },
        };
        peer.connections.insert(connection, opened);
    }

    pub(super) fn on_conversation(&mut self, note: ConversationNote) {
        let ConversationNote { peer: id, connection, note } = note;
        let Some(entry) = self.peers.get_mut(&id).and_then(|peer| peer.connections.get_mut(&connection)) else {
            return;
        };
        match (note, &mut entry.stage) {
            (HandlerNote::Opened { direction, kind, stream }, Stage::Opening { streams, .. }) => {
                streams.add(direction, kind, stream);
                self.open_if_complete(id, connection);
            }
            (HandlerNote::Stray, Stage::InUse(session)) => session.stop(DisconnectCause::StrayStream),
            (HandlerNote::OtherProtocol, Stage::Opening { .. }) => {
                self.give_up_opening(&id, connection, DialCause::OtherProtocol);
            }
            (HandlerNote::OpeningFailed(error), Stage::Opening { streams, .. }) => {
                tracing::debug!(peer = %id, %error, "a stream could not be opened");
                let streams_open = streams.count();
                self.give_up_opening(&id, connection, DialCause::NotLetIn { streams_open });
            }
            (HandlerNote::Stray, Stage::Opening { .. }) => {
                self.give_up_opening(&id, connection, DialCause::OtherProtocol);
                self.shut_out(&id);
            }
            (_, Stage::Waiting(_)) => self.give_up(&id, connection),
            (_, Stage::InUse(_)) => {}
        }
    }

    pub(super) fn on_closed(&mut self, id: &PeerId, connection: ConnectionId, cause: Option<ConnectionError>) {
        let Some(entry) = self.peers.get_mut(id).and_then(|peer| peer.connections.get_mut(&connection)) else {
            return;
        };
        match &mut entry.stage {
            Stage::Opening { streams, .. } => {
                let streams_open = streams.count();
                self.give_up_opening(id, connection, DialCause::NotLetIn { streams_open });
            }
            Stage::Waiting(_) => self.give_up(id, connection),
            Stage::InUse(session) => session.stop(match cause {
                Some(ConnectionError::IO(error)) => DisconnectCause::Broken(error),
                Some(ConnectionError::KeepAliveTimeout) | None => DisconnectCause::Closed,
            }),
        }
    }

    pub(super) fn on_session(&mut self, note: SessionNote) {
        match note {
            SessionNote::Answered(SessionId { peer, .. }) => {
                let waiting = self.peers.get(&peer).map(|peer| peer.waiting()).unwrap_or_default();
                for connection in waiting {
                    tracing::debug!(%peer, "second connection dropped: the first one answers");
                    self.give_up(&peer, connection);
                }
            }
            SessionNote::Ended(SessionId { peer, serial }, cause) => self.on_session_ended(peer, serial, &cause),
        }
    }

    /// Stops the session of that serial, if it is the one in use.
    pub(super) fn stop_session(&mut self, id: &PeerId, serial: ConnectionSerial, cause: DisconnectCause) {
        let Some(peer) = self.peers.get_mut(id) else { return };
        if peer.session(serial).is_some() {
            peer.stop(|| cause);
        }
    }

    pub(super) fn expire_openings(&mut self, now: Instant) {
        let mut expired = Vec::new();
        for (id, peer) in &self.peers {
            for (connection, entry) in &peer.connections {
                if let Stage::Opening { streams, deadline } = &entry.stage
                    && *deadline <= now
                {
                    expired.push((*id, *connection, streams.count()));
                }
            }
        }
        for (id, connection, streams_open) in expired {
            self.give_up_opening(&id, connection, DialCause::NotLetIn { streams_open });
        }
    }

    fn open_if_complete(&mut self, id: PeerId, connection: ConnectionId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let rank = peer.rank;
        let in_use = peer.in_use().map(|(_, dialler, session)| (dialler, session.is_stopping()));
        let Some(entry) = peer.connections.get_mut(&connection) else { return };
        let Stage::Opening { streams, .. } = &mut entry.stage else { return };
        let Some(open) = streams.complete() else { return };
        entry.stage = Stage::Waiting(open);
        let new = entry.dialler;
        match in_use {
            None => self.use_best(id),
            // The one in use is on its way out; this one is in line.
            Some((_, true)) => {}
            Some((old, false)) => match weigh(rank, old, new) {
                SecondConnection::TakeNew => peer.stop(|| DisconnectCause::Superseded),
                SecondConnection::ProbeOld => {
                    if let Some((_, _, session)) = peer.in_use() {
                        session.challenge();
                    }
                }
            },
        }
    }

    /// Starts a session on the best of the waiting connections.
    fn use_best(&mut self, id: PeerId) {
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(best) = peer.best_waiting() else { return };
        peer.schedule.pause();
        let Some(entry) = peer.connections.remove(&best) else { return };
        let Connection { serial, address, dialler, stage: Stage::Waiting(streams) } = entry else {
            return;
        };
        tracing::info!(peer = %id, country = %peer.country, connection = %serial, %address, ?dialler, "connected");
        let session = self.session(SessionId { peer: id, serial }, &address, dialler, streams);
        let stage = Stage::InUse(session.start(&mut self.sessions));
        if let Some(peer) = self.peers.get_mut(&id) {
            peer.connections.insert(best, Connection { serial, address, dialler, stage });
            for rest in peer.waiting() {
                self.give_up(&id, rest);
            }
        }
    }

    fn session(&self, id: SessionId, address: &libp2p::Multiaddr, dialler: Dialler, streams: OpenStreams) -> Session {
        Session {
            id,
            address: address.clone(),
            dialled_by_us: dialler == Dialler::Us,
            streams,
            timing: self.timing.clone(),
            events: self.events.clone(),
            notes: self.notes_sender.clone(),
        }
    }

    fn on_session_ended(&mut self, id: PeerId, serial: ConnectionSerial, cause: &Arc<DisconnectCause>) {
        let now = Instant::now();
        let Some(peer) = self.peers.get_mut(&id) else { return };
        let Some(connection) = peer.by_serial(serial) else { return };
        let lasted = match peer.connections.remove(&connection).map(|entry| entry.stage) {
            Some(Stage::InUse(session)) => now.saturating_duration_since(session.since),
            _ => return,
        };
        let country = &peer.country;
        tracing::info!(peer = %id, %country, connection = %serial, ?lasted, %cause, "disconnected");
        if cause.blame() == Blame::Peer {
            let waiting = peer.waiting();
            self.shut_out(&id);
            for rest in waiting {
                self.give_up(&id, rest);
            }
        } else if lasted >= self.timing.stable_after {
            peer.schedule.recover(now, &self.timing, &mut self.random);
        } else {
            peer.schedule.fail(now, &self.timing, &mut self.random);
        }
        self.close_connection(connection);
        self.use_best(id);
    }

    /// The peer broke a rule; it is let in again when this node would dial it itself.
    fn shut_out(&mut self, id: &PeerId) {
        if let Some(peer) = self.peers.get_mut(id) {
            peer.schedule.fail(Instant::now(), &self.timing, &mut self.random);
            peer.schedule.shut_out();
        }
    }

    /// A connection whose streams did not all open. If this node dialled it, the dial failed.
    fn give_up_opening(&mut self, id: &PeerId, connection: ConnectionId, cause: DialCause) {
        self.close_connection(connection);
        let Some(peer) = self.peers.get_mut(id) else { return };
        let Some(entry) = peer.connections.remove(&connection) else { return };
        if !peer.connections.is_empty() {
            return;
        }
        match entry.dialler {
            Dialler::Us => self.dial_failed(id, cause),
            Dialler::Them => {
                tracing::debug!(peer = %id, %cause, "incoming connection came to nothing");
                // Its attempts do not put off this node's own, but a dial that gave way to it is due again.
                if peer.schedule.next().is_none() && peer.dialling.is_none() {
                    peer.schedule.fail(Instant::now(), &self.timing, &mut self.random);
                }
            }
        }
    }

    /// An open connection that is not needed.
    fn give_up(&mut self, id: &PeerId, connection: ConnectionId) {
        self.close_connection(connection);
        if let Some(peer) = self.peers.get_mut(id) {
            peer.connections.remove(&connection);
        }
    }
}
