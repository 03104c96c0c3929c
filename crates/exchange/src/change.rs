//! What the exchange asks the store to write; every list of changes is one atomic, durable commit.

use std::sync::Arc;

use bincode::{Decode, Encode};
use chancery_record::{
    Country, Date, DocumentHash, Instant, LabelHash, Lineage, Onward, Precedence, Record, RecordId, SectionSet,
    SheetHash, SignedStatement, StatementId, StreamHash,
};
use chancery_treaty::Disclosure;
use chancery_treaty::Terms;

use crate::{
    ConsentAsk, ConsentReply, Epoch, Incarnation, Item, ItemNumber, JournalPosition, LabelId, ObligationPosition,
    OnwardCopy, OnwardHolder, OnwardState, Period, RefusalCode, ReturnProgress, SignedByNode, StreamPosition,
};

/// One write.
#[derive(Clone, Debug)]
pub enum Change {
    /// Interns a label; its bytes mean nothing to the store.
    Label {
        /// Its number; dense, given by the exchange.
        id: LabelId,
        /// By which it is found.
        hash: LabelHash,
        /// Its canonical bytes.
        bytes: Vec<u8>,
    },
    /// Takes a record in and appends it to the journal; for a record already held, replaces the copy by one with more
    /// sections and appends a further entry, or by the same under other terms and moves its last entry.
    Accept(Box<Acceptance>),
    /// Keeps a signed terms sheet, by which deliveries are bound.
    Sheet {
        /// Who signed it.
        peer: Country,
        /// The epoch of its items.
        epoch: Epoch,
        /// The number of its first item.
        first: ItemNumber,
        /// SHA-256 of its bytes.
        hash: SheetHash,
        /// The signed sheet.
        bytes: Vec<u8>,
    },
    /// Writes a ledger row, and with it the disclosure that it stands for.
    Ledger(LedgerRow),
    /// Moves a peer's cursor in one lane: everything up to there is receipted or withheld.
    Cursor {
        /// The peer.
        peer: Country,
        /// The lane.
        lane: Precedence,
        /// Where it stands now.
        cursor: Cursor,
    },
    /// The peer's signed word on how far it durably holds our ledger.
    Receipted {
        /// The peer.
        peer: Country,
        /// How far.
        position: StreamPosition,
        /// Its signed word, to be shown to it should it lose what it holds; none where that would be too long.
        proof: Option<SignedByNode>,
    },
    /// Puts items into what was delivered to a peer, or received from one; a record in it already gets the union of sections.
    Items {
        /// Which way.
        side: Side,
        /// The peer.
        peer: Country,
        /// What was delivered and accepted.
        items: Vec<SetItem>,
    },
    /// Takes items out of what counts as delivered to a peer: it says that it does not hold them.
    DropItems {
        /// The peer.
        peer: Country,
        /// Which.
        items: Vec<SetItem>,
    },
    /// The peer's word that it did not take an item.
    Refused {
        /// The peer.
        peer: Country,
        /// Which item.
        epoch: Epoch,
        /// Which item.
        number: ItemNumber,
        /// Why.
        code: RefusalCode,
    },
    /// Remembers that what a peer holds of our ledger has to be compared, and what is left of it; none once it agrees.
    CheckDue {
        /// The peer.
        peer: Country,
        /// What is unresolved, encoded.
        left: Option<Vec<u8>>,
    },
    /// Remembers the latest life of a peer's store, so that an earlier one that runs again is refused.
    Met {
        /// The peer.
        peer: Country,
        /// Its store.
        incarnation: Incarnation,
    },
    /// Begins a new life of this store, which is mute until its peers have given back what they hold of the last one.
    NewLife {
        /// Its number.
        incarnation: Incarnation,
        /// Since when.
        at: Instant,
    },
    /// The new life knows what its peers knew.
    LifeRecovered {
        /// Since when.
        at: Instant,
    },
    /// How far a peer has given back.
    Returned {
        /// The peer.
        peer: Country,
        /// How far.
        progress: ReturnProgress,
    },
    /// Puts back a ledger row of an earlier life that the peer has proved with our own signature.
    RestoreLedger(LedgerRow),
    /// How far we durably hold a peer's ledger.
    Received {
        /// The peer.
        peer: Country,
        /// How far.
        position: StreamPosition,
    },
    /// Keeps aside what came from a peer and cannot be accepted, for an operator to look at.
    Quarantine {
        /// Who sent it.
        peer: Country,
        /// Which item.
        epoch: Epoch,
        /// Which item.
        number: ItemNumber,
        /// The id it claims.
        record: RecordId,
        /// Why.
        code: RefusalCode,
        /// When it came.
        at: Instant,
    },
    /// Adds a statement to the obligation stream of a past holder.
    Owe {
        /// To whom.
        peer: Country,
        /// Its place in the stream, with the running hash after it.
        position: ObligationPosition,
        /// What is owed, verbatim.
        statement: SignedStatement,
    },
    /// The peer's signed word on how far it durably holds our obligation stream.
    OweReceipted {
        /// The peer.
        peer: Country,
        /// How far.
        number: ItemNumber,
        /// Its signed word; none where it only said so in a hello.
        proof: Option<SignedByNode>,
    },
    /// How far we durably hold a peer's obligation stream.
    ObligationsReceived {
        /// The peer.
        peer: Country,
        /// How far.
        position: ObligationPosition,
    },
    /// Remembers a statement about a lineage or records until its `outlive` day; it blocks what it names.
    ///
    /// A mark binds only what its maker originated: it is kept under the maker, and asked for by originator.
    Mark {
        /// Who made the statement.
        maker: Country,
        /// What is marked.
        target: MarkTarget,
        /// What the mark says.
        mark: Mark,
        /// The statement, verbatim.
        statement: SignedStatement,
        /// The day until which it must be remembered.
        outlive: Date,
    },
    /// Deletes a copy with its index entries; its id stays known to the ledgers.
    Delete {
        /// Which copy.
        record: RecordId,
    },
    /// Remembers what is withheld from a peer now by something that can change.
    Defer(Deferral),
    /// Forgets it, once receipted or void.
    Undefer {
        /// The peer.
        peer: Country,
        /// The record.
        record: RecordId,
    },
    /// A holder's receipt that it deleted its copies.
    DeletionReceipt {
        /// The holder.
        peer: Country,
        /// The statement it answers.
        answers: StatementId,
        /// Which versions it deleted.
        records: Vec<RecordId>,
        /// Until when its backups may still hold a copy.
        backups_until: Date,
        /// When it was made.
        at: Instant,
    },
    /// A delivery that exceeds the treaty: what was dropped, from whom, under which terms.
    Breach {
        /// Who sent it.
        peer: Country,
        /// Which record.
        record: RecordId,
        /// What was exceeded, without content.
        what: String,
        /// When it came.
        at: Instant,
    },
    /// Enters a copy that its terms let be passed on.
    OnwardCopy(OnwardCopy),
    /// Strikes out such a copy that is gone.
    NoOnwardCopy {
        /// Where it stood in the journal.
        position: JournalPosition,
    },
    /// How the transfer of a record of another country to a peer stands.
    Onward {
        /// The peer.
        peer: Country,
        /// The record.
        record: RecordId,
        /// How it stands.
        state: OnwardState,
    },
    /// Remembers who holds an own record through another country.
    OnwardHolder(OnwardHolder),
    /// Keeps a question about consent, asked here or elsewhere.
    ConsentAsk(ConsentAsk),
    /// Keeps the answer to one.
    ConsentReply {
        /// The statement that asked.
        asked: StatementId,
        /// The answer.
        reply: ConsentReply,
    },
    /// A line of the audit log.
    Audit(AuditEntry),
    /// What the clocks showed, and how long this store has been in use.
    Clock(ClockMark),
}

/// How far a lane was walked for a peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cursor {
    /// The last entry passed.
    pub walked: JournalPosition,
    /// Digest of the law under which the lane is walked. Under another, what was passed is walked again behind the rest.
    pub law: DocumentHash,
    /// What of the entries passed under an earlier law has still to be walked under this one.
    pub back_fill: Option<BackFill>,
}

/// A second walk over what another law had decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct BackFill {
    /// The last entry passed again.
    pub walked: JournalPosition,
    /// The last entry that has to be: the main walk goes on from there.
    pub until: JournalPosition,
}

/// The two ends of a ledger: each keeps what went over it and was accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Side {
    /// At the sender: delivered to the peer, receipted, not refused.
    Delivered,
    /// At the receiver: received from the peer and accepted.
    Received,
}

/// One item of such a set: a fact that stays when the copy is withdrawn, expires or is deleted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SetItem {
    /// By which items are grouped.
    pub period: Period,
    /// The record, with the sections delivered as the sheet says.
    pub item: Item,
}

/// A record on its way into the store.
#[derive(Clone, Debug)]
pub struct Acceptance {
    /// The record with the sections at hand.
    pub record: Arc<Record>,
    /// Its interned label.
    pub label: LabelId,
    /// Its place in the journal, given by the exchange.
    pub position: JournalPosition,
    /// The publisher's own number, indexed uniquely among the own records.
    pub source_reference: Option<String>,
    /// Where it came from.
    pub source: RecordSource,
    /// When it was accepted.
    pub at: Instant,
}

/// Where a copy came from, with the terms that bind it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub enum RecordSource {
    /// Sealed here.
    Own,
    /// Delivered by a peer, under an entry of a stored sheet.
    Delivered {
        /// Who delivered it.
        peer: Country,
        /// The sheet.
        sheet: SheetHash,
        /// Which of the sheet's terms.
        terms: u16,
        /// What the receiver's own decision left of them, encoded; equal to the sheet's where it left all.
        narrowed: Vec<u8>,
    },
}

impl RecordSource {
    /// Whether its terms let the copy be passed on, somewhere.
    pub(crate) fn may_be_passed_on(&self) -> bool {
        match self {
            Self::Own => false,
            Self::Delivered { narrowed, .. } => {
                Terms::from_bytes(narrowed).is_ok_and(|terms| terms.onward() != Onward::Never)
            }
        }
    }
}

/// One disclosure: what went to whom, when, under which articles, as which item.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct LedgerRow {
    /// To whom.
    pub peer: Country,
    /// The epoch.
    pub epoch: Epoch,
    /// The number in it.
    pub number: ItemNumber,
    /// The running hash after it.
    pub hash: StreamHash,
    /// Its lane.
    pub lane: Precedence,
    /// The journal entry it comes from; none for what was deferred and is offered again.
    pub position: Option<JournalPosition>,
    /// The record.
    pub record: RecordId,
    /// Its lineage.
    pub lineage: Lineage,
    /// Which sections.
    pub sections: SectionSet,
    /// The disclosure as the decision made it, encoded: articles, purposes, law generation, terms.
    pub disclosure: Vec<u8>,
    /// When.
    pub at: Instant,
}

impl LedgerRow {
    /// Whether it let the peer do all that a new disclosure of the record would. One that cannot be read let it do nothing.
    pub fn covers(&self, new: &Disclosure) -> bool {
        let days = new.at.date().days().saturating_sub(self.at.date().days());
        let before = |before: Disclosure| before.latitude.covers_after(&new.latitude, days);
        self.sections.contains_all(new.sections) && Disclosure::from_bytes(&self.disclosure).is_ok_and(before)
    }
}

/// What a mark is about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub enum MarkTarget {
    /// Every version of it.
    Lineage(Lineage),
    /// One version.
    Record(RecordId),
}

/// What a mark says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum Mark {
    /// Taken back: may not be held and never comes back.
    Withdrawn,
    /// Taken back from this holder only.
    Recalled,
    /// Superseded: stop using.
    Corrected,
}

/// Something withheld from a peer that may change.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Deferral {
    /// From whom.
    pub peer: Country,
    /// What.
    pub record: RecordId,
    /// Its lane.
    pub lane: Precedence,
    /// By what.
    pub cause: DeferralCause,
}

/// What could release something deferred.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub enum DeferralCause {
    /// A day.
    Date(Date),
    /// The peer could not accept it yet; it is offered again on the next connection, and daily.
    PeerPending(RefusalCode),
    /// The peer lost it after it was delivered; it is offered again at once.
    Missing,
    /// The originator is owed the word that its record goes to the peer; its receipt releases it.
    Reported {
        /// Who sealed it.
        originator: Country,
        /// In which life of this store it was said.
        incarnation: Incarnation,
        /// The number of that word in the stream to it.
        number: ItemNumber,
    },
}

/// A line of the audit log: who did what, never content.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct AuditEntry {
    /// When.
    pub at: Instant,
    /// Who: a user's name, or `node`.
    pub actor: String,
    /// What: a stable word, as in `show` or `publish`.
    pub action: String,
    /// Which record.
    pub record: Option<RecordId>,
    /// The purpose given.
    pub purpose: Option<String>,
    /// The case number, or post and control number.
    pub reference: Option<String>,
    /// How it ended: stable words, as in `shown` or `refused`; `nothing shown of` has the beginning of the name behind it.
    pub outcome: String,
}

impl AuditEntry {
    /// A deed that no purpose or reference has to be given for.
    pub fn of_deed(
        at: Instant,
        actor: impl Into<String>,
        action: &str,
        record: Option<RecordId>,
        outcome: impl Into<String>,
    ) -> Self {
        let (actor, action, outcome) = (actor.into(), action.to_owned(), outcome.into());
        Self { at, actor, action, record, purpose: None, reference: None, outcome }
    }
}

/// What the clocks showed when they were last compared.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Encode, Decode)]
pub struct ClockMark {
    /// The wall clock, in milliseconds since 1970.
    pub wall_ms: u64,
    /// Milliseconds this store has been in use, by the monotonic clock, over all runs.
    pub in_use_ms: u64,
    /// Days (since 1970) up to which expiry has been seen.
    pub expired_through_days: i32,
    /// `in_use_ms` when that day was first seen.
    pub expired_since_ms: u64,
    /// Whether a jump of the wall clock waits for an operator's word.
    pub jumped: bool,
}
