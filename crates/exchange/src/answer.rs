//! What a local caller is told, after what it asked for is durable.

use chancery_record::{Country, Date, Lineage, RecordId, StatementId};
use thiserror::Error;

use crate::session::checking::CheckReport;

/// The end of a local request.
#[derive(Debug, PartialEq, Eq)]
pub enum Answer {
    /// For each draft, in order.
    Published(Vec<Result<Published, PublishFault>>),
    /// The lineage is withdrawn, and owed to these holders.
    Withdrawn {
        /// The statement that says so.
        statement: StatementId,
        /// Whom it is owed to.
        holders: Vec<Country>,
        /// Which versions it takes back.
        records: Vec<RecordId>,
    },
    /// It could not be withdrawn.
    NotWithdrawn(WithdrawFault),
    /// The question is owed to the originator; it is named by this statement.
    ConsentAsked {
        /// The statement.
        statement: StatementId,
        /// Who is asked.
        originator: Country,
    },
    /// The answer is owed to who asked.
    ConsentAnswered {
        /// The statement.
        statement: StatementId,
        /// Who asked.
        asker: Country,
        /// From when on it counts no more.
        until: Date,
    },
    /// Nothing was asked or answered.
    NoConsent(ConsentFault),
    /// The audit line is durable.
    Audited,
    /// The clock is confirmed.
    ClockConfirmed,
    /// The store has begun another life and takes back what its peers hold of the last one.
    RecoveryBegun,
    /// The node goes on without what has not come back.
    RecoveryOverridden,
    /// How a ledger compared with what its peer holds of it.
    Checked(CheckReport),
    /// It could not be compared, or the connection ended before it was.
    NotChecked(CheckFault),
    /// Nothing was being waited for.
    NothingToOverride,
}

/// Why nothing was compared.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CheckFault {
    /// No connection.
    #[error("the peer is not connected")]
    NotConnected,
    /// Records do not flow.
    #[error("no records flow with the peer now; `chancery peer list` says why")]
    NoRecords,
    /// Others wait already.
    #[error("comparisons with the peer are waiting already")]
    Busy,
    /// It ended in between.
    #[error("the connection ended before all was compared; what was found is kept, and it goes on with the next")]
    Ended,
}

/// What became of one draft.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Published {
    /// The version that stands now.
    pub record: RecordId,
    /// Its lineage.
    pub lineage: Lineage,
    /// Its revision.
    pub revision: u64,
    /// New, changed, or as it was.
    pub outcome: PublishOutcome,
}

/// What publishing changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PublishOutcome {
    /// The first version of a lineage.
    New,
    /// A further version.
    Revised,
    /// Equal content stood there already; nothing was added.
    Unchanged,
}

/// Why a draft was not published.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum PublishFault {
    /// The manifest would not be well formed.
    #[error("{0}")]
    Manifest(String),
    /// The node takes back what its peers hold of it; a version sealed now could fork a lineage.
    #[error(
        "this node is recovering, and seals nothing until its peers have given back what they hold; see `chancery recover status`"
    )]
    Recovering,
    /// The record it amends is not an own, current one.
    #[error("the record to amend is not held here as this country's own")]
    NotOwn,
    /// It was withdrawn; a withdrawn lineage never comes back.
    #[error(
        "the record with this source reference was withdrawn and cannot come back; publish it under a new reference"
    )]
    Withdrawn,
}

/// Why a record was not withdrawn.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum WithdrawFault {
    /// Not held, or not this country's own.
    #[error("no own record has that lineage")]
    NotOwn,
    /// It has been withdrawn before.
    #[error("the record has been withdrawn already")]
    Already,
}

/// Why a question for consent was neither asked nor answered.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum ConsentFault {
    /// No such copy.
    #[error("no record with that id is held here")]
    NotHeld,
    /// Nobody is asked for consent to one's own record.
    #[error("the record is this country's own; its audience says who may have it")]
    Own,
    /// Nothing could come of it.
    #[error("the copy came without a right to pass it on, and a consent would not change that")]
    NoRight,
    /// Not a third country.
    #[error("{0} is no third country to this record")]
    Receiver(Country),
    /// One question at a time.
    #[error("that was asked already, in {0}, and is not answered yet")]
    Asked(StatementId),
    /// No such question.
    #[error("no question for consent with that id has come in")]
    NotAsked,
    /// The record is no longer held.
    #[error("the record is no longer held here: it was withdrawn or has expired")]
    Gone,
    /// A day that has passed.
    #[error("the consent would have ended already; name a later day")]
    Over,
    /// Tags or treaty stand against it.
    #[error("tags and treaty do not let {asker} pass it on to {to}, and a consent would not change that")]
    NotLet {
        /// Who asked.
        asker: Country,
        /// To whom it would go.
        to: Country,
    },
}
