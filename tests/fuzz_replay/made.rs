//! Seeds of the signed formats, made by the code that signs them.

use chancery_exchange::wire::{
    Batch, FrameKind, Hello, ObligationReceipt, Obligations, OpenEpoch, Receipt, Refusal, SheetItem, TermsSheet,
};
use chancery_exchange::{
    Epoch, Incarnation, ItemNumber, ObligationPosition, RefusalCode, STREAM_ORIGIN, SignedByNode, StreamPosition,
};
use chancery_record::encoding::{Domain, encode};
use chancery_record::signing::public_key;
use chancery_record::{
    Country, Date, DocumentHash, Lineage, Onward, Purpose, Record, RecordId, Saying, SectionName, Set, SignedStatement,
    Statement, StatementId, UnitName, WithdrawalReason,
};
use chancery_treaty::{Citation, Label, Terms, TermsRow, UseConditions};

use crate::sealing;

/// Target, file name, bytes.
pub type Made = (&'static str, &'static str, Vec<u8>);

/// Every seed that is made.
pub fn all() -> Vec<Made> {
    [records(), frames(), trust(), statements(), labels_and_terms()].concat()
}

fn records() -> Vec<Made> {
    let record = sample();
    let reduced = record.with_only([SectionName::Identity, SectionName::Narrative].into_iter().collect());
    let mut unsealed = record.envelope().clone();
    unsealed.seals.clear();
    vec![
        ("record", "good-whole", record.to_bytes()),
        ("record", "good-two-sections", reduced.to_bytes()),
        ("record", "bad-unsealed", encode(Domain::Record, &unsealed)),
    ]
}

fn frames() -> Vec<Made> {
    vec![
        ("frame", "good-hello", frame(FrameKind::Hello, &by_node(Domain::Hello, &hello()))),
        ("frame", "good-receipt", frame(FrameKind::Receipt, &by_node(Domain::Receipt, &receipt()))),
        (
            "frame",
            "good-obligation-receipt",
            frame(FrameKind::ObligationReceipt, &by_node(Domain::ObligationReceipt, &obligation_receipt())),
        ),
        (
            "frame",
            "good-open-epoch",
            frame(
                FrameKind::OpenEpoch,
                &OpenEpoch { epoch: Epoch(3), base: Some(position()), incarnation: Incarnation(1) },
            ),
        ),
        ("frame", "good-batch", frame(FrameKind::Batch, &batch(country("DE")))),
        ("frame", "good-obligations", frame(FrameKind::Obligations, &obligations())),
        ("frame", "bad-batch-for-another", frame(FrameKind::Batch, &batch(country("BR")))),
    ]
}

fn trust() -> Vec<Made> {
    let certificate = sealing::certificate();
    let card = sealing::card(&certificate, Vec::new());
    let revoking = sealing::card(&certificate, vec![sealing::revocation().sign(&sealing::country_key())]);
    vec![
        ("contact_card", "good-plain", card.sign(&sealing::country_key()).to_bytes()),
        ("contact_card", "good-revoking", revoking.sign(&sealing::country_key()).to_bytes()),
        ("contact_card", "bad-signed-by-another", card.sign(&sealing::record_key()).to_bytes()),
    ]
}

fn statements() -> Vec<Made> {
    let written = |signed: SignedStatement| encode(Domain::Statement, &signed);
    let records: Set<RecordId> = [sample().id(), RecordId([5; 32])].into_iter().collect();
    let withdrawal = withdrawal();
    let deletion = Saying::Deletion { answers: StatementId([6; 32]), records: records.clone(), backups_until: day() };
    vec![
        ("statement", "good-withdrawal", written(withdrawal.sign(&sealing::record_key()))),
        ("statement", "good-recall", written(saying(Saying::Recall { records: records.clone() }))),
        ("statement", "good-correction", written(saying(Saying::Correction { records }))),
        ("statement", "good-deletion", written(saying(deletion))),
        ("statement", "bad-signed-by-another", written(withdrawal.sign(&sealing::country_key()))),
    ]
}

fn labels_and_terms() -> Vec<Made> {
    let record = sample();
    let unheard = record.with_only([SectionName::Identity].into_iter().collect());
    vec![
        ("label_terms", "good-label", Label::of(&record).to_bytes()),
        ("label_terms", "good-label-without-audience", Label::of(&unheard).to_bytes()),
        ("label_terms", "good-terms", terms().to_bytes()),
        ("label_terms", "bad-cut-off", terms().to_bytes().split_last().unwrap().1.to_vec()),
    ]
}

fn sample() -> Record {
    sealing::sealed(&sealing::sample(), 3)
}

fn country(code: &str) -> Country {
    code.parse().unwrap()
}

fn day() -> Date {
    "2030-11-02".parse().unwrap()
}

fn frame<T: bincode::Encode>(kind: FrameKind, body: &T) -> Vec<u8> {
    [vec![kind as u8], encode(Domain::Frame, body)].concat()
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

fn withdrawal() -> Statement {
    stated(Saying::Withdrawal { lineage: Lineage([7; 16]), reason: WithdrawalReason::PurposeAchieved })
}

fn stated(saying: Saying) -> Statement {
    Statement { maker: country("FR"), made: sealing::ISSUED, saying, outlive: day() }
}

fn saying(saying: Saying) -> SignedStatement {
    stated(saying).sign(&sealing::record_key())
}

fn terms() -> Terms {
    let row = |section, purpose, units: Option<&str>| TermsRow {
        section,
        purpose,
        articles: [Citation { document: DocumentHash([8; 32]), article: "3".to_owned() }].into_iter().collect(),
        to_units: units.map(|unit| [unit.parse::<UnitName>().unwrap()].into_iter().collect()),
    };
    let rows = [
        row(SectionName::Identity, Purpose::Investigation, None),
        row(SectionName::Identity, Purpose::Identification, Some("BKA")),
    ];
    let conditions = UseConditions {
        keep_until: day(),
        onward: Onward::Never,
        caveats: Set::default(),
        handling: Set::default(),
        requests: Set::default(),
        consents: Set::default(),
    };
    Terms::new(rows.into_iter().collect(), conditions).unwrap()
}
