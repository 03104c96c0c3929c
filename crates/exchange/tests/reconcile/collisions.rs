//! Items whose short ids, and sets whose short fingerprints, are the same by chance.

use std::collections::BTreeMap;
use std::hash::{DefaultHasher, Hasher};

use chancery_exchange::reconcile::Item;

use crate::play::{STEADY, play};
use crate::vector_set::{VectorSet, item, period};

/// The number of an item in the first run, whose key is zero: what the standard library's hasher says under that key
/// of the first 27 bytes and the sections.
fn number(item: &Item) -> u64 {
    let mut hasher = DefaultHasher::new();
    hasher.write(&item.record.0[..27]);
    hasher.write(&item.sections.bits().to_le_bytes());
    hasher.finish()
}

/// Two items whose ids begin with the same `bits` bits and whose numbers end with the same 16.
fn twins(bits: u32) -> (Item, Item) {
    let mut seen: BTreeMap<(u64, u64), Item> = BTreeMap::new();
    for at in 0.. {
        let one = item(77, at, 0);
        let head = u64::from_be_bytes(*one.record.0.first_chunk().unwrap());
        let place = (head.checked_shr(64 - bits).unwrap_or(0), number(&one) & 0xffff);
        if let Some(other) = seen.insert(place, one) {
            return (other, one);
        }
    }
    unreachable!("numbers do not end")
}

fn check(shared: u64, bits: u32) {
    let (one, other) = twins(bits);
    let place = |item| (period(0, 1), item);
    let common = || (0..shared).map(|number| place(item(5, number, 0)));
    let (sender, receiver) =
        (VectorSet::new(common().chain([place(one)])), VectorSet::new(common().chain([place(other)])));
    let played = play(&sender, &receiver, &STEADY);
    assert_eq!(played.missing.into_iter().collect::<Vec<_>>(), [place(one)]);
    assert_eq!(played.extras.into_iter().collect::<Vec<_>>(), [place(other)]);
    let unlucky = played.questions;

    let lucky = VectorSet::new(common().chain([place(item(6, 0, 0))]));
    assert!(play(&sender, &lucky, &STEADY).questions < unlucky, "the collision must have cost a question more");
}

#[test]
fn items_of_one_short_id_are_told_apart() {
    check(10, 0);
}

#[test]
fn parts_of_one_short_fingerprint_are_told_apart() {
    check(20_000, 9);
}
