//! Planted bugs: faults of a node that the oracles must find, as switches of what stands around the exchange.

use serde::Deserialize;

/// One fault of the house.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Bug {
    /// Once in a while a node decides by a wider treaty than the one in force.
    DecisionSkipped,
    /// A commit is answered before it is made.
    AckBeforeCommit,
    /// The cursor moves when a record is written into the ledger, not when it is receipted.
    CursorOnSend,
    /// A mark is forgotten soon after it was made.
    TombstoneEarly,
    /// A withdrawal goes only to those who may have the record today.
    WithdrawalByView,
    /// A number is left out.
    GapInNumbering,
    /// A receipt is taken for whatever was sent, whatever it says.
    ReceiptUnchecked,
    /// The exchange learns of a new law a while after it is in force.
    StaleLaw,
    /// The disclosure is not written down.
    LedgerSkipped,
    /// What was receipted is not known to be held by the peer.
    SentTwice,
    /// A numbering is begun a second time after a restart.
    EpochReused,
    /// A record is dropped between its judgement and the disk, and receipted all the same.
    AcceptDropped,
    /// A backlog of routine records goes before everything urgent.
    LaneStarvation,
    /// A field that a peer sees counts all records.
    CountOverAll,
    /// A disk is replaced by an older copy, and the word of the peers that proves it is not heard.
    DuplicateIncarnation,
    /// A withdrawal is kept to oneself by one holder in two.
    WithdrawalUnheard,
}

impl Bug {
    /// All of them.
    pub const ALL: [Self; 16] = [
        Self::DecisionSkipped,
        Self::AckBeforeCommit,
        Self::CursorOnSend,
        Self::TombstoneEarly,
        Self::WithdrawalByView,
        Self::GapInNumbering,
        Self::ReceiptUnchecked,
        Self::StaleLaw,
        Self::LedgerSkipped,
        Self::SentTwice,
        Self::EpochReused,
        Self::AcceptDropped,
        Self::LaneStarvation,
        Self::CountOverAll,
        Self::DuplicateIncarnation,
        Self::WithdrawalUnheard,
    ];
}
