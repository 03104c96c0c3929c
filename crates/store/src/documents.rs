//! Signed documents by their hash: treaties, laws, certificates, cards.

use chancery_record::DocumentHash;

use crate::Store;
use crate::commit::CommitFault;
use crate::engine::{Batch, KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::{DOCUMENT_BYTES_MAX, DOCUMENTS_BYTES_MAX};
use crate::rows::{RowFault, Rows};

use std::ops::ControlFlow;

/// A sort of document; what the numbers mean is for the node to say, and stays.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct DocumentKind(pub u8);

impl Store {
    /// Keeps a document, durably, before it returns; one that is kept already is left as it is.
    ///
    /// INVARIANT (everything is bounded): all documents of a kind together fit into memory.
    pub fn put_document(&self, kind: DocumentKind, hash: DocumentHash, bytes: &[u8]) -> Result<(), CommitFault> {
        let keyspace = Keyspace::Documents;
        let too_long = |found, limit| CommitFault::TooLong { keyspace: keyspace.name(), found, limit };
        if bytes.len() > DOCUMENT_BYTES_MAX {
            return Err(too_long(bytes.len(), DOCUMENT_BYTES_MAX));
        }
        let _turn = self.turn();
        let key = key(kind, &hash);
        if self.rows().bytes(keyspace, &key)?.is_some() {
            return Ok(());
        }
        let mut total = bytes.len();
        each(self.rows(), kind, |_, kept| total = total.saturating_add(kept.len()))?;
        if total > DOCUMENTS_BYTES_MAX {
            return Err(too_long(total, DOCUMENTS_BYTES_MAX));
        }
        let mut batch = Batch::new();
        batch.put(keyspace, key, bytes);
        Ok(self.engine().commit(batch)?)
    }

    /// One document.
    pub fn document(&self, kind: DocumentKind, hash: &DocumentHash) -> Result<Option<Vec<u8>>, RowFault> {
        self.rows().bytes(Keyspace::Documents, &key(kind, hash))
    }

    /// Every document of a kind, by hash.
    pub fn documents(&self, kind: DocumentKind) -> Result<Vec<(DocumentHash, Vec<u8>)>, RowFault> {
        let mut documents = Vec::new();
        each(self.rows(), kind, |hash, bytes| documents.push((hash, bytes.to_vec())))?;
        Ok(documents)
    }
}

fn each(rows: Rows<'_>, kind: DocumentKind, mut visit: impl FnMut(DocumentHash, &[u8])) -> Result<(), RowFault> {
    rows.each(Keyspace::Documents, KeyRange::prefix(&[kind.0]), Order::Ascending, |key, bytes| {
        let mut parts = Parts::of(key);
        let hash = parts.array::<1>().and_then(|_| parts.array()).map(DocumentHash);
        visit(hash.ok_or_else(|| RowFault::damaged(Keyspace::Documents))?, bytes);
        Ok(ControlFlow::Continue(()))
    })
}

fn key(kind: DocumentKind, hash: &DocumentHash) -> Key {
    Key::new().byte(kind.0).bytes(&hash.0)
}
