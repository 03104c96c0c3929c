//! The real program, run as its users run it.

mod cards;
mod clocks;
mod doctor;
mod hostile;
mod init;
mod keys;
mod kills;
mod law_changes;
mod lists;
mod network;
mod program;
mod roles;
mod running_keys;
mod story;
mod strangers;
mod surroundings;
mod testnet;
