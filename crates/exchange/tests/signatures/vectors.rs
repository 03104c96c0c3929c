//! Signatures that some verifier takes and that this house must refuse, made from the mathematics.

use ed25519_dalek::{Signature, Signer, SigningKey, VerifyingKey};
use sha2::{Digest, Sha512};

use super::curve::{Point, torsion};
use super::number::{L, Number};

/// A signature that is not good, though an equation holds for it.
pub struct Vector {
    pub what: String,
    pub key: [u8; 32],
    pub message: Vec<u8>,
    pub signature: [u8; 64],
}

impl Vector {
    fn new(what: impl Into<String>, key: [u8; 32], message: &[u8], (r, s): ([u8; 32], Number)) -> Self {
        let signature = [r, s.to_bytes()].concat().try_into().unwrap();
        Self { what: what.into(), key, message: message.to_vec(), signature }
    }

    /// Whether the curve's library takes it where nobody asks it to be strict.
    pub fn is_taken_by_the_loose(&self) -> bool {
        VerifyingKey::from_bytes(&self.key)
            .is_ok_and(|key| verified_loosely(&key, &self.message, &Signature::from_bytes(&self.signature)))
    }

    /// Whether eight times the equation holds, points and numbers taken as they are written: what a verifier with a
    /// cofactor takes, and so does the equation of a batch.
    pub fn is_taken_with_a_cofactor(&self) -> bool {
        let [r, key] = [half(&self.signature, 0), self.key].map(|bytes| point(&bytes));
        let (Some(r), Some(key)) = (r, key) else { return false };
        let s = Number::of_long(&half(&self.signature, 1), L);
        let k = challenge(&half(&self.signature, 0), &self.key, &self.message);
        let left = Point::base().times(s);
        let right = r.plus(key.times(k));
        left.plus(right.negated()).times(Number::small(8)).is_neutral()
    }
}

/// The library's loose equation; the house never calls it.
fn verified_loosely(key: &VerifyingKey, message: &[u8], signature: &Signature) -> bool {
    use ed25519_dalek::Verifier;
    key.verify(message, signature).is_ok()
}

/// The scalar behind a signing key.
pub fn secret(key: &SigningKey) -> Number {
    let mut bytes: [u8; 32] = Sha512::digest(key.to_bytes())[..32].try_into().unwrap();
    bytes[0] &= 248;
    bytes[31] = bytes[31] & 127 | 64;
    Number::from_bytes(&bytes).reduced(L)
}

/// SHA-512 over R, A and the message, modulo L.
fn challenge(r: &[u8; 32], key: &[u8; 32], message: &[u8]) -> Number {
    let mut hash = Sha512::new();
    hash.update(r);
    hash.update(key);
    hash.update(message);
    Number::of_long(&hash.finalize(), L)
}

fn half(signature: &[u8; 64], which: usize) -> [u8; 32] {
    signature[which * 32..which * 32 + 32].try_into().unwrap()
}

/// A point as it is written, forbidden encodings included.
fn point(bytes: &[u8; 32]) -> Option<Point> {
    let mut y = *bytes;
    y[31] &= 0x7f;
    let point = Point::of_y(Number::from_bytes(&y))?;
    let is_odd = point.to_bytes()[31] & 0x80 != 0;
    Some(if is_odd == (bytes[31] & 0x80 != 0) { point } else { point.negated() })
}

/// A second number that the equation holds for: S + nL, as long as it has 256 bits.
pub fn malleable(key: &SigningKey, message: &[u8]) -> Vec<Vector> {
    let good = key.sign(message).to_bytes();
    let (r, mut s) = (half(&good, 0), Number::from_bytes(&half(&good, 1)));
    let mut vectors = Vec::new();
    for times in 1.. {
        let Some(next) = s.plus(L) else { return vectors };
        s = next;
        let name = format!("S + {times}L");
        vectors.push(Vector::new(name, key.verifying_key().to_bytes(), message, (r, s)));
    }
    vectors
}

/// Keys of small order, in every encoding: whoever names one signs anything without a secret.
pub fn small_keys(message: &[u8]) -> Vec<Vector> {
    let nonce = SigningKey::from_bytes(&[7; 32]);
    let mut vectors = Vec::new();
    for (at, key) in torsion().iter().enumerate() {
        let mut written = vec![key.to_bytes()];
        written.extend(key.forbidden_encodings());
        for (form, key) in written.into_iter().enumerate() {
            let what = format!("a key of small order, point {at}, encoding {form}");
            vectors.push(Vector::new(what, key, message, (nonce.verifying_key().to_bytes(), secret(&nonce))));
        }
    }
    vectors
}

/// R of small order under an honest key, in every encoding.
pub fn small_nonces(key: &SigningKey, message: &[u8]) -> Vec<Vector> {
    let public = key.verifying_key().to_bytes();
    let mut vectors = Vec::new();
    for (at, nonce) in torsion().iter().enumerate() {
        let mut written = vec![nonce.to_bytes()];
        written.extend(nonce.forbidden_encodings());
        for (form, r) in written.into_iter().enumerate() {
            let s = challenge(&r, &public, message).mul(secret(key), L);
            let what = format!("R of small order, point {at}, encoding {form}");
            vectors.push(Vector::new(what, public, message, (r, s)));
        }
    }
    vectors
}

/// A part of small order added to the key, to R, or to both, signed by who knows the secret.
pub fn mixed(key: &SigningKey, message: &[u8]) -> Vec<Vector> {
    let (a, nonce) = (secret(key), secret(&SigningKey::from_bytes(&[9; 32])));
    let mut vectors = Vec::new();
    for (at, part) in torsion().iter().enumerate().skip(1) {
        let [honest_key, honest_r] = [a, nonce].map(|scalar| Point::base().times(scalar));
        let mixed = [
            ("the key", honest_key.plus(*part), honest_r),
            ("R", honest_key, honest_r.plus(*part)),
            ("both", honest_key.plus(*part), honest_r.plus(*part)),
        ];
        for (where_, key, r) in mixed {
            let [key, r] = [key, r].map(Point::to_bytes);
            let s = challenge(&r, &key, message).mul(a, L).add(nonce, L);
            let what = format!("point {at} of small order in {where_}");
            vectors.push(Vector::new(what, key, message, (r, s)));
        }
    }
    vectors
}
