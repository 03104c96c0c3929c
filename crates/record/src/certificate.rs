//! Node certificates and their revocations: the country key's word on which keys speak for the country.

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::encoding::{DecodeFault, Domain, decode, encode};
use crate::limits::STATEMENT_BYTES_MAX;
use crate::signing::{is_signed_by, sign};
use crate::{Country, Instant, PublicKey, Signature};

/// Which keys speak for a country, and when.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Certificate {
    /// The country.
    pub country: Country,
    /// Rises with every certificate of the country.
    pub serial: u64,
    /// The libp2p identity of the node (ed25519).
    pub transport_key: PublicKey,
    /// The key that seals records and signs receipts, terms and hellos.
    pub record_key: PublicKey,
    /// Valid from then on.
    pub not_before: Instant,
    /// Not valid from then on.
    pub not_after: Instant,
}

/// Ends a certificate before its time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Revocation {
    /// The country.
    pub country: Country,
    /// The certificate that ends.
    pub serial: u64,
    /// When it was revoked.
    pub revoked: Instant,
}

/// Content with its country's signature over its exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedByCountry {
    /// The content's bytes.
    pub bytes: Vec<u8>,
    /// The country key's signature over them.
    pub signature: Signature,
}

/// Why a certificate or revocation is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CertificateFault {
    /// It does not decode.
    #[error("unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// The signature is not the country key's.
    #[error("not signed by the country key of {0}")]
    Signature(Country),
    /// It speaks for another country.
    #[error("it speaks for {found}, not for {expected}")]
    Country {
        /// The country named.
        found: Country,
        /// The country whose key is known.
        expected: Country,
    },
    /// It ends before it begins.
    #[error("it ends before it begins")]
    Period,
}

impl SignedByCountry {
    /// Signs content with the country key.
    pub fn sign(bytes: Vec<u8>, country_key: &SigningKey) -> Self {
        let signature = sign(country_key, &bytes);
        Self { bytes, signature }
    }

    fn open<T: Encode + Decode<()>>(
        &self,
        domain: Domain,
        country: Country,
        key: &PublicKey,
    ) -> Result<T, CertificateFault> {
        if self.bytes.len() > STATEMENT_BYTES_MAX || !is_signed_by(key, &self.bytes, &self.signature) {
            return Err(CertificateFault::Signature(country));
        }
        Ok(decode(domain, &self.bytes, STATEMENT_BYTES_MAX)?)
    }
}

fn speaks_for(found: Country, expected: Country) -> Result<(), CertificateFault> {
    if found == expected { Ok(()) } else { Err(CertificateFault::Country { found, expected }) }
}

impl Certificate {
    /// Signs it with the country key.
    pub fn sign(&self, country_key: &SigningKey) -> SignedByCountry {
        SignedByCountry::sign(encode(Domain::Certificate, self), country_key)
    }

    /// Reads a certificate signed by `key` for `country`.
    pub fn open(signed: &SignedByCountry, country: Country, key: &PublicKey) -> Result<Self, CertificateFault> {
        let certificate: Self = signed.open(Domain::Certificate, country, key)?;
        speaks_for(certificate.country, country)?;
        if certificate.not_after <= certificate.not_before {
            return Err(CertificateFault::Period);
        }
        Ok(certificate)
    }

    /// Reads a certificate without believing it.
    pub fn read(signed: &SignedByCountry) -> Option<Self> {
        decode(Domain::Certificate, &signed.bytes, STATEMENT_BYTES_MAX).ok()
    }

    /// Whether it is valid at that instant.
    pub fn is_valid_at(&self, instant: Instant) -> bool {
        self.not_before <= instant && instant < self.not_after
    }
}

impl Revocation {
    /// Reads a revocation without believing it.
    pub fn read(signed: &SignedByCountry) -> Option<Self> {
        decode(Domain::Revocation, &signed.bytes, STATEMENT_BYTES_MAX).ok()
    }

    /// Signs it with the country key.
    pub fn sign(&self, country_key: &SigningKey) -> SignedByCountry {
        SignedByCountry::sign(encode(Domain::Revocation, self), country_key)
    }

    /// Reads a revocation signed by `key` for `country`.
    pub fn open(signed: &SignedByCountry, country: Country, key: &PublicKey) -> Result<Self, CertificateFault> {
        let revocation: Self = signed.open(Domain::Revocation, country, key)?;
        speaks_for(revocation.country, country)?;
        Ok(revocation)
    }
}
