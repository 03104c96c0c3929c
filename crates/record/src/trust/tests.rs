//! Keys of a country over time: learned, revoked, succeeded.

use super::*;
use crate::Revocation;
use crate::limits::{COUNTRY_CERTIFICATES_MAX, COUNTRY_REVOCATIONS_MAX};
use crate::signing::public_key;
use ed25519_dalek::SigningKey;

fn key(number: u8) -> SigningKey {
    SigningKey::from_bytes(&[number; 32])
}

fn country() -> Country {
    "DE".parse().unwrap()
}

fn certificate(signer: &SigningKey, serial: u64, record: u8, from: u64, to: u64) -> SignedByCountry {
    let certificate = Certificate {
        country: country(),
        serial,
        transport_key: public_key(&key(200)),
        record_key: public_key(&key(record)),
        not_before: Instant(from),
        not_after: Instant(to),
    };
    certificate.sign(signer)
}

fn revocation(signer: &SigningKey, serial: u64) -> SignedByCountry {
    Revocation { country: country(), serial, revoked: Instant(5) }.sign(signer)
}

fn card(signer: u8, successor: u8, serial: u64, certificates: Vec<SignedByCountry>) -> ContactCard {
    ContactCard {
        country: country(),
        agency: "an agency".into(),
        country_key: public_key(&key(signer)),
        successor: public_key(&key(successor)).digest(),
        serial,
        issued: Instant(serial),
        certificates,
        revocations: vec![],
        addresses: vec![],
        languages: vec![],
        duty_contact: String::new(),
    }
}

fn roster() -> TrustRoster {
    let mut roster = TrustRoster::default();
    roster.admit(&card(1, 2, 1, vec![certificate(&key(1), 1, 11, 0, 100)])).unwrap();
    roster
}

#[test]
fn what_is_learned_is_passed_on_verbatim() {
    let mut roster = roster();
    let (next, revoked) = (certificate(&key(1), 2, 12, 50, 200), revocation(&key(1), 1));
    roster.learn(country(), std::slice::from_ref(&next), std::slice::from_ref(&revoked)).unwrap();
    let news = roster.news_of(country()).unwrap();
    assert_eq!(news.certificates, [certificate(&key(1), 1, 11, 0, 100), next.clone()]);
    assert_eq!(news.revocations, std::slice::from_ref(&revoked));
    assert_eq!(KeyNews::from_bytes(&news.to_bytes()).unwrap(), news);
    let current = roster.news_at(country(), Instant(100), 16).unwrap();
    assert_eq!((current.certificates, current.revocations), (vec![next], vec![revoked]), "an end leaves revocations");
    let before = roster.clone();
    roster.learn(country(), &news.certificates, &news.revocations).unwrap();
    assert_eq!(roster, before);
}

#[test]
fn a_key_is_lost_with_its_certificate() {
    let mut roster = roster();
    let lost = public_key(&key(11));
    roster.trusts_record_key(country(), &lost, Instant(60)).unwrap();
    roster.learn(country(), &[certificate(&key(1), 2, 11, 0, 200)], &[revocation(&key(1), 1)]).unwrap();
    let judged = roster.trusts_record_key(country(), &lost, Instant(60)).unwrap_err();
    assert_eq!(judged, Untrusted::Revoked { country: country(), serial: 1 });
    assert!(judged.is_pending(), "the originator may seal again");
    assert!(roster.certificate_of_record_key(country(), &lost).is_some(), "its old word can still be read");
    assert!(
        roster.trusts_transport_key(country(), &public_key(&key(200)), Instant(60)),
        "another certificate names it"
    );
}

#[test]
fn news_of_another_hand_is_refused_as_a_whole() {
    let mut roster = roster();
    let before = roster.clone();
    let (good, bad) = (certificate(&key(1), 2, 12, 50, 200), certificate(&key(9), 3, 13, 50, 200));
    assert!(roster.learn(country(), &[good, bad], &[]).is_err());
    assert!(roster.learn(country(), &[], &[revocation(&key(9), 1)]).is_err());
    assert_eq!(roster, before);
}

#[test]
fn only_the_announced_successor_takes_the_place_of_a_country_key() {
    let mut roster = roster();
    // What the lost key signed, and its heir did not sign again: a thief's certificate and a thief's revocation.
    roster.learn(country(), &[certificate(&key(1), 2, 12, 0, 200)], &[revocation(&key(1), 1)]).unwrap();
    let stranger = card(3, 4, 9, vec![certificate(&key(3), 1, 11, 0, 100)]);
    assert_eq!(roster.admit(&stranger), Err(CardFault::OtherKey(country())));
    roster.admit(&card(2, 3, 2, vec![certificate(&key(2), 1, 11, 0, 100)])).unwrap();
    assert_eq!(roster.country_key(country()), Some(public_key(&key(2))));
    assert_eq!(roster.trusts_record_key(country(), &public_key(&key(11)), Instant(60)), Ok(()));
    let thief = roster.trusts_record_key(country(), &public_key(&key(12)), Instant(60));
    assert_eq!(thief, Err(Untrusted::UnknownKey(country())));
    assert_eq!(roster.admit(&card(1, 2, 3, vec![])), Err(CardFault::OtherKey(country())), "no way back");
    roster.admit(&stranger).unwrap();
}

#[test]
fn an_older_card_does_not_bring_back_an_older_successor() {
    let mut roster = roster();
    roster.admit(&card(1, 7, 5, vec![])).unwrap();
    roster.admit(&card(1, 2, 1, vec![])).unwrap();
    assert_eq!(roster.admit(&card(2, 3, 6, vec![])), Err(CardFault::OtherKey(country())));
    roster.admit(&card(7, 3, 6, vec![])).unwrap();
}

#[test]
fn a_country_cannot_fill_the_memory_of_others() {
    let mut roster = roster();
    let many = (2..400).map(|serial| certificate(&key(1), serial, 12, 0, 200)).collect::<Vec<_>>();
    let revoked = (1..400).map(|serial| revocation(&key(1), serial)).collect::<Vec<_>>();
    for part in many.chunks(16) {
        roster.learn(country(), part, &[]).unwrap();
    }
    for part in revoked.chunks(16) {
        roster.learn(country(), &[], part).unwrap();
    }
    let news = roster.news_of(country()).unwrap();
    assert_eq!(news.certificates.len(), COUNTRY_CERTIFICATES_MAX);
    assert_eq!(news.revocations.len(), COUNTRY_REVOCATIONS_MAX);
    assert!(roster.certificates(country()).all(|one| one.serial >= 272 && roster.is_revoked(country(), one.serial)));
    KeyNews::from_bytes(&news.to_bytes()).unwrap();
}
