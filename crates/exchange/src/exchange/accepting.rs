//! Acceptance: a record gets its label and place, and rides along to every idle peer in the same commit.

use std::sync::Arc;

use chancery_record::{Moment, Precedence, Record};
use chancery_treaty::{Candidate, Label};

use super::{Exchange, Write};
use crate::change::{Acceptance, Change};
use crate::desk::Decided;
use crate::onward::OnwardCopy;
use crate::session::Records;
use crate::session::sender::Passed;
use crate::ticket::Waiting;
use crate::{Holdings, JournalPosition, LabelId, ReadFault, RecordSource};

/// A record on its way in, before it has its place.
pub(crate) struct NewRecord {
    pub record: Arc<Record>,
    pub label: Label,
    pub source: RecordSource,
    pub source_reference: Option<String>,
}

impl Exchange {
    /// Gives a record its label and place, and lets it ride along to every idle peer in the same commit.
    ///
    /// INVARIANT (written down first): the disclosure is in the commit that accepts the record, before any byte leaves.
    pub(super) fn accept<H: Holdings>(
        &mut self,
        now: Moment,
        acceptance: NewRecord,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let NewRecord { record, label, source, source_reference } = acceptance;
        let label = self.intern(&label, write, holdings)?;
        self.journal_end = self.journal_end.next();
        let position = self.journal_end;
        let lane = record.manifest().tags.precedence;
        let may_be_passed_on = source.may_be_passed_on();
        write.changes.push(Change::Accept(Box::new(Acceptance {
            record: Arc::clone(&record),
            label,
            position,
            source_reference,
            source,
            at: now.wall,
        })));
        if may_be_passed_on {
            write.changes.push(Change::OnwardCopy(OnwardCopy { position, record: record.id(), label }));
            write.waiting.push(Waiting::OnwardCopy);
        }
        self.offer_accepted(now, &record, lane, position, write, holdings);
        self.note(write);
        Ok(())
    }

    fn offer_accepted<H: Holdings>(
        &mut self,
        now: Moment,
        record: &Arc<Record>,
        lane: Precedence,
        position: JournalPosition,
        write: &mut Write,
        holdings: &H,
    ) {
        let is_own = record.manifest().originator == self.own.country;
        let candidate = Candidate::new(Arc::clone(record));
        let jumped = self.clock.has_jumped();
        for session in self.sessions.values_mut() {
            let (peer, connection) = (session.peer, session.connection);
            let Some(open) = session.conversation() else {
                continue;
            };
            let may_ride =
                open.records == Records::Flow && !jumped && !open.checking.holds_records() && open.sender.is_idle(lane);
            if !may_ride {
                open.sender.note_appended(lane, position, Passed::No);
                continue;
            }
            let mut desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
            let decided = if is_own { desk.decide(&candidate, peer) } else { Decided::Withhold };
            match decided {
                Decided::Release(released) => {
                    let batch = open.sender.prepare_accepted(&mut desk, *released, lane, position, &mut write.changes);
                    write.waiting.extend(batch.map(|batch| Waiting::Prepared(peer, connection, batch)));
                }
                Decided::Withhold => open.sender.note_appended(lane, position, Passed::Yes),
                Decided::Defer(_) => open.sender.note_appended(lane, position, Passed::No),
            }
        }
    }

    fn intern<H: Holdings>(&mut self, label: &Label, write: &mut Write, holdings: &H) -> Result<LabelId, ReadFault> {
        let hash = label.hash();
        if let Some(id) = self.overlay.label(&hash) {
            return Ok(id);
        }
        if let Some(id) = holdings.label_id(&hash)? {
            return Ok(id);
        }
        let id = self.label_end;
        self.label_end = id.next();
        write.changes.push(Change::Label { id, hash, bytes: label.to_bytes() });
        Ok(id)
    }
}
