//! What the country key signs: requests from the node's machine, answered by the next contact card.

pub mod request;

#[cfg(test)]
mod tests;

use chancery_record::limits::CARD_CERTIFICATES_MAX;
use chancery_record::signing::public_key;
use chancery_record::{
    CardFault, Certificate, ContactCard, Country, Instant, PublicKey, Revocation, SignedByCountry, SignedCard,
};
use ed25519_dalek::SigningKey;
use thiserror::Error;

pub use self::request::{CertificateRequest, RequestFault, SignedRequest, WantedCertificate};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::CERTIFICATE_DAYS_MAX;

/// What signs a card.
pub struct Issuer<'a> {
    /// The country key.
    pub country_key: &'a SigningKey,
    /// The key that succeeds it, to which the card commits.
    pub successor: PublicKey,
    /// Now.
    pub now: Instant,
}

/// Why no card is issued.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum IssueFault {
    /// The last card is of another country.
    #[error("the last card is of {found}, the request of {expected}")]
    Country {
        /// The country of the last card.
        found: Country,
        /// The country of the request.
        expected: Country,
    },
    /// The last card was signed by a key that this one does not succeed.
    #[error("the last card of {0} was signed by another country key, and it does not name this one as its successor")]
    OtherKey(Country),
    /// The validity asked for is not acceptable.
    #[error("the certificate would be valid from {from} to {to}; at most {CERTIFICATE_DAYS_MAX} days are signed")]
    Validity {
        /// Its beginning.
        from: Instant,
        /// Its end.
        to: Instant,
    },
    /// The record key already stands under another certificate.
    #[error("certificate {0} already names this record key; a new certificate needs a new one")]
    KnownKey(u64),
    /// There is no such certificate.
    #[error("the card has no certificate {0}")]
    NoCertificate(u64),
    /// It was revoked before.
    #[error("certificate {0} was revoked before")]
    RevokedBefore(u64),
    /// There is no room for another.
    #[error("the card has no room for another certificate: none of its {CARD_CERTIFICATES_MAX} has ended")]
    Full,
    /// What would be signed is no good card.
    #[error(transparent)]
    Card(#[from] CardFault),
}

impl From<IssueFault> for Failure {
    fn from(fault: IssueFault) -> Self {
        let next = match &fault {
            IssueFault::Country { .. } => "check that the request came from the right node",
            IssueFault::OtherKey(_) => "use the country key that signed it, or `chancery key succeed` if that is lost",
            IssueFault::Validity { .. } => "choose fewer days with `--valid-days`",
            IssueFault::KnownKey(_) => "run `chancery key rotate` for a new record key",
            IssueFault::NoCertificate(_) | IssueFault::RevokedBefore(_) => {
                "`chancery key show` lists the certificates and their serials"
            }
            IssueFault::Full => "revoke certificates that are no longer used",
            IssueFault::Card(_) => "shorten the agency, the duty contact or the list of addresses in `node.toml`",
        };
        Self::of(Exit::Failed, fault).next(next)
    }
}

impl Issuer<'_> {
    /// Signs the next card of the country: what the last one had, with what the request adds.
    ///
    /// Certificates stay on the card after they end, because records sealed under them are still checked; where there is no
    /// room, the one that ended first goes.
    pub fn issue(&self, request: &CertificateRequest, last: Option<&ContactCard>) -> Result<SignedCard, IssueFault> {
        if let Some(last) = last {
            self.may_follow(last, request.country)?;
        }
        let mut certificates = last.map_or(Ok(Vec::new()), ContactCard::opened_certificates)?;
        let mut revocations = last.map_or(Ok(Vec::new()), ContactCard::opened_revocations)?;
        for serial in &request.revoke {
            let revoked = self.revocation(*serial, &certificates, &revocations, request.country)?;
            revocations.push(revoked);
        }
        if let Some(wanted) = &request.wanted {
            let certificate = self.certificate(wanted, &certificates, request.country)?;
            self.make_room(&mut certificates)?;
            certificates.push(certificate);
        }
        let card = ContactCard {
            country: request.country,
            agency: request.agency.clone(),
            country_key: public_key(self.country_key),
            successor: self.successor.digest(),
            serial: last.map_or(0, |last| last.serial).saturating_add(1),
            issued: self.now,
            certificates: certificates.iter().map(|certificate| self.signed(certificate)).collect(),
            revocations: revocations.iter().map(|revocation| revocation.sign(self.country_key)).collect(),
            addresses: request.addresses.clone(),
            languages: request.languages.clone(),
            duty_contact: request.duty_contact.clone(),
        };
        let signed = card.sign(self.country_key);
        // Read as every receiver reads it: a card that others refuse must not leave this machine.
        SignedCard::from_bytes(&signed.to_bytes())?;
        Ok(signed)
    }

    fn may_follow(&self, last: &ContactCard, country: Country) -> Result<(), IssueFault> {
        if last.country != country {
            return Err(IssueFault::Country { found: last.country, expected: country });
        }
        let own = public_key(self.country_key);
        if last.country_key != own && last.successor != own.digest() {
            return Err(IssueFault::OtherKey(country));
        }
        Ok(())
    }

    /// Signing is deterministic: a certificate of the last card comes out with the bytes it had.
    fn signed(&self, certificate: &Certificate) -> SignedByCountry {
        certificate.sign(self.country_key)
    }

    fn certificate(
        &self,
        wanted: &WantedCertificate,
        known: &[Certificate],
        country: Country,
    ) -> Result<Certificate, IssueFault> {
        let (from, to) = (wanted.not_before, wanted.not_after);
        let longest = u64::from(CERTIFICATE_DAYS_MAX).saturating_mul(chancery_record::DAY_MS);
        if to <= from || to <= self.now || to.0 - from.0 > longest {
            return Err(IssueFault::Validity { from, to });
        }
        if let Some(other) = known.iter().find(|certificate| certificate.record_key == wanted.record_key) {
            return Err(IssueFault::KnownKey(other.serial));
        }
        let highest = known.iter().map(|certificate| certificate.serial).max().unwrap_or(0);
        Ok(Certificate {
            country,
            serial: highest.saturating_add(1),
            transport_key: wanted.transport_key,
            record_key: wanted.record_key,
            not_before: from,
            not_after: to,
        })
    }

    fn revocation(
        &self,
        serial: u64,
        certificates: &[Certificate],
        revocations: &[Revocation],
        country: Country,
    ) -> Result<Revocation, IssueFault> {
        if !certificates.iter().any(|certificate| certificate.serial == serial) {
            return Err(IssueFault::NoCertificate(serial));
        }
        if revocations.iter().any(|revocation| revocation.serial == serial) {
            return Err(IssueFault::RevokedBefore(serial));
        }
        Ok(Revocation { country, serial, revoked: self.now })
    }

    fn make_room(&self, certificates: &mut Vec<Certificate>) -> Result<(), IssueFault> {
        if certificates.len() < CARD_CERTIFICATES_MAX {
            return Ok(());
        }
        let ended = certificates.iter().enumerate().filter(|(_, certificate)| certificate.not_after <= self.now);
        let first = ended.min_by_key(|(_, certificate)| certificate.not_after).map(|(at, _)| at);
        certificates.remove(first.ok_or(IssueFault::Full)?);
        Ok(())
    }
}
