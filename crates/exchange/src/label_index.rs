//! One bit per label and peer: whether *something for some purpose* may go. Derived, rebuilt when the law changes.

use std::collections::BTreeMap;

use chancery_record::{Country, DocumentHash};
use chancery_treaty::{Label, Law, LawGeneration};

use crate::{Holdings, LabelId, ReadFault};

/// The bits worked out so far under one generation of the law.
#[derive(Debug, Default)]
pub(crate) struct LabelIndex {
    generation: Option<LawGeneration>,
    peers: BTreeMap<Country, PeerBits>,
}

/// Two bits per label: whether it has been worked out, and the answer.
#[derive(Debug, Default)]
struct PeerBits {
    law: Option<DocumentHash>,
    known: Vec<u64>,
    allowed: Vec<u64>,
}

impl LabelIndex {
    /// The bit of a label and a peer; worked out on first use, for a label that cannot be read withheld.
    pub fn may_offer(
        &mut self,
        label: LabelId,
        peer: Country,
        law: &Law,
        holdings: &impl Holdings,
    ) -> Result<bool, ReadFault> {
        if self.generation != Some(law.generation()) {
            self.peers.clear();
            self.generation = Some(law.generation());
        }
        let digest = law.digest_for(peer);
        let bits = self.peers.entry(peer).or_default();
        // On a connection only part of the law may hold.
        if bits.law != Some(digest) {
            *bits = PeerBits { law: Some(digest), ..PeerBits::default() };
        }
        if let Some(allowed) = bits.get(label) {
            return Ok(allowed);
        }
        let allowed = holdings
            .label(label)?
            .and_then(|bytes| Label::from_bytes(&bytes).ok())
            .is_some_and(|label| law.may_offer(&label.prepare(), peer));
        bits.set(label, allowed);
        Ok(allowed)
    }
}

impl PeerBits {
    fn get(&self, label: LabelId) -> Option<bool> {
        let (word, bit) = place(label);
        let known = self.known.get(word)? & bit != 0;
        known.then(|| self.allowed.get(word).is_some_and(|bits| bits & bit != 0))
    }

    fn set(&mut self, label: LabelId, allowed: bool) {
        let (word, bit) = place(label);
        if self.known.len() <= word {
            self.known.resize(word + 1, 0);
            self.allowed.resize(word + 1, 0);
        }
        if let (Some(known), Some(bits)) = (self.known.get_mut(word), self.allowed.get_mut(word)) {
            *known |= bit;
            *bits = if allowed { *bits | bit } else { *bits & !bit };
        }
    }
}

fn place(label: LabelId) -> (usize, u64) {
    ((label.0 / 64) as usize, 1 << (label.0 % 64))
}
