//! `chancery clock`: an operator's word on the wall clock.

use clap::Subcommand;

use crate::api::running::Done;
use crate::cli::Invocation;
use crate::client::{Client, Patience};
use crate::clock::now;
use crate::exit::Exit;
use crate::failure::Failure;

/// Give an operator's word on the wall clock
#[derive(Subcommand, Debug)]
pub enum Clock {
    /// Confirm the wall clock after it jumped, so that release and purge go on
    Confirm,
}

impl Clock {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let Self::Confirm = self;
        let mut client = Client::connect(&invocation.node()?)?;
        invocation.consent.require(
            &format!("The clock of this machine shows {}. Is that right, within a few minutes?", now()),
            "set the clock right, then give `--yes`; what has expired by it is deleted",
        )?;
        client.post::<Done>("/v1/clock/confirm", Patience::Usual)?;
        invocation.talk.say("the clock is confirmed; release and purge go on");
        Ok(Exit::Done)
    }
}
