//! Keys of the store: big-endian parts, so that the order of the bytes is the order of what they mean.

use chancery_exchange::{Epoch, ItemNumber};
use chancery_record::{Country, Date};

/// A key, or the first parts of one, being put together.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Key(Vec<u8>);

impl Key {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    pub(crate) fn bytes(mut self, part: &[u8]) -> Self {
        self.0.extend_from_slice(part);
        self
    }

    pub(crate) fn byte(self, part: u8) -> Self {
        self.bytes(&[part])
    }

    pub(crate) fn number(self, part: u64) -> Self {
        self.bytes(&part.to_be_bytes())
    }

    pub(crate) fn country(self, part: Country) -> Self {
        self.bytes(&part.letters())
    }

    pub(crate) fn item(self, epoch: Epoch, number: ItemNumber) -> Self {
        self.number(epoch.0).number(number.0)
    }

    /// Days before 1970 come before those after it.
    pub(crate) fn date(self, part: Date) -> Self {
        self.bytes(&(part.days().cast_unsigned() ^ (1 << 31)).to_be_bytes())
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.0
    }
}

impl From<Key> for Vec<u8> {
    fn from(key: Key) -> Self {
        key.0
    }
}

/// Takes a key apart again; none where it is too short or no such thing stands there.
pub(crate) struct Parts<'a>(&'a [u8]);

impl<'a> Parts<'a> {
    pub(crate) fn of(key: &'a [u8]) -> Self {
        Self(key)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (part, rest) = self.0.split_first_chunk::<N>()?;
        self.0 = rest;
        Some(*part)
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn country(&mut self) -> Option<Country> {
        self.array().and_then(Country::from_letters)
    }

    /// Whether nothing is left.
    pub(crate) fn end(&self) -> Option<()> {
        self.0.is_empty().then_some(())
    }

    pub(crate) fn item(&mut self) -> Option<(Epoch, ItemNumber)> {
        Some((Epoch(self.number()?), ItemNumber(self.number()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_in_order_over_1970() {
        let days = [i32::MIN, -1, 0, 1, 20_000, i32::MAX];
        let keys: Vec<Vec<u8>> = days.iter().map(|day| Key::new().date(Date::from_days(*day)).into()).collect();
        assert!(keys.is_sorted_by(|a, b| a < b), "{keys:?}");
    }

    #[test]
    fn what_was_put_together_comes_apart() {
        let fr: Country = "FR".parse().unwrap();
        let key = Key::new().country(fr).item(Epoch(3), ItemNumber(700)).byte(9);
        let mut parts = Parts::of(key.as_slice());
        assert_eq!(parts.country(), Some(fr));
        assert_eq!(parts.item(), Some((Epoch(3), ItemNumber(700))));
        assert_eq!(parts.number(), None);
        assert_eq!(parts.end(), None);
        assert_eq!(parts.array::<1>(), Some([9]));
        assert_eq!(parts.end(), Some(()));
        assert_eq!(Parts::of(b"!!").country(), None);
    }
}
