//! A range of record ids: those of one period that begin with the same bits.

use chancery_record::RecordId;

use crate::Period;

/// Most leading bits by which a range is told from another: nobody can make two ids that share so many on purpose.
pub(crate) const PREFIX_BITS_MAX: u8 = 64;

/// The items of one period whose ids begin with the same bits.
///
/// INVARIANT (nothing beyond the view): a boundary is a fixed prefix, never taken from what a node holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct IdRange {
    period: Period,
    prefix: u64,
    bits: u8,
}

impl IdRange {
    /// All items of a period.
    pub fn whole(period: Period) -> Self {
        Self { period, prefix: 0, bits: 0 }
    }

    /// The ids that begin with the first `bits` of `prefix`; none where it has others set, or more than there can be.
    pub fn new(period: Period, prefix: u64, bits: u8) -> Option<Self> {
        (bits <= PREFIX_BITS_MAX && prefix & below(bits) == 0).then_some(Self { period, prefix, bits })
    }

    #[inline]
    pub fn period(&self) -> Period {
        self.period
    }

    pub fn prefix(&self) -> u64 {
        self.prefix
    }

    pub fn bits(&self) -> u8 {
        self.bits
    }

    /// How many bits could still be split off.
    #[inline]
    pub fn bits_left(&self) -> u8 {
        PREFIX_BITS_MAX.saturating_sub(self.bits)
    }

    /// The lowest id that may stand in it.
    pub fn start(&self) -> RecordId {
        let mut id = [0; 32];
        if let Some(first) = id.first_chunk_mut::<8>() {
            *first = self.prefix.to_be_bytes();
        }
        RecordId(id)
    }

    /// Whether an id begins as those of the range do.
    #[inline]
    pub fn contains(&self, id: &RecordId) -> bool {
        let head = head(id);
        self.prefix <= head && head <= self.last()
    }

    /// What the ids at its end begin with.
    #[inline]
    pub fn last(&self) -> u64 {
        self.prefix | below(self.bits)
    }

    /// Whether the range begins behind the end of another: ranges of a message stand in order and apart.
    pub fn is_after(&self, other: &Self) -> bool {
        (self.period, self.prefix) > (other.period, other.last())
    }

    /// How its ids are told apart into `2^fan` parts, of which there are two at least.
    pub fn parting(&self, fan: u8) -> Parting {
        Parting { open: below(self.bits), shift: u32::from(self.bits_left().saturating_sub(fan)) }
    }

    /// One of its `2^fan` parts; none where there is no such part.
    pub fn part(&self, fan: u8, index: usize) -> Option<Self> {
        let shift = u32::from(self.bits_left().checked_sub(fan)?);
        let index = u64::try_from(index).ok()?;
        let within = index.checked_shl(shift).filter(|shifted| shifted.checked_shr(shift) == Some(index));
        // A shift by all 64 bits is only that of the one part of a whole period.
        let within = if shift == u64::BITS { (index == 0).then_some(0) } else { within };
        let within = within.filter(|within| within & !below(self.bits) == 0)?;
        Some(Self { period: self.period, prefix: self.prefix | within, bits: self.bits + fan })
    }

    /// The range of the same period that holds this one and begins with `bits` bits.
    pub fn widened(&self, bits: u8) -> Self {
        let bits = bits.min(self.bits);
        Self { period: self.period, prefix: self.prefix & !below(bits), bits }
    }
}

/// In which part of a range an id stands.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Parting {
    open: u64,
    shift: u32,
}

impl Parting {
    #[inline]
    pub fn part_of(&self, id: &RecordId) -> usize {
        usize::try_from((head(id) & self.open).wrapping_shr(self.shift)).unwrap_or(usize::MAX)
    }
}

/// The bits that a prefix of `bits` bits leaves open.
#[inline]
fn below(bits: u8) -> u64 {
    u64::MAX.checked_shr(u32::from(bits)).unwrap_or(0)
}

/// The bits that ranges are told apart by.
#[inline]
pub(crate) fn head(id: &RecordId) -> u64 {
    id.0.first_chunk::<8>().map_or(0, |first| u64::from_be_bytes(*first))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn id(head: u64) -> RecordId {
        let mut bytes = [9; 32];
        bytes[..8].copy_from_slice(&head.to_be_bytes());
        RecordId(bytes)
    }

    #[test]
    fn only_prefixes_are_ranges() {
        let check = |prefix, bits, is_range: bool| {
            assert_eq!(IdRange::new(Period(3), prefix, bits).is_some(), is_range, "{prefix:x}/{bits}");
        };
        check(0, 0, true);
        check(1, 0, false);
        check(1 << 63, 1, true);
        check(1 << 62, 1, false);
        check(u64::MAX, 64, true);
        check(0, 65, false);
    }

    proptest! {
        #[test]
        fn every_id_stands_in_one_part(head in any::<u64>(), bits in 0u8..=64, fan in 1u8..=9) {
            let range = IdRange::whole(Period(1)).part(0, 0).unwrap();
            prop_assert_eq!(range, IdRange::whole(Period(1)));
            let range = IdRange::new(Period(1), head & !below(bits), bits).unwrap();
            prop_assert!(range.contains(&id(head)));
            prop_assert!(range.start() <= id(head));
            if fan > range.bits_left() {
                prop_assert_eq!(range.part(fan, 0), None);
                return Ok(());
            }
            let parts: Vec<IdRange> = (0..1 << fan).map(|index| range.part(fan, index).unwrap()).collect();
            prop_assert_eq!(range.part(fan, 1 << fan), None);
            let holding: Vec<usize> = (0..parts.len()).filter(|at| parts[*at].contains(&id(head))).collect();
            prop_assert_eq!(holding, vec![range.parting(fan).part_of(&id(head))]);
            prop_assert!(parts.windows(2).all(|pair| pair[1].is_after(&pair[0]) && !pair[0].is_after(&pair[1])));
            prop_assert!(parts.iter().all(|part| part.widened(bits) == range));
        }
    }
}
