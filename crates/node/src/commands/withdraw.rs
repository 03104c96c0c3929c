//! `chancery withdraw`: takes an own record back, and says who has answered.

use chancery_record::{Country, WithdrawalReason};
use clap::{Args, Subcommand};
use serde::Serialize;

use crate::api::holding::{HolderShown, HoldersShown};
use crate::api::withdrawing::{WithdrawAsked, WithdrawalMade};
use crate::cli::Invocation;
use crate::client::{Client, percent_encoded};
use crate::commands::vocabulary;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;

/// Take a record of this country back from everyone who ever had it
///
/// Every version of it is withdrawn, and none ever comes back. Each holder is told, treaty or no treaty, and answers with what
/// it deleted.
#[derive(Args, Debug)]
#[command(args_conflicts_with_subcommands = true, subcommand_negates_reqs = true)]
pub struct Withdraw {
    #[command(subcommand)]
    status: Option<WithdrawStatus>,
    /// The record's lineage, its id, or the beginning of either
    #[arg(value_name = "ID", required = true)]
    name: Option<String>,
    /// Why: a reason's code, as in `PURPOSE_ACHIEVED`
    #[arg(long, value_name = "CODE", required = true, value_parser = vocabulary::withdrawal_reason())]
    reason: Option<WithdrawalReason>,
}

/// What can be asked of a withdrawal.
#[derive(Subcommand, Debug)]
enum WithdrawStatus {
    /// Show who holds a record, and what each answered to its withdrawal
    Status {
        /// The record's lineage, its id, or the beginning of either
        #[arg(value_name = "ID")]
        name: String,
    },
}

/// Show everyone whom a record of this country was ever disclosed to
#[derive(Args, Debug)]
pub struct WhoHas {
    /// The record's lineage, its id, or the beginning of either
    #[arg(value_name = "ID")]
    name: String,
}

impl Withdraw {
    /// Withdraws, or shows how far a withdrawal is.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        if let Some(WithdrawStatus::Status { name }) = self.status {
            return holders(invocation, &name);
        }
        let (Some(name), Some(reason)) = (self.name, self.reason) else {
            return Err(Failure::new(Exit::Usage, "which record, and why?").next("give its id and `--reason`"));
        };
        let mut client = Client::connect(&invocation.node()?)?;
        let held: HoldersShown = client.get(&format!("/v1/records/{}/holders", percent_encoded(&name)))?;
        invocation.consent.require(
            &format!(
                "Take `{}` back for good, from this node and {} other countries, because of {reason}?",
                held.lineage,
                held.holders.len()
            ),
            "give `--yes`; a record that was withdrawn never comes back",
        )?;
        let asked = WithdrawAsked { name: held.lineage.to_string(), reason };
        let made: WithdrawalMade = client.post_json("/v1/withdrawals", &asked)?;
        let next = format!("`chancery withdraw status {}` shows who has answered", made.lineage);
        invocation.talk.say(&if made.holders.is_empty() { "nobody else ever had it".to_owned() } else { next });
        invocation.output.one(&WithdrawalRow(made))?;
        Ok(Exit::Done)
    }
}

impl WhoHas {
    /// Shows the holders.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        holders(invocation, &self.name)
    }
}

fn holders(invocation: &Invocation, name: &str) -> Result<Exit, Failure> {
    let mut client = Client::connect(&invocation.node()?)?;
    let held: HoldersShown = client.get(&format!("/v1/records/{}/holders", percent_encoded(name)))?;
    match &held.withdrawal {
        Some(withdrawal) => {
            let made = withdrawal.made.map_or_else(|| "before".to_owned(), |made| format!("on {made}"));
            let reason = withdrawal.reason.as_deref().unwrap_or("a reason that cannot be read");
            invocation.talk.say(&format!("`{}` was withdrawn {made} for {reason}", held.lineage));
        }
        None => invocation.talk.say(&format!("`{}` stands", held.lineage)),
    }
    if held.holders.is_empty() {
        invocation.talk.say("it was disclosed to nobody");
    }
    invocation.output.rows(&held.holders)?;
    Ok(Exit::Done)
}

fn holder(holder: &HolderShown) -> String {
    if holder.through.is_empty() {
        return holder.country.to_string();
    }
    let through: Vec<String> = holder.through.iter().map(Country::to_string).collect();
    format!("{} through {}", holder.country, through.join(", "))
}

#[derive(Serialize)]
#[serde(transparent)]
struct WithdrawalRow(WithdrawalMade);

impl Row for WithdrawalRow {
    const SCHEMA: &'static str = "chancery/withdrawal/1";
    const COLUMNS: &'static [&'static str] = &["lineage", "versions", "holders", "statement"];

    fn cells(&self) -> Vec<String> {
        vec![
            self.0.lineage.to_string(),
            self.0.records.len().to_string(),
            self.0.holders.iter().map(Country::to_string).collect::<Vec<_>>().join(" "),
            self.0.statement.to_string(),
        ]
    }
}

impl Row for HolderShown {
    const SCHEMA: &'static str = "chancery/holder/1";
    const COLUMNS: &'static [&'static str] =
        &["country", "versions", "sections", "disclosed", "withdrawal", "deleted", "backups until"];

    fn cells(&self) -> Vec<String> {
        let or_nothing = |text: Option<String>| text.unwrap_or_default();
        vec![
            holder(self),
            self.records.len().to_string(),
            self.sections.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            or_nothing(self.disclosed_at.map(|at| at.to_string())),
            or_nothing(self.obligation.clone()),
            self.deleted.to_string(),
            or_nothing(self.backups_until.map(|day| day.to_string())),
        ]
    }
}
