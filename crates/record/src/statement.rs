//! Statements about records: what an originator or holder says of a record without its content.

use bincode::{Decode, Encode};
use ed25519_dalek::SigningKey;
use thiserror::Error;

use crate::encoding::{DecodeFault, Domain, decode, digest, encode};
use crate::limits::{STATEMENT_BYTES_MAX, STATEMENT_IDS_MAX};
use crate::signing::{is_signed_by, public_key, sign};
use crate::words::words;
use crate::{
    Country, Date, Instant, Lineage, PublicKey, RecordId, SectionSet, Set, Signature, StatementId, TrustRoster,
    Untrusted,
};

words! {
    /// Why a record is withdrawn or refused (the codes of a notice's life).
    WithdrawalReason, "withdrawal reason":
    Art2HumanRights = 1 "ART2_HUMAN_RIGHTS",
    Art3Political = 2 "ART3_POLITICAL",
    Art3Military = 3 "ART3_MILITARY",
    Art3Religious = 4 "ART3_RELIGIOUS",
    Art3Racial = 5 "ART3_RACIAL",
    Threshold = 6 "THRESHOLD",
    MinIdentity = 7 "MIN_IDENTITY",
    MinJudicial = 8 "MIN_JUDICIAL",
    NoWarrant = 9 "NO_WARRANT",
    PrivateMatter = 10 "PRIVATE_MATTER",
    Refugee = 11 "REFUGEE",
    NeBisInIdem = 12 "NE_BIS_IN_IDEM",
    ExtraditionDenied = 13 "EXTRADITION_DENIED",
    PurposeAchieved = 14 "PURPOSE_ACHIEVED",
    Expired = 15 "EXPIRED",
    Other = 16 "OTHER",
}
words! {
    /// What an originator answers to a holder that asks to pass a record on.
    ConsentAnswer, "answer to a request for consent":
    Given = 1 "given",
    Refused = 2 "refused",
}

/// What is said.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Saying {
    /// The originator takes the whole lineage back; no version of it may be held or come back.
    Withdrawal {
        /// Every version of this lineage.
        lineage: Lineage,
        /// Why.
        reason: WithdrawalReason,
    },
    /// The originator takes these versions back from the addressee, who may hold them no longer.
    Recall {
        /// The versions.
        records: Set<RecordId>,
    },
    /// The originator has corrected these versions: superseded, stop using.
    Correction {
        /// The versions.
        records: Set<RecordId>,
    },
    /// The holder has deleted its copies.
    Deletion {
        /// The statement that asked for it.
        answers: StatementId,
        /// The versions deleted; empty where it held none any more.
        records: Set<RecordId>,
        /// The day until which its backups may still hold a copy.
        backups_until: Date,
    },
    /// The holder is about to pass a version on: said to its originator, and receipted by it, before anything leaves.
    Onward {
        /// The version.
        record: RecordId,
        /// Of which record.
        lineage: Lineage,
        /// To whom it will go.
        to: Country,
        /// The sections that will; at least one.
        sections: SectionSet,
    },
    /// The holder asks the originator to let it pass a version on.
    ConsentAsked {
        /// The version.
        record: RecordId,
        /// To whom it would go.
        to: Country,
    },
    /// The originator's answer; the latest one made counts.
    Consent {
        /// The statement that asked.
        asked: StatementId,
        /// The version.
        record: RecordId,
        /// To whom it may or may not go.
        to: Country,
        /// The last day on which it may leave, and until which a copy passed on may be kept.
        until: Date,
        /// Yes or no.
        answer: ConsentAnswer,
    },
}

/// A statement: one obligation of its maker.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Statement {
    /// Who makes it.
    pub maker: Country,
    /// When.
    pub made: Instant,
    /// What is said.
    pub saying: Saying,
    /// The day until which it must be remembered: the latest expiry of what it names.
    pub outlive: Date,
}

/// A statement with its maker's signature, verbatim.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SignedStatement {
    /// The statement's exact bytes.
    pub bytes: Vec<u8>,
    /// The record key that signed.
    pub key: PublicKey,
    /// The signature.
    pub signature: Signature,
}

/// Why a statement is refused.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum StatementFault {
    /// It does not decode.
    #[error("the statement is unreadable: {0}")]
    Unreadable(#[from] DecodeFault),
    /// It names too many records.
    #[error("the statement names more than {STATEMENT_IDS_MAX} records")]
    TooMany,
    /// It says that nothing is passed on, or that its maker passes something on to itself.
    #[error("the statement names no section that is passed on, or its own maker as the receiver")]
    PassesNothingOn,
    /// Its signature or key is not good.
    #[error("the statement's signature is not good: {0}")]
    Untrusted(#[from] Untrusted),
}

impl Statement {
    /// Signs it with the maker's record key.
    pub fn sign(&self, record_key: &SigningKey) -> SignedStatement {
        let bytes = encode(Domain::Statement, self);
        let signature = sign(record_key, &bytes);
        SignedStatement { bytes, key: public_key(record_key), signature }
    }
}

impl SignedStatement {
    /// SHA-256 of the statement's bytes.
    pub fn id(&self) -> StatementId {
        StatementId(digest(Domain::Statement, &[&self.bytes]))
    }

    /// Reads the statement without believing it.
    pub fn read(&self) -> Result<Statement, StatementFault> {
        let statement: Statement = decode(Domain::Statement, &self.bytes, STATEMENT_BYTES_MAX)?;
        let named = match &statement.saying {
            Saying::Withdrawal { .. } => 0,
            Saying::Recall { records } | Saying::Correction { records } | Saying::Deletion { records, .. } => {
                records.len()
            }
            Saying::Onward { .. } | Saying::ConsentAsked { .. } | Saying::Consent { .. } => 1,
        };
        if named > STATEMENT_IDS_MAX {
            return Err(StatementFault::TooMany);
        }
        let passes_nothing_on = match &statement.saying {
            Saying::Onward { to, sections, .. } => {
                *to == statement.maker || sections.is_empty() || sections.iter().collect::<SectionSet>() != *sections
            }
            Saying::ConsentAsked { to, .. } | Saying::Consent { to, .. } => *to == statement.maker,
            _ => false,
        };
        if passes_nothing_on {
            return Err(StatementFault::PassesNothingOn);
        }
        Ok(statement)
    }

    /// Reads and verifies it against the maker's certificates, as of the instant it was made.
    pub fn verify(&self, roster: &TrustRoster) -> Result<Statement, StatementFault> {
        let statement = self.read()?;
        roster.trusts_record_key(statement.maker, &self.key, statement.made)?;
        if !is_signed_by(&self.key, &self.bytes, &self.signature) {
            return Err(StatementFault::Untrusted(Untrusted::BadSignature));
        }
        Ok(statement)
    }
}
