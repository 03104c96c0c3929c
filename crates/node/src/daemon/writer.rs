//! The one writer: commits at once when idle, and gathers the next commit while one runs.

use std::io;
use std::sync::Arc;
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread;

use chancery_exchange::{Change, Ticket};
use chancery_store::{Store, Weight};
use tokio::sync::mpsc::UnboundedSender;

use super::limits::{COMMITS_WAITING_MAX, TICKETS_PER_COMMIT_MAX};

/// One write on its way.
pub(super) struct Commit {
    pub ticket: Ticket,
    pub changes: Vec<Change>,
}

/// What came of writes.
pub(super) enum Written {
    /// Durable.
    Stored(Ticket),
    /// The store is poisoned; nothing more will be acknowledged.
    Lost(String),
}

/// Starts the writer's thread. `written` is bounded by the commits under way, never more than the queue and one group.
pub(super) fn start(store: Arc<Store>, written: UnboundedSender<Written>) -> io::Result<SyncSender<Commit>> {
    let (commits, queue) = sync_channel(COMMITS_WAITING_MAX);
    thread::Builder::new().name("writer".into()).spawn(move || write(&store, &queue, &written))?;
    Ok(commits)
}

/// INVARIANT (acknowledged means durable): a ticket is answered only after the commit that holds it has returned.
fn write(store: &Store, queue: &Receiver<Commit>, written: &UnboundedSender<Written>) {
    let mut left_over = None;
    while let Some(first) = left_over.take().or_else(|| queue.recv().ok()) {
        let mut tickets = vec![first.ticket];
        let mut weight = Weight::of(&first.changes);
        let mut changes = first.changes;
        while tickets.len() < TICKETS_PER_COMMIT_MAX
            && let Ok(next) = queue.try_recv()
        {
            let both = weight.with(Weight::of(&next.changes));
            if !both.fits() {
                left_over = Some(next);
                break;
            }
            weight = both;
            tickets.push(next.ticket);
            changes.extend(next.changes);
        }
        if let Err(fault) = store.commit(&changes) {
            let _ = written.send(Written::Lost(fault.to_string()));
            return;
        }
        for ticket in tickets {
            if written.send(Written::Stored(ticket)).is_err() {
                return;
            }
        }
    }
}
