//! The curve of ed25519, worked out the slow way from its equation: -x² + y² = 1 + dx²y².

use std::sync::OnceLock;

use super::number::{L, Number, P};

/// A point in extended coordinates: x = X/Z, y = Y/Z, xy = T/Z.
#[derive(Clone, Copy, Debug)]
pub struct Point {
    x: Number,
    y: Number,
    z: Number,
    t: Number,
}

fn mul(a: Number, b: Number) -> Number {
    a.mul(b, P)
}

fn add(a: Number, b: Number) -> Number {
    a.add(b, P)
}

fn sub(a: Number, b: Number) -> Number {
    a.sub(b, P)
}

fn inverse(a: Number) -> Number {
    a.power(P.minus(Number::small(2)), P)
}

/// -121665/121666, worked out once.
fn d() -> Number {
    static D: OnceLock<Number> = OnceLock::new();
    *D.get_or_init(|| sub(Number::ZERO, mul(Number::small(121_665), inverse(Number::small(121_666)))))
}

/// A number whose square is this one, if there is one.
fn root(square: Number) -> Option<Number> {
    // (p + 3) / 8, and then perhaps times 2^((p - 1) / 4), a root of -1.
    let exponent = P.plus(Number::small(3))?.half().half().half();
    let candidate = square.power(exponent, P);
    let of_minus_one = Number::small(2).power(P.minus(Number::ONE).half().half(), P);
    [candidate, mul(candidate, of_minus_one)].into_iter().find(|root| mul(*root, *root) == square)
}

impl Point {
    pub const NEUTRAL: Self = Self { x: Number::ZERO, y: Number::ONE, z: Number::ONE, t: Number::ZERO };

    /// The point with this y and a root of the x² that follows from it; y may be any number below 2^255.
    pub fn of_y(y: Number) -> Option<Self> {
        let y = y.reduced(P);
        let square = mul(y, y);
        let below = add(mul(d(), square), Number::ONE);
        let x = root(mul(sub(square, Number::ONE), inverse(below)))?;
        Some(Self { x, y, z: Number::ONE, t: mul(x, y) })
    }

    pub fn base() -> Self {
        let point = Self::of_y(mul(Number::small(4), inverse(Number::small(5)))).expect("on the curve");
        if point.x.bit(0) { point.negated() } else { point }
    }

    pub fn negated(self) -> Self {
        Self { x: sub(Number::ZERO, self.x), t: sub(Number::ZERO, self.t), ..self }
    }

    /// The complete addition of Hisil and others; it doubles as well.
    pub fn plus(self, other: Self) -> Self {
        let a = mul(sub(self.y, self.x), sub(other.y, other.x));
        let b = mul(add(self.y, self.x), add(other.y, other.x));
        let c = mul(mul(self.t, add(d(), d())), other.t);
        let z = mul(self.z, other.z);
        let e = sub(b, a);
        let f = sub(add(z, z), c);
        let g = add(add(z, z), c);
        let h = add(b, a);
        Self { x: mul(e, f), y: mul(g, h), z: mul(f, g), t: mul(e, h) }
    }

    pub fn times(self, scalar: Number) -> Self {
        let mut product = Self::NEUTRAL;
        for at in (0..256).rev() {
            product = product.plus(product);
            if scalar.bit(at) {
                product = product.plus(self);
            }
        }
        product
    }

    pub fn is_same(self, other: Self) -> bool {
        mul(self.x, other.z) == mul(other.x, self.z) && mul(self.y, other.z) == mul(other.y, self.z)
    }

    pub fn is_neutral(self) -> bool {
        self.is_same(Self::NEUTRAL)
    }

    /// The one encoding that the standard knows.
    pub fn to_bytes(self) -> [u8; 32] {
        let by = inverse(self.z);
        let (x, y) = (mul(self.x, by), mul(self.y, by));
        let mut bytes = y.to_bytes();
        bytes[31] |= u8::from(x.bit(0)) << 7;
        bytes
    }

    /// Encodings of the same point that the standard forbids: y written as y + p, and the sign of an x that is 0.
    pub fn forbidden_encodings(self) -> Vec<[u8; 32]> {
        let canonical = self.to_bytes();
        let (sign, mut low) = (canonical[31] & 0x80, canonical);
        low[31] &= 0x7f;
        let y = Number::from_bytes(&low);
        let mut written = vec![y.to_bytes()];
        let beyond = y.plus(P).filter(|beyond| !beyond.bit(255));
        written.extend(beyond.map(Number::to_bytes));
        let x_is_zero = y == Number::ONE || y == P.minus(Number::ONE);
        let signs = if x_is_zero { vec![0, 0x80] } else { vec![sign] };
        let mut all = Vec::new();
        for y in written {
            for sign in &signs {
                let mut bytes = y;
                bytes[31] |= sign;
                all.push(bytes);
            }
        }
        all.retain(|bytes| *bytes != canonical);
        all
    }
}

/// The eight points whose order divides eight, the neutral one first.
pub fn torsion() -> &'static [Point; 8] {
    static ALL: OnceLock<[Point; 8]> = OnceLock::new();
    ALL.get_or_init(|| {
        let of_order_eight = |y: u64| {
            let point = Point::of_y(Number::small(y))?.times(L);
            let fourth = point.times(Number::small(4));
            (!fourth.is_neutral()).then_some(point)
        };
        let point = (2..).find_map(of_order_eight).expect("half of all points have such a part");
        std::array::from_fn(|times| point.times(Number::small(times as u64)))
    })
}

#[test]
fn the_curve_is_the_one_that_everybody_knows() {
    let base = Point::base();
    assert_eq!(base.to_bytes()[..4], [0x58, 0x66, 0x66, 0x66]);
    assert!(base.times(L).is_neutral() && !base.times(Number::small(8)).is_neutral());
    let hex = |bytes: [u8; 32]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
    let mut found: Vec<String> = torsion().iter().map(|point| hex(point.to_bytes())).collect();
    found.sort();
    let mut known = [
        "0100000000000000000000000000000000000000000000000000000000000000",
        "ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f",
        "0000000000000000000000000000000000000000000000000000000000000000",
        "0000000000000000000000000000000000000000000000000000000000000080",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc85",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03fa",
    ];
    known.sort_unstable();
    assert_eq!(found, known);
}
