//! Which life a store is in, and how far what an earlier one had said was taken back from each peer.

use bincode::{Decode, Encode};
use chancery_record::{Instant, StatementId};

use crate::{Epoch, ItemNumber};

/// What a store knows of its own life.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Life {
    /// The life it began with; as far as it knows, none came before.
    First,
    /// A later life, since then, that is still taking back what peers hold of an earlier one.
    Recovering(Instant),
    /// A later life, which since then knows what its peers knew.
    Recovered(Instant),
}

impl Life {
    /// Whether the node is mute: it releases nothing and seals nothing.
    pub fn is_recovering(self) -> bool {
        matches!(self, Self::Recovering(_))
    }
}

/// How far a peer has given back; the asking goes on from here on the next connection.
///
/// INVARIANT (nothing beyond the view): both ways of counting are the asker's own, so that no gap tells it anything.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ReturnCursor {
    /// Statements of the asker, by their id; from the first on where none is named.
    Statements(Option<StatementId>),
    /// Terms sheets of the asker with the records under them, by their place in the asker's own stream.
    Sheets {
        /// The last sheet that was given back wholly.
        after: Option<(Epoch, ItemNumber)>,
        /// How many items of the next one were.
        given: u16,
    },
}

/// What a peer has given back so far.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReturnProgress {
    /// What is asked for next, or why nothing is.
    pub state: ReturnState,
    /// Statements that were not known here any more.
    pub statements: u64,
    /// Disclosures that were not known here any more.
    pub disclosures: u64,
    /// Own records, or sections of them, that were not held here any more.
    pub records: u64,
    /// What came and could not be taken: no good seal or signature of this country.
    pub refused: u64,
}

/// Whether a peer is still being asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum ReturnState {
    /// The next page is asked for from here on.
    Asking(ReturnCursor),
    /// The peer has given back all it held.
    Done,
    /// An operator goes on without the rest.
    Overridden,
}

impl Default for ReturnProgress {
    fn default() -> Self {
        let state = ReturnState::Asking(ReturnCursor::Statements(None));
        Self { state, statements: 0, disclosures: 0, records: 0, refused: 0 }
    }
}

impl ReturnProgress {
    /// Whether nothing more is expected of the peer.
    pub fn is_settled(&self) -> bool {
        !matches!(self.state, ReturnState::Asking(_))
    }
}
