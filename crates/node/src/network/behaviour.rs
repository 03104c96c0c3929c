//! The rules under which the swarm lets connections live.

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use libp2p::allow_block_list::{self, AllowedPeers};
use libp2p::connection_limits::{self, ConnectionLimits};
use libp2p::core::Endpoint;
use libp2p::core::transport::PortUse;
use libp2p::swarm::{
    ConnectionDenied, ConnectionId, FromSwarm, NetworkBehaviour, THandlerInEvent, THandlerOutEvent, ToSwarm,
};
use libp2p::{Multiaddr, PeerId};

use super::handler::{HandlerNote, OpeningHandler};
use super::limits;
use super::streams::StreamKind;

/// INVARIANT (nothing beyond the view): the allow-list stands first, so a stranger's connection is
/// dropped before a handler exists that could answer on a stream.
#[derive(NetworkBehaviour)]
pub(super) struct Behaviour {
    pub(super) allowed: allow_block_list::Behaviour<AllowedPeers>,
    limits: connection_limits::Behaviour,
    pub(super) conversations: Conversations,
}

impl Behaviour {
    pub(super) fn new(opening_timeout: Duration) -> Self {
        let limits = ConnectionLimits::default()
            .with_max_pending_incoming(Some(limits::PENDING_INCOMING_MAX))
            .with_max_established_incoming(Some(limits::ESTABLISHED_INCOMING_MAX));
        Self {
            allowed: allow_block_list::Behaviour::default(),
            limits: connection_limits::Behaviour::new(limits),
            conversations: Conversations {
                opens: StreamKind::ALL.to_vec(),
                opening_timeout,
                notes: VecDeque::new(),
                waker: None,
            },
        }
    }
}

/// A handler's word with the connection it came from.
#[derive(Debug)]
pub(super) struct ConversationNote {
    pub(super) peer: PeerId,
    pub(super) connection: ConnectionId,
    pub(super) note: HandlerNote,
}

/// Gives every connection its handler and passes on what the handlers say.
pub(super) struct Conversations {
    /// The streams this side opens on each connection.
    pub(super) opens: Vec<StreamKind>,
    opening_timeout: Duration,
    notes: VecDeque<ConversationNote>,
    waker: Option<Waker>,
}

impl NetworkBehaviour for Conversations {
    type ConnectionHandler = OpeningHandler;
    type ToSwarm = ConversationNote;

    fn handle_established_inbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: &Multiaddr,
    ) -> Result<OpeningHandler, ConnectionDenied> {
        Ok(OpeningHandler::new(&self.opens, self.opening_timeout))
    }

    fn handle_established_outbound_connection(
        &mut self,
        _: ConnectionId,
        _: PeerId,
        _: &Multiaddr,
        _: Endpoint,
        _: PortUse,
    ) -> Result<OpeningHandler, ConnectionDenied> {
        Ok(OpeningHandler::new(&self.opens, self.opening_timeout))
    }

    fn on_swarm_event(&mut self, _: FromSwarm<'_>) {}

    fn on_connection_handler_event(&mut self, peer: PeerId, connection: ConnectionId, note: THandlerOutEvent<Self>) {
        self.notes.push_back(ConversationNote { peer, connection, note });
        if let Some(waker) = self.waker.take() {
            waker.wake();
        }
    }

    fn poll(&mut self, context: &mut Context<'_>) -> Poll<ToSwarm<ConversationNote, THandlerInEvent<Self>>> {
        if let Some(note) = self.notes.pop_front() {
            return Poll::Ready(ToSwarm::GenerateEvent(note));
        }
        self.waker = Some(context.waker().clone());
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Whether a handler would be made for a connection that `peer` has dialled.
    fn lets_in(behaviour: &mut Behaviour, peer: PeerId, serial: usize) -> bool {
        let address: Multiaddr = "/ip4/127.0.0.1/tcp/1".parse().unwrap();
        let connection = ConnectionId::new_unchecked(serial);
        behaviour.handle_established_inbound_connection(connection, peer, &address, &address).is_ok()
    }

    #[test]
    fn no_handler_is_made_for_a_stranger() {
        let (admitted, stranger) = (PeerId::random(), PeerId::random());
        let mut behaviour = Behaviour::new(Duration::from_secs(1));
        assert!(!lets_in(&mut behaviour, admitted, 1));
        behaviour.allowed.allow_peer(admitted);
        assert!(lets_in(&mut behaviour, admitted, 2));
        assert!(!lets_in(&mut behaviour, stranger, 3));
        behaviour.allowed.disallow_peer(admitted);
        assert!(!lets_in(&mut behaviour, admitted, 4));
    }
}
