//! Chance under a seed, split by the name of what is drawn.

use chancery_record::Country;

/// The source of all chance in one world. Two events of different names never share a draw, so that an event which only
/// one of two worlds has shifts nothing else in it.
#[derive(Clone, Copy, Debug)]
pub struct Fate(u64);

/// A run of numbers that belongs to one named event (splitmix64).
#[derive(Clone, Debug)]
pub struct Chance(u64);

impl Fate {
    /// The fate of a seed.
    pub fn new(seed: u64) -> Self {
        Self(mixed(seed ^ 0x00c0_ffee_1234_5678))
    }

    /// The numbers of one event: what it is, and which of its kind.
    pub fn of(self, event: &str, which: &[u64]) -> Chance {
        let mut state = self.0;
        for byte in event.bytes() {
            state = (state ^ u64::from(byte)).wrapping_mul(0x0000_0100_0000_01b3);
        }
        for part in which {
            state = mixed(state ^ part.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        }
        Chance(mixed(state))
    }
}

impl Chance {
    /// The next number.
    pub fn draw(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        mixed(self.0)
    }

    /// A number below a bound; 0 where the bound is 0.
    pub fn below(&mut self, bound: u64) -> u64 {
        self.draw() % bound.max(1)
    }

    /// An index into a list of that length.
    pub fn index(&mut self, length: usize) -> usize {
        usize::try_from(self.below(length as u64)).unwrap_or(0)
    }

    /// A number from a range, both ends included.
    pub fn within(&mut self, range: [u64; 2]) -> u64 {
        let [low, high] = range;
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Whether something happens that happens once in `times`; never where that is 0.
    pub fn once_in(&mut self, times: u64) -> bool {
        times > 0 && self.below(times) == 0
    }

    /// One of a list.
    pub fn one_of<T: Copy>(&mut self, list: &[T]) -> Option<T> {
        list.get(self.index(list.len())).copied()
    }
}

/// A country as a part of a name.
pub fn code(country: Country) -> u64 {
    let [first, second] = country.letters();
    u64::from(first) << 8 | u64::from(second)
}

fn mixed(mut drawn: u64) -> u64 {
    drawn = (drawn ^ (drawn >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    drawn = (drawn ^ (drawn >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    drawn ^ (drawn >> 31)
}
