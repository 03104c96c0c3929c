//! The real program, run as its users run it.

mod cards;
mod doctor;
mod init;
mod keys;
mod kills;
mod network;
mod program;
mod story;
mod strangers;
