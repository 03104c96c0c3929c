//! What the treaty crate promises, tested through its public face.
#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test stops where it is surprised"
)]
#![expect(clippy::cloned_ref_to_slice_refs, clippy::type_complexity, reason = "lists of one read best as lists")]

mod accord;
mod dimensions;
mod documents;
mod law_book;
mod narrowing;
mod onward;
mod reference;
mod release;
mod returned;
mod samples;
mod setting;
mod vectors;
mod verdicts;
