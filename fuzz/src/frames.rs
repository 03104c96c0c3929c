//! One function for each frame of the exchange: whatever the bytes, verification returns, and what it lets through
//! keeps its promises.
//!
//! A signature would stop almost every mutated frame at the door, so each is also signed again by a known key, and then
//! once more with a signature that is not good, which must never pass.

use chancery_exchange::limits::{
    BATCH_ITEMS_MAX, CONTROL_FRAME_BYTES_MAX, HELLO_CERTIFICATES_MAX, HELLO_TREATIES_MAX, LEDGER_FRAME_BYTES_MAX,
    OBLIGATIONS_PER_FRAME_MAX, ONWARD_IDS_MAX, REFUSALS_PER_RECEIPT_MAX, RETURNED_SHEETS_MAX, RETURNED_STATEMENTS_MAX,
};
use chancery_exchange::wire::{Batch, FrameKind, Obligations, Returned, Stream};
use chancery_exchange::{Incoming, ReceivedBatch, ReceivedReturn, SignedByNode, VerifyContext};
use chancery_record::encoding::{Domain, decode, encode};
use chancery_record::signing::{public_key, sign};
use chancery_record::{Country, KeyNews, Record, SignedByCountry};

use crate::decoders::{resealed, roster, stated_again};
use crate::sealing;
use crate::targets::Outcome;

/// Any frame: its type byte, then its body.
pub fn any(bytes: &[u8]) -> Outcome {
    let [sort, body @ ..] = bytes else { return Outcome::Refused };
    match FrameKind::from_byte(*sort) {
        Some(kind) => frame(kind, body),
        None => Outcome::of(verified(*sort, body)),
    }
}

pub fn hello(body: &[u8]) -> Outcome {
    frame(FrameKind::Hello, body)
}

pub fn receipt(body: &[u8]) -> Outcome {
    frame(FrameKind::Receipt, body)
}

pub fn obligation_receipt(body: &[u8]) -> Outcome {
    frame(FrameKind::ObligationReceipt, body)
}

pub fn open_epoch(body: &[u8]) -> Outcome {
    frame(FrameKind::OpenEpoch, body)
}

pub fn batch(body: &[u8]) -> Outcome {
    frame(FrameKind::Batch, body)
}

pub fn obligations(body: &[u8]) -> Outcome {
    frame(FrameKind::Obligations, body)
}

pub fn compare(body: &[u8]) -> Outcome {
    frame(FrameKind::Compare, body)
}

pub fn compared(body: &[u8]) -> Outcome {
    frame(FrameKind::Compared, body)
}

pub fn return_ask(body: &[u8]) -> Outcome {
    frame(FrameKind::ReturnAsk, body)
}

pub fn returned(body: &[u8]) -> Outcome {
    frame(FrameKind::Returned, body)
}

pub fn key_news(body: &[u8]) -> Outcome {
    frame(FrameKind::KeyNews, body)
}

pub fn onward_offer(body: &[u8]) -> Outcome {
    frame(FrameKind::OnwardOffer, body)
}

pub fn onward_want(body: &[u8]) -> Outcome {
    frame(FrameKind::OnwardWant, body)
}

pub fn check_ask(body: &[u8]) -> Outcome {
    frame(FrameKind::CheckAsk, body)
}

fn frame(kind: FrameKind, body: &[u8]) -> Outcome {
    let mut accepted = verified(kind as u8, body);
    if let Some(Resigned { good, bad }) = resigned(kind, body) {
        accepted |= verified(kind as u8, &good);
        let passes = bad.is_some_and(|bad| verified(kind as u8, &bad));
        assert!(!passes, "a frame of type {kind:?} passes with a signature that is not good");
    }
    Outcome::of(accepted)
}

fn country(code: &str) -> Country {
    code.parse().expect("a country of the samples is one")
}

/// Whether the frame is accepted on its own stream; on any other it never is.
fn verified(sort: u8, body: &[u8]) -> bool {
    let mut context = VerifyContext { roster: roster(), own: country("DE"), peer: country("FR"), now: sealing::ISSUED };
    // What is given back is the word of who gets it.
    if sort == FrameKind::Returned as u8 {
        (context.own, context.peer) = (context.peer, context.own);
    }
    let mut accepted = false;
    for stream in [Stream::Control, Stream::Ledger, Stream::Obligations] {
        let Ok(incoming) = Incoming::verify(stream, sort, body, &context) else { continue };
        assert_eq!(FrameKind::from_byte(sort).map(FrameKind::stream), Some(stream), "a frame has one stream");
        judge(&incoming);
        accepted = true;
    }
    accepted
}

/// What verification promises of what it lets through.
fn judge(incoming: &Incoming) {
    let ends = (country("FR"), country("DE"));
    match incoming {
        Incoming::Hello(hello) => {
            assert_eq!((hello.sender, hello.recipient), ends, "a hello names both ends");
            assert!(hello.certificates.len() <= HELLO_CERTIFICATES_MAX, "certificates are bounded");
            assert!(hello.revocations.len() <= HELLO_CERTIFICATES_MAX, "revocations are bounded");
            assert!(hello.treaties.len() <= HELLO_TREATIES_MAX, "treaties are bounded");
        }
        Incoming::Receipt(receipt) => {
            let receipt = &receipt.receipt;
            assert_eq!((receipt.holder, receipt.sender), ends, "a receipt names both ends");
            assert!(receipt.refusals.len() <= REFUSALS_PER_RECEIPT_MAX, "refusals are bounded");
        }
        Incoming::ObligationReceipt(receipt) => {
            let receipt = &receipt.receipt;
            assert_eq!((receipt.holder, receipt.sender), ends, "a receipt names both ends");
        }
        Incoming::Batch(batch) => judge_batch(batch),
        Incoming::Obligations(owed) => {
            assert!((1..=OBLIGATIONS_PER_FRAME_MAX).contains(&owed.statements.len()), "statements are bounded");
            for (signed, judged) in &owed.statements {
                let Ok(statement) = judged else { continue };
                assert_eq!(signed.read().as_ref(), Ok(statement), "a statement says what its bytes say");
            }
        }
        Incoming::Returned(given) => judge_returned(given),
        Incoming::KeyNews(news) => {
            assert!(news.certificates.len() <= HELLO_CERTIFICATES_MAX, "certificates are bounded");
            assert!(news.revocations.len() <= HELLO_CERTIFICATES_MAX, "revocations are bounded");
            let believed = roster().opens(news.country, &news.certificates, &news.revocations);
            assert!(news.is_empty() || believed, "news that the country did not sign says nothing");
        }
        Incoming::OnwardOffer(offer) => {
            assert!((1..=ONWARD_IDS_MAX).contains(&offer.items.len()), "an offer is bounded");
        }
        _ => {}
    }
}

/// All that is taken back is this country's own, by its own key.
fn judge_returned(given: &ReceivedReturn) {
    assert!(given.statements.len() <= RETURNED_STATEMENTS_MAX && given.sheets.len() <= RETURNED_SHEETS_MAX);
    for (signed, statement) in &given.statements {
        assert_eq!(statement.maker, country("FR"), "a statement is its maker's");
        assert_eq!(signed.key, public_key(&sealing::record_key()), "by a key of its own");
    }
    for (sheet, records) in &given.sheets {
        assert_eq!((sheet.sender, sheet.recipient), (country("FR"), country("DE")), "a sheet names both ends");
        for record in records {
            assert_eq!(record.manifest().originator, country("FR"), "a record is its originator's");
            assert!(sheet.items.iter().any(|item| item.record == record.id()), "a record stands on its sheet");
        }
    }
}

fn judge_batch(batch: &ReceivedBatch) {
    assert!((1..=BATCH_ITEMS_MAX).contains(&batch.items.len()), "a batch is bounded");
    for item in &batch.items {
        assert!(usize::from(item.entry.terms) < batch.terms.len(), "an item has terms");
        let Ok(record) = &item.record else { continue };
        assert_eq!(record.id(), item.entry.record, "a record is the one that its sheet names");
        assert_eq!(record.sections_held(), item.entry.sections, "with the sections that its sheet names");
        assert_eq!(Record::from_store(&record.to_bytes()).as_ref(), Ok(record), "what may come, may be kept");
    }
}

/// A frame with every signature in it made again, and with the outermost one spoilt where it has one.
struct Resigned {
    good: Vec<u8>,
    bad: Option<Vec<u8>>,
}

fn resigned(kind: FrameKind, body: &[u8]) -> Option<Resigned> {
    match kind {
        FrameKind::Hello | FrameKind::Receipt | FrameKind::ObligationReceipt => {
            let signed = by_node(decode(Domain::Frame, body, CONTROL_FRAME_BYTES_MAX).ok()?);
            let bad = encode(Domain::Frame, &spoilt(&signed));
            Some(Resigned { good: encode(Domain::Frame, &signed), bad: Some(bad) })
        }
        FrameKind::Batch => {
            let Batch { sheet, envelopes } = decode(Domain::Frame, body, LEDGER_FRAME_BYTES_MAX).ok()?;
            let (sheet, envelopes) = (by_node(sheet), envelopes.into_iter().map(resealed).collect::<Vec<_>>());
            let bad = encode(Domain::Frame, &Batch { sheet: spoilt(&sheet), envelopes: envelopes.clone() });
            Some(Resigned { good: encode(Domain::Frame, &Batch { sheet, envelopes }), bad: Some(bad) })
        }
        FrameKind::Obligations => {
            // Each statement is judged by itself, so a bad one is no fault of the frame.
            let mut owed: Obligations = decode(Domain::Frame, body, CONTROL_FRAME_BYTES_MAX).ok()?;
            owed.statements = owed.statements.into_iter().map(stated_again).collect();
            Some(Resigned { good: encode(Domain::Frame, &owed), bad: None })
        }
        FrameKind::Returned => {
            let mut given: Returned = decode(Domain::Frame, body, LEDGER_FRAME_BYTES_MAX).ok()?;
            given.statements = given.statements.into_iter().map(stated_again).collect();
            for given in &mut given.sheets {
                given.sheet = by_node(given.sheet.clone());
                given.envelopes = given.envelopes.drain(..).map(resealed).collect();
            }
            Some(Resigned { good: encode(Domain::Frame, &given), bad: None })
        }
        FrameKind::KeyNews => {
            let mut news: KeyNews = decode(Domain::Frame, body, CONTROL_FRAME_BYTES_MAX).ok()?;
            let signed_again = |one: SignedByCountry| SignedByCountry::sign(one.bytes, &sealing::country_key());
            news.certificates = news.certificates.into_iter().map(signed_again).collect();
            news.revocations = news.revocations.into_iter().map(signed_again).collect();
            Some(Resigned { good: encode(Domain::Frame, &news), bad: None })
        }
        _ => None,
    }
}

fn by_node(signed: SignedByNode) -> SignedByNode {
    let key = sealing::record_key();
    SignedByNode { signature: sign(&key, &signed.bytes), key: public_key(&key), bytes: signed.bytes }
}

/// The signature with one bit changed, which one the content says.
fn spoilt(signed: &SignedByNode) -> SignedByNode {
    let mut spoilt = signed.clone();
    let bit =
        signed.bytes.iter().fold(signed.bytes.len(), |sum, byte| sum.wrapping_mul(31).wrapping_add((*byte).into()));
    spoilt.signature.0[bit / 8 % 64] ^= 1 << (bit % 8);
    spoilt
}
