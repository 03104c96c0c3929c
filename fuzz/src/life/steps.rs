//! What each step of a life does.

use chancery_exchange::wire::{FrameKind, Stream};
use chancery_exchange::{AuditEntry, Incoming, Input, ProtocolFault, Records};
use chancery_record::{Date, Instant, Lineage, RecordId, Saying, Statement, StatementId, WithdrawalReason};

use super::keys::{KNOWN, Use, stated};
use super::papers::{DRAFTS, FOREIGN, Foreign, foreign, publication};
use super::peer::place;
use super::step::Step;
use super::treaties::GRANTS;
use super::world::World;
use crate::disk::FAILURES;
use crate::script::Script;

pub const STREAMS: [Stream; 3] = [Stream::Control, Stream::Ledger, Stream::Obligations];

impl World {
    pub fn take(&mut self, step: Step, script: &mut Script<'_>) {
        match step {
            Step::Run => self.run(1 + script.below(4)),
            Step::Publish => self.publish(script),
            Step::Store => {
                for _ in 0..=script.below(4) {
                    self.commit_next();
                }
            }
            Step::Withdraw => self.withdraw(script),
            Step::Agree => {
                let drawn =
                    |script: &mut Script<'_>| Some(script.below(GRANTS.len() + 1)).filter(|at| *at < GRANTS.len());
                let agreed = [drawn(script), drawn(script)];
                self.agree(agreed);
            }
            Step::Pass => self.pass(script.byte()),
            Step::Tick => self.handle(Input::Tick),
            Step::Crash => self.crash(script.below(4)),
            Step::Backup => self.back_up(),
            Step::Restore => self.restore(script.below(2) == 0),
            Step::FailDisk => self.fail(script.one_of(&FAILURES)),
            Step::Learn => self.learn(script.one_of(&KNOWN)),
            Step::Identity => self.become_known_as(script.one_of(&[Use::Record, Use::NextRecord])),
            Step::Confirm => {
                let caller = self.caller();
                self.handle(Input::ConfirmClock { caller, actor: "operator".into() });
            }
            Step::Audit => self.audit(),
            Step::Recover | Step::Override | Step::Check | Step::AskConsent | Step::AnswerConsent => {
                self.operate(step, script);
            }
            _ => self.take_from_peer(step, script),
        }
    }

    fn take_from_peer(&mut self, step: Step, script: &mut Script<'_>) {
        let at = script.below(self.peers.len());
        match step {
            Step::Connect => self.connect(at),
            Step::Disconnect => self.disconnect(at),
            Step::Greet => self.greet(at),
            Step::PermitAll => STREAMS.into_iter().for_each(|stream| self.permit(at, stream)),
            Step::Permit => self.permit(at, script.one_of(&STREAMS)),
            Step::Answer => self.answer(at),
            Step::OpenEpoch => self.open(at),
            Step::Deliver => {
                let items: Vec<Foreign> = self.drawn_items(at, script);
                self.deliver(at, &items);
            }
            Step::State => self.state(at, script),
            Step::Deafen => {
                if let Some(line) = self.peers[at].line.as_mut() {
                    line.deaf = true;
                }
            }
            Step::Fault => {
                self.is_lying(at);
                self.say(at, Err(ProtocolFault::Misaddressed(FrameKind::Batch)));
            }
            lie => self.lie(lie, at, script),
        }
    }

    fn drawn_items(&mut self, at: usize, script: &mut Script<'_>) -> Vec<Foreign> {
        let of = self.peers[at].country;
        let count = 1 + script.below(3);
        (0..count).map(|_| foreign(of, script.below(FOREIGN))).collect()
    }

    fn publish(&mut self, script: &mut Script<'_>) {
        let caller = self.caller();
        let count = 1 + script.below(3);
        let mut publications = Vec::new();
        for _ in 0..count {
            let which = script.below(DRAFTS * 2);
            let amends = (which >= DRAFTS).then(|| self.drawn_lineage(script)).flatten();
            let number = self.fresh();
            publications.push(publication(which, amends, number));
        }
        self.handle(Input::Publish { caller, actor: "clerk".into(), publications });
    }

    fn drawn_lineage(&self, script: &mut Script<'_>) -> Option<Lineage> {
        (!self.lineages.is_empty()).then(|| script.one_of(&self.lineages))
    }

    fn withdraw(&mut self, script: &mut Script<'_>) {
        let caller = self.caller();
        let lineage = self.drawn_lineage(script).unwrap_or(Lineage([9; 16]));
        let reason = WithdrawalReason::PurposeAchieved;
        self.handle(Input::Withdraw { caller, actor: "clerk".into(), lineage, reason });
    }

    fn audit(&mut self) {
        let caller = self.caller();
        let (actor, action, outcome) = ("clerk".into(), "show".into(), "shown".into());
        let (record, purpose, reference) = (None, None, None);
        let entry = AuditEntry { at: self.now.wall, actor, action, record, purpose, reference, outcome };
        self.handle(Input::Audit { caller, entry });
    }

    /// Time passes, as clocks go or as they jump.
    fn pass(&mut self, sort: u8) {
        let (wall_ms, monotonic_ms): (i64, u64) = match sort % 8 {
            0 => (1, 1),
            1 => (61_000, 61_000),
            2 => (50 * 60_000, 50 * 60_000),
            3 => (25 * 3_600_000, 25 * 3_600_000),
            4 => (4 * 86_400_000, 4 * 86_400_000),
            // Jumps: the wall clock alone, forwards and backwards, and a monotonic clock that went on while it stood.
            5 => (2 * 3_600_000, 1000),
            6 => (-2 * 3_600_000, 1000),
            _ => (0, 3 * 3_600_000),
        };
        self.now.wall = Instant(self.now.wall.0.saturating_add_signed(wall_ms));
        self.now.monotonic_ms += monotonic_ms;
        self.handle(Input::Tick);
    }

    pub fn greet(&mut self, at: usize) {
        let agreed = self.agreed_with(at);
        let hello = self.peers[at].hello(agreed, self.now.wall);
        let Some(line) = self.peers[at].line.as_mut() else { return };
        // A second hello is a violation, so an honest peer says one.
        if std::mem::replace(&mut line.greeted, true) {
            return;
        }
        (line.credit_items, line.named) = (hello.credit_items, agreed);
        self.say(at, Ok(Incoming::Hello(Box::new(hello))));
    }

    /// Says how far it holds what came on this connection.
    pub fn answer(&mut self, at: usize) {
        let (now, peer) = (self.now.wall, &mut self.peers[at]);
        let Some(line) = peer.line.as_mut().filter(|line| line.greeted) else { return };
        let due = [&mut line.receipt_due, &mut line.obligation_receipt_due].map(std::mem::take);
        let receipt = peer.ledger_held.filter(|_| due[0]).map(|position| peer.receipt(position, Vec::new(), now));
        let owed = peer.obligations_held.filter(|_| due[1]).map(|position| peer.obligation_receipt(position, now));
        if let Some(receipt) = receipt {
            self.say(at, Ok(Incoming::Receipt(Box::new(receipt))));
        }
        if let Some(receipt) = owed {
            self.say(at, Ok(Incoming::ObligationReceipt(Box::new(receipt))));
        }
    }

    /// Opens the next epoch of its own ledger.
    pub fn open(&mut self, at: usize) {
        if self.peers[at].line.as_ref().is_some_and(|line| line.greeted && !line.unanswered)
            && let Some(open) = self.peers[at].open()
        {
            self.say(at, Ok(Incoming::OpenEpoch(open)));
        }
    }

    /// Sends some of its records, in the epoch that it opened.
    pub fn deliver(&mut self, at: usize, items: &[Foreign]) {
        let (now, grant) = (self.now.wall, self.agreed_with(at));
        let peer = &mut self.peers[at];
        if peer.line.as_ref().is_none_or(|line| line.unanswered) {
            return;
        }
        if let Some(sheet) = peer.sheet(items, grant, now) {
            let batch = peer.verified(sheet, items);
            if let Some(line) = peer.line.as_mut() {
                line.unanswered = true;
            }
            self.say(at, Ok(Incoming::Batch(Box::new(batch))));
        }
    }

    /// Makes a statement about what is its own, and says what it owes.
    fn state(&mut self, at: usize, script: &mut Script<'_>) {
        let maker = self.peers[at].country;
        let about = foreign(maker, script.below(FOREIGN)).record;
        let records = [about.id()].into_iter().collect();
        let saying = match script.below(5) {
            0 => Saying::Withdrawal { lineage: about.manifest().lineage, reason: WithdrawalReason::Other },
            1 => Saying::Recall { records },
            2 => Saying::Correction { records },
            3 => Saying::Deletion {
                answers: StatementId([3; 32]),
                records: self.sealed.keys().copied().take(1).collect(),
                backups_until: Date::from_days(30_000),
            },
            _ => Saying::Recall { records: [RecordId([4; 32])].into_iter().collect() },
        };
        let outlive = self.now.wall.date().plus_days(100);
        let statement = stated(maker, &Statement { maker, made: self.now.wall, saying, outlive });
        self.peers[at].owed.push(statement);
        self.tell(at);
    }

    /// Says the next of what it owes.
    pub fn tell(&mut self, at: usize) -> bool {
        let greeted = self.peers[at].line.as_ref().is_some_and(|line| line.greeted);
        let Some(frame) = greeted.then(|| self.peers[at].obligations()).flatten() else { return false };
        self.say(at, Ok(frame));
        true
    }

    /// Everyone connected says and takes what is next, honestly.
    pub fn run(&mut self, rounds: usize) {
        for _ in 0..rounds {
            self.commit_all();
            for at in 0..self.peers.len() {
                if self.peers[at].line.as_ref().is_none_or(|line| line.deaf) {
                    continue;
                }
                for stream in STREAMS {
                    if self.peers[at].line.as_ref().is_some_and(|line| !line.permits[place(stream)]) {
                        self.permit(at, stream);
                    }
                }
                self.greet(at);
                self.tell(at);
                self.answer(at);
                self.answer_questions(at);
            }
            self.commit_all();
        }
    }

    /// The grant that stands with a peer.
    pub fn agreed_with(&self, at: usize) -> Option<usize> {
        self.agreed.get(at).copied().flatten()
    }

    /// Whether records flow with a peer.
    pub fn flows(&self, at: usize) -> bool {
        let states = self.exchange.session_states();
        states.iter().any(|state| state.peer == self.peers[at].country && state.records == Some(Records::Flow))
    }
}
