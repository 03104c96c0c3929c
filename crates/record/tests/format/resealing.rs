//! Several seals for one id: what a lost key sealed, its originator seals again.

use chancery_record::limits::SEALS_MAX;
use chancery_record::signing::public_key;
use chancery_record::{Certificate, Instant, Record, RecordFault, TrustRoster, Untrusted, UnverifiedRecord};
use ed25519_dalek::SigningKey;

use crate::sealing;

fn next_key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

/// The first certificate is revoked, the next one begins only after the record was issued.
fn roster_after_a_loss() -> TrustRoster {
    let mut roster = sealing::roster_of(&sealing::card(
        &sealing::certificate(),
        vec![sealing::revocation().sign(&sealing::country_key())],
    ));
    let next =
        Certificate { serial: 5, record_key: public_key(&next_key()), not_before: later(-1), ..sealing::certificate() };
    roster.learn(next.country, &[next.sign(&sealing::country_key())], &[]).unwrap();
    roster
}

fn later(hours: i64) -> Instant {
    Instant(sealing::ISSUED.0.saturating_add_signed((hours + 24) * 3_600_000))
}

fn read(record: &Record) -> UnverifiedRecord {
    UnverifiedRecord::from_bytes(&record.to_bytes()).unwrap()
}

#[test]
fn a_fresh_seal_stands_for_the_same_id() {
    let record = sealing::sealed(&sealing::sample(), 3);
    let roster = roster_after_a_loss();
    let refused = read(&record).verify_at(&roster, later(0)).unwrap_err();
    assert!(matches!(refused, RecordFault::Seal(Untrusted::Revoked { serial: 4, .. })) && refused.is_pending());
    let again = record.sealed_again(&next_key());
    assert_eq!((again.id(), again.manifest()), (record.id(), record.manifest()));
    assert_eq!(again.envelope().manifest, record.envelope().manifest);
    assert_eq!(read(&again).verify_at(&roster, later(0)).unwrap(), again);
    let before = read(&again).verify_at(&roster, later(-2)).unwrap_err();
    assert!(before.is_pending(), "{before}");
    // Whoever has not heard of the loss takes either seal; the two copies are one record.
    assert_eq!(read(&again).verify(&sealing::roster()).unwrap(), again);
    assert_eq!(record.joined_with(&again).envelope().seals.len(), 2);
}

#[test]
fn a_forged_seal_beside_an_unknown_one_may_still_be_made_good() {
    let record = sealing::sealed(&sealing::sample(), 3);
    let other = sealing::sealed(&sealing::sample(), 4);
    let mut envelope = other.envelope().clone();
    envelope.seals = record.envelope().seals.clone();
    let forged = |envelope| UnverifiedRecord::from_envelope(envelope).unwrap().verify(&sealing::roster()).unwrap_err();
    assert_eq!(forged(envelope.clone()), RecordFault::Seal(Untrusted::BadSignature));
    envelope.seals.extend(other.sealed_again(&next_key()).envelope().seals.last().cloned());
    let fault = forged(envelope);
    assert!(matches!(fault, RecordFault::Seal(Untrusted::UnknownKey(_))) && fault.is_pending());
}

#[test]
fn there_is_always_room_for_one_more_seal() {
    let mut record = sealing::sealed(&sealing::sample(), 3);
    for number in 0..20 {
        record = record.sealed_again(&SigningKey::from_bytes(&[100 + number; 32]));
    }
    record = record.sealed_again(&next_key());
    assert_eq!(record.envelope().seals.len(), SEALS_MAX);
    assert!(read(&record).verify_at(&roster_after_a_loss(), later(0)).is_ok());
}
