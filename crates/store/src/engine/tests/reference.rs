//! Random work on every engine, compared with a plain map.

use super::*;
use proptest::collection::vec;
use proptest::prelude::*;
use std::ops::Bound;

#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<(Keyspace, Vec<u8>, Option<Vec<u8>>)>),
    Get(Keyspace, Vec<u8>),
    Scan(Keyspace, Bound<Vec<u8>>, Bound<Vec<u8>>, Order, usize),
    Prefix(Keyspace, Vec<u8>, Order),
    Reopen,
}

/// Few keyspaces, two of them neighbours by number, so that a range that runs over its end is seen.
fn keyspaces() -> impl Strategy<Value = Keyspace> {
    prop::sample::select(vec![Keyspace::Journal, Keyspace::Records, Keyspace::Terms])
}

/// Short keys of few bytes, so that they meet, and the bytes at the edges among them.
fn keys() -> impl Strategy<Value = Vec<u8>> {
    vec(prop::sample::select(vec![0_u8, 1, 2, 0x7f, 0xfe, 0xff]), 0..4)
}

fn values() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        4 => vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 0..9000_usize).prop_map(|(byte, length)| vec![byte; length]),
    ]
}

fn bounds() -> impl Strategy<Value = Bound<Vec<u8>>> {
    prop_oneof![Just(Bound::Unbounded), keys().prop_map(Bound::Included), keys().prop_map(Bound::Excluded),]
}

fn orders() -> impl Strategy<Value = Order> {
    prop::sample::select(vec![Order::Ascending, Order::Descending])
}

fn steps() -> impl Strategy<Value = Step> {
    prop_oneof![
        4 => vec((keyspaces(), keys(), prop::option::weighted(0.7, values())), 0..25).prop_map(Step::Commit),
        2 => (keyspaces(), keys()).prop_map(|(k, key)| Step::Get(k, key)),
        6 => (keyspaces(), bounds(), bounds(), orders(), 0..12_usize)
            .prop_map(|(k, low, high, order, page)| Step::Scan(k, low, high, order, page)),
        2 => (keyspaces(), keys(), orders()).prop_map(|(k, prefix, order)| Step::Prefix(k, prefix, order)),
        1 => Just(Step::Reopen),
    ]
}

/// The reference: filter all entries one by one.
fn expected(
    content: &Content,
    keyspace: Keyspace,
    holds: impl Fn(&[u8]) -> bool,
    order: Order,
    page: usize,
) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut found: Vec<_> = content
        .iter()
        .filter(|((k, key), _)| *k == keyspace && holds(key))
        .map(|((_, key), value)| (key.clone(), value.clone()))
        .collect();
    if order == Order::Descending {
        found.reverse();
    }
    found.truncate(page);
    found
}

fn above(bound: &Bound<Vec<u8>>, key: &[u8]) -> bool {
    match bound {
        Bound::Unbounded => true,
        Bound::Included(low) => key >= low.as_slice(),
        Bound::Excluded(low) => key > low.as_slice(),
    }
}

fn below(bound: &Bound<Vec<u8>>, key: &[u8]) -> bool {
    match bound {
        Bound::Unbounded => true,
        Bound::Included(high) => key <= high.as_slice(),
        Bound::Excluded(high) => key < high.as_slice(),
    }
}

fn agrees(bench: &Bench, steps: Vec<Step>) -> Result<(), TestCaseError> {
    let mut engine = bench.open();
    let mut content = Content::new();
    for step in steps {
        match step {
            Step::Commit(writes) => {
                let mut batch = Batch::new();
                for (keyspace, key, value) in writes {
                    match value {
                        Some(value) => {
                            batch.put(keyspace, key.clone(), value.clone());
                            content.insert((keyspace, key), value);
                        }
                        None => {
                            batch.delete(keyspace, key.clone());
                            content.remove(&(keyspace, key));
                        }
                    }
                }
                engine.commit(batch).unwrap();
            }
            Step::Get(keyspace, key) => {
                let found = engine.get(keyspace, &key).unwrap();
                prop_assert_eq!(found.as_ref(), content.get(&(keyspace, key)));
            }
            Step::Scan(keyspace, low, high, order, page) => {
                let holds = |key: &[u8]| above(&low, key) && below(&high, key);
                let range = KeyRange::between(low.clone(), high.clone());
                let found = engine.scan(keyspace, range.clone(), order, page).unwrap();
                prop_assert_eq!(found, expected(&content, keyspace, holds, order, page));
                let pages = Pages::new(engine.as_ref(), keyspace, range, order, page);
                let walked: Vec<_> = pages.flat_map(Result::unwrap).collect();
                prop_assert_eq!(walked, expected(&content, keyspace, holds, order, usize::MAX));
            }
            Step::Prefix(keyspace, prefix, order) => {
                let found = engine.scan(keyspace, KeyRange::prefix(&prefix), order, 1000).unwrap();
                let holds = |key: &[u8]| key.starts_with(&prefix);
                prop_assert_eq!(found, expected(&content, keyspace, holds, order, 1000));
            }
            Step::Reopen => {
                drop(engine);
                engine = bench.open();
            }
        }
    }
    drop(engine);
    prop_assert_eq!(super::content(bench.open().as_ref()), content);
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn memory_agrees_with_a_map(steps in vec(steps(), 1..60)) {
        agrees(&Bench::Memory(MemoryEngine::new()), steps)?;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn redb_agrees_with_a_map(steps in vec(steps(), 1..60)) {
        agrees(&Bench::on_disk(EngineKind::Redb), steps)?;
    }

    #[test]
    fn sled_agrees_with_a_map(steps in vec(steps(), 1..60)) {
        agrees(&Bench::on_disk(EngineKind::Sled), steps)?;
    }
}
