//! `chancery key`: the keys that speak for the country, and the certificates they stand under.

mod certify;
pub(super) mod change;
mod install;
mod renewal;
mod show;
mod succession;

use clap::Subcommand;

use crate::cli::Invocation;
use crate::exit::Exit;
use crate::failure::Failure;

/// Show, rotate, certify and revoke keys
#[derive(Subcommand, Debug)]
pub enum Key {
    Show(show::Show),
    Rotate(renewal::Rotate),
    Revoke(renewal::Revoke),
    Certify(certify::Certify),
    Install(install::Install),
    NewCountry(certify::NewCountry),
    Succeed(succession::Succeed),
}

impl Key {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        match self {
            Self::Show(command) => command.run(invocation),
            Self::Rotate(command) => command.run(invocation),
            Self::Revoke(command) => command.run(invocation),
            Self::Certify(command) => command.run(invocation),
            Self::Install(command) => command.run(invocation),
            Self::NewCountry(command) => command.run(invocation),
            Self::Succeed(command) => command.run(invocation),
        }
    }
}
