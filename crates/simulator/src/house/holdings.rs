//! The reading side of a house: the store's own answers, but for what a planted bug bends.

use std::ops::ControlFlow;

use chancery_exchange::*;
use chancery_record::{
    Country, Date, LabelHash, Lineage, Precedence, RecordId, SectionSet, SignedStatement, StatementId,
};

use super::House;
use crate::bug::Bug;

impl Holdings for House<'_> {
    fn mark(&self, originator: Country, lineage: &Lineage, record: &RecordId) -> Result<Option<Mark>, ReadFault> {
        if self.bug == Some(Bug::TombstoneEarly) {
            return Ok(None);
        }
        self.store.mark(originator, lineage, record)
    }

    fn disclosed(&self, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, ReadFault> {
        if self.bug == Some(Bug::SentTwice) {
            return Ok(None);
        }
        self.store.disclosed(peer, record)
    }

    fn ledger_end(&self, peer: Country) -> Result<Option<(Epoch, ItemNumber)>, ReadFault> {
        if self.bug == Some(Bug::EpochReused) {
            // Beyond every clock, so that the next epoch is the same one after each restart.
            return Ok(Some((Epoch(1 << 60), ItemNumber(0))));
        }
        self.store.ledger_end(peer)
    }

    fn journal(&self, lane: Precedence, after: JournalPosition, page: usize) -> Result<Vec<JournalEntry>, ReadFault> {
        let is_urgent = lane != Precedence::Routine;
        if self.bug == Some(Bug::LaneStarvation)
            && is_urgent
            && !self.store.journal(Precedence::Routine, after, page)?.is_empty()
        {
            return Ok(Vec::new());
        }
        self.store.journal(lane, after, page)
    }

    fn incarnation(&self) -> Result<Incarnation, ReadFault> {
        self.store.incarnation()
    }

    fn journal_end(&self) -> Result<JournalPosition, ReadFault> {
        self.store.journal_end()
    }

    fn held(&self, record: &RecordId) -> Result<Option<HeldRecord>, ReadFault> {
        self.store.held(record)
    }

    fn sections_held(&self, record: &RecordId) -> Result<Option<SectionSet>, ReadFault> {
        self.store.sections_held(record)
    }

    fn versions(&self, originator: Country, lineage: &Lineage) -> Result<Vec<(u64, RecordId)>, ReadFault> {
        self.store.versions(originator, lineage)
    }

    fn lineage_of_reference(&self, source_reference: &str) -> Result<Option<Lineage>, ReadFault> {
        self.store.lineage_of_reference(source_reference)
    }

    fn label_end(&self) -> Result<LabelId, ReadFault> {
        self.store.label_end()
    }

    fn label_id(&self, hash: &LabelHash) -> Result<Option<LabelId>, ReadFault> {
        self.store.label_id(hash)
    }

    fn label(&self, id: LabelId) -> Result<Option<Vec<u8>>, ReadFault> {
        self.store.label(id)
    }

    fn cursor(&self, peer: Country, lane: Precedence) -> Result<Option<Cursor>, ReadFault> {
        self.store.cursor(peer, lane)
    }

    fn ledger_row(&self, peer: Country, epoch: Epoch, number: ItemNumber) -> Result<Option<LedgerRow>, ReadFault> {
        self.store.ledger_row(peer, epoch, number)
    }

    fn receipted(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault> {
        self.store.receipted(peer)
    }

    fn receipted_in(&self, peer: Country, epoch: Epoch) -> Result<ItemNumber, ReadFault> {
        self.store.receipted_in(peer, epoch)
    }

    fn receipt_proofs(&self, peer: Country) -> Result<ReceiptProofs, ReadFault> {
        self.store.receipt_proofs(peer)
    }

    fn holders(&self, record: &RecordId) -> Result<Vec<Country>, ReadFault> {
        self.store.holders(record)
    }

    fn set_sections(
        &self,
        side: Side,
        peer: Country,
        record: &RecordId,
        expires: Date,
    ) -> Result<Option<SectionSet>, ReadFault> {
        self.store.set_sections(side, peer, record, expires)
    }

    fn tallies(&self, side: Side, peer: Country, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault> {
        self.store.tallies(side, peer, from)
    }

    fn set_items(
        &self,
        side: Side,
        peer: Country,
        period: Period,
        from: &RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        self.store.set_items(side, peer, period, from, visit)
    }

    fn check_due(&self, peer: Country) -> Result<Option<Vec<u8>>, ReadFault> {
        self.store.check_due(peer)
    }

    fn met(&self, peer: Country) -> Result<Option<Incarnation>, ReadFault> {
        self.store.met(peer)
    }

    fn life(&self) -> Result<Life, ReadFault> {
        self.store.life()
    }

    fn returned(&self, peer: Country) -> Result<Option<ReturnProgress>, ReadFault> {
        self.store.returned(peer)
    }

    fn sheets_of(
        &self,
        peer: Country,
        after: Option<(Epoch, ItemNumber)>,
        page: usize,
    ) -> Result<Vec<(Epoch, ItemNumber, Vec<u8>)>, ReadFault> {
        self.store.sheets_of(peer, after, page)
    }

    fn statements_of(
        &self,
        maker: Country,
        after: Option<StatementId>,
        page: usize,
    ) -> Result<Vec<SignedStatement>, ReadFault> {
        self.store.statements_of(maker, after, page)
    }

    fn mark_statements(
        &self,
        originator: Country,
        lineage: &Lineage,
        record: &RecordId,
    ) -> Result<Vec<SignedStatement>, ReadFault> {
        self.store.mark_statements(originator, lineage, record)
    }

    fn is_owed(&self, peer: Country, statement: &StatementId) -> Result<bool, ReadFault> {
        self.store.is_owed(peer, statement)
    }

    fn received(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault> {
        self.store.received(peer)
    }

    fn owed_end(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault> {
        self.store.owed_end(peer)
    }

    fn owed_receipted(&self, peer: Country) -> Result<ItemNumber, ReadFault> {
        self.store.owed_receipted(peer)
    }

    fn owed(
        &self,
        peer: Country,
        after: ItemNumber,
        page: usize,
    ) -> Result<Vec<(ObligationPosition, SignedStatement)>, ReadFault> {
        self.store.owed(peer, after, page)
    }

    fn obligations_received(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault> {
        self.store.obligations_received(peer)
    }

    fn deferred(&self, peer: Country, after: Option<RecordId>, page: usize) -> Result<Vec<Deferral>, ReadFault> {
        self.store.deferred(peer, after, page)
    }

    fn onward_copies(&self, after: JournalPosition, page: usize) -> Result<Vec<OnwardCopy>, ReadFault> {
        self.store.onward_copies(after, page)
    }

    fn onward(&self, peer: Country, record: &RecordId) -> Result<Option<OnwardState>, ReadFault> {
        self.store.onward(peer, record)
    }

    fn has_passed_on(&self, peer: Country, originator: Country) -> Result<bool, ReadFault> {
        self.store.has_passed_on(peer, originator)
    }

    fn onward_holders(&self, record: &RecordId) -> Result<Vec<OnwardHolder>, ReadFault> {
        self.store.onward_holders(record)
    }

    fn consent_asks(&self, record: &RecordId, to: Country, page: usize) -> Result<Vec<ConsentAsk>, ReadFault> {
        self.store.consent_asks(record, to, page)
    }

    fn consent_ask(&self, statement: &StatementId) -> Result<Option<ConsentAsk>, ReadFault> {
        self.store.consent_ask(statement)
    }

    fn expired(&self, through: Date, page: usize) -> Result<Vec<RecordId>, ReadFault> {
        self.store.expired(through, page)
    }

    fn clock_mark(&self) -> Result<Option<ClockMark>, ReadFault> {
        self.store.clock_mark()
    }
}
