//! Reconciliation: two ends of a ledger find out which items the one delivered and the other does not hold.
//!
//! The ledger's sender drives, its receiver responds, each about its own set of what went over that ledger and was
//! accepted. Root first, then periods, then ranges of ids, then items. Everything is pure: the run's key is a parameter.

mod counting;
mod driver;
mod item;
mod lift;
mod message;
mod part;
mod range;
mod responder;
mod scan;
mod set;
mod unresolved;

pub use driver::{ComparedFault, Driver, Found, Outcome, Turn};
pub use item::{Item, Period, Tally};
pub use message::{Answer, Compare, Compared, Mode, PartGroup, PeriodMark, Question, Run, RunKey};
pub use responder::{CompareFault, Reply, Responder};
pub use set::{Budget, ItemSet};
pub use unresolved::Unresolved;
