//! What is withheld from a peer now and could be released later.

use bincode::{Decode, Encode};
use chancery_exchange::Deferral;
use chancery_record::{Country, RecordId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::SMALL_ROW_BYTES_MAX;
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

#[derive(Encode, Decode)]
struct DeferralRow(Deferral);
row!(DeferralRow, Deferred, SMALL_ROW_BYTES_MAX);

/// Remembers a deferral; a later one of the same record and peer takes its place.
pub(crate) fn put(pending: &mut Pending<'_>, deferral: &Deferral) -> Result<(), CommitFault> {
    pending.put(key(deferral.peer, &deferral.record), &DeferralRow(deferral.clone()))
}

/// Forgets it.
pub(crate) fn remove(pending: &mut Pending<'_>, peer: Country, record: &RecordId) {
    pending.delete(Keyspace::Deferred, key(peer, record));
}

/// What is deferred for a peer after a record, by record id.
pub(crate) fn of_peer(
    rows: Rows<'_>,
    peer: Country,
    after: Option<RecordId>,
    page: usize,
) -> Result<Vec<Deferral>, RowFault> {
    let mut range = KeyRange::prefix(&peer.letters());
    if let Some(after) = after {
        range = range.after(key(peer, &after).as_slice());
    }
    let found = rows.scan(Keyspace::Deferred, range, Order::Ascending, page)?;
    found.iter().map(|(_, value)| Ok(read::<DeferralRow>(value)?.0)).collect()
}

/// How much is deferred for a peer, counted up to `most`.
pub(crate) fn count(rows: Rows<'_>, peer: Country, most: usize) -> Result<usize, RowFault> {
    rows.count(Keyspace::Deferred, KeyRange::prefix(&peer.letters()), most)
}

fn key(peer: Country, record: &RecordId) -> Key {
    Key::new().country(peer).bytes(&record.0)
}
