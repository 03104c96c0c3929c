//! What stands for an item within one run: a number that nobody can foretell who does not know the run's key.

use chancery_record::RecordId;

use crate::Item;

/// The number of an item under a key: SipHash-1-3 over the first 27 bytes of the id with the sections behind them. Nobody
/// finds two records that share so much of a SHA-256, and a whole word of the hash is saved.
///
/// Sums of it are compared range by range. Who chooses records does not know the key, which is fresh in every run, so
/// nobody can choose sets whose sums agree.
#[derive(Clone, Copy)]
pub(crate) struct Lifter {
    start: [u64; 4],
}

impl std::fmt::Debug for Lifter {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Lifter")
    }
}

impl Lifter {
    pub fn new(key: &[u8; 16]) -> Self {
        let (halves, _) = key.as_chunks::<8>();
        let half = |at: usize| halves.get(at).map_or(0, |half| u64::from_le_bytes(*half));
        let (low, high) = (half(0), half(1));
        Self {
            start: [
                low ^ 0x736f_6d65_7073_6575,
                high ^ 0x646f_7261_6e64_6f6d,
                low ^ 0x6c79_6765_6e65_7261,
                high ^ 0x7465_6462_7974_6573,
            ],
        }
    }

    #[inline]
    pub fn lift(&self, item: &Item) -> u64 {
        let [mut v0, mut v1, mut v2, mut v3] = self.start;
        let [first, second, third, fourth] = words(&item.record);
        let last = fourth & 0x00ff_ffff | u64::from(item.sections.bits()) << 24 | HASHED_BYTES << 56;
        for word in [first, second, third, last] {
            v3 ^= word;
            round(&mut v0, &mut v1, &mut v2, &mut v3);
            v0 ^= word;
        }
        v2 ^= 0xff;
        for _ in 0..3 {
            round(&mut v0, &mut v1, &mut v2, &mut v3);
        }
        v0 ^ v1 ^ v2 ^ v3
    }
}

/// Bytes of an id and a section set that are hashed: the length that the hash ends with.
const HASHED_BYTES: u64 = 31;

#[inline]
fn words(id: &RecordId) -> [u64; 4] {
    let (chunks, _) = id.0.as_chunks::<8>();
    let mut words = [0; 4];
    for (word, chunk) in words.iter_mut().zip(chunks) {
        *word = u64::from_le_bytes(*chunk);
    }
    words
}

#[inline(always)]
fn round(v0: &mut u64, v1: &mut u64, v2: &mut u64, v3: &mut u64) {
    *v0 = v0.wrapping_add(*v1);
    *v2 = v2.wrapping_add(*v3);
    *v1 = v1.rotate_left(13) ^ *v0;
    *v3 = v3.rotate_left(16) ^ *v2;
    *v0 = v0.rotate_left(32);
    *v2 = v2.wrapping_add(*v1);
    *v0 = v0.wrapping_add(*v3);
    *v1 = v1.rotate_left(17) ^ *v2;
    *v3 = v3.rotate_left(21) ^ *v0;
    *v2 = v2.rotate_left(32);
}

#[cfg(test)]
mod tests {
    use std::hash::{DefaultHasher, Hasher};

    use chancery_record::{SectionName, SectionSet};
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn it_is_the_hash_of_the_standard_library(id in any::<[u8; 32]>(), at in 0..SectionName::ALL.len()) {
            let item = Item { record: RecordId(id), sections: SectionSet::EMPTY.with(SectionName::ALL[at]) };
            // The standard library's hasher is SipHash-1-3 under the key zero.
            let mut reference = DefaultHasher::new();
            reference.write(&id[..27]);
            reference.write(&item.sections.bits().to_le_bytes());
            prop_assert_eq!(Lifter::new(&[0; 16]).lift(&item), reference.finish());
        }

        #[test]
        fn another_key_gives_another_number(id in any::<[u8; 32]>(), key in any::<[u8; 16]>()) {
            let item = Item { record: RecordId(id), sections: SectionSet::EMPTY };
            let mut other = key;
            other[15] ^= 1;
            prop_assert_ne!(Lifter::new(&key).lift(&item), Lifter::new(&other).lift(&item));
        }
    }
}
