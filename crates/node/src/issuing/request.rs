//! A request for what only the country key can sign, as it travels to the machine that holds it.

use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, encode};
use chancery_record::limits::CARD_CERTIFICATES_MAX;
use chancery_record::signing::{is_signed_by, public_key, sign};
use chancery_record::{Country, Instant, PublicKey, Signature, SignedCard};
use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::config::Config;
use crate::limits::REQUEST_BYTES_MAX;

/// What the next card is to say, and which certificate is to be added or revoked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CertificateRequest {
    /// The country.
    pub country: Country,
    /// The agency.
    pub agency: String,
    /// Addresses for the card.
    pub addresses: Vec<String>,
    /// Languages for the card.
    pub languages: Vec<String>,
    /// Duty contact for the card.
    pub duty_contact: String,
    /// The certificate asked for, if any.
    pub wanted: Option<WantedCertificate>,
    /// Certificates to revoke.
    pub revoke: Vec<u64>,
    /// The card the node has now.
    pub present: Option<SignedCard>,
    /// When the request was made.
    pub made: Instant,
}

/// A certificate asked for.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct WantedCertificate {
    /// The node's network identity.
    pub transport_key: PublicKey,
    /// The key that seals.
    pub record_key: PublicKey,
    /// Valid from then on.
    pub not_before: Instant,
    /// Not valid from then on.
    pub not_after: Instant,
}

/// A request with proofs that who made it holds the keys it wants certified.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedRequest {
    bytes: Vec<u8>,
    proofs: Vec<Signature>,
}

/// Why a request is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum RequestFault {
    /// It does not decode.
    #[error("the request is unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// A key in it does not vouch for it.
    #[error("the request does not prove that its maker holds the keys it names")]
    Proof,
    /// It names more revocations than a card holds.
    #[error("the request names more revocations than a card holds")]
    TooMany,
}

impl CertificateRequest {
    /// A request that adds and revokes nothing: the next card says what the configuration says now.
    pub fn of(config: &Config, present: Option<SignedCard>, made: Instant) -> Self {
        Self {
            country: config.country,
            agency: config.agency.clone(),
            addresses: config.card.addresses.iter().map(ToString::to_string).collect(),
            languages: config.card.languages.clone(),
            duty_contact: config.card.duty_contact.clone(),
            wanted: None,
            revoke: Vec::new(),
            present,
            made,
        }
    }

    /// Signs it with the keys that are to be certified; none where none is.
    pub fn sign(&self, transport_key: Option<&SigningKey>, record_key: Option<&SigningKey>) -> SignedRequest {
        let bytes = encode(Domain::CertificateRequest, self);
        let proofs = [transport_key, record_key].into_iter().flatten().map(|key| sign(key, &bytes)).collect();
        SignedRequest { bytes, proofs }
    }
}

impl WantedCertificate {
    /// A certificate for these keys.
    pub fn naming(
        transport_key: &SigningKey,
        record_key: &SigningKey,
        not_before: Instant,
        not_after: Instant,
    ) -> Self {
        Self { transport_key: public_key(transport_key), record_key: public_key(record_key), not_before, not_after }
    }
}

impl SignedRequest {
    /// The bytes that are handed over.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::CertificateRequest, self)
    }

    /// Reads a request and checks its proofs.
    pub fn open(bytes: &[u8]) -> Result<CertificateRequest, RequestFault> {
        let signed: Self = decode(Domain::CertificateRequest, bytes, REQUEST_BYTES_MAX)?;
        let request: CertificateRequest = decode(Domain::CertificateRequest, &signed.bytes, REQUEST_BYTES_MAX)?;
        if request.revoke.len() > CARD_CERTIFICATES_MAX {
            return Err(RequestFault::TooMany);
        }
        let keys = request.wanted.as_ref().map(|wanted| [wanted.transport_key, wanted.record_key]);
        let keys = keys.as_ref().map_or(&[][..], |keys| keys.as_slice());
        let mut proven = keys.iter().zip(&signed.proofs).filter(|(key, proof)| is_signed_by(key, &signed.bytes, proof));
        if signed.proofs.len() != keys.len() || proven.by_ref().count() != keys.len() {
            return Err(RequestFault::Proof);
        }
        Ok(request)
    }
}
