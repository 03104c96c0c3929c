//! What `is_signed_by` refuses, each beside a verifier that takes it.

use chancery_record::signing::{is_signed_by, public_key, sign};
use chancery_record::{PublicKey, Signature};
use ed25519_dalek::SigningKey;

use super::number::{L, Number};
use super::vectors::{Vector, malleable, mixed, small_keys, small_nonces};

const MESSAGES: [&[u8]; 3] = [b"", b"a grey van", &[0xff; 100]];

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

fn is_taken(vector: &Vector) -> bool {
    is_signed_by(&PublicKey(vector.key), &vector.message, &Signature(vector.signature))
}

#[test]
fn a_good_signature_is_taken_and_no_bit_of_it_can_change() {
    for message in MESSAGES {
        let signature = sign(&key(), message);
        assert!(is_signed_by(&public_key(&key()), message, &signature));
        assert!(!is_signed_by(&public_key(&key()), &[message, b"."].concat(), &signature));
        for bit in 0..512 {
            let mut spoilt = signature;
            spoilt.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_signed_by(&public_key(&key()), message, &spoilt), "bit {bit}");
        }
        for bit in 0..256 {
            let mut other = public_key(&key());
            other.0[bit / 8] ^= 1 << (bit % 8);
            assert!(!is_signed_by(&other, message, &signature), "bit {bit} of the key");
        }
    }
}

/// Without this rule everyone could make a second signature out of a first.
#[test]
fn a_number_beyond_the_order_is_refused() {
    for message in MESSAGES {
        let vectors = malleable(&key(), message);
        assert!(vectors.len() >= 14, "S has room for many multiples");
        assert!(vectors.iter().any(|vector| vector.signature[63] & 0xe0 != 0), "its high bits among them");
        for vector in vectors {
            assert!(!is_taken(&vector), "{}", vector.what);
        }
    }
    // S = L stands for 0, with the R that goes with it.
    let signature = sign(&key(), b"a grey van");
    let r: [u8; 32] = signature.0[..32].try_into().unwrap();
    for s in [L, Number::ZERO, L.minus(Number::ONE)] {
        let signature = Signature([r, s.to_bytes()].concat().try_into().unwrap());
        assert!(!is_signed_by(&public_key(&key()), b"a grey van", &signature));
    }
    assert!(!is_signed_by(&public_key(&key()), b"", &Signature([0; 64])));
    assert!(!is_signed_by(&public_key(&key()), b"", &Signature([0xff; 64])));
}

#[test]
fn keys_of_small_order_sign_nothing() {
    let vectors: Vec<Vector> = (0..8u8).flat_map(|number| small_keys(&[number])).collect();
    let loose = vectors.iter().filter(|vector| vector.is_taken_by_the_loose()).count();
    assert!(loose >= 8, "a loose verifier takes {loose}: these are real forgeries");
    for vector in &vectors {
        assert!(!is_taken(vector), "{}", vector.what);
    }
    for vector in small_keys(b"").iter().take(4) {
        assert!(vector.is_taken_with_a_cofactor(), "{}: a verifier with a cofactor takes it", vector.what);
    }
}

#[test]
fn nonces_of_small_order_are_refused() {
    for message in MESSAGES {
        let vectors = small_nonces(&key(), message);
        assert!(vectors.iter().any(Vector::is_taken_by_the_loose), "the neutral point passes a loose verifier");
        for vector in &vectors {
            assert!(!is_taken(vector), "{}", vector.what);
        }
    }
    assert!(small_nonces(&key(), b"").iter().take(3).all(Vector::is_taken_with_a_cofactor));
}

/// A verifier with a cofactor, or one that checks signatures in batches, takes all of these; one without takes a few of
/// them, by chance. All nodes ask the same equation, so they never differ.
#[test]
fn what_only_a_cofactor_or_a_batch_would_take_is_refused() {
    let vectors = mixed(&key(), b"a grey van");
    for vector in &vectors {
        assert_eq!(is_taken(vector), vector.is_taken_by_the_loose(), "{}", vector.what);
    }
    let refused: Vec<&Vector> = vectors.iter().filter(|vector| !is_taken(vector)).collect();
    assert!(refused.len() >= 14, "{} of {}", refused.len(), vectors.len());
    assert!(refused.iter().take(4).all(|vector| vector.is_taken_with_a_cofactor()));
}

#[test]
fn encodings_that_the_standard_forbids_are_refused() {
    let mut forbidden = 0;
    for point in super::curve::torsion() {
        for bytes in point.forbidden_encodings() {
            forbidden += 1;
            for message in MESSAGES {
                let signature = sign(&key(), message);
                assert!(!is_signed_by(&PublicKey(bytes), message, &signature), "as a key");
                let mut signature = signature;
                signature.0[..32].copy_from_slice(&bytes);
                assert!(!is_signed_by(&public_key(&key()), message, &signature), "as R");
            }
        }
    }
    assert!(forbidden >= 6, "{forbidden} forbidden encodings of points of small order");
}

/// y between 2 and 18 written as y + p: the few points that have two encodings and are not of small order.
#[test]
fn points_beyond_the_field_are_no_keys() {
    for y in 2..19u64 {
        let bytes = super::number::P.plus(Number::small(y)).unwrap().to_bytes();
        let signature = sign(&key(), b"a grey van");
        assert!(!is_signed_by(&PublicKey(bytes), b"a grey van", &signature));
        let mut with_r = signature;
        with_r.0[..32].copy_from_slice(&bytes);
        assert!(!is_signed_by(&public_key(&key()), b"a grey van", &with_r));
    }
}
