//! Keys and certificates of countries, the same on every run.

use chancery_exchange::OwnIdentity;
use chancery_record::encoding::{Domain, digest};
use chancery_record::signing::public_key;
use chancery_record::{
    Certificate, ContactCard, Country, DAY_MS, Instant, PublicKey, Revocation, SignedByCountry, TrustRoster,
};
use ed25519_dalek::SigningKey;

/// 2026-11-21T12:00:00Z.
pub const START: Instant = Instant(1_795_262_400_000);
const YEAR_MS: u64 = 365 * DAY_MS;

pub fn country(letters: &str) -> Country {
    letters.parse().unwrap()
}

fn key(of: Country, what: &str) -> SigningKey {
    SigningKey::from_bytes(&digest(Domain::Row, &[of.letters().as_slice(), what.as_bytes()]))
}

pub fn country_key(of: Country) -> SigningKey {
    key(of, "country")
}

pub fn record_key(of: Country) -> SigningKey {
    key(of, "record")
}

/// The key of the certificate that comes next.
pub fn next_record_key(of: Country) -> SigningKey {
    key(of, "next record")
}

pub fn transport_key(of: Country) -> PublicKey {
    public_key(&key(of, "transport"))
}

pub fn certificate(of: Country, serial: u64, record_key: &SigningKey) -> SignedByCountry {
    let certificate = Certificate {
        country: of,
        serial,
        transport_key: transport_key(of),
        record_key: public_key(record_key),
        not_before: Instant(START.0 - YEAR_MS),
        not_after: Instant(START.0 + 20 * YEAR_MS),
    };
    certificate.sign(&country_key(of))
}

pub fn revocation(of: Country, serial: u64) -> SignedByCountry {
    Revocation { country: of, serial, revoked: START }.sign(&country_key(of))
}

pub fn card(of: Country) -> ContactCard {
    ContactCard {
        country: of,
        agency: "Police".into(),
        country_key: public_key(&country_key(of)),
        successor: [0; 32],
        serial: 1,
        issued: START,
        certificates: vec![certificate(of, 1, &record_key(of))],
        revocations: Vec::new(),
        addresses: Vec::new(),
        languages: Vec::new(),
        duty_contact: "desk".into(),
    }
}

/// A roster with the cards of all these countries.
pub fn roster(countries: &[Country]) -> TrustRoster {
    let mut roster = TrustRoster::default();
    for country in countries {
        roster.admit(&card(*country)).unwrap();
    }
    roster
}

pub fn identity(of: Country) -> OwnIdentity {
    OwnIdentity {
        country: of,
        unit: "UNIT-1".parse().unwrap(),
        record_key: record_key(of),
        transport_key: transport_key(of),
        certificates: vec![certificate(of, 1, &record_key(of))],
        revocations: Vec::new(),
    }
}
