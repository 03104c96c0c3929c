//! Comparing ledgers: what callers ask, what peers answer, what is said next.

use chancery_record::{Country, Moment};

use super::{Exchange, Write, conversation};
use crate::answer::{Answer, CheckFault};
use crate::limits::{CHECK_CALLERS_MAX, CHECK_SALTED_EVERY_MS};
use crate::output::{Outgoing, Output, View};
use crate::reconcile::{Compared, Mode};
use crate::session::checking::{Checked, Repair};
use crate::session::{Records, Session};
use crate::ticket::Waiting;
use crate::wire::{CheckAsk, Stream};
use crate::{CallerId, ConnectionId, Holdings, ReadFault};

impl Exchange {
    pub(super) fn check(&mut self, caller: CallerId, peer: Country, repair: Repair, mode: Mode) {
        let fault = match self.sessions.get_mut(&peer).and_then(Session::conversation) {
            None => CheckFault::NotConnected,
            Some(open) if open.records != Records::Flow => CheckFault::NoRecords,
            Some(open) if open.checking.waiting().count() >= CHECK_CALLERS_MAX => CheckFault::Busy,
            Some(open) => return open.checking.ask(caller, repair, mode),
        };
        self.outputs.push_back(Output::Answer { caller, answer: Answer::NotChecked(fault) });
    }

    pub(super) fn take_compared<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        compared: &Compared,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        let Some(open) = conversation(&mut self.sessions, peer, connection) else {
            return Ok(Err(super::receiving::BEFORE_HELLO.to_owned()));
        };
        let desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
        match open.checking.take_answer(&desk, compared)? {
            Ok(changes) => {
                self.persist(Write { changes, waiting: vec![Waiting::Missing(peer, connection)], ..Write::default() });
                Ok(Ok(()))
            }
            Err(why) => Ok(Err(why)),
        }
    }

    /// What a peer lacks can be read from the store now, and is offered to it again.
    pub(super) fn look_at_missing(&mut self, peer: Country, connection: ConnectionId) {
        if let Some(open) = self.conversation(peer, connection) {
            open.sender.look_at_deferred();
        }
    }

    /// What a connection that ends leaves of a comparison: what is unresolved is kept, who waits is told.
    pub(super) fn leave_comparison(&mut self, session: &mut Session) {
        let Some(open) = session.conversation() else { return };
        let changes = open.checking.left().into_iter().collect();
        let waiting: Vec<CallerId> = open.checking.waiting().collect();
        for caller in waiting {
            self.outputs.push_back(Output::Answer { caller, answer: Answer::NotChecked(CheckFault::Ended) });
        }
        self.persist(Write { changes, ..Write::default() });
    }

    /// Says what is next in both comparisons of every connection, as far as permits and this second's work let it.
    ///
    /// INVARIANT (nothing beyond the view): what begins by the clock begins on a tick, not with what happens elsewhere.
    pub(super) fn compare<H: Holdings>(&mut self, now: Moment, holdings: &H, is_tick: bool) -> Result<(), ReadFault> {
        let mut writes = Vec::new();
        let connections = self.sessions.len() as u64;
        for session in self.sessions.values_mut() {
            let (peer, connection) = (session.peer, session.connection);
            let has_permit = session.permits.has(Stream::Control);
            let Some(open) = session.conversation() else { continue };
            let desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
            if !has_permit || !open.records.may_be_taken() || self.clock.has_jumped() {
                continue;
            }
            open.checking.refill(now.monotonic_ms, connections);
            let mut frame = None;
            if let Some(answer) = open.checking.reply(&desk)? {
                frame = Some(Outgoing::view(&View::Compared(&answer), &self.own.record_key));
            } else if open.records == Records::Flow {
                let salted_due =
                    self.salted_due_ms.entry(peer).or_insert(now.monotonic_ms.saturating_add(CHECK_SALTED_EVERY_MS));
                let is_settled = open.sender.is_settled();
                let key = &self.own.record_key;
                let Checked { changes, compare, answer, notice } =
                    open.checking.drive(&desk, key, connection, is_settled, is_tick.then_some(salted_due))?;
                if let Some(question) = compare {
                    frame = Some(Outgoing::view(&View::Compare(&question), key));
                } else if open.checking.take_ask() {
                    frame = Some(Outgoing::view(&View::CheckAsk(&CheckAsk { time: 1 }), key));
                }
                writes.push(Write { changes, waiting: vec![Waiting::Missing(peer, connection)], ..Write::default() });
                if let Some((caller, report)) = answer {
                    self.outputs.push_back(Output::Answer { caller, answer: Answer::Checked(report) });
                }
                self.outputs.extend(notice.map(|text| Output::Notice { peer, text }));
            }
            if let Some(frame) = frame {
                session.permits.spend(Stream::Control);
                self.outputs.push_back(Output::Send { peer, connection, frame });
            }
        }
        writes.into_iter().for_each(|write| self.persist(write));
        Ok(())
    }
}
