//! The fixed-size identities by which records, documents and keys are named.

use std::fmt;
use std::str::FromStr;

use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// A text that is not the hexadecimal form of an identity.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("`{text}` is not {expected} hexadecimal digits")]
pub struct IdentityFault {
    text: String,
    expected: usize,
}

fn parse_hex<const N: usize>(text: &str) -> Result<[u8; N], IdentityFault> {
    let fault = || IdentityFault { text: text.chars().take(80).collect(), expected: N * 2 };
    if text.len() != N * 2 || !text.is_ascii() {
        return Err(fault());
    }
    let mut out = [0u8; N];
    for (slot, pair) in out.iter_mut().zip(text.as_bytes().chunks(2)) {
        let digits = std::str::from_utf8(pair).map_err(|_| fault())?;
        if digits.starts_with('+') {
            return Err(fault());
        }
        *slot = u8::from_str_radix(digits, 16).map_err(|_| fault())?;
    }
    Ok(out)
}

macro_rules! identity {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub struct $name(pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
            }
        }
        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}({self})", stringify!($name))
            }
        }
        impl FromStr for $name {
            type Err = IdentityFault;
            fn from_str(text: &str) -> Result<Self, IdentityFault> {
                parse_hex(text).map(Self)
            }
        }
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

identity!(
    /// SHA-256 of a manifest's bytes: names one version of one record.
    RecordId, 32);
identity!(
    /// Random name shared by all versions of one record.
    Lineage, 16);
identity!(
    /// SHA-256 of a treaty or law file's exact bytes.
    DocumentHash, 32);
identity!(
    /// Hash of a section's name, salt, tags and body.
    Commitment, 32);
identity!(
    /// An ed25519 public key.
    PublicKey, 32);
identity!(
    /// An ed25519 signature.
    Signature, 64);
identity!(
    /// SHA-256 of a signed terms sheet.
    SheetHash, 32);
identity!(
    /// Running hash over the items of a stream.
    StreamHash, 32);
identity!(
    /// SHA-256 of a label's bytes.
    LabelHash, 32);
identity!(
    /// SHA-256 of a signed statement: names one obligation everywhere.
    StatementId, 32);

impl PublicKey {
    /// SHA-256 of the key: what a card commits to for its successor, and what a fingerprint is made of.
    pub fn digest(&self) -> [u8; 32] {
        use sha2::{Digest, Sha256};
        Sha256::digest(self.0).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_round_trip() {
        let lineage = Lineage([0xab; 16]);
        assert_eq!(lineage.to_string().parse::<Lineage>().unwrap(), lineage);
        for bad in ["", "ab", &"g".repeat(32), &"+a".repeat(16), &"é".repeat(16)] {
            assert!(bad.parse::<Lineage>().is_err(), "{bad}");
        }
    }
}
