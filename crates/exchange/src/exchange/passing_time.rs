//! Time that passes: clocks compared, days that begin, copies whose day is long over.

use chancery_record::Moment;

use super::{Exchange, Write};
use crate::answer::Answer;
use crate::change::{AuditEntry, Change};
use crate::limits::PURGE_PAGE;
use crate::session::lane::walked_under;
use crate::{CallerId, Holdings, ReadFault};

impl Exchange {
    /// Compares the clocks before anything is decided by them; a new day decides again what has not left yet.
    ///
    /// INVARIANT (decided at the wire): expiry and age are those of the day on which a record leaves.
    pub(super) fn watch_time(&mut self, now: Moment) {
        let mut write = Write::default();
        write.changes.extend(self.clock.observe(now));
        let today = now.wall.date();
        if self.today.replace(today).is_some_and(|before| before != today) {
            for session in self.sessions.values_mut() {
                let law = walked_under(&self.law, session.peer);
                let Some(open) = session.conversation() else { continue };
                open.forwarder.look_again();
                if open.sender.has_prepared() {
                    write.changes.extend(open.sender.reopen(law));
                }
            }
        }
        self.persist(write);
    }

    pub(super) fn tick<H: Holdings>(&mut self, holdings: &H) -> Result<(), ReadFault> {
        let mut write = Write::default();
        if let Some(through) = self.clock.purge_through() {
            let expired = holdings.expired(through, PURGE_PAGE)?;
            write.changes.extend(expired.into_iter().map(|record| Change::Delete { record }));
        }
        self.persist(write);
        Ok(())
    }

    pub(super) fn confirm_clock(&mut self, now: Moment, caller: CallerId, actor: String) {
        let entry = AuditEntry::of_deed(now.wall, actor, "confirm-clock", None, "confirmed");
        let write = Write { changes: vec![self.clock.confirm(), Change::Audit(entry)], ..Write::default() };
        self.answer_after(write, caller, Answer::ClockConfirmed);
        // What the hellos said of the clocks holds no more, on either side.
        self.begin_all_afresh();
    }
}
