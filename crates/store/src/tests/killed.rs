//! A real process accepts and discloses records until it is killed; nothing acknowledged is lost, nothing is there by halves.

use std::sync::Arc;

use chancery_exchange::{
    BackFill, Change, ClockMark, Cursor, Deferral, DeferralCause, Epoch, Holdings, ItemNumber, JournalPosition, LabelId,
};
use chancery_record::{Date, DocumentHash, Kind, LabelHash, Precedence, Record, SectionName};

use super::dice::Dice;
use super::model::{Model, Questions, compare};
use super::sample::{
    Sample, accept, country, delivered, issued, ledger_row, lineage, obligation, only, own, stream, withdrawal,
};
use super::victim::{Orders, Victim};
use super::{Bench, findings, on_disk};
use crate::engine::EngineKind;

const KILLS: u64 = 24;

const VICTIM: &str = "tests::killed::victim";

/// Room in the journal for one batch.
const PLACES: u64 = 64;

#[test]
fn redb_keeps_every_record_when_killed() {
    survives_kills(EngineKind::Redb, 21);
}

#[test]
fn sled_keeps_every_record_when_killed() {
    survives_kills(EngineKind::Sled, 22);
}

/// Not a test of its own: what the killed process runs. Without orders it does nothing.
#[test]
#[ignore = "run by the tests above in a process of its own, which they kill"]
fn victim() {
    let Some(orders) = Orders::received() else { return };
    let store = on_disk(orders.kind, &orders.directory);
    for number in orders.first.. {
        store.commit(&nth_list(orders.seed, number)).unwrap();
        orders.acknowledge(number);
    }
}

fn survives_kills(kind: EngineKind, seed: u64) {
    let bench = Bench::on_disk(kind);
    let Bench::Disk(_, directory) = &bench else { unreachable!() };
    let mut dice = Dice::new(seed);
    let mut model = Model::default();
    let mut last = 0;
    for round in 0..KILLS {
        let mut victim = Victim::start(VICTIM, kind, directory.path(), seed, last + 1);
        // One kill in four may fall into opening and recovering; the others wait for a first commit.
        if round % 4 != 3 {
            victim.wait_for_one();
        }
        let acknowledged = victim.kill_within(120_000, &mut dice);
        let store = bench.open();
        victim.bury();
        let found = store.clock_mark().unwrap().map_or(0, |mark| mark.wall_ms);
        println!("{} seed {seed} round {round}: {acknowledged} acknowledged, {found} found", kind.name());
        assert!(found == acknowledged || found == acknowledged + 1);
        while last < found {
            last += 1;
            model.apply_all(&nth_list(seed, last));
        }
        compare(&store, &model, &questions(&model, last));
        assert_eq!(store.extent().unwrap().records as usize, model.records());
        assert_eq!(findings(&store), []);
    }
    assert!(last > KILLS, "the victims committed next to nothing");
    println!("{}: {KILLS} kills over {last} commits with {} records", kind.name(), model.records());
}

/// One group commit: some records with their label, ledger rows and cursor, some deleted, joined, owed and deferred.
fn nth_list(seed: u64, number: u64) -> Vec<Change> {
    let mut dice = Dice::new(seed ^ number.wrapping_mul(0xa076_1d64_78bd_642f));
    let fr = country("FR");
    let label = LabelId(number as u32 - 1);
    let mut changes = vec![
        Change::Clock(ClockMark { wall_ms: number, ..ClockMark::default() }),
        Change::Label { id: label, hash: label_hash(number), bytes: number.to_be_bytes().to_vec() },
    ];
    for place in 0..1 + dice.below(12) {
        let record = nth_record(seed, number, place);
        let position = number * PLACES + place;
        let mut acceptance = if place.is_multiple_of(3) {
            delivered(position, &only(&record, &[SectionName::Object]), "FR")
        } else {
            own(position, &record)
        };
        acceptance.label = label;
        acceptance.source_reference = Some(format!("REF-{}", dice.below(5)));
        changes.push(accept(acceptance));
        changes.push(Change::Ledger(ledger_row("FR", number, place + 1, &record, record.sections_held())));
        changes.push(Change::Ledger(ledger_row("DE", 1, number * PLACES + place, &record, record.sections_held())));
    }
    if number > 2 {
        let (before, earlier) = (nth_record(seed, number - 1, 0), nth_record(seed, number - 2, 0));
        changes.push(accept(own(number * PLACES + PLACES - 1, &before)));
        changes.push(Change::Delete { record: earlier.id() });
        let statement = withdrawal(dice.below(200) as u8, issued());
        changes.push(Change::Owe { peer: fr, position: obligation(number), statement });
        let cause = DeferralCause::Date(Date::from_days(20_000));
        changes.push(Change::Defer(Deferral { peer: fr, record: before.id(), lane: Precedence::Routine, cause }));
        changes.push(Change::Undefer { peer: fr, record: earlier.id() });
    }
    let (walked, law) = (JournalPosition(number * PLACES), DocumentHash([number as u8; 32]));
    let back_fill = (!number.is_multiple_of(3)).then_some(BackFill { walked: JournalPosition(number), until: walked });
    changes.push(Change::Cursor { peer: fr, lane: Precedence::Routine, cursor: Cursor { walked, law, back_fill } });
    changes.push(Change::Receipted { peer: fr, position: stream(number, 1), proof: None });
    changes
}

fn label_hash(number: u64) -> LabelHash {
    let mut hash = [0; 32];
    hash[..8].copy_from_slice(&number.to_be_bytes());
    LabelHash(hash)
}

fn nth_record(seed: u64, number: u64, place: u64) -> Arc<Record> {
    let mut dice = Dice::new(seed ^ (number * PLACES + place).wrapping_mul(0x8ebc_6af0_9c88_c6e3));
    Sample {
        lineage: dice.below(6) as u8,
        revision: number,
        originator: if place.is_multiple_of(3) { "FR" } else { "NL" },
        kind: if dice.below(2) == 0 { Kind::Vehicle } else { Kind::Document },
        lane: if dice.below(4) == 0 { Precedence::Flash } else { Precedence::Routine },
        expires: issued().plus_days(1 + dice.below(300) as i32),
        text: format!("{number} {place} {}", "x".repeat(dice.below(3000) as usize)),
        ..Sample::default()
    }
    .seal()
}

fn questions(model: &Model, last: u64) -> Questions {
    let numbers = last.saturating_sub(4)..=last + 1;
    Questions {
        peers: ["NL", "FR", "DE"].map(country).to_vec(),
        records: model.known(),
        lineages: (0..6).map(lineage).collect(),
        references: (0..5).map(|number| format!("REF-{number}")).collect(),
        epochs: numbers.clone().map(Epoch).collect(),
        numbers: (0..14).map(ItemNumber).collect(),
        labels: numbers.map(|number| (LabelId(number as u32), label_hash(number))).collect(),
        days: [10, 100, 400].map(|days| issued().plus_days(days)).to_vec(),
    }
}
