//! Random lists of changes against the model.

use std::sync::Arc;

use chancery_exchange::{
    Acceptance, BackFill, Change, ClockMark, Cursor, Deferral, DeferralCause, Epoch, ItemNumber, JournalPosition,
    LabelId, Mark, MarkTarget, RefusalCode,
};
use chancery_record::{Date, DocumentHash, Kind, LabelHash, Precedence, Record, SectionSet};
use proptest::prelude::*;

use super::dice::Dice;
use super::model::{Model, Questions, compare};
use super::sample::{
    Sample, accept, country, delivered, issued, ledger_row, lineage, obligation, own, recall, stream, withdrawal,
};
use super::{Bench, findings};
use crate::engine::EngineKind;
use crate::{CommitFault, Store, Weight};

const COUNTRIES: [&str; 3] = ["NL", "FR", "DE"];
const REFERENCES: [&str; 3] = ["REF-1", "REF-11", ""];

/// Gives changes that a store must accept, from a small world in which they meet each other.
pub(super) struct World {
    dice: Dice,
    records: Vec<Arc<Record>>,
    position: u64,
    labels: u32,
    items: [(u64, u64); 3],
    owed: [u64; 3],
}

impl World {
    pub(super) fn new(seed: u64) -> Self {
        let mut records = Vec::new();
        for line in 1..=3u8 {
            for revision in [10, 12, 17] {
                for (variant, originator) in [(0, "NL"), (1, "NL"), (2, "FR")] {
                    let sample = Sample {
                        lineage: line,
                        revision,
                        originator,
                        kind: if line == 1 { Kind::Vehicle } else { Kind::Document },
                        lane: if line == 3 { Precedence::Flash } else { Precedence::Routine },
                        expires: issued().plus_days(i32::from(line) * 10 + variant),
                        text: format!("variant {variant}"),
                        ..Sample::default()
                    };
                    records.push(sample.seal());
                }
            }
        }
        Self { dice: Dice::new(seed), records, position: 0, labels: 0, items: [(1, 0); 3], owed: [0; 3] }
    }

    fn pick<T: Clone>(&mut self, from: &[T]) -> T {
        from[self.dice.below(from.len() as u64) as usize].clone()
    }

    fn record(&mut self) -> Arc<Record> {
        let records = self.records.clone();
        self.pick(&records)
    }

    fn sections(&mut self, record: &Record) -> SectionSet {
        let mut sections = SectionSet::EMPTY;
        for name in record.manifest().kind.sections() {
            if self.dice.below(2) == 0 {
                sections = sections.with(*name);
            }
        }
        sections
    }

    fn acceptance(&mut self) -> Acceptance {
        let record = self.record();
        let sections = self.sections(&record);
        let record = Arc::new(record.with_only(sections));
        self.position += 1 + self.dice.below(3);
        let mut acceptance =
            if self.dice.below(3) == 0 { delivered(self.position, &record, "FR") } else { own(self.position, &record) };
        acceptance.label = LabelId(self.dice.below(5) as u32);
        if self.dice.below(2) == 0 {
            acceptance.source_reference = Some(self.pick(&REFERENCES).into());
        }
        acceptance
    }

    fn ledger(&mut self) -> Change {
        let peer = self.dice.below(3) as usize;
        let (epoch, number) = &mut self.items[peer];
        if self.dice.below(6) == 0 {
            *epoch += 1;
            *number = 0;
        }
        *number += 1;
        let (epoch, number) = (*epoch, *number);
        let record = self.record();
        let sections = self.sections(&record);
        Change::Ledger(ledger_row(COUNTRIES[peer], epoch, number, &record, sections))
    }

    fn mark(&mut self) -> Change {
        let record = self.record();
        let mark = self.pick(&[Mark::Withdrawn, Mark::Recalled, Mark::Corrected]);
        let target = if self.dice.below(2) == 0 {
            MarkTarget::Lineage(record.manifest().lineage)
        } else {
            MarkTarget::Record(record.id())
        };
        let outlive = issued().plus_days(self.dice.below(100) as i32);
        let maker = country(self.pick(&COUNTRIES));
        let statement = recall(self.dice.below(50), record.id(), outlive);
        Change::Mark { maker, target, mark, statement, outlive }
    }

    pub(super) fn change(&mut self) -> Change {
        let at = self.dice.below(3) as usize;
        let peer = country(COUNTRIES[at]);
        let number = 1 + self.dice.below(9);
        match self.dice.below(19) {
            0..=4 => accept(self.acceptance()),
            5 | 6 => Change::Delete { record: self.record().id() },
            7 | 8 => self.ledger(),
            9 => {
                let id = LabelId(self.labels);
                self.labels += 1;
                Change::Label { id, hash: label_hash(id), bytes: vec![id.0 as u8; 20] }
            }
            10 => Change::Cursor {
                peer,
                lane: self.pick(Precedence::ALL),
                cursor: Cursor {
                    walked: JournalPosition(number),
                    law: DocumentHash([number as u8; 32]),
                    back_fill: number
                        .is_multiple_of(2)
                        .then_some(BackFill { walked: JournalPosition(number / 2), until: JournalPosition(number) }),
                },
            },
            11 => Change::Receipted { peer, position: stream(1 + self.dice.below(3), number), proof: None },
            12 => Change::Received { peer, position: stream(1, number) },
            13 => {
                self.owed[at] += 1;
                let statement = withdrawal(self.dice.below(4) as u8, issued());
                Change::Owe { peer, position: obligation(self.owed[at]), statement }
            }
            14 => Change::OweReceipted { peer, number: ItemNumber(number), proof: None },
            15 => Change::ObligationsReceived { peer, position: obligation(number) },
            16 => self.mark(),
            17 if number < 6 => Change::Defer(Deferral {
                peer,
                record: self.record().id(),
                lane: Precedence::Routine,
                cause: self
                    .pick(&[DeferralCause::Date(Date::from_days(9)), DeferralCause::PeerPending(RefusalCode::Clock)]),
            }),
            17 => Change::Undefer { peer, record: self.record().id() },
            _ => Change::Clock(ClockMark { wall_ms: number, jumped: number > 4, ..ClockMark::default() }),
        }
    }

    /// A change that must be refused whole, with its list.
    fn bad_change(&mut self) -> Change {
        let record = self.record();
        accept(own(self.position, &record))
    }

    pub(super) fn questions(&self) -> Questions {
        Questions {
            peers: COUNTRIES.map(country).to_vec(),
            records: self.records.iter().map(|record| record.id()).collect(),
            lineages: (0..=3).map(lineage).collect(),
            references: REFERENCES.iter().chain(&["REF", "REF-111"]).map(|text| (*text).into()).collect(),
            epochs: (0..5).map(Epoch).collect(),
            numbers: (0..8).map(ItemNumber).collect(),
            labels: (0..4).map(|id| (LabelId(id), label_hash(LabelId(id)))).collect(),
            days: [-1, 9, 10, 11, 12, 20, 30, 32, 500].map(|days| issued().plus_days(days)).to_vec(),
        }
    }
}

fn label_hash(id: LabelId) -> LabelHash {
    LabelHash([id.0 as u8 + 100; 32])
}

/// Commits random lists, some of which must be refused, and opens the store again now and then.
fn agrees_with_the_model(bench: &Bench, seed: u64, commits: u64) {
    let mut world = World::new(seed);
    let mut model = Model::default();
    let mut store = bench.open();
    for round in 0..commits {
        if world.dice.below(5) == 0 {
            let bad = world.bad_change();
            let clock = Change::Clock(ClockMark { wall_ms: 999, ..ClockMark::default() });
            let refused = store.commit(&[clock, bad]).unwrap_err();
            assert!(matches!(refused, CommitFault::OutOfOrder { .. }) && refused.is_refusal(), "{refused}");
        }
        let list: Vec<Change> = (0..1 + world.dice.below(12)).map(|_| world.change()).collect();
        model.apply_all(&list);
        weighs_enough(&store, &list);
        store.commit(&list).unwrap();
        if world.dice.below(8) == 0 {
            drop(store);
            store = bench.open();
        }
        if round + 1 == commits || world.dice.below(4) == 0 {
            compare(&store, &model, &world.questions());
            assert_eq!(store.extent().unwrap().records as usize, model.records());
            assert_eq!(findings(&store), [], "seed {seed} after commit {round}");
        }
    }
}

/// A list that fits by its weight must fit the engine.
fn weighs_enough(store: &Store, list: &[Change]) {
    let batch = crate::commit::batch(store.rows(), list).unwrap();
    let (writes, bytes) = Weight::of(list).bounds();
    assert!(batch.len() <= writes && batch.bytes() <= bytes, "{batch:?}");
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn memory_agrees_with_the_model(seed in any::<u64>()) {
        agrees_with_the_model(&Bench::memory(), seed, 20);
    }
}

#[test]
fn disks_agree_with_the_model() {
    for kind in EngineKind::ALL {
        for seed in 0..3 {
            println!("engine {} seed {seed}", kind.name());
            agrees_with_the_model(&Bench::on_disk(kind), seed, 40);
        }
    }
}

#[test]
fn a_new_store_is_empty() {
    let world = World::new(0);
    let store = Bench::memory().open();
    compare(&store, &Model::default(), &world.questions());
}
