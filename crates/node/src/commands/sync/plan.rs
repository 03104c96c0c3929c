//! `chancery sync plan`: how many records would go to a country, before they do.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chancery_record::{Country, Date};
use clap::Args;

use crate::api::planning::{PlanAsked, PlanPage, PlanRow};
use crate::cli::Invocation;
use crate::client::Client;
use crate::commands::treaty::shelf;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Format, Row, counted};
use crate::progress;

/// Count how many of this country's records would go to a country, by kind
///
/// Nothing is sent. GOES: never sent before. AGAIN: sent before, and goes once more with more sections or wider terms.
/// DELIVERED: the country holds all that may go. DEFERRED: withheld until a day, or the country could not take it yet. WITHHELD:
/// nothing of it may go. STOPPED: nothing more may go; what was sent before stays where it is. With `--treaty`, `--law` or
/// `--on`, NEWLY counts what goes then and does not today, NO MORE what goes today and does not then.
#[derive(Args, Debug)]
pub struct Plan {
    /// The country, ISO 3166-1 alpha-2
    #[arg(long, value_name = "CC")]
    peer: Country,
    /// A treaty as if every party had signed it; may be given several times
    #[arg(long = "treaty", value_name = "FILE")]
    treaties: Vec<PathBuf>,
    /// A national law in place of the one in force
    #[arg(long, value_name = "FILE")]
    law: Option<PathBuf>,
    /// For this day, as in 2027-01-31
    #[arg(long, value_name = "DATE")]
    on: Option<Date>,
}

impl Plan {
    /// Asks page by page and adds up.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut asked = self.asked()?;
        let mut client = Client::connect(&invocation.node()?)?;
        let bar = progress::of_things(&invocation.talk, 0, "counting");
        let mut rows: BTreeMap<String, PlanRow> = BTreeMap::new();
        let mut looked_at = 0u64;
        let treaties = loop {
            let page: PlanPage = client.post_json("/v1/sync/plan", &asked)?;
            for row in &page.rows {
                let sum = rows.entry(row.kind.clone()).or_default();
                sum.kind.clone_from(&row.kind);
                sum.add(row);
            }
            looked_at = looked_at.saturating_add(page.counted);
            bar.set_length(page.held);
            bar.set_position(looked_at);
            match page.next {
                Some(next) => asked.after = Some(next),
                None => break page.treaties,
            }
        };
        bar.finish_and_clear();
        let talk = &invocation.talk;
        match treaties.as_slice() {
            [] => talk.say(&format!("no treaty with {} would be in force", self.peer)),
            named => talk.say(&format!("in force with {}: {}", self.peer, named.join(", "))),
        }
        talk.detail(&format!("{} of this country looked at", counted(looked_at, "record", "records")));
        let mut shown: Vec<PlanRow> = rows.into_values().collect();
        if invocation.output.format() == Format::Table && shown.len() > 1 {
            let mut all = PlanRow { kind: "all".to_owned(), ..PlanRow::default() };
            shown.iter().for_each(|row| all.add(row));
            shown.push(all);
        }
        invocation.output.found(&shown)
    }

    /// What is asked, every file read and checked before the daemon is.
    fn asked(&self) -> Result<PlanAsked, Failure> {
        let text = |path: &Path| -> Result<String, Failure> {
            String::from_utf8(shelf::read(path)?).map_err(|_| {
                Failure::new(Exit::Failed, format!("`{}` cannot be read", path.display())).because("it is no text")
            })
        };
        let mut treaties = Vec::with_capacity(self.treaties.len());
        for path in &self.treaties {
            shelf::read_treaty(path)?;
            treaties.push(text(path)?);
        }
        let law = match &self.law {
            Some(path) => {
                shelf::read_law(path)?;
                Some(text(path)?)
            }
            None => None,
        };
        Ok(PlanAsked { peer: self.peer, treaties, law, on: self.on, after: None })
    }
}

impl Row for PlanRow {
    const SCHEMA: &'static str = "chancery/plan/1";
    const COLUMNS: &'static [&'static str] =
        &["kind", "goes", "again", "delivered", "deferred", "withheld", "stopped", "newly", "no more"];

    fn cells(&self) -> Vec<String> {
        let counts = [
            self.goes,
            self.goes_again,
            self.delivered,
            self.deferred,
            self.withheld,
            self.stopped,
            self.newly,
            self.no_more,
        ];
        std::iter::once(self.kind.clone()).chain(counts.iter().map(ToString::to_string)).collect()
    }
}
