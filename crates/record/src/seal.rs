//! The seal: the originator's signature over a record's id.

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;

use crate::encoding::{Domain, digest};
use crate::signing::{is_signed_by, public_key, sign};
use crate::{PublicKey, RecordId, Signature};

/// The algorithm byte of ed25519.
pub const ED25519: u8 = 1;

/// One signature of the originator; several may stand for one id.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Seal {
    /// Which algorithm; only [`ED25519`] is known.
    pub algorithm: u8,
    /// The record key that made it.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

impl Seal {
    /// Seals an id.
    ///
    /// INVARIANT (the originator's word): the only place where a record is sealed; who calls it holds the record key.
    pub fn new(id: &RecordId, key: &SigningKey) -> Self {
        Self { algorithm: ED25519, key: public_key(key), signature: sign(key, &sealed_bytes(id)) }
    }

    /// Whether the signature is the named key's.
    pub fn is_genuine(&self, id: &RecordId) -> bool {
        self.algorithm == ED25519 && is_signed_by(&self.key, &sealed_bytes(id), &self.signature)
    }
}

fn sealed_bytes(id: &RecordId) -> [u8; 32] {
    digest(Domain::Record, &[b"seal", &id.0])
}
