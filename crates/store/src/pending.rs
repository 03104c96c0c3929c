//! A commit in the making: the batch so far, seen over committed state.

use std::collections::BTreeMap;

use chancery_record::encoding::{Domain, encode};

use crate::commit::CommitFault;
use crate::engine::{Batch, KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::meta::Totals;
use crate::rows::{Row, RowFault, Rows, read};

/// Changes put into a batch one after the other, each seeing the ones before it. Used by one commit at a time.
pub(crate) struct Pending<'a> {
    rows: Rows<'a>,
    batch: Batch,
    pub(crate) totals: Totals,
    totals_before: Totals,
    /// The last key of a stream, by keyspace and first parts.
    ends: BTreeMap<(Keyspace, Vec<u8>), Option<Vec<u8>>>,
    /// The numbers in use of a log, by keyspace and first parts.
    spans: BTreeMap<(Keyspace, Vec<u8>), Span>,
}

/// The numbers of a log without gaps: the first in use, the next to be given.
#[derive(Clone, Copy)]
struct Span {
    first: u64,
    next: u64,
}

impl<'a> Pending<'a> {
    pub(crate) fn new(rows: Rows<'a>) -> Result<Self, RowFault> {
        let totals = Totals::read(rows)?;
        Ok(Self {
            rows,
            batch: Batch::new(),
            totals,
            totals_before: totals,
            ends: BTreeMap::new(),
            spans: BTreeMap::new(),
        })
    }

    /// Committed state, without this batch.
    pub(crate) fn rows(&self) -> Rows<'a> {
        self.rows
    }

    pub(crate) fn get<T: Row>(&self, key: &Key) -> Result<Option<T>, RowFault> {
        match self.batch.pending(T::KEYSPACE, key.as_slice()) {
            Some(written) => written.map(read).transpose(),
            None => self.rows.get(key),
        }
    }

    /// Whether anything stands under a key.
    pub(crate) fn holds(&self, keyspace: Keyspace, key: &Key) -> Result<bool, RowFault> {
        match self.batch.pending(keyspace, key.as_slice()) {
            Some(written) => Ok(written.is_some()),
            None => Ok(self.rows.bytes(keyspace, key)?.is_some()),
        }
    }

    /// INVARIANT (everything is bounded): what could not be read back is not written.
    pub(crate) fn put<T: Row>(&mut self, key: Key, row: &T) -> Result<(), CommitFault> {
        self.put_bytes(T::KEYSPACE, key, encode(Domain::Row, row), T::BYTES_MAX)
    }

    pub(crate) fn put_bytes(
        &mut self,
        keyspace: Keyspace,
        key: Key,
        bytes: Vec<u8>,
        limit: usize,
    ) -> Result<(), CommitFault> {
        if bytes.len() > limit {
            return Err(CommitFault::TooLong { keyspace: keyspace.name(), found: bytes.len(), limit });
        }
        self.batch.put(keyspace, key, bytes);
        Ok(())
    }

    /// The keys of a keyspace that the changes so far write.
    pub(crate) fn written(&self, keyspace: Keyspace) -> Vec<Vec<u8>> {
        self.batch.keys(keyspace).map(<[u8]>::to_vec).collect()
    }

    pub(crate) fn delete(&mut self, keyspace: Keyspace, key: Key) {
        self.batch.delete(keyspace, key);
    }

    /// Puts a row at the end of the stream that `prefix` names; refuses a key that is not beyond its end.
    pub(crate) fn append<T: Row>(&mut self, prefix: Key, key: Key, row: &T) -> Result<(), CommitFault> {
        let stream = (T::KEYSPACE, prefix.into());
        let end = match self.ends.get(&stream) {
            Some(end) => end.clone(),
            None => {
                let last = self.rows.first(T::KEYSPACE, KeyRange::prefix(&stream.1), Order::Descending)?;
                last.map(|(key, _)| key)
            }
        };
        if end.is_some_and(|end| key.as_slice() <= end.as_slice()) {
            return Err(CommitFault::OutOfOrder { keyspace: T::KEYSPACE.name() });
        }
        self.ends.insert(stream, Some(key.as_slice().to_vec()));
        self.put(key, row)
    }

    /// Puts a row under the next number of the log that `prefix` names, and drops its oldest rows beyond `keep`.
    ///
    /// INVARIANT (everything is bounded)
    pub(crate) fn log<T: Row>(&mut self, prefix: Key, keep: u64, row: &T) -> Result<(), CommitFault> {
        let log = (T::KEYSPACE, prefix.into());
        let mut span = match self.spans.get(&log) {
            Some(span) => *span,
            None => self.span(T::KEYSPACE, &log.1)?,
        };
        self.put(Key::new().bytes(&log.1).number(span.next), row)?;
        span.next = span.next.saturating_add(1);
        while span.next.saturating_sub(span.first) > keep {
            self.delete(T::KEYSPACE, Key::new().bytes(&log.1).number(span.first));
            span.first = span.first.saturating_add(1);
        }
        self.spans.insert(log, span);
        Ok(())
    }

    /// The batch, with the totals where they changed.
    pub(crate) fn into_batch(mut self) -> Result<Batch, CommitFault> {
        if self.totals != self.totals_before {
            let totals = self.totals;
            self.put(Totals::key(), &totals)?;
        }
        Ok(self.batch)
    }

    fn span(&self, keyspace: Keyspace, prefix: &[u8]) -> Result<Span, RowFault> {
        let number = |order| -> Result<Option<u64>, RowFault> {
            let Some((key, _)) = self.rows.first(keyspace, KeyRange::prefix(prefix), order)? else { return Ok(None) };
            let number = key.get(prefix.len()..).and_then(|rest| Parts::of(rest).number());
            number.ok_or_else(|| RowFault::damaged(keyspace)).map(Some)
        };
        let first = number(Order::Ascending)?.unwrap_or(1);
        let next = number(Order::Descending)?.map_or(1, |last| last.saturating_add(1));
        Ok(Span { first, next })
    }
}
