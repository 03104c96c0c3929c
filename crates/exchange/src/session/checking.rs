//! Comparing both ends of both ledgers of one connection, and what follows from a difference.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use chancery_record::encoding::{Domain, digest};
use chancery_record::signing::sign;
use chancery_record::{Country, Date, Precedence, RecordId};
use ed25519_dalek::SigningKey;

use crate::change::{Change, Deferral, DeferralCause, SetItem, Side};
use crate::desk::Desk;
use crate::limits::{
    CHECK_AGAIN_MS, CHECK_EVERY_MS, CHECK_ITEMS_PER_PEER_MIN, CHECK_ITEMS_PER_SECOND, CHECK_SALTED_EVERY_MS,
};
use crate::reconcile::{
    Budget, Compare, Compared, Driver, Found, ItemSet, Mode, Outcome, Reply, Responder, Run, RunKey, Turn, Unresolved,
};
use crate::{CallerId, ConnectionId, Holdings, Item, Period, ReadFault, Tally};

/// What a comparison is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Repair {
    /// Only to know.
    No,
    /// What the peer lacks is offered to it again.
    Yes,
}

/// How our ledger compared with what the peer holds of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CheckReport {
    /// Items of ours that the peer does not hold.
    pub missing: u64,
    /// Items that the peer holds and that counted as not delivered.
    pub extras: u64,
    /// Those among them that no ledger row names: only recovery, or a liar, explains them.
    pub unexplained: u64,
    /// Periods that differed.
    pub periods: u32,
    /// Ranges that could not be told apart.
    pub abandoned: u32,
}

/// Both comparisons of a connection: of our ledger, which we drive, and of the peer's, which we answer.
#[derive(Debug)]
pub(crate) struct Checking {
    peer: Country,
    driving: Option<Driving>,
    responder: Responder,
    /// What is left of a comparison that must end before records flow.
    due: Option<Unresolved>,
    /// When a comparison begins by itself.
    plain_due_ms: u64,
    asked: VecDeque<Asked>,
    /// Whether the peer is to be asked to compare its ledger.
    ask_peer: bool,
    /// When the peer's asking is heard again.
    heard_until_ms: u64,
    budget: Budget,
    refilled_ms: Option<u64>,
    runs: u64,
}

#[derive(Debug)]
struct Driving {
    driver: Driver,
    repair: Repair,
    caller: Option<CallerId>,
    report: CheckReport,
}

#[derive(Clone, Copy, Debug)]
struct Asked {
    caller: CallerId,
    repair: Repair,
    mode: Mode,
}

/// What a step of comparing asks to be done.
#[derive(Debug, Default)]
pub(crate) struct Checked {
    pub changes: Vec<Change>,
    pub compare: Option<Compare>,
    pub answer: Option<(CallerId, CheckReport)>,
    pub notice: Option<String>,
}

/// One set of the store, as reconciliation reads it.
struct PeerSet<'a, H: Holdings>(&'a H, Side, Country);

impl<H: Holdings> ItemSet for PeerSet<'_, H> {
    fn tallies(&self, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault> {
        self.0.tallies(self.1, self.2, from)
    }

    fn items(
        &self,
        period: Period,
        from: &RecordId,
        visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
    ) -> Result<(), ReadFault> {
        self.0.set_items(self.1, self.2, period, from, visit)
    }
}

impl Checking {
    /// `due` is what the store remembers of a comparison that must end before records flow.
    pub fn new(peer: Country, today: Date, due: Option<&[u8]>) -> Self {
        Self {
            peer,
            driving: None,
            responder: Responder::new(floor(today)),
            due: due.map(|left| Unresolved::from_bytes(left).unwrap_or_else(|_| Unresolved::whole())),
            plain_due_ms: 0,
            asked: VecDeque::new(),
            ask_peer: false,
            heard_until_ms: 0,
            budget: Budget::new(CHECK_ITEMS_PER_PEER_MIN),
            refilled_ms: None,
            runs: 0,
        }
    }

    /// Whether records wait until it is known what the peer holds.
    pub fn holds_records(&self) -> bool {
        self.due.is_some()
    }

    /// A local caller asks.
    pub fn ask(&mut self, caller: CallerId, repair: Repair, mode: Mode) {
        self.asked.push_back(Asked { caller, repair, mode });
        self.ask_peer = true;
    }

    /// Whether the peer is to be asked; once.
    pub fn take_ask(&mut self) -> bool {
        std::mem::take(&mut self.ask_peer)
    }

    /// The peer asks that we compare our ledger; not more often than it makes sense.
    pub fn asked_by_peer(&mut self, now_ms: u64) {
        if now_ms >= self.heard_until_ms {
            self.heard_until_ms = now_ms.saturating_add(CHECK_AGAIN_MS);
            self.plain_due_ms = 0;
        }
    }

    /// Those who wait for an answer that will not come.
    pub fn waiting(&self) -> impl Iterator<Item = CallerId> {
        let asked = self.asked.iter().map(|asked| asked.caller);
        asked.chain(self.driving.iter().filter_map(|driving| driving.caller))
    }

    /// What must be remembered of a comparison that ends with its connection.
    pub fn left(&self) -> Option<Change> {
        let driving = self.driving.as_ref().filter(|driving| driving.repair == Repair::Yes)?;
        self.due.as_ref()?;
        Some(Change::CheckDue { peer: self.peer, left: Some(driving.driver.unresolved().to_bytes()) })
    }

    /// Gives out what may be looked at in another second, shared with that many connections.
    ///
    /// INVARIANT (everything is bounded): peers' questions and our own cost no more than this.
    pub fn refill(&mut self, now_ms: u64, connections: u64) {
        if self.refilled_ms.is_none_or(|last| now_ms.saturating_sub(last) >= 1000) {
            self.refilled_ms = Some(now_ms);
            let share = CHECK_ITEMS_PER_SECOND / connections.max(1);
            self.budget = Budget::new(share.max(CHECK_ITEMS_PER_PEER_MIN));
        }
    }

    /// The next answer to the peer, as far as this second's work lets us.
    pub fn reply<H: Holdings>(&mut self, desk: &Desk<'_, H>) -> Result<Option<Compared>, ReadFault> {
        self.responder.raise_floor(floor(desk.now.wall.date()));
        let set = PeerSet(desk.holdings, Side::Received, self.peer);
        Ok(match self.responder.step(&set, &mut self.budget)? {
            Reply::Say(compared) => Some(compared),
            Reply::Idle | Reply::Later => None,
        })
    }

    /// A question of the peer.
    pub fn take_question(&mut self, compare: Compare) -> Result<(), String> {
        self.responder.take(compare).map_err(|fault| fault.to_string())
    }

    /// Begins or goes on with comparing our ledger; `is_settled` says that nothing is between row and receipt. What begins
    /// by the clock begins where `salted_due_ms` is given.
    pub fn drive<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        own: &SigningKey,
        connection: ConnectionId,
        is_settled: bool,
        salted_due_ms: Option<&mut u64>,
    ) -> Result<Checked, ReadFault> {
        if self.driving.is_none() && is_settled {
            self.begin(desk, own, connection, salted_due_ms);
        }
        let Some(driving) = &mut self.driving else { return Ok(Checked::default()) };
        let set = PeerSet(desk.holdings, Side::Delivered, self.peer);
        match driving.driver.step(&set, &mut self.budget)? {
            Turn::Ask(compare) => Ok(Checked { compare: Some(compare), ..Checked::default() }),
            Turn::Waiting | Turn::Later => Ok(Checked::default()),
            Turn::Done(outcome) => Ok(self.end(outcome)),
        }
    }

    /// An answer of the peer: what it lacks is offered again, what it holds counts as delivered.
    pub fn take_answer<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        compared: &Compared,
    ) -> Result<Result<Vec<Change>, String>, ReadFault> {
        let Some(driving) = &mut self.driving else {
            return Ok(Err("an answer to a comparison that nobody began".to_owned()));
        };
        let Found { missing, extras } = match driving.driver.take(compared) {
            Ok(found) => found,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        driving.report.missing += missing.len() as u64;
        driving.report.extras += extras.len() as u64;
        let mut changes = Vec::new();
        let mut explained = Vec::new();
        for (period, item) in extras {
            let disclosed = desk.holdings.disclosed(self.peer, &item.record)?;
            if disclosed.is_some_and(|before| before.sections.contains_all(item.sections)) {
                explained.push(SetItem { period, item });
            } else {
                driving.report.unexplained += 1;
            }
        }
        if driving.repair == Repair::No || (missing.is_empty() && explained.is_empty()) {
            return Ok(Ok(Vec::new()));
        }
        for (_, item) in &missing {
            let lane = desk.holdings.held(&item.record)?.map(|held| held.record.manifest().tags.precedence);
            changes.push(Change::Defer(Deferral {
                peer: self.peer,
                record: item.record,
                lane: lane.unwrap_or(Precedence::Routine),
                cause: DeferralCause::Missing,
            }));
        }
        let items = missing.into_iter().map(|(period, item)| SetItem { period, item }).collect();
        changes.push(Change::DropItems { peer: self.peer, items });
        if !explained.is_empty() {
            changes.push(Change::Items { side: Side::Delivered, peer: self.peer, items: explained });
        }
        // A restart goes on from here.
        self.due.get_or_insert_with(Unresolved::whole);
        changes.push(Change::CheckDue { peer: self.peer, left: Some(driving.driver.unresolved().to_bytes()) });
        Ok(Ok(changes))
    }

    fn begin<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        own: &SigningKey,
        connection: ConnectionId,
        salted_due_ms: Option<&mut u64>,
    ) {
        let (now_ms, is_tick) = (desk.now.monotonic_ms, salted_due_ms.is_some());
        let (mode, repair, caller) = if self.due.is_some() {
            (Mode::Plain, Repair::Yes, None)
        } else if let Some(asked) = self.asked.pop_front() {
            (asked.mode, asked.repair, Some(asked.caller))
        } else if let Some(salted_due_ms) = salted_due_ms.filter(|due| now_ms >= **due) {
            *salted_due_ms = now_ms.saturating_add(CHECK_SALTED_EVERY_MS);
            (Mode::Salted, Repair::Yes, None)
        } else if is_tick && now_ms >= self.plain_due_ms {
            (Mode::Plain, Repair::Yes, None)
        } else {
            return;
        };
        self.plain_due_ms = now_ms.saturating_add(CHECK_EVERY_MS);
        self.runs += 1;
        let run =
            Run { key: run_key(own, self.peer, connection, self.runs, desk), mode, floor: floor(desk.now.wall.date()) };
        let driver = match &self.due {
            Some(left) => Driver::resume(run, left),
            None => Driver::start(run),
        };
        self.driving = Some(Driving { driver, repair, caller, report: CheckReport::default() });
    }

    fn end(&mut self, outcome: Outcome) -> Checked {
        let Some(driving) = self.driving.take() else { return Checked::default() };
        let report = CheckReport { periods: outcome.periods, abandoned: outcome.abandoned, ..driving.report };
        let mut checked = Checked { answer: driving.caller.map(|caller| (caller, report)), ..Checked::default() };
        if report.missing + report.extras > 0 {
            let did = if driving.repair == Repair::Yes { "; what it lacks is offered again" } else { "" };
            checked.notice = Some(format!(
                "the peer lacks {} records that count as delivered, and holds {} that do not{did}",
                report.missing, report.extras
            ));
        }
        if self.due.is_some() && driving.repair == Repair::Yes {
            self.due = None;
            checked.changes.push(Change::CheckDue { peer: self.peer, left: None });
        }
        checked
    }
}

/// Periods that have passed wholly are compared no more; a day of slack keeps two clocks from disagreeing on more than one.
fn floor(today: Date) -> Period {
    Period::of(today.plus_days(-1))
}

/// Nobody but this node can tell the key of a run before it says it.
fn run_key<H: Holdings>(
    own: &SigningKey,
    peer: Country,
    connection: ConnectionId,
    run: u64,
    desk: &Desk<'_, H>,
) -> RunKey {
    let moment = [desk.now.wall.0, desk.now.monotonic_ms, connection.0, run].map(u64::to_le_bytes).concat();
    let secret = sign(own, &[b"comparison".as_slice(), &peer.letters(), &moment].concat());
    let drawn = digest(Domain::Stream, &[b"run", &secret.0]);
    let mut key = [0; 16];
    key.copy_from_slice(drawn.split_at(16).0);
    RunKey(key)
}
