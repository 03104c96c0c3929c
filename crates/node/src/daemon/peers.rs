//! Which transport keys belong to which country, and which of them are admitted.

use std::collections::{BTreeMap, BTreeSet};

use chancery_record::{ContactCard, Country, Instant, PublicKey, SignedCard, TrustRoster};

use crate::network::{Multiaddr, NetworkCommand, PeerId, peer_id};

/// The admitted transport keys.
#[derive(Debug, Default)]
pub(super) struct Peers {
    admitted: BTreeMap<PeerId, Admitted>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Admitted {
    country: Country,
    transport_key: PublicKey,
    addresses: Vec<Multiaddr>,
}

impl Peers {
    /// Whose key that is.
    pub fn country(&self, peer: &PeerId) -> Option<(Country, PublicKey)> {
        self.admitted.get(peer).map(|admitted| (admitted.country, admitted.transport_key))
    }

    /// The admitted keys of a country.
    pub fn of(&self, country: Country) -> impl Iterator<Item = PeerId> {
        self.admitted.iter().filter(move |(_, admitted)| admitted.country == country).map(|(peer, _)| *peer)
    }

    /// Compares what is admitted with what the certificates say now; gives what the driver must be told.
    ///
    /// Admitted is who has a valid certificate of a country whose card was imported; a revocation closes at once.
    pub fn renew(
        &mut self,
        own: Country,
        roster: &TrustRoster,
        cards: &BTreeMap<Country, (SignedCard, ContactCard)>,
        now: Instant,
    ) -> Vec<NetworkCommand> {
        let mut wanted = BTreeMap::new();
        for country in roster.countries().filter(|country| *country != own) {
            let addresses: Vec<Multiaddr> = cards
                .get(&country)
                .map(|(_, card)| card.addresses.iter().filter_map(|address| address.parse().ok()).collect())
                .unwrap_or_default();
            for certificate in roster.valid_certificates(country, now) {
                if let Ok(peer) = peer_id(&certificate.transport_key.0) {
                    let transport_key = certificate.transport_key;
                    wanted.insert(peer, Admitted { country, transport_key, addresses: addresses.clone() });
                }
            }
        }
        let gone: BTreeSet<PeerId> = self.admitted.keys().filter(|peer| !wanted.contains_key(*peer)).copied().collect();
        let mut commands: Vec<NetworkCommand> = gone.into_iter().map(|peer| NetworkCommand::Dismiss { peer }).collect();
        for (peer, admitted) in &wanted {
            if self.admitted.get(peer) != Some(admitted) {
                commands.push(NetworkCommand::Admit {
                    peer: *peer,
                    country: admitted.country.to_string(),
                    addresses: admitted.addresses.clone(),
                });
            }
        }
        self.admitted = wanted;
        commands
    }
}
