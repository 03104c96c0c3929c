//! The same forgeries on everything in the house that is signed.

use chancery_exchange::SignedByNode;
use chancery_record::encoding::{Domain, encode};
use chancery_record::signing::public_key;
use chancery_record::{
    Certificate, ContactCard, Country, DAY_MS, Date, DocumentHash, Draft, Instant, Kind, Lineage, Placement, PublicKey,
    Record, RecordEnvelope, RecordId, Revocation, Saying, Seal, Signature, SignedByCountry, SignedCard,
    SignedStatement, Statement, TrustRoster, UnverifiedRecord,
};
use chancery_treaty::{DocumentSignature, sign_document};
use ed25519_dalek::SigningKey;

use super::curve::Point;
use super::number::{L, Number};
use super::vectors::secret;

const NOW: Instant = Instant(1_795_262_400_000);

fn country() -> Country {
    "FR".parse().unwrap()
}

fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

/// The neutral point as a key: the loose equation lets it sign everything.
fn neutral() -> PublicKey {
    PublicKey(Point::NEUTRAL.to_bytes())
}

/// A signature under it, made without any secret.
fn forged() -> Signature {
    let nonce = SigningKey::from_bytes(&[7; 32]);
    Signature([nonce.verifying_key().to_bytes(), secret(&nonce).to_bytes()].concat().try_into().unwrap())
}

/// Another signature that the same equation holds for.
fn second(good: &Signature) -> Signature {
    let s = Number::from_bytes(good.0[32..].try_into().unwrap()).plus(L).unwrap();
    let mut signature = *good;
    signature.0[32..].copy_from_slice(&s.to_bytes());
    signature
}

fn certificate(record_key: PublicKey) -> Certificate {
    Certificate {
        country: country(),
        serial: 1,
        transport_key: PublicKey([3; 32]),
        record_key,
        not_before: Instant(NOW.0 - DAY_MS),
        not_after: Instant(NOW.0 + DAY_MS),
    }
}

fn card(country_key: PublicKey, certificates: Vec<SignedByCountry>) -> ContactCard {
    ContactCard {
        country: country(),
        agency: "Police".into(),
        country_key,
        successor: [0; 32],
        serial: 1,
        issued: NOW,
        certificates,
        revocations: Vec::new(),
        addresses: Vec::new(),
        languages: Vec::new(),
        duty_contact: "desk".into(),
    }
}

/// A roster that trusts a record key by the country's own word.
fn trusting(record_key: PublicKey) -> TrustRoster {
    let mut roster = TrustRoster::default();
    roster.admit(&card(public_key(&key()), vec![certificate(record_key).sign(&key())])).unwrap();
    roster
}

#[test]
fn a_forged_word_of_a_country_key_is_refused() {
    let good = certificate(public_key(&key())).sign(&key());
    assert!(Certificate::open(&good, country(), &public_key(&key())).is_ok());
    let twice = SignedByCountry { signature: second(&good.signature), ..good.clone() };
    assert!(Certificate::open(&twice, country(), &public_key(&key())).is_err());
    let forged_one = SignedByCountry { signature: forged(), ..good };
    assert!(Certificate::open(&forged_one, country(), &neutral()).is_err());

    let good = Revocation { country: country(), serial: 1, revoked: NOW }.sign(&key());
    assert!(Revocation::open(&good, country(), &public_key(&key())).is_ok());
    let twice = SignedByCountry { signature: second(&good.signature), ..good.clone() };
    assert!(Revocation::open(&twice, country(), &public_key(&key())).is_err());
    assert!(Revocation::open(&SignedByCountry { signature: forged(), ..good }, country(), &neutral()).is_err());
}

#[test]
fn a_forged_card_is_refused() {
    let good = card(public_key(&key()), Vec::new()).sign(&key());
    assert!(good.open().is_ok());
    assert!(SignedCard { signature: second(&good.signature), ..good }.open().is_err());
    let bytes = encode(Domain::ContactCard, &card(neutral(), Vec::new()));
    assert!(SignedCard { bytes, signature: forged() }.open().is_err());
}

#[test]
fn a_forged_seal_is_refused() {
    let place = Placement {
        lineage: Lineage([1; 16]),
        revision: 1,
        collected: None,
        originator: country(),
        unit: "UNIT-1".parse().unwrap(),
        issued: NOW,
    };
    let record = Draft::of_kind(Kind::Vehicle).seal(&place, &key(), || [1; 16]).unwrap();
    let sealed_by = |seal: Seal, roster: &TrustRoster| -> Result<Record, _> {
        let envelope = RecordEnvelope { seals: vec![seal], ..record.envelope().clone() };
        UnverifiedRecord::from_envelope(envelope).and_then(|unverified| unverified.verify(roster))
    };
    let good = Seal::new(&record.id(), &key());
    assert!(sealed_by(good.clone(), &trusting(public_key(&key()))).is_ok());
    let twice = Seal { signature: second(&good.signature), ..good.clone() };
    assert!(!twice.is_genuine(&record.id()));
    assert!(sealed_by(twice, &trusting(public_key(&key()))).is_err());
    let forged_one = Seal { key: neutral(), signature: forged(), ..good };
    assert!(!forged_one.is_genuine(&record.id()) && !forged_one.is_genuine(&RecordId([0; 32])));
    assert!(sealed_by(forged_one, &trusting(neutral())).is_err());
}

#[test]
fn a_forged_statement_is_refused() {
    let saying = Saying::Recall { records: [RecordId([1; 32])].into_iter().collect() };
    let statement = Statement { maker: country(), made: NOW, saying, outlive: Date::from_days(30_000) };
    let good = statement.sign(&key());
    assert!(good.verify(&trusting(public_key(&key()))).is_ok());
    let twice = SignedStatement { signature: second(&good.signature), ..good.clone() };
    assert!(twice.verify(&trusting(public_key(&key()))).is_err());
    assert_eq!(twice.id(), good.id(), "it is the content that has an id, so a second signature is no second statement");
    let forged_one = SignedStatement { key: neutral(), signature: forged(), ..good };
    assert!(forged_one.verify(&trusting(neutral())).is_err());
}

#[test]
fn a_forged_word_of_a_node_is_refused() {
    let good = SignedByNode::sign(Domain::Receipt, &7u64, &key());
    let open = |signed: &SignedByNode, roster: &TrustRoster| {
        let by_key = signed.open_by_key::<u64>(Domain::Receipt, 100).is_ok();
        let by_roster = signed.open::<u64>(Domain::Receipt, 100, roster, country(), NOW).is_ok();
        assert_eq!(by_key, by_roster);
        by_key
    };
    assert!(open(&good, &trusting(public_key(&key()))));
    let twice = SignedByNode { signature: second(&good.signature), ..good.clone() };
    assert!(!open(&twice, &trusting(public_key(&key()))));
    assert!(!open(&SignedByNode { key: neutral(), signature: forged(), ..good }, &trusting(neutral())));
}

#[test]
fn a_forged_treaty_is_refused() {
    let good = sign_document(b"a treaty", country(), &key());
    assert_eq!(good.verify(good.document, &trusting(public_key(&key()))), Ok(()));
    let twice = DocumentSignature { signature: second(&good.signature), ..good.clone() };
    assert!(twice.verify(good.document, &trusting(public_key(&key()))).is_err());
    let mut roster = TrustRoster::default();
    roster.admit(&card(neutral(), Vec::new())).unwrap();
    let forged_one = DocumentSignature { country_key: neutral(), signature: forged(), ..good.clone() };
    assert_eq!(roster.country_key(country()), Some(neutral()));
    assert!(forged_one.verify(good.document, &roster).is_err());
    assert!(forged_one.verify(DocumentHash([0; 32]), &roster).is_err());
}

/// What is too short or too long is no signature and no key at all.
#[test]
fn wrong_lengths_do_not_decode() {
    let good = SignedByNode::sign(Domain::Receipt, &7u64, &key());
    let bytes = encode(Domain::Frame, &good);
    let read = |bytes: &[u8]| chancery_record::encoding::decode::<SignedByNode>(Domain::Frame, bytes, 1000);
    assert_eq!(read(&bytes).as_ref(), Ok(&good));
    for length in 0..bytes.len() {
        assert!(read(&bytes[..length]).is_err(), "{length} bytes");
    }
    assert!(read(&[bytes.as_slice(), &[0]].concat()).is_err());
    let text = sign_document(b"a treaty", country(), &key()).to_text();
    assert!(DocumentSignature::from_text(&text).is_ok());
    let shorter = text.rsplit_once('"').map(|(text, _)| format!("{}\"\n", &text[..text.len() - 2])).unwrap();
    assert!(DocumentSignature::from_text(&shorter).is_err());
    let longer = text.rsplit_once('"').map(|(text, _)| format!("{text}00\"\n")).unwrap();
    assert!(DocumentSignature::from_text(&longer).is_err());
}
