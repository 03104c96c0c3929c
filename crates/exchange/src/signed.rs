//! What a node signs with its record key: hellos, receipts, terms sheets.

use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, encode};
use chancery_record::signing::{is_signed_by, public_key, sign};
use chancery_record::{Country, Instant, PublicKey, Signature, TrustRoster, Untrusted};
use ed25519_dalek::SigningKey;
use thiserror::Error;

/// Content with the signature of a node's record key over its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedByNode {
    /// The content's bytes.
    pub bytes: Vec<u8>,
    /// The record key.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// Why signed content of a peer is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SignedFault {
    /// It does not decode.
    #[error("unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// The key may not sign, or did not.
    #[error("{0}")]
    Untrusted(#[from] Untrusted),
}

impl SignedByNode {
    /// Signs `content`.
    pub fn sign<T: Encode>(domain: Domain, content: &T, record_key: &SigningKey) -> Self {
        let bytes = encode(domain, content);
        let signature = sign(record_key, &bytes);
        Self { bytes, key: public_key(record_key), signature }
    }

    /// Reads the content if a record key of `country`, trusted at `at`, signed it.
    pub fn open<T: Encode + Decode<()>>(
        &self,
        domain: Domain,
        limit: usize,
        roster: &TrustRoster,
        country: Country,
        at: Instant,
    ) -> Result<T, SignedFault> {
        roster.trusts_record_key(country, &self.key, at)?;
        self.open_by_key(domain, limit)
    }

    /// Reads the content if the key it names signed it; whether that key may is asked elsewhere.
    pub fn open_by_key<T: Encode + Decode<()>>(&self, domain: Domain, limit: usize) -> Result<T, SignedFault> {
        if self.bytes.len() > limit {
            return Err(DecodeFault::TooLong { found: self.bytes.len(), limit }.into());
        }
        if !is_signed_by(&self.key, &self.bytes, &self.signature) {
            return Err(Untrusted::BadSignature.into());
        }
        Ok(decode(domain, &self.bytes, limit)?)
    }
}
