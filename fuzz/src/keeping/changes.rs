//! Changes that a store must take, drawn from a world so small that they meet each other, and changes it must refuse.

use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::Arc;

use chancery_exchange::{
    Acceptance, AuditEntry, BackFill, Change, ClockMark, Cursor, Deferral, DeferralCause, Epoch, Incarnation, Item,
    ItemNumber, JournalPosition, LabelId, LedgerRow, Mark, MarkTarget, ObligationPosition, Period, RecordSource,
    RefusalCode, SetItem, Side, StreamPosition,
};
use chancery_record::{
    Country, Date, DocumentHash, Instant, LabelHash, Precedence, Record, RecordId, Saying, SectionSet, SheetHash,
    SignedStatement, Statement, StatementId, StreamHash,
};

use super::FIRST;
use super::model::Questions;
use super::sealed::{RECORDS, key, lineage, record};
use crate::script::Script;

const PEERS: [&str; 3] = ["NL", "FR", "DE"];
const REFERENCES: [&str; 3] = ["REF-1", "REF-11", ""];

/// Where every numbering stands; a number that was lost with its commit is not used again.
#[derive(Default)]
pub struct Changes {
    position: u64,
    labels: u32,
    items: [(u64, u64); 3],
    owed: [u64; 3],
    sheets: u64,
    life: u64,
}

impl Changes {
    pub fn peer(&self, at: usize) -> Country {
        PEERS[at % PEERS.len()].parse().expect("two letters")
    }

    pub fn record(&self, which: usize) -> Arc<Record> {
        record(which)
    }

    /// A change that the store takes.
    pub fn drawn(&mut self, script: &mut Script<'_>) -> Change {
        let at = script.below(PEERS.len());
        let peer = self.peer(at);
        match script.below(32) {
            0..=4 => Change::Accept(Box::new(self.acceptance(script))),
            5 | 6 => Change::Delete { record: record(script.below(RECORDS)).id() },
            7 | 8 => self.ledger(at, script),
            9 => {
                let id = LabelId(self.labels);
                self.labels += 1;
                Change::Label { id, hash: label_hash(id), bytes: vec![id.0 as u8; 20] }
            }
            10 | 11 => self.mark(script),
            12 => {
                self.owed[at] += 1;
                let position = obligation(self.owed[at]);
                Change::Owe { peer, position, statement: recall(script.below(4), script.below(RECORDS)) }
            }
            13 => {
                let items = self.set_items(script);
                Change::Items { side: script.one_of(&[Side::Delivered, Side::Received]), peer, items }
            }
            14 => Change::DropItems { peer, items: self.set_items(script) },
            15 => self.life(script),
            16 | 17 => self.kept_aside(peer, script),
            26..=28 => self.onward(peer, script),
            29..=31 => self.recovering(peer, self.items[at].0, script),
            _ => self.place(peer, script),
        }
    }

    /// How far some stream stands.
    fn place(&mut self, peer: Country, script: &mut Script<'_>) -> Change {
        let number = 1 + script.below(9) as u64;
        let record = record(script.below(RECORDS)).id();
        match script.below(9) {
            0 => {
                let walked = JournalPosition(number);
                let back_fill =
                    number.is_multiple_of(2).then_some(BackFill { walked: JournalPosition(1), until: walked });
                let cursor = Cursor { walked, law: DocumentHash([number as u8; 32]), back_fill };
                Change::Cursor { peer, lane: script.one_of(Precedence::ALL), cursor }
            }
            1 => Change::Receipted { peer, position: stream(1 + script.below(3) as u64, number), proof: None },
            2 => Change::Received { peer, position: stream(1, number) },
            3 => Change::OweReceipted { peer, number: ItemNumber(number), proof: None },
            4 => Change::ObligationsReceived { peer, position: obligation(number) },
            5 => {
                let causes = [DeferralCause::Date(Date::from_days(9)), DeferralCause::PeerPending(RefusalCode::Clock)];
                let (lane, cause) = (script.one_of(Precedence::ALL), script.one_of(&causes));
                Change::Defer(Deferral { peer, record, lane, cause })
            }
            6 => Change::Undefer { peer, record },
            7 => Change::CheckDue { peer, left: (number > 4).then(|| vec![number as u8; 40]) },
            _ => Change::Clock(ClockMark { wall_ms: number, jumped: number > 4, ..ClockMark::default() }),
        }
    }

    /// What is kept for people, and is not read back by the exchange.
    fn kept_aside(&mut self, peer: Country, script: &mut Script<'_>) -> Change {
        let (number, at) = (ItemNumber(1 + script.below(9) as u64), Instant(9));
        let record = record(script.below(RECORDS)).id();
        match script.below(5) {
            0 => Change::Quarantine { peer, epoch: Epoch(1), number, record, code: RefusalCode::BadSeal, at },
            1 => Change::Breach { peer, record, what: "a section".into(), at },
            2 => {
                let (answers, backups_until) = (StatementId([3; 32]), Date::from_days(9));
                Change::DeletionReceipt { peer, answers, records: vec![record], backups_until, at }
            }
            3 => {
                let (purpose, reference) = (None, None);
                let [actor, action, outcome] = ["clerk", "show", "shown"].map(str::to_owned);
                Change::Audit(AuditEntry { at, actor, action, record: Some(record), purpose, reference, outcome })
            }
            _ => {
                self.sheets += 1;
                let (epoch, first, number) = (Epoch(1), ItemNumber(self.sheets), self.sheets as u8);
                Change::Sheet { peer, epoch, first, hash: SheetHash([number; 32]), bytes: vec![number; 30] }
            }
        }
    }

    fn life(&mut self, script: &mut Script<'_>) -> Change {
        match script.below(3) {
            0 => {
                self.life += 1;
                Change::NewLife { incarnation: Incarnation(FIRST.0 + self.life), at: Instant(self.life) }
            }
            1 => Change::LifeRecovered { at: Instant(self.life) },
            _ => Change::Clock(ClockMark::default()),
        }
    }

    pub fn sections(&self, of: &Record, script: &mut Script<'_>) -> SectionSet {
        let bits = script.byte();
        let names = of.manifest().kind.sections().iter().enumerate();
        names.filter(|(at, _)| bits >> (at % 8) & 1 == 0).map(|(_, name)| *name).collect()
    }

    fn acceptance(&mut self, script: &mut Script<'_>) -> Acceptance {
        let record = record(script.below(RECORDS));
        let record = Arc::new(record.with_only(self.sections(&record, script)));
        self.position += 1 + script.below(3) as u64;
        let source = match script.below(3) {
            0 => {
                let (peer, sheet) = (self.peer(1), SheetHash([1; 32]));
                RecordSource::Delivered { peer, sheet, terms: 2, narrowed: vec![1, 2, 3] }
            }
            _ => RecordSource::Own,
        };
        let reference = (script.below(2) == 0).then(|| script.one_of(&REFERENCES).to_owned());
        Acceptance {
            record,
            label: LabelId(script.below(5) as u32),
            position: JournalPosition(self.position),
            source_reference: reference,
            source,
            at: Instant(1000 + self.position),
        }
    }

    fn ledger(&mut self, at: usize, script: &mut Script<'_>) -> Change {
        let record = record(script.below(RECORDS));
        let sections = self.sections(&record, script);
        let (epoch, number) = &mut self.items[at];
        if script.below(6) == 0 || *epoch == 0 {
            (*epoch, *number) = (*epoch + 1, 0);
        }
        *number += 1;
        let (epoch, number) = (*epoch, *number);
        Change::Ledger(LedgerRow {
            peer: self.peer(at),
            epoch: Epoch(epoch),
            number: ItemNumber(number),
            hash: StreamHash([number as u8; 32]),
            lane: record.manifest().tags.precedence,
            position: Some(JournalPosition(1)),
            record: record.id(),
            lineage: record.manifest().lineage,
            sections,
            disclosure: vec![number as u8; 40],
            at: Instant(50 + number),
        })
    }

    fn mark(&mut self, script: &mut Script<'_>) -> Change {
        let which = script.below(RECORDS);
        let record = record(which);
        let target = match script.below(2) {
            0 => MarkTarget::Lineage(record.manifest().lineage),
            _ => MarkTarget::Record(record.id()),
        };
        let mark = script.one_of(&[Mark::Withdrawn, Mark::Recalled, Mark::Corrected]);
        // Of two marks of one sort the store keeps the one that is remembered longer; the model keeps both, so one day is
        // used for each sort and target.
        let named = match target {
            MarkTarget::Lineage(_) => which / 4 * 4,
            MarkTarget::Record(_) => which,
        };
        let statement = recall(mark as usize, named);
        let outlive = Date::from_days(20_000);
        Change::Mark { maker: self.peer(script.below(PEERS.len())), target, mark, statement, outlive }
    }

    fn set_items(&self, script: &mut Script<'_>) -> Vec<SetItem> {
        let count = 1 + script.below(3);
        let drawn = (0..count).map(|_| {
            let record = record(script.below(RECORDS));
            let sections = self.sections(&record, script);
            SetItem { period: Period::of(record.manifest().expires), item: Item { record: record.id(), sections } }
        });
        drawn.collect()
    }

    /// A change that is refused with its whole list: a number that does not rise, or an entry that is too long.
    pub fn wrong(&mut self, script: &mut Script<'_>) -> Change {
        let at = script.below(PEERS.len());
        match script.below(3) {
            // The last place of all: whatever comes before it in the list, nothing can follow.
            0 => {
                let acceptance = self.acceptance(script);
                Change::Accept(Box::new(Acceptance { position: JournalPosition(0), ..acceptance }))
            }
            1 => {
                let text = "x".repeat(chancery_store::limits::NOTE_ROW_BYTES_MAX);
                let (peer, record) = (self.peer(at), RecordId([1; 32]));
                Change::Breach { peer, record, what: text, at: Instant(1) }
            }
            _ => {
                let acceptance = self.acceptance(script);
                let reference = "y".repeat(chancery_store::limits::REFERENCE_BYTES_MAX + 1);
                Change::Accept(Box::new(Acceptance { source_reference: Some(reference), ..acceptance }))
            }
        }
    }

    /// All that can be asked of this world.
    pub fn questions(&self) -> Questions {
        let days = [9, 10, 11, 12, 30, 52, 500];
        let issued = Instant(1_795_262_400_000).date();
        Questions {
            peers: PEERS.map(|letters| letters.parse().expect("two letters")).to_vec(),
            records: (0..RECORDS).map(|which| record(which).id()).collect(),
            lineages: (0..=3).map(lineage).collect(),
            references: REFERENCES.iter().chain(&["REF", "REF-111"]).map(|text| (*text).into()).collect(),
            epochs: (0..4).map(Epoch).collect(),
            numbers: (0..6).map(ItemNumber).collect(),
            labels: (0..4).map(|id| (LabelId(id), label_hash(LabelId(id)))).collect(),
            days: days.map(|days| issued.plus_days(days)).to_vec(),
        }
    }
}

fn label_hash(id: LabelId) -> LabelHash {
    LabelHash([id.0 as u8 + 100; 32])
}

fn stream(epoch: u64, number: u64) -> StreamPosition {
    let (epoch, number) = (Epoch(epoch), ItemNumber(number));
    StreamPosition { incarnation: FIRST, epoch, number, hash: StreamHash([number.0 as u8; 32]) }
}

fn obligation(number: u64) -> ObligationPosition {
    ObligationPosition { incarnation: FIRST, number: ItemNumber(number), hash: StreamHash([number as u8; 32]) }
}

/// A statement, signed once.
pub fn recall(made: usize, which: usize) -> SignedStatement {
    thread_local!(static MADE: RefCell<HashMap<(usize, usize), SignedStatement>> = RefCell::default());
    let sign = || {
        let saying = Saying::Recall { records: [record(which).id()].into_iter().collect() };
        let maker: Country = PEERS[0].parse().expect("two letters");
        Statement { maker, made: Instant(made as u64), saying, outlive: Date::from_days(20_000) }.sign(key())
    };
    MADE.with_borrow_mut(|statements| statements.entry((made, which)).or_insert_with(sign).clone())
}
