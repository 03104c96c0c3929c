//! What is on its way to a peer: picked, prepared, in flight.

use chancery_record::encoding::{Domain, encode};
use chancery_record::{Date, Lineage, Precedence, RecordId, SectionSet, StreamHash};
use chancery_treaty::{LawGeneration, Released};

use crate::limits::{BATCH_BYTES_CUT, BATCH_ITEMS_MAX, SHEET_ITEM_BYTES};
use crate::sheet::SheetDraft;
use crate::{Epoch, ItemNumber, JournalPosition, StreamPosition};

/// From where a record is offered.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Offer {
    /// An entry of the journal.
    FromJournal(JournalPosition),
    /// The deferred index: a day has come.
    OnItsDay,
    /// The deferred index: the peer could not accept it before.
    Again,
}

/// What became of an offer.
#[derive(PartialEq, Eq)]
pub(super) enum Picked {
    Released,
    Withheld,
    Deferred,
}

/// One release on its way into a batch.
pub(super) struct Pick {
    pub released: Released,
    pub lane: Precedence,
    pub position: Option<JournalPosition>,
    /// What it weighs against credit and batch: at most this goes over the wire.
    pub bytes: usize,
}

/// Released records, written down, waiting for a permit.
#[derive(Debug)]
pub(crate) struct PreparedBatch {
    pub(super) epoch: Epoch,
    pub(super) last: (ItemNumber, StreamHash),
    pub(super) sheet: SheetDraft,
    pub(super) released: Vec<Released>,
    pub(super) generation: LawGeneration,
}

/// An item between its ledger row and its receipt.
#[derive(Debug)]
pub(super) struct Flight {
    pub epoch: Epoch,
    pub number: ItemNumber,
    pub hash: StreamHash,
    pub lane: Precedence,
    pub position: Option<JournalPosition>,
    pub record: RecordId,
    pub lineage: Lineage,
    pub sections: SectionSet,
    pub expires: Date,
    pub bytes: usize,
    pub prepared_ms: u64,
}

impl Pick {
    pub fn new(released: Released, lane: Precedence, position: Option<JournalPosition>) -> Self {
        let record = encode(Domain::Record, released.record().envelope()).len();
        let bytes = record + encode(Domain::Terms, released.terms()).len() + SHEET_ITEM_BYTES;
        Self { released, lane, position, bytes }
    }

    /// Whether a batch takes no more than these.
    pub fn fill_a_batch(picks: &[Self]) -> bool {
        picks.len() >= BATCH_ITEMS_MAX || picks.iter().map(|pick| pick.bytes).sum::<usize>() >= BATCH_BYTES_CUT
    }
}

impl Flight {
    /// Whether it was handed over, where the peer's end of the stream stands there.
    pub fn is_handed(&self, handed: Option<StreamPosition>) -> bool {
        handed.is_some_and(|handed| (self.epoch, self.number) <= (handed.epoch, handed.number))
    }
}
