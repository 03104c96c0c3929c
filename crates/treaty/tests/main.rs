//! What the treaty crate promises, tested through its public face.

mod dimensions;
mod documents;
mod law_book;
mod narrowing;
mod reference;
mod release;
mod samples;
mod setting;
mod vectors;
mod verdicts;
