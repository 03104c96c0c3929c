//! A person's yes, asked on the terminal or given beforehand.

use std::io::{self, BufRead, IsTerminal, Write};

use crate::exit::Exit;
use crate::failure::Failure;

/// Whether the caller already said yes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Consent {
    /// Ask on the terminal.
    Ask,
    /// `--yes` was given.
    Given,
}

impl Consent {
    /// Asks, unless yes was given. `otherwise` names what to give where there is no terminal to ask on.
    pub fn require(self, question: &str, otherwise: &str) -> Result<(), Failure> {
        if self == Self::Given {
            return Ok(());
        }
        if !has_terminal() {
            return Err(Failure::new(Exit::Usage, format!("{question} There is no terminal to ask on")).next(otherwise));
        }
        let _ = write!(anstream::stderr(), "{question} [y/N] ");
        let _ = io::stderr().flush();
        let mut answer = String::new();
        let read = io::stdin().lock().read_line(&mut answer);
        match (read, answer.trim().to_lowercase().as_str()) {
            (Ok(_), "y" | "yes") => Ok(()),
            (Ok(_), _) => Err(Failure::new(Exit::Failed, "nothing was done: the answer was not yes")),
            (Err(fault), _) => Err(Failure::new(Exit::Failed, "the answer cannot be read").because(fault)),
        }
    }
}

/// Whether a person sits at both ends: one who reads the question and can type an answer.
pub fn has_terminal() -> bool {
    io::stdin().is_terminal() && io::stderr().is_terminal()
}
