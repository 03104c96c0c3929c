//! What the fuzz targets call; the stable replay in `tests/fuzz_replay` calls the same functions.

pub mod decoders;
pub mod disk;
pub mod frames;
pub mod keeping;
pub mod life;
pub mod reconciling;
pub mod script;
pub mod targets;

#[allow(dead_code, reason = "the tests of the format use more of it")]
#[path = "../../crates/record/tests/format/sealing.rs"]
mod sealing;
