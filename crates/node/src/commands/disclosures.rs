//! `chancery disclosures`: what became of the own records, country by country.

use chancery_record::{Country, Kind};
use clap::Args;

use crate::api::disclosures::{DisclosurePage, DisclosureShown, DisclosureState, DisclosuresAsked};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;
use crate::row_stream::RowStream;

/// Show what became of this country's records: what went to whom under which articles, what is held back and by what
#[derive(Args, Debug)]
pub struct Disclosures {
    /// Only for this country
    #[arg(long, value_name = "CC")]
    to: Option<Country>,
    /// Only records of this kind, as in `notice.red`
    #[arg(long, value_name = "KIND")]
    kind: Option<Kind>,
}

impl Disclosures {
    /// Asks page by page and writes as it goes.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        let mut asked = DisclosuresAsked { to: self.to, kind: self.kind, after: None };
        let mut stream = RowStream::new(invocation.output);
        let mut found = 0usize;
        loop {
            let page: DisclosurePage = client.get_with("/v1/disclosures", &asked)?;
            found += page.items.len();
            stream.write(&page.items)?;
            match page.next {
                Some(next) => asked.after = Some(next),
                None => break,
            }
        }
        stream.finish()?;
        Ok(if found == 0 { Exit::NothingFound } else { Exit::Done })
    }
}

impl Row for DisclosureShown {
    const SCHEMA: &'static str = "chancery/disclosure/1";
    const COLUMNS: &'static [&'static str] =
        &["record", "kind", "country", "state", "articles", "sections withheld", "because"];

    fn cells(&self) -> Vec<String> {
        let or_dash = |texts: Vec<String>, between: &str| {
            if texts.is_empty() { "-".to_owned() } else { texts.join(between) }
        };
        vec![
            self.source_reference.clone().unwrap_or_else(|| self.id.to_string()),
            self.kind.to_string(),
            self.country.to_string(),
            self.state.word().to_owned(),
            or_dash(self.articles.clone(), "; "),
            or_dash(self.sections_withheld.iter().map(ToString::to_string).collect(), " "),
            first_reason(&self.because),
        ]
    }
}

/// A line has room for one reason; JSON has them all, and `why` has each section and purpose.
fn first_reason(because: &[String]) -> String {
    match because {
        [] => "-".to_owned(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

impl DisclosureState {
    /// One word for a table.
    fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Sent => "sent",
            Self::Due => "due",
            Self::Withheld => "withheld",
            Self::Withdrawn => "withdrawn",
        }
    }
}
