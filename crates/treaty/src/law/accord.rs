//! What both ends of a connection hold in force: under it, and under nothing else, something goes from one to the other.

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_record::{Country, DocumentHash, Set};

use super::{Law, PeerLaw};

impl Law {
    /// The same law where, to each of these peers, only what a treaty lets go that the peer holds in force as well.
    ///
    /// A peer that holds another version would refuse what this country's lets go. Every bar stays, and so does what is
    /// decided again of what a peer delivers.
    ///
    /// INVARIANT (released under an article): it never lets more go than the law it is made from.
    #[must_use]
    pub fn within(&self, accords: &BTreeMap<Country, Set<DocumentHash>>) -> Self {
        let narrowed = |peer: &Arc<PeerLaw>| match accords.get(&peer.country) {
            Some(theirs) if peer.treaties.iter().any(|ours| !theirs.contains(ours)) => Arc::new(peer.within(theirs)),
            _ => Arc::clone(peer),
        };
        Self { peers: self.peers.iter().map(narrowed).collect(), ..self.clone() }
    }

    /// The treaties under which something may go to a peer: all that are in force with it, or those of them that it
    /// holds in force as well.
    pub fn accord_with(&self, peer: Country) -> &[DocumentHash] {
        &self.peer(peer).accord
    }
}

impl PeerLaw {
    fn within(&self, theirs: &Set<DocumentHash>) -> Self {
        let mut narrowed = self.clone();
        let is_common = |treaty: &DocumentHash| theirs.contains(treaty);
        narrowed.accord.retain(is_common);
        narrowed.barring.extend(self.accord.iter().filter(|treaty| !theirs.contains(treaty)));
        narrowed.barring.sort_unstable();
        narrowed.sending.keep_grants_of(is_common);
        narrowed.digest = narrowed.digest();
        narrowed
    }
}
