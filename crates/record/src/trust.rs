//! Whom this node believes: the country keys and certificates of every imported card.

use std::collections::BTreeMap;

use thiserror::Error;

use crate::{
    CardFault, Certificate, CertificateFault, ContactCard, Country, Instant, Manifest, PublicKey, Revocation, Seal,
    SignedByCountry,
};

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
    /// Whether a card or certificate still to come may change the answer.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::UnknownCountry(_) | Self::UnknownKey(_))
    }
}

/// One country's keys as known here.
#[derive(Clone, Debug, PartialEq, Eq)]
struct CountryTrust {
    country_key: PublicKey,
    certificates: Vec<Certificate>,
    revoked: BTreeMap<u64, Instant>,
}

impl CountryTrust {
    fn take(&mut self, certificates: Vec<Certificate>, revocations: Vec<Revocation>) {
        for certificate in certificates {
            if !self.certificates.contains(&certificate) {
                self.certificates.push(certificate);
            }
        }
        self.certificates.sort_by_key(|certificate| certificate.serial);
        for revocation in revocations {
            let known = self.revoked.entry(revocation.serial).or_insert(revocation.revoked);
            *known = revocation.revoked.min(*known);
        }
    }
}

/// All countries whose cards were imported, this one included.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct TrustRoster {
    countries: BTreeMap<Country, CountryTrust>,
}

impl TrustRoster {
    /// Takes in a verified card; certificates and revocations known before are kept.
    pub fn admit(&mut self, card: &ContactCard) -> Result<(), CardFault> {
        let certificates = card.opened_certificates()?;
        let revocations = card.opened_revocations()?;
        let entry = self.countries.entry(card.country).or_insert_with(|| CountryTrust {
            country_key: card.country_key,
            certificates: Vec::new(),
            revoked: BTreeMap::new(),
        });
        entry.country_key = card.country_key;
        entry.take(certificates, revocations);
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
        let opened = certificates.iter().map(|signed| Certificate::open(signed, country, &trust.country_key));
        let opened = opened.collect::<Result<Vec<_>, _>>()?;
        let revoked = revocations.iter().map(|signed| Revocation::open(signed, country, &trust.country_key));
        let revoked = revoked.collect::<Result<Vec<_>, _>>()?;
        trust.take(opened, revoked);
        Ok(())
    }

    /// The countries known.
    pub fn countries(&self) -> impl Iterator<Item = Country> {
        self.countries.keys().copied()
    }

    /// The key that signs a country's treaties and certificates.
    pub fn country_key(&self, country: Country) -> Option<PublicKey> {
        self.countries.get(&country).map(|trust| trust.country_key)
    }

    /// Every certificate of a country that is valid at `at` and not revoked.
    pub fn valid_certificates(&self, country: Country, at: Instant) -> impl Iterator<Item = &Certificate> {
        self.countries.get(&country).into_iter().flat_map(move |trust| {
            trust.certificates.iter().filter(move |certificate| {
                certificate.is_valid_at(at) && !trust.revoked.contains_key(&certificate.serial)
            })
        })
    }

    /// The certificate that names a record key, valid or not.
    pub fn certificate_of_record_key(&self, country: Country, key: &PublicKey) -> Option<&Certificate> {
        let trust = self.countries.get(&country)?;
        trust.certificates.iter().find(|certificate| certificate.record_key == *key)
    }

    /// Whether a certificate has been revoked.
    pub fn is_revoked(&self, country: Country, serial: u64) -> bool {
        self.countries.get(&country).is_some_and(|trust| trust.revoked.contains_key(&serial))
    }

    /// Whether a record key of `country` may sign at the instant `at`.
    pub fn trusts_record_key(&self, country: Country, key: &PublicKey, at: Instant) -> Result<(), Untrusted> {
        if !self.countries.contains_key(&country) {
            return Err(Untrusted::UnknownCountry(country));
        }
        let certificate = self.certificate_of_record_key(country, key).ok_or(Untrusted::UnknownKey(country))?;
        if self.is_revoked(country, certificate.serial) {
            return Err(Untrusted::Revoked { country, serial: certificate.serial });
        }
        if !certificate.is_valid_at(at) {
            return Err(Untrusted::NotValid { country, serial: certificate.serial, at });
        }
        Ok(())
    }

    /// Whether a seal's key may seal this manifest: valid when the record says it was issued, and not revoked.
    ///
    /// What was durably accepted before a revocation was learned is kept by whoever holds it and is not asked here again.
    pub fn trusts_seal(&self, manifest: &Manifest, seal: &Seal) -> Result<(), Untrusted> {
        self.trusts_record_key(manifest.originator, &seal.key, manifest.issued)
    }
}
