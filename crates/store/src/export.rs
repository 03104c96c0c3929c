//! Everything an export needs, record by record in the order of acceptance.

use chancery_exchange::RecordSource;
use chancery_record::Instant;

use crate::Store;
use crate::engine::{KeyRange, Order, Pages};
use crate::keyspace::Keyspace;
use crate::limits::PAGE_ENTRIES_MAX;
use crate::records::{RecordHead, parted_bytes};
use crate::rows::{RowFault, read};

/// One record on its way out of the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ExportedRecord {
    /// Its bytes, verbatim.
    pub bytes: Vec<u8>,
    /// Where it came from, with the terms that bind it.
    pub source: RecordSource,
    /// The publisher's own number.
    pub source_reference: Option<String>,
    /// When it was accepted.
    pub accepted: Instant,
}

impl Store {
    /// All records. One that is damaged is given as a fault, and the others go on.
    pub fn export(&self) -> impl Iterator<Item = Result<ExportedRecord, RowFault>> {
        let pages = Pages::new(self.engine(), Keyspace::Records, KeyRange::all(), Order::Ascending, PAGE_ENTRIES_MAX);
        pages.flat_map(|page| match page {
            Ok(entries) => entries.into_iter().map(|(_, row)| exported(&row)).collect(),
            Err(fault) => vec![Err(RowFault::Engine(fault))],
        })
    }
}

fn exported(row: &[u8]) -> Result<ExportedRecord, RowFault> {
    let (head, record) = parted_bytes(row).ok_or_else(|| RowFault::damaged(Keyspace::Records))?;
    let head: RecordHead = read(head)?;
    Ok(ExportedRecord {
        bytes: record.to_vec(),
        source: head.source,
        source_reference: head.reference,
        accepted: head.accepted,
    })
}
