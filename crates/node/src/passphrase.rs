//! Passphrases of country keys: from a file, from the terminal, or none.

use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use age::secrecy::{ExposeSecret, SecretString};
use clap::Args;
use zeroize::Zeroizing;

use crate::consent::has_terminal;
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{PASSPHRASE_CHARACTERS_WARNED, PASSPHRASE_FILE_BYTES_MAX};
use crate::talk::Talk;

/// Where the passphrase for keys that are made comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct NewPassphrase {
    /// Read the passphrase of the country key from the first line of this file
    #[arg(long, value_name = "FILE", conflicts_with = "no_passphrase")]
    pub passphrase_file: Option<PathBuf>,
    /// Keep the country key unencrypted, readable by its owner alone
    #[arg(long)]
    pub no_passphrase: bool,
}

/// Where the passphrase for a key that is there comes from.
#[derive(Args, Clone, Debug, Default)]
pub struct KnownPassphrase {
    /// Read the passphrase of the country key from the first line of this file
    #[arg(long, value_name = "FILE")]
    pub passphrase_file: Option<PathBuf>,
}

/// How a secret key is kept.
pub enum Protection {
    /// Encrypted with this passphrase.
    Passphrase(SecretString),
    /// As it is, in a file only its owner may read.
    Plain,
}

impl NewPassphrase {
    /// Reads or asks. Off a terminal it never waits for an answer that cannot come.
    pub fn protection(&self, talk: &Talk) -> Result<Protection, Failure> {
        if self.no_passphrase {
            return Ok(Protection::Plain);
        }
        let passphrase = match &self.passphrase_file {
            Some(path) => from_file(path, talk)?,
            None => ask_twice()?,
        };
        if passphrase.expose_secret().chars().count() < PASSPHRASE_CHARACTERS_WARNED {
            talk.warn("the passphrase is short; whoever copies the encrypted key can guess it at leisure");
        }
        Ok(Protection::Passphrase(passphrase))
    }
}

impl KnownPassphrase {
    /// Reads or asks, for the key in that file.
    pub fn reveal(&self, key: &Path, talk: &Talk) -> Result<SecretString, Failure> {
        if let Some(path) = &self.passphrase_file {
            return from_file(path, talk);
        }
        if !has_terminal() {
            return Err(Failure::new(
                Exit::Usage,
                format!("`{}` is encrypted, and there is no terminal to ask for its passphrase", key.display()),
            )
            .next("give `--passphrase-file FILE`"));
        }
        prompt(&format!("passphrase of `{}`: ", key.display()))
    }
}

fn from_file(path: &Path, talk: &Talk) -> Result<SecretString, Failure> {
    let unreadable = |fault| Failure::new(Exit::Failed, "the passphrase cannot be read").because(fault);
    let content = Zeroizing::new(durable_file::read_text(path, PASSPHRASE_FILE_BYTES_MAX).map_err(unreadable)?);
    if std::fs::metadata(path).is_ok_and(|file| file.is_file() && file.mode() & 0o077 != 0) {
        let shown = path.display();
        talk.warn(&format!("others than its owner may open the passphrase file `{shown}`: run `chmod 600 '{shown}'`"));
    }
    let line = content.lines().next().unwrap_or_default();
    if line.is_empty() {
        return Err(Failure::new(Exit::Usage, format!("the first line of `{}` is empty", path.display()))
            .next("write the passphrase there, or give `--no-passphrase`"));
    }
    Ok(SecretString::from(line.to_owned()))
}

fn ask_twice() -> Result<SecretString, Failure> {
    if !has_terminal() {
        return Err(Failure::new(
            Exit::Usage,
            "the country key needs a passphrase, and there is no terminal to ask for one",
        )
        .next("give `--passphrase-file FILE`; or `--no-passphrase`, which leaves the key to the file's permissions"));
    }
    let first = prompt("passphrase for the country key: ")?;
    if first.expose_secret().is_empty() {
        return Err(Failure::new(Exit::Usage, "the passphrase is empty")
            .next("type one, or give `--no-passphrase` to leave the key to the file's permissions"));
    }
    let second = prompt("the same again: ")?;
    if first.expose_secret() != second.expose_secret() {
        return Err(Failure::new(Exit::Usage, "the two passphrases differ").next("run the command again"));
    }
    Ok(first)
}

fn prompt(question: &str) -> Result<SecretString, Failure> {
    rpassword::prompt_password(question)
        .map(SecretString::from)
        .map_err(|fault| Failure::new(Exit::Failed, "the passphrase cannot be read").because(fault))
}
