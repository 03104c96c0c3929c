//! Two sets of records, as two nodes might hold them.

use chancery_exchange::reconcile::{Item, Period};

use crate::vector_set::{VectorSet, item};

/// Months over which records are spread; each ends sixty months after it was issued.
const MONTHS: u64 = 60;
const FIRST_MONTH: u64 = 740;

/// How the sets differ.
#[derive(Clone, Copy)]
pub enum Difference {
    /// The receiver lacks so many.
    Lacking { count: u64, is_recent: bool },
    /// Each side lacks half of so many.
    Mutual { count: u64 },
}

/// Records with the time of their issue, and which side has each.
pub struct World {
    records: Vec<(u64, Item)>,
    difference: Difference,
}

impl World {
    /// Records issued one after the other, evenly over the months.
    pub fn new(count: u64, difference: Difference) -> Self {
        Self { records: (0..count).map(|number| (number, item(11, number, 0))).collect(), difference }
    }

    fn count(&self) -> u64 {
        self.records.len() as u64
    }

    /// Whether the n-th of all records is one of `count` that differ.
    fn differs(&self, number: u64, count: u64, is_recent: bool) -> bool {
        if is_recent { number >= self.count() - count } else { number.is_multiple_of(self.count() / count) }
    }

    fn sender_has(&self, number: u64) -> bool {
        match self.difference {
            Difference::Lacking { .. } => true,
            Difference::Mutual { count } => !(self.differs(number, count, false) && self.turn(number, count) == 1),
        }
    }

    /// Whose turn it is to lack a record that differs.
    fn turn(&self, number: u64, count: u64) -> u64 {
        number / (self.count() / count) % 2
    }

    fn receiver_has(&self, number: u64) -> bool {
        match self.difference {
            Difference::Lacking { count, is_recent } => !self.differs(number, count, is_recent),
            Difference::Mutual { count } => !(self.differs(number, count, false) && self.turn(number, count) == 0),
        }
    }

    /// What the sender has, with the time of issue.
    pub fn sender(&self) -> impl Iterator<Item = (u64, Item)> {
        self.records.iter().copied().filter(|(number, _)| self.sender_has(*number))
    }

    /// What the receiver has, with the time of issue.
    pub fn receiver(&self) -> impl Iterator<Item = (u64, Item)> {
        self.records.iter().copied().filter(|(number, _)| self.receiver_has(*number))
    }

    /// How many records only the sender has, and only the receiver.
    pub fn differences(&self) -> (u64, u64) {
        let has = |number: &u64| (self.sender_has(*number), self.receiver_has(*number));
        let all = || (0..self.count()).map(|number| has(&number));
        let count = |wanted| all().filter(|sides| *sides == wanted).count() as u64;
        (count((true, false)), count((false, true)))
    }

    /// A side as a store keeps it: sorted by period and id, with tallies.
    pub fn set(&self, items: impl Iterator<Item = (u64, Item)>) -> VectorSet {
        let per_month = self.count().div_ceil(MONTHS);
        let month = |number: u64| Period(u16::try_from(FIRST_MONTH + number / per_month).unwrap());
        VectorSet::new(items.map(|(number, item)| (month(number), item)))
    }
}
