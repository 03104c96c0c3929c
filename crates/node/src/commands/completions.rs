//! `chancery completions`: a script that teaches a shell the commands.

use clap::Args;
use clap_complete::Shell;

use crate::cli::{Invocation, tree};
use crate::exit::Exit;
use crate::failure::Failure;

/// Write a completion script for a shell
#[derive(Args, Debug)]
pub struct Completions {
    /// The shell
    shell: Shell,
}

impl Completions {
    /// Writes the script.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut tree(), "chancery", &mut script);
        invocation.output.bytes(&script)?;
        Ok(Exit::Done)
    }
}
