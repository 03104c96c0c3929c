//! `chancery treaty new`: a treaty to start from.

use std::path::PathBuf;

use chancery_record::{Country, Date};
use chancery_treaty::{Template, template};
use clap::Args;

use crate::cli::Invocation;
use crate::clock::now;
use crate::durable_file::{self, Readers};
use crate::exit::Exit;
use crate::failure::Failure;

/// Write a treaty to start from; lawyers make it theirs
#[derive(Args, Debug)]
pub struct New {
    /// The other country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    with: Country,
    /// What it is about: `police` (notices, diffusions, documents, vehicles) or `border` (documents and vehicles at the border)
    #[arg(long, value_name = "NAME", default_value = "police")]
    template: Template,
    /// From which day on it is in force; today if absent
    #[arg(long, value_name = "DATE")]
    from: Option<Date>,
    /// For how many years
    #[arg(long, value_name = "YEARS", default_value_t = 5, value_parser = clap::value_parser!(i16).range(1..=50))]
    years: i16,
    /// The file to write; standard output if absent
    #[arg(long, short, value_name = "FILE")]
    out: Option<PathBuf>,
}

impl New {
    /// Writes the text.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let own = invocation.node()?.read_config()?.country;
        if own == self.with {
            return Err(Failure::new(Exit::Usage, format!("{own} is this node's own country"))
                .next("name another with `--with`"));
        }
        let from = self.from.unwrap_or_else(|| now().date());
        let text = template(self.template, own, self.with, from, from.plus_years(self.years));
        let Some(path) = self.out else {
            invocation.output.bytes(text.as_bytes())?;
            return Ok(Exit::Done);
        };
        if path.exists() {
            let question = format!("`{}` is there already. Write over it?", path.display());
            invocation.consent.require(&question, "name another file, or give `--yes` to write over it")?;
        }
        durable_file::write(&path, text.as_bytes(), Readers::Everyone)
            .map_err(|fault| Failure::new(Exit::Failed, "the treaty cannot be written").because(fault))?;
        let talk = &invocation.talk;
        talk.say(&format!("wrote a treaty between {own} and {} to `{}`", self.with, path.display()));
        talk.say(&format!(
            "next: make it yours, then `chancery treaty check {0}` and `chancery treaty sign {0}`",
            path.display()
        ));
        Ok(Exit::Done)
    }
}
