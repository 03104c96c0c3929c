//! Rows of committed state: read through an engine, decoded within their limits.

use bincode::{Decode, Encode};
use chancery_exchange::ReadFault;
use chancery_record::encoding::{DecodeFault, Domain, decode};
use std::error::Error;
use std::ops::ControlFlow;
use thiserror::Error;

use crate::engine::{Engine, EngineFault, Entry, KeyRange, Order, Pages};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::PAGE_ENTRIES_MAX;

/// One sort of row: where it stands, and how long it may be.
pub(crate) trait Row: Encode + Decode<()> {
    const KEYSPACE: Keyspace;
    const BYTES_MAX: usize;
}

/// Says of a type where its rows stand.
macro_rules! row {
    ($row:ty, $keyspace:ident, $limit:expr) => {
        impl $crate::rows::Row for $row {
            const KEYSPACE: $crate::keyspace::Keyspace = $crate::keyspace::Keyspace::$keyspace;
            const BYTES_MAX: usize = $limit;
        }
    };
}
pub(crate) use row;

/// Why committed state could not be read.
#[derive(Debug, Error)]
pub enum RowFault {
    /// The engine could not read.
    #[error(transparent)]
    Engine(#[from] EngineFault),
    /// An entry is not what this program wrote.
    #[error(
        "an entry of `{keyspace}` in the store is damaged ({source}); stop the node and let `chancery doctor` check the store"
    )]
    Damaged {
        /// Which keyspace.
        keyspace: &'static str,
        /// What is wrong with it.
        source: DecodeFault,
    },
}

impl RowFault {
    pub(crate) fn damaged(keyspace: Keyspace) -> Self {
        Self::Damaged { keyspace: keyspace.name(), source: DecodeFault::Malformed }
    }
}

impl From<RowFault> for ReadFault {
    fn from(fault: RowFault) -> Self {
        let mut text = fault.to_string();
        let mut cause = match &fault {
            RowFault::Engine(engine) => engine.source(),
            RowFault::Damaged { .. } => None,
        };
        while let Some(source) = cause {
            text.push_str(": ");
            text.push_str(&source.to_string());
            cause = source.source();
        }
        Self(text)
    }
}

/// Reads rows of committed state.
#[derive(Clone, Copy)]
pub(crate) struct Rows<'a> {
    pub(crate) engine: &'a dyn Engine,
}

impl<'a> Rows<'a> {
    pub(crate) fn bytes(self, keyspace: Keyspace, key: &Key) -> Result<Option<Vec<u8>>, RowFault> {
        Ok(self.engine.get(keyspace, key.as_slice())?)
    }

    pub(crate) fn get<T: Row>(self, key: &Key) -> Result<Option<T>, RowFault> {
        self.bytes(T::KEYSPACE, key)?.map(|bytes| read(&bytes)).transpose()
    }

    /// One page of a range, at most `page` entries.
    pub(crate) fn scan(
        self,
        keyspace: Keyspace,
        range: KeyRange,
        order: Order,
        page: usize,
    ) -> Result<Vec<Entry>, RowFault> {
        Ok(self.engine.scan(keyspace, range, order, page)?)
    }

    /// The first key of a range in an order, with its value.
    pub(crate) fn first(self, keyspace: Keyspace, range: KeyRange, order: Order) -> Result<Option<Entry>, RowFault> {
        Ok(self.scan(keyspace, range, order, 1)?.pop())
    }

    /// How many entries a range has, counted up to `most`.
    pub(crate) fn count(self, keyspace: Keyspace, range: KeyRange, most: usize) -> Result<usize, RowFault> {
        let mut count = 0usize;
        self.each(keyspace, range, Order::Ascending, |_, _| {
            count = count.saturating_add(1);
            Ok(if count < most { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        })?;
        Ok(count)
    }

    /// Walks a range to its end, page by page, unless told to stop.
    pub(crate) fn each(
        self,
        keyspace: Keyspace,
        range: KeyRange,
        order: Order,
        mut visit: impl FnMut(&[u8], &[u8]) -> Result<ControlFlow<()>, RowFault>,
    ) -> Result<(), RowFault> {
        for page in Pages::new(self.engine, keyspace, range, order, PAGE_ENTRIES_MAX) {
            for (key, value) in page? {
                if visit(&key, &value)?.is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Decodes one row.
pub(crate) fn read<T: Row>(bytes: &[u8]) -> Result<T, RowFault> {
    decode(Domain::Row, bytes, T::BYTES_MAX)
        .map_err(|source| RowFault::Damaged { keyspace: T::KEYSPACE.name(), source })
}
