//! Keys that change while the node runs: its own, with the network it speaks in, and those of others.

use std::sync::Arc;

use chancery_exchange::{Input, OwnIdentity};
use chancery_record::{Country, SignedByCountry};
use zeroize::Zeroizing;

use super::network_events::relay;
use super::{NodeLoop, moment};
use crate::daemon::handle::Standing;
use crate::daemon::limits::MOVE_TICKS;
use crate::daemon::peers::Peers;
use crate::daemon::{DaemonFault, own_identity, start_network};
use crate::learned_keys::LearnedKeys;
use crate::network::NetworkCommand;

impl NodeLoop {
    /// Takes up keys and certificates that have come into effect. Another transport key is another network identity: the
    /// node leaves the network and comes back under it.
    pub(super) async fn renew_identity(&mut self) -> Result<(), DaemonFault> {
        let now = moment(self.started).wall;
        let (identity, seed) = match own_identity(&self.directory, &self.config, now) {
            Ok(own) => own,
            Err(fault) => {
                tracing::error!(%fault, "the node's own keys cannot be read again; it goes on with those it has");
                return Ok(());
            }
        };
        if identity == self.identity {
            return Ok(());
        }
        let moves = identity.transport_key != self.identity.transport_key;
        if moves && self.moving_at.is_none_or(|due| self.ticks < due) {
            return self.announce_move(&identity).await;
        }
        self.moving_at = None;
        self.identity = identity.clone();
        if moves {
            tracing::info!("another transport key is in effect: the node leaves the network and comes back under it");
            self.leave_network().await?;
            self.seed_to_start = Some(seed);
        } else {
            tracing::info!("other certificates are in effect");
        }
        self.take(Input::Identity(Box::new(identity))).await?;
        self.join_network().await;
        Ok(())
    }

    /// Looks whether the node is due to move to another network identity.
    pub(super) async fn move_when_due(&mut self) -> Result<(), DaemonFault> {
        if self.moving_at.is_some_and(|due| due <= self.ticks) {
            self.renew_identity().await?;
        }
        self.join_network().await;
        Ok(())
    }

    /// Tells the peers that are connected of the certificate under which the node will come back, or they would not let it in.
    async fn announce_move(&mut self, identity: &OwnIdentity) -> Result<(), DaemonFault> {
        if self.moving_at.is_none() {
            tracing::info!("another transport key is in effect: the peers that are connected are told of it first");
            self.moving_at = Some(self.ticks.saturating_add(MOVE_TICKS));
        }
        let announced = OwnIdentity {
            certificates: identity.certificates.clone(),
            revocations: identity.revocations.clone(),
            ..self.identity.clone()
        };
        if announced != self.identity {
            self.identity = announced.clone();
            self.take(Input::Identity(Box::new(announced))).await?;
        }
        Ok(())
    }

    /// Starts the network under the key in effect, where it does not run; tried again with every tick.
    async fn join_network(&mut self) {
        let Some(seed) = self.seed_to_start.take() else { return };
        match start_network(Zeroizing::clone(&seed), &self.config) {
            Ok(network) => {
                self.commands = network.commands;
                self.driver = network.driver;
                self.fresh_events = Some(relay(network.events));
                // The new driver admits nobody yet.
                self.peers = Peers::default();
                self.renew_peers().await;
            }
            Err(fault) => {
                // The system lets go of the old sockets a moment after they are closed.
                tracing::warn!(%fault, "the network is not started again yet; it is tried again in a second");
                self.seed_to_start = Some(seed);
            }
        }
    }

    async fn leave_network(&mut self) -> Result<(), DaemonFault> {
        self.command(NetworkCommand::Shutdown).await;
        let _ = (&mut self.driver).await;
        self.report.listening.clear();
        for (connection, ended) in std::mem::take(&mut self.connections) {
            self.take(Input::Disconnected { peer: ended.country, connection }).await?;
        }
        Ok(())
    }

    /// Certificates and revocations of a country count from now on, and after a restart.
    ///
    /// INVARIANT (acknowledged means durable): what was learned is on disk before it counts, so that no record is refused
    /// today under a key that would be believed again tomorrow.
    pub(super) async fn learn(
        &mut self,
        country: Country,
        certificates: &[SignedByCountry],
        revocations: &[SignedByCountry],
    ) {
        let mut roster = self.documents.roster.clone();
        if roster.learn(country, certificates, revocations).is_err() || roster == self.documents.roster {
            return;
        }
        if let Some(news) = roster.news_of(country)
            && let Err(fault) = LearnedKeys::of(&self.directory).keep(&news)
        {
            tracing::error!(%fault, "what was learned of a country's keys is not kept beyond this run");
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
        // Called while outputs are carried out: what follows from it is among those still to come.
        let _ = self.exchange.handle(now, Input::Roster(roster), self.store.as_ref());
    }
}
