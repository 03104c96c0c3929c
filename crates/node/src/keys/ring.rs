//! The node's own keys with the certificates they stand under.

use std::path::{Path, PathBuf};

use chancery_record::signing::public_key;
use chancery_record::{Certificate, ContactCard, Country, Instant, PublicKey};
use ed25519_dalek::SigningKey;
use thiserror::Error;

use super::{KeyFault, KeyKind, read_plain};
use crate::durable_file;
use crate::exit::Exit;
use crate::failure::Failure;
use crate::limits::{CLOCK_TOLERANCE_MS, KEYS_MAX};

/// Every transport and record key of the node, whether its certificate is over, in effect or still to come.
pub struct KeyRing {
    transport: Vec<HeldKey>,
    record: Vec<HeldKey>,
}

/// One key with its file.
pub struct HeldKey {
    /// Where it was read from.
    pub path: PathBuf,
    /// The key.
    pub key: SigningKey,
}

/// What the node speaks with now.
pub struct KeysInEffect<'a> {
    /// The certificate that names both keys.
    pub certificate: Certificate,
    /// The network identity.
    pub transport: &'a SigningKey,
    /// The key that seals.
    pub record: &'a SigningKey,
}

/// Why the node has nothing to speak with.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NoKeys {
    /// Its card names no certificate that is valid now.
    #[error("no certificate of {country} is valid at {at}; the last one ended at {last}")]
    NotValid {
        /// The country.
        country: Country,
        /// Now.
        at: Instant,
        /// The latest end of any certificate.
        last: Instant,
    },
    /// Its card names no certificate.
    #[error("the card of {0} names no certificate")]
    NoCertificate(Country),
    /// Every certificate that is valid has been revoked.
    #[error("every certificate of {0} that is valid now has been revoked")]
    Revoked(Country),
    /// The keys that a valid certificate names are not in the directory.
    #[error("the keys that certificate {serial} of {country} names are not in the directory `keys`")]
    Absent {
        /// The country.
        country: Country,
        /// The certificate.
        serial: u64,
    },
}

impl From<NoKeys> for Failure {
    fn from(fault: NoKeys) -> Self {
        let next = match &fault {
            NoKeys::Absent { .. } => {
                "restore the files `transport*.key` and `record*.key` from a backup, or run `chancery key rotate`"
            }
            _ => "run `chancery key rotate --overlap-days 0`",
        };
        Self::of(Exit::Failed, fault).next(next)
    }
}

impl KeyRing {
    /// Reads every `transport*.key` and `record*.key` of the directory.
    pub fn load(directory: &Path) -> Result<Self, KeyFault> {
        let held = |stem: &str, kind| -> Result<Vec<HeldKey>, KeyFault> {
            let files = durable_file::list(directory, ".key", KEYS_MAX * 4)?;
            let named = |path: &PathBuf| {
                let name = path.file_stem().and_then(|name| name.to_str()).unwrap_or_default();
                name.strip_prefix(stem).is_some_and(|rest| rest.is_empty() || rest.starts_with('-'))
            };
            let read = |path: PathBuf| Ok(HeldKey { key: read_plain(&path, kind)?, path });
            files.into_iter().filter(named).take(KEYS_MAX).map(read).collect()
        };
        Ok(Self { transport: held("transport", KeyKind::Transport)?, record: held("record", KeyKind::Record)? })
    }

    /// The transport key with that public half.
    pub fn transport(&self, public: &PublicKey) -> Option<&HeldKey> {
        find(&self.transport, public)
    }

    /// The record key with that public half.
    pub fn record(&self, public: &PublicKey) -> Option<&HeldKey> {
        find(&self.record, public)
    }

    /// What the node speaks with at `at`: the keys of the highest certificate of its card that is valid then, is not
    /// revoked and whose keys are here. A certificate made ahead of time thus takes effect by itself; not in its first hour
    /// while an earlier one is still good, because by the clock of another country it may not have begun.
    pub fn in_effect(&self, card: &ContactCard, at: Instant) -> Result<KeysInEffect<'_>, NoKeys> {
        let country = card.country;
        let mut certificates = card.opened_certificates().unwrap_or_default();
        certificates.sort_by_key(|certificate| std::cmp::Reverse(certificate.serial));
        let last = certificates.iter().map(|certificate| certificate.not_after).max();
        let revoked: Vec<u64> =
            card.opened_revocations().unwrap_or_default().iter().map(|revocation| revocation.serial).collect();
        let has_begun_everywhere =
            |certificate: &Certificate| certificate.not_before.0.saturating_add(CLOCK_TOLERANCE_MS) <= at.0;
        let mut newest = None;
        let mut fault = last.map_or(NoKeys::NoCertificate(country), |last| NoKeys::NotValid { country, at, last });
        for certificate in certificates.into_iter().filter(|certificate| certificate.is_valid_at(at)) {
            if revoked.contains(&certificate.serial) {
                fault = NoKeys::Revoked(country);
                continue;
            }
            match (self.transport(&certificate.transport_key), self.record(&certificate.record_key)) {
                (Some(transport), Some(record)) => {
                    let is_settled = has_begun_everywhere(&certificate);
                    let keys = KeysInEffect { certificate, transport: &transport.key, record: &record.key };
                    if is_settled {
                        return Ok(keys);
                    }
                    newest = newest.or(Some(keys));
                }
                _ => fault = NoKeys::Absent { country, serial: certificate.serial },
            }
        }
        newest.ok_or(fault)
    }
}

fn find<'a>(held: &'a [HeldKey], public: &PublicKey) -> Option<&'a HeldKey> {
    held.iter().find(|held| public_key(&held.key) == *public)
}
