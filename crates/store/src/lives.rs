//! The lives of this store: which one it is in, what peers have given back, what has still to be compared with them.

use bincode::{Decode, Encode};
use chancery_exchange::{Incarnation, Life, ReturnProgress};
use chancery_record::{Country, Instant};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{CHECK_DUE_BYTES_MAX, PAGE_ENTRIES_MAX, SMALL_ROW_BYTES_MAX};
use crate::meta;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, row};

#[derive(Encode, Decode)]
struct LifeRow(Life);
row!(LifeRow, Meta, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct MetRow(Incarnation);
row!(MetRow, Received, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct ReturnRow(ReturnProgress);
row!(ReturnRow, Returns, SMALL_ROW_BYTES_MAX);

/// Begins another life, mute until its peers have given back; what they gave to an earlier one counts no more.
pub(crate) fn begin(pending: &mut Pending<'_>, incarnation: Incarnation, at: Instant) -> Result<(), CommitFault> {
    let asked = pending.rows().scan(Keyspace::Returns, KeyRange::all(), Order::Ascending, PAGE_ENTRIES_MAX)?;
    // What this very commit says of the last life goes as well: lists of changes share commits.
    let keys = asked.into_iter().map(|(key, _)| key).chain(pending.written(Keyspace::Returns));
    for key in keys.collect::<Vec<_>>() {
        pending.delete(Keyspace::Returns, Key::new().bytes(&key));
    }
    meta::set_incarnation(pending, incarnation)?;
    pending.put(life_key(), &LifeRow(Life::Recovering(at)))
}

/// This life knows what its peers knew.
pub(crate) fn recovered(pending: &mut Pending<'_>, at: Instant) -> Result<(), CommitFault> {
    pending.put(life_key(), &LifeRow(Life::Recovered(at)))
}

/// Which life the store is in.
pub(crate) fn life(rows: Rows<'_>) -> Result<Life, RowFault> {
    Ok(rows.get(&life_key())?.map_or(Life::First, |LifeRow(life)| life))
}

/// Remembers the latest life of a peer's store.
pub(crate) fn set_met(pending: &mut Pending<'_>, peer: Country, incarnation: Incarnation) -> Result<(), CommitFault> {
    pending.put(met_key(peer), &MetRow(incarnation))
}

/// The latest life of a peer's store that was met.
pub(crate) fn met(rows: Rows<'_>, peer: Country) -> Result<Option<Incarnation>, RowFault> {
    Ok(rows.get(&met_key(peer))?.map(|MetRow(incarnation)| incarnation))
}

/// Remembers how far a peer has given back.
pub(crate) fn set_returned(
    pending: &mut Pending<'_>,
    peer: Country,
    progress: &ReturnProgress,
) -> Result<(), CommitFault> {
    pending.put(Key::new().country(peer), &ReturnRow(*progress))
}

/// How far a peer has given back in this life.
pub(crate) fn returned(rows: Rows<'_>, peer: Country) -> Result<Option<ReturnProgress>, RowFault> {
    Ok(rows.get(&Key::new().country(peer))?.map(|ReturnRow(progress)| progress))
}

/// Remembers what is left of comparing what was delivered to a peer; none once it agrees.
pub(crate) fn set_check_due(pending: &mut Pending<'_>, peer: Country, left: Option<&[u8]>) -> Result<(), CommitFault> {
    match left {
        Some(left) => {
            pending.put_bytes(Keyspace::ChecksDue, Key::new().country(peer), left.to_vec(), CHECK_DUE_BYTES_MAX)
        }
        None => {
            pending.delete(Keyspace::ChecksDue, Key::new().country(peer));
            Ok(())
        }
    }
}

/// What is left of comparing what was delivered to a peer.
pub(crate) fn check_due(rows: Rows<'_>, peer: Country) -> Result<Option<Vec<u8>>, RowFault> {
    rows.bytes(Keyspace::ChecksDue, &Key::new().country(peer))
}

/// The first byte keeps them apart from how far they hold our streams.
fn met_key(peer: Country) -> Key {
    Key::new().byte(b'm').country(peer)
}

fn life_key() -> Key {
    Key::new().bytes(b"life")
}
