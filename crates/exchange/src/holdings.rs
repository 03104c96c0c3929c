//! What the exchange reads: committed state, synchronously. The store implements it.

use std::sync::Arc;

use chancery_record::{
    Country, Date, DocumentHash, LabelHash, Lineage, Precedence, Record, RecordId, SectionSet, SignedStatement,
};
use thiserror::Error;

use crate::change::{ClockMark, Deferral, LedgerRow, Mark, RecordSource};
use crate::{Epoch, Incarnation, ItemNumber, JournalPosition, LabelId, ObligationPosition, StreamPosition};

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
    /// A peer's cursor in a lane, with the digest of the law under which the lane was walked.
    fn cursor(&self, peer: Country, lane: Precedence) -> Result<Option<(JournalPosition, DocumentHash)>, ReadFault>;
    /// The last ledger row written for a peer.
    fn ledger_end(&self, peer: Country) -> Result<Option<(Epoch, ItemNumber)>, ReadFault>;
    /// One ledger row.
    fn ledger_row(&self, peer: Country, epoch: Epoch, number: ItemNumber) -> Result<Option<LedgerRow>, ReadFault>;
    /// The latest receipt of a peer.
    fn receipted(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault>;
    /// The highest number receipted within one epoch; 0 where none was.
    fn receipted_in(&self, peer: Country, epoch: Epoch) -> Result<ItemNumber, ReadFault>;
    /// What was disclosed of a record to a peer.
    fn disclosed(&self, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, ReadFault>;
    /// Everyone a record was ever disclosed to.
    fn holders(&self, record: &RecordId) -> Result<Vec<Country>, ReadFault>;
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
    /// Copies that expire on or before a day.
    fn expired(&self, through: Date, page: usize) -> Result<Vec<RecordId>, ReadFault>;
    /// What the clocks showed last.
    fn clock_mark(&self) -> Result<Option<ClockMark>, ReadFault>;
}
