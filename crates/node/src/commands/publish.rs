//! `chancery publish`: drafts of this country become sealed records.

pub(super) mod batch;
pub(super) mod draft_line;
mod dry_run;
mod lines;
mod source;

use std::path::PathBuf;

use chancery_record::{Fault, FileForm, Findings, Placement};
use clap::{Args, ValueEnum};
use serde::Serialize;

use self::batch::Batch;
use self::source::{Drafted, Source};
use crate::api::explaining::throwaway_placement;
use crate::api::publishing::{DraftResult, Faulty, Outcome, PublishAsked};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Row, shortened};
use crate::progress;
use crate::row_stream::RowStream;

/// Publish records of this country
///
/// Every file is read and checked before anything is published. Publishing equal content again changes nothing; changed
/// content with the same source reference is the next revision.
#[derive(Args, Debug)]
pub struct Publish {
    /// The files with drafts, in JSON, lines of JSON or TOML; `-` for standard input
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
    /// How the files are written; told from their names if absent
    #[arg(long, value_name = "FORM")]
    form: Option<Form>,
    /// Publish the drafts without faults from a file that has some; the exit code is then 7
    #[arg(long)]
    skip_invalid: bool,
    /// Publish nothing; say what would go to whom
    #[arg(long)]
    dry_run: bool,
    /// The record that the one draft amends: its lineage, its id, or the beginning of either
    #[arg(long, value_name = "ID", conflicts_with = "dry_run")]
    amend: Option<String>,
}

/// How a file of drafts is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Form {
    /// One object, or a list of them
    Json,
    /// One object on each line
    Ndjson,
    /// One record, or a list of them
    Toml,
}

/// What became of all drafts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Tally {
    pub new: u64,
    pub revised: u64,
    pub unchanged: u64,
    pub kept: u64,
    pub faulty: u64,
    pub not_published: u64,
}

/// What became of one draft.
#[derive(Serialize)]
pub(super) struct PublishedRow {
    place: String,
    #[serde(flatten)]
    result: DraftResult,
}

impl Publish {
    /// Checks every file, then publishes.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let place = throwaway_placement(&node.read_config()?);
        let mut sources = Vec::with_capacity(self.files.len());
        for file in &self.files {
            sources.push(Source::open(file, self.form.map(FileForm::from))?);
        }
        let mut tally = Tally::default();
        let mut chosen = Vec::new();
        for source in sources {
            let found = self.check(invocation, &source, &place)?;
            tally.faulty += found.faulty;
            if found.faulty == 0 || self.skip_invalid {
                chosen.push((source, found.good));
            } else {
                tally.not_published += found.good;
                invocation
                    .talk
                    .warn(&format!("nothing of `{}` is published: mend it, or give `--skip-invalid`", source.name()));
            }
        }
        let good: u64 = chosen.iter().map(|(_, good)| *good).sum();
        if self.amend.is_some() && good != 1 {
            return Err(Failure::new(Exit::Usage, format!("`--amend` takes one draft, and there are {good}")));
        }
        if good > 0 {
            let mut client = Client::connect(&node)?;
            let sources: Vec<Source> = chosen.into_iter().map(|(source, _)| source).collect();
            if self.dry_run {
                dry_run::run(invocation, &mut client, sources)?;
            } else {
                self.publish(invocation, &mut client, sources, good, &mut tally)?;
            }
        }
        if !self.dry_run {
            invocation.talk.say(&tally.to_string());
        }
        Ok(tally.exit(good))
    }

    /// Reads a file to its end and tells every fault in it.
    fn check(&self, invocation: &Invocation, source: &Source, place: &Placement) -> Result<Found, Failure> {
        let bar = progress::of_bytes(&invocation.talk, source.length(), "checking");
        let mut found = Found::default();
        source.each(|drafted, read| {
            bar.set_position(read);
            let findings = drafted.findings(place);
            let told = |faults: &[Fault], sort: &str| {
                let tell = || {
                    let told = faults.iter().map(|fault| format!("{}: {sort}{fault}", drafted.place));
                    told.for_each(|line| invocation.talk.warn(&line));
                };
                bar.suspend(tell);
                faults.len()
            };
            if findings.faults.is_empty() {
                found.good += 1;
                if found.warned < WARNINGS_TOLD_MAX {
                    found.warned += told(&findings.warnings, "");
                }
            } else {
                found.faulty += 1;
                if found.told < FAULTS_TOLD_MAX {
                    found.told += told(&findings.faults, "not publishable: ");
                }
            }
            Ok(())
        })?;
        bar.finish_and_clear();
        if found.told >= FAULTS_TOLD_MAX {
            invocation.talk.warn("there are more faults; mend these first");
        }
        Ok(found)
    }

    fn publish(
        &self,
        invocation: &Invocation,
        client: &mut Client,
        sources: Vec<Source>,
        good: u64,
        tally: &mut Tally,
    ) -> Result<(), Failure> {
        let bar = progress::of_things(&invocation.talk, good, "publishing");
        let asked = PublishAsked { amends: self.amend.clone(), faulty: Faulty::Skip, ..PublishAsked::default() };
        let mut stream = RowStream::new(invocation.output);
        let mut batch = Batch::new(asked);
        let mut take = |done: Vec<(String, DraftResult)>| -> Result<(), Failure> {
            bar.inc(u64::try_from(done.len()).unwrap_or(0));
            let mut rows = Vec::with_capacity(done.len());
            for (place, result) in done {
                tally.count(result.outcome);
                for fault in &result.faults {
                    bar.suspend(|| invocation.talk.warn(&format!("{place}: {fault}")));
                }
                rows.push(PublishedRow { place, result });
            }
            bar.suspend(|| stream.write(&rows))
        };
        for source in sources {
            source.each(|drafted, _| {
                // A draft with faults was told of before.
                let Ok(draft) = drafted.draft else { return Ok(()) };
                take(batch.push(client, drafted.place, &draft)?)
            })?;
        }
        take(batch.flush(client)?)?;
        bar.finish_and_clear();
        stream.finish().map(drop)
    }
}

/// What a file holds.
#[derive(Default)]
struct Found {
    good: u64,
    faulty: u64,
    told: usize,
    warned: usize,
}

impl Drafted {
    /// What stands against publishing it here and today, and what should be looked at.
    fn findings(&self, place: &Placement) -> Findings {
        match &self.draft {
            Ok(draft) => draft.findings_at(place),
            Err(faults) => Findings { faults: faults.clone(), warnings: Vec::new() },
        }
    }
}

impl Tally {
    pub(super) fn count(&mut self, outcome: Outcome) {
        let slot = match outcome {
            Outcome::New => &mut self.new,
            Outcome::Revised => &mut self.revised,
            Outcome::Unchanged => &mut self.unchanged,
            Outcome::Kept => &mut self.kept,
            Outcome::Faulty => &mut self.faulty,
            Outcome::NotPublished => &mut self.not_published,
        };
        *slot += 1;
    }

    fn exit(&self, good: u64) -> Exit {
        match (self.faulty, good) {
            (0, _) => Exit::Done,
            (_, 0) => Exit::Failed,
            _ => Exit::PartlyDone,
        }
    }
}

impl std::fmt::Display for Tally {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} new, {} revised, {} unchanged", self.new, self.revised, self.unchanged)?;
        for (count, word) in [(self.kept, "kept"), (self.faulty, "faulty"), (self.not_published, "not published")] {
            if count > 0 {
                write!(out, ", {count} {word}")?;
            }
        }
        Ok(())
    }
}

impl From<Form> for FileForm {
    fn from(form: Form) -> Self {
        match form {
            Form::Json => Self::Json,
            Form::Ndjson => Self::Ndjson,
            Form::Toml => Self::Toml,
        }
    }
}

impl Row for PublishedRow {
    const SCHEMA: &'static str = "chancery/published/1";
    const COLUMNS: &'static [&'static str] = &["outcome", "id", "lineage", "revision", "reference", "place"];
    const TABLE_COLUMNS: &'static [&'static str] = &["outcome", "lineage", "revision", "reference", "place"];

    fn cells(&self) -> Vec<String> {
        let or_nothing = |text: Option<String>| text.unwrap_or_default();
        vec![
            self.result.outcome.word().to_owned(),
            or_nothing(self.result.id.map(|id| id.to_string())),
            or_nothing(self.result.lineage.map(|lineage| lineage.to_string())),
            or_nothing(self.result.revision.map(|revision| revision.to_string())),
            or_nothing(self.result.source_reference.clone()),
            self.place.clone(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        let result = &self.result;
        vec![
            result.outcome.word().to_owned(),
            result.lineage.map_or_else(String::new, |lineage| shortened(&lineage)),
            result.revision.map_or_else(String::new, |revision| revision.to_string()),
            result.source_reference.clone().unwrap_or_default(),
            self.place.clone(),
        ]
    }
}

/// Faults told one by one before the rest is only counted.
const FAULTS_TOLD_MAX: usize = 200;
/// Warnings told before the rest is left to `--dry-run`.
const WARNINGS_TOLD_MAX: usize = 50;
