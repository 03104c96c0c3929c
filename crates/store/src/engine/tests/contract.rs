//! What the seam promises, asked of every engine.

use super::super::{CheckFault, Durability, EngineFault, Health, OpenFault, SchemaFault, check};
use super::*;
use crate::limits::{
    BATCH_BYTES_MAX, BATCH_WRITES_MAX, KEY_BYTES_MAX, PAGE_BYTES_MAX, PAGE_ENTRIES_MAX, VALUE_BYTES_MAX,
};
use Keyspace::{Audit, Journal, Meta, Records, Terms};
use std::ops::Bound::{Excluded, Included, Unbounded};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

fn keys(engine: &dyn Engine, range: KeyRange, order: Order, page: usize) -> String {
    let entries = engine.scan(Journal, range, order, page).unwrap();
    entries.into_iter().map(|(key, _)| String::from_utf8(key).unwrap()).collect::<Vec<_>>().join(" ")
}

fn put_all(engine: &dyn Engine, keyspace: Keyspace, keys: &[&[u8]]) {
    let mut batch = Batch::new();
    for key in keys {
        batch.put(keyspace, *key, *key);
    }
    engine.commit(batch).unwrap();
}

#[test]
fn ranges_in_both_directions() {
    with_each(|engine| {
        put_all(engine, Journal, &[b"b", b"a", b"ab", b"c", b"", b"aa"]);
        put_all(engine, Meta, &[b"\xff\xff"]);
        put_all(engine, Records, &[b"", b"a"]);
        let check = |range: KeyRange, expected: &str| {
            let up = keys(engine, range.clone(), Order::Ascending, 100);
            assert_eq!(up, expected, "{range:?}");
            let mut reversed: Vec<_> = expected.split(' ').collect();
            reversed.reverse();
            assert_eq!(keys(engine, range, Order::Descending, 100), reversed.join(" "));
        };
        let key = |key: &str| key.as_bytes().to_vec();
        check(KeyRange::all(), " a aa ab b c");
        check(KeyRange::prefix(b"a"), "a aa ab");
        check(KeyRange::prefix(b""), " a aa ab b c");
        check(KeyRange::prefix(b"x"), "");
        check(KeyRange::between(Included(key("a")), Included(key("b"))), "a aa ab b");
        check(KeyRange::between(Excluded(key("a")), Excluded(key("b"))), "aa ab");
        check(KeyRange::between(Excluded(key("")), Included(key("a"))), "a");
        check(KeyRange::between(Included(key("ac")), Unbounded), "b c");
        check(KeyRange::between(Unbounded, Excluded(key("aa"))), " a");
        check(KeyRange::between(Included(key("b")), Included(key("a"))), "");
        check(KeyRange::between(Excluded(key("a")), Excluded(key("a"))), "");
        check(KeyRange::all().after(b"aa"), "ab b c");
        check(KeyRange::all().before(b"aa"), " a");
        check(KeyRange::all().after(b"c"), "");
    });
}

#[test]
fn keys_are_compared_as_bytes() {
    with_each(|engine| {
        let ordered: [&[u8]; 7] = [&[], &[0], &[0, 0], &[0, 1], &[1], &[0x7f, 0xff], &[0xff, 0xff, 0xff]];
        put_all(engine, Terms, &ordered);
        let found = engine.scan(Terms, KeyRange::all(), Order::Ascending, 100).unwrap();
        assert_eq!(found.iter().map(|(key, _)| key.as_slice()).collect::<Vec<_>>(), ordered);
    });
}

#[test]
fn pages_are_bounded_and_walk_the_whole_range() {
    with_each(|engine| {
        let count = PAGE_ENTRIES_MAX as u64 + 100;
        let mut many = Batch::new();
        for n in 0..count {
            many.put(Audit, n.to_be_bytes(), n.to_le_bytes());
        }
        engine.commit(many).unwrap();
        let all = || KeyRange::all();
        assert_eq!(engine.scan(Audit, all(), Order::Ascending, 0).unwrap(), []);
        assert_eq!(engine.scan(Audit, all(), Order::Ascending, 3).unwrap().len(), 3);
        assert_eq!(engine.scan(Audit, all(), Order::Descending, usize::MAX).unwrap().len(), PAGE_ENTRIES_MAX);
        for (order, page) in [(Order::Ascending, 997), (Order::Descending, 1_000_000), (Order::Ascending, 0)] {
            let range = KeyRange::all().after(&9_u64.to_be_bytes());
            let walked: Vec<u64> = Pages::new(engine, Audit, range, order, page)
                .flat_map(Result::unwrap)
                .map(|(key, _)| u64::from_be_bytes(key.try_into().unwrap()))
                .collect();
            let mut expected: Vec<u64> = (10..count).collect();
            if order == Order::Descending {
                expected.reverse();
            }
            assert!(walked == expected, "{order:?} {page}");
        }
    });
}

#[test]
fn a_page_of_large_values_is_bounded_by_bytes() {
    with_each(|engine| {
        let values = 2 * PAGE_BYTES_MAX / VALUE_BYTES_MAX;
        let mut large = Batch::new();
        for n in 0..values as u8 {
            large.put(Records, [n], vec![n; VALUE_BYTES_MAX]);
        }
        engine.commit(large).unwrap();
        let page = engine.scan(Records, KeyRange::all(), Order::Ascending, 100).unwrap();
        assert_eq!(page.len(), PAGE_BYTES_MAX / VALUE_BYTES_MAX);
        let pages = Pages::new(engine, Records, KeyRange::all(), Order::Descending, 100);
        let walked: Vec<_> = pages.flat_map(Result::unwrap).collect();
        assert_eq!(walked.len(), values);
        assert!(walked.iter().all(|(key, value)| value.len() == VALUE_BYTES_MAX && value[77] == key[0]));
    });
}

#[test]
fn overwrite_delete_and_empty() {
    with_each(|engine| {
        engine
            .commit(batch(&[(Meta, b"k", Some(b"one")), (Meta, b"", Some(b"")), (Journal, b"k", Some(b"other"))]))
            .unwrap();
        assert_eq!(engine.get(Meta, b"k").unwrap().unwrap(), b"one");
        assert_eq!(engine.get(Meta, b"").unwrap().unwrap(), b"");
        assert_eq!(engine.get(Journal, b"").unwrap(), None);
        assert_eq!(engine.get(Terms, b"k").unwrap(), None);
        engine.commit(batch(&[(Meta, b"k", Some(b"two")), (Terms, b"never there", None)])).unwrap();
        assert_eq!(engine.get(Meta, b"k").unwrap().unwrap(), b"two");
        engine.commit(batch(&[(Meta, b"k", None), (Meta, b"", None)])).unwrap();
        assert_eq!(engine.get(Meta, b"k").unwrap(), None);
        assert_eq!(engine.get(Meta, b"").unwrap(), None);
        assert_eq!(engine.get(Journal, b"k").unwrap().unwrap(), b"other");
        engine
            .commit(batch(&[
                (Meta, b"k", Some(b"1")),
                (Meta, b"k", None),
                (Meta, b"l", None),
                (Meta, b"l", Some(b"2")),
            ]))
            .unwrap();
        assert_eq!(engine.get(Meta, b"k").unwrap(), None);
        assert_eq!(engine.get(Meta, b"l").unwrap().unwrap(), b"2");
        engine.commit(Batch::new()).unwrap();
    });
}

#[test]
fn what_is_too_large_is_refused_and_harms_nothing() {
    with_each(|engine| {
        let mut long_key = Batch::new();
        long_key.put(Meta, vec![0; KEY_BYTES_MAX + 1], *b"v");
        long_key.put(Meta, *b"beside", *b"v");
        assert!(matches!(engine.commit(long_key), Err(EngineFault::TooLarge(_))));
        assert_eq!(engine.get(Meta, b"beside").unwrap(), None);
        let mut largest = Batch::new();
        largest.put(Meta, vec![7; KEY_BYTES_MAX], vec![7; VALUE_BYTES_MAX]);
        engine.commit(largest).unwrap();
        assert_eq!(engine.get(Meta, &[7; KEY_BYTES_MAX]).unwrap().unwrap(), vec![7; VALUE_BYTES_MAX]);
    });
}

#[test]
fn the_largest_batch_goes_through_whole() {
    for bench in Bench::each() {
        println!("engine {}", bench.name());
        let mut largest = Batch::new();
        let value_bytes = BATCH_BYTES_MAX / BATCH_WRITES_MAX - 8;
        for n in 0..BATCH_WRITES_MAX as u64 {
            let keyspace = Keyspace::ALL[n as usize % Keyspace::ALL.len()];
            largest.put(keyspace, n.to_be_bytes(), vec![n as u8; value_bytes]);
        }
        assert_eq!((largest.len(), largest.bytes()), (BATCH_WRITES_MAX, BATCH_BYTES_MAX));
        bench.open().commit(largest).unwrap();
        let found = content(bench.open().as_ref());
        assert_eq!(found.len(), BATCH_WRITES_MAX);
        for ((_, key), value) in found {
            let n = u64::from_be_bytes(key.try_into().unwrap());
            assert!(value == vec![n as u8; value_bytes]);
        }
    }
}

#[test]
fn readers_see_whole_batches_only() {
    with_each(|engine| {
        let done = AtomicBool::new(false);
        let write = |round: u64| {
            let mut batch = Batch::new();
            for n in 0..200_u64 {
                let keyspace = if n % 2 == 0 { Journal } else { Records };
                batch.put(keyspace, n.to_be_bytes(), round.to_be_bytes());
            }
            engine.commit(batch).unwrap();
        };
        write(0);
        let round_of = |value: Vec<u8>| u64::from_be_bytes(value.try_into().unwrap());
        std::thread::scope(|scope| {
            let read = || {
                let (mut reads, mut last) = (0, 0);
                while !done.load(Ordering::Acquire) || reads == 0 {
                    let order = if reads % 2 == 0 { Order::Ascending } else { Order::Descending };
                    let page = engine.scan(Records, KeyRange::all(), order, 1000).unwrap();
                    let rounds: Vec<u64> = page.into_iter().map(|(_, v)| round_of(v)).collect();
                    assert_eq!(rounds, vec![rounds[0]; 100]);
                    assert!(rounds[0] >= last, "a reader went back in time");
                    last = round_of(engine.get(Journal, &0_u64.to_be_bytes()).unwrap().unwrap());
                    assert!(last >= rounds[0], "a batch was seen in one keyspace and not in the other");
                    reads += 1;
                }
            };
            let readers = [scope.spawn(read), scope.spawn(read)];
            (1..60).for_each(write);
            done.store(true, Ordering::Release);
            for reader in readers {
                reader.join().unwrap();
            }
        });
    });
}

#[test]
fn commits_from_many_threads_all_count() {
    for bench in Bench::each() {
        let engine = bench.open();
        std::thread::scope(|scope| {
            for thread in 0..4_u8 {
                let engine = engine.as_ref();
                scope.spawn(move || {
                    for n in 0..15_u8 {
                        engine.commit(batch(&[(Journal, &[thread, n], Some(&[n]))])).unwrap();
                    }
                });
            }
        });
        drop(engine);
        assert_eq!(content(bench.open().as_ref()).len(), 60, "{}", bench.name());
    }
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    for bench in Bench::each() {
        let mut expected = Content::new();
        for round in 0..4_u8 {
            let engine = bench.open();
            assert_eq!(content(engine.as_ref()), expected, "{}", bench.name());
            let large = vec![round; 300_000];
            engine.commit(batch(&[(Journal, &[round], Some(&large)), (Meta, b"last", Some(&[round]))])).unwrap();
            engine.commit(batch(&[(Journal, &[round.wrapping_sub(2)], None)])).unwrap();
            expected.insert((Journal, vec![round]), large);
            expected.insert((Meta, b"last".to_vec()), vec![round]);
            expected.remove(&(Journal, vec![round.wrapping_sub(2)]));
        }
        assert_eq!(content(bench.open().as_ref()), expected, "{}", bench.name());
    }
}

#[test]
fn after_a_failed_commit_all_is_refused_until_reopened() {
    let memory = MemoryEngine::new();
    memory.commit(batch(&[(Meta, b"kept", Some(b"1"))])).unwrap();
    memory.fail_next_commit();
    assert_poisoned_by(&memory, batch(&[(Meta, b"lost", Some(b"1"))]));
    assert_eq!(content(&memory.reopen()).len(), 1);

    // Without its directory for large values, sled's files cannot be synced.
    let Bench::Disk(kind, directory) = Bench::on_disk(EngineKind::Sled) else { unreachable!() };
    let sled = open(kind, directory.path(), &OpenOptions::default()).unwrap();
    sled.commit(batch(&[(Meta, b"kept", Some(b"1"))])).unwrap();
    let blobs = kind.path(directory.path()).join("blobs");
    std::fs::remove_dir(&blobs).unwrap();
    assert_poisoned_by(sled.as_ref(), batch(&[(Meta, b"in doubt", Some(b"1"))]));
    drop(sled);
    std::fs::create_dir(blobs).unwrap();
    let reopened = open(kind, directory.path(), &OpenOptions::default()).unwrap();
    assert_eq!(reopened.get(Meta, b"kept").unwrap().unwrap(), b"1");
    reopened.commit(batch(&[(Meta, b"new", Some(b"1"))])).unwrap();
}

/// Also used where redb's disk fails.
pub(super) fn assert_poisoned_by(engine: &dyn Engine, failing: Batch) {
    assert!(matches!(engine.commit(failing), Err(EngineFault::Disk(_))));
    let next = batch(&[(Meta, b"next", Some(b"1"))]);
    assert!(matches!(engine.commit(next), Err(EngineFault::Poisoned)));
    assert!(
        matches!(engine.commit(Batch::new()), Err(EngineFault::Poisoned)) || engine.durability() == Durability::None
    );
    assert!(matches!(engine.get(Meta, b"kept"), Err(EngineFault::Poisoned)));
    let scanned = engine.scan(Meta, KeyRange::all(), Order::Ascending, 1);
    assert!(matches!(scanned, Err(EngineFault::Poisoned)));
}

#[test]
fn each_engine_says_what_it_promises() {
    let promised = Bench::each().iter().map(|bench| bench.open().durability()).collect::<Vec<_>>();
    assert_eq!(promised, [Durability::None, Durability::PowerLoss, Durability::ProcessCrash]);
}

#[test]
fn bytes_on_disk_follow_the_content() {
    for kind in EngineKind::ALL {
        let engine = Bench::on_disk(kind);
        let engine = engine.open();
        for n in 0..4_u8 {
            let value: Vec<u8> = (0..VALUE_BYTES_MAX).map(|at| (at as u8) ^ n).collect();
            engine.commit(batch(&[(Records, &[n], Some(&value))])).unwrap();
        }
        assert!(engine.bytes_on_disk().unwrap() >= 4 * VALUE_BYTES_MAX as u64, "{}", kind.name());
    }
}

#[test]
fn a_store_in_use_is_refused_once_patience_is_out_and_had_when_it_is_given_up() {
    for kind in EngineKind::ALL {
        let bench = Bench::on_disk(kind);
        let Bench::Disk(_, directory) = &bench else { unreachable!() };
        let held = bench.open();
        let hasty = OpenOptions { patience_ms: 60, ..OpenOptions::default() };
        let refused = open(kind, directory.path(), &hasty).map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenFault::Busy { waited_ms: 60.., .. }), "{refused:?}");

        std::thread::scope(|scope| {
            let waiting = scope.spawn(|| {
                let began = Instant::now();
                bench.open();
                began.elapsed()
            });
            std::thread::sleep(Duration::from_millis(100));
            drop(held);
            assert!(waiting.join().unwrap() >= Duration::from_millis(40));
        });
    }
}

#[test]
fn a_store_of_the_other_engine_or_version_is_refused() {
    for (kind, other) in [(EngineKind::Redb, EngineKind::Sled), (EngineKind::Sled, EngineKind::Redb)] {
        let bench = Bench::on_disk(kind);
        let Bench::Disk(_, directory) = &bench else { unreachable!() };
        let options = OpenOptions::default();
        bench.open().commit(batch(&[(Meta, b"schema-version", Some(&[0, 0, 0, 9]))])).unwrap();

        let refused = open(other, directory.path(), &options).map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenFault::OtherEngine { found, .. } if found == kind));
        assert!(!other.path(directory.path()).exists());

        let refused = open(kind, directory.path(), &options).map(|_| ()).unwrap_err();
        assert!(matches!(refused, OpenFault::Schema(SchemaFault::Unknown { found: 9, known: 1 })));
    }
}

#[test]
fn a_check_reads_a_closed_store_and_makes_none() {
    for kind in EngineKind::ALL {
        let bench = Bench::on_disk(kind);
        let Bench::Disk(_, directory) = &bench else { unreachable!() };
        let options = OpenOptions { patience_ms: 20, ..OpenOptions::default() };
        let missing = check(kind, directory.path(), &options);
        assert!(matches!(missing, Err(CheckFault::Missing { .. })));
        assert!(!kind.path(directory.path()).exists());

        let engine = bench.open();
        engine.commit(batch(&[(Records, b"a", Some(&[1; 5000]))])).unwrap();
        let busy = check(kind, directory.path(), &options);
        assert!(matches!(busy, Err(CheckFault::Open(OpenFault::Busy { .. }))), "{busy:?}");
        drop(engine);
        let patient = OpenOptions::default();
        assert_eq!(check(kind, directory.path(), &patient).unwrap(), Health::Sound);
        assert_eq!(content(bench.open().as_ref()).len(), 1);
    }
}

#[test]
fn a_check_of_redb_finds_a_changed_byte() {
    let bench = Bench::on_disk(EngineKind::Redb);
    let Bench::Disk(kind, directory) = &bench else { unreachable!() };
    let marked: Vec<u8> = b"a sentence of the record ".repeat(40);
    bench.open().commit(batch(&[(Records, b"a", Some(&marked))])).unwrap();
    let file = kind.path(directory.path());
    let mut bytes = std::fs::read(&file).unwrap();
    let at = bytes.windows(100).position(|window| window == &marked[..100]).unwrap();
    bytes[at] ^= 1;
    std::fs::write(&file, bytes).unwrap();
    let damaged = check(*kind, directory.path(), &OpenOptions::default()).unwrap_err();
    assert!(matches!(damaged, CheckFault::Open(OpenFault::Engine(EngineFault::Damaged(_)))), "{damaged:?}");
}

#[test]
fn a_making_that_was_cut_short_is_begun_anew() {
    let bench = Bench::on_disk(EngineKind::Redb);
    let Bench::Disk(kind, directory) = &bench else { unreachable!() };
    let file = kind.path(directory.path());
    let draft = file.with_extension("new");
    std::fs::write(&draft, vec![0; 1 << 20]).unwrap();
    bench.open().commit(batch(&[(Meta, b"a", Some(b"b"))])).unwrap();
    assert!(!draft.exists());
    assert_eq!(content(bench.open().as_ref()).len(), 1);

    std::fs::write(&file, b"by another program".repeat(1000)).unwrap();
    let refused = open(*kind, directory.path(), &OpenOptions::default()).map(|_| ()).unwrap_err();
    assert!(matches!(refused, OpenFault::Engine(EngineFault::Damaged(_))), "{refused:?}");
}

#[test]
fn only_the_owner_can_read_a_new_store() {
    use std::os::unix::fs::PermissionsExt;
    for kind in EngineKind::ALL {
        let outer = tempfile::tempdir().unwrap();
        let directory = outer.path().join("new/store");
        open(kind, &directory, &OpenOptions::default()).unwrap();
        assert_eq!(directory.metadata().unwrap().permissions().mode() & 0o777, 0o700);
    }
}

#[test]
fn engines_are_chosen_by_name() {
    for kind in EngineKind::ALL {
        assert_eq!(kind.name().parse(), Ok(kind));
    }
    let refused = "rocks".parse::<EngineKind>().unwrap_err();
    assert_eq!(refused.to_string(), "there is no engine `rocks`; choose `redb` or `sled`");
}
