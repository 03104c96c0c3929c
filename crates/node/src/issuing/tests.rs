//! Tests of what the country key signs, and of what it refuses.

use chancery_record::{DAY_MS, TrustRoster};

use super::*;

fn key(seed: u8) -> SigningKey {
    SigningKey::from_bytes(&[seed; 32])
}

fn wanted(record: u8, from_day: u64, to_day: u64) -> WantedCertificate {
    WantedCertificate::naming(&key(100), &key(record), Instant(from_day * DAY_MS), Instant(to_day * DAY_MS))
}

fn request(wanted: Option<WantedCertificate>, revoke: &[u64]) -> CertificateRequest {
    CertificateRequest {
        country: "FR".parse().unwrap(),
        agency: "NCB Paris".into(),
        addresses: vec![],
        languages: vec!["fr".into()],
        duty_contact: String::new(),
        wanted,
        revoke: revoke.to_vec(),
        present: None,
        made: Instant(0),
    }
}

fn issue(
    country_key: u8,
    successor: u8,
    day: u64,
    asked: &CertificateRequest,
    last: Option<&ContactCard>,
) -> Result<ContactCard, IssueFault> {
    let country_key = key(country_key);
    let issuer =
        Issuer { country_key: &country_key, successor: public_key(&key(successor)), now: Instant(day * DAY_MS) };
    issuer.issue(asked, last).map(|signed| signed.open().unwrap())
}

#[test]
fn serials_rise_and_old_certificates_stay() {
    let first = issue(1, 2, 10, &request(Some(wanted(50, 10, 375)), &[]), None).unwrap();
    let second = issue(1, 2, 20, &request(Some(wanted(51, 27, 392)), &[]), Some(&first)).unwrap();
    assert_eq!((first.serial, second.serial), (1, 2));
    let serials: Vec<u64> = second.opened_certificates().unwrap().iter().map(|one| one.serial).collect();
    assert_eq!(serials, [1, 2]);
    assert_eq!(second.certificates[0], first.certificates[0], "the bytes of a certificate never change");
    let mut roster = TrustRoster::default();
    roster.admit(&second).unwrap();
    let country = second.country;
    let trusted = |record: u8, day: u64| {
        roster.trusts_record_key(country, &public_key(&key(record)), Instant(day * DAY_MS)).is_ok()
    };
    assert!(trusted(50, 15) && trusted(50, 30) && trusted(51, 30));
    assert!(!trusted(51, 26), "not before it takes effect");
}

#[test]
fn a_revocation_names_a_certificate_once() {
    let first = issue(1, 2, 10, &request(Some(wanted(50, 10, 375)), &[]), None).unwrap();
    let second = issue(1, 2, 11, &request(None, &[1]), Some(&first)).unwrap();
    assert_eq!(second.opened_revocations().unwrap()[0].revoked, Instant(11 * DAY_MS));
    let refused = |serial| issue(1, 2, 12, &request(None, &[serial]), Some(&second)).unwrap_err();
    assert_eq!(refused(1), IssueFault::RevokedBefore(1));
    assert_eq!(refused(7), IssueFault::NoCertificate(7));
}

#[test]
fn only_the_key_or_its_successor_follows() {
    let first = issue(1, 2, 10, &request(Some(wanted(50, 10, 375)), &[]), None).unwrap();
    let stranger = issue(9, 2, 11, &request(None, &[]), Some(&first)).unwrap_err();
    assert_eq!(stranger, IssueFault::OtherKey(first.country));
    let heir = issue(2, 3, 11, &request(None, &[]), Some(&first)).unwrap();
    assert_eq!(heir.opened_certificates().unwrap(), first.opened_certificates().unwrap());
    assert_ne!(heir.fingerprint(), first.fingerprint());
}

#[test]
fn what_must_not_be_certified() {
    let check = |asked: WantedCertificate, last: Option<&ContactCard>| {
        issue(1, 2, 10, &request(Some(asked), &[]), last).unwrap_err()
    };
    assert!(matches!(check(wanted(50, 10, 10), None), IssueFault::Validity { .. }));
    assert!(matches!(check(wanted(50, 1, 9), None), IssueFault::Validity { .. }));
    assert!(matches!(check(wanted(50, 10, 5000), None), IssueFault::Validity { .. }));
    let first = issue(1, 2, 10, &request(Some(wanted(50, 10, 375)), &[]), None).unwrap();
    assert_eq!(check(wanted(50, 20, 385), Some(&first)), IssueFault::KnownKey(1));
    let mut long = request(Some(wanted(51, 10, 20)), &[]);
    long.agency = "x".repeat(300);
    assert_eq!(issue(1, 2, 10, &long, None).unwrap_err(), IssueFault::Card(CardFault::TooLong));
}

#[test]
fn a_full_card_drops_what_ended_first() {
    let mut card = issue(1, 2, 10, &request(Some(wanted(0, 9, 12)), &[]), None).unwrap();
    for record in 1..CARD_CERTIFICATES_MAX as u8 {
        card = issue(1, 2, 10, &request(Some(wanted(record, 9, 11 + u64::from(record))), &[]), Some(&card)).unwrap();
    }
    assert_eq!(card.certificates.len(), CARD_CERTIFICATES_MAX);
    let full = issue(1, 2, 11, &request(Some(wanted(90, 11, 99)), &[]), Some(&card)).unwrap_err();
    assert_eq!(full, IssueFault::Full);
    let next = issue(1, 2, 20, &request(Some(wanted(90, 20, 99)), &[]), Some(&card)).unwrap();
    let serials: Vec<u64> = next.opened_certificates().unwrap().iter().map(|one| one.serial).collect();
    assert_eq!(serials.len(), CARD_CERTIFICATES_MAX);
    assert!(!serials.contains(&1) && serials.contains(&(CARD_CERTIFICATES_MAX as u64 + 1)));
}

#[test]
fn a_request_proves_that_its_keys_are_held() {
    let asked = request(Some(wanted(50, 10, 20)), &[]);
    let good = asked.sign(Some(&key(100)), Some(&key(50)));
    assert_eq!(SignedRequest::open(&good.to_bytes()).unwrap(), asked);
    let check = |signed: SignedRequest| {
        assert_eq!(SignedRequest::open(&signed.to_bytes()).unwrap_err(), RequestFault::Proof);
    };
    check(asked.sign(Some(&key(100)), Some(&key(51))));
    check(asked.sign(Some(&key(50)), Some(&key(100))));
    check(asked.sign(Some(&key(100)), None));
    check(request(None, &[1]).sign(Some(&key(100)), None));
    SignedRequest::open(&request(None, &[1]).sign(None, None).to_bytes()).unwrap();
    let mut bytes = good.to_bytes();
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    assert_eq!(SignedRequest::open(&bytes).unwrap_err(), RequestFault::Proof);
    for end in 0..last {
        assert!(SignedRequest::open(&bytes[..end]).is_err());
    }
}
