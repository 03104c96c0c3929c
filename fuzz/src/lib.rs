//! What the fuzz targets call; the stable replay in `tests/fuzz_replay` calls the same functions.

pub mod decoders;

#[allow(dead_code, reason = "the tests of the format use more of it")]
#[path = "../../crates/record/tests/format/sealing.rs"]
mod sealing;
