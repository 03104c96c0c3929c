//! The one way into the store: a list of changes becomes one batch, or is refused whole.

use chancery_exchange::Change;
use thiserror::Error;

use crate::engine::{Batch, EngineFault};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows};
use crate::{
    audit, breaches, deferrals, deletions, labels, ledgers, lives, marks, meta, obligations, onward, quarantine,
    records, sets, sheets, streams,
};

/// Why a list of changes was not committed.
#[derive(Debug, Error)]
pub enum CommitFault {
    /// The engine did not write, or what this list depends on could not be read.
    #[error(transparent)]
    Row(#[from] RowFault),
    /// An entry that is larger than the store could read back; nothing was written.
    #[error(
        "an entry of `{keyspace}` would take {found} bytes, and the store takes at most {limit}; nothing was written"
    )]
    TooLong {
        /// Where it would stand.
        keyspace: &'static str,
        /// How long it is.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A number that does not rise, where one entry would hide another; nothing was written.
    #[error("an entry of `{keyspace}` is not numbered after the last one; nothing was written")]
    OutOfOrder {
        /// Which numbering.
        keyspace: &'static str,
    },
}

impl CommitFault {
    /// Whether only this list was refused, and the store takes others. Otherwise the node must stop and open the store again.
    pub fn is_refusal(&self) -> bool {
        match self {
            Self::TooLong { .. } | Self::OutOfOrder { .. } => true,
            Self::Row(RowFault::Engine(fault)) => matches!(fault, EngineFault::TooLarge(_)),
            Self::Row(RowFault::Damaged { .. }) => false,
        }
    }
}

impl From<EngineFault> for CommitFault {
    fn from(fault: EngineFault) -> Self {
        Self::Row(RowFault::Engine(fault))
    }
}

/// Builds the batch that makes all changes true.
///
/// INVARIANT (written down first): a ledger row shares the batch with whatever else its list says.
pub(crate) fn batch(rows: Rows<'_>, changes: &[Change]) -> Result<Batch, CommitFault> {
    let mut pending = Pending::new(rows)?;
    for change in changes {
        apply(&mut pending, change)?;
    }
    pending.into_batch()
}

fn apply(pending: &mut Pending<'_>, change: &Change) -> Result<(), CommitFault> {
    match change {
        Change::Label { id, hash, bytes } => labels::intern(pending, *id, *hash, bytes),
        Change::Accept(acceptance) => records::accept(pending, acceptance),
        Change::Sheet { peer, epoch, first, hash, bytes } => {
            sheets::keep(pending, *peer, (*epoch, *first), hash, bytes)
        }
        Change::Ledger(row) => ledgers::append(pending, row),
        Change::Cursor { peer, lane, cursor } => streams::set_cursor(pending, *peer, *lane, *cursor),
        Change::Receipted { peer, position, proof } => {
            streams::set_receipted(pending, *peer, *position, proof.as_ref())
        }
        Change::Items { side, peer, items } => sets::put(pending, *side, *peer, items),
        Change::DropItems { peer, items } => sets::drop_delivered(pending, *peer, items),
        Change::Refused { peer, epoch, number, code } => streams::set_refused(pending, *peer, *epoch, *number, *code),
        Change::CheckDue { peer, left } => lives::set_check_due(pending, *peer, left.as_deref()),
        Change::Met { peer, incarnation } => lives::set_met(pending, *peer, *incarnation),
        Change::NewLife { incarnation, at } => lives::begin(pending, *incarnation, *at),
        Change::LifeRecovered { at } => lives::recovered(pending, *at),
        Change::Returned { peer, progress } => lives::set_returned(pending, *peer, progress),
        Change::RestoreLedger(row) => ledgers::restore(pending, row),
        Change::Received { peer, position } => streams::set_received(pending, *peer, *position),
        Change::Quarantine { peer, epoch, number, record, code, at } => {
            let item =
                quarantine::Quarantined { epoch: *epoch, number: *number, record: *record, code: *code, at: *at };
            quarantine::keep(pending, *peer, &item)
        }
        Change::Owe { peer, position, statement } => obligations::owe(pending, *peer, *position, statement),
        Change::OweReceipted { peer, number, proof } => {
            streams::set_owed_receipted(pending, *peer, *number, proof.as_ref())
        }
        Change::ObligationsReceived { peer, position } => streams::set_obligations_received(pending, *peer, *position),
        Change::Mark { maker, target, mark, statement, outlive } => {
            marks::keep(pending, *maker, target, *mark, statement, *outlive)
        }
        Change::Delete { record } => records::delete(pending, record),
        Change::Defer(deferral) => deferrals::put(pending, deferral),
        Change::Undefer { peer, record } => {
            deferrals::remove(pending, *peer, record);
            Ok(())
        }
        Change::DeletionReceipt { peer, answers, records, backups_until, at } => {
            let receipt = deletions::DeletionReceipt {
                peer: *peer,
                records: records.clone(),
                backups_until: *backups_until,
                at: *at,
            };
            deletions::keep(pending, answers, &receipt)
        }
        Change::Breach { peer, record, what, at } => {
            let breach = breaches::Breach { record: *record, what: what.clone(), at: *at };
            breaches::keep(pending, *peer, &breach)
        }
        Change::OnwardCopy(copy) => onward::enter_copy(pending, copy),
        Change::NoOnwardCopy { position } => {
            onward::strike_copy(pending, *position);
            Ok(())
        }
        Change::Onward { peer, record, state } => onward::set_state(pending, *peer, record, *state),
        Change::OnwardHolder(holder) => onward::keep_holder(pending, holder),
        Change::ConsentAsk(ask) => onward::keep_ask(pending, ask),
        Change::ConsentReply { asked, reply } => onward::keep_reply(pending, asked, reply),
        Change::Audit(entry) => audit::append(pending, entry),
        Change::Clock(mark) => meta::set_clock_mark(pending, *mark),
    }
}
