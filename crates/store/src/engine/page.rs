//! Bounded pages of a scan.

use super::{Engine, EngineFault, KeyRange, Order};
use crate::keyspace::Keyspace;
use crate::limits::{PAGE_BYTES_MAX, PAGE_ENTRIES_MAX};

/// A key with its value.
pub type Entry = (Vec<u8>, Vec<u8>);

/// Walks a range page by page to its end. Ends after the first fault.
///
/// Every page is a read of its own, so a commit may fall between two of them; no key is given twice or out of order.
pub struct Pages<'a> {
    engine: &'a dyn Engine,
    keyspace: Keyspace,
    rest: Option<KeyRange>,
    order: Order,
    page: usize,
}

impl<'a> Pages<'a> {
    /// A walk over `range` in pages of at most `page` entries, at least one.
    pub fn new(engine: &'a dyn Engine, keyspace: Keyspace, range: KeyRange, order: Order, page: usize) -> Self {
        Self { engine, keyspace, rest: Some(range), order, page: page.max(1) }
    }
}

impl Iterator for Pages<'_> {
    type Item = Result<Vec<Entry>, EngineFault>;

    fn next(&mut self) -> Option<Self::Item> {
        let range = self.rest.take()?;
        match self.engine.scan(self.keyspace, range.clone(), self.order, self.page) {
            Ok(entries) => {
                let (last, _) = entries.last()?;
                self.rest = Some(range.beyond(last, self.order));
                Some(Ok(entries))
            }
            Err(fault) => Some(Err(fault)),
        }
    }
}

/// Collects the entries of one page and says when it is full.
pub(super) struct Page {
    entries: Vec<Entry>,
    bytes: usize,
    limit: usize,
}

impl Page {
    pub(super) fn new(asked: usize) -> Self {
        Self { entries: Vec::new(), bytes: 0, limit: asked.min(PAGE_ENTRIES_MAX) }
    }

    /// INVARIANT (everything is bounded)
    pub(super) fn is_full(&self) -> bool {
        self.entries.len() >= self.limit || self.bytes >= PAGE_BYTES_MAX
    }

    pub(super) fn push(&mut self, key: &[u8], value: &[u8]) {
        self.bytes = self.bytes.saturating_add(key.len()).saturating_add(value.len());
        self.entries.push((key.to_vec(), value.to_vec()));
    }

    pub(super) fn into_entries(self) -> Vec<Entry> {
        self.entries
    }
}
