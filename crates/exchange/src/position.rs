//! Positions: in the local journal, in a stream to a peer, in the life of a store.

use std::fmt;

use bincode::{Decode, Encode};
use chancery_record::encoding::{Domain, digest};
use chancery_record::{Instant, StreamHash};

macro_rules! counter {
    ($(#[$doc:meta])* $name:ident, $number:ty) => {
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        pub struct $name(pub $number);

        impl $name {
            /// The one after this.
            #[must_use]
            pub const fn next(self) -> Self {
                Self(self.0.saturating_add(1))
            }
        }
        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

counter!(
    /// The place of an entry in the local order of acceptance; never leaves the node. The first entry is 1.
    JournalPosition, u64);
counter!(
    /// An interned label. The first is 0.
    LabelId, u32);
counter!(
    /// A run of a ledger's numbering; a new one opens on every connection and every change of law.
    Epoch, u64);
counter!(
    /// Which life of a store this is: changes when a store is restored or rebuilt, and only ever rises.
    Incarnation, u64);
counter!(
    /// The number of an item in a stream to one peer, dense within its epoch. The first is 1.
    ItemNumber, u64);
counter!(
    /// A write that has been asked for and not yet been answered.
    Ticket, u64);

impl Incarnation {
    /// The life that begins at an instant, after one that is known: numbered by the clock, and never lower.
    #[must_use]
    pub fn begun_at(at: Instant, known: Self) -> Self {
        Self(at.0).max(known.next())
    }
}

/// How far a ledger stream has come: the item, and the running hash over all items up to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct StreamPosition {
    /// The sender's store.
    pub incarnation: Incarnation,
    /// The epoch.
    pub epoch: Epoch,
    /// The last item; 0 where the epoch has none yet.
    pub number: ItemNumber,
    /// The running hash after it.
    pub hash: StreamHash,
}

/// The running hash of a stream that has no item yet.
pub const STREAM_ORIGIN: StreamHash = StreamHash([0; 32]);

/// The running hash after one more item.
pub fn chain(before: &StreamHash, item: &[u8]) -> StreamHash {
    StreamHash(digest(Domain::Stream, &[&before.0, item]))
}

/// How far an obligation stream has come; its numbers never start again.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ObligationPosition {
    /// The sender's store.
    pub incarnation: Incarnation,
    /// The last item; 0 where there is none yet.
    pub number: ItemNumber,
    /// The running hash after it.
    pub hash: StreamHash,
}
