//! Power is cut at random moments, and redb has to hold what it acknowledged.

use super::super::open::{Attempt, OpenFault};
use super::super::redb::RedbEngine;
use super::super::{EngineFault, schema};
use super::contract::assert_poisoned_by;
use super::faulty_disk::{FaultyDisk, Honesty};
use super::workload::{Dice, Expected, nth_batch};
use super::*;

const SEEDS: u64 = 200;
const CUTS_PER_SEED: u64 = 4;

/// Writes and syncs before a cut: up to some tens of commits.
const CALLS_MAX: u64 = 160;

#[test]
fn redb_loses_nothing_when_the_power_is_cut() {
    for seed in 0..SEEDS {
        survives_power_cuts(seed, Honesty::Honest).unwrap_or_else(|fault| panic!("seed {seed}: {fault}"));
    }
}

/// If no seed notices this disk, the test above would notice nothing either.
#[test]
fn a_disk_that_lies_about_syncing_is_found_out() {
    // What such a disk leaves can make redb panic, which is one more way to notice.
    let notices = |seed: &u64| {
        let run = std::panic::AssertUnwindSafe(|| survives_power_cuts(*seed, Honesty::Liar));
        std::panic::catch_unwind(run).map_or(true, |outcome| outcome.is_err())
    };
    let found_out = (0..20).filter(notices).count();
    assert!(found_out > 10, "only {found_out} of 20 seeds noticed");
}

#[test]
fn a_failing_disk_poisons_redb_until_reopened() {
    let disk = FaultyDisk::new(Honesty::Honest);
    let engine = opened(&disk).unwrap();
    engine.commit(batch(&[(Keyspace::Meta, b"kept", Some(b"1"))])).unwrap();
    disk.cut_power_after(1);
    assert_poisoned_by(&engine, batch(&[(Keyspace::Meta, b"lost", Some(b"1"))]));
    drop(engine);
    let engine = opened(&disk.after_power_cut(&mut Dice::new(1))).unwrap();
    assert_eq!(engine.get(Keyspace::Meta, b"kept").unwrap().unwrap(), b"1");
}

/// Commits until the power goes, opens what is left, and so on; the power may also go while opening.
fn survives_power_cuts(seed: u64, honesty: Honesty) -> Result<(), String> {
    let mut dice = Dice::new(seed);
    let mut expected = Expected::new(seed);
    // A file is made under another name and counts from its renaming, so there is nothing to cut before that.
    let mut disk = FaultyDisk::new(Honesty::Honest);
    drop(opened(&disk)?);
    disk = disk.becoming(honesty);
    for _ in 0..CUTS_PER_SEED {
        let mut acknowledged = expected.batches();
        disk.cut_power_after(dice.below(CALLS_MAX));
        if let Some(engine) = opened_or_cut(&disk)? {
            while engine.commit(nth_batch(seed, acknowledged + 1)).is_ok() {
                acknowledged += 1;
                if acknowledged > expected.batches() + CALLS_MAX {
                    return Err("commits go through that never reach the disk".to_owned());
                }
            }
        }
        disk = disk.after_power_cut(&mut dice);
        let engine = opened(&disk)?;
        expected.admit(&content(&engine), acknowledged)?;
        // The process ends here without closing, and the disk stays as it is at this moment.
        disk.cut_power_after(0);
        drop(engine);
        disk = disk.after_power_cut(&mut dice);
    }
    Ok(())
}

fn opened(disk: &FaultyDisk) -> Result<RedbEngine, String> {
    opened_or_cut(disk)?.ok_or_else(|| "the disk failed without a cut".to_owned())
}

/// None if the power went while opening.
fn opened_or_cut(disk: &FaultyDisk) -> Result<Option<RedbEngine>, String> {
    let engine = match RedbEngine::on_storage(disk.clone(), &OpenOptions::default()) {
        Ok(engine) => engine,
        Err(Attempt::Failed(OpenFault::Engine(EngineFault::Disk(_)))) => return Ok(None),
        Err(fault) => return Err(format!("cannot be opened: {fault:?}")),
    };
    match schema::admit(&engine) {
        Ok(()) => Ok(Some(engine)),
        Err(schema::SchemaFault::Engine(EngineFault::Disk(_))) => Ok(None),
        Err(fault) => Err(format!("not admitted: {fault:?}")),
    }
}
