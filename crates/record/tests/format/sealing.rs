//! Fixed keys, salts and placements, so that what the tests seal is the same on every run.

use chancery_record::signing::public_key;
use chancery_record::{
    Certificate, ContactCard, Draft, Instant, Lineage, Placement, Record, Revocation, SignedByCountry, TrustRoster,
};
use ed25519_dalek::SigningKey;

/// 2026-11-21T09:00:00Z.
pub(crate) const ISSUED: Instant = Instant(1_795_251_600_000);
pub(crate) const YEAR_MS: u64 = 365 * 86_400_000;

pub(crate) fn country_key() -> SigningKey {
    SigningKey::from_bytes(&[1; 32])
}

pub(crate) fn record_key() -> SigningKey {
    SigningKey::from_bytes(&[2; 32])
}

pub(crate) fn transport_key() -> SigningKey {
    SigningKey::from_bytes(&[3; 32])
}

pub(crate) fn placement(revision: u64) -> Placement {
    Placement {
        lineage: Lineage([7; 16]),
        revision,
        collected: None,
        originator: "FR".parse().unwrap(),
        unit: "OCLCO".parse().unwrap(),
        issued: ISSUED,
    }
}

pub(crate) fn sealed(draft: &Draft, revision: u64) -> Record {
    let mut count = 0u8;
    let salts = || {
        count += 1;
        [count; 16]
    };
    draft.seal(&placement(revision), &record_key(), salts).unwrap()
}

pub(crate) fn certificate() -> Certificate {
    Certificate {
        country: "FR".parse().unwrap(),
        serial: 4,
        transport_key: public_key(&transport_key()),
        record_key: public_key(&record_key()),
        not_before: Instant(ISSUED.0 - YEAR_MS),
        not_after: Instant(ISSUED.0 + YEAR_MS),
    }
}

pub(crate) fn revocation() -> Revocation {
    Revocation { country: "FR".parse().unwrap(), serial: 4, revoked: Instant(ISSUED.0 + 1) }
}

pub(crate) fn card(certificate: &Certificate, revocations: Vec<SignedByCountry>) -> ContactCard {
    ContactCard {
        country: "FR".parse().unwrap(),
        agency: "Office central de Villeneuve-la-Chimère".to_owned(),
        country_key: public_key(&country_key()),
        successor: [9; 32],
        serial: 2,
        issued: ISSUED,
        certificates: vec![certificate.sign(&country_key())],
        revocations,
        addresses: vec!["/ip4/192.0.2.7/udp/4001/quic-v1".to_owned()],
        languages: vec!["fr".to_owned(), "de".to_owned()],
        duty_contact: "duty@chimere.example".to_owned(),
    }
}

pub(crate) fn roster_of(card: &ContactCard) -> TrustRoster {
    let mut roster = TrustRoster::default();
    roster.admit(card).unwrap();
    roster
}

pub(crate) fn roster() -> TrustRoster {
    roster_of(&card(&certificate(), Vec::new()))
}

pub(crate) fn sample() -> Draft {
    Draft::parse_json(SAMPLE).unwrap()
}

/// A record with a protected section, and with sections it does not have.
pub(crate) const SAMPLE: &str = r#"{
  "kind": "notice.blue",
  "source_reference": "FR-TEST-1",
  "collected": "2026-11-02",
  "expires": "2030-11-02",
  "tags": {
    "handling": ["H1", "H2"], "tlp": "AMBER", "classification": "RESTRICTED",
    "purposes": ["investigation", "identification"], "caveats": ["source_protection"], "precedence": "PRIORITY",
    "offences": ["fraud"], "penalty": "3_years_and_more", "statuses": ["suspect"], "minors": "no",
    "obtained_by": ["police", "human_source"], "sensitive": [], "operation": "Umbrella", "zone": "FR-BFC"
  },
  "audience": { "releasable_to": ["DE", "BR/PF"], "not_releasable_to": ["US"], "onward": "with_consent" },
  "section_tags": { "source": { "classification": "SECRET" } },
  "identity": { "family_name": "VLINDERQUIST", "forename": "Oszmund", "sex": "M", "date_of_birth": "1971-03" },
  "judicial": { "max_penalty": "5 years" },
  "narrative": { "what_is_sought": "whereabouts" },
  "source": { "text": "a neighbour", "evaluation": "B3" }
}"#;
