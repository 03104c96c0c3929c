//! The directory of a node: which file stands where.

use std::fs::{self, File, TryLockError};
use std::io;
use std::path::{Path, PathBuf};

use chancery_record::{CardFault, ContactCard, Country, SignedCard};
use thiserror::Error;

use crate::armour::{Armour, ArmourFault};
use crate::config::Config;
use crate::durable_file::{self, FileFault, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::keys::KeyFault;
use crate::keys::country::CountryKeys;
use crate::keys::ring::KeyRing;
use crate::limits::ARMOUR_BYTES_MAX;

/// The directory of one node.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NodeDirectory {
    root: PathBuf,
}

/// Held while a command changes files that belong together; another such command waits for it to end.
#[derive(Debug)]
pub struct ChangeLock {
    _directory: File,
}

/// Why a directory is not what a command needs.
#[derive(Debug, Error)]
pub enum DirectoryFault {
    /// It is not there.
    #[error("there is no directory `{0}`")]
    Absent(PathBuf),
    /// It is there, but no node was made in it.
    #[error("`{0}` is not the directory of a node: it holds no `node.toml`")]
    NoNode(PathBuf),
    /// A node is to be made in it, but it holds something.
    #[error("the directory `{path}` is not empty: it holds `{holds}`")]
    NotEmpty {
        /// The directory.
        path: PathBuf,
        /// A file or directory in it.
        holds: String,
    },
    /// A node is to be made there, but it is a file.
    #[error("`{0}` is not a directory")]
    NotADirectory(PathBuf),
    /// Another command is changing it.
    #[error("another command is changing `{0}` at this moment")]
    InUse(PathBuf),
    /// A file.
    #[error(transparent)]
    File(#[from] FileFault),
}

impl From<DirectoryFault> for Failure {
    fn from(fault: DirectoryFault) -> Self {
        let next = match &fault {
            DirectoryFault::Absent(_) | DirectoryFault::NoNode(_) => {
                "name the node's directory with `--dir DIR` or CHANCERY_DIR, or make one with `chancery init`"
            }
            DirectoryFault::NotEmpty { .. } | DirectoryFault::NotADirectory(_) => {
                "choose another directory; `chancery init` never writes over a node"
            }
            DirectoryFault::InUse(_) => "wait for it to end and try again",
            DirectoryFault::File(_) => "check whom the directory belongs to",
        };
        Self::of(Exit::Failed, fault).next(next)
    }
}

/// Why a card cannot be read from its file.
#[derive(Debug, Error)]
pub enum CardFileFault {
    /// The file.
    #[error(transparent)]
    File(#[from] FileFault),
    /// No card stands in it.
    #[error("`{path}` cannot be read as a contact card: {fault}")]
    Armour {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: ArmourFault,
    },
    /// The card is not good.
    #[error("the contact card in `{path}` is not good: {fault}")]
    Card {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        fault: CardFault,
    },
}

impl From<CardFileFault> for Failure {
    fn from(fault: CardFileFault) -> Self {
        let next = match &fault {
            CardFileFault::File(_) => "check the name of the file and who may read it",
            _ => "ask for the card again; nothing of it has been kept",
        };
        Self::of(Exit::Failed, fault).next(next)
    }
}

impl NodeDirectory {
    /// A directory as named, whether or not there is a node in it.
    pub fn named(root: &Path) -> Self {
        Self { root: root.to_path_buf() }
    }

    /// The directory of a node that was made before.
    pub fn of_node(root: &Path) -> Result<Self, DirectoryFault> {
        let directory = Self::named(root);
        if !root.is_dir() {
            return Err(DirectoryFault::Absent(directory.root));
        }
        if !directory.config().exists() {
            return Err(DirectoryFault::NoNode(directory.root));
        }
        Ok(directory)
    }

    /// Whether a node may be made here: nothing is here yet, but for what an `init` that was killed has left.
    pub fn require_empty(&self) -> Result<(), DirectoryFault> {
        if !self.root.exists() {
            return Ok(());
        }
        if self.is_half_made() {
            let _changing = self.lock()?;
            self.unmake()?;
        }
        if !self.root.is_dir() {
            return Err(DirectoryFault::NotADirectory(self.root.clone()));
        }
        let system = |source| FileFault::System { doing: "list", path: self.root.clone(), source };
        match fs::read_dir(&self.root).map_err(system)?.next() {
            None => Ok(()),
            Some(entry) => {
                let holds = entry.map_err(system)?.file_name().to_string_lossy().into_owned();
                Err(DirectoryFault::NotEmpty { path: self.root.clone(), holds })
            }
        }
    }

    /// Whether a node was begun here and not finished: its configuration comes last.
    fn is_half_made(&self) -> bool {
        self.beginning().exists() && !self.config().exists()
    }

    /// Takes back what was made of a node that is not finished.
    pub fn unmake(&self) -> Result<(), FileFault> {
        let removed = |path: PathBuf, done: io::Result<()>| match done {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(FileFault::System { doing: "remove", path, source })
            }
            _ => Ok(()),
        };
        for made in [self.keys(), self.cards(), self.treaties(), self.laws(), self.store()] {
            let done = fs::remove_dir_all(&made);
            removed(made, done)?;
        }
        for made in [self.own_card(), self.request(), self.config()] {
            let done = fs::remove_file(&made);
            removed(made, done)?;
        }
        if self.root.is_dir() {
            durable_file::sweep_unfinished(&self.root)?;
        }
        let done = fs::remove_file(self.beginning());
        removed(self.beginning(), done)
    }

    /// The node is whole.
    pub fn finish(&self) -> Result<(), FileFault> {
        durable_file::remove(&self.beginning())
    }

    /// Removes what commands that were killed have left half written, unless one of them is at work.
    pub fn sweep(&self) {
        let Ok(_changing) = self.lock() else { return };
        let places = [self.root.clone(), self.keys(), self.cards(), self.learned(), self.treaties(), self.laws()];
        for place in places.into_iter().filter(|place| place.is_dir()) {
            match durable_file::sweep_unfinished(&place) {
                Ok(0) => {}
                Ok(count) => tracing::info!(count, place = %place.display(), "half-written files were removed"),
                Err(fault) => tracing::warn!(%fault, "a half-written file stays"),
            }
        }
        if self.config().exists() && self.beginning().exists() {
            let _ = self.finish();
        }
    }

    /// Stands here from the first file of a new node to its last, so that a second `init` may clear what a killed one left.
    fn beginning(&self) -> PathBuf {
        self.root.join("init.unfinished")
    }

    /// Makes the directory with those inside it.
    pub fn make(&self) -> Result<(), FileFault> {
        durable_file::make_directory(&self.root)?;
        durable_file::write(&self.beginning(), b"", Readers::Owner)?;
        for directory in [self.keys(), self.cards(), self.treaties(), self.laws(), self.store()] {
            durable_file::make_directory(&directory)?;
        }
        Ok(())
    }

    /// Keeps other commands from changing the directory until the lock is dropped.
    pub fn lock(&self) -> Result<ChangeLock, DirectoryFault> {
        let system = |doing, source| FileFault::System { doing, path: self.root.clone(), source };
        let directory = File::open(&self.root).map_err(|source| system("open", source))?;
        match directory.try_lock() {
            Ok(()) => Ok(ChangeLock { _directory: directory }),
            Err(TryLockError::WouldBlock) => Err(DirectoryFault::InUse(self.root.clone())),
            Err(TryLockError::Error(source)) => Err(system("lock", source).into()),
        }
    }

    /// The directory itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// The configuration.
    pub fn config(&self) -> PathBuf {
        self.root.join("node.toml")
    }

    /// The secret keys.
    pub fn keys(&self) -> PathBuf {
        self.root.join("keys")
    }

    /// The file of a secret key, without a number the newest one.
    pub fn key_file(&self, name: &str, serial: Option<u64>) -> PathBuf {
        self.keys().join(serial.map_or_else(|| format!("{name}.key"), |serial| format!("{name}-{serial}.key")))
    }

    /// This country's own card.
    pub fn own_card(&self) -> PathBuf {
        self.root.join("card.chancery")
    }

    /// The request that waits to be answered by whoever holds the country key.
    pub fn request(&self) -> PathBuf {
        self.root.join("certificate.request")
    }

    /// The imported cards.
    pub fn cards(&self) -> PathBuf {
        self.root.join("cards")
    }

    /// The imported card of a country.
    pub fn card_of(&self, country: Country) -> PathBuf {
        self.cards().join(format!("{country}.card"))
    }

    /// What peers brought of countries' keys since their cards.
    pub fn learned(&self) -> PathBuf {
        self.root.join("learned")
    }

    /// Treaties with their signatures.
    pub fn treaties(&self) -> PathBuf {
        self.root.join("treaties")
    }

    /// National laws.
    pub fn laws(&self) -> PathBuf {
        self.root.join("law")
    }

    /// This country's national law.
    pub fn law_of(&self, country: Country) -> PathBuf {
        self.laws().join(format!("{country}.toml"))
    }

    /// The store, where the configuration says nothing else.
    pub fn store(&self) -> PathBuf {
        self.root.join("store")
    }

    /// The socket of the local API.
    pub fn socket(&self) -> PathBuf {
        self.root.join("chancery.sock")
    }

    /// Reads and checks the configuration.
    pub fn read_config(&self) -> Result<Config, Failure> {
        Ok(Config::load(&self.config(), &self.root)?)
    }

    /// Reads and verifies this country's own card.
    pub fn read_own_card(&self) -> Result<(SignedCard, ContactCard), CardFileFault> {
        read_card(&self.own_card())
    }

    /// The country key, which may be kept elsewhere.
    pub fn country_keys(&self) -> CountryKeys {
        CountryKeys::in_directory(&self.keys())
    }

    /// The node's own keys.
    pub fn read_key_ring(&self) -> Result<KeyRing, KeyFault> {
        KeyRing::load(&self.keys())
    }
}

/// Reads and verifies a card from its armoured file.
pub fn read_card(path: &Path) -> Result<(SignedCard, ContactCard), CardFileFault> {
    let text = durable_file::read_text(path, ARMOUR_BYTES_MAX)?;
    let bytes =
        Armour::Card.unwrap(&text).map_err(|fault| CardFileFault::Armour { path: path.to_path_buf(), fault })?;
    SignedCard::from_bytes(&bytes).map_err(|fault| CardFileFault::Card { path: path.to_path_buf(), fault })
}

/// Writes a card into its armoured file.
pub fn write_card(path: &Path, card: &SignedCard) -> Result<(), FileFault> {
    durable_file::write(path, Armour::Card.wrap(&card.to_bytes()).as_bytes(), Readers::Everyone)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_node_is_made_only_where_nothing_is() {
        let place = tempfile::tempdir().unwrap();
        let check = |name: &str| NodeDirectory::named(&place.path().join(name)).require_empty();
        check("absent").unwrap();
        check("").unwrap();
        fs::write(place.path().join("notes.txt"), "mine").unwrap();
        assert!(matches!(check(""), Err(DirectoryFault::NotEmpty { holds, .. }) if holds == "notes.txt"));
        assert!(matches!(check("notes.txt"), Err(DirectoryFault::NotADirectory(_))));
        assert!(matches!(NodeDirectory::of_node(place.path()), Err(DirectoryFault::NoNode(_))));
    }

    #[test]
    fn what_a_killed_init_left_is_cleared_and_a_node_never_is() {
        let place = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::named(place.path());
        directory.make().unwrap();
        fs::write(directory.key_file("record", None), "a key").unwrap();
        fs::write(place.path().join(".node.toml.77.unfinished"), "country").unwrap();
        directory.require_empty().unwrap();
        assert_eq!(fs::read_dir(place.path()).unwrap().count(), 0);
        directory.make().unwrap();
        fs::write(directory.config(), "country").unwrap();
        assert!(matches!(directory.require_empty(), Err(DirectoryFault::NotEmpty { .. })));
        directory.sweep();
        assert!(directory.keys().is_dir() && !directory.beginning().exists());
    }

    #[test]
    fn two_commands_do_not_change_it_at_once() {
        let place = tempfile::tempdir().unwrap();
        let directory = NodeDirectory::named(place.path());
        let held = directory.lock().unwrap();
        assert!(matches!(directory.lock(), Err(DirectoryFault::InUse(_))));
        drop(held);
        directory.lock().unwrap();
    }
}
