//! Records, statements and rows to fill a store with.

use std::sync::Arc;

use chancery_exchange::{
    Acceptance, Change, Epoch, Incarnation, ItemNumber, JournalPosition, LabelId, LedgerRow, ObligationPosition,
    RecordSource, StreamPosition,
};
use chancery_record::{
    Audience, Country, Date, Draft, DraftSection, Instant, Kind, Lineage, Placement, Precedence, Record, RecordId,
    Saying, SectionName, SectionSet, SectionTags, SheetHash, SignedStatement, Statement, StreamHash, UseTags,
    WithdrawalReason,
};
use ed25519_dalek::SigningKey;

/// A record to be sealed; a test states what it is about.
#[derive(Clone, Debug)]
pub(crate) struct Sample {
    pub(crate) lineage: u8,
    /// Stands before `lineage` where a test is about its digits.
    pub(crate) exact_lineage: Option<Lineage>,
    pub(crate) revision: u64,
    pub(crate) originator: &'static str,
    pub(crate) kind: Kind,
    pub(crate) lane: Precedence,
    pub(crate) expires: Date,
    pub(crate) text: String,
}

/// The day on which every sample is issued.
pub(crate) fn issued() -> Date {
    Date::from_ymd(2026, 11, 21).unwrap()
}

impl Default for Sample {
    fn default() -> Self {
        Self {
            lineage: 1,
            exact_lineage: None,
            revision: 10,
            originator: "NL",
            kind: Kind::Vehicle,
            lane: Precedence::Routine,
            expires: issued().plus_days(100),
            text: "a grey van".into(),
        }
    }
}

impl Sample {
    pub(crate) fn seal(&self) -> Arc<Record> {
        let section = |name, body| DraftSection { name, tags: SectionTags::default(), body };
        let draft = Draft {
            kind: self.kind,
            unit: None,
            collected: None,
            review: None,
            expires: Some(self.expires),
            tags: UseTags { precedence: self.lane, ..UseTags::default() },
            audience: Audience::default(),
            sections: vec![
                section(SectionName::Object, serde_json::json!({ "text": self.text })),
                section(SectionName::Circumstances, serde_json::json!({ "text": "seen at a crossing" })),
            ],
        };
        let place = Placement {
            lineage: self.exact_lineage.unwrap_or(lineage(self.lineage)),
            revision: self.revision,
            collected: None,
            originator: country(self.originator),
            unit: "UNIT-1".parse().unwrap(),
            issued: issued().start(),
        };
        let mut salt = 0u8;
        let salts = || {
            salt += 1;
            [salt; 16]
        };
        Arc::new(draft.seal(&place, &key(), salts).unwrap())
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_bytes(&[5; 32])
}

pub(crate) fn country(letters: &str) -> Country {
    letters.parse().unwrap()
}

pub(crate) fn lineage(number: u8) -> Lineage {
    Lineage([number; 16])
}

/// An acceptance of a record sealed here.
pub(crate) fn own(position: u64, record: &Arc<Record>) -> Acceptance {
    Acceptance {
        record: Arc::clone(record),
        label: LabelId(3),
        position: JournalPosition(position),
        source_reference: None,
        source: RecordSource::Own,
        at: Instant(1_000 + position),
    }
}

/// An acceptance of a record that a peer delivered.
pub(crate) fn delivered(position: u64, record: &Arc<Record>, peer: &str) -> Acceptance {
    let source = RecordSource::Delivered { peer: country(peer), sheet: SHEET, terms: 2, narrowed: vec![1, 2, 3] };
    Acceptance { source, ..own(position, record) }
}

const SHEET: SheetHash = SheetHash([9; 32]);

/// The sheet that [`delivered`] names.
pub(crate) fn sheet() -> Change {
    sheet_of(SHEET, b"terms".to_vec())
}

/// A sheet that somebody signed.
pub(crate) fn sheet_of(hash: SheetHash, bytes: Vec<u8>) -> Change {
    let first = ItemNumber(u64::from(hash.0.first().copied().unwrap_or(0)));
    Change::Sheet { peer: country("IS"), epoch: Epoch(1), first, hash, bytes }
}

pub(crate) fn accept(acceptance: Acceptance) -> Change {
    Change::Accept(Box::new(acceptance))
}

pub(crate) fn only(record: &Arc<Record>, sections: &[SectionName]) -> Arc<Record> {
    Arc::new(record.with_only(sections.iter().copied().collect()))
}

pub(crate) fn ledger_row(peer: &str, epoch: u64, number: u64, record: &Record, sections: SectionSet) -> LedgerRow {
    LedgerRow {
        peer: country(peer),
        epoch: Epoch(epoch),
        number: ItemNumber(number),
        hash: hash(number),
        lane: record.manifest().tags.precedence,
        position: Some(JournalPosition(1)),
        record: record.id(),
        lineage: record.manifest().lineage,
        sections,
        disclosure: vec![number as u8; 40],
        at: Instant(50 + number),
    }
}

pub(crate) fn hash(number: u64) -> StreamHash {
    StreamHash([number as u8; 32])
}

pub(crate) fn stream(epoch: u64, number: u64) -> StreamPosition {
    let (epoch, number) = (Epoch(epoch), ItemNumber(number));
    StreamPosition { incarnation: Incarnation(7), epoch, number, hash: hash(number.0) }
}

pub(crate) fn obligation(number: u64) -> ObligationPosition {
    ObligationPosition { incarnation: Incarnation(7), number: ItemNumber(number), hash: hash(number) }
}

pub(crate) fn withdrawal(number: u8, outlive: Date) -> SignedStatement {
    let saying = Saying::Withdrawal { lineage: lineage(number), reason: WithdrawalReason::PurposeAchieved };
    Statement { maker: country("NL"), made: Instant(number.into()), saying, outlive }.sign(&key())
}

pub(crate) fn recall(made: u64, record: RecordId, outlive: Date) -> SignedStatement {
    let saying = Saying::Recall { records: [record].into_iter().collect() };
    Statement { maker: country("NL"), made: Instant(made), saying, outlive }.sign(&key())
}
