//! Reconciliation of two sets, over encoded messages, against the difference as anybody would compute it.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod attack;
mod collisions;
mod cost;
mod differences;
mod hostile;
mod play;
mod salted;
mod vector_set;
