//! The two messages of reconciliation, as they stand on the wire.

use bincode::{Decode, Encode};

use crate::{Item, Period};

/// The key of a run: 16 fresh random bytes of the driver, so that no fingerprint means anything elsewhere or later.
#[derive(Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RunKey(pub [u8; 16]);

impl std::fmt::Debug for RunKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("RunKey")
    }
}

/// What root and periods are computed from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Mode {
    /// The tallies that are kept: a few reads, but who chooses records could, at great cost, choose some whose sums agree.
    Plain,
    /// Every item anew under the run's key: no choice of records survives it.
    Salted,
}

/// One comparison of a set at both of its ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Run {
    /// Its key.
    pub key: RunKey,
    /// What root and periods are computed from.
    pub mode: Mode,
    /// Periods before this one are not compared.
    pub floor: Period,
}

/// What the sender of a ledger asks its receiver; one question at a time.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Compare {
    /// The run.
    pub run: Run,
    /// Questions of this run before it.
    pub number: u32,
    /// The question.
    pub question: Question,
}

/// What may be asked.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Question {
    /// Whether the whole set is this.
    Root([u8; 16]),
    /// Whether ranges are these. The body holds, for each part, its prefix and its fingerprints or short ids.
    Ranges {
        /// Which ranges, in order and apart.
        groups: Vec<PartGroup>,
        /// What is said of each.
        body: Vec<u8>,
    },
}

/// Neighbouring ranges that are alike in all but their prefix.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PartGroup {
    /// The period.
    pub period: Period,
    /// Bits of the prefix, which stands in the body.
    pub bits: u8,
    /// Fan or leaf, narrow or wide, as one byte.
    pub ask: u8,
    /// How many.
    pub parts: u16,
}

/// What the receiver answers, in one frame or several.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Compared {
    /// The run.
    pub key: RunKey,
    /// The question.
    pub number: u32,
    /// The answer.
    pub answer: Answer,
}

/// What may be answered.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Answer {
    /// The whole set is the same.
    Equal,
    /// It is not; these are its periods.
    Periods {
        /// The later of both floors.
        floor: Period,
        /// What stands for each period that has items.
        marks: Vec<PeriodMark>,
    },
    /// What differs in the next parts of the question.
    Ranges {
        /// Parts answered here.
        parts: u16,
        /// The answers, one behind the other.
        body: Vec<u8>,
        /// The items that the question did not name, in the same order.
        extras: Vec<Item>,
    },
}

/// What stands for a period.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct PeriodMark {
    /// The period.
    pub period: Period,
    /// How many items it has.
    pub count: u32,
    /// Its tally under the run's key.
    pub mark: u64,
}
