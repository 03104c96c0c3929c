//! `chancery import`: lists of other publishers become records of this country.

mod intake;
mod interpol;
mod sort;
mod statement;
mod un_list;

use clap::Subcommand;

use crate::cli::Invocation;
use crate::exit::Exit;
use crate::failure::Failure;

/// Take in lists of other publishers as records of this country
#[derive(Subcommand, Debug)]
pub enum Import {
    Interpol(interpol::Interpol),
    UnList(un_list::UnList),
}

impl Import {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Interpol(command) => command.run(invocation),
            Self::UnList(command) => command.run(invocation),
        }
    }
}
