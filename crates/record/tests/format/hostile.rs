//! Hostile and broken bytes: nothing but what the originator sealed ever becomes a record.

use std::sync::LazyLock;

use chancery_record::encoding::{DecodeFault, Domain, decode, encode};
use chancery_record::limits::{RECORD_BYTES_MAX, SEALS_MAX, SECTION_BODY_BYTES_MAX, STATEMENT_IDS_MAX};
use chancery_record::{
    CardFault, Certificate, CertificateFault, ContactCard, Draft, FileForm, Instant, Lineage, Manifest, Record,
    RecordEnvelope, RecordFault, RecordId, Saying, Seal, SectionName, SectionSet, SignedCard, SignedStatement,
    Statement, StatementFault, TrustRoster, Untrusted, UnverifiedRecord, WithdrawalReason,
};
use ed25519_dalek::SigningKey;
use proptest::prelude::*;

use crate::sealing;

static RECORD: LazyLock<Record> = LazyLock::new(|| sealing::sealed(&sealing::sample(), 3));
static BYTES: LazyLock<Vec<u8>> = LazyLock::new(|| RECORD.to_bytes());
static ROSTER: LazyLock<TrustRoster> = LazyLock::new(sealing::roster);

fn verified(bytes: &[u8]) -> Result<Record, RecordFault> {
    UnverifiedRecord::from_bytes(bytes)?.verify(&ROSTER)
}

fn resealed(change: impl FnOnce(&mut RecordEnvelope)) -> Result<Record, RecordFault> {
    let mut envelope = RECORD.envelope().clone();
    change(&mut envelope);
    verified(&encode(Domain::Record, &envelope))
}

#[test]
fn every_flipped_byte_is_refused() {
    assert_eq!(verified(&BYTES).unwrap(), *RECORD);
    for at in 0..BYTES.len() {
        let mut bytes = BYTES.clone();
        bytes[at] ^= 1 << (at % 8);
        if let Ok(record) = verified(&bytes) {
            assert_eq!(record.envelope(), RECORD.envelope(), "byte {at} changed the record and nobody noticed");
        }
    }
}

#[test]
fn every_prefix_is_refused() {
    for end in 0..BYTES.len() {
        assert!(UnverifiedRecord::from_bytes(&BYTES[..end]).is_err(), "{end}");
    }
    let longer = [BYTES.as_slice(), &[0]].concat();
    assert_eq!(verified(&longer).unwrap_err(), RecordFault::Unreadable(DecodeFault::NotCanonical));
    let too_long = vec![1; RECORD_BYTES_MAX + 1];
    assert!(matches!(
        verified(&too_long),
        Err(RecordFault::Unreadable(DecodeFault::TooLong { found, limit: RECORD_BYTES_MAX })) if found > RECORD_BYTES_MAX
    ));
}

#[test]
fn withheld_sections_still_verify() {
    let names = RECORD.manifest().kind.sections();
    for subset in 0u32..1 << names.len() {
        let chosen = names.iter().enumerate().filter(|(at, _)| subset >> at & 1 == 1).map(|(_, name)| *name);
        let kept: SectionSet = chosen.collect();
        // One signature check in sixteen is enough to show that none depends on the sections.
        let reduced = RECORD.with_only(kept);
        let again = match subset % 16 {
            0 => verified(&reduced.to_bytes()).unwrap(),
            _ => Record::from_store(&reduced.to_bytes()).unwrap(),
        };
        assert_eq!(again.sections_held(), kept);
        assert_eq!(again.id(), RECORD.id());
        assert_eq!(again.joined_with(&RECORD), *RECORD);
    }
}

#[test]
fn absent_and_withheld_look_alike() {
    let source = RECORD.manifest().commitment(SectionName::Source).unwrap();
    let absent = RECORD.manifest().commitment(SectionName::Biometrics).unwrap();
    assert!(RECORD.section(SectionName::Biometrics).unwrap().is_empty());
    assert_eq!(source.0.len(), absent.0.len());
    let commitments = &RECORD.manifest().commitments;
    let distinct: std::collections::BTreeSet<_> = commitments.iter().collect();
    assert_eq!(distinct.len(), commitments.len(), "empty sections have salts of their own");
}

#[test]
fn a_section_that_is_not_the_one_committed_to() {
    let check = |change: fn(&mut RecordEnvelope), fault: RecordFault| {
        assert_eq!(resealed(change).unwrap_err(), fault);
    };
    let identity = RecordFault::Commitment(SectionName::Identity);
    check(|envelope| envelope.sections[0].body.push(b' '), identity);
    check(|envelope| envelope.sections[0].salt[0] ^= 1, RecordFault::Commitment(SectionName::Identity));
    check(
        |envelope| envelope.sections[0].tags.classification = Some(chancery_record::Classification::TopSecret),
        RecordFault::Commitment(SectionName::Identity),
    );
    check(|envelope| envelope.sections.swap(0, 1), RecordFault::Sections);
    check(|envelope| envelope.sections.insert(0, envelope.sections[0].clone()), RecordFault::Sections);
    check(|envelope| envelope.sections[0].name = SectionName::Object, RecordFault::Sections);
    check(
        |envelope| envelope.sections[0].body = vec![b' '; SECTION_BODY_BYTES_MAX + 1],
        RecordFault::SectionTooLong(SectionName::Identity),
    );
    // The same content under other salts does not open this record's commitments.
    let other = sealing::sample().seal(&sealing::placement(3), &sealing::record_key(), || [200; 16]).unwrap();
    let foreign = resealed(|envelope| envelope.sections = other.envelope().sections.clone());
    assert_eq!(foreign.unwrap_err(), RecordFault::Commitment(SectionName::Identity));
}

#[test]
fn seals_that_are_not_good() {
    let bad_signature = || RecordFault::Seal(Untrusted::BadSignature);
    let stranger = SigningKey::from_bytes(&[77; 32]);
    let unknown = Untrusted::UnknownKey("FR".parse().unwrap());
    let id = RECORD.id();
    assert_eq!(resealed(|envelope| envelope.seals.clear()).unwrap_err(), RecordFault::Seals(0));
    let many = resealed(|envelope| envelope.seals = vec![envelope.seals[0].clone(); SEALS_MAX + 1]);
    assert_eq!(many.unwrap_err(), RecordFault::Seals(SEALS_MAX + 1));
    let wrong_key = resealed(|envelope| envelope.seals = vec![Seal::new(&id, &stranger)]);
    assert_eq!(wrong_key.unwrap_err(), RecordFault::Seal(unknown));
    let borrowed = resealed(|envelope| {
        envelope.seals[0].signature = Seal::new(&id, &stranger).signature;
    });
    assert_eq!(borrowed.unwrap_err(), bad_signature());
    let algorithm = resealed(|envelope| envelope.seals[0].algorithm = 2);
    assert_eq!(algorithm.unwrap_err(), bad_signature());
    let other_id = resealed(|envelope| envelope.seals[0] = Seal::new(&RecordId([0; 32]), &sealing::record_key()));
    assert_eq!(other_id.unwrap_err(), bad_signature());
    // One good seal among bad ones carries the record: an originator re-seals after a key is lost.
    let resealed = resealed(|envelope| envelope.seals.insert(0, Seal::new(&id, &stranger))).unwrap();
    assert_eq!(resealed.id(), id);
}

#[test]
fn certificates_that_do_not_carry_a_record() {
    let check = |roster: &TrustRoster, expected: Untrusted| {
        let fault = UnverifiedRecord::from_bytes(&BYTES).unwrap().verify(roster).unwrap_err();
        assert_eq!(fault, RecordFault::Seal(expected));
    };
    let country = "FR".parse().unwrap();
    check(&TrustRoster::default(), Untrusted::UnknownCountry(country));
    for (from, until) in [(sealing::ISSUED.0 + 1, sealing::ISSUED.0 + 2), (0, sealing::ISSUED.0)] {
        let certificate =
            Certificate { not_before: Instant(from), not_after: Instant(until), ..sealing::certificate() };
        let roster = sealing::roster_of(&sealing::card(&certificate, Vec::new()));
        check(&roster, Untrusted::NotValid { country, serial: 4, at: sealing::ISSUED });
    }
    let revoked = sealing::revocation().sign(&sealing::country_key());
    let roster = sealing::roster_of(&sealing::card(&sealing::certificate(), vec![revoked]));
    check(&roster, Untrusted::Revoked { country, serial: 4 });
}

fn card_with(change: impl FnOnce(&mut ContactCard)) -> Result<ContactCard, CardFault> {
    let mut card = sealing::card(&sealing::certificate(), Vec::new());
    change(&mut card);
    SignedCard::from_bytes(&card.sign(&sealing::country_key()).to_bytes()).map(|(_, card)| card)
}

#[test]
fn cards_that_are_not_good() {
    assert!(card_with(|_| {}).is_ok());
    let stranger = SigningKey::from_bytes(&[77; 32]);
    assert_eq!(card_with(|card| card.country_key.0 = [5; 32]).unwrap_err(), CardFault::Signature);
    let certificate = |signed| card_with(|card| card.certificates.push(signed)).unwrap_err();
    assert_eq!(certificate(sealing::certificate().sign(&sealing::country_key())), CardFault::Serial(4));
    assert!(matches!(
        certificate(sealing::certificate().sign(&stranger)),
        CardFault::Certificate { position: 2, fault: CertificateFault::Signature(_) }
    ));
    let german = Certificate { country: "DE".parse().unwrap(), ..sealing::certificate() };
    assert!(matches!(
        certificate(german.sign(&sealing::country_key())),
        CardFault::Certificate { position: 2, fault: CertificateFault::Country { .. } }
    ));
    let ended = Certificate { not_after: Instant(0), ..sealing::certificate() };
    assert!(matches!(
        certificate(ended.sign(&sealing::country_key())),
        CardFault::Certificate { position: 2, fault: CertificateFault::Period }
    ));
    assert_eq!(card_with(|card| card.agency = "x".repeat(300)).unwrap_err(), CardFault::TooLong);
    assert_eq!(card_with(|card| card.languages = vec!["fr".to_owned(); 17]).unwrap_err(), CardFault::TooLong);
    let bytes = sealing::card(&sealing::certificate(), Vec::new()).sign(&sealing::country_key()).to_bytes();
    for at in 0..bytes.len() {
        let mut wrong = bytes.clone();
        wrong[at] ^= 1;
        assert!(SignedCard::from_bytes(&wrong).is_err(), "byte {at}");
        assert!(SignedCard::from_bytes(&bytes[..at]).is_err(), "prefix {at}");
    }
}

fn withdrawal() -> Statement {
    Statement {
        maker: "FR".parse().unwrap(),
        made: sealing::ISSUED,
        saying: Saying::Withdrawal { lineage: Lineage([7; 16]), reason: WithdrawalReason::Other },
        outlive: "2030-11-02".parse().unwrap(),
    }
}

#[test]
fn statements_that_are_not_good() {
    let good = withdrawal().sign(&sealing::record_key());
    assert!(good.verify(&ROSTER).is_ok());
    for at in 0..good.bytes.len() {
        let mut wrong = good.clone();
        wrong.bytes[at] ^= 1;
        assert!(wrong.verify(&ROSTER).is_err(), "byte {at}");
    }
    let stranger = withdrawal().sign(&SigningKey::from_bytes(&[77; 32]));
    assert!(matches!(stranger.verify(&ROSTER), Err(StatementFault::Untrusted(Untrusted::UnknownKey(_)))));
    let many = |count: usize| {
        let records = (0..count).map(|at| RecordId([u8::try_from(at % 256).unwrap(); 32])).enumerate();
        let records = records.map(|(at, mut id)| {
            id.0[..8].copy_from_slice(&(at as u64).to_be_bytes());
            id
        });
        Statement { saying: Saying::Recall { records: records.collect() }, ..withdrawal() }.sign(&sealing::record_key())
    };
    assert!(many(STATEMENT_IDS_MAX).verify(&ROSTER).is_ok());
    assert_eq!(many(STATEMENT_IDS_MAX + 1).verify(&ROSTER).unwrap_err(), StatementFault::TooMany);
}

#[test]
fn statements_that_pass_nothing_on() {
    let (record, own, other) = (RecordId([1; 32]), withdrawal().maker, "NL".parse().unwrap());
    let onward = |to, sections| Saying::Onward { record, lineage: Lineage([7; 16]), to, sections };
    let read = |saying| Statement { saying, ..withdrawal() }.sign(&sealing::record_key()).read();
    let identity = SectionSet::EMPTY.with(SectionName::Identity);
    assert!(read(onward(other, identity)).is_ok());
    for saying in [onward(other, SectionSet::EMPTY), onward(own, identity), Saying::ConsentAsked { record, to: own }] {
        assert_eq!(read(saying).unwrap_err(), StatementFault::PassesNothingOn);
    }
    // A bit that stands for no section.
    let mut forged = Statement { saying: onward(other, identity), ..withdrawal() }.sign(&sealing::record_key());
    let at = forged.bytes.windows(4).rposition(|word| word == identity.bits().to_le_bytes()).unwrap();
    forged.bytes[at + 3] = 0x80;
    assert_eq!(forged.read().unwrap_err(), StatementFault::PassesNothingOn);
}

fn manifest_with(change: impl FnOnce(&mut Manifest)) -> Result<Manifest, chancery_record::ManifestFault> {
    let mut manifest = RECORD.manifest().clone();
    change(&mut manifest);
    Manifest::from_bytes(&manifest.to_bytes())
}

#[test]
fn manifests_out_of_bounds() {
    assert_eq!(manifest_with(|_| {}).as_ref(), Ok(RECORD.manifest()));
    let refused = |change: fn(&mut Manifest)| assert!(manifest_with(change).is_err());
    refused(|manifest| manifest.schema = 0);
    refused(|manifest| manifest.schema = 2);
    refused(|manifest| manifest.commitments.truncate(3));
    refused(|manifest| manifest.collected = manifest.issued.date().plus_days(1));
    refused(|manifest| manifest.expires = manifest.issued.date());
    refused(|manifest| manifest.expires = manifest.collected.plus_years(10).plus_days(1));
    refused(|manifest| manifest.review = manifest.expires.plus_days(1));
    refused(|manifest| manifest.tags.handling = Some(Default::default()));
    refused(|manifest| manifest.tags.statuses = Some(Default::default()));
    refused(|manifest| manifest.tags.zone = Some("z".repeat(257)));
}

proptest! {
    #[test]
    fn any_bytes_are_refused_without_a_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let headed = |domain: Domain| [&[1, domain as u8], bytes.as_slice()].concat();
        prop_assert!(verified(&headed(Domain::Record)).is_err());
        prop_assert!(SignedCard::from_bytes(&headed(Domain::ContactCard)).is_err());
        let statement = decode::<SignedStatement>(Domain::Statement, &headed(Domain::Statement), 4096);
        prop_assert!(statement.is_err() || statement.unwrap().verify(&ROSTER).is_err());
        let _ = Manifest::from_bytes(&headed(Domain::Manifest));
        for form in [FileForm::Json, FileForm::Ndjson, FileForm::Toml] {
            let _ = Draft::parse_many(&bytes, form);
        }
    }

    #[test]
    fn any_change_of_several_bytes_is_noticed(
        changes in proptest::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..4),
    ) {
        let mut bytes = BYTES.clone();
        for (at, byte) in changes {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        if let Ok(record) = verified(&bytes) {
            prop_assert_eq!(record.envelope(), RECORD.envelope());
        }
    }

    #[test]
    fn a_draft_file_with_any_byte_changed_never_panics(at in any::<prop::sample::Index>(), byte in any::<u8>()) {
        let mut bytes = sealing::SAMPLE.as_bytes().to_vec();
        let at = at.index(bytes.len());
        bytes[at] = byte;
        if let Err(faults) = Draft::parse_json(&bytes) {
            prop_assert!(!faults.is_empty());
        }
    }
}
