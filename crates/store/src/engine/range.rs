//! Ranges of keys to scan.

use std::ops::Bound;

/// The direction of a scan.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Order {
    /// From the smallest key up.
    Ascending,
    /// From the greatest key down.
    Descending,
}

/// A range of keys, compared byte by byte. One whose ends cross holds nothing; it is no fault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KeyRange {
    lower: Bound<Vec<u8>>,
    upper: Bound<Vec<u8>>,
}

pub(super) type Ends<'a> = (Bound<&'a [u8]>, Bound<&'a [u8]>);

impl KeyRange {
    /// Every key.
    pub const fn all() -> Self {
        Self { lower: Bound::Unbounded, upper: Bound::Unbounded }
    }

    /// The keys between two bounds.
    pub const fn between(lower: Bound<Vec<u8>>, upper: Bound<Vec<u8>>) -> Self {
        Self { lower, upper }
    }

    /// The keys that begin with these bytes.
    pub fn prefix(prefix: &[u8]) -> Self {
        let mut end = prefix.to_vec();
        while let Some(last) = end.pop() {
            if let Some(next) = last.checked_add(1) {
                end.push(next);
                break;
            }
        }
        // A prefix of nothing but 0xff has no end.
        let upper = if end.is_empty() { Bound::Unbounded } else { Bound::Excluded(end) };
        Self { lower: Bound::Included(prefix.to_vec()), upper }
    }

    /// The part of this range from a key on; `key` must lie in the range.
    #[must_use]
    pub fn from(self, key: &[u8]) -> Self {
        Self { lower: Bound::Included(key.to_vec()), upper: self.upper }
    }

    /// The part of this range above a key; `key` must lie in the range.
    #[must_use]
    pub fn after(self, key: &[u8]) -> Self {
        Self { lower: Bound::Excluded(key.to_vec()), upper: self.upper }
    }

    /// The part of this range below a key; `key` must lie in the range.
    #[must_use]
    pub fn before(self, key: &[u8]) -> Self {
        Self { lower: self.lower, upper: Bound::Excluded(key.to_vec()) }
    }

    /// What a scan in this order still has to give once it has given `key`.
    #[must_use]
    pub fn beyond(self, key: &[u8], order: Order) -> Self {
        match order {
            Order::Ascending => self.after(key),
            Order::Descending => self.before(key),
        }
    }

    /// The ends to hand to a map, or none if no key can lie between them: maps differ in what they do then, up to a panic.
    pub(super) fn ends(&self) -> Option<Ends<'_>> {
        let lower = self.lower.as_ref().map(Vec::as_slice);
        let upper = self.upper.as_ref().map(Vec::as_slice);
        let empty = match (lower, upper) {
            (Bound::Included(low), Bound::Included(high)) => low > high,
            (Bound::Included(low) | Bound::Excluded(low), Bound::Included(high) | Bound::Excluded(high)) => low >= high,
            _ => false,
        };
        (!empty).then_some((lower, upper))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_prefix_ends_where_its_last_byte_that_can_rise_has_risen() {
        let upper = |prefix: &[u8]| KeyRange::prefix(prefix).upper;
        assert_eq!(upper(b"ab"), Bound::Excluded(b"ac".to_vec()));
        assert_eq!(upper(&[1, 0xff, 0xff]), Bound::Excluded(vec![2]));
        assert_eq!(upper(&[0xff, 0xff]), Bound::Unbounded);
        assert_eq!(upper(&[]), Bound::Unbounded);
    }

    #[test]
    fn crossed_ends_hold_nothing() {
        let held = |lower, upper| KeyRange::between(lower, upper).ends().is_some();
        let (a, b) = (|| b"a".to_vec(), || b"b".to_vec());
        assert!(held(Bound::Included(a()), Bound::Included(a())));
        assert!(!held(Bound::Included(a()), Bound::Excluded(a())));
        assert!(!held(Bound::Excluded(a()), Bound::Included(a())));
        assert!(!held(Bound::Excluded(a()), Bound::Excluded(a())));
        assert!(!held(Bound::Included(b()), Bound::Included(a())));
        assert!(held(Bound::Excluded(a()), Bound::Excluded(b())));
        assert!(held(Bound::Unbounded, Bound::Excluded(a())));
    }
}
