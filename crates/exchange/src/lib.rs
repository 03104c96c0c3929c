//! What to say next: the conversation between two nodes as a pure state machine.
//!
//! `handle(now, Input)`, then drain `poll_output()`. No I/O, no clock, nothing asynchronous, no store engine: time,
//! randomness, keys and committed state are parameters, writes are outputs with a ticket.

pub mod limits;

mod change;
mod holdings;
mod position;
mod refusal;

pub use change::{
    Acceptance, AuditEntry, Change, ClockMark, Deferral, DeferralCause, LedgerRow, Mark, MarkTarget, RecordSource,
};
pub use holdings::{Disclosed, HeldRecord, Holdings, JournalEntry, ReadFault};
pub use position::{Epoch, Incarnation, ItemNumber, JournalPosition, LabelId, ObligationPosition, STREAM_ORIGIN, StreamPosition, Ticket, chain};
pub use refusal::RefusalCode;
