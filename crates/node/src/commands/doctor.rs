//! `chancery doctor`: what is wrong with this node, and what to do about it.

use clap::Args;

use crate::cli::Invocation;
use crate::clock::now;
use crate::doctor::{Depth, Examination, Finding, Health};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Row, counted};

/// Check the node, with the daemon stopped or running
///
/// The exit code is 1 if any check fails; warnings alone leave it at 0.
#[derive(Args, Debug)]
pub struct Doctor {
    /// Read and verify the whole store, too; the daemon must be stopped
    #[arg(long)]
    store: bool,
}

impl Doctor {
    /// Runs every check.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let depth = if self.store { Depth::Whole } else { Depth::Surface };
        let findings = Examination::of(&node, now(), depth).findings();
        invocation.output.rows(&findings)?;
        let count = |health| findings.iter().filter(|finding| finding.health == health).count();
        let (failures, warnings) = (count(Health::Failure), count(Health::Warning));
        invocation.talk.say(&format!(
            "{}, {}, {}",
            counted(findings.len(), "finding", "findings"),
            counted(warnings, "warning", "warnings"),
            counted(failures, "failure", "failures")
        ));
        Ok(if failures == 0 { Exit::Done } else { Exit::Failed })
    }
}

impl Row for Finding {
    const SCHEMA: &'static str = "chancery/finding/1";
    const COLUMNS: &'static [&'static str] = &["check", "health", "what", "what to do"];

    fn cells(&self) -> Vec<String> {
        let health = match self.health {
            Health::Ok => "ok",
            Health::Note => "note",
            Health::Warning => "warning",
            Health::Failure => "FAILURE",
        };
        vec![self.check.to_owned(), health.to_owned(), self.what.clone(), self.next.clone().unwrap_or_default()]
    }
}
