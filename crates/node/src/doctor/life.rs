//! Whether the node is whole, or mute because it takes back what was lost.

use std::sync::Arc;

use chancery_exchange::{Holdings, Incarnation, Life};
use chancery_record::Instant;
use chancery_store::Store;
use chancery_store::engine::{Engine, OpenOptions, open};

use super::socket::{SocketState, socket_state};
use super::{Depth, Examination, Finding};
use crate::api::running::StatusShown;
use crate::client::Client;
use crate::config::StoreChoice;

/// The daemon says so where it runs; else the store does, where it may be looked into.
pub(super) fn recovery(examination: &Examination<'_>) -> Vec<Finding> {
    let stopped = "not looked at, because the daemon is stopped; `chancery doctor --store` looks into the store";
    if socket_state(&examination.node.socket()) == SocketState::Answers {
        let asked =
            Client::connect(examination.node).and_then(|mut client| client.get_soon::<StatusShown>("/v1/status"));
        return vec![match asked {
            Ok(status) => finding(status.recovering_since),
            Err(failure) => Finding::note("recovery", format!("the daemon does not say: {failure}")),
        }];
    }
    let Ok(config) = &examination.config else { return vec![Finding::note("recovery", stopped)] };
    if examination.depth == Depth::Surface || !config.store.engine.path(&config.store.path).exists() {
        return vec![Finding::note("recovery", stopped)];
    }
    vec![match life_on_disk(&config.store, examination.now) {
        Ok(Life::Recovering(since)) => finding(Some(since)),
        Ok(Life::First | Life::Recovered(_)) => finding(None),
        Err(why) => Finding::warning(
            "recovery",
            format!("the store cannot be looked into: {why}"),
            "look at the check of the store",
        ),
    }]
}

fn finding(recovering_since: Option<Instant>) -> Finding {
    match recovering_since {
        None => Finding::ok("recovery", "nothing is waited for from other countries"),
        Some(since) => Finding::warning(
            "recovery",
            format!(
                "the node is recovering since {since}: it sends and publishes nothing until other countries have given back what they hold of it"
            ),
            "`chancery recover status` shows who is waited for; `chancery recover override` goes on without",
        ),
    }
}

fn life_on_disk(choice: &StoreChoice, now: Instant) -> Result<Life, String> {
    let options = OpenOptions { cache_bytes: choice.cache_bytes, ..OpenOptions::default() };
    let engine: Arc<dyn Engine> =
        open(choice.engine, &choice.path, &options).map_err(|fault| fault.to_string())?.into();
    let store = Store::open(engine, Incarnation(now.0)).map_err(|fault| fault.to_string())?;
    store.life().map_err(|fault| fault.to_string())
}
