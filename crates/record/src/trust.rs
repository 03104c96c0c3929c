//! Whom this node believes: the country keys and certificates of every imported card.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    CardFault, Certificate, CertificateFault, ContactCard, Country, Instant, KeyNews, Manifest, PublicKey, Record,
    Seal, SignedByCountry,
};
use country_trust::CountryTrust;

mod country_trust;
#[cfg(test)]
mod tests;

/// Why a key is not believed.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Untrusted {
    /// No card of the country was imported.
    #[error("no contact card of {0} has been imported")]
    UnknownCountry(Country),
    /// No certificate of the country names the key.
    #[error("no certificate of {0} names the key")]
    UnknownKey(Country),
    /// The certificate was not valid when it would have had to be.
    #[error("certificate {serial} of {country} was not valid at {at}")]
    NotValid {
        /// The country.
        country: Country,
        /// The certificate.
        serial: u64,
        /// When it would have had to be valid.
        at: Instant,
    },
    /// The certificate has been revoked.
    #[error("certificate {serial} of {country} has been revoked")]
    Revoked {
        /// The country.
        country: Country,
        /// The certificate.
        serial: u64,
    },
    /// The key is good, the signature is not.
    #[error("the signature is not the key's")]
    BadSignature,
}

impl Untrusted {
    /// Whether something still to come may change the answer: a card, a certificate, or another seal by a good key.
    pub fn is_pending(&self) -> bool {
        !matches!(self, Self::BadSignature)
    }
}

/// All countries whose cards were imported, this one included.
///
/// INVARIANT (everything is bounded): of each country no more certificates and revocations are kept than the limits say,
/// however many its key has signed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustRoster {
    countries: BTreeMap<Country, CountryTrust>,
}

impl TrustRoster {
    /// Takes in a verified card; certificates and revocations known before are kept.
    ///
    /// A card under another country key is believed only where the known card committed to that key. What the old key
    /// signed then counts no more, unless the new one has signed it again.
    pub fn admit(&mut self, card: &ContactCard) -> Result<(), CardFault> {
        let fresh = CountryTrust::of(card)?;
        match self.countries.get_mut(&card.country) {
            Some(known) if known.country_key == card.country_key => known.join(fresh),
            Some(known) if known.successor == card.country_key.digest() => *known = fresh,
            Some(_) => return Err(CardFault::OtherKey(card.country)),
            None => {
                self.countries.insert(card.country, fresh);
            }
        }
        Ok(())
    }

    /// Takes in further certificates and revocations of a country whose card is known; all of them or none.
    pub fn learn(
        &mut self,
        country: Country,
        certificates: &[SignedByCountry],
        revocations: &[SignedByCountry],
    ) -> Result<(), CertificateFault> {
        let Some(trust) = self.countries.get_mut(&country) else {
            return Ok(());
        };
        trust.learn(country, certificates, revocations)
    }

    /// Whether all of these are signed by the country key that is known of the country.
    pub fn opens(&self, country: Country, certificates: &[SignedByCountry], revocations: &[SignedByCountry]) -> bool {
        let trust = self.countries.get(&country);
        trust.is_some_and(|trust| trust.opened(country, certificates, revocations).is_ok())
    }

    /// The countries known.
    pub fn countries(&self) -> impl Iterator<Item = Country> {
        self.countries.keys().copied()
    }

    /// The key that signs a country's treaties and certificates.
    pub fn country_key(&self, country: Country) -> Option<PublicKey> {
        self.countries.get(&country).map(|trust| trust.country_key)
    }

    /// Everything known of a country's keys, as its country key signed it.
    pub fn news_of(&self, country: Country) -> Option<KeyNews> {
        self.countries.get(&country).map(|trust| trust.news(country))
    }

    /// What of a country's keys still matters at `at`, as its country key signed it: certificates that have not ended, and
    /// every revocation; of each the `limit` with the highest serials.
    pub fn news_at(&self, country: Country, at: Instant, limit: usize) -> Option<KeyNews> {
        self.countries.get(&country).map(|trust| trust.news_at(country, at, limit))
    }

    /// Every certificate of a country that is valid at `at` and not revoked.
    pub fn valid_certificates(&self, country: Country, at: Instant) -> impl Iterator<Item = &Certificate> {
        self.countries.get(&country).into_iter().flat_map(move |trust| {
            trust
                .certificates()
                .filter(move |certificate| certificate.is_valid_at(at) && !trust.is_revoked(certificate.serial))
        })
    }

    /// Every certificate of a country that is known, whatever it is worth.
    pub fn certificates(&self, country: Country) -> impl Iterator<Item = &Certificate> {
        self.countries.get(&country).into_iter().flat_map(CountryTrust::certificates)
    }

    /// The certificate that names a record key, valid or not.
    ///
    /// What a key signed before it ended or was revoked stays its word: proofs of what was sent are opened by this.
    pub fn certificate_of_record_key(&self, country: Country, key: &PublicKey) -> Option<&Certificate> {
        self.certificates(country).find(|certificate| certificate.record_key == *key)
    }

    /// Whether a certificate has been revoked.
    pub fn is_revoked(&self, country: Country, serial: u64) -> bool {
        self.countries.get(&country).is_some_and(|trust| trust.is_revoked(serial))
    }

    /// Whether a network identity may speak for `country` at `at`.
    pub fn trusts_transport_key(&self, country: Country, key: &PublicKey, at: Instant) -> bool {
        self.valid_certificates(country, at).any(|certificate| certificate.transport_key == *key)
    }

    /// Whether a record key of `country` may sign at the instant `at`.
    pub fn trusts_record_key(&self, country: Country, key: &PublicKey, at: Instant) -> Result<(), Untrusted> {
        if !self.countries.contains_key(&country) {
            return Err(Untrusted::UnknownCountry(country));
        }
        let mut judged = Err(Untrusted::UnknownKey(country));
        for certificate in self.certificates(country).filter(|certificate| certificate.record_key == *key) {
            let serial = certificate.serial;
            // A key that was revoked under one certificate is lost under every other, too.
            if self.is_revoked(country, serial) {
                return Err(Untrusted::Revoked { country, serial });
            }
            if certificate.is_valid_at(at) {
                judged = Ok(());
            } else if judged.is_err() {
                judged = Err(Untrusted::NotValid { country, serial, at });
            }
        }
        judged
    }

    /// Whether a seal's key may seal this manifest: not revoked, and valid when the record says it was issued, or at `at`,
    /// because an originator seals again with a later key what it sealed with a key that it has lost.
    ///
    /// What was durably accepted before a revocation was learned is kept by whoever holds it and is not asked here again.
    pub fn trusts_seal(&self, manifest: &Manifest, seal: &Seal, at: Instant) -> Result<(), Untrusted> {
        match self.trusts_record_key(manifest.originator, &seal.key, manifest.issued) {
            Err(Untrusted::NotValid { .. }) => self.trusts_record_key(manifest.originator, &seal.key, at),
            judged => judged,
        }
    }

    /// Whether a record that was verified under an earlier roster is still sealed by a key that may seal.
    pub fn still_trusts(&self, record: &Record, at: Instant) -> Result<(), Untrusted> {
        let mut judged = Err(Untrusted::BadSignature);
        for seal in &record.envelope().seals {
            judged = self.trusts_seal(record.manifest(), seal, at);
            if judged.is_ok() {
                return Ok(());
            }
        }
        judged
    }
}
