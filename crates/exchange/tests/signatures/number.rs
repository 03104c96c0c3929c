//! Numbers of 256 bits under a modulus, worked out the slow way, so that nothing here is shared with what is tried.

use std::cmp::Ordering;

/// Four words, the lowest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Number([u64; 4]);

/// 2^255 - 19, the field of the curve.
pub const P: Number =
    Number([0xffff_ffff_ffff_ffed, 0xffff_ffff_ffff_ffff, 0xffff_ffff_ffff_ffff, 0x7fff_ffff_ffff_ffff]);
/// 2^252 + 27742317777372353535851937790883648493, the order of the base point.
pub const L: Number = Number([0x5812_631a_5cf5_d3ed, 0x14de_f9de_a2f7_9cd6, 0, 0x1000_0000_0000_0000]);

impl Number {
    pub const ZERO: Self = Self([0; 4]);
    pub const ONE: Self = Self::small(1);

    pub const fn small(number: u64) -> Self {
        Self([number, 0, 0, 0])
    }

    pub fn from_bytes(bytes: &[u8; 32]) -> Self {
        let word = |at: usize| u64::from_le_bytes(bytes[at * 8..at * 8 + 8].try_into().unwrap());
        Self([word(0), word(1), word(2), word(3)])
    }

    pub fn to_bytes(self) -> [u8; 32] {
        self.0.map(u64::to_le_bytes).concat().try_into().unwrap()
    }

    pub fn bit(self, at: usize) -> bool {
        self.0[at / 64] >> (at % 64) & 1 == 1
    }

    /// The sum, where it has no more than 256 bits.
    pub fn plus(self, other: Self) -> Option<Self> {
        let mut sum = [0; 4];
        let mut carry = false;
        for (at, place) in sum.iter_mut().enumerate() {
            let (once, first) = self.0[at].overflowing_add(other.0[at]);
            let (twice, second) = once.overflowing_add(carry.into());
            (*place, carry) = (twice, first || second);
        }
        (!carry).then_some(Self(sum))
    }

    /// The difference; `other` is not larger.
    pub fn minus(self, other: Self) -> Self {
        let mut difference = [0; 4];
        let mut borrow = false;
        for (at, place) in difference.iter_mut().enumerate() {
            let (once, first) = self.0[at].overflowing_sub(other.0[at]);
            let (twice, second) = once.overflowing_sub(borrow.into());
            (*place, borrow) = (twice, first || second);
        }
        assert!(!borrow);
        Self(difference)
    }

    pub fn reduced(self, modulus: Self) -> Self {
        let mut rest = self;
        while rest >= modulus {
            rest = rest.minus(modulus);
        }
        rest
    }

    /// What bytes of any length, the lowest first, leave when they are divided by a modulus below 2^255.
    pub fn of_long(bytes: &[u8], modulus: Self) -> Self {
        let mut rest = Self::ZERO;
        for byte in bytes.iter().rev() {
            for bit in (0..8).rev() {
                rest = rest.add(rest, modulus);
                if byte >> bit & 1 == 1 {
                    rest = rest.add(Self::ONE, modulus);
                }
            }
        }
        rest
    }

    pub fn add(self, other: Self, modulus: Self) -> Self {
        self.plus(other).expect("both are below 2^255").reduced(modulus)
    }

    pub fn sub(self, other: Self, modulus: Self) -> Self {
        self.add(modulus.minus(other), modulus)
    }

    pub fn mul(self, other: Self, modulus: Self) -> Self {
        let mut product = Self::ZERO;
        for at in (0..256).rev() {
            product = product.add(product, modulus);
            if other.bit(at) {
                product = product.add(self, modulus);
            }
        }
        product
    }

    pub fn power(self, exponent: Self, modulus: Self) -> Self {
        let mut power = Self::ONE;
        for at in (0..256).rev() {
            power = power.mul(power, modulus);
            if exponent.bit(at) {
                power = power.mul(self, modulus);
            }
        }
        power
    }

    /// Half of it, rounded down.
    pub fn half(self) -> Self {
        let [a, b, c, d] = self.0;
        Self([a >> 1 | b << 63, b >> 1 | c << 63, c >> 1 | d << 63, d >> 1])
    }
}

impl PartialOrd for Number {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Number {
    fn cmp(&self, other: &Self) -> Ordering {
        self.0.iter().rev().cmp(other.0.iter().rev())
    }
}

#[test]
fn sums_and_products_are_those_of_small_numbers() {
    let modulus = Number::small(97);
    for (a, b) in [(0, 0), (1, 96), (50, 60), (96, 96)] {
        let [x, y] = [a, b].map(Number::small);
        assert_eq!(x.add(y, modulus), Number::small((a + b) % 97));
        assert_eq!(x.sub(y, modulus), Number::small((97 + a - b) % 97));
        assert_eq!(x.mul(y, modulus), Number::small(a * b % 97));
    }
    assert_eq!(Number::small(5).power(Number::small(96), modulus), Number::ONE, "Fermat");
    assert_eq!(Number::of_long(&[1, 2, 3], modulus), Number::small((1 + 2 * 256 + 3 * 65536) % 97));
    assert_eq!(L.plus(L).unwrap().half(), L);
    assert_eq!(L.minus(Number::ONE).plus(Number::ONE).unwrap().reduced(L), Number::ZERO);
}
