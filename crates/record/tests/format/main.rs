//! The signed format from outside: its golden vectors, hostile bytes, and the sample records.

#![expect(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, reason = "a test fails by panicking")]

mod drafts;
mod examples;
mod hostile;
mod resealing;
mod sealing;
mod vectors;
