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
mod holdings;
mod journal;
mod key;
mod labels;
mod ledgers;
mod lineages;
mod marks;
mod meta;
mod obligations;
mod pending;
mod quarantine;
mod records;
mod rows;
mod sheets;
mod store;
mod streams;

pub use audit::AuditNumber;
pub use breaches::Breach;
pub use commit::CommitFault;
pub use copies::CopySummary;
pub use deletions::DeletionReceipt;
pub use lineages::Version;
pub use marks::KeptMark;
pub use quarantine::Quarantined;
pub use rows::RowFault;
pub use store::Store;
