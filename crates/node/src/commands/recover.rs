//! `chancery recover`: another life of a store that was lost or restored.

mod begin;

use chancery_record::Country;
use clap::Subcommand;
use serde::Serialize;

use crate::api::recovering::{LifeShown, OverrideAsked, RecoveryShown, ReturnShown, ReturnedShown};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Row, counted};
use crate::progress;

/// Take back what other countries hold of this one, after its store was lost or restored
#[derive(Subcommand, Debug)]
pub enum Recover {
    /// Say that this store was restored from a backup, or replaces one that was lost
    ///
    /// It begins another life: it sends no record and publishes none until every country whose card is held here has given
    /// back what it holds of this node, or an operator goes on without it. With the daemon stopped it counts from the next
    /// start on, before a connection stands. A restore that nobody announced is found out by the other countries' proofs, and
    /// begins the same by itself.
    Begin,
    /// Say what has come back from whom, and what could not
    ///
    /// STATEMENTS: withdrawals, recalls and corrections. DISCLOSURES: what had gone to that country. RECORDS: this country's
    /// own, as that country held them. REFUSED: what came and bears no good seal or signature of this country. The exit code is 7
    /// while somebody is missing.
    Status,
    /// Go on without what a country, or all that have not answered, may still hold
    Override {
        /// The country, ISO 3166-1 alpha-2; without it, every one that has not given back
        #[arg(long, value_name = "CC")]
        peer: Option<Country>,
        /// Why; it stands in the audit log
        #[arg(long, value_name = "TEXT")]
        reason: String,
    },
}

impl Recover {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let client = || Client::connect(&invocation.node()?).map_err(running_only);
        match self {
            Self::Begin => begin::begin(invocation),
            Self::Status => status(invocation, &mut client()?),
            Self::Override { peer, reason } => go_on(invocation, &mut client()?, peer, reason),
        }
    }
}

fn running_only(failure: Failure) -> Failure {
    match failure.exit() {
        Exit::DaemonNotRunning => failure.next(
            "start it with `chancery run`, then ask again: what other countries hold comes back over their connections",
        ),
        _ => failure,
    }
}

fn status(invocation: &Invocation, client: &mut Client) -> Result<Exit, Failure> {
    let shown = asked(invocation, client)?;
    let awaited = shown.peers.iter().filter(|peer| peer.is_awaited()).count();
    let exit = if shown.life == LifeShown::Recovering { Exit::PartlyDone } else { Exit::Done };
    let since = shown.since.map_or_else(String::new, |since| format!(" since {since}"));
    match shown.life {
        LifeShown::First => invocation.talk.say(
            "this store is in its first life, as far as it knows: nothing is waited for; `chancery status` warns where another \
             country knows better",
        ),
        LifeShown::Recovered => invocation.talk.say(&format!("this node is recovered{since}: it sends and publishes")),
        LifeShown::Recovering => invocation.talk.say(&format!(
            "this node is recovering{since}: it sends and publishes nothing; {} to answer",
            if awaited == 1 { "1 country has".to_owned() } else { format!("{awaited} countries have") },
        )),
    }
    for sentence in lost(&shown) {
        invocation.talk.warn(&sentence);
    }
    match invocation.output.format() {
        Format::Json => invocation.output.one(&RecoveryRow(shown))?,
        Format::Table if shown.peers.is_empty() => {}
        _ => invocation.output.rows(&shown.peers)?,
    }
    Ok(exit)
}

/// What could not come back, in words.
fn lost(shown: &RecoveryShown) -> Vec<String> {
    let at_least = if shown.counted_all { "" } else { "at least " };
    let mut sentences = Vec::new();
    if shown.held_by_nobody > 0 {
        sentences.push(format!(
            "{at_least}{} had gone to other countries, and nobody has given back the content: those countries have deleted it, \
             because it was withdrawn, had expired, or could be kept no longer. Publish what still counts under a new source \
             reference",
            counted(shown.held_by_nobody, "own record", "own records")
        ));
    }
    if shown.without_audience > 0 {
        sentences.push(format!(
            "{at_least}{} came back without the sections that never left: without its audience a record goes to nobody until it \
             is amended (`chancery publish FILE --amend ID`). The source reference stayed here, too: publishing under it again \
             would make another record",
            counted(shown.without_audience, "own record", "own records")
        ));
    }
    if shown.life != LifeShown::First {
        sentences.push(
            "what had not gone to any other country before the store was lost is held by nobody and cannot come back"
                .into(),
        );
    }
    sentences
}

fn go_on(invocation: &Invocation, client: &mut Client, peer: Option<Country>, reason: String) -> Result<Exit, Failure> {
    let shown = asked(invocation, client)?;
    let is_meant = |one: &&ReturnShown| one.is_awaited() && peer.is_none_or(|peer| peer == one.country);
    let countries: Vec<String> = shown.peers.iter().filter(is_meant).map(|one| one.country.to_string()).collect();
    if !countries.is_empty() {
        invocation.consent.require(
            &format!("Go on without what {} may still hold of this node?", countries.join(", ")),
            "give `--yes`; a record that was withdrawn after the backup, and whose withdrawal only they know, may go out again",
        )?;
    }
    let asked = OverrideAsked { peer, reason };
    let given_up: Vec<ReturnShown> = client.post_json("/v1/recovery/override", &asked)?;
    for one in &given_up {
        invocation.talk.warn(&given_up_in_words(one));
    }
    invocation.talk.say("it stands in the audit log; `chancery recover status` shows who is still waited for");
    invocation.output.rows(&given_up)?;
    Ok(Exit::Done)
}

fn given_up_in_words(one: &ReturnShown) -> String {
    let country = format!("{} ({})", one.country, one.country.name());
    let so_far = match (one.statements, one.disclosures, one.records) {
        (0, 0, 0) => "nothing has come back from it".to_owned(),
        (statements, disclosures, records) => format!(
            "{}, {}, {} have come back from it, not the rest",
            counted(statements, "statement", "statements"),
            counted(disclosures, "disclosure", "disclosures"),
            counted(records, "record", "records"),
        ),
    };
    format!(
        "{country}: {so_far}. Given up: withdrawals that only it knows (what they took back may go out again), what only it was \
         told and is not asked back from, own records that only it holds"
    )
}

fn asked(invocation: &Invocation, client: &mut Client) -> Result<RecoveryShown, Failure> {
    let bar = progress::of_unknown(&invocation.talk, "counting");
    let shown = client.get_patiently("/v1/recovery");
    bar.finish_and_clear();
    shown
}

#[derive(Serialize)]
#[serde(transparent)]
struct RecoveryRow(RecoveryShown);

impl Row for RecoveryRow {
    const SCHEMA: &'static str = "chancery/recovery/1";
    const COLUMNS: &'static [&'static str] = &["life", "since", "held by nobody", "without audience"];

    fn cells(&self) -> Vec<String> {
        let life = match self.0.life {
            LifeShown::First => "first",
            LifeShown::Recovering => "recovering",
            LifeShown::Recovered => "recovered",
        };
        vec![
            life.to_owned(),
            self.0.since.map_or_else(String::new, |since| since.to_string()),
            self.0.held_by_nobody.to_string(),
            self.0.without_audience.to_string(),
        ]
    }
}

impl Row for ReturnShown {
    const SCHEMA: &'static str = "chancery/returned/1";
    const COLUMNS: &'static [&'static str] =
        &["country", "state", "statements", "disclosures", "records", "refused", "overridden"];

    fn cells(&self) -> Vec<String> {
        let state = match self.state {
            ReturnedShown::Asked => "asked",
            ReturnedShown::NotConnected => "not connected",
            ReturnedShown::Done => "done",
            ReturnedShown::Overridden => "overridden",
        };
        let overridden = match (&self.overridden_by, self.overridden_at) {
            (Some(by), Some(at)) => format!("by {by} at {at}"),
            _ => String::new(),
        };
        vec![
            self.country.to_string(),
            state.to_owned(),
            self.statements.to_string(),
            self.disclosures.to_string(),
            self.records.to_string(),
            self.refused.to_string(),
            overridden,
        ]
    }
}
