//! What stands between an exchange and its store: nothing, or a planted bug.

use chancery_exchange::{Change, Incoming, ProtocolFault};
use chancery_record::{Country, Moment};
use chancery_store::Store;

use crate::bug::Bug;
use crate::node::Node;
use crate::oracle::Oracle;

mod holdings;

/// A store as an exchange sees it.
pub struct House<'a> {
    /// What is kept.
    pub store: &'a Store,
    /// What is wrong with the reading of it.
    pub bug: Option<Bug>,
    /// Whose it is.
    pub own: Country,
    /// What the clocks show.
    pub now: Moment,
}

/// What comes to the disk of what the exchange asked to be written.
pub fn bent(node: &Node, changes: Vec<Change>) -> Vec<Change> {
    let _ = node;
    changes
}

/// What comes to the exchange of what was verified.
pub fn misread(
    oracle: &Oracle,
    to: Country,
    from: Country,
    node: Option<&Node>,
    message: Result<Incoming, ProtocolFault>,
) -> Result<Incoming, ProtocolFault> {
    let _ = (oracle, to, from, node);
    message
}
