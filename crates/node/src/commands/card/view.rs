//! How a contact card is shown.

use chancery_record::{Certificate, ContactCard, Country, Instant, KeyNews, PublicKey, TrustRoster};
use serde::Serialize;

use crate::fingerprint;
use crate::output::{Row, counted};

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
        let is_revoked = revoked.iter().any(|revocation| revocation.serial == certificate.serial);
        if is_revoked { Self::Revoked } else { Self::by_date(certificate, now) }
    }

    fn by_date(certificate: &Certificate, now: Instant) -> Self {
        if certificate.is_valid_at(now) {
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

/// A country's keys as this node knows them: what its card says, and what peers brought since.
pub(super) struct KnownKeys {
    country: Country,
    roster: TrustRoster,
    on_card: Vec<Certificate>,
    revoked_on_card: usize,
}

impl KnownKeys {
    pub fn of(card: &ContactCard, learned: Option<&KeyNews>) -> Self {
        let mut roster = TrustRoster::default();
        // A card that opens can be believed; what does not fit it counts for nothing, and is not shown.
        let _ = roster.admit(card);
        if let Some(news) = learned {
            let _ = roster.learn(card.country, &news.certificates, &news.revocations);
        }
        let on_card = card.opened_certificates().unwrap_or_default();
        Self { country: card.country, roster, on_card, revoked_on_card: card.revocations.len() }
    }

    fn certificates(&self) -> impl Iterator<Item = &Certificate> {
        self.roster.certificates(self.country)
    }

    fn state(&self, certificate: &Certificate, now: Instant) -> CertificateState {
        if self.roster.is_revoked(self.country, certificate.serial) {
            CertificateState::Revoked
        } else {
            CertificateState::by_date(certificate, now)
        }
    }

    fn is_learned(&self, certificate: &Certificate) -> bool {
        !self.on_card.contains(certificate)
    }

    fn learned_certificates(&self) -> usize {
        self.certificates().filter(|certificate| self.is_learned(certificate)).count()
    }

    fn learned_revocations(&self) -> usize {
        let known = self.roster.news_of(self.country).map_or(0, |news| news.revocations.len());
        known.saturating_sub(self.revoked_on_card)
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
    /// Whether a peer brought it after the card.
    learned: bool,
}

impl CardRow {
    pub fn of(card: &ContactCard, known: &KnownKeys, now: Instant) -> Self {
        let view = |certificate: &Certificate| CertificateView {
            serial: certificate.serial,
            state: known.state(certificate, now),
            peer: peer_id(&certificate.transport_key),
            record_key: certificate.record_key,
            not_before: certificate.not_before,
            not_after: certificate.not_after,
            learned: known.is_learned(certificate),
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
            certificates: known.certificates().map(view).collect(),
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
            let source = if one.learned { ", learned after the card" } else { "" };
            format!("{} {}, {from} to {until}, {}{source}", one.serial, one.state.word(), one.peer)
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
    learned_certificates: usize,
    learned_revocations: usize,
    fingerprint_hex: String,
}

impl ListedCard {
    pub fn of(card: &ContactCard, known: &KnownKeys, origin: &'static str, now: Instant) -> Self {
        let valid = known.certificates().filter(|one| known.state(one, now) == CertificateState::Valid);
        Self {
            country: card.country,
            agency: card.agency.clone(),
            origin,
            serial: card.serial,
            issued: card.issued,
            valid_until: valid.map(|certificate| certificate.not_after).max(),
            learned_certificates: known.learned_certificates(),
            learned_revocations: known.learned_revocations(),
            fingerprint_hex: fingerprint::digits(&card.fingerprint()),
        }
    }
}

impl ListedCard {
    fn learned(&self) -> String {
        let some = |count, one, many| (count > 0).then(|| counted(count, one, many));
        let parts = [
            some(self.learned_certificates, "certificate", "certificates"),
            some(self.learned_revocations, "revocation", "revocations"),
        ];
        parts.into_iter().flatten().collect::<Vec<_>>().join(", ")
    }
}

impl Row for ListedCard {
    const SCHEMA: &'static str = "chancery/listed-card/1";
    const COLUMNS: &'static [&'static str] =
        &["country", "agency", "origin", "serial", "issued", "valid until", "learned since", "fingerprint"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.country.to_string(),
            self.agency.clone(),
            self.origin.to_owned(),
            self.serial.to_string(),
            self.issued.date().to_string(),
            self.valid_until.map_or_else(|| "no valid certificate".to_owned(), |until| until.date().to_string()),
            self.learned(),
            self.fingerprint_hex.clone(),
        ]
    }
}
