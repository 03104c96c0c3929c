//! Countries that lie: what each does that it should not.

use serde::Deserialize;

/// A lie. The country runs an honest node, whose frames are bent on their way out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Lie {
    /// It says nothing false: it listens and remembers. Two of them compare what they heard.
    Listens,
    /// It names other records than it sends.
    ForgedIds,
    /// It says again what it said or heard before, to whoever listens.
    Replays,
    /// It receipts what never came.
    FalseReceipts,
    /// It sends more sections for more purposes than the treaty allows.
    WidenedSections,
    /// It speaks of records that it was never told of.
    UnknownIds,
    /// It numbers its streams in two ways.
    Forks,
    /// It seals two manifests of one revision and sends each to somebody else.
    TwoManifests,
    /// It says that its set is the same, whatever it is asked.
    EqualSums,
    /// It says of every range that it differs, and names items that nobody sent.
    EndlessRanges,
    /// It offers ids that it could not pass on, to learn who has them.
    OffersUnreleasable,
}

impl Lie {
    /// All of them.
    pub const ALL: [Self; 11] = [
        Self::Listens,
        Self::ForgedIds,
        Self::Replays,
        Self::FalseReceipts,
        Self::WidenedSections,
        Self::UnknownIds,
        Self::Forks,
        Self::TwoManifests,
        Self::EqualSums,
        Self::EndlessRanges,
        Self::OffersUnreleasable,
    ];
}
