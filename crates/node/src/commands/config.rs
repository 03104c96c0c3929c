//! `chancery config`: whether the configuration can be used, and what it means.

use clap::Subcommand;
use serde::Serialize;

use crate::cli::Invocation;
use crate::config::{ConfigOption, Origin};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// Check and show the configuration
#[derive(Subcommand, Debug)]
pub enum Config {
    /// Say whether the configuration can be used; every fault is shown at its line
    Check,
    /// Show every option with its value
    Show {
        /// Show where each value comes from, too
        #[arg(long)]
        origin: bool,
    },
}

impl Config {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let config = node.read_config()?;
        match self {
            Self::Check => {
                let path = node.config();
                // A card that is missing or bad is the doctor's to tell.
                if let Ok((_, card)) = node.read_own_card() {
                    config.require_country_of(&card)?;
                }
                invocation.talk.say(&format!("`{}` can be used: {} options", path.display(), config.options.len()));
            }
            Self::Show { origin: false } => {
                let rows: Vec<OptionRow> = config.options.into_iter().map(OptionRow::of).collect();
                invocation.output.rows(&rows)?;
            }
            Self::Show { origin: true } => {
                let rows: Vec<OriginRow> = config.options.into_iter().map(OriginRow).collect();
                invocation.output.rows(&rows)?;
            }
        }
        Ok(Exit::Done)
    }
}

#[derive(Serialize)]
struct OptionRow {
    name: String,
    value: String,
}

impl OptionRow {
    fn of(option: ConfigOption) -> Self {
        Self { name: option.name, value: option.value }
    }
}

impl Row for OptionRow {
    const SCHEMA: &'static str = "chancery/option/1";
    const COLUMNS: &'static [&'static str] = &["option", "value"];

    fn cells(&self) -> Vec<String> {
        vec![self.name.clone(), self.value.clone()]
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct OriginRow(ConfigOption);

impl Row for OriginRow {
    const SCHEMA: &'static str = "chancery/option-origin/1";
    const COLUMNS: &'static [&'static str] = &["option", "value", "origin"];

    fn cells(&self) -> Vec<String> {
        let origin = match self.0.origin {
            Origin::Line(line) => format!("node.toml:{line}"),
            Origin::Default => "default".to_owned(),
        };
        vec![self.0.name.clone(), self.0.value.clone(), origin]
    }
}
