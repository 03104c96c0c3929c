//! `chancery reindex`: writes anew what follows from the records.

use std::sync::Arc;

use chancery_exchange::Incarnation;
use chancery_store::Store;
use chancery_store::engine::{Engine, OpenOptions, open};
use clap::Args;
use serde::Serialize;

use crate::api::running::ReindexShown;
use crate::cli::Invocation;
use crate::client::{Client, Patience};
use crate::config::Config;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::output::Row;
use crate::progress;

/// Write the indexes of the store anew from its records, with the daemon running or stopped
///
/// It may be stopped at any point; the store is never worse than it was.
#[derive(Args, Debug)]
pub struct Reindex {}

impl Reindex {
    /// Through the daemon where one runs, else on the files.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let node = invocation.node()?;
        let rebuilt = match Client::connect(&node) {
            Ok(mut client) => {
                let bar = progress::of_unknown(&invocation.talk, "writing the indexes anew");
                let rebuilt = client.post("/v1/reindex", Patience::Long);
                bar.finish_and_clear();
                rebuilt?
            }
            Err(failure) if failure.exit() == Exit::DaemonNotRunning => on_files(invocation, &node.read_config()?)?,
            Err(failure) => return Err(failure),
        };
        let exit = if rebuilt.unreadable == 0 { Exit::Done } else { Exit::PartlyDone };
        if rebuilt.unreadable > 0 {
            invocation.talk.warn("some records cannot be read; `chancery doctor --store` names them");
        }
        invocation.output.one(&ReindexRow(rebuilt))?;
        Ok(exit)
    }
}

fn on_files(invocation: &Invocation, config: &Config) -> Result<ReindexShown, Failure> {
    if !config.store.engine.path(&config.store.path).exists() {
        return Err(Failure::new(
            Exit::NothingFound,
            format!("there is no store in `{}`", config.store.path.display()),
        )
        .next("it is made when the daemon first starts"));
    }
    let failed = |fault: &dyn std::fmt::Display| {
        Failure::new(Exit::Failed, "the indexes cannot be written anew").because(fault.to_string())
    };
    let options = OpenOptions { cache_bytes: config.store.cache_bytes, ..OpenOptions::default() };
    let engine: Arc<dyn Engine> =
        open(config.store.engine, &config.store.path, &options).map_err(|fault| failed(&fault))?.into();
    let store = Store::open(engine, Incarnation(crate::clock::now().0)).map_err(|fault| failed(&fault))?;
    let bar = progress::of_things(&invocation.talk, 0, "writing the indexes anew");
    let rebuilt = store.rebuild_indexes(|step| {
        if let Some(total) = step.total {
            bar.set_length(total);
        }
        bar.set_message(step.of);
        bar.set_position(step.done);
    });
    bar.finish_and_clear();
    let rebuilt = rebuilt.map_err(|fault| failed(&fault))?;
    Ok(ReindexShown { records: rebuilt.records, dropped: rebuilt.dropped, unreadable: rebuilt.unreadable })
}

#[derive(Serialize)]
#[serde(transparent)]
struct ReindexRow(ReindexShown);

impl Row for ReindexRow {
    const SCHEMA: &'static str = "chancery/reindex/1";
    const COLUMNS: &'static [&'static str] = &["records", "dropped", "unreadable"];

    fn cells(&self) -> Vec<String> {
        vec![self.0.records.to_string(), self.0.dropped.to_string(), self.0.unreadable.to_string()]
    }
}
