//! The one binary encoding of everything that is signed, stored or sent.
//!
//! bincode 2.0.1 with fixed-width little-endian integers, behind a version byte and a domain byte. Decoding is
//! injective: a limit stands before every allocation, all bytes must be consumed, and what was decoded must encode to
//! the same bytes again. What is signed is kept and forwarded verbatim; nothing is re-encoded to verify it.

use bincode::{Decode, Encode};
use sha2::{Digest, Sha256};
use thiserror::Error;

/// Version of the encoding; an unknown one is refused.
pub const ENCODING_VERSION: u8 = 1;

/// What a byte string is, so that a signature over one sort of content never stands for another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Domain {
    /// A record's manifest.
    Manifest = 1,
    /// The hashed content of one section.
    Commitment = 2,
    /// A record with the sections that travel with it.
    Record = 3,
    /// A node certificate.
    Certificate = 4,
    /// A revocation of node certificates.
    Revocation = 5,
    /// A contact card.
    ContactCard = 6,
    /// A statement about records: withdrawal, recall, correction mark, deletion receipt.
    Statement = 7,
    /// The exact bytes of a treaty or law file.
    Document = 8,
    /// Terms sheets of deliveries.
    Terms = 9,
    /// A hello of the exchange.
    Hello = 10,
    /// A receipt of the exchange.
    Receipt = 11,
    /// A frame of the exchange.
    Frame = 12,
    /// A row of the store.
    Row = 13,
    /// The running hash over a stream.
    Stream = 14,
    /// A label: the tags that a decision depends on.
    Label = 15,
    /// A request for a certificate, and what answers it.
    CertificateRequest = 16,
    /// A treaty's signature file.
    TreatySignature = 17,
    /// A receipt over an obligation stream.
    ObligationReceipt = 18,
    /// Certificates and revocations of one country, passed on.
    KeyNews = 19,
}

/// Why bytes were refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DecodeFault {
    /// Longer than the limit of its sort.
    #[error("{found} bytes, at most {limit} are accepted")]
    TooLong {
        /// Bytes that came.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Shorter than the two leading bytes.
    #[error("the bytes end before their header")]
    Truncated,
    /// Another encoding version.
    #[error("encoding version {0} is not known here; a newer node wrote it")]
    Version(u8),
    /// Content of another sort.
    #[error("the bytes are of sort {found}, expected {expected}")]
    Domain {
        /// The sort found.
        found: u8,
        /// The sort expected.
        expected: u8,
    },
    /// Not decodable.
    #[error("the bytes do not decode")]
    Malformed,
    /// Decodes, but not from its one encoding.
    #[error("the bytes are not the one encoding of their content")]
    NotCanonical,
}

/// Most bytes that any single decode may take; every caller states its own, lower limit.
pub const DECODE_BYTES_MAX: usize = 1 << 20;

fn config() -> impl bincode::config::Config {
    bincode::config::standard().with_little_endian().with_fixed_int_encoding().with_limit::<DECODE_BYTES_MAX>()
}

/// Encodes `content` behind its version and domain bytes.
pub fn encode<T: Encode>(domain: Domain, content: &T) -> Vec<u8> {
    let mut bytes = vec![ENCODING_VERSION, domain as u8];
    // Encoding into a growing vector has no failing case for types without interior locks; an empty body would be
    // refused by every decoder, so a broken invariant cannot pass as content.
    if let Ok(body) = bincode::encode_to_vec(content, config()) {
        bytes.extend_from_slice(&body);
    }
    bytes
}

/// Decodes what [`encode`] made, refusing anything longer than `limit` before memory is taken.
///
/// INVARIANT (everything is bounded): the length is checked first, and the decoder counts every allocation.
pub fn decode<T: Encode + Decode<()>>(domain: Domain, bytes: &[u8], limit: usize) -> Result<T, DecodeFault> {
    if bytes.len() > limit {
        return Err(DecodeFault::TooLong { found: bytes.len(), limit });
    }
    let [version, found, body @ ..] = bytes else {
        return Err(DecodeFault::Truncated);
    };
    if *version != ENCODING_VERSION {
        return Err(DecodeFault::Version(*version));
    }
    if *found != domain as u8 {
        return Err(DecodeFault::Domain { found: *found, expected: domain as u8 });
    }
    let (content, consumed) = bincode::decode_from_slice::<T, _>(body, config()).map_err(|_| DecodeFault::Malformed)?;
    if consumed != body.len() || encode(domain, &content) != bytes {
        return Err(DecodeFault::NotCanonical);
    }
    Ok(content)
}

/// SHA-256 over a domain tag and length-prefixed parts, so that no two lists of parts hash alike.
pub fn digest(domain: Domain, parts: &[&[u8]]) -> [u8; 32] {
    let mut hasher = Sha256::new();
    hasher.update([ENCODING_VERSION, domain as u8]);
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    hasher.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Encode, Decode, PartialEq, Debug)]
    struct Sample {
        number: u64,
        words: Vec<String>,
        flag: Option<bool>,
    }

    fn sample() -> Sample {
        Sample { number: 5, words: vec!["a".into(), "bc".into()], flag: Some(true) }
    }

    #[test]
    fn refuses_what_is_not_the_one_encoding() {
        let good = encode(Domain::Row, &sample());
        assert_eq!(decode::<Sample>(Domain::Row, &good, 1024).unwrap(), sample());
        let check = |bytes: &[u8], fault: DecodeFault| {
            assert_eq!(decode::<Sample>(Domain::Row, bytes, 1024).unwrap_err(), fault);
        };
        check(&[good.clone(), vec![0]].concat(), DecodeFault::NotCanonical);
        check(&[], DecodeFault::Truncated);
        check(&[&[9u8][..], &good[1..]].concat(), DecodeFault::Version(9));
        check(&[&[1u8, 99][..], &good[2..]].concat(), DecodeFault::Domain { found: 99, expected: 13 });
        check(&vec![1; 2000], DecodeFault::TooLong { found: 2000, limit: 1024 });
        for end in 2..good.len() {
            check(&good[..end], DecodeFault::Malformed);
        }
    }

    #[test]
    fn a_hostile_length_takes_no_memory() {
        let mut bytes = vec![ENCODING_VERSION, Domain::Row as u8];
        bytes.extend_from_slice(&5u64.to_le_bytes());
        bytes.extend_from_slice(&(1u64 << 40).to_le_bytes());
        assert_eq!(decode::<Sample>(Domain::Row, &bytes, 1024).unwrap_err(), DecodeFault::Malformed);
    }

    proptest! {
        #[test]
        fn any_bytes_decode_injectively_or_not_at_all(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(content) = decode::<Sample>(Domain::Row, &bytes, 1024) {
                prop_assert_eq!(encode(Domain::Row, &content), bytes);
            }
        }
    }
}
