//! The commands, one file each.

pub mod audit;
pub mod breaches;
pub mod card;
pub mod clock;
pub mod completions;
pub mod config;
pub mod doctor;
pub mod import;
pub mod init;
pub mod key;
pub mod list;
pub mod man;
pub mod obligations;
pub mod openapi;
pub mod peer;
pub mod publish;
pub mod quarantine;
pub mod reindex;
pub mod reload;
pub mod session;
pub mod show;
pub mod status;
pub mod treaty;
pub mod why;
pub mod withdraw;
