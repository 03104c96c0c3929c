//! What a country says of its keys between two cards, passed on as its country key signed it.

use bincode::{Decode, Encode};

use crate::encoding::{DecodeFault, Domain, decode, digest, encode};
use crate::limits::{COUNTRY_CERTIFICATES_MAX, COUNTRY_REVOCATIONS_MAX, KEY_NEWS_BYTES_MAX};
use crate::{Country, SignedByCountry};

/// Certificates and revocations of one country. Nothing in it is believed but by its country key's signature, so anybody may
/// carry it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct KeyNews {
    /// Whose keys.
    pub country: Country,
    /// Certificates, each signed by the country key.
    pub certificates: Vec<SignedByCountry>,
    /// Revocations, each signed by the country key.
    pub revocations: Vec<SignedByCountry>,
}

impl KeyNews {
    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.certificates.is_empty() && self.revocations.is_empty()
    }

    /// The bytes that are kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::KeyNews, self)
    }

    /// Reads what was kept. Nothing of it is believed yet.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeFault> {
        let news: Self = decode(Domain::KeyNews, bytes, KEY_NEWS_BYTES_MAX)?;
        let fits =
            news.certificates.len() <= COUNTRY_CERTIFICATES_MAX && news.revocations.len() <= COUNTRY_REVOCATIONS_MAX;
        if fits { Ok(news) } else { Err(DecodeFault::Malformed) }
    }

    /// By which two are compared.
    pub fn digest(&self) -> [u8; 32] {
        digest(Domain::KeyNews, &[&self.to_bytes()])
    }
}
