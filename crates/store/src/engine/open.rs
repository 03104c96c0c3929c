//! Opening a store on disk.

use super::redb::RedbEngine;
use super::schema::{self, SchemaFault};
use super::sled::SledEngine;
use super::{Engine, EngineFault, KeyRange, Order, Pages};
use crate::keyspace::Keyspace;
use crate::limits::{
    CACHE_BYTES_DEFAULT, CACHE_BYTES_MIN, OPEN_PATIENCE_MS_DEFAULT, OPEN_WAIT_MS_FIRST, OPEN_WAIT_MS_MAX,
    PAGE_ENTRIES_MAX,
};
use std::fs::{DirBuilder, File};
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::{Duration, Instant};

/// The engines that keep a store on disk, as `engine = "…"` in the configuration names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EngineKind {
    /// Durable against the loss of power.
    #[default]
    Redb,
    /// Durable against the death of the process only.
    Sled,
}

impl EngineKind {
    /// Every engine on disk.
    pub const ALL: [Self; 2] = [Self::Redb, Self::Sled];

    /// The word in the configuration.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Redb => "redb",
            Self::Sled => "sled",
        }
    }

    /// Where in the store's directory this engine keeps its file or files.
    pub fn path(self, directory: &Path) -> PathBuf {
        directory.join(match self {
            Self::Redb => "store.redb",
            Self::Sled => "store.sled",
        })
    }
}

/// A word in the configuration that names no engine.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no engine `{word}`; choose `redb` or `sled`")]
pub struct UnknownEngine {
    word: String,
}

impl FromStr for EngineKind {
    type Err = UnknownEngine;

    fn from_str(word: &str) -> Result<Self, UnknownEngine> {
        Self::ALL
            .into_iter()
            .find(|kind| kind.name() == word)
            .ok_or_else(|| UnknownEngine { word: word.chars().take(40).collect() })
    }
}

/// How to open a store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct OpenOptions {
    /// Memory for the engine's cache; less than `CACHE_BYTES_MIN` is taken as that.
    pub cache_bytes: usize,
    /// How long to wait while another process, which may be dying, holds the store.
    pub patience_ms: u64,
}

impl Default for OpenOptions {
    fn default() -> Self {
        Self { cache_bytes: CACHE_BYTES_DEFAULT, patience_ms: OPEN_PATIENCE_MS_DEFAULT }
    }
}

impl OpenOptions {
    pub(super) fn cache_bytes(&self) -> usize {
        self.cache_bytes.max(CACHE_BYTES_MIN)
    }
}

/// Why a store could not be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenFault {
    /// Another process has it open, and did not give it up in time.
    #[error("another process has the store `{}` open, and kept it for {waited_ms} ms; stop that process, and do not delete any file", .path.display())]
    Busy {
        /// The file or directory of the engine.
        path: PathBuf,
        /// How long was waited.
        waited_ms: u64,
    },
    /// The directory holds a store of the other engine; opening an empty one beside it would forget every withdrawal.
    #[error("the configuration says engine `{}`, but `{}` was written by engine `{}`; set the engine back, or export, move that store away and import", .wanted.name(), .path.display(), .found.name())]
    OtherEngine {
        /// The engine asked for.
        wanted: EngineKind,
        /// The engine that was here before.
        found: EngineKind,
        /// Its file or directory.
        path: PathBuf,
    },
    /// A file or directory could not be made, opened or synced.
    #[error("the files of the store at `{}` cannot be opened; check that they belong to the user who runs the node, and that the disk works", .path.display())]
    Files {
        /// What could not be opened.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// Another version or another program wrote its content.
    #[error(transparent)]
    Schema(#[from] SchemaFault),
    /// The engine could not make sense of its files.
    #[error(transparent)]
    Engine(EngineFault),
}

/// Why one try to open failed: whether to try again.
#[derive(Debug)]
pub(super) enum Attempt {
    Busy { path: PathBuf },
    Failed(OpenFault),
}

#[derive(Debug, thiserror::Error)]
#[error("the engine gave up while it read its files")]
struct GaveUp;

/// Opens the store in a directory, or makes a new one there that only its owner can read.
///
/// A process killed in a disk write keeps its lock for a moment, so a busy store is tried again until patience runs out.
pub fn open(kind: EngineKind, directory: &Path, options: &OpenOptions) -> Result<Box<dyn Engine>, OpenFault> {
    make_directory(directory).map_err(|source| OpenFault::Files { path: directory.to_path_buf(), source })?;
    for found in EngineKind::ALL {
        let path = found.path(directory);
        if found != kind && path.exists() {
            return Err(OpenFault::OtherEngine { wanted: kind, found, path });
        }
    }
    let path = kind.path(directory);
    let engine: Box<dyn Engine> = match kind {
        EngineKind::Redb => Box::new(patiently(options, || RedbEngine::open(&path, options))?),
        EngineKind::Sled => Box::new(patiently(options, || SledEngine::open(&path, options))?),
    };
    schema::admit(engine.as_ref())?;
    Ok(engine)
}

/// What a check found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Health {
    /// Nothing wrong.
    Sound,
    /// Something was wrong and is repaired; what is derived from records should be built anew.
    Repaired,
}

/// Why a check could not say that a store is sound.
#[derive(Debug, thiserror::Error)]
pub enum CheckFault {
    /// There is nothing to check.
    #[error("there is no store at `{}`; check the directory in the configuration", .path.display())]
    Missing {
        /// Where it should be.
        path: PathBuf,
    },
    /// It cannot be opened.
    #[error(transparent)]
    Open(#[from] OpenFault),
    /// It cannot be read to the end.
    #[error(transparent)]
    Read(#[from] EngineFault),
}

/// Checks a store that no process has open: the engine's own verification where it has one, the schema, and every entry read.
///
/// It reads the whole store, so it is for an operator and not for every start.
pub fn check(kind: EngineKind, directory: &Path, options: &OpenOptions) -> Result<Health, CheckFault> {
    let path = kind.path(directory);
    if !path.exists() {
        return Err(CheckFault::Missing { path });
    }
    let sound = match kind {
        EngineKind::Redb => patiently(options, || RedbEngine::verify(&path, options))?,
        // sled verifies the checksum of what it reads, as it reads it.
        EngineKind::Sled => true,
    };
    let engine = open(kind, directory, options)?;
    for keyspace in Keyspace::ALL {
        let range = KeyRange::all();
        for page in Pages::new(engine.as_ref(), *keyspace, range, Order::Ascending, PAGE_ENTRIES_MAX) {
            page?;
        }
    }
    Ok(if sound { Health::Sound } else { Health::Repaired })
}

/// Makes the entries of a directory durable.
pub(super) fn sync_directory(directory: &Path) -> io::Result<()> {
    // The parent of a bare file name is the empty path.
    let directory = if directory.as_os_str().is_empty() { Path::new(".") } else { directory };
    File::open(directory)?.sync_all()
}

fn make_directory(directory: &Path) -> io::Result<()> {
    if directory.is_dir() {
        return Ok(());
    }
    DirBuilder::new().recursive(true).mode(0o700).create(directory)?;
    directory.parent().map_or(Ok(()), sync_directory)
}

fn patiently<T>(options: &OpenOptions, mut attempt: impl FnMut() -> Result<T, Attempt>) -> Result<T, OpenFault> {
    let began = Instant::now();
    let patience = Duration::from_millis(options.patience_ms);
    let mut wait = Duration::from_millis(OPEN_WAIT_MS_FIRST);
    loop {
        // An engine may panic over damaged files; to a person that is damage, not a bug to report.
        let outcome = catch_unwind(AssertUnwindSafe(&mut attempt))
            .unwrap_or_else(|_| Err(Attempt::Failed(OpenFault::Engine(EngineFault::Damaged(Box::new(GaveUp))))));
        let path = match outcome {
            Ok(opened) => return Ok(opened),
            Err(Attempt::Failed(fault)) => return Err(fault),
            Err(Attempt::Busy { path }) => path,
        };
        let left = patience.saturating_sub(began.elapsed());
        if left.is_zero() {
            let waited_ms = began.elapsed().as_millis().try_into().unwrap_or(u64::MAX);
            return Err(OpenFault::Busy { path, waited_ms });
        }
        std::thread::sleep(wait.min(left));
        wait = wait.saturating_mul(2).min(Duration::from_millis(OPEN_WAIT_MS_MAX));
    }
}
