//! `chancery run`: the daemon, from its start to its end.

use std::io::IsTerminal;
use std::sync::Arc;

use chancery_store::engine::Durability;
use clap::Args;
use tokio::signal::unix::{SignalKind, signal};
use tracing_subscriber::EnvFilter;

use crate::api;
use crate::cli::Invocation;
use crate::config::{Config, LogFormat};
use crate::daemon::documents::DocumentsFault;
use crate::daemon::{Daemon, DaemonFault};
use crate::doctor::open_secrets;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::network::StartError;

/// Run the node until it is told to stop (SIGINT or SIGTERM)
#[derive(Args, Debug)]
pub struct Run {}

impl Run {
    /// Runs the daemon in the foreground.
    pub fn run(self, invocation: &Invocation) -> Result<Exit, Failure> {
        let directory = invocation.node()?;
        let config = directory.read_config()?;
        for open in open_secrets(&directory) {
            let next = open.next.unwrap_or_default();
            invocation.talk.warn(&format!("{}: {next}", open.what));
        }
        begin_log(&config);
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .enable_all()
            .thread_name("chancery")
            .build()
            .map_err(|fault| Failure::of(Exit::Failed, DaemonFault::Start(fault)))?;
        runtime.block_on(async {
            let socket = |fault| Failure::of(Exit::Failed, fault);
            // Said before anything is opened; the store's own lock then decides between two that start at once.
            api::require_unserved(&directory).map_err(socket)?;
            let daemon = Daemon::start(directory.clone(), config).map_err(failure_of)?;
            let listener = match api::bind(&directory) {
                Ok(listener) => listener,
                Err(fault) => {
                    daemon.handle.shutdown().await;
                    let _ = daemon.ended.await;
                    return Err(socket(fault));
                }
            };
            if daemon.durability == Durability::ProcessCrash {
                invocation.talk.warn(
                    "the store's engine is sled: what is acknowledged survives the end of the process, not the loss of power",
                );
            }
            live(daemon, listener).await
        })
    }
}

/// Serves local callers until a signal or a fault ends the node.
async fn live(daemon: Daemon, listener: tokio::net::UnixListener) -> Result<Exit, Failure> {
    let Daemon { handle, mut ended, .. } = daemon;
    let start = |fault| Failure::of(Exit::Failed, DaemonFault::Start(fault));
    let mut interrupt = signal(SignalKind::interrupt()).map_err(start)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(start)?;
    let stop = Arc::new(tokio::sync::Notify::new());
    let stopped = Arc::clone(&stop);
    let serving = tokio::spawn(api::serve(handle.clone(), listener, async move { stopped.notified().await }));
    tracing::info!(country = %handle.config().country, "ready");
    let result = tokio::select! {
        _ = interrupt.recv() => None,
        _ = terminate.recv() => None,
        ended = &mut ended => Some(ended),
    };
    stop.notify_one();
    let result = match result {
        Some(ended) => ended,
        None => {
            tracing::info!("stopping");
            handle.shutdown().await;
            ended.await
        }
    };
    let _ = serving.await;
    // A later command then says "not running" and nothing else. The handle still holds the store with its lock, so the
    // socket that is removed is this daemon's and no other's.
    let _ = std::fs::remove_file(handle.directory().socket());
    match result {
        Ok(Ok(())) => Ok(Exit::Done),
        Ok(Err(fault)) => {
            tracing::error!(%fault, "the node has stopped");
            Err(failure_of(fault))
        }
        Err(_) => Err(Failure::new(Exit::Failed, "the node loop ended unexpectedly")
            .next("please report this; `chancery doctor` checks the store before the next start")),
    }
}

fn failure_of(fault: DaemonFault) -> Failure {
    let next = match fault {
        DaemonFault::NoKeys(fault) => return fault.into(),
        DaemonFault::OtherCountry(fault) => return fault.into(),
        DaemonFault::Documents(DocumentsFault::Law { .. }) => {
            "mend the file until `chancery treaty check FILE` finds nothing, and start again"
        }
        DaemonFault::NoCertificate => {
            "run `chancery key certify` on the machine with the country key, then `chancery key install` here"
        }
        DaemonFault::Network(StartError::PortInUse { .. }) => {
            "change `network.listen` in `node.toml`, or stop that program"
        }
        DaemonFault::Network(StartError::Listen { .. }) => "check `network.listen` in `node.toml`",
        _ => "run `chancery doctor`",
    };
    Failure::of(Exit::Failed, fault).next(next)
}

/// Logs go to standard error. RUST_LOG narrows or widens them; no line ever carries record content.
fn begin_log(config: &Config) {
    let fallback = format!("{level},libp2p=warn,yamux=warn,quinn=warn", level = config.log.level.word());
    let filter = EnvFilter::try_from_default_env().unwrap_or_else(|_| EnvFilter::new(fallback));
    let log = tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_ansi(std::io::stderr().is_terminal())
        .with_target(false);
    // A second subscriber in one process is a test's doing; the first one goes on.
    let _ = match config.log.format {
        LogFormat::Text => log.try_init(),
        LogFormat::Json => log.json().try_init(),
    };
}
