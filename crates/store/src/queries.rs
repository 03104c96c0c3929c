//! What the people of a country ask of their own store; nothing here is ever said to a peer.

mod listing;
mod losses;
mod naming;
mod standing;

use chancery_exchange::{
    AuditEntry, ConsentAsk, Epoch, Holdings, ItemNumber, JournalPosition, LabelId, LedgerRow, ObligationPosition,
    ReadFault,
};
use chancery_record::{Country, Lineage, Precedence, RecordId, SheetHash, SignedStatement, StatementId};

use crate::engine::Order;
use crate::limits::{BACKLOG_COUNT_MAX, DISCLOSURES_PER_RECORD_MAX, PAGE_ENTRIES_MAX};
use crate::lineages::Version;
use crate::meta::Totals;
use crate::{
    AuditNumber, Breach, CopySummary, DeletionReceipt, KeptMark, Quarantined, Store, audit, breaches, copies,
    deletions, journal, labels, ledgers, lineages, marks, obligations, onward, quarantine, records, sheets, streams,
};

pub use listing::{Expired, ListCursor, ListFilter, ListPage, Listed};
pub use losses::Losses;
pub use naming::{NotAName, Resolved};
pub use standing::{Current, Standing};

/// How much the store holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Copies held.
    pub records: u64,
    /// The last journal entry.
    pub journal_end: JournalPosition,
    /// Interned labels.
    pub labels: LabelId,
    /// Bytes on disk.
    pub bytes: u64,
}

/// What waits for a peer. Counts stop at `BACKLOG_COUNT_MAX`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backlog {
    /// Journal entries that were not yet walked for it under the law it is walked under, by lane.
    pub journal: Vec<(Precedence, usize)>,
    /// What is deferred.
    pub deferred: usize,
    /// Obligations it has not receipted.
    pub obligations: u64,
}

/// One obligation to a peer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Obligation {
    /// Its place in the peer's stream.
    pub position: ObligationPosition,
    /// What is owed.
    pub statement: SignedStatement,
    /// How far the peer is with it.
    pub progress: Progress,
}

/// How far a peer is with what it is owed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Progress {
    /// Not receipted.
    Owed,
    /// The peer says it holds the statement durably.
    Receipted,
}

/// A holder's answer to one statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// The holder.
    pub peer: Country,
    /// How far it is.
    pub progress: Progress,
    /// What it says it deleted.
    pub deletions: Vec<DeletionReceipt>,
}

impl Store {
    /// How much the store holds.
    pub fn extent(&self) -> Result<Extent, ReadFault> {
        let totals = Totals::read(self.rows())?;
        let bytes = self.engine().bytes_on_disk().map_err(crate::RowFault::from)?;
        let labels = labels::end(self.rows())?;
        Ok(Extent { records: totals.records, journal_end: totals.journal_end, labels, bytes })
    }

    /// What waits for a peer.
    pub fn backlog(&self, peer: Country) -> Result<Backlog, ReadFault> {
        let rows = self.rows();
        let mut journal = Vec::with_capacity(Precedence::ALL.len());
        for lane in Precedence::ALL {
            let cursor = streams::cursor(rows, peer, *lane)?;
            let walked = cursor.map_or(JournalPosition(0), |cursor| cursor.walked);
            let mut count = journal::count_after(rows, *lane, walked, BACKLOG_COUNT_MAX)?;
            if let Some(old) = cursor.and_then(|cursor| cursor.back_fill) {
                count += journal::count_between(rows, *lane, old.walked, old.until, BACKLOG_COUNT_MAX)?;
            }
            journal.push((*lane, count.min(BACKLOG_COUNT_MAX)));
        }
        let deferred = crate::deferrals::count(rows, peer, BACKLOG_COUNT_MAX)?;
        let owed = obligations::end(rows, peer)?.map_or(0, |end| end.number.0);
        let obligations = owed.saturating_sub(streams::owed_receipted(rows, peer)?.0);
        Ok(Backlog { journal, deferred, obligations })
    }

    /// A copy without its bodies, unless deleted.
    pub fn copy(&self, record: &RecordId) -> Result<Option<CopySummary>, ReadFault> {
        let Some(sequence) = records::sequence(self.rows(), record)? else { return Ok(None) };
        Ok(copies::copy(self.rows(), sequence)?)
    }

    /// Every version that says it is of a lineage, whoever sealed it, held or once held.
    pub fn lineage_versions(&self, lineage: &Lineage) -> Result<Vec<Version>, ReadFault> {
        Ok(lineages::versions(self.rows(), lineage)?)
    }

    /// A terms sheet, as it was signed.
    pub fn sheet(&self, hash: &SheetHash) -> Result<Option<Vec<u8>>, ReadFault> {
        Ok(sheets::sheet(self.rows(), hash)?)
    }

    /// A statement that was owed or that marks something, as it was signed.
    pub fn statement(&self, id: &StatementId) -> Result<Option<SignedStatement>, ReadFault> {
        Ok(obligations::statement(self.rows(), id)?)
    }

    /// Every mark that a record's originator made on it or its lineage.
    pub fn marks_on(
        &self,
        originator: Country,
        lineage: &Lineage,
        record: &RecordId,
    ) -> Result<Vec<KeptMark>, ReadFault> {
        Ok(marks::all(self.rows(), originator, lineage, record)?)
    }

    /// What was disclosed to a peer after an item, in order.
    pub fn ledger_of_peer(
        &self,
        peer: Country,
        after: Option<(Epoch, ItemNumber)>,
        page: usize,
    ) -> Result<Vec<LedgerRow>, ReadFault> {
        Ok(ledgers::of_peer(self.rows(), peer, after, page)?)
    }

    /// What was disclosed of a record, peer by peer and the latest first, at most `DISCLOSURES_PER_RECORD_MAX` rows.
    pub fn ledger_of_record(&self, record: &RecordId) -> Result<Vec<LedgerRow>, ReadFault> {
        Ok(ledgers::of_record(self.rows(), record, DISCLOSURES_PER_RECORD_MAX)?)
    }

    /// What a peer is owed after a number, with its receipts.
    pub fn obligations(&self, peer: Country, after: ItemNumber, page: usize) -> Result<Vec<Obligation>, ReadFault> {
        let receipted = self.owed_receipted(peer)?;
        let owed = self.owed(peer, after, page)?;
        let obligation = |(position, statement): (ObligationPosition, SignedStatement)| {
            let progress = progress(position.number, receipted);
            Obligation { position, statement, progress }
        };
        Ok(owed.into_iter().map(obligation).collect())
    }

    /// All questions about consent, asked here or elsewhere, after one of them, by id.
    pub fn all_consent_asks(&self, after: Option<StatementId>, page: usize) -> Result<Vec<ConsentAsk>, ReadFault> {
        Ok(onward::asks(self.rows(), after, page)?)
    }

    /// To whom a statement is owed, and what they answered.
    pub fn answers(&self, statement: &StatementId) -> Result<Vec<Answer>, ReadFault> {
        let deletions = deletions::of_statement(self.rows(), statement, PAGE_ENTRIES_MAX)?;
        let mut answers = Vec::new();
        for (peer, number) in obligations::owed_to(self.rows(), statement)? {
            let progress = progress(number, self.owed_receipted(peer)?);
            let deletions = deletions.iter().filter(|receipt| receipt.peer == peer).cloned().collect();
            answers.push(Answer { peer, progress, deletions });
        }
        Ok(answers)
    }

    /// The deletion receipts that answer a statement.
    pub fn deletion_receipts(&self, statement: &StatementId) -> Result<Vec<DeletionReceipt>, ReadFault> {
        Ok(deletions::of_statement(self.rows(), statement, PAGE_ENTRIES_MAX)?)
    }

    /// What a peer sent that was refused, the latest first.
    pub fn quarantine(&self, peer: Country, page: usize) -> Result<Vec<Quarantined>, ReadFault> {
        Ok(quarantine::of_peer(self.rows(), peer, page)?)
    }

    /// Deliveries of a peer that exceeded their treaty, the latest first.
    pub fn breaches(&self, peer: Country, page: usize) -> Result<Vec<Breach>, ReadFault> {
        Ok(breaches::of_peer(self.rows(), peer, page)?)
    }

    /// Lines of the audit log beyond one, in an order.
    pub fn audit(
        &self,
        order: Order,
        beyond: Option<AuditNumber>,
        page: usize,
    ) -> Result<Vec<(AuditNumber, AuditEntry)>, ReadFault> {
        Ok(audit::lines(self.rows(), order, beyond, page)?)
    }
}

fn progress(number: ItemNumber, receipted: ItemNumber) -> Progress {
    if number <= receipted { Progress::Receipted } else { Progress::Owed }
}
