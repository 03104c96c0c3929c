//! A numbered series of batches whose effect can be told from what a store holds.

use super::{Batch, Content, Keyspace};

pub(super) use crate::tests::dice::Dice;

/// Where the number of the last batch stands; every batch writes it, among many other keys.
const LAST: (Keyspace, &[u8]) = (Keyspace::Cursors, b"last");

/// Keyspaces whose tables lie before and after that of the number.
const SPREAD: [Keyspace; 5] = [Keyspace::Meta, Keyspace::Journal, Keyspace::Records, Keyspace::Audit, Keyspace::Terms];

/// The `number`th batch of a seed: new keys, overwritten keys, deleted keys, values from nothing to some pages.
pub(super) fn nth_batch(seed: u64, number: u64) -> Batch {
    let mut dice = Dice::new(seed ^ number.wrapping_mul(0xa076_1d64_78bd_642f));
    let mut batch = Batch::new();
    batch.put(LAST.0, LAST.1, number.to_be_bytes());
    for _ in 0..1 + dice.below(30) {
        let keyspace = SPREAD[dice.below(5) as usize];
        let key = dice.below(400).to_be_bytes();
        if dice.below(4) == 0 {
            batch.delete(keyspace, key);
            continue;
        }
        let length = match dice.below(12) {
            0 => 0,
            1 => dice.below(20_000),
            _ => dice.below(600),
        };
        let value: Vec<u8> = (0..length).map(|_| dice.roll() as u8).collect();
        batch.put(keyspace, key, value);
    }
    batch
}

/// What a store must hold after the first so many batches of a seed, brought forward on demand.
pub(super) struct Expected {
    seed: u64,
    batches: u64,
    content: Content,
}

impl Expected {
    pub(super) fn new(seed: u64) -> Self {
        Self { seed, batches: 0, content: Content::new() }
    }

    pub(super) fn batches(&self) -> u64 {
        self.batches
    }

    /// Accepts what a store holds if it is the effect of exactly so many batches as its number says, and at least of the
    /// acknowledged ones and at most of the ones begun. Says what is wrong otherwise.
    pub(super) fn admit(&mut self, found: &Content, acknowledged: u64) -> Result<(), String> {
        let last = found.get(&(LAST.0, LAST.1.to_vec()));
        let number = last.map_or(0, |v| u64::from_be_bytes(v.as_slice().try_into().unwrap()));
        if number < acknowledged || number > acknowledged + 1 {
            return Err(format!("{acknowledged} batches acknowledged, {number} found"));
        }
        while self.batches < number {
            self.batches += 1;
            for (keyspace, writes) in nth_batch(self.seed, self.batches).into_keyspaces() {
                for (key, value) in writes {
                    match value {
                        Some(value) => self.content.insert((keyspace, key), value),
                        None => self.content.remove(&(keyspace, key)),
                    };
                }
            }
        }
        let wrong: Vec<_> = self
            .content
            .keys()
            .chain(found.keys())
            .filter(|key| self.content.get(*key) != found.get(*key))
            .take(3)
            .collect();
        if wrong.is_empty() {
            return Ok(());
        }
        Err(format!("after batch {number} these keys and more are wrong: {wrong:?}"))
    }
}

#[test]
fn half_a_batch_and_a_lost_batch_are_noticed() {
    let replayed = |numbers: &[u64]| {
        let mut content = Content::new();
        for number in numbers {
            for (keyspace, writes) in nth_batch(7, *number).into_keyspaces() {
                for (key, value) in writes {
                    content.remove(&(keyspace, key.clone()));
                    content.extend(value.map(|value| ((keyspace, key), value)));
                }
            }
        }
        content
    };
    let whole = replayed(&[1, 2, 3]);
    Expected::new(7).admit(&whole, 3).unwrap();
    Expected::new(7).admit(&whole, 2).unwrap();
    Expected::new(7).admit(&whole, 4).unwrap_err();
    Expected::new(7).admit(&whole, 1).unwrap_err();
    Expected::new(7).admit(&replayed(&[1, 3]), 3).unwrap_err();
    for key in whole.keys() {
        let mut torn = whole.clone();
        torn.remove(key);
        Expected::new(7).admit(&torn, 3).unwrap_err();
    }
}
