//! Worlds under seeds: what must hold in all of them, and what must be found where something is wrong on purpose.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test fails by panicking")]

mod bugs;
mod listeners;
mod seeds;
mod wide;
