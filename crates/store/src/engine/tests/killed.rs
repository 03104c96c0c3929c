//! A real process is killed at random moments and its store looked at.

use super::workload::{Dice, Expected, nth_batch};
use super::*;
use std::io::{BufRead, BufReader, Write};
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

const KILLS: u64 = 24;

/// What the child is told: engine, directory, seed, number of its first batch.
const ORDERS: &str = "CHANCERY_TEST_KILLED_CHILD";

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
fn child() {
    let Ok(orders) = std::env::var(ORDERS) else { return };
    let mut words = orders.splitn(4, ' ');
    let mut word = || words.next().unwrap();
    let kind: EngineKind = word().parse().unwrap();
    let (seed, first) = (word().parse().unwrap(), word().parse().unwrap());
    let engine = open(kind, Path::new(word()), &OpenOptions::default()).unwrap();
    let mut acknowledgements = std::io::stderr();
    for number in first.. {
        engine.commit(nth_batch(seed, number)).unwrap();
        // In one write, which a kill does not cut in two.
        acknowledgements.write_all(format!("acknowledged {number}\n").as_bytes()).unwrap();
    }
}

fn survives_kills(kind: EngineKind, seed: u64) {
    let bench = Bench::on_disk(kind);
    let Bench::Disk(_, directory) = &bench else { unreachable!() };
    let mut dice = Dice::new(seed);
    let mut expected = Expected::new(seed);
    for round in 0..KILLS {
        let before = expected.batches();
        let mut child = start(kind, directory.path(), seed, before + 1);
        let mut lines = BufReader::new(child.stderr.take().unwrap()).lines();
        let mut acknowledged = before;
        // One kill in four may fall into opening and recovering; the others wait for a first commit.
        if round % 4 != 3 {
            acknowledged = acknowledgement(lines.next().unwrap().unwrap());
        }
        // The moment itself is the random part of the test.
        std::thread::sleep(Duration::from_micros(dice.below(150_000)));
        child.kill().unwrap();
        for line in lines {
            acknowledged = acknowledgement(line.unwrap());
        }
        // Only now is the child waited for: the lock may still be held by it when the store is opened.
        let engine = bench.open();
        child.wait().unwrap();
        expected
            .admit(&content(engine.as_ref()), acknowledged)
            .unwrap_or_else(|fault| panic!("{} seed {seed} round {round}: {fault}", kind.name()));
    }
    assert!(expected.batches() > KILLS, "the children committed next to nothing");
    println!("{}: {KILLS} kills over {} batches", kind.name(), expected.batches());
}

#[test]
fn a_store_whose_making_was_killed_can_be_opened() {
    let mut dice = Dice::new(13);
    for round in 0..30 {
        for kind in EngineKind::ALL {
            let bench = Bench::on_disk(kind);
            let Bench::Disk(_, directory) = &bench else { unreachable!() };
            let mut child = start(kind, directory.path(), 13, 1);
            while !kind.path(directory.path()).exists() && round % 2 == 0 {
                assert!(child.try_wait().unwrap().is_none(), "the child ended by itself");
                std::thread::yield_now();
            }
            std::thread::sleep(Duration::from_micros(dice.below(20_000)));
            child.kill().unwrap();
            let lines = BufReader::new(child.stderr.take().unwrap()).lines();
            let acknowledged = lines.map(|line| acknowledgement(line.unwrap())).last().unwrap_or(0);
            let engine = bench.open();
            child.wait().unwrap();
            Expected::new(13)
                .admit(&content(engine.as_ref()), acknowledged)
                .unwrap_or_else(|fault| panic!("{} round {round}: {fault}", kind.name()));
        }
    }
}

fn acknowledgement(line: String) -> u64 {
    let number = line.strip_prefix("acknowledged ");
    number.unwrap_or_else(|| panic!("the child said: {line}")).parse().unwrap()
}

fn start(kind: EngineKind, directory: &Path, seed: u64, first: u64) -> Child {
    let entry = "engine::tests::killed::child";
    Command::new(std::env::current_exe().unwrap())
        .args([entry, "--exact", "--ignored", "--nocapture"])
        .env(ORDERS, format!("{} {seed} {first} {}", kind.name(), directory.display()))
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}
