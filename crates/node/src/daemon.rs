//! The daemon: everything that runs between `chancery run` and its end.

mod disk_watch;
pub mod documents;
pub mod handle;
mod limits;
mod node_loop;
mod peers;
pub(crate) mod remembered;
mod verification;
mod writer;

use std::io;
use std::path::Path;
use std::sync::Arc;

use chancery_exchange::{Exchange, Incarnation, OwnIdentity, ReadFault};
use chancery_record::signing::public_key;
use chancery_record::{Instant, Moment};
use chancery_store::engine::{Durability, OpenFault, OpenOptions, open};
use chancery_store::{RowFault, Store};
use chancery_treaty::LawGeneration;
use thiserror::Error;
use tokio::sync::{mpsc, watch};
use zeroize::Zeroizing;

use crate::clock;
use crate::config::{Config, OtherCountry};
use crate::daemon::documents::{Documents, DocumentsFault};
use crate::daemon::handle::NodeHandle;
use crate::daemon::node_loop::{LoopParts, NodeLoop};
use crate::daemon::remembered::RememberFault;
use crate::directory::{CardFileFault, NodeDirectory};
use crate::keys::KeyFault;
use crate::keys::ring::NoKeys;
use crate::network::{KeyLogRequested, Network, NetworkConfig, StartError, Timing, refuse_key_log, system_random};

/// Why the daemon did not start, or ended by itself.
#[derive(Debug, Error)]
pub enum DaemonFault {
    /// The environment asks for session secrets to be written to a file.
    #[error(transparent)]
    KeyLog(#[from] KeyLogRequested),
    /// The country key has not signed anything for this node yet.
    #[error("this node has no certificate yet")]
    NoCertificate,
    /// The configuration speaks for another country than the card.
    #[error(transparent)]
    OtherCountry(#[from] OtherCountry),
    /// The own card cannot be read.
    #[error(transparent)]
    Card(#[from] CardFileFault),
    /// The keys cannot be read.
    #[error(transparent)]
    Keys(#[from] KeyFault),
    /// No certificate is in effect.
    #[error(transparent)]
    NoKeys(#[from] NoKeys),
    /// Cards, treaties or law cannot be relied on.
    #[error(transparent)]
    Documents(#[from] DocumentsFault),
    /// What the store remembers of treaties and laws cannot be relied on.
    #[error(transparent)]
    Remember(#[from] RememberFault),
    /// The store cannot be opened.
    #[error(transparent)]
    Store(#[from] OpenFault),
    /// The store's own rows cannot be read.
    #[error("the store cannot be used: {0}; run `chancery doctor`")]
    Rows(#[from] RowFault),
    /// The store stopped being readable.
    #[error("{0}; the node stops, and nothing that was acknowledged is lost. Run `chancery doctor`")]
    Read(#[from] ReadFault),
    /// The store's directory is no longer where it was.
    #[error(
        "the directory of the store is gone while the node runs; the node stops. Put it back, or begin anew and let other countries give back what they hold: `chancery recover begin`"
    )]
    StoreGone,
    /// The store stopped being writable.
    #[error(
        "a commit failed: {0}. The node stops; nothing that was acknowledged is lost. Free disk space or mend the disk, run `chancery doctor`, start again"
    )]
    Commit(String),
    /// The network did not start.
    #[error(transparent)]
    Network(#[from] StartError),
    /// The local socket or a thread did not start.
    #[error("cannot start: {0}")]
    Start(#[from] io::Error),
}

/// A node that has been started.
pub struct Daemon {
    /// The local side's way in.
    pub handle: NodeHandle,
    /// Ends when the node has ended, in order or by a fault.
    pub ended: tokio::task::JoinHandle<Result<(), DaemonFault>>,
    /// What the store's engine promises of what it acknowledged.
    pub durability: Durability,
}

impl Daemon {
    /// Opens the store, compiles the law, listens, and begins to talk to peers. Needs a tokio runtime.
    pub fn start(directory: NodeDirectory, config: Config) -> Result<Self, DaemonFault> {
        refuse_key_log()?;
        directory.sweep();
        let now = clock::now();
        let (own, transport_seed) = own_identity(&directory, &config, now)?;
        let mut documents = Documents::read(&directory, config.country)?;
        let store = open_store(&config, now)?;
        remembered::claim(&store, config.country)?;
        remembered::join(&mut documents, &store, config.country, now)?;
        let durability = store.engine().durability();
        let generation = first_generation(now);
        let standing = Documents::standing(&documents.book, &documents.roster, config.country, now, generation);
        let exchange =
            Exchange::new(own.clone(), Arc::clone(&standing.law), Arc::clone(&standing.roster), store.as_ref())?;
        let network = start_network(transport_seed, &config)?;
        let (requests, request_queue) = mpsc::channel(limits::LOCAL_REQUESTS_WAITING_MAX);
        let (publish_standing, standing_now) = watch::channel(Arc::new(standing));
        let handle = NodeHandle {
            requests,
            store: Arc::clone(&store),
            standing: standing_now,
            config: Arc::new(config),
            directory: directory.clone(),
        };
        let parts = LoopParts {
            exchange,
            identity: own,
            store,
            network,
            requests: request_queue,
            standing: publish_standing,
            documents,
            directory,
            config: Arc::clone(&handle.config),
            disk_watch: disk_watch::DiskWatch::new(&handle.config.store),
        };
        let ended = NodeLoop::spawn(parts, handle.config.country)?;
        Ok(Self { handle, ended, durability })
    }
}

/// The keys and certificates in effect, with the secret half of the transport key.
fn own_identity(
    directory: &NodeDirectory,
    config: &Config,
    now: Instant,
) -> Result<(OwnIdentity, Zeroizing<[u8; 32]>), DaemonFault> {
    let (_, card) = directory.read_own_card().map_err(|fault| match fault {
        CardFileFault::File(file) if file.is_absence() && !directory.country_keys().is_here() => {
            DaemonFault::NoCertificate
        }
        fault => fault.into(),
    })?;
    config.require_country_of(&card)?;
    let ring = directory.read_key_ring()?;
    let keys = ring.in_effect(&card, now)?;
    let own = OwnIdentity {
        country: config.country,
        unit: config.unit.clone(),
        record_key: keys.record.clone(),
        transport_key: public_key(keys.transport),
        certificates: card.certificates.clone(),
        revocations: card.revocations.clone(),
    };
    Ok((own, Zeroizing::new(keys.transport.to_bytes())))
}

fn start_network(transport_seed: Zeroizing<[u8; 32]>, config: &Config) -> Result<Network, StartError> {
    let config = NetworkConfig { transport_seed, listen: config.listen.clone(), timing: Timing::default() };
    Network::start(config, system_random())
}

fn open_store(config: &Config, now: Instant) -> Result<Arc<Store>, DaemonFault> {
    let options = OpenOptions { cache_bytes: config.store.cache_bytes, ..OpenOptions::default() };
    make_directory(&config.store.path)?;
    let engine = open(config.store.engine, &config.store.path, &options)?;
    // A store that is new gets an incarnation no earlier store of this node can have had.
    Ok(Arc::new(Store::open(engine, Incarnation(now.0))?))
}

fn make_directory(path: &Path) -> io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    if path.is_dir() {
        return Ok(());
    }
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(path)
}

/// Generations rise over restarts: the first one of a run is the second in which it began.
fn first_generation(now: Instant) -> LawGeneration {
    LawGeneration(now.0 / 1000)
}

/// Both clocks, now; the monotonic one counts from the node's start.
pub(crate) fn moment(started: std::time::Instant) -> Moment {
    let elapsed = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    Moment { wall: clock::now(), monotonic_ms: elapsed }
}
