//! Putting a new card of one's own country in force: the card, and the keys its certificates name in their places.

use std::path::PathBuf;

use chancery_record::signing::public_key;
use chancery_record::{Certificate, ContactCard, Instant, PublicKey, SignedCard};

use crate::directory::{CardFileFault, NodeDirectory, write_card};
use crate::durable_file;
use crate::failure::Failure;
use crate::keys::ring::KeyRing;
use crate::keys::{KeyFault, KeyKind, read_plain};

/// Puts the card in force. Keys move first: at every moment in between, each key is in the directory under some name, and
/// the ring finds it by what it is.
pub fn adopt(directory: &NodeDirectory, signed: &SignedCard, card: &ContactCard, now: Instant) -> Result<(), Failure> {
    let mut certificates = card.opened_certificates().unwrap_or_default();
    certificates.sort_by_key(|certificate| certificate.serial);
    settle(directory, "transport", KeyKind::Transport, &certificates, |certificate| certificate.transport_key)?;
    settle(directory, "record", KeyKind::Record, &certificates, |certificate| certificate.record_key)?;
    write_card(&directory.own_card(), signed).map_err(CardFileFault::from)?;
    prune(directory, "transport", KeyKind::Transport, &certificates, now, |certificate| certificate.transport_key)?;
    prune(directory, "record", KeyKind::Record, &certificates, now, |certificate| certificate.record_key)
}

/// Where a key waits whose certificate is not signed yet.
pub fn waiting_key(directory: &NodeDirectory, stem: &str) -> PathBuf {
    directory.keys().join(format!("{stem}-next.key"))
}

/// The key of the newest certificate gets the plain name, the one before gets the serial of its certificate.
fn settle(
    directory: &NodeDirectory,
    stem: &str,
    kind: KeyKind,
    certificates: &[Certificate],
    named: impl Fn(&Certificate) -> PublicKey,
) -> Result<(), Failure> {
    let ring = KeyRing::load(&directory.keys())?;
    let Some(newest) = certificates.last().map(&named) else { return Ok(()) };
    let held = match kind {
        KeyKind::Transport => ring.transport(&newest),
        _ => ring.record(&newest),
    };
    let place = directory.key_file(stem, None);
    let Some(held) = held.filter(|held| held.path != place) else { return Ok(()) };
    if place.exists() {
        let before = public_key(&read_plain(&place, kind)?);
        let serial = certificates.iter().rev().find(|certificate| named(certificate) == before);
        let aside = directory.key_file(stem, Some(serial.map_or(0, |certificate| certificate.serial)));
        durable_file::rename(&place, &aside).map_err(KeyFault::from)?;
    }
    durable_file::rename(&held.path, &place).map_err(KeyFault::from)?;
    Ok(())
}

/// Removes keys that were set aside and whose last certificate has ended: nothing can be sealed with them any more.
fn prune(
    directory: &NodeDirectory,
    stem: &str,
    kind: KeyKind,
    certificates: &[Certificate],
    now: Instant,
    named: impl Fn(&Certificate) -> PublicKey,
) -> Result<(), Failure> {
    for serial in certificates.iter().map(|certificate| certificate.serial) {
        let path = directory.key_file(stem, Some(serial));
        if !path.exists() {
            continue;
        }
        let key = public_key(&read_plain(&path, kind)?);
        let last = certificates.iter().filter(|certificate| named(certificate) == key).map(|one| one.not_after).max();
        if last.is_some_and(|last| last <= now) {
            durable_file::remove(&path).map_err(KeyFault::from)?;
        }
    }
    Ok(())
}
