//! Seeds changed at random, the same way in every run.

/// A seeded source of changed inputs.
pub struct Mutation(u64);

impl Mutation {
    /// The source of a target; its name is the seed.
    pub fn new(name: &str) -> Self {
        Self(
            name.bytes()
                .fold(0xcbf2_9ce4_8422_2325, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)),
        )
    }

    /// A seed changed in a few places; as often one of the target's own as one of all the others.
    pub fn of(&mut self, own: &[Vec<u8>], shared: &[Vec<u8>]) -> Vec<u8> {
        let seeds = if self.below(2) == 0 { own } else { shared };
        let mut bytes = self.one_of(seeds).clone();
        for _ in 0..=self.below(4) {
            self.change(&mut bytes, seeds);
        }
        bytes
    }

    fn change(&mut self, bytes: &mut Vec<u8>, seeds: &[Vec<u8>]) {
        let at = self.below(bytes.len() + 1);
        let end = (at + 1 + self.below(LENGTH_MAX)).min(bytes.len());
        match self.below(8) {
            0 => bytes.truncate(at),
            1 => drop(bytes.drain(at..end)),
            2 => {
                let copy = bytes[at..end].to_vec();
                let to = self.below(bytes.len() + 1);
                bytes.splice(to..to, copy);
            }
            3 => {
                let other = self.one_of(seeds);
                let from = self.below(other.len() + 1);
                let upto = (from + 1 + self.below(LENGTH_MAX)).min(other.len());
                bytes.splice(at..end, other[from..upto].iter().copied());
            }
            4 => {
                let token = *self.one_of(&TOKENS);
                bytes.splice(at..at, token.bytes());
            }
            5 => {
                let number = self.one_of(&NUMBERS).to_le_bytes();
                let place = at..(at + number.len()).min(bytes.len());
                bytes.splice(place, number);
            }
            6 => bytes[at..end].fill(self.next() as u8),
            _ => {
                if let Some(byte) = bytes.get_mut(at) {
                    *byte ^= 1 << self.below(8);
                }
            }
        }
    }

    fn one_of<'a, T>(&mut self, list: &'a [T]) -> &'a T {
        &list[self.below(list.len())]
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.next() % limit.max(1) as u64) as usize
    }

    /// xorshift64*.
    fn next(&mut self) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d)
    }
}

/// The longest piece that one change takes away or brings in.
const LENGTH_MAX: usize = 64;

/// Lengths and counts that are near a limit of something.
const NUMBERS: [u64; 9] = [0, 1, 64, 65, 0x7fff_ffff, 1 << 20, 1 << 40, i64::MAX as u64, u64::MAX];

/// What the text formats stumble over.
const TOKENS: [&str; 20] = [
    "{",
    "}",
    "[",
    "]",
    "\"",
    "\"\"\"",
    "\\u0000",
    "\\ud800",
    "null",
    "1e999",
    "-0",
    "[[article]]\n",
    "= [\"any\"]\n",
    "<![CDATA[",
    "<!--",
    "&#0;",
    "&amp;",
    "<INDIVIDUAL>",
    "\u{feff}",
    "9999-12-31",
];

#[test]
fn a_run_can_be_repeated() {
    let seeds = vec![b"one seed".to_vec(), b"another".to_vec()];
    let run = |name| {
        let mut mutation = Mutation::new(name);
        (0..200).map(|_| mutation.of(&seeds, &[b"shared".to_vec()])).collect::<Vec<_>>()
    };
    assert_eq!(run("a"), run("a"));
    assert_ne!(run("a"), run("b"));
    assert!(
        run("a").iter().any(|bytes| bytes.starts_with(b"shar"))
            && run("a").iter().any(|bytes| bytes.starts_with(b"anot"))
    );
}
