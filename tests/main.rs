//! The real program, run as its users run it.

#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a test fails by panicking, and says what it did and what it skipped"
)]

mod cards;
mod clocks;
mod doctor;
mod faults;
mod hostile;
mod init;
mod keys;
mod kills;
mod law_changes;
mod lists;
mod network;
mod onward;
mod program;
mod recovery;
mod roles;
mod running_keys;
mod story;
mod strangers;
mod surroundings;
mod testnet;
