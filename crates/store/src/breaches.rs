//! Deliveries that exceeded their treaty.

use bincode::{Decode, Encode};
use chancery_record::{Country, Instant, RecordId};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{BREACHES_PER_PEER_MAX, NOTE_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

/// One delivery that exceeded its treaty.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Breach {
    /// Which record.
    pub record: RecordId,
    /// What was exceeded, without content.
    pub what: String,
    /// When it came.
    pub at: Instant,
}
row!(Breach, Breaches, NOTE_ROW_BYTES_MAX);

/// Keeps a breach, in the place of the peer's oldest where there are too many.
pub(crate) fn keep(pending: &mut Pending<'_>, peer: Country, breach: &Breach) -> Result<(), CommitFault> {
    pending.log(Key::new().country(peer), BREACHES_PER_PEER_MAX, breach)
}

/// A peer's breaches, the latest first.
pub(crate) fn of_peer(rows: Rows<'_>, peer: Country, page: usize) -> Result<Vec<Breach>, RowFault> {
    let found = rows.scan(Keyspace::Breaches, KeyRange::prefix(&peer.letters()), Order::Descending, page)?;
    found.iter().map(|(_, value)| read(value)).collect()
}
