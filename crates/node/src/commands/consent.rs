//! `chancery consent`: asks whether a record may be passed on, and answers who asks.

use chancery_record::{Country, Date};
use clap::Subcommand;
use serde::Serialize;

use crate::api::consenting::{
    ConsentMade, ConsentOpen, ConsentPage, ConsentReplied, ConsentShown, ConsentWanted, ConsentsAsked,
};
use crate::cli::Invocation;
use crate::client::Client;
use crate::clock::now;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Row, shortened};
use crate::row_stream::RowStream;

/// Days for which a consent is given where nobody says otherwise.
const CONSENT_DAYS: i32 = 365;

/// Ask whether a record of another country may be passed on, and answer countries that ask
///
/// What an originator tags `with_consent`, marks with H2 or holds at TLP AMBER goes on to a third country only with its
/// consent to that country; so does what the treaty with it says so of.
#[derive(Subcommand, Debug)]
pub enum Consent {
    /// Ask the country that sealed a record whether it may go on to another
    Ask {
        /// The record's lineage, its id, or the beginning of either
        #[arg(value_name = "ID")]
        name: String,
        /// The third country, ISO 3166-1 alpha-2
        #[arg(long, value_name = "CC")]
        to: Country,
    },
    /// List the questions asked here and elsewhere, with their answers
    List,
    /// Let a country that asked pass the record on; a later answer replaces it
    Give {
        /// The question's id, or its beginning
        #[arg(value_name = "ASK")]
        ask: String,
        /// From this day on nothing leaves under it, and no copy passed on is kept; without it, in a year
        #[arg(long, value_name = "DAY")]
        until: Option<Date>,
    },
    /// Do not let it, or no longer
    Refuse {
        /// The question's id, or its beginning
        #[arg(value_name = "ASK")]
        ask: String,
    },
}

impl Consent {
    /// Asks, lists or answers.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        match self {
            Self::Ask { name, to } => {
                let made: ConsentOpen = client.post_json("/v1/consents", &ConsentWanted { name, to })?;
                invocation.talk.say(&format!("{} is asked; `chancery consent list` shows its answer", made.originator));
                invocation.output.one(&OpenRow(made))?;
                Ok(Exit::Done)
            }
            Self::List => list(invocation, &mut client),
            Self::Give { ask, until } => {
                let until = until.unwrap_or_else(|| now().date().plus_days(CONSENT_DAYS));
                answer(invocation, &mut client, ConsentReplied { ask, until: Some(until) })
            }
            Self::Refuse { ask } => answer(invocation, &mut client, ConsentReplied { ask, until: None }),
        }
    }
}

fn list(invocation: &Invocation, client: &mut Client) -> Result<Exit, Failure> {
    let mut asked = ConsentsAsked::default();
    let mut stream = RowStream::new(invocation.output);
    loop {
        let page: ConsentPage = client.get_with("/v1/consents", &asked)?;
        stream.write(&page.items)?;
        match page.next {
            Some(next) => asked.after = Some(next),
            None => break,
        }
    }
    stream.finish()
}

fn answer(invocation: &Invocation, client: &mut Client, replied: ConsentReplied) -> Result<Exit, Failure> {
    let given = replied.until.is_some();
    let made: ConsentMade = client.post_json("/v1/consents/answer", &replied)?;
    let word = if given { format!("may pass it on until {}", made.until) } else { "may not pass it on".to_owned() };
    invocation.talk.say(&format!("{} {word}", made.asker));
    invocation.output.one(&MadeRow(made))?;
    Ok(Exit::Done)
}

#[derive(Serialize)]
#[serde(transparent)]
struct OpenRow(ConsentOpen);

impl Row for OpenRow {
    const SCHEMA: &'static str = "chancery/consent-ask/1";
    const COLUMNS: &'static [&'static str] = &["ask", "originator"];

    fn cells(&self) -> Vec<String> {
        vec![self.0.ask.to_string(), self.0.originator.to_string()]
    }
}

#[derive(Serialize)]
#[serde(transparent)]
struct MadeRow(ConsentMade);

impl Row for MadeRow {
    const SCHEMA: &'static str = "chancery/consent-answer/1";
    const COLUMNS: &'static [&'static str] = &["statement", "asker", "until"];

    fn cells(&self) -> Vec<String> {
        vec![self.0.statement.to_string(), self.0.asker.to_string(), self.0.until.to_string()]
    }
}

impl Row for ConsentShown {
    const SCHEMA: &'static str = "chancery/consent/1";
    const COLUMNS: &'static [&'static str] =
        &["ask", "record", "originator", "asker", "to", "asked", "answer", "until"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.ask.to_string(),
            self.record.to_string(),
            self.originator.to_string(),
            self.asker.to_string(),
            self.to.to_string(),
            self.at.to_string(),
            self.answer.clone(),
            self.until.map(|day| day.to_string()).unwrap_or_default(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        let mut cells = self.cells();
        for (cell, short) in cells.iter_mut().zip([shortened(&self.ask), shortened(&self.lineage)]) {
            *cell = short;
        }
        cells
    }
}
