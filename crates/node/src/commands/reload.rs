//! `chancery reload`: has the running node read its directory again.

use clap::Args;
use serde::Serialize;

use crate::api::running::{RefusedShown, ReloadShown};
use crate::cli::Invocation;
use crate::client::{Client, Patience};
use crate::daemon::documents::ReloadOutcome;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// Have the running node read its cards, treaties and law again
#[derive(Args, Debug)]
pub struct Reload {}

impl Reload {
    /// Asks for it and shows what was found.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let report: ReloadShown = Client::connect(&invocation.node()?)?.post("/v1/reload", Patience::Usual)?;
        for refused in &report.refused {
            invocation.talk.warn(&format!("`{}` is refused: {}", refused.file, refused.why));
        }
        let exit = match report.outcome {
            ReloadOutcome::Kept => {
                invocation.talk.warn(&format!(
                    "nothing was read anew: cards, treaties and law {} stay in force as they were; mend the file and \
                     reload again",
                    report.law_generation
                ));
                Exit::Failed
            }
            ReloadOutcome::Renewed if report.refused.is_empty() => Exit::Done,
            ReloadOutcome::Renewed => Exit::PartlyDone,
        };
        invocation.output.one(&ReloadRow(report))?;
        Ok(exit)
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct ReloadRow(ReloadShown);

impl Row for ReloadRow {
    const SCHEMA: &'static str = "chancery/reload/1";
    const COLUMNS: &'static [&'static str] = &["outcome", "cards", "treaties", "laws", "law generation", "refused"];

    fn cells(&self) -> Vec<String> {
        let file = |refused: &RefusedShown| refused.file.clone();
        let outcome = match self.0.outcome {
            ReloadOutcome::Renewed => "read anew",
            ReloadOutcome::Kept => "nothing changed; what follows is in force as before",
        };
        vec![
            outcome.to_owned(),
            self.0.cards.to_string(),
            self.0.treaties.to_string(),
            self.0.laws.to_string(),
            self.0.law_generation.to_string(),
            self.0.refused.iter().map(file).collect::<Vec<_>>().join("\n"),
        ]
    }
}
