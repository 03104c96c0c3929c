//! What reconciliation reads: tallies by period, items by id.

use std::ops::ControlFlow;

use crate::{Item, Period, ReadFault, Tally};

/// One of the two sets that are compared: what went over a ledger and was accepted, as one end keeps it.
///
/// A set may change while it is compared. What is found missing was missing when it was looked at.
pub trait ItemSet {
    /// The tallies of periods that have items, from a period on, in order.
    fn tallies(&self, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault>;
    /// Items of a period in the order of their ids, from the first that is not below `from`, until told to stop.
    fn items(
        &self,
        period: Period,
        from: &chancery_record::RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault>;
}

/// How many items a step may still look at: whoever calls gives it out anew each second, so that no peer can make a node
/// work more than that.
///
/// INVARIANT (everything is bounded): each range and each period costs something too, even where it holds nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Budget {
    items: u64,
}

impl Budget {
    /// For a step that looks at so many items; one at least is needed to come forward.
    pub fn new(items: u64) -> Self {
        Self { items }
    }

    /// What is left.
    pub fn left(&self) -> u64 {
        self.items
    }

    /// Whether nothing is left.
    #[inline]
    pub fn is_spent(&self) -> bool {
        self.items == 0
    }

    #[inline]
    pub(crate) fn spend(&mut self, items: u64) {
        self.items = self.items.saturating_sub(items);
    }
}
