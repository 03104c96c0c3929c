//! `chancery audit`: who did what, for auditors.

use clap::Subcommand;

use crate::api::incidents::{AuditAsked, AuditLine, AuditPage};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;
use crate::row_stream::RowStream;

/// Read the audit log, as an auditor
#[derive(Subcommand, Debug)]
pub enum Audit {
    /// List its lines, the latest first; that you read it is a line of it, too
    List {
        /// At most so many lines
        #[arg(long, value_name = "COUNT")]
        limit: Option<usize>,
        /// Only lines before this number
        #[arg(long, value_name = "NUMBER")]
        before: Option<u64>,
    },
}

impl Audit {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let Self::List { limit, before } = self;
        let mut client = Client::connect(&invocation.node()?)?;
        let mut stream = RowStream::new(invocation.output);
        let mut room = limit.unwrap_or(usize::MAX);
        let mut asked = AuditAsked { before };
        loop {
            let mut page: AuditPage = client.get_with("/v1/audit", &asked)?;
            page.items.truncate(room);
            room -= page.items.len();
            stream.write(&page.items)?;
            match page.next {
                Some(next) if room > 0 => asked.before = Some(next),
                _ => break,
            }
        }
        stream.finish()
    }
}

impl Row for AuditLine {
    const SCHEMA: &'static str = "chancery/audit-line/1";
    const COLUMNS: &'static [&'static str] =
        &["number", "at", "actor", "action", "outcome", "purpose", "reference", "record"];

    fn cells(&self) -> Vec<String> {
        let or_nothing = |text: Option<String>| text.unwrap_or_default();
        vec![
            self.number.to_string(),
            self.at.to_string(),
            self.actor.clone(),
            self.action.clone(),
            self.outcome.clone(),
            or_nothing(self.purpose.clone()),
            or_nothing(self.reference.clone()),
            or_nothing(self.record.map(|id| id.to_string())),
        ]
    }
}
