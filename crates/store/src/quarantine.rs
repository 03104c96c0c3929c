//! What peers sent that could not be accepted, for an operator to look at.

use bincode::{Decode, Encode};
use chancery_exchange::{Epoch, ItemNumber, RefusalCode};
use chancery_record::{Country, Instant, RecordId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{QUARANTINE_PER_PEER_MAX, SMALL_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

/// One refused item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Quarantined {
    /// The epoch it came in.
    pub epoch: Epoch,
    /// Its number there.
    pub number: ItemNumber,
    /// The id it claims.
    pub record: RecordId,
    /// Why it was refused.
    pub code: RefusalCode,
    /// When it came.
    pub at: Instant,
}
row!(Quarantined, Quarantine, SMALL_ROW_BYTES_MAX);

/// Keeps an item, in the place of the peer's oldest where there are too many.
pub(crate) fn keep(pending: &mut Pending<'_>, peer: Country, item: &Quarantined) -> Result<(), CommitFault> {
    pending.log(Key::new().country(peer), QUARANTINE_PER_PEER_MAX, item)
}

/// A peer's items, the latest first.
pub(crate) fn of_peer(rows: Rows<'_>, peer: Country, page: usize) -> Result<Vec<Quarantined>, RowFault> {
    let found = rows.scan(Keyspace::Quarantine, KeyRange::prefix(&peer.letters()), Order::Descending, page)?;
    found.iter().map(|(_, value)| read(value)).collect()
}
