//! `chancery quarantine`: what peers sent that was not accepted.

use chancery_record::Country;
use clap::Subcommand;

use crate::api::incidents::{PeerAsked, QuarantinedShown};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// See what other countries sent that was not accepted
#[derive(Subcommand, Debug)]
pub enum Quarantine {
    /// List it, the latest of each country first
    List {
        /// Only what this country sent
        #[arg(long, value_name = "CC")]
        peer: Option<Country>,
    },
}

impl Quarantine {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let Self::List { peer } = self;
        let mut client = Client::connect(&invocation.node()?)?;
        let items: Vec<QuarantinedShown> = client.get_with("/v1/quarantine", &PeerAsked { peer })?;
        invocation.output.found(&items)
    }
}

impl Row for QuarantinedShown {
    const SCHEMA: &'static str = "chancery/quarantined/1";
    const COLUMNS: &'static [&'static str] = &["peer", "record", "why", "offered again", "epoch", "number", "at"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.peer.to_string(),
            self.record.to_string(),
            self.code.replace('_', " "),
            if self.pending { "yes" } else { "no" }.to_owned(),
            self.epoch.to_string(),
            self.number.to_string(),
            self.at.to_string(),
        ]
    }
}
