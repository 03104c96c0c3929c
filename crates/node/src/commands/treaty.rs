//! `chancery treaty`: writing, checking, signing and exchanging treaties.

mod check;
mod import;
mod new;
pub mod shelf;
mod sign;
mod view;

use clap::Subcommand;

use crate::cli::Invocation;
use crate::exit::Exit;
use crate::failure::Failure;

/// Write, check, sign, take in and show treaties
#[derive(Subcommand, Debug)]
pub enum Treaty {
    New(new::New),
    Check(check::Check),
    Sign(sign::Sign),
    Import(import::Import),
    List(view::List),
    Show(view::Show),
}

impl Treaty {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::New(command) => command.run(invocation),
            Self::Check(command) => command.run(invocation),
            Self::Sign(command) => command.run(invocation),
            Self::Import(command) => command.run(invocation),
            Self::List(command) => command.run(invocation),
            Self::Show(command) => command.run(invocation),
        }
    }
}
