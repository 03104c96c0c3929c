//! `chancery import interpol`: public notices, as the notices API answers them.

use std::path::PathBuf;

use chancery_formats::Colour;
use chancery_formats::limits::ANSWER_BYTES_MAX;
use clap::{Args, ValueEnum};

use super::intake::Intake;
use super::sort::{self, Sort};
use super::statement::Statement;
use crate::cli::Invocation;
use crate::client::Client;
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;

/// Take in public notices: a page of the INTERPOL notices API, one notice in full, or a list of either
///
/// Importing again changes only what changed. A line of a list page leaves a record that came from a full notice as it is.
#[derive(Args, Debug)]
pub struct Interpol {
    /// The file with the API's answer, JSON
    file: PathBuf,
    /// The colour of the notices, where neither they nor their links tell it
    #[arg(long, value_name = "COLOUR")]
    colour: Option<NoticeColour>,
    #[command(flatten)]
    statement: Statement,
}

/// The colours of notices that are made public.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum NoticeColour {
    /// Wanted persons
    Red,
    /// Missing persons
    Yellow,
    /// Subjects of United Nations sanctions
    Un,
}

impl Interpol {
    /// Reads, publishes, counts.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut options = self.statement.options()?;
        options.colour = self.colour.map(|colour| match colour {
            NoticeColour::Red => Colour::Red,
            NoticeColour::Yellow => Colour::Yellow,
            NoticeColour::Un => Colour::Un,
        });
        let shown = self.file.display();
        let unusable = || Failure::new(Exit::Failed, format!("`{shown}` cannot be imported"));
        let limit = u64::try_from(ANSWER_BYTES_MAX).unwrap_or(u64::MAX);
        let bytes = durable_file::read(&self.file, limit).map_err(|fault| unusable().because(fault))?;
        if sort::of(&bytes) == Some(Sort::Xml) {
            return Err(unusable()
                .because("it is XML, and the notices API answers JSON")
                .next("`chancery import un-list` takes in the consolidated list of the United Nations"));
        }
        let entries = chancery_formats::interpol(&bytes, &options).map_err(|fault| unusable().because(fault))?;
        let mut client = Client::connect(&invocation.node()?)?;
        let bar = progress::of_things(&invocation.talk, u64::try_from(entries.len()).unwrap_or(0), "importing");
        let mut intake = Intake::new(invocation, &bar, &self.file);
        for entry in entries {
            bar.inc(1);
            intake.take(&mut client, entry)?;
        }
        intake.finish(&mut client)?;
        bar.finish_and_clear();
        intake.say_to_whom(&options.audience);
        invocation.output.one(&intake.summary)?;
        Ok(intake.exit())
    }
}
