//! `chancery breaches`: deliveries that exceeded their treaty.

use chancery_record::Country;
use clap::Args;

use crate::api::incidents::{BreachShown, PeerAsked};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// List deliveries that exceeded their treaty; what exceeded it was dropped
#[derive(Args, Debug)]
pub struct Breaches {
    /// Only those of this country
    #[arg(long, value_name = "CC")]
    peer: Option<Country>,
}

impl Breaches {
    /// Asks and lists.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        let items: Vec<BreachShown> = client.get_with("/v1/breaches", &PeerAsked { peer: self.peer })?;
        invocation.output.found(&items)
    }
}

impl Row for BreachShown {
    const SCHEMA: &'static str = "chancery/breach/1";
    const COLUMNS: &'static [&'static str] = &["peer", "record", "what", "at"];

    fn cells(&self) -> Vec<String> {
        vec![self.peer.to_string(), self.record.to_string(), self.what.clone(), self.at.to_string()]
    }
}
