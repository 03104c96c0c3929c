//! What the importing country states, for a foreign file does not.

use std::path::PathBuf;

use chancery_formats::ImportOptions;
use chancery_record::{Addressee, Audience, Date, ReleasableTo, UseTags};
use clap::Args;
use serde::Deserialize;

use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::CONFIG_BYTES_MAX;

/// What is stated of every entry of a file.
#[derive(Args, Clone, Debug, Default)]
pub struct Statement {
    /// To whom the records may go: `any`, a country, or a unit as in `DE/BKA`; may stand more than once. Nobody if absent
    #[arg(long, value_name = "any|CC|CC/UNIT")]
    releasable_to: Vec<String>,
    /// A TOML file with `[tags]` and `[audience]` tables, as in a draft, for what the list leaves open
    #[arg(long, value_name = "FILE")]
    tags: Option<PathBuf>,
    /// When the data was collected; the day of publication if absent
    #[arg(long, value_name = "DATE")]
    collected: Option<Date>,
}

#[derive(Default, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Written {
    tags: UseTags,
    audience: Audience,
}

impl Statement {
    /// What the import works with.
    pub fn options(&self) -> Result<ImportOptions, Failure> {
        let mut written = match &self.tags {
            None => Written::default(),
            Some(path) => {
                let refused = || Failure::new(Exit::Failed, format!("the tags in `{}` cannot be used", path.display()));
                let text = durable_file::read_text(path, CONFIG_BYTES_MAX).map_err(|fault| refused().because(fault))?;
                toml::from_str(&text).map_err(|fault: toml::de::Error| refused().because(fault.message().to_owned()))?
            }
        };
        if !self.releasable_to.is_empty() {
            written.audience.releasable_to = releasable_to(&self.releasable_to)?;
        }
        Ok(ImportOptions { audience: written.audience, tags: written.tags, collected: self.collected, colour: None })
    }
}

fn releasable_to(words: &[String]) -> Result<ReleasableTo, Failure> {
    if words.iter().any(|word| word == "any") {
        return Ok(ReleasableTo::Any);
    }
    let addressee = |word: &String| {
        word.parse::<Addressee>()
            .map_err(|fault| Failure::new(Exit::Usage, "`--releasable-to` cannot be read").because(fault))
    };
    Ok(ReleasableTo::Only(words.iter().map(addressee).collect::<Result<_, _>>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_audience_is_nobody_unless_stated() {
        let options = Statement::default().options().unwrap();
        assert_eq!(options.audience.releasable_to, ReleasableTo::Only(Default::default()));
        let stated = |words: &[&str]| {
            let statement = Statement {
                releasable_to: words.iter().map(|word| (*word).to_owned()).collect(),
                ..Statement::default()
            };
            statement.options().map(|options| options.audience.releasable_to)
        };
        assert_eq!(stated(&["any"]).unwrap(), ReleasableTo::Any);
        assert!(matches!(stated(&["DE", "IT/SCIP"]).unwrap(), ReleasableTo::Only(list) if list.len() == 2));
        assert!(stated(&["Germany"]).is_err());
    }
}
