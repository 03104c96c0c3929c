//! Secret keys in files: plain for the node's own, encrypted with a passphrase for the country's.

pub mod country;
pub mod ring;

use std::path::{Path, PathBuf};

use age::secrecy::SecretString;
use ed25519_dalek::SigningKey;
use thiserror::Error;
use zeroize::Zeroizing;

use crate::durable_file::{self, FileFault, Readers};
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{KEY_FILE_BYTES_MAX, PASSPHRASE_WORK, PASSPHRASE_WORK_MAX};

/// What a key may do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyKind {
    /// Signs certificates, cards and treaties; the successor, too, is one.
    Country,
    /// Is the node's identity in the network.
    Transport,
    /// Seals records, signs receipts and terms.
    Record,
}

/// Why a secret key cannot be had.
#[derive(Debug, Error)]
pub enum KeyFault {
    /// The file.
    #[error(transparent)]
    File(#[from] FileFault),
    /// The file holds something else.
    #[error("`{path}` holds no {expected} key: its first line must be `{}`", first_line(*.expected))]
    Form {
        /// The file.
        path: PathBuf,
        /// What it should hold.
        expected: KeyKind,
    },
    /// The passphrase does not open it.
    #[error("the passphrase does not open `{path}`")]
    Passphrase {
        /// The file.
        path: PathBuf,
    },
    /// It is no file that age wrote with a passphrase.
    #[error("`{path}` cannot be decrypted")]
    Encryption {
        /// The file.
        path: PathBuf,
        /// What age said.
        source: age::DecryptError,
    },
    /// It could not be encrypted.
    #[error("a key cannot be encrypted")]
    Sealing(#[from] age::EncryptError),
    /// The system gives no random bytes.
    #[error("the system gives no random bytes")]
    Randomness(#[from] getrandom::Error),
}

impl From<KeyFault> for Failure {
    fn from(fault: KeyFault) -> Self {
        let next = match &fault {
            KeyFault::File(file) if file.is_absence() => {
                "restore the file from a backup, or make a new key with `chancery key rotate`"
            }
            KeyFault::File(_) => "check whom the file belongs to and that only its owner may read it",
            KeyFault::Form { .. } => "check that the right file stands there",
            KeyFault::Passphrase { .. } => "try again; capitals and spaces count",
            KeyFault::Encryption { .. } => "restore the file from a backup",
            KeyFault::Sealing(_) | KeyFault::Randomness(_) => "this machine is not fit to make keys; use another",
        };
        Self::new(Exit::Failed, "a key cannot be used").because(fault).next(next)
    }
}

impl std::fmt::Display for KeyKind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(match self {
            Self::Country => "country",
            Self::Transport => "transport",
            Self::Record => "record",
        })
    }
}

/// A fresh key from the system's randomness.
pub fn generate() -> Result<SigningKey, KeyFault> {
    let mut seed = Zeroizing::new([0u8; 32]);
    getrandom::fill(seed.as_mut_slice())?;
    Ok(SigningKey::from_bytes(&seed))
}

/// Writes a key that only the file's owner may read.
pub fn write_plain(path: &Path, kind: KeyKind, key: &SigningKey) -> Result<(), KeyFault> {
    Ok(durable_file::write(path, text_form(kind, key).as_bytes(), Readers::Owner)?)
}

/// Writes a key encrypted with a passphrase; `age --decrypt` reads it, too.
pub fn write_encrypted(
    path: &Path,
    kind: KeyKind,
    key: &SigningKey,
    passphrase: &SecretString,
) -> Result<(), KeyFault> {
    let mut recipient = age::scrypt::Recipient::new(passphrase.clone());
    recipient.set_work_factor(PASSPHRASE_WORK);
    let sealed = age::encrypt(&recipient, text_form(kind, key).as_bytes())?;
    Ok(durable_file::write(path, &sealed, Readers::Owner)?)
}

/// Reads a plain key.
pub fn read_plain(path: &Path, kind: KeyKind) -> Result<SigningKey, KeyFault> {
    let text = Zeroizing::new(durable_file::read(path, KEY_FILE_BYTES_MAX)?);
    parse(&text, kind).ok_or_else(|| KeyFault::Form { path: path.to_path_buf(), expected: kind })
}

/// Reads a key encrypted with a passphrase.
pub fn read_encrypted(path: &Path, kind: KeyKind, passphrase: &SecretString) -> Result<SigningKey, KeyFault> {
    let sealed = durable_file::read(path, KEY_FILE_BYTES_MAX)?;
    let mut identity = age::scrypt::Identity::new(passphrase.clone());
    identity.set_max_work_factor(PASSPHRASE_WORK_MAX);
    let text = age::decrypt(&identity, &sealed).map(Zeroizing::new).map_err(|fault| match fault {
        age::DecryptError::DecryptionFailed | age::DecryptError::NoMatchingKeys => {
            KeyFault::Passphrase { path: path.to_path_buf() }
        }
        source => KeyFault::Encryption { path: path.to_path_buf(), source },
    })?;
    parse(&text, kind).ok_or_else(|| KeyFault::Form { path: path.to_path_buf(), expected: kind })
}

fn first_line(kind: KeyKind) -> String {
    format!("chancery secret {kind} key (ed25519)")
}

fn text_form(kind: KeyKind, key: &SigningKey) -> Zeroizing<String> {
    let line = first_line(kind);
    // Room for all at once, so that no copy is left behind in a string that grew.
    let mut text = Zeroizing::new(String::with_capacity(line.len() + 2 * 32 + 2));
    text.push_str(&line);
    text.push('\n');
    for byte in Zeroizing::new(key.to_bytes()).iter() {
        for nibble in [byte >> 4, byte & 0xf] {
            text.push(char::from_digit(u32::from(nibble), 16).unwrap_or('0'));
        }
    }
    text.push('\n');
    text
}

fn parse(text: &[u8], kind: KeyKind) -> Option<SigningKey> {
    let text = std::str::from_utf8(text).ok()?;
    let (line, digits) = text.trim_end().split_once('\n')?;
    if line != first_line(kind) || digits.len() != 64 {
        return None;
    }
    let mut seed = Zeroizing::new([0u8; 32]);
    for (byte, pair) in seed.iter_mut().zip(digits.as_bytes().chunks(2)) {
        for digit in pair {
            *byte = (*byte << 4) | u8::try_from(char::from(*digit).to_digit(16)?).ok()?;
        }
    }
    Some(SigningKey::from_bytes(&seed))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_record::signing::public_key;

    #[test]
    fn a_plain_key_reads_back_as_what_it_is() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("record.key");
        let key = generate().unwrap();
        write_plain(&path, KeyKind::Record, &key).unwrap();
        assert_eq!(public_key(&read_plain(&path, KeyKind::Record).unwrap()), public_key(&key));
        let other = read_plain(&path, KeyKind::Transport).unwrap_err();
        assert!(matches!(other, KeyFault::Form { expected: KeyKind::Transport, .. }), "{other}");
        for damaged in ["", "chancery secret record key (ed25519)\n", "chancery secret record key (ed25519)\nzz"] {
            std::fs::write(&path, damaged).unwrap();
            assert!(read_plain(&path, KeyKind::Record).is_err(), "{damaged}");
        }
    }

    #[test]
    fn an_encrypted_key_needs_its_passphrase() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("country.age");
        let key = generate().unwrap();
        let secret = |text: &str| SecretString::from(text.to_owned());
        write_encrypted(&path, KeyKind::Country, &key, &secret("a long sentence")).unwrap();
        let read = read_encrypted(&path, KeyKind::Country, &secret("a long sentence")).unwrap();
        assert_eq!(public_key(&read), public_key(&key));
        let refused = read_encrypted(&path, KeyKind::Country, &secret("another")).unwrap_err();
        assert!(matches!(refused, KeyFault::Passphrase { .. }), "{refused}");
        let sealed = std::fs::read(&path).unwrap();
        std::fs::write(&path, &sealed[..sealed.len() - 1]).unwrap();
        assert!(read_encrypted(&path, KeyKind::Country, &secret("a long sentence")).is_err());
    }
}
