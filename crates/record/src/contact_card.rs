//! The contact card: all that another country needs to know to trust and reach this one.

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;
use serde::Serialize;
use thiserror::Error;

use crate::encoding::{DecodeFault, Domain, decode, encode};
use crate::limits::{CARD_ADDRESSES_MAX, CARD_BYTES_MAX, CARD_CERTIFICATES_MAX, SHORT_TEXT_BYTES_MAX};
use crate::signing::{is_signed_by, public_key, sign};
use crate::{Certificate, CertificateFault, Country, Instant, PublicKey, Revocation, Signature, SignedByCountry};

/// What a country says of itself, signed by its country key and handed over out of band.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ContactCard {
    /// The country.
    pub country: Country,
    /// Its agency, in its own words.
    pub agency: String,
    /// The key that signs certificates and treaties.
    pub country_key: PublicKey,
    /// SHA-256 of the country key that succeeds this one if it is lost.
    pub successor: [u8; 32],
    /// Rises with every card; an older card never replaces a newer one.
    pub serial: u64,
    /// When it was signed.
    pub issued: Instant,
    /// Node certificates, signed by the country key.
    pub certificates: Vec<SignedByCountry>,
    /// Revocations, signed by the country key.
    pub revocations: Vec<SignedByCountry>,
    /// Where its node listens (multiaddr).
    pub addresses: Vec<String>,
    /// Languages it can be written to in (ISO 639-1).
    pub languages: Vec<String>,
    /// Who answers at any hour.
    pub duty_contact: String,
}

/// A card with its signature, verbatim as it was handed over.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedCard {
    /// The card's exact bytes.
    pub bytes: Vec<u8>,
    /// The country key's signature over them.
    pub signature: Signature,
}

/// Why a card is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CardFault {
    /// It does not decode.
    #[error("the card is unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// The signature is not of the key that the card names.
    #[error("the card is not signed by the country key it names")]
    Signature,
    /// One of its certificates or revocations is not good.
    #[error("certificate or revocation {position} of the card: {fault}")]
    Certificate {
        /// Which one, counted from 1.
        position: usize,
        /// What is wrong.
        fault: CertificateFault,
    },
    /// A list or text passes its limit.
    #[error("a list or text of the card is too long")]
    TooLong,
    /// Another country key than the known one, and not the successor it committed to.
    #[error("the card of {0} is signed by another country key, and not by the successor that the known card names")]
    OtherKey(Country),
    /// Two certificates of one serial.
    #[error("two certificates of the card have serial {0}")]
    Serial(u64),
}

/// What people compare by voice or on paper before they trust a card.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Fingerprint(pub [u8; 16]);

impl ContactCard {
    /// Signs the card; the key must be the one it names.
    pub fn sign(&self, country_key: &SigningKey) -> SignedCard {
        let bytes = encode(Domain::ContactCard, self);
        let signature = sign(country_key, &bytes);
        SignedCard { bytes, signature }
    }

    /// A new card of a country, naming `country_key`'s public half.
    pub fn names_key(&self, country_key: &SigningKey) -> bool {
        self.country_key == public_key(country_key)
    }

    /// The first 16 bytes of the country key's SHA-256.
    pub fn fingerprint(&self) -> Fingerprint {
        let mut first = [0; 16];
        first.copy_from_slice(self.country_key.digest().split_at(16).0);
        Fingerprint(first)
    }

    /// The certificates, opened.
    pub fn opened_certificates(&self) -> Result<Vec<Certificate>, CardFault> {
        let open = |(at, signed): (usize, &SignedByCountry)| {
            Certificate::open(signed, self.country, &self.country_key)
                .map_err(|fault| CardFault::Certificate { position: at + 1, fault })
        };
        self.certificates.iter().enumerate().map(open).collect()
    }

    /// The revocations, opened.
    pub fn opened_revocations(&self) -> Result<Vec<Revocation>, CardFault> {
        let open = |(at, signed): (usize, &SignedByCountry)| {
            Revocation::open(signed, self.country, &self.country_key)
                .map_err(|fault| CardFault::Certificate { position: at + 1, fault })
        };
        self.revocations.iter().enumerate().map(open).collect()
    }

    fn check(&self) -> Result<(), CardFault> {
        let texts = self.addresses.iter().chain(&self.languages).chain([&self.agency, &self.duty_contact]);
        if self.certificates.len() > CARD_CERTIFICATES_MAX
            || self.revocations.len() > CARD_CERTIFICATES_MAX
            || self.addresses.len() > CARD_ADDRESSES_MAX
            || self.languages.len() > CARD_ADDRESSES_MAX
            || texts.into_iter().any(|text| text.len() > SHORT_TEXT_BYTES_MAX)
        {
            return Err(CardFault::TooLong);
        }
        let certificates = self.opened_certificates()?;
        self.opened_revocations()?;
        for (at, certificate) in certificates.iter().enumerate() {
            if certificates.iter().skip(at + 1).any(|other| other.serial == certificate.serial) {
                return Err(CardFault::Serial(certificate.serial));
            }
        }
        Ok(())
    }
}

impl SignedCard {
    /// Reads a signed card from bytes and verifies everything in it.
    pub fn from_bytes(bytes: &[u8]) -> Result<(Self, ContactCard), CardFault> {
        let signed: Self = decode(Domain::ContactCard, bytes, CARD_BYTES_MAX * 2)?;
        let card = signed.open()?;
        Ok((signed, card))
    }

    /// The bytes that are handed over.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::ContactCard, self)
    }

    /// Verifies the card by the key it names; whether that key is the country's is for people to say.
    pub fn open(&self) -> Result<ContactCard, CardFault> {
        let card: ContactCard = decode(Domain::ContactCard, &self.bytes, CARD_BYTES_MAX)?;
        if !is_signed_by(&card.country_key, &self.bytes, &self.signature) {
            return Err(CardFault::Signature);
        }
        card.check()?;
        Ok(card)
    }
}
