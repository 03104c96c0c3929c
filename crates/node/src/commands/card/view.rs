//! How a contact card is shown.

use chancery_record::{Certificate, ContactCard, Country, Instant, PublicKey};
use serde::Serialize;

use crate::fingerprint;
use crate::output::Row;

/// The network identity that follows from a transport key.
pub fn peer_id(key: &PublicKey) -> String {
    match libp2p::identity::ed25519::PublicKey::try_from_bytes(&key.0) {
        Ok(key) => libp2p::identity::PublicKey::from(key).to_peer_id().to_string(),
        Err(_) => format!("{key} (no ed25519 key)"),
    }
}

/// Whether a certificate may be relied on.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum CertificateState {
    /// It is valid now.
    Valid,
    /// It takes effect later.
    ToCome,
    /// It is over.
    Ended,
    /// It was revoked.
    Revoked,
}

impl CertificateState {
    /// The state of a certificate of that card.
    pub fn of(certificate: &Certificate, card: &ContactCard, now: Instant) -> Self {
        let revoked = card.opened_revocations().unwrap_or_default();
        if revoked.iter().any(|revocation| revocation.serial == certificate.serial) {
            Self::Revoked
        } else if certificate.is_valid_at(now) {
            Self::Valid
        } else if now < certificate.not_before {
            Self::ToCome
        } else {
            Self::Ended
        }
    }

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Valid => "valid",
            Self::ToCome => "to come",
            Self::Ended => "ended",
            Self::Revoked => "revoked",
        }
    }
}

/// A whole card.
#[derive(Serialize)]
pub(super) struct CardRow {
    country: Country,
    country_name: &'static str,
    agency: String,
    fingerprint: String,
    fingerprint_hex: String,
    country_key: PublicKey,
    successor_hash: String,
    serial: u64,
    issued: Instant,
    certificates: Vec<CertificateView>,
    addresses: Vec<String>,
    languages: Vec<String>,
    duty_contact: String,
}

#[derive(Serialize)]
struct CertificateView {
    serial: u64,
    state: CertificateState,
    peer: String,
    record_key: PublicKey,
    not_before: Instant,
    not_after: Instant,
}

impl CardRow {
    pub fn of(card: &ContactCard, now: Instant) -> Self {
        let view = |certificate: &Certificate| CertificateView {
            serial: certificate.serial,
            state: CertificateState::of(certificate, card, now),
            peer: peer_id(&certificate.transport_key),
            record_key: certificate.record_key,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
        };
        Self {
            country: card.country,
            country_name: card.country.name(),
            agency: card.agency.clone(),
            fingerprint: fingerprint::words(&card.fingerprint()),
            fingerprint_hex: fingerprint::digits(&card.fingerprint()),
            country_key: card.country_key,
            successor_hash: PublicKey(card.successor).to_string(),
            serial: card.serial,
            issued: card.issued,
            certificates: card.opened_certificates().unwrap_or_default().iter().map(view).collect(),
            addresses: card.addresses.clone(),
            languages: card.languages.clone(),
            duty_contact: card.duty_contact.clone(),
        }
    }
}

impl Row for CardRow {
    const SCHEMA: &'static str = "chancery/card/1";
    const COLUMNS: &'static [&'static str] = &[
        "country",
        "agency",
        "fingerprint",
        "in digits",
        "serial",
        "issued",
        "certificates",
        "addresses",
        "languages",
        "duty contact",
    ];

    fn cells(&self) -> Vec<String> {
        let line = |one: &CertificateView| {
            let (from, until) = (one.not_before.date(), one.not_after.date());
            format!("{} {}, {from} to {until}, {}", one.serial, one.state.word(), one.peer)
        };
        vec![
            format!("{} {}", self.country, self.country_name),
            self.agency.clone(),
            self.fingerprint.clone(),
            self.fingerprint_hex.clone(),
            self.serial.to_string(),
            self.issued.to_string(),
            self.certificates.iter().map(line).collect::<Vec<_>>().join("\n"),
            self.addresses.join("\n"),
            self.languages.join(", "),
            self.duty_contact.clone(),
        ]
    }
}

/// One line of a list of cards.
#[derive(Serialize)]
pub(super) struct ListedCard {
    country: Country,
    agency: String,
    origin: &'static str,
    serial: u64,
    issued: Instant,
    valid_until: Option<Instant>,
    fingerprint_hex: String,
}

impl ListedCard {
    pub fn of(card: &ContactCard, origin: &'static str, now: Instant) -> Self {
        let certificates = card.opened_certificates().unwrap_or_default();
        let valid = certificates.iter().filter(|one| CertificateState::of(one, card, now) == CertificateState::Valid);
        Self {
            country: card.country,
            agency: card.agency.clone(),
            origin,
            serial: card.serial,
            issued: card.issued,
            valid_until: valid.map(|certificate| certificate.not_after).max(),
            fingerprint_hex: fingerprint::digits(&card.fingerprint()),
        }
    }
}

impl Row for ListedCard {
    const SCHEMA: &'static str = "chancery/listed-card/1";
    const COLUMNS: &'static [&'static str] =
        &["country", "agency", "origin", "serial", "issued", "valid until", "fingerprint"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.country.to_string(),
            self.agency.clone(),
            self.origin.to_owned(),
            self.serial.to_string(),
            self.issued.date().to_string(),
            self.valid_until.map_or_else(|| "no valid certificate".to_owned(), |until| until.date().to_string()),
            self.fingerprint_hex.clone(),
        ]
    }
}
