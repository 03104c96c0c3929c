//! `chancery list`: the manifests of what is held, as far as the caller may see them.

use chancery_record::{Country, Kind};
use clap::Args;

use crate::api::listing::{ListAsked, ManifestPage};
use crate::api::standing::ManifestShown;
use crate::cli::Invocation;
use crate::client::Client;
use crate::commands::vocabulary;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::{Row, shortened};
use crate::row_stream::RowStream;

/// List the manifests of what is held here, the latest accepted first
///
/// The table leaves out the id, the purposes and the sections, and gives the beginning of the lineage, by which every command
/// takes a record; `--format csv` and `--format json` have everything.
#[derive(Args, Debug)]
pub struct List {
    /// Only records of this kind, as in `notice.red`
    #[arg(long, value_name = "KIND", value_parser = vocabulary::kind())]
    kind: Option<Kind>,
    /// Only records that this country sealed
    #[arg(long, value_name = "CC")]
    originator: Option<Country>,
    /// Only records that stand so: current, superseded, conflicted, recalled, withdrawn, or all
    #[arg(long, value_name = "STATE", default_value = "current")]
    state: String,
    /// At most so many records
    #[arg(long, value_name = "COUNT")]
    limit: Option<usize>,
}

impl List {
    /// Asks page by page and writes as it goes.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        let mut asked =
            ListAsked { kind: self.kind, originator: self.originator, state: Some(self.state), after: None };
        let mut stream = RowStream::new(invocation.output);
        let mut room = self.limit.unwrap_or(usize::MAX);
        loop {
            let mut page: ManifestPage = client.get_with("/v1/records", &asked)?;
            page.items.truncate(room);
            room -= page.items.len();
            stream.write(&page.items)?;
            match page.next {
                Some(next) if room > 0 => asked.after = Some(next),
                _ => break,
            }
        }
        stream.finish()
    }
}

impl Row for ManifestShown {
    const SCHEMA: &'static str = "chancery/manifest/1";
    const COLUMNS: &'static [&'static str] = &[
        "id",
        "lineage",
        "state",
        "originator",
        "kind",
        "precedence",
        "issued",
        "expires",
        "delivered by",
        "purposes",
        "sections",
        "reference",
    ];
    const TABLE_COLUMNS: &'static [&'static str] =
        &["lineage", "state", "originator", "kind", "urgency", "issued", "expires", "from", "reference"];

    fn cells(&self) -> Vec<String> {
        let joined = |words: Vec<String>| words.join(" ");
        vec![
            self.id.to_string(),
            self.lineage.to_string(),
            self.state.clone(),
            format!("{}/{}", self.originator, self.unit),
            self.kind.to_string(),
            self.precedence.to_string(),
            self.issued.to_string(),
            self.expires.to_string(),
            self.delivered_by.map_or_else(String::new, |country| country.to_string()),
            joined(self.purposes.iter().map(ToString::to_string).collect()),
            joined(self.sections.iter().map(ToString::to_string).collect()),
            self.source_reference.clone().unwrap_or_default(),
        ]
    }

    fn table_cells(&self) -> Vec<String> {
        vec![
            shortened(&self.lineage),
            self.state.clone(),
            format!("{}/{}", self.originator, self.unit),
            self.kind.to_string(),
            self.precedence.to_string(),
            self.issued.date().to_string(),
            self.expires.to_string(),
            self.delivered_by.map_or_else(String::new, |country| country.to_string()),
            self.source_reference.clone().unwrap_or_default(),
        ]
    }
}
