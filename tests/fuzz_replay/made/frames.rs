//! Seeds of the frames of the exchange.

use chancery_exchange::reconcile::{Answer, Item, Mode, PartGroup, Period, PeriodMark, Question, Run, RunKey};
use chancery_exchange::wire::{
    self, Batch, FrameKind, Hello, ObligationReceipt, Obligations, Receipt, Refusal, SheetItem, TermsSheet,
};
use chancery_exchange::{
    Epoch, Incarnation, ItemNumber, ObligationPosition, RefusalCode, ReturnCursor, STREAM_ORIGIN, SignedByNode,
    StreamPosition,
};
use chancery_record::encoding::{Domain, encode};
use chancery_record::signing::public_key;
use chancery_record::{Country, DocumentHash, KeyNews, RecordId, SectionName};

use super::{Made, country, sample, terms, withdrawal};
use crate::sealing;

/// Each frame with its type byte for all kinds in one target, and without for the target of its kind.
pub fn all() -> Vec<Made> {
    let made = each_frame();
    let whole = made.iter().map(|(_, kind, name, body)| ("frame", *name, [&[*kind as u8], &body[..]].concat()));
    let bodies = made.iter().map(|(target, _, name, body)| (*target, *name, body.clone()));
    whole.chain(bodies).collect()
}

fn each_frame() -> Vec<(&'static str, FrameKind, &'static str, Vec<u8>)> {
    use FrameKind::{
        Batch, CheckAsk, Compare, Compared, Hello, KeyNews, ObligationReceipt, Obligations, OnwardOffer, OnwardWant,
        OpenEpoch, Receipt, ReturnAsk, Returned,
    };
    let opening = wire::OpenEpoch { epoch: Epoch(3), base: Some(position()), incarnation: Incarnation(1) };
    let owed = obligation_receipt();
    vec![
        ("frame_hello", Hello, "good-hello", body(&by_node(Domain::Hello, &hello()))),
        ("frame_receipt", Receipt, "good-receipt", body(&by_node(Domain::Receipt, &receipt()))),
        (
            "frame_obligation_receipt",
            ObligationReceipt,
            "good-obligation-receipt",
            body(&by_node(Domain::ObligationReceipt, &owed)),
        ),
        ("frame_open_epoch", OpenEpoch, "good-open-epoch", body(&opening)),
        ("frame_batch", Batch, "good-batch", body(&batch(country("DE")))),
        ("frame_obligations", Obligations, "good-obligations", body(&obligations())),
        ("frame_compare", Compare, "good-root", body(&compare(0, Question::Root([4; 16])))),
        ("frame_compare", Compare, "good-ranges", body(&compare(1, ranges()))),
        ("frame_compared", Compared, "good-equal", body(&compared(0, Answer::Equal))),
        ("frame_compared", Compared, "good-periods", body(&compared(0, periods()))),
        ("frame_compared", Compared, "good-extras", body(&compared(1, extras()))),
        ("frame_check_ask", CheckAsk, "good-check", body(&wire::CheckAsk { time: 1 })),
        ("frame_return_ask", ReturnAsk, "good-statements", body(&wire::ReturnAsk { cursor: STATEMENTS })),
        ("frame_return_ask", ReturnAsk, "good-sheets", body(&wire::ReturnAsk { cursor: SHEETS })),
        ("frame_returned", Returned, "good-statement", body(&returned_statement())),
        ("frame_returned", Returned, "good-sheet", body(&returned_sheet())),
        ("frame_key_news", KeyNews, "good-news", body(&key_news())),
        ("frame_onward_offer", OnwardOffer, "good-offer", body(&offer(2))),
        ("frame_onward_offer", OnwardOffer, "bad-empty", body(&offer(0))),
        ("frame_onward_want", OnwardWant, "good-want", body(&wire::OnwardWant { number: 3, wanted: 2 })),
        ("frame_receipt", Receipt, "bad-receipt-for-another", body(&by_node(Domain::ObligationReceipt, &receipt()))),
        (
            "frame_obligation_receipt",
            ObligationReceipt,
            "bad-signed-as-receipt",
            body(&by_node(Domain::Receipt, &obligation_receipt())),
        ),
        (
            "frame_obligations",
            Obligations,
            "bad-without-statements",
            body(&wire::Obligations { statements: Vec::new(), ..obligations() }),
        ),
        ("frame_batch", Batch, "bad-batch-for-another", body(&batch(country("BR")))),
        ("frame_hello", Hello, "bad-hello-as-receipt", body(&by_node(Domain::Receipt, &receipt()))),
    ]
}

fn body<T: bincode::Encode>(content: &T) -> Vec<u8> {
    encode(Domain::Frame, content)
}

fn by_node<T: bincode::Encode>(domain: Domain, content: &T) -> SignedByNode {
    SignedByNode::sign(domain, content, &sealing::record_key())
}

fn position() -> StreamPosition {
    StreamPosition { incarnation: Incarnation(1), epoch: Epoch(2), number: ItemNumber(7), hash: STREAM_ORIGIN }
}

fn held() -> ObligationPosition {
    ObligationPosition { incarnation: Incarnation(1), number: ItemNumber(4), hash: STREAM_ORIGIN }
}

fn hello() -> Hello {
    Hello {
        version_min: 1,
        version_max: 1,
        features: 0,
        sender: country("FR"),
        recipient: country("DE"),
        sender_transport: public_key(&sealing::transport_key()),
        recipient_transport: public_key(&sealing::country_key()),
        certificates: vec![sealing::certificate().sign(&sealing::country_key())],
        revocations: Vec::new(),
        treaties: [DocumentHash([8; 32])].into_iter().collect(),
        clock: sealing::ISSUED,
        incarnation: Incarnation(1),
        ledger_held: Some(position()),
        obligations_held: Some(held()),
        credit_items: 256,
        credit_bytes: 1 << 22,
        ledger_receipted: None,
        obligations_receipted: None,
        is_recovering: false,
        met: Some(Incarnation(1)),
    }
}

fn receipt() -> Receipt {
    Receipt {
        holder: country("FR"),
        sender: country("DE"),
        position: position(),
        refusals: vec![Refusal { number: ItemNumber(5), code: RefusalCode::BadSeal }],
        at: sealing::ISSUED,
    }
}

fn obligation_receipt() -> ObligationReceipt {
    ObligationReceipt { holder: country("FR"), sender: country("DE"), position: held(), at: sealing::ISSUED }
}

fn batch(recipient: Country) -> Batch {
    let record = sample().with_only([SectionName::Identity].into_iter().collect());
    let item = SheetItem { record: record.id(), sections: record.sections_held(), terms: 0 };
    let sheet = TermsSheet {
        sender: country("FR"),
        recipient,
        epoch: Epoch(2),
        first: ItemNumber(8),
        at: sealing::ISSUED,
        terms: vec![terms()],
        items: vec![item],
    };
    Batch { sheet: by_node(Domain::Terms, &sheet), envelopes: vec![record.envelope().clone()] }
}

fn obligations() -> Obligations {
    let statements = vec![withdrawal().sign(&sealing::record_key())];
    Obligations { incarnation: Incarnation(1), first: ItemNumber(5), statements }
}

fn compare(number: u32, question: Question) -> wire::Compare {
    let run = Run { key: RunKey([7; 16]), mode: Mode::Plain, floor: Period(600) };
    wire::Compare { run, number, question }
}

fn ranges() -> Question {
    let group = PartGroup { period: Period(610), bits: 0, ask: 1, parts: 1 };
    Question::Ranges { groups: vec![group], body: vec![0; 4] }
}

fn compared(number: u32, answer: Answer) -> wire::Compared {
    wire::Compared { key: RunKey([7; 16]), number, answer }
}

fn periods() -> Answer {
    let mark = |period| PeriodMark { period: Period(period), count: 3, mark: 9 };
    Answer::Periods { floor: Period(600), marks: vec![mark(610), mark(611)] }
}

fn extras() -> Answer {
    let sections = [SectionName::Identity].into_iter().collect();
    let item = Item { record: RecordId([3; 32]), sections };
    Answer::Ranges { parts: 1, body: vec![0; 4], extras: vec![item] }
}

const STATEMENTS: ReturnCursor = ReturnCursor::Statements(None);
const SHEETS: ReturnCursor = ReturnCursor::Sheets { after: Some((Epoch(1), ItemNumber(2))), given: 1 };

fn returned_statement() -> wire::Returned {
    let statements = vec![withdrawal().sign(&sealing::record_key())];
    wire::Returned { cursor: STATEMENTS, statements, sheets: Vec::new(), next: Some(SHEETS) }
}

fn returned_sheet() -> wire::Returned {
    let wire::Batch { sheet, envelopes } = batch(country("DE"));
    let sheets = vec![wire::ReturnedSheet { sheet, envelopes }];
    wire::Returned { cursor: SHEETS, statements: Vec::new(), sheets, next: None }
}

fn offer(items: u8) -> wire::OnwardOffer {
    let item = |at| wire::OfferedRecord { originator: country("NL"), record: RecordId([at; 32]) };
    wire::OnwardOffer { number: 3, items: (0..items).map(item).collect() }
}

fn key_news() -> KeyNews {
    KeyNews {
        country: country("FR"),
        certificates: vec![sealing::certificate().sign(&sealing::country_key())],
        revocations: vec![sealing::revocation().sign(&sealing::country_key())],
    }
}
