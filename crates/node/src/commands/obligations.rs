//! `chancery obligations`: what this country owes others.

use chancery_record::Country;
use clap::Args;

use crate::api::holding::{ObligationPage, ObligationShown, ObligationsAsked};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;
use crate::row_stream::RowStream;

/// List what is owed to other countries: withdrawals, recalls, corrections, deletion receipts
#[derive(Args, Debug)]
pub struct Obligations {
    /// Only what this country is owed
    #[arg(long, value_name = "CC")]
    peer: Option<Country>,
}

impl Obligations {
    /// Asks page by page.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        let mut stream = RowStream::new(invocation.output);
        let mut asked = ObligationsAsked { peer: self.peer, ..ObligationsAsked::default() };
        loop {
            let page: ObligationPage = client.get_with("/v1/obligations", &asked)?;
            stream.write(&page.items)?;
            match page.items.last() {
                Some(last) if page.more => {
                    asked.after_peer = Some(last.peer);
                    asked.after = Some(last.number);
                }
                _ => break,
            }
        }
        stream.finish()
    }
}

impl Row for ObligationShown {
    const SCHEMA: &'static str = "chancery/obligation/1";
    const COLUMNS: &'static [&'static str] = &["peer", "number", "what", "progress", "made", "about"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.peer.to_string(),
            self.number.to_string(),
            self.sort.clone(),
            self.progress.clone(),
            self.made.map_or_else(String::new, |made| made.to_string()),
            self.about.join(" "),
        ]
    }
}
