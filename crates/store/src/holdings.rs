//! What the exchange reads of the store.

use std::ops::ControlFlow;

use chancery_exchange::{
    ClockMark, ConsentAsk, Cursor, Deferral, Disclosed, Epoch, HeldRecord, Holdings, Incarnation, Item, ItemNumber,
    JournalEntry, JournalPosition, LabelId, LedgerRow, Life, Mark, ObligationPosition, OnwardCopy, OnwardHolder,
    OnwardState, Period, ReadFault, ReceiptProofs, ReturnProgress, Side, StreamPosition, Tally,
};
use chancery_record::{
    Country, Date, LabelHash, Lineage, Precedence, RecordId, SectionSet, SignedStatement, StatementId,
};

use crate::meta::Totals;
use crate::{
    Store, copies, deferrals, journal, labels, ledgers, lineages, lives, marks, meta, obligations, onward, records,
    sets, sheets, streams,
};

impl Holdings for Store {
    fn incarnation(&self) -> Result<Incarnation, ReadFault> {
        Ok(Store::incarnation(self))
    }

    fn journal_end(&self) -> Result<JournalPosition, ReadFault> {
        Ok(Totals::read(self.rows())?.journal_end)
    }

    fn journal(&self, lane: Precedence, after: JournalPosition, page: usize) -> Result<Vec<JournalEntry>, ReadFault> {
        Ok(journal::entries(self.rows(), lane, after, page)?)
    }

    fn held(&self, record: &RecordId) -> Result<Option<HeldRecord>, ReadFault> {
        Ok(records::held(self.rows(), record)?)
    }

    fn sections_held(&self, record: &RecordId) -> Result<Option<SectionSet>, ReadFault> {
        Ok(records::sections_held(self.rows(), record)?)
    }

    fn versions(&self, originator: Country, lineage: &Lineage) -> Result<Vec<(u64, RecordId)>, ReadFault> {
        let versions = lineages::versions(self.rows(), lineage)?.into_iter();
        Ok(versions
            .filter(|version| version.originator == originator)
            .map(|version| (version.revision, version.record))
            .collect())
    }

    fn lineage_of_reference(&self, source_reference: &str) -> Result<Option<Lineage>, ReadFault> {
        Ok(copies::lineage_of_reference(self.rows(), source_reference)?)
    }

    fn mark(&self, originator: Country, lineage: &Lineage, record: &RecordId) -> Result<Option<Mark>, ReadFault> {
        Ok(marks::heaviest(self.rows(), originator, lineage, record)?)
    }

    fn label_end(&self) -> Result<LabelId, ReadFault> {
        Ok(labels::end(self.rows())?)
    }

    fn label_id(&self, hash: &LabelHash) -> Result<Option<LabelId>, ReadFault> {
        Ok(labels::id(self.rows(), hash)?)
    }

    fn label(&self, id: LabelId) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(labels::bytes(self.rows(), id)?)
    }

    fn cursor(&self, peer: Country, lane: Precedence) -> Result<Option<Cursor>, ReadFault> {
        Ok(streams::cursor(self.rows(), peer, lane)?)
    }

    fn ledger_end(&self, peer: Country) -> Result<Option<(Epoch, ItemNumber)>, ReadFault> {
        Ok(ledgers::end(self.rows(), peer)?)
    }

    fn ledger_row(&self, peer: Country, epoch: Epoch, number: ItemNumber) -> Result<Option<LedgerRow>, ReadFault> {
        Ok(ledgers::ledger_row(self.rows(), peer, epoch, number)?)
    }

    fn receipted(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault> {
        Ok(streams::receipted(self.rows(), peer)?)
    }

    fn receipted_in(&self, peer: Country, epoch: Epoch) -> Result<ItemNumber, ReadFault> {
        Ok(streams::receipted_in(self.rows(), peer, epoch)?)
    }

    fn receipt_proofs(&self, peer: Country) -> Result<ReceiptProofs, ReadFault> {
        Ok(streams::receipt_proofs(self.rows(), peer)?)
    }

    fn disclosed(&self, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, ReadFault> {
        Ok(ledgers::disclosed(self.rows(), peer, record)?)
    }

    fn holders(&self, record: &RecordId) -> Result<Vec<Country>, ReadFault> {
        Ok(ledgers::holders(self.rows(), record)?)
    }

    fn set_sections(
        &self,
        side: Side,
        peer: Country,
        record: &RecordId,
        expires: Date,
    ) -> Result<Option<SectionSet>, ReadFault> {
        Ok(sets::sections(self.rows(), side, peer, record, expires)?)
    }

    fn tallies(&self, side: Side, peer: Country, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault> {
        Ok(sets::tallies(self.rows(), side, peer, from)?)
    }

    fn set_items(
        &self,
        side: Side,
        peer: Country,
        period: Period,
        from: &RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        Ok(sets::items(self.rows(), side, peer, period, from, visit)?)
    }

    fn check_due(&self, peer: Country) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(lives::check_due(self.rows(), peer)?)
    }

    fn onward_copies(&self, after: JournalPosition, page: usize) -> Result<Vec<OnwardCopy>, ReadFault> {
        Ok(onward::copies(self.rows(), after, page)?)
    }

    fn onward(&self, peer: Country, record: &RecordId) -> Result<Option<OnwardState>, ReadFault> {
        Ok(onward::state(self.rows(), peer, record)?)
    }

    fn has_passed_on(&self, peer: Country, originator: Country) -> Result<bool, ReadFault> {
        Ok(onward::has_passed_on(self.rows(), peer, originator)?)
    }

    fn onward_holders(&self, record: &RecordId) -> Result<Vec<OnwardHolder>, ReadFault> {
        Ok(onward::holders(self.rows(), record)?)
    }

    fn consent_asks(&self, record: &RecordId, to: Country, page: usize) -> Result<Vec<ConsentAsk>, ReadFault> {
        Ok(onward::asks_about(self.rows(), record, to, page)?)
    }

    fn consent_ask(&self, statement: &StatementId) -> Result<Option<ConsentAsk>, ReadFault> {
        Ok(onward::ask(self.rows(), statement)?)
    }

    fn met(&self, peer: Country) -> Result<Option<Incarnation>, ReadFault> {
        Ok(lives::met(self.rows(), peer)?)
    }

    fn life(&self) -> Result<Life, ReadFault> {
        Ok(lives::life(self.rows())?)
    }

    fn returned(&self, peer: Country) -> Result<Option<ReturnProgress>, ReadFault> {
        Ok(lives::returned(self.rows(), peer)?)
    }

    fn sheets_of(
        &self,
        peer: Country,
        after: Option<(Epoch, ItemNumber)>,
        page: usize,
    ) -> Result<Vec<(Epoch, ItemNumber, Vec<u8>)>, ReadFault> {
        Ok(sheets::of_peer(self.rows(), peer, after, page)?)
    }

    fn statements_of(
        &self,
        maker: Country,
        after: Option<StatementId>,
        page: usize,
    ) -> Result<Vec<SignedStatement>, ReadFault> {
        Ok(obligations::of_maker(self.rows(), maker, after, page)?)
    }

    fn mark_statements(
        &self,
        originator: Country,
        lineage: &Lineage,
        record: &RecordId,
    ) -> Result<Vec<SignedStatement>, ReadFault> {
        let marks = marks::all(self.rows(), originator, lineage, record)?;
        let statement = |kept: marks::KeptMark| obligations::statement(self.rows(), &kept.statement).transpose();
        Ok(marks.into_iter().filter_map(statement).collect::<Result<_, _>>()?)
    }

    fn is_owed(&self, peer: Country, statement: &StatementId) -> Result<bool, ReadFault> {
        Ok(obligations::is_owed(self.rows(), peer, statement)?)
    }

    fn received(&self, peer: Country) -> Result<Option<StreamPosition>, ReadFault> {
        Ok(streams::received(self.rows(), peer)?)
    }

    fn owed_end(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault> {
        Ok(obligations::end(self.rows(), peer)?)
    }

    fn owed_receipted(&self, peer: Country) -> Result<ItemNumber, ReadFault> {
        Ok(streams::owed_receipted(self.rows(), peer)?)
    }

    fn owed(
        &self,
        peer: Country,
        after: ItemNumber,
        page: usize,
    ) -> Result<Vec<(ObligationPosition, SignedStatement)>, ReadFault> {
        Ok(obligations::owed(self.rows(), peer, after, page)?)
    }

    fn obligations_received(&self, peer: Country) -> Result<Option<ObligationPosition>, ReadFault> {
        Ok(streams::obligations_received(self.rows(), peer)?)
    }

    fn deferred(&self, peer: Country, after: Option<RecordId>, page: usize) -> Result<Vec<Deferral>, ReadFault> {
        Ok(deferrals::of_peer(self.rows(), peer, after, page)?)
    }

    fn expired(&self, through: Date, page: usize) -> Result<Vec<RecordId>, ReadFault> {
        Ok(copies::expired(self.rows(), through, page)?)
    }

    fn clock_mark(&self) -> Result<Option<ClockMark>, ReadFault> {
        Ok(meta::clock_mark(self.rows())?)
    }
}
