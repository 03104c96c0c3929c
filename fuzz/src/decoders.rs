//! One function for each decoder: whatever the bytes, it returns, and what it accepted keeps its promises.
//!
//! Where a signature would stop almost every mutated input at the door, the input is signed again by a known key, so
//! that what stands behind the door is reached too.

use std::io::BufReader;
use std::sync::OnceLock;

use chancery_formats::{ImportFault, ImportOptions, Imported, interpol as import_notices, un_list as import_list};
use chancery_record::encoding::{Domain, decode};
use chancery_record::limits::{CARD_BYTES_MAX, RECORD_BYTES_MAX, STATEMENT_BYTES_MAX};
use chancery_record::signing::{public_key, sign};
use chancery_record::{
    Draft, Fault, FileForm, Manifest, Record, RecordEnvelope, Seal, SignedCard, SignedStatement, TrustRoster,
    UnverifiedRecord,
};
use chancery_treaty::{DocumentFault, DocumentSignature, Label, NationalLaw, Terms, TreatyDocument, check};

use crate::sealing;
use crate::targets::Outcome;

/// A record, from a peer and from the store.
pub fn record(bytes: &[u8]) -> Outcome {
    let received = UnverifiedRecord::from_bytes(bytes).and_then(|unverified| unverified.verify(roster()));
    let Ok(kept) = Record::from_store(bytes) else {
        assert!(received.is_err(), "what a peer may send, the store may hold");
        return Outcome::Refused;
    };
    assert_eq!(kept.to_bytes(), bytes, "a record is kept verbatim");
    let label = Label::of(&kept);
    if let Ok(read) = Label::from_bytes(&label.to_bytes()) {
        assert_eq!(read, label, "a label reads back as it was");
    }
    label.prepare();
    let envelope = resealed(kept.envelope().clone());
    if let Ok(verified) = UnverifiedRecord::from_envelope(envelope.clone()).and_then(|read| read.verify(roster())) {
        assert_eq!(verified.envelope(), &envelope, "a record is kept verbatim");
        assert_eq!(verified.id(), kept.id(), "a seal does not change the id");
    }
    Outcome::of(received.is_ok())
}

/// A treaty, a law, or a signature of one.
pub fn treaty(bytes: &[u8]) -> Outcome {
    let day = sealing::ISSUED.date();
    let treaty = TreatyDocument::parse(bytes).map_err(|faults| judge_faults(&faults, bytes));
    if let Ok(treaty) = &treaty {
        assert_eq!(treaty.bytes(), bytes, "what is signed is kept verbatim");
        treaty.check_cases();
        check(treaty, None, day);
    }
    let law = NationalLaw::parse(bytes).map_err(|faults| judge_faults(&faults, bytes));
    if let Ok(law) = &law {
        assert_eq!(law.bytes(), bytes, "a law is kept verbatim");
        law.check_cases();
    }
    assert!(treaty.is_err() || law.is_err(), "a treaty is not a law");
    let signature = std::str::from_utf8(bytes).ok().and_then(|text| DocumentSignature::from_text(text).ok());
    if let Some(signature) = &signature {
        let written = DocumentSignature::from_text(&signature.to_text());
        assert!(written.is_ok_and(|read| read == *signature), "a signature reads back as it was");
    }
    Outcome::of(treaty.is_ok() || law.is_ok() || signature.is_some())
}

/// Drafts in JSON.
pub fn draft_json(bytes: &[u8]) -> Outcome {
    for form in [FileForm::Json, FileForm::Ndjson] {
        for draft in Draft::parse_many(bytes, form) {
            judge_parsed(draft);
        }
    }
    judge_parsed(Draft::parse_json(bytes))
}

/// Drafts in TOML.
pub fn draft_toml(bytes: &[u8]) -> Outcome {
    for draft in Draft::parse_many(bytes, FileForm::Toml) {
        judge_parsed(draft);
    }
    judge_parsed(Draft::parse_toml(bytes))
}

/// Public notices.
pub fn interpol(bytes: &[u8]) -> Outcome {
    let import = || import_notices(bytes, &ImportOptions::default());
    let Ok(notices) = import() else { return Outcome::Refused };
    let again = import().map(|notices| notices.into_iter().map(shown).collect::<Vec<_>>());
    let notices: Vec<_> = notices.into_iter().map(shown).collect();
    assert_eq!(Ok(&notices), again.as_ref().map_err(ToString::to_string), "importing again changes nothing");
    judge_imported(&notices)
}

/// The consolidated list.
pub fn un_list(bytes: &[u8]) -> Outcome {
    let options = ImportOptions::default();
    let whole: Vec<_> = import_list(bytes, &options).map(shown).collect();
    // Seven bytes at a time: no answer may depend on how the bytes come in.
    let dripping = BufReader::with_capacity(7, bytes);
    let dripped: Vec<_> = import_list(dripping, &options).map(shown).collect();
    assert_eq!(whole, dripped, "the list is read alike however it comes in");
    judge_imported(&whole)
}

/// A contact card.
pub fn contact_card(bytes: &[u8]) -> Outcome {
    let opened = SignedCard::from_bytes(bytes);
    if let Ok((signed, card)) = &opened {
        assert_eq!(signed.to_bytes(), bytes, "a card is kept verbatim");
        TrustRoster::default().admit(card).expect("a card that opens can be admitted");
    }
    if let Ok(card) = decode::<SignedCard>(Domain::ContactCard, bytes, CARD_BYTES_MAX * 2) {
        let signature = sign(&sealing::country_key(), &card.bytes);
        if let Ok(card) = (SignedCard { signature, ..card }).open() {
            TrustRoster::default().admit(&card).expect("a card that opens can be admitted");
        }
    }
    Outcome::of(opened.is_ok())
}

/// A statement.
pub fn statement(bytes: &[u8]) -> Outcome {
    let limit = STATEMENT_BYTES_MAX * 2;
    let Ok(signed) = decode::<SignedStatement>(Domain::Statement, bytes, limit) else { return Outcome::Refused };
    let verified = signed.verify(roster());
    let again = stated_again(signed).verify(roster());
    assert!(verified.is_err() || again.is_ok(), "the same key signed it twice");
    Outcome::of(verified.is_ok())
}

/// A label, or terms.
pub fn label_terms(bytes: &[u8]) -> Outcome {
    let label = Label::from_bytes(bytes);
    if let Ok(label) = &label {
        assert_eq!(label.to_bytes(), bytes, "one label, one encoding");
        label.clone().reduced().prepare();
    }
    let terms = Terms::from_bytes(bytes);
    if let Ok(terms) = &terms {
        assert_eq!(terms.to_bytes(), bytes, "one set of terms, one encoding");
        let narrowed = terms.narrowed(|row| row.to_units.is_none(), terms.keep_until());
        assert!(narrowed.sections().iter().all(|section| terms.sections().contains(section)), "narrowing adds nothing");
        assert_eq!(Terms::from_bytes(&narrowed.to_bytes()).as_ref(), Ok(&narrowed), "narrowed terms are terms");
    }
    Outcome::of(label.is_ok() || terms.is_ok())
}

/// The roster of a node that knows the country of the samples.
pub fn roster() -> &'static TrustRoster {
    static ROSTER: OnceLock<TrustRoster> = OnceLock::new();
    ROSTER.get_or_init(sealing::roster)
}

pub fn resealed(mut envelope: RecordEnvelope) -> RecordEnvelope {
    envelope.seals = vec![Seal::new(&Manifest::id_of(&envelope.manifest), &sealing::record_key())];
    envelope
}

pub fn stated_again(signed: SignedStatement) -> SignedStatement {
    let key = sealing::record_key();
    SignedStatement { signature: sign(&key, &signed.bytes), key: public_key(&key), bytes: signed.bytes }
}

fn judge_faults(faults: &[DocumentFault], bytes: &[u8]) {
    assert!(!faults.is_empty(), "a refusal has a reason");
    for fault in faults {
        assert!(!fault.to_string().is_empty(), "a fault can be told");
        assert!(fault.span.end <= bytes.len(), "a fault stands in the file");
    }
}

fn judge_parsed(parsed: Result<Draft, Vec<Fault>>) -> Outcome {
    match parsed {
        Ok(draft) => judge_draft(&draft),
        Err(faults) => {
            assert!(!faults.is_empty(), "a refusal has a reason");
            assert!(faults.iter().all(|fault| !fault.to_string().is_empty()), "a fault can be told");
            Outcome::Refused
        }
    }
}

/// A draft without faults seals to a record that every node accepts, and that says what the draft says.
fn judge_draft(draft: &Draft) -> Outcome {
    if !draft.findings_at(&sealing::placement(1)).faults.is_empty() {
        return Outcome::Refused;
    }
    let mut salt = 0u8;
    let salts = || {
        salt = salt.wrapping_add(1);
        [salt; 16]
    };
    let Ok(record) = draft.seal(&sealing::placement(1), &sealing::record_key(), salts) else {
        return Outcome::Refused;
    };
    let bytes = record.to_bytes();
    assert!(bytes.len() <= RECORD_BYTES_MAX, "a sealed record is within the limit");
    let received = UnverifiedRecord::from_bytes(&bytes).and_then(|unverified| unverified.verify(roster()));
    assert_eq!(received.as_ref(), Ok(&record), "what is sealed here is accepted everywhere");
    assert!(draft.says_the_same_as(&record), "publishing again adds nothing");
    Outcome::Accepted
}

fn shown(imported: Result<Imported, ImportFault>) -> Result<Imported, String> {
    imported.map_err(|fault| fault.to_string())
}

fn judge_imported(entries: &[Result<Imported, String>]) -> Outcome {
    let drafts: Vec<Outcome> = entries.iter().flatten().map(|imported| judge_draft(&imported.draft)).collect();
    Outcome::of(
        !entries.is_empty() && drafts.len() == entries.len() && drafts.iter().all(|draft| *draft == Outcome::Accepted),
    )
}
