//! `chancery session`: the purpose and the reference of a shift.

use chancery_record::Purpose;
use clap::{Args, Subcommand};

use crate::api::running::Done;
use crate::api::sessions::{Occasion, SessionShown};
use crate::cli::Invocation;
use crate::client::Client;
use crate::commands::vocabulary;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// Set the purpose and reference of your queries for a shift
#[derive(Subcommand, Debug)]
pub enum Session {
    /// Begin: queries need no `--purpose` until the session ends
    Start {
        #[command(flatten)]
        occasion: OccasionArgs,
    },
    /// Show the session
    Show,
    /// End the session
    End,
}

/// What a query is for, and what it is about. Danger to life needs no reference.
#[derive(Args, Clone, Debug, Default)]
pub struct OccasionArgs {
    /// What for, as in `investigation`; the session's if absent
    #[arg(long, value_name = "PURPOSE", value_parser = vocabulary::purpose())]
    purpose: Option<Purpose>,
    /// The case number
    #[arg(long, value_name = "NUMBER", conflicts_with_all = ["post", "control"])]
    case: Option<String>,
    /// The control post, for a control at a border or on the road
    #[arg(long, value_name = "NAME", requires = "control")]
    post: Option<String>,
    /// The control's number at the post
    #[arg(long, value_name = "NUMBER", requires = "post")]
    control: Option<String>,
}

impl From<OccasionArgs> for Occasion {
    fn from(args: OccasionArgs) -> Self {
        Self { purpose: args.purpose, case: args.case, post: args.post, control: args.control }
    }
}

impl Session {
    /// Runs the command.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let mut client = Client::connect(&invocation.node()?)?;
        let session: SessionShown = match self {
            Self::Start { occasion } => client.put_json("/v1/session", &Occasion::from(occasion))?,
            Self::Show => client.get("/v1/session")?,
            Self::End => {
                client.delete::<Done>("/v1/session")?;
                invocation.talk.say("the session has ended");
                return Ok(Exit::Done);
            }
        };
        invocation.output.one(&session)?;
        Ok(Exit::Done)
    }
}

impl Row for SessionShown {
    const SCHEMA: &'static str = "chancery/session/1";
    const COLUMNS: &'static [&'static str] = &["purpose", "reference", "until"];

    fn cells(&self) -> Vec<String> {
        vec![self.purpose.to_string(), self.reference.clone().unwrap_or_default(), self.until.to_string()]
    }
}
