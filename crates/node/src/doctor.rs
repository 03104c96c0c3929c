//! What can be checked about a node from outside, with the daemon stopped or running.

mod clocks;
mod documents;
mod files;
mod identity;
mod keeping;
mod life;
pub mod socket;

pub use files::open_secrets;

use chancery_record::{ContactCard, Instant};
use serde::Serialize;

use crate::config::Config;
use crate::directory::{CardFileFault, NodeDirectory};
use crate::failure::Failure;
use crate::network::refuse_key_log;
use crate::output::counted;

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Health {
    /// Nothing to do.
    Ok,
    /// Nothing to do, and worth knowing.
    Note,
    /// It works, and something should be done.
    Warning,
    /// It does not work, or is not safe.
    Failure,
}

/// What one check has to say.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// The check.
    pub check: &'static str,
    /// How it ended.
    pub health: Health,
    /// What was found.
    pub what: String,
    /// What to do.
    pub next: Option<String>,
}

/// One check. It sees the node as it was read once, and says at least one thing.
pub struct Check {
    /// Its name, one word.
    pub name: &'static str,
    /// What it looks at.
    pub run: fn(&Examination<'_>) -> Vec<Finding>,
}

/// Every check in the order in which it is run and shown.
pub const CHECKS: &[Check] = &[
    Check { name: "configuration", run: configuration },
    Check { name: "directory", run: files::directory },
    Check { name: "keys", run: identity::keys },
    Check { name: "certificate", run: identity::certificate },
    Check { name: "card", run: identity::card },
    Check { name: "cards", run: identity::cards },
    Check { name: "law", run: documents::law },
    Check { name: "treaties", run: documents::treaties },
    Check { name: "clock", run: clocks::clock },
    Check { name: "secrets", run: key_log },
    Check { name: "store", run: keeping::store },
    Check { name: "disk", run: keeping::disk },
    Check { name: "daemon", run: socket::daemon },
    Check { name: "recovery", run: life::recovery },
];

/// How far the store is looked into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Depth {
    /// Whether its files are there.
    Surface,
    /// Every entry is read and verified, which takes the store for itself and may take long.
    Whole,
}

/// A node as the checks see it.
pub struct Examination<'a> {
    /// Where it is.
    pub node: &'a NodeDirectory,
    /// Its configuration, if that can be used.
    pub config: Result<Config, Failure>,
    /// Its card, if there is one and it is good.
    pub card: Result<Option<ContactCard>, CardFileFault>,
    /// Now.
    pub now: Instant,
    /// How far the store is looked into.
    pub depth: Depth,
}

impl<'a> Examination<'a> {
    /// Reads what the checks need.
    pub fn of(node: &'a NodeDirectory, now: Instant, depth: Depth) -> Self {
        let card = match node.read_own_card() {
            Ok((_, card)) => Ok(Some(card)),
            Err(CardFileFault::File(fault)) if fault.is_absence() => Ok(None),
            Err(fault) => Err(fault),
        };
        Self { node, config: node.read_config(), card, now, depth }
    }

    /// Runs every check.
    pub fn findings(&self) -> Vec<Finding> {
        CHECKS.iter().flat_map(|check| (check.run)(self)).collect()
    }

    /// The card, where a check can say nothing without one; another check says why there is none.
    fn good_card(&self) -> Option<&ContactCard> {
        self.card.as_ref().ok().and_then(Option::as_ref)
    }
}

impl Finding {
    /// All is well.
    pub fn ok(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, health: Health::Ok, what: what.into(), next: None }
    }

    /// Worth knowing.
    pub fn note(check: &'static str, what: impl Into<String>) -> Self {
        Self { check, health: Health::Note, what: what.into(), next: None }
    }

    /// Something should be done.
    pub fn warning(check: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, health: Health::Warning, what: what.into(), next: Some(next.into()) }
    }

    /// Something must be done.
    pub fn failure(check: &'static str, what: impl Into<String>, next: impl Into<String>) -> Self {
        Self { check, health: Health::Failure, what: what.into(), next: Some(next.into()) }
    }
}

fn configuration(examination: &Examination<'_>) -> Vec<Finding> {
    match &examination.config {
        Err(failure) => vec![Finding::failure(
            "configuration",
            failure.to_string(),
            "`chancery config check` shows the lines that are wrong",
        )],
        Ok(config) if config.users.is_empty() => vec![Finding::warning(
            "configuration",
            "no user may use this node: there is no `[[user]]` in `node.toml`",
            "add the users who may query and publish",
        )],
        Ok(config) => vec![Finding::ok(
            "configuration",
            format!("{} of {}; {}", config.agency, config.country.name(), counted(config.users.len(), "user", "users")),
        )],
    }
}

fn key_log(_: &Examination<'_>) -> Vec<Finding> {
    vec![match refuse_key_log() {
        Ok(()) => Finding::ok("secrets", "session secrets are written nowhere"),
        Err(refusal) => Finding::failure("secrets", refusal.to_string(), "unset SSLKEYLOGFILE"),
    }]
}
