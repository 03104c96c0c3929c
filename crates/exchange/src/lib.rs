//! What to say next: the conversation between two nodes as a pure state machine.
//!
//! `handle(now, Input)`, then drain `poll_output()`. No I/O, no clock, nothing asynchronous, no store engine: time,
//! randomness, keys and committed state are parameters, writes are outputs with a ticket.

pub mod limits;
pub mod reconcile;
pub mod wire;

mod answer;
mod change;
mod clock_watch;
mod desk;
mod exchange;
mod holdings;
mod incoming;
mod input;
mod label_index;
mod life;
mod onward;
mod output;
mod position;
mod prospect;
mod refusal;
mod session;
mod sheet;
mod signed;
mod ticket;

pub use answer::{Answer, CheckFault, ConsentFault, PublishFault, PublishOutcome, Published, WithdrawFault};
pub use change::{
    Acceptance, AuditEntry, BackFill, Change, ClockMark, Cursor, Deferral, DeferralCause, LedgerRow, Mark, MarkTarget,
    RecordSource, SetItem, Side,
};
pub use exchange::{ConsentWord, Exchange, SessionState};
pub use holdings::{Disclosed, HeldRecord, Holdings, JournalEntry, ReadFault, ReceiptProofs};
pub use incoming::{
    Incoming, ProtocolFault, ReceivedBatch, ReceivedItem, ReceivedObligationReceipt, ReceivedObligations,
    ReceivedReceipt, ReceivedReturn, VerifyContext,
};
pub use input::{CallerId, ConnectionId, Input, OwnIdentity, Publication};
pub use life::{Life, ReturnCursor, ReturnProgress, ReturnState};
pub use onward::{ConsentAsk, ConsentReply, OnwardCopy, OnwardHolder, OnwardReport, OnwardState};
pub use output::{HangUp, Outgoing, Output};
pub use position::{
    Epoch, Incarnation, ItemNumber, JournalPosition, LabelId, ObligationPosition, STREAM_ORIGIN, StreamPosition,
    Ticket, chain,
};
pub use prospect::{Outlook, Prospect};
pub use reconcile::{Item, Mode, Period, Tally};
pub use refusal::RefusalCode;
pub use session::Records;
pub use session::checking::{CheckReport, Repair};
pub use signed::{SignedByNode, SignedFault};
