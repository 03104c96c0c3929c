//! The country key with the successor it commits to, as files of one directory.

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use chancery_record::PublicKey;
use chancery_record::signing::public_key;
use ed25519_dalek::SigningKey;
use thiserror::Error;

use super::{KeyFault, KeyKind, generate, read_encrypted, read_plain, write_encrypted, write_plain};
use crate::durable_file::{self, FileFault, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::KEY_FILE_BYTES_MAX;
use crate::passphrase::{KnownPassphrase, Protection};
use crate::talk::Talk;

/// A directory with a country key. The public halves stand beside the secret ones, so that a card can commit to a
/// successor that stays locked.
#[derive(Clone, Debug)]
pub struct CountryKeys {
    directory: PathBuf,
}

/// Why the country key cannot be had here.
#[derive(Debug, Error)]
pub enum CountryKeysFault {
    /// There is none.
    #[error("there is no country key in `{0}`")]
    Absent(PathBuf),
    /// There is one that must not be overwritten.
    #[error("`{0}` already holds a country key")]
    Present(PathBuf),
    /// The successor's public half is not beside it.
    #[error("`{0}` does not say which key succeeds the country key")]
    NoSuccessor(PathBuf),
}

impl From<CountryKeysFault> for Failure {
    fn from(fault: CountryKeysFault) -> Self {
        let next = match &fault {
            CountryKeysFault::Absent(_) => {
                "if it is kept elsewhere, run `chancery key certify` on that machine, or name its place with \
                 `--country-key-dir DIR`"
            }
            CountryKeysFault::Present(_) => "choose an empty directory",
            CountryKeysFault::NoSuccessor(_) => "bring back `successor.pub`, which was made together with the key",
        };
        Self::of(Exit::Failed, fault).next(next)
    }
}

/// The country key, opened, with what protects it.
pub struct OpenCountryKey {
    /// The key.
    pub key: SigningKey,
    /// How it was kept, for keys that are to be kept alike.
    pub protection: Protection,
}

impl CountryKeys {
    /// The country key among the files of that directory.
    pub fn in_directory(directory: &Path) -> Self {
        Self { directory: directory.to_path_buf() }
    }

    /// Makes a country key and its successor.
    pub fn create(&self, protection: &Protection) -> Result<(SigningKey, PublicKey), Failure> {
        if self.path(COUNTRY).is_some() {
            return Err(CountryKeysFault::Present(self.directory.clone()).into());
        }
        let country = self.make(COUNTRY, protection)?;
        let successor = self.make(SUCCESSOR, protection)?;
        Ok((country, public_key(&successor)))
    }

    /// Whether the secret country key is here.
    pub fn is_here(&self) -> bool {
        self.path(COUNTRY).is_some()
    }

    /// Whether the secret successor is here.
    pub fn has_successor(&self) -> bool {
        self.path(SUCCESSOR).is_some()
    }

    /// The public half of the country key, as it stands beside it.
    pub fn public(&self) -> Option<PublicKey> {
        self.read_public(COUNTRY).ok()
    }

    /// The public half of the successor, as it stands beside it.
    pub fn successor(&self) -> Result<PublicKey, Failure> {
        self.read_public(SUCCESSOR).map_err(|_| CountryKeysFault::NoSuccessor(self.directory.clone()).into())
    }

    /// Opens the country key.
    pub fn open(&self, passphrase: &KnownPassphrase, talk: &Talk) -> Result<OpenCountryKey, Failure> {
        self.open_named(COUNTRY, passphrase, talk)
    }

    /// Opens the successor.
    pub fn open_successor(&self, passphrase: &KnownPassphrase, talk: &Talk) -> Result<OpenCountryKey, Failure> {
        self.open_named(SUCCESSOR, passphrase, talk)
    }

    /// Makes the successor that follows after [`Self::succeed`]; nothing changes until then.
    pub fn prepare_next(&self, protection: &Protection) -> Result<PublicKey, Failure> {
        Ok(public_key(&self.make(NEXT_SUCCESSOR, protection)?))
    }

    /// Puts the successor in the country key's place, and the prepared key in the successor's. The key that goes is kept
    /// under another name: whether it is lost or stolen, destroying it is for people to decide.
    pub fn succeed(&self) -> Result<(), Failure> {
        let taken = |name: &String| ENDINGS.iter().any(|ending| self.file(name, ending).exists());
        let retired = (1..).map(|number: u64| format!("country-retired-{number}")).find(|name| !taken(name));
        let retired = retired.unwrap_or_default();
        for (from, to) in [(COUNTRY, retired.as_str()), (SUCCESSOR, COUNTRY), (NEXT_SUCCESSOR, SUCCESSOR)] {
            for ending in ENDINGS {
                let (from, to) = (self.file(from, ending), self.file(to, ending));
                if from.exists() {
                    durable_file::rename(&from, &to).map_err(KeyFault::from)?;
                }
            }
        }
        Ok(())
    }

    fn make(&self, name: &str, protection: &Protection) -> Result<SigningKey, KeyFault> {
        let key = generate()?;
        match protection {
            Protection::Plain => write_plain(&self.file(name, PLAIN), KeyKind::Country, &key)?,
            Protection::Passphrase(passphrase) => {
                write_encrypted(&self.file(name, ENCRYPTED), KeyKind::Country, &key, passphrase)?;
            }
        }
        let line = format!("{}\n", public_key(&key));
        durable_file::write(&self.file(name, PUBLIC), line.as_bytes(), Readers::Everyone)?;
        Ok(key)
    }

    /// Opens the country key in a file of any name.
    pub fn open_file(path: &Path, passphrase: &KnownPassphrase, talk: &Talk) -> Result<OpenCountryKey, Failure> {
        if path.extension().is_some_and(|ending| ending == ENCRYPTED) {
            let secret: SecretString = passphrase.reveal(path, talk)?;
            let key = read_encrypted(path, KeyKind::Country, &secret)?;
            return Ok(OpenCountryKey { key, protection: Protection::Passphrase(secret) });
        }
        Ok(OpenCountryKey { key: read_plain(path, KeyKind::Country)?, protection: Protection::Plain })
    }

    fn open_named(&self, name: &str, passphrase: &KnownPassphrase, talk: &Talk) -> Result<OpenCountryKey, Failure> {
        let path = self.path(name).ok_or_else(|| CountryKeysFault::Absent(self.directory.clone()))?;
        Self::open_file(&path, passphrase, talk)
    }

    fn read_public(&self, name: &str) -> Result<PublicKey, FileFault> {
        let path = self.file(name, PUBLIC);
        let text = durable_file::read_text(&path, KEY_FILE_BYTES_MAX)?;
        text.trim().parse().map_err(|_| FileFault::NotText { path })
    }

    /// The file with the secret half, encrypted or plain.
    fn path(&self, name: &str) -> Option<PathBuf> {
        [ENCRYPTED, PLAIN].into_iter().map(|ending| self.file(name, ending)).find(|path| path.exists())
    }

    fn file(&self, name: &str, ending: &str) -> PathBuf {
        self.directory.join(format!("{name}.{ending}"))
    }
}

const COUNTRY: &str = "country";
const SUCCESSOR: &str = "successor";
const NEXT_SUCCESSOR: &str = "next-successor";
const ENCRYPTED: &str = "age";
const PLAIN: &str = "key";
const PUBLIC: &str = "pub";
const ENDINGS: [&str; 3] = [ENCRYPTED, PLAIN, PUBLIC];

#[cfg(test)]
mod tests {
    use super::*;
    use crate::talk::Loudness;

    #[test]
    fn the_successor_takes_the_place() {
        let directory = tempfile::tempdir().unwrap();
        let keys = CountryKeys::in_directory(directory.path());
        assert!(!keys.is_here() && keys.successor().is_err());
        let (first, second) = keys.create(&Protection::Plain).unwrap();
        assert!(keys.create(&Protection::Plain).is_err(), "a second key must not overwrite the first");
        assert_eq!(keys.successor().unwrap(), second);
        let third = keys.prepare_next(&Protection::Plain).unwrap();
        keys.succeed().unwrap();
        let talk = Talk::new(Loudness::Quiet);
        let open = keys.open(&KnownPassphrase::default(), &talk).unwrap();
        assert_eq!(public_key(&open.key), second);
        assert_eq!(keys.successor().unwrap(), third);
        let retired = read_plain(&directory.path().join("country-retired-1.key"), KeyKind::Country).unwrap();
        assert_eq!(retired.to_bytes(), first.to_bytes());
    }
}
