//! Conversations between nodes in one process, under a seed: everything the exchange promises, tried from outside.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test fails by panicking"
)]

mod world;

mod accord;
mod catching_up;
mod clocks;
mod delivery;
mod hostile;
mod key_events;
mod lanes;
mod law;
mod onward;
mod owed;
mod recovery;
mod refusals;
mod restart;
mod schedules;
mod widening;
