//! `chancery disclosures`: what became of the own records, country by country.

use chancery_record::{Country, Kind};
use clap::Args;

use crate::api::disclosures::{DisclosurePage, DisclosureShown, DisclosureState, DisclosuresAsked};
use crate::cli::Invocation;
use crate::client::Client;
use crate::commands::vocabulary;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Layout, Row, shortened};
use crate::row_stream::RowStream;

/// Show what became of this country's records: what went to whom under which articles, what is held back and by what
///
/// States: `delivered` (the country holds it durably), `in part` (so, without the sections withheld), `sent` (no receipt yet),
/// `deferred` (the country could not take it yet, and it is offered again), `refused` (the country does not take it, and it is
/// not offered again), `due` (it may go and has not gone yet), `withheld` (nothing of it goes), `withdrawn` (it was taken
/// back), `passed on` (a country that holds it has said that it passes it on). The reason shown is the one that holds for the most of what is withheld; `--format json` has them all, `why` has each
/// section and purpose.
#[derive(Args, Debug)]
pub struct Disclosures {
    /// Only for this country
    #[arg(long, value_name = "CC")]
    to: Option<Country>,
    /// Only records of this kind, as in `notice.red`
    #[arg(long, value_name = "KIND", value_parser = vocabulary::kind())]
    kind: Option<Kind>,
}

impl Disclosures {
    /// Asks page by page and writes as it goes.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        let mut asked = DisclosuresAsked { to: self.to, kind: self.kind, after: None };
        let mut stream = RowStream::new(invocation.output);
        loop {
            let page: DisclosurePage = client.get_with("/v1/disclosures", &asked)?;
            stream.write(&page.items)?;
            match page.next {
                Some(next) => asked.after = Some(next),
                None => break,
            }
        }
        stream.finish()
    }
}

impl Row for DisclosureShown {
    const SCHEMA: &'static str = "chancery/disclosure/1";
    const COLUMNS: &'static [&'static str] =
        &["record", "kind", "country", "state", "articles", "sections withheld", "because"];

    const TABLE_COLUMNS: &'static [&'static str] =
        &["record", "kind", "country", "state", "articles", "withheld", "because"];
    const LAYOUT: Layout = Layout::Page;

    fn cells(&self) -> Vec<String> {
        vec![
            self.source_reference.clone().unwrap_or_else(|| self.id.to_string()),
            self.kind.to_string(),
            self.through.map_or_else(|| self.country.to_string(), |via| format!("{} through {via}", self.country)),
            self.state.word().to_owned(),
            self.articles.join("; "),
            self.sections_withheld.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            first_reason(&self.because),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        let mut cells = self.cells();
        for (column, cell) in Self::COLUMNS.iter().zip(&mut cells) {
            match *column {
                "record" if self.source_reference.is_none() => *cell = shortened(&self.lineage),
                "articles" => *cell = by_treaty(&self.articles),
                "sections withheld" if self.state == DisclosureState::Withheld => *cell = "all".to_owned(),
                _ => {}
            }
        }
        cells
    }
}

/// A line has room for one reason; JSON has them all, and `why` has each section and purpose.
fn first_reason(because: &[String]) -> String {
    match because {
        [] => String::new(),
        [only] => only.clone(),
        [first, rest @ ..] => format!("{first} (and {} more)", rest.len()),
    }
}

/// Each treaty once, with its articles: they come in the order of their treaties.
fn by_treaty(articles: &[String]) -> String {
    let mut text = String::new();
    let mut last = "";
    for cited in articles {
        let (treaty, article) = cited.split_once(" art. ").unwrap_or((cited, ""));
        let between = if text.is_empty() { "" } else { "; " };
        if treaty == last {
            text.push_str(&format!(", {article}"));
        } else {
            text.push_str(&format!("{between}{cited}"));
        }
        last = treaty;
    }
    text
}

impl DisclosureState {
    /// One word for a table.
    fn word(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::PartlyDelivered => "in part",
            Self::Sent => "sent",
            Self::Deferred => "deferred",
            Self::Refused => "refused",
            Self::Due => "due",
            Self::Withheld => "withheld",
            Self::Withdrawn => "withdrawn",
            Self::PassedOn => "passed on",
        }
    }
}
