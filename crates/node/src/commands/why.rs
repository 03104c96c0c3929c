//! `chancery why` with `chancery decide`: what the law says of a record and a country, article by article.

use std::path::PathBuf;

use chancery_record::{Country, Draft, FileForm, Onward, Purpose, SectionName};
use clap::Args;
use serde::Serialize;

use super::publish::draft_line;
use crate::api::deciding::{Answer, ReasonShown, VerdictShown};
use crate::api::explaining::{DecideAsked, WhyAsked};
use crate::cli::Invocation;
use crate::client::Client;
use crate::commands::vocabulary;
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Layout, Row};

/// Say why a record goes to a country, or what holds it back
///
/// The decision is the one that is made when a record is sent; for a record that another country sealed it is the one on passing
/// it on, by the treaties with both countries. The exit code is 5 where nothing goes. The audience, which goes to nobody without
/// an onward right, is left out of the table unless `--all` is given.
#[derive(Args, Debug)]
pub struct Why {
    /// The record's lineage, its id, or the beginning of either
    #[arg(value_name = "ID")]
    name: String,
    /// The country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    to: Country,
    /// For this purpose only
    #[arg(long, value_name = "PURPOSE", value_parser = vocabulary::purpose())]
    purpose: Option<Purpose>,
    /// Show the audience in the table, too
    #[arg(long)]
    all: bool,
}

/// Say whether a draft would go to a country if it were published now
///
/// Nothing is published or kept. The exit code is 5 where nothing would go.
#[derive(Args, Debug)]
pub struct Decide {
    /// The file with one draft, JSON or TOML
    file: PathBuf,
    /// The country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    to: Country,
    /// For this purpose only
    #[arg(long, value_name = "PURPOSE", value_parser = vocabulary::purpose())]
    purpose: Option<Purpose>,
    /// Show the audience in the table, too
    #[arg(long)]
    all: bool,
}

impl Why {
    /// Asks and explains.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let asked = WhyAsked { name: self.name, to: self.to, purpose: self.purpose };
        let verdict = Client::connect(&invocation.node()?)?.get_with("/v1/why", &asked)?;
        explain(invocation, &verdict, self.to, Extent::of(self.all))
    }
}

impl Decide {
    /// Reads the draft, asks and explains.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let draft = self.draft()?;
        let asked = DecideAsked { to: self.to, purpose: self.purpose };
        let line = draft_line::line_of(&draft)?;
        let verdict = Client::connect(&invocation.node()?)?.post_drafts("/v1/decide", &asked, &line)?;
        explain(invocation, &verdict, self.to, Extent::of(self.all))
    }

    fn draft(&self) -> Result<Draft, Failure> {
        let shown = self.file.display();
        let limit = u64::try_from(chancery_record::limits::DRAFT_BYTES_MAX).unwrap_or(u64::MAX);
        let bytes = durable_file::read(&self.file, limit)
            .map_err(|fault| Failure::new(Exit::Failed, "the draft cannot be read").because(fault))?;
        let form = FileForm::of_file_name(&self.file.to_string_lossy()).unwrap_or(FileForm::Json);
        let mut drafts = Draft::parse_many(&bytes, form);
        match (drafts.len(), drafts.pop()) {
            (1, Some(Ok(draft))) => Ok(draft),
            (1, Some(Err(faults))) => {
                Err(Failure::new(Exit::Failed, format!("the draft in `{shown}` cannot be published as it is"))
                    .because(crate::api::publishing::faults_text(&faults)))
            }
            (found, _) => Err(Failure::new(Exit::Usage, format!("`{shown}` holds {found} drafts, and one is decided"))),
        }
    }
}

/// How much of a verdict a table shows.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Extent {
    /// What is worth knowing of any record.
    Usual,
    /// The audience, too.
    All,
}

impl Extent {
    fn of(all: bool) -> Self {
        if all { Self::All } else { Self::Usual }
    }
}

fn explain(invocation: &Invocation, verdict: &VerdictShown, to: Country, extent: Extent) -> Result<Exit, Failure> {
    let output = &invocation.output;
    match output.format() {
        // The form that programs rely on, with nothing around it.
        Format::Json => output.bytes(&written(serde_json::to_vec_pretty(verdict))?)?,
        Format::Ndjson => output.bytes(&written(serde_json::to_vec(verdict))?)?,
        Format::Csv => output.rows(&lines(verdict))?,
        Format::Table => output.rows(&grouped(lines(verdict), extent))?,
    }
    let talk = &invocation.talk;
    for near in &verdict.nearest {
        let lacks: Vec<String> =
            near.lacks.iter().map(|lack| format!("{}: {}", lack.dimension, lack.because)).collect();
        talk.say(&format!(
            "nearest: {}, article {}, for {} ({}): {}",
            near.document,
            near.article,
            near.section,
            near.purpose,
            lacks.join("; ")
        ));
    }
    if let Some(deferred) = &verdict.deferred {
        let articles: Vec<String> =
            deferred.articles.iter().map(|cited| format!("{}, article {}", cited.document, cited.article)).collect();
        talk.say(&format!("more goes from {} on, under {}", deferred.until, articles.join("; ")));
    }
    match verdict.onward {
        Some(Onward::Allowed) => talk.say(&format!("{to} may pass it on, within tags and treaty")),
        Some(Onward::WithConsent) => talk.say(&format!("{to} may pass it on with this country's consent")),
        Some(Onward::Never) | None => {}
    }
    match verdict.verdict {
        Answer::Release => Ok(Exit::Done),
        Answer::Withhold => {
            if verdict.withheld.is_empty() {
                talk.say(&format!(
                    "there is nothing that could go to {to}: the record has no content for that purpose"
                ));
            }
            Ok(Exit::Refused)
        }
    }
}

fn written(text: Result<Vec<u8>, serde_json::Error>) -> Result<Vec<u8>, Failure> {
    let mut text = text.map_err(|fault| Failure::new(Exit::Failed, "the answer cannot be written").because(fault))?;
    text.push(b'\n');
    Ok(text)
}

/// One line of a verdict as people read it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct VerdictLine {
    section: SectionName,
    purposes: Vec<Purpose>,
    answer: &'static str,
    why: Vec<String>,
}

/// A verdict line by line: what goes under which articles, what does not and why.
fn lines(verdict: &VerdictShown) -> Vec<VerdictLine> {
    let released = verdict.released.iter().map(|row| VerdictLine {
        section: row.section,
        purposes: vec![row.purpose],
        answer: "goes",
        why: row.articles.iter().map(|cited| format!("{}, article {}", cited.document, cited.article)).collect(),
    });
    let withheld = verdict.withheld.iter().map(|row| VerdictLine {
        section: row.section,
        purposes: vec![row.purpose],
        answer: "held back",
        why: row.by.iter().map(reason).collect(),
    });
    released.chain(withheld).collect()
}

/// One line for each section and reason, with the purposes it holds for.
fn grouped(lines: Vec<VerdictLine>, extent: Extent) -> Vec<VerdictLine> {
    let mut groups: Vec<VerdictLine> = Vec::new();
    let shown = |line: &VerdictLine| extent == Extent::All || line.section != SectionName::Audience;
    for mut line in lines.into_iter().filter(shown) {
        for (why, purpose) in line.why.iter_mut().zip(line.purposes.iter().cycle()) {
            // Where no grant covers a section, the reason names the purpose, which has a column of its own.
            if let Some(before) = why.strip_suffix(&format!(" for {purpose}")) {
                *why = before.to_owned();
            }
        }
        let same = |known: &&mut VerdictLine| {
            (known.section, known.answer, &known.why) == (line.section, line.answer, &line.why)
        };
        match groups.iter_mut().find(same) {
            Some(known) => known.purposes.append(&mut line.purposes),
            None => groups.push(line),
        }
    }
    groups.sort_by_key(|line| (line.answer != "goes", line.section));
    groups
}

fn reason(reason: &ReasonShown) -> String {
    match (&reason.document, &reason.article) {
        (Some(document), Some(article)) if reason.source == "originator" => {
            format!("the originator's {document} ({article}): {}", reason.because)
        }
        (Some(document), Some(article)) => format!("{document}, article {article}: {}", reason.because),
        _ => reason.because.clone(),
    }
}

impl Row for VerdictLine {
    const SCHEMA: &'static str = "chancery/verdict-line/1";
    const COLUMNS: &'static [&'static str] = &["section", "purpose", "answer", "why"];
    const TABLE_COLUMNS: &'static [&'static str] = &["section", "purposes", "answer", "why"];
    const LAYOUT: Layout = Layout::Page;

    fn cells(&self) -> Vec<String> {
        let purposes: Vec<&str> = self.purposes.iter().map(|purpose| purpose.word()).collect();
        vec![self.section.to_string(), purposes.join(" "), self.answer.to_owned(), self.why.join("; ")]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn line(section: SectionName, purpose: Purpose, why: &str) -> VerdictLine {
        VerdictLine { section, purposes: vec![purpose], answer: "held back", why: vec![why.to_owned()] }
    }

    #[test]
    fn a_table_has_one_line_for_a_section_and_a_reason() {
        let all = vec![
            line(SectionName::Identity, Purpose::Investigation, "no grant lets it go for investigation"),
            line(SectionName::Identity, Purpose::Evidence, "no grant lets it go for evidence"),
            line(SectionName::Identity, Purpose::Statistics, "another"),
            line(SectionName::Audience, Purpose::Evidence, "a secret"),
        ];
        let usual = grouped(all.clone(), Extent::Usual);
        assert_eq!(usual.len(), 2, "{usual:?}");
        assert_eq!(usual[0].purposes, [Purpose::Investigation, Purpose::Evidence]);
        assert_eq!(usual[0].why, ["no grant lets it go"]);
        assert!(grouped(all, Extent::All).iter().any(|line| line.section == SectionName::Audience));
    }
}
