//! What the exchange reads: committed state, synchronously. The store implements it.

use std::ops::ControlFlow;
use std::sync::Arc;

use chancery_record::{
    Country, Date, LabelHash, Lineage, Precedence, Record, RecordId, SectionSet, SignedStatement, StatementId,
};
use thiserror::Error;

use crate::change::{ClockMark, Cursor, Deferral, LedgerRow, Mark, RecordSource, Side};
use crate::{
    ConsentAsk, Epoch, Incarnation, Item, ItemNumber, JournalPosition, LabelId, Life, ObligationPosition, OnwardCopy,
    OnwardHolder, OnwardState, Period, ReturnProgress, SignedByNode, StreamPosition, Tally,
};

/// The store could not be read; nothing may be decided on what is not known, so the node stops.
#[derive(Debug, Error)]
#[error("the store cannot be read: {0}")]
pub struct ReadFault(pub String);

/// One entry of the journal.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// Its place.
    pub position: JournalPosition,
    /// Which record.
    pub record: RecordId,
    /// Its interned label.
    pub label: LabelId,
    /// When it ends.
    pub expires: Date,
}

/// A copy in the store, with all that binds it.
#[derive(Clone, Debug)]
pub struct HeldRecord {
    /// The record with the sections at hand.
    pub record: Arc<Record>,
    /// Its interned label.
    pub label: LabelId,
    /// Where it came from.
    pub source: RecordSource,
    /// The heaviest mark on it or its lineage.
    pub mark: Option<Mark>,
}

/// What was disclosed of one record to one peer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disclosed {
    /// All sections that ever went.
    pub sections: SectionSet,
    /// The last item that carried it.
    pub epoch: Epoch,
    /// The last item that carried it.
    pub number: ItemNumber,
}

/// A peer's signed words on how far it holds our streams.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReceiptProofs {
    /// Over our ledger.
    pub ledger: Option<SignedByNode>,
    /// Over our obligations.
    pub obligations: Option<SignedByNode>,
}

/// Reads of committed state. Every list is paged: `page` bounds what one call returns.
pub trait Holdings {
    /// Which life of the store this is.
    fn incarnation(&self) -> Result<Incarnation, ReadFault>;
    /// The last journal entry; 0 where there is none.
    fn journal_end(&self) -> Result<JournalPosition, ReadFault>;
    /// Entries of a lane after `after`, in order. Entries whose copy was deleted are left out.
    fn journal(&self, lane: Precedence, after: JournalPosition, page: usize) -> Result<Vec<JournalEntry>, ReadFault>;
    /// A copy, unless deleted.
    fn held(&self, record: &RecordId) -> Result<Option<HeldRecord>, ReadFault>;
    /// The sections held of a record, without reading its bodies.
    fn sections_held(&self, record: &RecordId) -> Result<Option<SectionSet>, ReadFault>;
    /// All versions of an originator's lineage that are or were held, by revision. What another country seals under the
    /// same lineage is none of them.
    fn versions(&self, originator: Country, lineage: &Lineage) -> Result<Vec<(u64, RecordId)>, ReadFault>;
    /// The lineage of an own record with that source reference.
    fn lineage_of_reference(&self, source_reference: &str) -> Result<Option<Lineage>, ReadFault>;
    /// The heaviest mark that `originator` made on a record or its lineage.
    fn mark(&self, originator: Country, lineage: &Lineage, record: &RecordId) -> Result<Option<Mark>, ReadFault>;
    /// How many labels are interned; the next one's id.
    fn label_end(&self) -> Result<LabelId, ReadFault>;
    /// The id of a label.
    fn label_id(&self, hash: &LabelHash) -> Result<Option<LabelId>, ReadFault>;
    /// A label's bytes.
    fn label(&self, id: LabelId) -> Result<Option<Vec<u8>>, ReadFault>;
    /// A peer's cursor in a lane; none where no law has let anything go to it yet.
    fn cursor(&self, peer: Country, lane: Precedence) -> Result<Option<Cursor>, ReadFault>;
    /// The last ledger row written for a peer.
    fn ledger_end(&self, peer: Country) -> Result<Option<(Epoch, ItemNumber)>, ReadFault>;
    /// One ledger row.
    fn ledger_row(&self, peer: Country, epoch: Epoch, number: ItemNumber) -> Result<Option<LedgerRow>, ReadFault>;
    /// The latest receipt of a peer.
    fn receipted(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault>;
    /// The highest number receipted within one epoch; 0 where none was.
    fn receipted_in(&self, peer: Country, epoch: Epoch) -> Result<ItemNumber, ReadFault>;
    /// The last signed receipts of a peer: over our ledger, and over our obligations.
    fn receipt_proofs(&self, peer: Country) -> Result<ReceiptProofs, ReadFault>;
    /// What was disclosed of a record to a peer.
    fn disclosed(&self, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, ReadFault>;
    /// Everyone a record was ever disclosed to.
    fn holders(&self, record: &RecordId) -> Result<Vec<Country>, ReadFault>;
    /// The sections of a record in one of the two sets kept with a peer; its expiry says where it stands.
    fn set_sections(
        &self,
        side: Side,
        peer: Country,
        record: &RecordId,
        expires: Date,
    ) -> Result<Option<SectionSet>, ReadFault>;
    /// The tallies of a set, by period, from a period on.
    fn tallies(&self, side: Side, peer: Country, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault>;
    /// Items of one period of a set, by record id, from the first id that is not below `from`; the sections of each.
    fn set_items(
        &self,
        side: Side,
        peer: Country,
        period: Period,
        from: &RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault>;
    /// What is left of comparing a set delivered to a peer; none where it is known to agree.
    fn check_due(&self, peer: Country) -> Result<Option<Vec<u8>>, ReadFault>;
    /// The latest life of a peer's store that was met.
    fn met(&self, peer: Country) -> Result<Option<Incarnation>, ReadFault>;
    /// Which life of the store this is, in kind.
    fn life(&self) -> Result<Life, ReadFault>;
    /// How far a peer has given back; none where it was not asked in this life.
    fn returned(&self, peer: Country) -> Result<Option<ReturnProgress>, ReadFault>;
    /// Terms sheets that a peer signed, after a place in its stream, with the place of each.
    fn sheets_of(
        &self,
        peer: Country,
        after: Option<(Epoch, ItemNumber)>,
        page: usize,
    ) -> Result<Vec<(Epoch, ItemNumber, Vec<u8>)>, ReadFault>;
    /// Statements that a country made and that are remembered here, by id.
    fn statements_of(
        &self,
        maker: Country,
        after: Option<StatementId>,
        page: usize,
    ) -> Result<Vec<SignedStatement>, ReadFault>;
    /// The statements behind every mark that `originator` made on a record or its lineage.
    fn mark_statements(
        &self,
        originator: Country,
        lineage: &Lineage,
        record: &RecordId,
    ) -> Result<Vec<SignedStatement>, ReadFault>;
    /// Whether a statement stands in the obligation stream to a peer.
    fn is_owed(&self, peer: Country, statement: &StatementId) -> Result<bool, ReadFault>;
    /// How far we hold a peer's ledger.
    fn received(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault>;
    /// The end of the obligation stream to a peer.
    fn owed_end(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault>;
    /// How far the peer holds it.
    fn owed_receipted(&self, peer: Country) -> Result<ItemNumber, ReadFault>;
    /// Obligations to a peer after a number, with the running hash after each.
    fn owed(
        &self,
        peer: Country,
        after: ItemNumber,
        page: usize,
    ) -> Result<Vec<(ObligationPosition, SignedStatement)>, ReadFault>;
    /// How far we hold a peer's obligation stream.
    fn obligations_received(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault>;
    /// What is deferred for a peer, after a record id (none for the first page), by record id.
    fn deferred(&self, peer: Country, after: Option<RecordId>, page: usize) -> Result<Vec<Deferral>, ReadFault>;
    /// Copies that may be passed on, after a place in the journal.
    fn onward_copies(&self, after: JournalPosition, page: usize) -> Result<Vec<OnwardCopy>, ReadFault>;
    /// How the transfer of a record to a peer stands.
    fn onward(&self, peer: Country, record: &RecordId) -> Result<Option<OnwardState>, ReadFault>;
    /// Whether a record of `originator` was ever passed on to a peer, or is about to be.
    fn has_passed_on(&self, peer: Country, originator: Country) -> Result<bool, ReadFault>;
    /// Everyone who has an own record through another country.
    fn onward_holders(&self, record: &RecordId) -> Result<Vec<OnwardHolder>, ReadFault>;
    /// Questions about passing a record on to a country.
    fn consent_asks(&self, record: &RecordId, to: Country, page: usize) -> Result<Vec<ConsentAsk>, ReadFault>;
    /// A question by the statement that asked it.
    fn consent_ask(&self, statement: &StatementId) -> Result<Option<ConsentAsk>, ReadFault>;
    /// Copies that expire on or before a day.
    fn expired(&self, through: Date, page: usize) -> Result<Vec<RecordId>, ReadFault>;
    /// What the clocks showed last.
    fn clock_mark(&self) -> Result<Option<ClockMark>, ReadFault>;
}
