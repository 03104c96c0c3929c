//! `chancery publish --dry-run`: what would go to whom, by the decision that is made when a record is sent.

use chancery_record::Country;
use serde::Serialize;

use super::draft_line;
use super::source::Source;
use crate::api::deciding::{Answer, VerdictShown};
use crate::api::limits::{DRAFTS_BYTES_MAX, DRY_RUN_DRAFTS_MAX};
use crate::api::publishing::{DryRunReport, DryRunResult};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Layout, Row};
use crate::row_stream::RowStream;

/// Asks for every good draft of the sources.
pub fn run(invocation: &Invocation, client: &mut Client, sources: Vec<Source>) -> Result<(), Failure> {
    let mut stream = RowStream::new(invocation.output);
    let mut waiting = Waiting::default();
    for source in sources {
        source.each(|drafted, _| {
            let Ok(draft) = drafted.draft else { return Ok(()) };
            let line = draft_line::line_of(&draft)?;
            if waiting.places.len() >= DRY_RUN_DRAFTS_MAX || waiting.lines.len() + line.len() > DRAFTS_BYTES_MAX {
                waiting.ask(invocation, client, &mut stream)?;
            }
            waiting.lines.extend_from_slice(&line);
            waiting.places.push(drafted.place);
            Ok(())
        })?;
    }
    waiting.ask(invocation, client, &mut stream)?;
    stream.finish().map(drop)
}

#[derive(Default)]
struct Waiting {
    lines: Vec<u8>,
    places: Vec<String>,
}

#[derive(Serialize)]
struct NoParameters {}

impl Waiting {
    fn ask(
        &mut self,
        invocation: &Invocation,
        client: &mut Client,
        stream: &mut RowStream<DryRunRow>,
    ) -> Result<(), Failure> {
        if self.places.is_empty() {
            return Ok(());
        }
        let report: DryRunReport = client.post_drafts("/v1/records/dry-run", &NoParameters {}, &self.lines)?;
        self.lines.clear();
        let places = std::mem::take(&mut self.places);
        if report.results.len() != places.len() {
            return Err(Failure::new(Exit::Failed, "the daemon's answer does not fit the question"));
        }
        let mut rows = Vec::new();
        for (place, result) in places.into_iter().zip(report.results) {
            if result.peers.is_empty() {
                invocation.talk.say(&format!("{place}: no treaty is in force with anybody, so it would go to nobody"));
            }
            rows.extend(rows_of(place, result));
        }
        stream.write(&rows)
    }
}

fn rows_of(place: String, result: DryRunResult) -> Vec<DryRunRow> {
    let outcome = result.result.outcome.word();
    let row = |peer, verdict| DryRunRow { place: place.clone(), outcome, peer, verdict };
    result.peers.into_iter().map(|decided| row(decided.peer, decided.verdict)).collect()
}

#[derive(Serialize)]
struct DryRunRow {
    place: String,
    outcome: &'static str,
    peer: Country,
    #[serde(flatten)]
    verdict: VerdictShown,
}

impl Row for DryRunRow {
    const SCHEMA: &'static str = "chancery/dry-run/1";
    const COLUMNS: &'static [&'static str] = &["place", "outcome", "peer", "answer", "goes", "held back"];
    const LAYOUT: Layout = Layout::Page;

    fn cells(&self) -> Vec<String> {
        let mut goes: Vec<String> = self.verdict.released.iter().map(|row| row.section.to_string()).collect();
        goes.dedup();
        let mut reasons: Vec<String> = Vec::new();
        for held in &self.verdict.withheld {
            // What goes for another purpose is not held back altogether.
            let because = held.by.first().map(|reason| reason.because.clone()).unwrap_or_default();
            let line = format!("{}: {because}", held.section);
            if !goes.contains(&held.section.to_string())
                && !reasons.contains(&line)
                && reasons.len() < REASONS_SHOWN_MAX
            {
                reasons.push(line);
            }
        }
        vec![
            self.place.clone(),
            self.outcome.to_owned(),
            self.peer.to_string(),
            match self.verdict.verdict {
                Answer::Release => "release".to_owned(),
                Answer::Withhold => "withhold".to_owned(),
            },
            if goes.is_empty() { String::new() } else { goes.join(" ") },
            if reasons.is_empty() { String::new() } else { reasons.join("; ") },
        ]
    }
}

/// Reasons in one cell; `chancery decide` gives every one.
const REASONS_SHOWN_MAX: usize = 4;
