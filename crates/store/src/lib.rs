//! What a node keeps, in an order it can rely on.
//!
//! It holds no network and makes no policy decision: it says what is kept and never who may have it. Below stands the
//! engine, a map of bytes with atomic durable batches; above it [`Store`], which turns lists of changes into batches and
//! committed bytes into what the exchange and the local users read.

pub mod engine;
pub mod keyspace;
pub mod limits;

mod audit;
mod breaches;
mod commit;
mod copies;
mod deferrals;
mod deletions;
mod derived;
mod documents;
mod export;
mod holdings;
mod journal;
mod key;
mod labels;
mod ledgers;
mod lineages;
mod lives;
mod marks;
mod meta;
mod obligations;
mod onward;
mod pending;
mod quarantine;
mod queries;
mod rebuild;
mod records;
mod rows;
mod sets;
mod sheets;
mod store;
mod streams;
mod verify;
mod weight;

#[cfg(test)]
mod tests;

pub use audit::AuditNumber;
pub use breaches::Breach;
pub use commit::CommitFault;
pub use copies::CopySummary;
pub use deletions::DeletionReceipt;
pub use documents::DocumentKind;
pub use export::ExportedRecord;
pub use lineages::Version;
pub use marks::KeptMark;
pub use quarantine::Quarantined;
pub use queries::{
    Answer, Backlog, Current, Expired, Extent, ListCursor, ListFilter, ListPage, Listed, Losses, NotAName, Obligation,
    Progress, Resolved, Standing,
};
pub use rebuild::{Rebuilt, Step};
pub use rows::RowFault;
pub use store::Store;
pub use verify::{Finding, Problem, Verified};
pub use weight::Weight;
