//! Imported entries on their way to the daemon, counted.

use std::collections::BTreeSet;
use std::path::Path;

use chancery_formats::{Extent, ImportFault, Imported, Reach};
use chancery_record::{Audience, ReleasableTo};
use indicatif::ProgressBar;
use serde::Serialize;

use crate::api::publishing::{DraftResult, Faulty, Outcome, PublishAsked, Standing};
use crate::cli::Invocation;
use crate::client::Client;
use crate::commands::publish::batch::Batch;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// One import under way.
pub struct Intake<'a> {
    invocation: &'a Invocation,
    bar: &'a ProgressBar,
    whole: Batch,
    summaries: Batch,
    told: usize,
    /// What became of the entries.
    pub summary: ImportSummary,
    /// The numbers of all entries met, faulty ones included.
    pub references: BTreeSet<String>,
    /// Whether some entry's number is not known, so that nobody can say which entries are missing.
    pub nameless_faults: bool,
    /// Whether the file was read to its end.
    pub broken_off: bool,
}

/// What became of the entries of a file.
#[derive(Clone, Debug, Default, Serialize)]
pub struct ImportSummary {
    file: String,
    entries: u64,
    new: u64,
    revised: u64,
    unchanged: u64,
    /// Entries that stood already in a fuller form.
    kept: u64,
    /// Records taken back because their entry is gone from the list.
    pub withdrawn: u64,
    faulty: u64,
}

impl<'a> Intake<'a> {
    /// Begins with a file.
    pub fn new(invocation: &'a Invocation, bar: &'a ProgressBar, file: &Path) -> Self {
        let asked = PublishAsked { amends: None, faulty: Faulty::Skip, standing: Standing::Revise };
        Self {
            invocation,
            bar,
            whole: Batch::new(asked.clone()),
            summaries: Batch::new(PublishAsked { standing: Standing::Keep, ..asked }),
            told: 0,
            summary: ImportSummary { file: file.display().to_string(), ..ImportSummary::default() },
            references: BTreeSet::new(),
            nameless_faults: false,
            broken_off: false,
        }
    }

    /// Takes one entry, or what is wrong with it.
    pub fn take(&mut self, client: &mut Client, entry: Result<Imported, ImportFault>) -> Result<(), Failure> {
        match entry {
            Ok(imported) => {
                self.summary.entries += 1;
                for note in &imported.notes {
                    let line = format!("entry `{}`: {note}", imported.source_reference);
                    self.bar.suspend(|| self.invocation.talk.detail(&line));
                }
                // A line of a list page tells less than what a detail page brought before.
                let batch = match imported.extent {
                    Extent::Whole => &mut self.whole,
                    Extent::Summary => &mut self.summaries,
                };
                let done = batch.push(client, imported.source_reference.clone(), &imported.draft)?;
                self.references.insert(imported.source_reference);
                self.count(done);
            }
            Err(fault) => self.refuse(&fault),
        }
        Ok(())
    }

    /// Hands over what still waits.
    pub fn finish(&mut self, client: &mut Client) -> Result<(), Failure> {
        let done = self.whole.flush(client)?;
        self.count(done);
        let done = self.summaries.flush(client)?;
        self.count(done);
        Ok(())
    }

    /// Notes what is wrong with an entry, or with the rest of the file.
    pub fn refuse(&mut self, fault: &ImportFault) {
        self.summary.faulty += 1;
        match &fault.source_reference {
            Some(reference) => {
                self.references.insert(reference.clone());
            }
            None => self.nameless_faults = true,
        }
        self.broken_off |= fault.reach == Reach::File;
        self.tell(&fault.to_string());
    }

    /// Says what an operator would wonder about afterwards.
    pub fn say_to_whom(&self, audience: &Audience) {
        let nobody = matches!(&audience.releasable_to, ReleasableTo::Only(addressees) if addressees.is_empty());
        if nobody && self.summary.new + self.summary.revised > 0 {
            self.invocation
                .talk
                .say("no audience is stated, so the records go to nobody; `--releasable-to` states one");
        }
    }

    /// How the command ends.
    pub fn exit(&self) -> Exit {
        match (self.summary.faulty, self.summary.entries) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::PartlyDone,
        }
    }

    fn count(&mut self, done: Vec<(String, DraftResult)>) {
        for (reference, result) in done {
            match result.outcome {
                Outcome::New => self.summary.new += 1,
                Outcome::Revised => self.summary.revised += 1,
                Outcome::Unchanged => self.summary.unchanged += 1,
                Outcome::Kept => self.summary.kept += 1,
                Outcome::Faulty | Outcome::NotPublished => {
                    self.summary.faulty += 1;
                    let faults: Vec<String> = result.faults.iter().map(ToString::to_string).collect();
                    self.tell(&format!("entry `{reference}`: {}", faults.join("; ")));
                }
            }
        }
    }

    fn tell(&mut self, text: &str) {
        if self.told < FAULTS_TOLD_MAX {
            self.bar.suspend(|| self.invocation.talk.warn(text));
        } else if self.told == FAULTS_TOLD_MAX {
            self.bar.suspend(|| self.invocation.talk.warn("there are more faults; they are counted"));
        }
        self.told += 1;
    }
}

impl Row for ImportSummary {
    const SCHEMA: &'static str = "chancery/import/1";
    const COLUMNS: &'static [&'static str] =
        &["file", "entries", "new", "revised", "unchanged", "kept", "withdrawn", "faulty"];

    fn cells(&self) -> Vec<String> {
        let counts = [self.entries, self.new, self.revised, self.unchanged, self.kept, self.withdrawn, self.faulty];
        std::iter::once(self.file.clone()).chain(counts.iter().map(u64::to_string)).collect()
    }
}

/// Faults told one by one before the rest is only counted.
const FAULTS_TOLD_MAX: usize = 100;
