//! What the network driver tells the loop.

use chancery_exchange::wire::Stream;
use chancery_exchange::{ConnectionId, Input};
use chancery_record::Country;
use tokio::sync::mpsc::{self, UnboundedReceiver};

use super::{Connection, Course, NodeLoop};
use crate::daemon::DaemonFault;
use crate::daemon::verification::{RawFrame, verify_connection};
use crate::network::{ConnectionSerial, NetworkEvent, PeerId, StreamKind};

impl NodeLoop {
    pub(super) async fn on_network(&mut self, event: NetworkEvent) -> Result<Course, DaemonFault> {
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
                tracing::debug!(peer = %ended.country, %cause, "disconnected");
                let why = self.hang_ups.remove(&ended.country).unwrap_or_else(|| cause.to_string());
                self.causes.insert(ended.country, why);
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
        tracing::debug!(peer = %country, address, dialled_by_us, "connected");
        self.hang_ups.remove(&country);
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

    fn connection_of(&self, peer: PeerId, serial: ConnectionSerial) -> Option<ConnectionId> {
        self.connections.iter().find(|(_, open)| open.peer == peer && open.serial == serial).map(|(id, _)| *id)
    }

    fn country_of(&self, id: ConnectionId) -> Country {
        self.connections.get(&id).map_or(self.own, |open| open.country)
    }
}

/// Reads the driver's events at once, whatever the loop is doing, so that loop and driver never wait for each other.
/// What can wait here is bounded by the driver: a permit per stream, and frames by their read credit.
pub(super) fn relay(mut events: mpsc::Receiver<NetworkEvent>) -> UnboundedReceiver<NetworkEvent> {
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
