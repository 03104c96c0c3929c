//! A set in memory, as a store would show it.

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use chancery_exchange::reconcile::{Item, ItemSet, Period, Tally};
use chancery_exchange::{ReadFault, limits};
use chancery_record::encoding::{Domain, digest};
use chancery_record::{RecordId, SectionName, SectionSet};

/// Items by period, sorted by id, with the tally of each period.
#[derive(Clone, Default)]
pub struct VectorSet {
    periods: BTreeMap<Period, (Tally, Vec<Item>)>,
}

impl VectorSet {
    /// A set whose tallies are what the store would keep.
    pub fn new(items: impl IntoIterator<Item = (Period, Item)>) -> Self {
        Self::with_tally(items, |items| {
            let mut tally = Tally::default();
            items.iter().for_each(|item| tally.add(item));
            tally
        })
    }

    /// A set whose tallies are made in another way.
    pub fn with_tally(items: impl IntoIterator<Item = (Period, Item)>, tally: impl Fn(&[Item]) -> Tally) -> Self {
        let mut set = Self::default();
        for (period, item) in items {
            set.periods.entry(period).or_default().1.push(item);
        }
        for (kept, items) in set.periods.values_mut() {
            items.sort_unstable();
            items.dedup_by_key(|item| item.record);
            *kept = tally(items);
        }
        set
    }

    pub fn iter(&self) -> impl Iterator<Item = (Period, Item)> {
        self.periods.iter().flat_map(|(period, (_, items))| items.iter().map(|item| (*period, *item)))
    }

    /// What a sender does with an item that its peer lacks.
    pub fn remove(&mut self, period: Period, item: &Item) {
        let Some((tally, items)) = self.periods.get_mut(&period) else { return };
        if let Ok(at) = items.binary_search(item) {
            items.remove(at);
            tally.remove(item);
        }
        if items.is_empty() {
            self.periods.remove(&period);
        }
    }

    /// What a sender does with an item that it did not know it had delivered.
    pub fn insert(&mut self, period: Period, item: &Item) {
        let (tally, items) = self.periods.entry(period).or_default();
        match items.binary_search_by_key(&item.record, |held| held.record) {
            Ok(at) => {
                tally.remove(&items[at]);
                items[at] = *item;
            }
            Err(at) => items.insert(at, *item),
        }
        tally.add(item);
    }
}

impl ItemSet for VectorSet {
    fn tallies(&self, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault> {
        Ok(self.periods.range(from..).map(|(period, (tally, _))| (*period, *tally)).collect())
    }

    fn items(
        &self,
        period: Period,
        from: &RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        let Some((_, items)) = self.periods.get(&period) else { return Ok(()) };
        let start = items.partition_point(|item| item.record < *from);
        let _ = items.iter().skip(start).try_for_each(|item| visit(*item));
        Ok(())
    }
}

/// An item that nothing but its number and seed decides; its id begins with `shared` bits that all of them share.
pub fn item(seed: u64, number: u64, shared: u32) -> Item {
    let mut record = RecordId(digest(Domain::Row, &[&seed.to_le_bytes(), &number.to_le_bytes()]));
    let head = u64::from_be_bytes(*record.0.first_chunk().unwrap());
    let shared_bits = !u64::MAX.checked_shr(shared).unwrap_or(0);
    let head = (0x5a5a_5a5a_5a5a_5a5a & shared_bits) | (head & !shared_bits);
    record.0[..8].copy_from_slice(&head.to_be_bytes());
    Item { record, sections: sections(1) }
}

/// The first few sections, one more for each number.
pub fn sections(count: usize) -> SectionSet {
    SectionName::ALL.iter().copied().take(count).collect()
}

/// Periods over which a test spreads items.
pub fn period(number: u64, periods: u64) -> Period {
    assert!(periods <= limits::PERIODS_PER_SET_MAX as u64);
    Period(u16::try_from(720 + number % periods.max(1)).unwrap())
}
