//! Looking at the items of a range, in as many steps as the budget asks for.

use std::ops::ControlFlow;

use chancery_record::RecordId;

use super::range::{IdRange, head};
use super::set::{Budget, ItemSet};
use crate::limits::RANGE_COST;
use crate::{Item, ReadFault};

/// A range that is being looked at, and how far.
#[derive(Debug)]
pub(crate) struct Scan {
    range: IdRange,
    from: RecordId,
    has_begun: bool,
    seen: u64,
}

/// How a step of a scan ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Scanned {
    /// The range has no more items.
    Whole,
    /// Whoever looked has seen enough.
    Enough,
    /// The budget is spent; the next item is still to be seen.
    Later,
}

impl Scan {
    pub fn new(range: IdRange) -> Self {
        Self { from: range.start(), range, has_begun: false, seen: 0 }
    }

    pub fn range(&self) -> IdRange {
        self.range
    }

    /// How many items were shown.
    pub fn seen(&self) -> u64 {
        self.seen
    }

    /// Shows items until the range ends, `take` breaks or the budget is spent.
    pub fn step<S: ItemSet + ?Sized>(
        &mut self,
        set: &S,
        budget: &mut Budget,
        mut take: impl FnMut(&Item) -> ControlFlow<()>,
    ) -> Result<Scanned, ReadFault> {
        if budget.is_spent() {
            return Ok(Scanned::Later);
        }
        if !self.has_begun {
            budget.spend(RANGE_COST);
            self.has_begun = true;
        }
        let mut ended = Scanned::Whole;
        let (start, last) = (self.from, self.range.last());
        let before = budget.left();
        let mut left = before;
        set.items(self.range.period(), &start, &mut |item| {
            if head(&item.record) > last {
                return ControlFlow::Break(());
            }
            if left == 0 {
                self.from = item.record;
                ended = Scanned::Later;
                return ControlFlow::Break(());
            }
            left -= 1;
            let flow = take(&item);
            if flow.is_break() {
                ended = Scanned::Enough;
            }
            flow
        })?;
        budget.spend(before - left);
        self.seen += before - left;
        Ok(ended)
    }
}
