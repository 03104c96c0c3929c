//! How ranges, fingerprints and short ids are packed into the body of a message.

use super::message::PartGroup;
use super::range::IdRange;
use crate::limits::{FAN_BITS_MAX, LEAF_ITEMS_MAX};

/// How much of a number is sent.
///
/// Narrow saves bytes: where it takes two for one, the whole numbers that close every answer show it, and the range is
/// asked for again, wide.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Width {
    Narrow,
    Wide,
}

/// What is asked of a range.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ask {
    /// Which of its `2^fan` parts differ.
    Split { fan: u8, width: Width },
    /// Which items.
    Leaf { width: Width },
}

impl Width {
    /// How many bytes of a number are sent.
    pub fn bytes(self) -> usize {
        match self {
            Self::Narrow => 2,
            Self::Wide => 8,
        }
    }

    /// What is sent of a number.
    pub fn of(self, number: u64) -> u64 {
        match self {
            Self::Narrow => number & 0xffff,
            Self::Wide => number,
        }
    }
}

impl Ask {
    pub fn to_byte(self) -> u8 {
        let (fan, width) = match self {
            Self::Split { fan, width } => (fan, width),
            Self::Leaf { width } => (0, width),
        };
        match width {
            Width::Narrow => fan,
            Width::Wide => fan | WIDE,
        }
    }

    /// None where the byte says nothing that may be asked.
    pub fn from_byte(byte: u8) -> Option<Self> {
        let width = if byte & WIDE == 0 { Width::Narrow } else { Width::Wide };
        match byte & !WIDE {
            0 => Some(Self::Leaf { width }),
            fan if fan <= FAN_BITS_MAX => Some(Self::Split { fan, width }),
            _ => None,
        }
    }
}

/// The first byte of a leaf's answer: how many items it names that the question did not; or that the number follows in
/// two bytes; or that there are more than one answer may hold, and nothing follows.
pub(crate) const LEAF_NAMES_MANY: u8 = 0xfe;
pub(crate) const LEAF_CROWDED: u8 = 0xff;
/// Bytes of a part's prefix and of the number of its short ids.
pub(crate) const PREFIX_BYTES_MAX: usize = 9;
const WIDE: u8 = 0x80;

/// The head of a part and its prefix.
pub(crate) fn put_part(range: &IdRange, ask: Ask, groups: &mut Vec<PartGroup>, body: &mut Vec<u8>) {
    let head = PartGroup { period: range.period(), bits: range.bits(), ask: ask.to_byte(), parts: 1 };
    match groups.last_mut() {
        Some(last) if PartGroup { parts: 1, ..*last } == head => last.parts = last.parts.saturating_add(1),
        _ => groups.push(head),
    }
    body.extend(range.prefix().to_be_bytes().into_iter().take(prefix_bytes(range.bits())));
}

/// Reads the range and the question of the next part of a group; none where it is no range or no question.
pub(crate) fn take_part(head: &PartGroup, body: &mut Reader<'_>) -> Option<(IdRange, Ask)> {
    let ask = Ask::from_byte(head.ask)?;
    let mut prefix = [0; 8];
    let given = body.take(prefix_bytes(head.bits))?;
    prefix.get_mut(..given.len())?.copy_from_slice(given);
    let range = IdRange::new(head.period, u64::from_be_bytes(prefix), head.bits)?;
    match ask {
        Ask::Split { fan, .. } if fan > range.bits_left() => None,
        ask => Some((range, ask)),
    }
}

fn prefix_bytes(bits: u8) -> usize {
    usize::from(bits).div_ceil(8)
}

/// The number of short ids of a leaf.
pub(crate) fn put_count(count: usize, body: &mut Vec<u8>) {
    body.push(u8::try_from(count).unwrap_or(LEAF_ITEMS_MAX));
}

/// How many items the answer about a leaf names.
pub(crate) fn put_named(count: usize, body: &mut Vec<u8>) {
    match u8::try_from(count) {
        Ok(few) if few < LEAF_NAMES_MANY => body.push(few),
        _ => {
            body.push(LEAF_NAMES_MANY);
            body.extend_from_slice(&u16::try_from(count).unwrap_or(u16::MAX).to_le_bytes());
        }
    }
}

/// What is sent of a number.
pub(crate) fn put_number(number: u64, width: Width, body: &mut Vec<u8>) {
    body.extend(number.to_le_bytes().into_iter().take(width.bytes()));
}

/// One bit for each of a list.
pub(crate) fn put_bits(bits: impl Iterator<Item = bool>, body: &mut Vec<u8>) {
    let (mut byte, mut filled) = (0u8, 0u8);
    for bit in bits {
        byte |= u8::from(bit) << filled;
        filled += 1;
        if filled == 8 {
            body.push(byte);
            (byte, filled) = (0, 0);
        }
    }
    if filled > 0 {
        body.push(byte);
    }
}

/// Reads a body from its beginning; gives nothing where it ends too early.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub fn new(body: &'a [u8]) -> Self {
        Self { rest: body }
    }

    pub fn is_at_end(&self) -> bool {
        self.rest.is_empty()
    }

    /// Bytes that are left.
    pub fn left(&self) -> usize {
        self.rest.len()
    }

    pub fn take(&mut self, bytes: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.rest.split_at_checked(bytes)?;
        self.rest = rest;
        Some(taken)
    }

    pub fn byte(&mut self) -> Option<u8> {
        self.take(1)?.first().copied()
    }

    pub fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.take(N)?.try_into().ok()
    }

    pub fn number(&mut self, width: Width) -> Option<u64> {
        let mut bytes = [0; 8];
        let given = self.take(width.bytes())?;
        bytes.get_mut(..given.len())?.copy_from_slice(given);
        Some(u64::from_le_bytes(bytes))
    }

    /// The bits of a list of `count`; none where bits beyond it are set.
    pub fn bits(&mut self, count: usize) -> Option<Bits<'a>> {
        let bits = Bits(self.take(count.div_ceil(8))?);
        let beyond = bits.0.last().map_or(0, |last| u32::from(*last) >> (1 + (count + 7) % 8));
        (beyond == 0).then_some(bits)
    }
}

/// A list of bits.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bits<'a>(&'a [u8]);

impl Bits<'_> {
    pub fn is_set(&self, at: usize) -> bool {
        self.0.get(at / 8).is_some_and(|byte| byte >> (at % 8) & 1 == 1)
    }

    pub fn any(&self) -> bool {
        self.0.iter().any(|byte| *byte != 0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bits_beyond_a_list_are_refused() {
        let check = |bytes: &[u8], count, is_list: bool| {
            assert_eq!(Reader::new(bytes).bits(count).is_some(), is_list, "{bytes:?} {count}");
        };
        check(&[], 0, true);
        check(&[0b111], 3, true);
        check(&[0b1000], 3, false);
        check(&[0xff], 8, true);
        check(&[0xff, 1], 9, true);
        check(&[0xff, 2], 9, false);
        check(&[0xff], 9, false);
    }

    #[test]
    fn what_is_packed_is_read_again() {
        let bits = [true, false, false, true, true, false, false, false, true];
        let mut body = Vec::new();
        put_bits(bits.into_iter(), &mut body);
        put_number(0x0102_0304_0506_0708, Width::Narrow, &mut body);
        put_number(0x0102_0304_0506_0708, Width::Wide, &mut body);
        let mut reader = Reader::new(&body);
        let read = reader.bits(bits.len()).unwrap();
        assert!(bits.iter().enumerate().all(|(at, bit)| read.is_set(at) == *bit));
        assert_eq!(reader.number(Width::Narrow), Some(0x0708));
        assert_eq!(reader.number(Width::Wide), Some(0x0102_0304_0506_0708));
        assert!(reader.is_at_end());
        assert_eq!(reader.byte(), None);
        for byte in 0..=u8::MAX {
            assert!(Ask::from_byte(byte).is_none_or(|ask| ask.to_byte() == byte));
        }
    }
}
