//! `chancery import un-list`: the consolidated list of the United Nations Security Council.

use std::fs::File;
use std::io::{BufRead, BufReader};
use std::path::PathBuf;

use chancery_record::{Kind, Lineage, WithdrawalReason};
use clap::Args;

use super::intake::Intake;
use super::sort::{self, Sort};
use super::statement::Statement;
use crate::api::listing::{ListAsked, ManifestPage};
use crate::api::withdrawing::{WithdrawAsked, WithdrawalMade};
use crate::cli::Invocation;
use crate::client::Client;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::progress;

/// Take in the consolidated list of the United Nations Security Council, XML
///
/// Importing again changes only what changed.
#[derive(Args, Debug)]
pub struct UnList {
    /// The file with the list
    file: PathBuf,
    /// Withdraw the records whose entry is gone from the list; nothing is withdrawn unless the whole list could be read
    #[arg(long)]
    withdraw_missing: bool,
    #[command(flatten)]
    statement: Statement,
}

impl UnList {
    /// Reads, publishes, withdraws, counts.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let options = self.statement.options()?;
        let unreadable = |fault: std::io::Error| {
            Failure::new(Exit::Failed, format!("`{}` cannot be read", self.file.display())).because(fault)
        };
        let file = File::open(&self.file).map_err(unreadable)?;
        let length = file.metadata().map_err(unreadable)?.len();
        let mut input = BufReader::new(file);
        if sort::of(input.fill_buf().map_err(unreadable)?) == Some(Sort::Json) {
            return Err(Failure::new(Exit::Failed, format!("`{}` cannot be imported", self.file.display()))
                .because("it is JSON, and the consolidated list is XML")
                .next("`chancery import interpol` takes in what the notices API answers"));
        }
        let mut client = Client::connect(&invocation.node()?)?;
        let bar = progress::of_bytes(&invocation.talk, length, "importing");
        let input = BufReader::new(bar.wrap_read(input));
        let mut intake = Intake::new(invocation, &bar, &self.file);
        let mut list = chancery_formats::un_list(input, &options);
        for entry in list.by_ref() {
            intake.take(&mut client, entry)?;
        }
        intake.finish(&mut client)?;
        bar.finish_and_clear();
        intake.say_to_whom(&options.audience);
        let mut exit = intake.exit();
        if self.withdraw_missing {
            let whole = list.is_complete() && !intake.nameless_faults && !intake.broken_off;
            if whole {
                withdraw_missing(invocation, &mut client, &mut intake)?;
            } else {
                invocation.talk.warn(
                    "nothing is withdrawn: not every entry of the list could be told, so nobody knows which are missing",
                );
                exit = Exit::PartlyDone;
            }
        }
        invocation.output.one(&intake.summary)?;
        Ok(exit)
    }
}

fn withdraw_missing(invocation: &Invocation, client: &mut Client, intake: &mut Intake<'_>) -> Result<(), Failure> {
    let mut missing: Vec<(String, Lineage)> = Vec::new();
    let mut asked =
        ListAsked { kind: Some(Kind::NoticeUnSpecial), state: Some("current".to_owned()), ..ListAsked::default() };
    loop {
        let page: ManifestPage = client.get_with("/v1/records", &asked)?;
        for item in page.items {
            let Some(reference) = item.source_reference else { continue };
            if is_list_number(&reference) && !intake.references.contains(&reference) {
                missing.push((reference, item.lineage));
            }
        }
        match page.next {
            Some(next) => asked.after = Some(next),
            None => break,
        }
    }
    if missing.is_empty() {
        return Ok(());
    }
    let numbers: Vec<&str> = missing.iter().map(|(reference, _)| reference.as_str()).take(NUMBERS_SHOWN_MAX).collect();
    let more = if missing.len() > NUMBERS_SHOWN_MAX { ", …" } else { "" };
    invocation.consent.require(
        &format!(
            "{} entries are gone from the list ({}{more}). Withdraw them for good?",
            missing.len(),
            numbers.join(", ")
        ),
        "give `--yes`; a record that was withdrawn never comes back",
    )?;
    for (_, lineage) in missing {
        let asked = WithdrawAsked { name: lineage.to_string(), reason: WithdrawalReason::PurposeAchieved };
        client.post_json::<WithdrawalMade>("/v1/withdrawals", &asked)?;
        intake.summary.withdrawn += 1;
    }
    Ok(())
}

/// Whether a source reference is a permanent number of the list, as in `QDi.001`. Other special notices have others.
fn is_list_number(reference: &str) -> bool {
    let Some((head, digits)) = reference.split_once('.') else { return false };
    let [first, second, subject] = head.as_bytes() else { return false };
    first.is_ascii_uppercase()
        && second.is_ascii_uppercase()
        && matches!(subject, b'i' | b'e')
        && !digits.is_empty()
        && digits.bytes().all(|digit| digit.is_ascii_digit())
}

const NUMBERS_SHOWN_MAX: usize = 10;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_numbers_of_the_list_can_go_missing_from_it() {
        for number in ["QDi.001", "KPe.075", "TAi.1024"] {
            assert!(is_list_number(number), "{number}");
        }
        for other in ["2019/12345", "FR-DEMO-2026-0001", "QDi.", "QDx.001", "qdi.001", "QDi.0a1", "QDi001", ""] {
            assert!(!is_list_number(other), "{other}");
        }
    }
}
