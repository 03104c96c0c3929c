//! How much memory a store of a million records takes.

use super::workload::Dice;
use super::*;

/// A node may take 400 MB in all; this leaves the other parts of it a fair share.
const RESIDENT_BYTES_MAX: u64 = 250 << 20;

const RECORDS: u64 = 1_000_000;

#[test]
#[ignore = "writes a gigabyte, which takes minutes; run it alone"]
fn a_million_records_fit_into_the_memory_of_a_small_machine() {
    let bench = Bench::on_disk(EngineKind::Redb);
    let engine = bench.open();
    let mut dice = Dice::new(1);
    for first in (0..RECORDS).step_by(1000) {
        let mut batch = Batch::new();
        for sequence in first..first + 1000 {
            let record: Vec<u8> = (0..125).flat_map(|_| dice.roll().to_be_bytes()).collect();
            let id: Vec<u8> = record.iter().take(32).copied().collect();
            for index in [Keyspace::ByKind, Keyspace::ByOriginator, Keyspace::ByExpiry] {
                batch.put(index, [&dice.below(50).to_be_bytes()[..], &sequence.to_be_bytes()].concat(), []);
            }
            batch.put(Keyspace::RecordIds, id, sequence.to_be_bytes());
            batch.put(Keyspace::Records, sequence.to_be_bytes(), record);
        }
        engine.commit(batch).unwrap();
        if first % 100_000 == 0 {
            println!("{first} records, {} MB resident", most_resident_bytes() >> 20);
        }
    }
    let pages = Pages::new(engine.as_ref(), Keyspace::Records, KeyRange::all(), Order::Ascending, 1000);
    assert_eq!(pages.map(|page| page.unwrap().len() as u64).sum::<u64>(), RECORDS);
    let resident = most_resident_bytes();
    println!("{} MB on disk, {} MB resident", engine.bytes_on_disk().unwrap() >> 20, resident >> 20);
    assert!(resident < RESIDENT_BYTES_MAX);
}

/// The most this process ever held in memory, as the kernel counts it.
fn most_resident_bytes() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:")).unwrap();
    line.split_whitespace().next().unwrap().parse::<u64>().unwrap() << 10
}
