//! What the exchange reads of the store.

use chancery_exchange::{
    ClockMark, Deferral, Disclosed, Epoch, HeldRecord, Holdings, Incarnation, ItemNumber, JournalEntry,
    JournalPosition, LabelId, LedgerRow, Mark, ObligationPosition, ReadFault, StreamPosition,
};
use chancery_record::{
    Country, Date, DocumentHash, LabelHash, Lineage, Precedence, RecordId, SectionSet, SignedStatement,
};

use crate::meta::Totals;
use crate::{Store, copies, deferrals, journal, labels, ledgers, lineages, marks, meta, obligations, records, streams};

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

    fn cursor(&self, peer: Country, lane: Precedence) -> Result<Option<(JournalPosition, DocumentHash)>, ReadFault> {
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

    fn disclosed(&self, peer: Country, record: &RecordId) -> Result<Option<Disclosed>, ReadFault> {
        Ok(ledgers::disclosed(self.rows(), peer, record)?)
    }

    fn holders(&self, record: &RecordId) -> Result<Vec<Country>, ReadFault> {
        Ok(ledgers::holders(self.rows(), record)?)
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
