//! Signatures over digests: strict verification only.

use ed25519_dalek::{Signer, SigningKey, VerifyingKey};

use crate::{PublicKey, Signature};

/// Signs the bytes with `key`.
pub fn sign(key: &SigningKey, message: &[u8]) -> Signature {
    Signature(key.sign(message).to_bytes())
}

/// The public half of `key`.
pub fn public_key(key: &SigningKey) -> PublicKey {
    PublicKey(key.verifying_key().to_bytes())
}

/// Whether `signature` over `message` is `key`'s, by `verify_strict`: the batch equation accepts signatures that
/// others refuse, and two nodes must never differ about a seal.
pub fn is_signed_by(key: &PublicKey, message: &[u8], signature: &Signature) -> bool {
    VerifyingKey::from_bytes(&key.0)
        .and_then(|verifying| verifying.verify_strict(message, &ed25519_dalek::Signature::from_bytes(&signature.0)))
        .is_ok()
}
