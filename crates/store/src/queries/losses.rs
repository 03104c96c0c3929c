//! What a store that took back what peers hold of an earlier life has still not got.

use chancery_exchange::{Epoch, ItemNumber, ReadFault, RefusalCode};
use chancery_record::{Country, Date, Lineage, RecordId, SectionName};

use super::listing::{Expired, ListFilter};
use super::standing::Standing;
use crate::engine::{KeyRange, Order, Pages};
use crate::key::Parts;
use crate::keyspace::Keyspace;
use crate::limits::{LIST_PAGE_MAX, LOSSES_SCANNED_MAX, PAGE_ENTRIES_MAX};
use crate::rows::RowFault;
use crate::{Store, ledgers, records, streams};

/// What did not come back.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Losses {
    /// Own records whose disclosure was proved, and that nobody has given back.
    pub held_by_nobody: u64,
    /// Own records, current, that came back without the section that says to whom they may go.
    pub without_audience: u64,
    /// Whether everything was looked at; else there may be more.
    pub is_complete: bool,
}

impl Store {
    /// Counts what did not come back, as far as this store can know of it.
    ///
    /// INVARIANT (everything is bounded): it looks at `LOSSES_SCANNED_MAX` disclosures and as many own records.
    pub fn losses(&self, own: Country, today: Date) -> Result<Losses, ReadFault> {
        let (held_by_nobody, all_disclosures) = self.held_by_nobody()?;
        let (without_audience, all_records) = self.without_audience(own, today)?;
        Ok(Losses { held_by_nobody, without_audience, is_complete: all_disclosures && all_records })
    }

    /// Why a peer did not take an item of its ledger, if it said so.
    pub fn refused(&self, peer: Country, epoch: Epoch, number: ItemNumber) -> Result<Option<RefusalCode>, ReadFault> {
        Ok(streams::refused(self.rows(), peer, epoch, number)?)
    }

    /// A disclosure that came back without its record names no lineage.
    fn held_by_nobody(&self) -> Result<(u64, bool), ReadFault> {
        let (mut count, mut scanned, mut last) = (0, 0, None);
        let pages =
            Pages::new(self.engine(), Keyspace::Disclosures, KeyRange::all(), Order::Ascending, PAGE_ENTRIES_MAX);
        for page in pages {
            for (key, _) in page.map_err(RowFault::Engine)? {
                scanned += 1;
                if scanned > LOSSES_SCANNED_MAX {
                    return Ok((count, false));
                }
                let mut parts = Parts::of(&key);
                let named = parts.array::<32>().map(RecordId).zip(parts.country());
                let (record, peer) = named.ok_or_else(|| RowFault::damaged(Keyspace::Disclosures))?;
                if last == Some(record) || records::place(self.rows(), &record)?.is_some() {
                    continue;
                }
                let Some(disclosed) = ledgers::disclosed(self.rows(), peer, &record)? else { continue };
                let row = ledgers::ledger_row(self.rows(), peer, disclosed.epoch, disclosed.number)?;
                if row.is_some_and(|row| row.lineage == NO_LINEAGE) {
                    count += 1;
                    last = Some(record);
                }
            }
        }
        Ok((count, true))
    }

    fn without_audience(&self, own: Country, today: Date) -> Result<(u64, bool), ReadFault> {
        let filter = ListFilter {
            originator: Some(own),
            standing: Some(Standing::Current),
            expired: Expired::Hidden { today },
            ..ListFilter::default()
        };
        let (mut count, mut scanned, mut cursor) = (0, 0, None);
        loop {
            let page = self.list(&filter, cursor, LIST_PAGE_MAX)?;
            scanned += page.items.len();
            let without = |copy: &crate::CopySummary| copy.is_own() && !copy.sections.contains(SectionName::Audience);
            count += page.items.iter().filter(|listed| without(&listed.copy)).count() as u64;
            match page.next {
                None => return Ok((count, true)),
                Some(_) if scanned >= LOSSES_SCANNED_MAX => return Ok((count, false)),
                next => cursor = next,
            }
        }
    }
}

/// What stands in a row whose record nobody has given back.
const NO_LINEAGE: Lineage = Lineage([0; 16]);
