//! What is owed to a past holder: obligations need no treaty, but only who was told may be told again.

use chancery_record::{Country, Lineage, Record, RecordId, Saying, Set, SignedStatement, StatementFault};
use thiserror::Error;

/// The word of the store's ledgers that a peer already has these ids.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DisclosureProof {
    /// Who has them.
    pub peer: Country,
    /// Versions disclosed to the peer, or received from it.
    pub records: Set<RecordId>,
    /// The lineages of those versions.
    pub lineages: Set<Lineage>,
}

impl DisclosureProof {
    /// A country knows what it sealed itself: a holder reports to it what becomes of its record.
    pub fn of_originator(record: &Record) -> Self {
        let manifest = record.manifest();
        Self {
            peer: manifest.originator,
            records: [record.id()].into_iter().collect(),
            lineages: [manifest.lineage].into_iter().collect(),
        }
    }
}

/// A statement that may go to a past holder, treaty or no treaty.
///
/// INVARIANT (what is owed follows the record): it goes even when the treaty has ended.
/// INVARIANT (nothing beyond the view): it names no id that the peer does not already have.
#[derive(Debug)]
pub struct Owed {
    peer: Country,
    statement: SignedStatement,
}

/// Why a statement is not owed to a peer.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum NotOwed {
    /// The proof is about somebody else.
    #[error("the disclosures are those of {found}, not of {expected}")]
    Peer {
        /// Whose they are.
        found: Country,
        /// To whom the statement was to go.
        expected: Country,
    },
    /// The statement cannot be read.
    #[error(transparent)]
    Unreadable(#[from] StatementFault),
    /// It names something the peer never had.
    #[error("the statement names a record that {0} never had")]
    NeverDisclosed(Country),
}

impl Owed {
    /// A statement for `peer`, if every id in it is one that the peer already has.
    pub fn to(peer: Country, statement: SignedStatement, proof: &DisclosureProof) -> Result<Self, NotOwed> {
        if proof.peer != peer {
            return Err(NotOwed::Peer { found: proof.peer, expected: peer });
        }
        let known = |records: &Set<RecordId>| records.iter().all(|record| proof.records.contains(record));
        let covered = match &statement.read()?.saying {
            Saying::Withdrawal { lineage, .. } => proof.lineages.contains(lineage),
            Saying::Recall { records } | Saying::Correction { records } | Saying::Deletion { records, .. } => {
                known(records)
            }
            Saying::Onward { record, lineage, .. } => {
                proof.records.contains(record) && proof.lineages.contains(lineage)
            }
            Saying::ConsentAsked { record, .. } | Saying::Consent { record, .. } => proof.records.contains(record),
        };
        if covered { Ok(Self { peer, statement }) } else { Err(NotOwed::NeverDisclosed(peer)) }
    }

    /// What the durable obligation stream to `peer` holds: it was owed when it was written there, and is for good.
    pub fn written(peer: Country, statement: SignedStatement) -> Self {
        Self { peer, statement }
    }

    /// To whom it goes.
    pub fn peer(&self) -> Country {
        self.peer
    }

    /// The statement, verbatim.
    pub fn statement(&self) -> &SignedStatement {
        &self.statement
    }

    /// Hands it over.
    pub fn into_statement(self) -> SignedStatement {
        self.statement
    }
}
