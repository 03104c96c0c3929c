//! Treaties and laws that counted once, kept in the store: files are only input, and a lost one lifts no bar.

use std::sync::Arc;

use chancery_record::encoding::{Domain, digest};
use chancery_record::{Country, DocumentHash, Instant};
use chancery_store::{CommitFault, DocumentKind, RowFault, Store};
use chancery_treaty::{DocumentSignature, NationalLaw, TreatyDocument};
use thiserror::Error;

use super::documents::{Documents, RefusedFile};

/// Treaties that every party has signed once, by hash.
const TREATIES: DocumentKind = DocumentKind(1);
/// The signatures of those treaties, by their own hash.
const SIGNATURES: DocumentKind = DocumentKind(2);
/// National laws in the order in which they came into force: eight bytes of time, then the file.
const LAWS: DocumentKind = DocumentKind(3);

/// The country whose store it is: its two letters.
const OWNER: DocumentKind = DocumentKind(4);

/// What the store remembers cannot be read or written.
#[derive(Debug, Error)]
pub enum RememberFault {
    /// Not read.
    #[error("the documents in the store cannot be read: {0}")]
    Read(#[from] RowFault),
    /// Not written.
    #[error("a document cannot be kept in the store: {0}")]
    Write(#[from] CommitFault),
    /// The store of another country.
    #[error(
        "the store at hand is that of {found}, and this node is of {own}; put its own store back, or point `store.path` elsewhere"
    )]
    Foreign {
        /// Whose store it is.
        found: String,
        /// Whose node it is.
        own: Country,
    },
}

/// Makes sure that the store is this country's own; a new one becomes it.
///
/// INVARIANT (nothing beyond the view): what another country keeps is not opened here as if it were our own.
pub fn claim(store: &Store, own: Country) -> Result<(), RememberFault> {
    let owner = store.documents(OWNER)?;
    match owner.first() {
        None => {
            let hash = DocumentHash(digest(Domain::Document, &[b"owner", &own.letters()]));
            Ok(store.put_document(OWNER, hash, &own.letters())?)
        }
        Some((_, letters)) if *letters == own.letters() => Ok(()),
        Some((_, letters)) => Err(RememberFault::Foreign { found: String::from_utf8_lossy(letters).into_owned(), own }),
    }
}

/// Joins what the directory holds with what the store remembers, and remembers what is new.
///
/// INVARIANT (released under an article): a treaty that was concluded keeps its bars, and a national law its force,
/// though their files are damaged or gone; only what replaces or ends them does otherwise.
pub fn join(documents: &mut Documents, store: &Store, own: Country, now: Instant) -> Result<(), RememberFault> {
    keep_treaties(documents, store)?;
    for (hash, bytes) in store.documents(TREATIES)? {
        if documents.book.treaty(&hash).is_none()
            && let Ok(treaty) = TreatyDocument::parse(&bytes)
        {
            let name = treaty.header().id.clone();
            if documents.book.add(Arc::new(treaty), []).is_ok() {
                documents.report.treaties += 1;
                warn(documents, &name, "its file is gone or damaged; the node goes on with the copy that was signed");
            }
        }
        documents.book.remember_concluded(&hash);
    }
    for (_, text) in store.documents(SIGNATURES)? {
        // A signature of a country key that was succeeded no longer counts, and is no reason to stop.
        if let Some(signature) = String::from_utf8(text).ok().and_then(|text| DocumentSignature::from_text(&text).ok())
        {
            let _ = documents.book.sign(signature);
        }
    }
    join_law(documents, store, own, now)
}

fn keep_treaties(documents: &Documents, store: &Store) -> Result<(), RememberFault> {
    let concluded = documents.book.treaties().filter(|treaty| documents.book.is_concluded(&treaty.hash()));
    for treaty in concluded {
        store.put_document(TREATIES, treaty.hash(), treaty.bytes())?;
        for signature in documents.book.signatures(&treaty.hash()) {
            let text = signature.to_text();
            store.put_document(
                SIGNATURES,
                DocumentHash(digest(Domain::Document, &[text.as_bytes()])),
                text.as_bytes(),
            )?;
        }
    }
    Ok(())
}

fn join_law(documents: &mut Documents, store: &Store, own: Country, now: Instant) -> Result<(), RememberFault> {
    let kept = store.documents(LAWS)?;
    let latest = kept.iter().filter_map(|(_, row)| row.split_first_chunk::<8>()).max_by_key(|(at, _)| **at);
    match (documents.book.law(own).cloned(), latest) {
        (Some(law), latest) if latest.is_none_or(|(_, bytes)| bytes != law.bytes()) => {
            let row = [&now.0.to_be_bytes(), law.bytes()].concat();
            store.put_document(LAWS, DocumentHash(digest(Domain::Document, &[&row])), &row)?;
        }
        (None, Some((_, bytes))) => {
            if let Some(law) = NationalLaw::parse(bytes).ok()
                && documents.book.set_law(Arc::new(law)).is_ok()
            {
                documents.report.laws += 1;
                let why = "its file is gone; the law as it was last read stays in force until another takes its place";
                warn(documents, &format!("law/{own}.toml"), why);
            }
        }
        _ => {}
    }
    Ok(())
}

fn warn(documents: &mut Documents, file: &str, why: &str) {
    tracing::warn!(file, why, "a document is kept from the store");
    documents.report.refused.push(RefusedFile { file: file.to_owned(), why: why.to_owned() });
}
