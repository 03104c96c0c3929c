//! One country's keys as known here, with the signatures by which they are passed on.

use std::collections::BTreeMap;

use crate::limits::{COUNTRY_CERTIFICATES_MAX, COUNTRY_REVOCATIONS_MAX};
use crate::{
    CardFault, Certificate, CertificateFault, ContactCard, Country, Instant, KeyNews, PublicKey, Revocation,
    SignedByCountry,
};

/// The country key with what it has signed, by serial.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct CountryTrust {
    pub country_key: PublicKey,
    /// SHA-256 of the key that may take the country key's place.
    pub successor: [u8; 32],
    /// The card that named the successor.
    card: u64,
    certificates: Vec<Signed<Certificate>>,
    revocations: BTreeMap<u64, Signed<Revocation>>,
}

/// What a country key has signed: read, and verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Signed<T> {
    content: T,
    signed: SignedByCountry,
}

/// Certificates and revocations, each read and verbatim.
pub(super) type Opened = (Vec<(Certificate, SignedByCountry)>, Vec<(Revocation, SignedByCountry)>);

impl CountryTrust {
    pub fn of(card: &ContactCard) -> Result<Self, CardFault> {
        let certificates = card.opened_certificates()?.into_iter().zip(card.certificates.iter().cloned());
        let revocations = card.opened_revocations()?.into_iter().zip(card.revocations.iter().cloned());
        let mut trust = Self {
            country_key: card.country_key,
            successor: card.successor,
            card: card.serial,
            certificates: Vec::new(),
            revocations: BTreeMap::new(),
        };
        trust.take((certificates.collect(), revocations.collect()));
        Ok(trust)
    }

    /// Takes in what another card under the same key says.
    pub fn join(&mut self, other: Self) {
        if other.card > self.card {
            (self.card, self.successor) = (other.card, other.successor);
        }
        let pair = |one: Signed<Certificate>| (one.content, one.signed);
        let certificates = other.certificates.into_iter().map(pair).collect();
        let revocations = other.revocations.into_values().map(|one| (one.content, one.signed)).collect();
        self.take((certificates, revocations));
    }

    pub fn learn(
        &mut self,
        country: Country,
        certificates: &[SignedByCountry],
        revocations: &[SignedByCountry],
    ) -> Result<(), CertificateFault> {
        let opened = self.opened(country, certificates, revocations)?;
        self.take(opened);
        Ok(())
    }

    /// What is not known yet, opened; what is known verbatim costs no signature.
    pub fn opened(
        &self,
        country: Country,
        certificates: &[SignedByCountry],
        revocations: &[SignedByCountry],
    ) -> Result<Opened, CertificateFault> {
        let key = self.country_key;
        let known = |signed: &&SignedByCountry| !self.certificates.iter().any(|one| one.signed == **signed);
        let opened = certificates.iter().filter(known);
        let opened = opened.map(|signed| Ok((Certificate::open(signed, country, &key)?, signed.clone())));
        let opened = opened.collect::<Result<Vec<_>, CertificateFault>>()?;
        let known = |signed: &&SignedByCountry| !self.revocations.values().any(|one| one.signed == **signed);
        let revoked = revocations.iter().filter(known);
        let revoked = revoked.map(|signed| Ok((Revocation::open(signed, country, &key)?, signed.clone())));
        let revoked = revoked.collect::<Result<Vec<_>, CertificateFault>>()?;
        Ok((opened, revoked))
    }

    pub fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.certificates.iter().map(|one| &one.content)
    }

    pub fn is_revoked(&self, serial: u64) -> bool {
        self.revocations.contains_key(&serial)
    }

    pub fn news(&self, country: Country) -> KeyNews {
        KeyNews {
            country,
            certificates: self.certificates.iter().map(|one| one.signed.clone()).collect(),
            revocations: self.revocations.values().map(|one| one.signed.clone()).collect(),
        }
    }

    pub fn news_at(&self, country: Country, at: Instant, limit: usize) -> KeyNews {
        let current = self.certificates.iter().rev().filter(|one| one.content.not_after > at);
        let mut certificates: Vec<_> = current.take(limit).map(|one| one.signed.clone()).collect();
        let mut revocations: Vec<_> =
            self.revocations.values().rev().take(limit).map(|one| one.signed.clone()).collect();
        certificates.reverse();
        revocations.reverse();
        KeyNews { country, certificates, revocations }
    }

    /// INVARIANT (everything is bounded): of certificates the lowest serials go first; of revocations those of certificates
    /// that are not known, then the lowest serials.
    fn take(&mut self, (certificates, revocations): Opened) {
        for (content, signed) in certificates {
            if !self.certificates.iter().any(|one| one.content == content) {
                self.certificates.push(Signed { content, signed });
            }
        }
        self.certificates.sort_by_key(|one| one.content.serial);
        let surplus = self.certificates.len().saturating_sub(COUNTRY_CERTIFICATES_MAX);
        self.certificates.drain(..surplus);
        for (content, signed) in revocations {
            self.revocations.entry(content.serial).or_insert(Signed { content, signed });
        }
        while self.revocations.len() > COUNTRY_REVOCATIONS_MAX {
            let named = |serial: &u64| self.certificates.iter().any(|one| one.content.serial == *serial);
            let stray = self.revocations.keys().find(|serial| !named(serial)).copied();
            let Some(last) = stray.or_else(|| self.revocations.keys().next().copied()) else { break };
            self.revocations.remove(&last);
        }
    }
}
