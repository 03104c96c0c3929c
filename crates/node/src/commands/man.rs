//! `chancery man`: the manual, one page for each command.

use std::path::PathBuf;

use clap::Args;

use crate::cli::{Invocation, tree};
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;

/// Write the manual: the first page to standard output, or every page into a directory
#[derive(Args, Debug)]
pub struct Man {
    /// The directory for the pages, one for each command
    #[arg(long, value_name = "DIR")]
    out: Option<PathBuf>,
}

impl Man {
    /// Writes the pages.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let Some(directory) = self.out else {
            invocation.output.bytes(&page(tree())?)?;
            return Ok(Exit::Done);
        };
        let failed = |fault| Failure::new(Exit::Failed, "the manual cannot be written").because(fault);
        durable_file::make_directory(&directory).map_err(failed)?;
        let mut root = tree();
        root.build();
        let mut waiting = vec![root];
        let mut written = 0usize;
        while let Some(command) = waiting.pop() {
            waiting.extend(command.get_subcommands().filter(|below| below.get_name() != "help").cloned());
            let name = command.get_display_name().unwrap_or_else(|| command.get_name()).to_owned();
            let path = directory.join(format!("{name}.1"));
            durable_file::write(&path, &page(command)?, Readers::Everyone).map_err(failed)?;
            written += 1;
        }
        invocation.talk.say(&format!("wrote {written} pages into `{}`", directory.display()));
        Ok(Exit::Done)
    }
}

fn page(command: clap::Command) -> Result<Vec<u8>, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(command)
        .render(&mut page)
        .map_err(|fault| Failure::new(Exit::Failed, "the manual cannot be written").because(fault))?;
    Ok(page)
}
