//! The node of one country, as a library for its program and its tests.
//!
//! It holds no protocol and makes no decision about what may be released: it joins the crates that do with the network,
//! the disk and the people who run it.

pub mod network;

pub mod adoption;
pub mod api;
pub mod armour;
pub mod card_shelf;
mod cli;
pub mod client;
pub mod clock;
mod commands;
pub mod config;
pub mod consent;
pub mod daemon;
pub mod directory;
pub mod doctor;
pub mod durable_file;
pub mod exit;
pub mod failure;
pub mod fingerprint;
pub mod issuing;
pub mod keys;
pub mod learned_keys;
pub mod limits;
pub mod output;
pub mod passphrase;
pub mod progress;
pub mod row_stream;
pub mod talk;

pub use cli::run;
