//! Detached signatures of treaties, one file for each party.

use std::fmt::Write;

use bincode::Encode;
use chancery_record::encoding::{Domain, encode};
use chancery_record::signing::{is_signed_by, public_key, sign};
use chancery_record::{Country, DocumentHash, PublicKey, Signature, TrustRoster};
use ed25519_dalek::SigningKey;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use crate::document::hash_of;
use crate::limits::SIGNATURE_BYTES_MAX;

/// A party's signature over a treaty's exact bytes.
#[derive(Clone, Debug, PartialEq, Eq, Encode, bincode::Decode, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct DocumentSignature {
    /// SHA-256 of the bytes signed.
    pub document: DocumentHash,
    /// Who signed.
    pub country: Country,
    /// With which key.
    pub country_key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// Why a signature file is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum SignatureFileFault {
    /// Longer than any signature file.
    #[error("{found} bytes, at most {SIGNATURE_BYTES_MAX} are read")]
    TooLong {
        /// Bytes of the file.
        found: usize,
    },
    /// Not a signature file.
    #[error("not a signature file: {reason}")]
    Unreadable {
        /// What the reader of the format says.
        reason: String,
    },
}

/// Why a signature does not count.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum SignatureFault {
    /// It is over other bytes.
    #[error("the signature is over document {0}, not over this one")]
    OtherDocument(DocumentHash),
    /// Its country's key is not known here.
    #[error("no contact card of {0} has been imported")]
    UnknownCountry(Country),
    /// The key is not the country's.
    #[error("the signature is by a key that is not {0}'s country key")]
    OtherKey(Country),
    /// The signature is not the key's.
    #[error("the signature is not that of {0}'s country key over these bytes")]
    NotGenuine(Country),
}

/// Signs a document's exact bytes for a country.
pub fn sign_document(bytes: &[u8], country: Country, country_key: &SigningKey) -> DocumentSignature {
    let document = hash_of(bytes);
    let signature = sign(country_key, &message(document, country));
    DocumentSignature { document, country, country_key: public_key(country_key), signature }
}

impl DocumentSignature {
    /// Checks it against the country keys known here.
    pub fn verify(&self, document: DocumentHash, roster: &TrustRoster) -> Result<(), SignatureFault> {
        if self.document != document {
            return Err(SignatureFault::OtherDocument(self.document));
        }
        let known = roster.country_key(self.country).ok_or(SignatureFault::UnknownCountry(self.country))?;
        if known != self.country_key {
            return Err(SignatureFault::OtherKey(self.country));
        }
        if is_signed_by(&known, &message(document, self.country), &self.signature) {
            Ok(())
        } else {
            Err(SignatureFault::NotGenuine(self.country))
        }
    }

    /// The text of a signature file.
    pub fn to_text(&self) -> String {
        let mut text = String::from("# Signature of a treaty by a country key, over the treaty file's exact bytes.\n");
        let Self { document, country, country_key, signature } = self;
        // Writing to a string does not fail.
        let _ = write!(
            text,
            "document = \"{document}\"\ncountry = \"{country}\"\ncountry_key = \"{country_key}\"\nsignature = \"{signature}\"\n"
        );
        text
    }

    /// Reads a signature file.
    pub fn from_text(text: &str) -> Result<Self, SignatureFileFault> {
        if text.len() > SIGNATURE_BYTES_MAX {
            return Err(SignatureFileFault::TooLong { found: text.len() });
        }
        toml::from_str(text).map_err(|error| SignatureFileFault::Unreadable { reason: error.message().to_owned() })
    }
}

fn message(document: DocumentHash, country: Country) -> Vec<u8> {
    encode(Domain::TreatySignature, &(document, country))
}
