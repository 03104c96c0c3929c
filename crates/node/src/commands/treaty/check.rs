//! `chancery treaty check`: what is wrong with a treaty, or surprising, before it is signed.

use std::path::{Path, PathBuf};

use chancery_treaty::{Finding, NationalLaw, Severity, check};
use clap::Args;
use serde::Serialize;

use super::shelf::{self, Refused, ShownFault};
use crate::cli::Invocation;
use crate::clock::now;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Row};

/// Check treaties and national laws: every fault at its line, every example, and what would surprise
///
/// The exit code is 1 if a file has a fault or an example does not come out as written.
#[derive(Args, Debug)]
pub struct Check {
    /// The files
    #[arg(required = true, value_name = "FILE")]
    files: Vec<PathBuf>,
}

impl Check {
    /// Checks every file; a bad one stops none of the others.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let law = own_law(invocation);
        let mut rows = Vec::new();
        let mut exit = Exit::Done;
        for file in &self.files {
            match examine(file, law.as_ref()) {
                Ok(found) => {
                    if found.iter().any(|row| row.severity == Severity::Error.word()) {
                        exit = Exit::Failed;
                    }
                    if found.is_empty() {
                        invocation.talk.say(&format!("`{}`: no findings", file.display()));
                    }
                    rows.extend(found);
                }
                Err(refused) => {
                    // A person sees each fault in its line, a program has it among the rest.
                    match invocation.output.format() {
                        Format::Table => refused.each().for_each(|fault| invocation.talk.report(&fault.failure)),
                        _ => rows.extend(refused.each().map(|fault| FindingRow::of_fault(file, fault))),
                    }
                    exit = Exit::Failed;
                }
            }
        }
        if !rows.is_empty() || invocation.output.format() != Format::Table {
            invocation.output.rows(&rows)?;
        }
        Ok(exit)
    }
}

/// The law of this node, where there is a node with one that can be read.
fn own_law(invocation: &Invocation) -> Option<NationalLaw> {
    let node = invocation.node().ok()?;
    let country = node.read_config().ok()?.country;
    let path = node.law_of(country);
    if !path.exists() {
        return None;
    }
    match shelf::read_law(&path) {
        Ok(law) => Some(law),
        Err(refused) => {
            invocation.talk.warn(&format!("the law of {country} is not looked at: {}", Failure::from(refused)));
            None
        }
    }
}

fn examine(file: &Path, law: Option<&NationalLaw>) -> Result<Vec<FindingRow>, Refused> {
    let row = |severity: Severity, message: String| FindingRow {
        file: file.display().to_string(),
        severity: severity.word(),
        path: None,
        line: None,
        message,
    };
    if shelf::is_law(file) {
        let law = shelf::read_law(file)?;
        return Ok(law.check_cases().iter().map(|failure| row(Severity::Error, failure.to_string())).collect());
    }
    let treaty = shelf::read_treaty(file)?;
    let examples = treaty.check_cases();
    let mut rows: Vec<FindingRow> = examples.iter().map(|failure| row(Severity::Error, failure.to_string())).collect();
    rows.extend(
        check(&treaty, law, now().date()).iter().map(|found: &Finding| row(found.severity(), found.to_string())),
    );
    Ok(rows)
}

#[derive(Debug, Serialize)]
struct FindingRow {
    file: String,
    severity: &'static str,
    /// Where in the document, in its own words, if one place is meant.
    path: Option<String>,
    line: Option<usize>,
    message: String,
}

impl FindingRow {
    fn of_fault(file: &Path, fault: &ShownFault) -> Self {
        Self {
            file: file.display().to_string(),
            severity: Severity::Error.word(),
            path: fault.path.clone(),
            line: fault.line,
            message: fault.message.clone(),
        }
    }
}

impl Row for FindingRow {
    const SCHEMA: &'static str = "chancery/treaty-finding/2";
    const COLUMNS: &'static [&'static str] = &["file", "severity", "path", "line", "message"];
    const TABLE_COLUMNS: &'static [&'static str] = &["file", "severity", "finding"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.file.clone(),
            self.severity.to_owned(),
            self.path.clone().unwrap_or_default(),
            self.line.map(|line| line.to_string()).unwrap_or_default(),
            self.message.clone(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        vec![self.file.clone(), self.severity.to_owned(), self.message.clone()]
    }
}
