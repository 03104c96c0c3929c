//! The commands, one file each.

pub mod card;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod init;
pub mod key;
pub mod man;
