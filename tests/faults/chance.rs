//! Numbers that follow from a seed.

use std::ops::Range;
use std::time::SystemTime;

/// The seed of a run that is to be repeated.
const SEED: &str = "CHANCERY_FAULTS_SEED";

/// A generator (splitmix64); the same seed gives the same numbers.
#[derive(Clone, Debug)]
pub struct Chance {
    state: u64,
}

impl Chance {
    pub fn of(seed: u64) -> Self {
        Self { state: seed }
    }

    /// The seed that the environment states, or one that nobody chose.
    pub fn seed() -> u64 {
        if let Ok(stated) = std::env::var(SEED) {
            return stated.parse().unwrap_or_else(|_| panic!("{SEED} is no number: `{stated}`"));
        }
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        u64::from(since.subsec_nanos()) << 20 | since.as_secs() & 0xf_ffff
    }

    /// How a failed run is repeated.
    pub fn told(seed: u64) -> String {
        format!("{SEED}={seed}")
    }

    /// A generator of its own for a part, so that parts do not shift each other's numbers.
    pub fn part(&self, number: u64) -> Self {
        let mut part = Self { state: self.state ^ number.wrapping_mul(0xd6e8_feb8_6659_fd93) };
        part.next();
        part
    }

    pub fn next(&mut self) -> u64 {
        self.state = self.state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.state;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    pub fn within(&mut self, range: Range<u64>) -> u64 {
        range.start + self.next() % (range.end - range.start)
    }

    pub fn percent(&mut self, percent: u64) -> bool {
        self.within(0..100) < percent
    }

    /// One of them; nothing where there are none.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> Option<&'a T> {
        (!from.is_empty()).then(|| &from[usize::try_from(self.within(0..from.len() as u64)).unwrap()])
    }

    pub fn shuffle<T>(&mut self, items: &mut [T]) {
        for last in (1..items.len()).rev() {
            items.swap(last, usize::try_from(self.within(0..last as u64 + 1)).unwrap());
        }
    }
}
