//! `chancery sync`: what another country holds of this one's records, and what would go to it.

mod compare;
mod plan;

use clap::Subcommand;

use crate::cli::Invocation;
use crate::exit::Exit;
use crate::failure::Failure;

/// Compare ledgers with a country, mend what it lacks, see what would go to it
#[derive(Subcommand, Debug)]
pub enum Sync {
    Status(compare::Status),
    Check(compare::Check),
    Repair(compare::Repair),
    Plan(plan::Plan),
}

impl Sync {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Status(command) => command.run(invocation),
            Self::Check(command) => command.run(invocation),
            Self::Repair(command) => command.run(invocation),
            Self::Plan(command) => command.run(invocation),
        }
    }
}
