//! What the exchange is told.

use std::sync::Arc;

use chancery_record::signing::public_key;
use chancery_record::{
    Certificate, Country, Draft, KeyNews, Lineage, PublicKey, Record, RecordId, Revocation, SignedByCountry,
    StatementId, TrustRoster, UnitName, WithdrawalReason,
};
use chancery_treaty::Law;
use ed25519_dalek::SigningKey;

use crate::change::AuditEntry;
use crate::limits::HELLO_CERTIFICATES_MAX;
use crate::reconcile::Mode;
use crate::session::checking::Repair;
use crate::wire::Stream;
use crate::{ConsentWord, Incoming, ProtocolFault, Ticket};

/// A local caller waiting for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallerId(pub u64);

/// One live connection to a peer; a new number for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConnectionId(pub u64);

/// One thing that happened.
#[derive(Debug)]
pub enum Input {
    /// A connection stands, its streams are open.
    Connected {
        /// To whom, by its certificate.
        peer: Country,
        /// Which one.
        connection: ConnectionId,
        /// The peer's transport key on it.
        transport_key: PublicKey,
    },
    /// It has ended.
    Disconnected {
        /// To whom.
        peer: Country,
        /// Which one.
        connection: ConnectionId,
    },
    /// The driver can take one frame of a stream.
    Permit {
        /// To whom.
        peer: Country,
        /// On which connection.
        connection: ConnectionId,
        /// On which stream.
        stream: Stream,
    },
    /// A frame came and was verified, or broke the protocol.
    Received {
        /// From whom.
        peer: Country,
        /// On which connection.
        connection: ConnectionId,
        /// What.
        message: Result<Incoming, ProtocolFault>,
    },
    /// A commit is durable; tickets are answered in the order they were asked.
    Stored {
        /// Which one.
        ticket: Ticket,
    },
    /// Publish drafts.
    Publish {
        /// Whom to answer.
        caller: CallerId,
        /// Who publishes, for the audit log.
        actor: String,
        /// The drafts.
        publications: Vec<Publication>,
    },
    /// Take a lineage back.
    Withdraw {
        /// Whom to answer.
        caller: CallerId,
        /// Who withdraws, for the audit log.
        actor: String,
        /// Which one.
        lineage: Lineage,
        /// Why.
        reason: WithdrawalReason,
    },
    /// Write a line of the audit log before something is shown.
    Audit {
        /// Whom to answer.
        caller: CallerId,
        /// The line.
        entry: AuditEntry,
    },
    /// The law has changed.
    Law(Arc<Law>),
    /// Cards or certificates have changed.
    Roster(Arc<TrustRoster>),
    /// Other keys or certificates of this node have come into effect; the next hellos bring them.
    Identity(Box<OwnIdentity>),
    /// Ask the originator of a copy whether it may be passed on.
    AskConsent {
        /// Whom to answer.
        caller: CallerId,
        /// Who asks, for the audit log.
        actor: String,
        /// Which version.
        record: RecordId,
        /// To whom it would go.
        to: Country,
    },
    /// Answer a holder that asked.
    AnswerConsent {
        /// Whom to answer.
        caller: CallerId,
        /// Who answers, for the audit log.
        actor: String,
        /// The statement that asked.
        asked: StatementId,
        /// The answer.
        word: ConsentWord,
    },
    /// Time has passed.
    Tick,
    /// An operator has confirmed the wall clock after a jump.
    ConfirmClock {
        /// Whom to answer.
        caller: CallerId,
        /// Who confirms, for the audit log.
        actor: String,
    },
    /// An operator asks how what was delivered to a peer compares with what the peer holds, and the other way round.
    Check {
        /// Whom to answer.
        caller: CallerId,
        /// With whom.
        peer: Country,
        /// What is to follow from a difference.
        repair: Repair,
        /// By the tallies, or item by item.
        mode: Mode,
    },
    /// An operator says that this store was restored from a backup, or that it replaces one that was lost.
    Recover {
        /// Whom to answer.
        caller: CallerId,
        /// Who says so, for the audit log.
        actor: String,
    },
    /// An operator goes on without what a peer may still hold of this node.
    OverrideRecovery {
        /// Whom to answer.
        caller: CallerId,
        /// Who decides so, for the audit log.
        actor: String,
        /// Which peer; all that have not given back where none is named.
        peer: Option<Country>,
    },
}

/// A draft to publish, with fresh randomness for its lineage and salts.
#[derive(Debug)]
pub struct Publication {
    /// What to publish.
    pub draft: Draft,
    /// The lineage it amends, where the publisher names one.
    pub amends: Option<Lineage>,
    /// 32 fresh random bytes, used for this draft alone.
    pub seed: [u8; 32],
}

/// Who this node is.
#[derive(Clone, PartialEq, Eq)]
pub struct OwnIdentity {
    /// The country.
    pub country: Country,
    /// The unit that publishes where a draft names none.
    pub unit: UnitName,
    /// Seals records; signs hellos, receipts, terms and statements.
    pub record_key: SigningKey,
    /// The transport key's public half.
    pub transport_key: PublicKey,
    /// Own certificates, the next ones included.
    pub certificates: Vec<SignedByCountry>,
    /// Own revocations.
    pub revocations: Vec<SignedByCountry>,
}

impl OwnIdentity {
    /// What this country says of its own keys: the newest certificates and revocations.
    pub fn key_news(&self) -> KeyNews {
        let newest =
            |signed: &[SignedByCountry]| signed.iter().rev().take(HELLO_CERTIFICATES_MAX).cloned().collect::<Vec<_>>();
        KeyNews {
            country: self.country,
            certificates: newest(&self.certificates),
            revocations: newest(&self.revocations),
        }
    }

    /// An own record as it may leave: with a fresh seal where none that it bears counts any more.
    ///
    /// INVARIANT (the originator's word): only for own records; the id stays, so whoever holds it holds the same.
    pub fn sealed_for_release(&self, record: Arc<Record>) -> Arc<Record> {
        if record.manifest().originator != self.country || self.revocations.is_empty() {
            return record;
        }
        if record.envelope().seals.iter().any(|seal| self.stands_by(&seal.key)) {
            return record;
        }
        Arc::new(record.sealed_again(&self.record_key))
    }

    /// Whether a key is this node's own, or named by a certificate that this country has not revoked.
    fn stands_by(&self, key: &PublicKey) -> bool {
        let read = |signed: &SignedByCountry| Certificate::read(signed).filter(|one| one.record_key == *key);
        let revoked = |serial| {
            self.revocations.iter().any(|signed| Revocation::read(signed).is_some_and(|one| one.serial == serial))
        };
        public_key(&self.record_key) == *key
            || self.certificates.iter().filter_map(read).any(|certificate| !revoked(certificate.serial))
    }
}

impl std::fmt::Debug for OwnIdentity {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("OwnIdentity").field("country", &self.country).finish_non_exhaustive()
    }
}
