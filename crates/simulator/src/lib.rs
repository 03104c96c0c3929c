//! What could go wrong: many nodes in one process under a seed, with oracles that watch from outside.
//!
//! It runs the real exchange, treaties and store over disks in memory, in virtual time. It never touches a socket or a
//! clock, and is linked into nothing but tests and the program `simulator`.

#![expect(
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a world that cannot be built is a fault of the simulator and ends it"
)]

pub mod accord;
pub mod agenda;
pub mod bug;
pub mod chance;
pub mod house;
pub mod liar;
pub mod limits;
pub mod link;
pub mod nations;
pub mod node;
pub mod oracle;
pub mod paper;
pub mod reference;
pub mod run;
pub mod scenario;
pub mod script;
pub mod shape;
pub mod sometimes;
pub mod story;
pub mod tongue;
pub mod twin;
pub mod world;
