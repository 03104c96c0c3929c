//! The reconciliation of two sets that the bytes decide, and of either end with a peer whose messages they spoil.

/// What the tests of reconciliation let bytes decide, so that there is one referee to keep true.
#[path = "../../crates/exchange/tests/reconcile/attack.rs"]
mod attack;
#[allow(dead_code, reason = "the tests of reconciliation use more of it")]
#[path = "../../crates/exchange/tests/reconcile/play.rs"]
mod play;
#[allow(dead_code, reason = "the tests of reconciliation use more of it")]
#[path = "../../crates/exchange/tests/reconcile/vector_set.rs"]
mod vector_set;

use crate::targets::Outcome;

pub use vector_set::VectorSet;

/// Bytes that say how a run goes, before those that say what is in the sets.
const HABITS: usize = 7;

/// Bytes that are read: more items find nothing that fewer do not.
const PLACES_MAX: usize = 1200;

/// Two sets: exactly their difference is found.
pub fn sets(bytes: &[u8]) -> Outcome {
    attack::two_sets(bytes.get(..PLACES_MAX).unwrap_or(bytes));
    Outcome::of(bytes.len() > HABITS)
}

/// A receiver that is asked what may not be asked.
pub fn questions(bytes: &[u8]) -> Outcome {
    Outcome::of(attack::questions(bytes) > 0)
}

/// A sender that is answered what cannot be.
pub fn answers(bytes: &[u8]) -> Outcome {
    // The first question is the root: whoever asks a second was answered well once.
    Outcome::of(attack::answers(bytes) > 1)
}
