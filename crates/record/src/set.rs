//! A sorted set without duplicates: the only form in which sets are signed.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize};

/// Values in ascending order, each once; decoding refuses any other order.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Set<T>(Vec<T>);

impl<T> Default for Set<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T: Ord> Set<T> {
    /// The values in order.
    pub fn iter(&self) -> std::slice::Iter<'_, T> {
        self.0.iter()
    }
    /// Whether there is no value.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// How many values there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }
    /// Whether `value` is one of them.
    pub fn contains(&self, value: &T) -> bool {
        self.0.binary_search(value).is_ok()
    }
    /// The values of both.
    pub fn union(&self, other: &Self) -> Self
    where
        T: Clone,
    {
        self.iter().chain(other.iter()).cloned().collect()
    }
    /// The values that stand in both.
    pub fn intersection(&self, other: &Self) -> Self
    where
        T: Clone,
    {
        self.iter().filter(|value| other.contains(value)).cloned().collect()
    }
}

impl<T: Ord> FromIterator<T> for Set<T> {
    fn from_iter<I: IntoIterator<Item = T>>(values: I) -> Self {
        let mut sorted: Vec<T> = values.into_iter().collect();
        sorted.sort();
        sorted.dedup();
        Self(sorted)
    }
}

impl<'a, T> IntoIterator for &'a Set<T> {
    type Item = &'a T;
    type IntoIter = std::slice::Iter<'a, T>;
    fn into_iter(self) -> Self::IntoIter {
        self.0.iter()
    }
}

impl<'de, T: Ord + Deserialize<'de>> Deserialize<'de> for Set<T> {
    fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(Vec::<T>::deserialize(input)?.into_iter().collect())
    }
}

impl<T: Encode + 'static> Encode for Set<T> {
    fn encode<E: Encoder>(&self, out: &mut E) -> Result<(), EncodeError> {
        self.0.encode(out)
    }
}

impl<C, T: Decode<C> + Ord + 'static> Decode<C> for Set<T> {
    fn decode<D: Decoder<Context = C>>(input: &mut D) -> Result<Self, DecodeError> {
        let values = Vec::<T>::decode(input)?;
        if values.is_sorted_by(|before, after| before < after) {
            Ok(Self(values))
        } else {
            Err(DecodeError::Other("a set out of order"))
        }
    }
}

impl<'de, C, T: Decode<C> + Ord + 'static> bincode::BorrowDecode<'de, C> for Set<T> {
    fn borrow_decode<D: bincode::de::BorrowDecoder<'de, Context = C>>(input: &mut D) -> Result<Self, DecodeError> {
        Self::decode(input)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::encoding::{Domain, decode, encode};

    #[test]
    fn one_order_only() {
        let set: Set<u16> = [3, 1, 2, 3].into_iter().collect();
        let bytes = encode(Domain::Row, &set);
        assert_eq!(decode::<Set<u16>>(Domain::Row, &bytes, 64).unwrap(), set);
        let unsorted = encode(Domain::Row, &vec![3u16, 1]);
        assert!(decode::<Set<u16>>(Domain::Row, &unsorted, 64).is_err());
        let twice = encode(Domain::Row, &vec![1u16, 1]);
        assert!(decode::<Set<u16>>(Domain::Row, &twice, 64).is_err());
    }
}
