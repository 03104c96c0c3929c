//! A real process is killed at random moments and its store looked at.

use super::workload::{Dice, Expected, nth_batch};
use super::*;
use crate::tests::victim::{Orders, Victim};

const KILLS: u64 = 24;

const VICTIM: &str = "engine::tests::killed::victim";

#[test]
fn redb_loses_nothing_when_killed() {
    survives_kills(EngineKind::Redb, 11);
}

#[test]
fn sled_loses_nothing_when_killed() {
    survives_kills(EngineKind::Sled, 12);
}

/// Not a test of its own: what the killed process runs. Without orders it does nothing.
#[test]
#[ignore = "run by the tests above in a process of its own, which they kill"]
fn victim() {
    let Some(orders) = Orders::received() else { return };
    let engine = open(orders.kind, &orders.directory, &OpenOptions::default()).unwrap();
    for number in orders.first.. {
        engine.commit(nth_batch(orders.seed, number)).unwrap();
        orders.acknowledge(number);
    }
}

fn survives_kills(kind: EngineKind, seed: u64) {
    let bench = Bench::on_disk(kind);
    let Bench::Disk(_, directory) = &bench else { unreachable!() };
    let mut dice = Dice::new(seed);
    let mut expected = Expected::new(seed);
    for round in 0..KILLS {
        let mut victim = Victim::start(VICTIM, kind, directory.path(), seed, expected.batches() + 1);
        // One kill in four may fall into opening and recovering; the others wait for a first commit.
        if round % 4 != 3 {
            victim.wait_for_one();
        }
        let acknowledged = victim.kill_within(150_000, &mut dice);
        // Only then is it waited for: the lock may still be held by it when the store is opened.
        let engine = bench.open();
        victim.bury();
        expected
            .admit(&content(engine.as_ref()), acknowledged)
            .unwrap_or_else(|fault| panic!("{} seed {seed} round {round}: {fault}", kind.name()));
    }
    assert!(expected.batches() > KILLS, "the victims committed next to nothing");
    println!("{}: {KILLS} kills over {} batches", kind.name(), expected.batches());
}

#[test]
fn a_store_whose_making_was_killed_can_be_opened() {
    let mut dice = Dice::new(13);
    for round in 0..30 {
        for kind in EngineKind::ALL {
            let bench = Bench::on_disk(kind);
            let Bench::Disk(_, directory) = &bench else { unreachable!() };
            let mut victim = Victim::start(VICTIM, kind, directory.path(), 13, 1);
            while !kind.path(directory.path()).exists() && round % 2 == 0 {
                victim.must_be_alive();
                std::thread::yield_now();
            }
            let acknowledged = victim.kill_within(20_000, &mut dice);
            let engine = bench.open();
            victim.bury();
            Expected::new(13)
                .admit(&content(engine.as_ref()), acknowledged)
                .unwrap_or_else(|fault| panic!("{} round {round}: {fault}", kind.name()));
        }
    }
}
