//! `chancery recover begin`: another life of the store, through the daemon or before it starts.

use std::sync::Arc;

use chancery_exchange::{AuditEntry, Change, Holdings, Incarnation};
use chancery_store::Store;
use chancery_store::engine::{Engine, OpenOptions, open};

use crate::api::recovering::LifeShown;
use crate::api::running::Done;
use crate::cli::Invocation;
use crate::client::{Client, Patience};
use crate::clock::now;
use crate::config::Config;
use crate::daemon::remembered;
use crate::exit::Exit;
use crate::failure::Failure;

/// Through the daemon where one runs, else on the files: then not a byte leaves before what was lost is taken back.
pub fn begin(invocation: &Invocation) -> Result<Exit, Failure> {
    let node = invocation.node()?;
    let mut client = match Client::connect(&node) {
        Ok(client) => Some(client),
        Err(failure) if failure.exit() == Exit::DaemonNotRunning => None,
        Err(failure) => return Err(failure),
    };
    let life = match &mut client {
        Some(client) => super::asked(invocation, client)?.life,
        None => LifeShown::First,
    };
    let again = match life {
        LifeShown::Recovering => " It is recovering already, and would ask for all of it again.",
        LifeShown::First | LifeShown::Recovered => "",
    };
    invocation.consent.require(
        &format!(
            "Was this store restored, or does it replace one that was lost?{again} It will send and publish nothing until the \
             other countries have given back what they hold of it."
        ),
        "give `--yes`; the node is mute until `chancery recover status` says that it is recovered",
    )?;
    match client {
        Some(mut client) => {
            client.post::<Done>("/v1/recovery", Patience::Usual)?;
            invocation
                .talk
                .say("another life of this store has begun; `chancery recover status` shows what comes back");
        }
        None => {
            on_files(&node.read_config()?)?;
            invocation.talk.say("another life of this store begins when the daemon starts: `chancery run`");
        }
    }
    Ok(Exit::Done)
}

fn on_files(config: &Config) -> Result<(), Failure> {
    let failed = |fault: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, "another life of the store cannot be begun")
            .because(fault.to_string())
            .next("`chancery doctor --store` looks into the store")
    };
    let options = OpenOptions { cache_bytes: config.store.cache_bytes, ..OpenOptions::default() };
    let engine: Arc<dyn Engine> =
        open(config.store.engine, &config.store.path, &options).map_err(|fault| failed(&fault))?.into();
    let at = now();
    let store = Store::open(engine, Incarnation(at.0)).map_err(|fault| failed(&fault))?;
    remembered::claim(&store, config.country).map_err(|fault| failed(&fault))?;
    let known = store.incarnation().map_err(|fault| failed(&fault))?;
    let entry = AuditEntry::of_deed(at, actor(config), "recover", None, "begun");
    let incarnation = Incarnation::begun_at(at, known);
    store.commit(&[Change::NewLife { incarnation, at }, Change::Audit(entry)]).map_err(|fault| failed(&fault))
}

/// Who owns the files may always begin another life; the log names the user whom the kernel names.
fn actor(config: &Config) -> String {
    let uid = rustix::process::getuid().as_raw();
    config.user(uid).map_or_else(|| format!("user id {uid}"), |user| user.name.clone())
}
