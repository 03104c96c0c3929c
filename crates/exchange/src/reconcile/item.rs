//! What is compared: items, the periods they stand in, the tally of each period.

use std::fmt;

use bincode::{Decode, Encode};
use chancery_record::encoding::{Domain, digest};
use chancery_record::{Date, RecordId, SectionSet};

/// One item of a set kept with a peer: a record and the sections of it that went over the ledger.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Item {
    /// The record.
    pub record: RecordId,
    /// The sections delivered.
    pub sections: SectionSet,
}

/// The month of a record's hard expiry, counted from January 1970; what lies outside of the calendar counts as the
/// first or the last.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct Period(pub u16);

/// Count and sum of the items of a period; the sum is modulo 2^256 over a hash of each.
///
/// Tallies form a group: what is removed was added before, in whatever order, so both wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct Tally {
    /// How many.
    pub count: u64,
    /// Their sum, least significant byte first.
    pub sum: [u8; 32],
}

impl Period {
    /// The period of a day: both ends know it from the manifest.
    pub fn of(expires: Date) -> Self {
        let Some(year) = expires.year() else {
            return Self(if expires.days() < 0 { 0 } else { u16::MAX });
        };
        let has_begun = |month: &i8| Date::from_ymd(year, *month, 1).is_some_and(|first| first <= expires);
        let month = i32::from((2..=12).rev().find(has_begun).unwrap_or(1));
        let months = (i32::from(year) - FIRST_YEAR) * 12 + month - 1;
        Self(u16::try_from(months.max(0)).unwrap_or(u16::MAX))
    }

    /// A day of this period: its first.
    pub fn first_day(self) -> Date {
        let (years, months) = (self.0 / 12, self.0 % 12);
        let year = i16::try_from(i32::from(years) + FIRST_YEAR).ok();
        let month = i8::try_from(months + 1).ok();
        year.zip(month).and_then(|(year, month)| Date::from_ymd(year, month, 1)).unwrap_or(Date::from_days(0))
    }
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-{:02}", i32::from(self.0 / 12) + FIRST_YEAR, self.0 % 12 + 1)
    }
}

impl Item {
    /// What stands for the item in a sum.
    pub fn lift(&self) -> [u8; 32] {
        digest(Domain::Stream, &[&self.bytes()])
    }

    /// The id with the sections behind it: of a length that no other hashed part of a stream has.
    fn bytes(&self) -> [u8; 36] {
        let mut bytes = [0; 36];
        let (record, sections) = bytes.split_at_mut(32);
        record.copy_from_slice(&self.record.0);
        sections.copy_from_slice(&self.sections.bits().to_le_bytes());
        bytes
    }
}

impl Tally {
    /// With one more item.
    pub fn add(&mut self, item: &Item) {
        self.count = self.count.wrapping_add(1);
        self.sum = plus(self.sum, item.lift());
    }

    /// Without an item that it has.
    pub fn remove(&mut self, item: &Item) {
        self.count = self.count.wrapping_sub(1);
        self.sum = plus(self.sum, negative(item.lift()));
    }

    /// With all of another.
    pub fn merge(&mut self, other: &Self) {
        self.count = self.count.wrapping_add(other.count);
        self.sum = plus(self.sum, other.sum);
    }
}

/// Both numbers in words, so that the store's commit pays next to nothing for it.
fn plus(one: [u8; 32], other: [u8; 32]) -> [u8; 32] {
    let mut sum = [0; 32];
    let mut carry = false;
    let (ones, _) = one.as_chunks::<8>();
    let (others, _) = other.as_chunks::<8>();
    let (sums, _) = sum.as_chunks_mut::<8>();
    for ((out, a), b) in sums.iter_mut().zip(ones).zip(others) {
        let (part, over) = u64::from_le_bytes(*a).overflowing_add(u64::from_le_bytes(*b));
        let (whole, over_again) = part.overflowing_add(u64::from(carry));
        *out = whole.to_le_bytes();
        carry = over || over_again;
    }
    sum
}

fn negative(number: [u8; 32]) -> [u8; 32] {
    let mut one = [0; 32];
    one[0] = 1;
    plus(number.map(|byte| !byte), one)
}

const FIRST_YEAR: i32 = 1970;

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_period_is_a_calendar_month() {
        let check = |day: &str, expected: &str| {
            assert_eq!(Period::of(day.parse().unwrap()).to_string(), expected, "{day}");
        };
        check("1970-01-01", "1970-01");
        check("1969-12-31", "1970-01");
        check("2031-04-01", "2031-04");
        check("2031-03-31", "2031-03");
        check("2028-02-29", "2028-02");
        check("2031-12-31", "2031-12");
        assert_eq!(Period::of(Date::from_days(i32::MAX)), Period(u16::MAX));
        assert_eq!(Period::of(Date::from_days(i32::MIN)), Period(0));
        for months in 0..3000 {
            assert_eq!(Period::of(Period(months).first_day()), Period(months));
            assert_eq!(Period::of(Period(months).first_day().plus_days(27)), Period(months));
        }
    }

    proptest! {
        #[test]
        fn tallies_do_not_care_for_order(
            ids in proptest::collection::vec((any::<[u8; 32]>(), any::<u16>()), 1..20),
            turn in 0usize..20,
        ) {
            let items: Vec<Item> = ids
                .into_iter()
                .map(|(id, bits)| Item { record: RecordId(id), sections: sections(bits) })
                .collect();
            let mut forward = Tally::default();
            items.iter().for_each(|item| forward.add(item));
            let mut turned = items.clone();
            turned.rotate_left(turn % items.len());
            let mut halves = [Tally::default(), Tally::default()];
            turned.iter().enumerate().for_each(|(at, item)| halves[at % 2].add(item));
            let [mut one, other] = halves;
            one.merge(&other);
            prop_assert_eq!(one, forward);
            items.iter().for_each(|item| one.remove(item));
            prop_assert_eq!(one, Tally::default());
        }
    }

    fn sections(bits: u16) -> SectionSet {
        use chancery_record::SectionName;
        SectionName::ALL.iter().copied().filter(|name| name.code() < 16 && bits & (1 << name.code()) != 0).collect()
    }

    #[test]
    fn the_sections_belong_to_the_item() {
        let item = |bits| Item { record: RecordId([7; 32]), sections: sections(bits) };
        assert_ne!(item(1).lift(), item(2).lift());
        assert_ne!(plus([255; 32], item(1).lift()), item(1).lift());
        assert_eq!(plus(negative(item(1).lift()), item(1).lift()), [0; 32]);
    }
}
