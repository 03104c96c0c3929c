//! Golden vectors: the signed bytes of this version, committed. A change of any of them is a change of the format.
//!
//! `CHANCERY_WRITE_VECTORS=1 cargo test -p chancery-record --test format` writes them anew.

use std::path::PathBuf;

use chancery_record::encoding::{Domain, encode};
use chancery_record::{
    ConsentAnswer, Lineage, RecordId, Saying, SectionName, SignedCard, SignedStatement, Statement, UnverifiedRecord,
    WithdrawalReason,
};

use crate::sealing;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Vec<u8> {
    text.as_bytes().chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap()).collect()
}

/// Lines of 64 bytes, so that a change shows where it is.
fn written(bytes: &[u8]) -> String {
    bytes.chunks(64).map(|line| hex(line) + "\n").collect()
}

fn check(name: &str, bytes: &[u8]) -> Vec<u8> {
    let path = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors").join(format!("{name}.hex"));
    if std::env::var_os("CHANCERY_WRITE_VECTORS").is_some() {
        std::fs::write(&path, written(bytes)).unwrap();
    }
    let committed = std::fs::read_to_string(&path).unwrap_or_else(|fault| panic!("{name}: {fault}"));
    assert_eq!(committed, written(bytes), "{name}: the bytes are not the committed ones");
    unhex(&committed.replace('\n', ""))
}

fn statement() -> SignedStatement {
    saying(Saying::Withdrawal { lineage: Lineage([7; 16]), reason: WithdrawalReason::PurposeAchieved })
}

fn saying(saying: Saying) -> SignedStatement {
    Statement { maker: "FR".parse().unwrap(), made: sealing::ISSUED, saying, outlive: "2030-11-02".parse().unwrap() }
        .sign(&sealing::record_key())
}

#[test]
fn a_sealed_record() {
    let record = sealing::sealed(&sealing::sample(), 3);
    check("manifest", &record.envelope().manifest);
    check("record-id", &record.id().0);
    check("seal", &record.envelope().seals[0].signature.0);
    let commitments: Vec<u8> = record.manifest().commitments.iter().flat_map(|commitment| commitment.0).collect();
    check("commitments", &commitments);
    check("section-identity", &record.section(SectionName::Identity).unwrap().body);
    check("section-audience", &record.section(SectionName::Audience).unwrap().body);
    let committed = check("record", &record.to_bytes());
    let verified = UnverifiedRecord::from_bytes(&committed).unwrap().verify(&sealing::roster()).unwrap();
    assert_eq!(verified, record);
}

#[test]
fn trust_documents() {
    let certificate = sealing::certificate();
    check("certificate", &encode(Domain::Certificate, &certificate));
    check("certificate-signed", &encode(Domain::Certificate, &certificate.sign(&sealing::country_key())));
    let revocation = sealing::revocation().sign(&sealing::country_key());
    check("revocation-signed", &encode(Domain::Revocation, &revocation));
    let card = sealing::card(&certificate, vec![revocation]);
    let committed = check("card-signed", &card.sign(&sealing::country_key()).to_bytes());
    assert_eq!(SignedCard::from_bytes(&committed).unwrap().1, card);
    check("card-fingerprint", &card.fingerprint().0);
}

#[test]
fn a_statement() {
    let signed = statement();
    check("statement", &signed.bytes);
    check("statement-id", &signed.id().0);
    check("statement-signed", &encode(Domain::Statement, &signed));
    assert!(signed.verify(&sealing::roster()).is_ok());
}

#[test]
fn statements_on_passing_on() {
    let (record, to) = (RecordId([3; 32]), "NL".parse().unwrap());
    let sections = [SectionName::Identity, SectionName::Narrative].into_iter().collect();
    let onward = saying(Saying::Onward { record, lineage: Lineage([7; 16]), to, sections });
    check("statement-onward", &onward.bytes);
    let asked = saying(Saying::ConsentAsked { record, to });
    check("statement-consent-asked", &asked.bytes);
    let until = "2027-11-02".parse().unwrap();
    let consent = saying(Saying::Consent { asked: asked.id(), record, to, until, answer: ConsentAnswer::Given });
    check("statement-consent", &consent.bytes);
    for signed in [onward, asked, consent] {
        assert!(signed.verify(&sealing::roster()).is_ok());
    }
}
