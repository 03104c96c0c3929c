//! Reconciliation: two ends of a ledger find out which items the one delivered and the other does not hold.

mod item;

pub use item::{Item, Period, Tally};
