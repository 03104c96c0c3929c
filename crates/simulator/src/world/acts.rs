//! What the script makes happen: people publish, withdraw and amend; machines and networks fail.

use chancery_exchange::{CallerId, Input};
use chancery_record::{Country, WithdrawalReason};

use super::World;
use crate::accord::Accord;
use crate::agenda::{Event, Pair};
use crate::bug::Bug;
use crate::chance::code;
use crate::node::{Ailment, Life};
use crate::script::Act;

/// How long a new law takes to the exchange where it comes late.
const BELATED_MS: u64 = 40_000;

impl World {
    pub(crate) fn act(&mut self, number: usize) {
        let Some(act) = self.act_of(number).filter(|_| !self.healed) else { return };
        self.story.tell(self.now_ms, || format!("act {number}: {}", act.told()));
        match act {
            Act::Publish { by, papers } => self.publish(number, by, &papers),
            Act::Withdraw { by, of_act } => self.withdraw(number, by, of_act),
            Act::Amend { pact, accord, party } => self.amend_at(party, pact, accord),
            Act::Agree { pact, accord } => {
                match accord {
                    Some(accord) => self.agreed.insert(pact, accord),
                    None => self.agreed.remove(&pact),
                };
            }
            Act::Kill { who, fuse } => {
                if let Some(node) = self.nodes.get_mut(&who) {
                    node.fuse = Some(fuse);
                }
            }
            Act::Cut { from, to, for_ms } => self.cut(from, to, for_ms),
            Act::Lose { pair } => {
                let stands = self.links.get(&pair).and_then(|link| link.open_at(pair.0));
                if let Some(number) = stands {
                    self.break_off(pair, number);
                }
            }
            Act::Replace { pair } => {
                if self.links.get(&pair).is_some_and(|link| link.stands() && !link.is_cut(self.now_ms)) {
                    self.connect(pair);
                }
            }
            Act::Ail { who, ailment } => {
                if let Some(node) = self.nodes.get_mut(&who) {
                    node.ailment = ailment;
                    let (Ailment::Slow(until) | Ailment::Stuck(until) | Ailment::Full(until)) = ailment else { return };
                    self.agenda.plan(until, Event::Start(who));
                }
            }
            Act::Jump { who, by_ms } => self.jump(who, by_ms),
            Act::BackUp { who } => {
                let shadow = self.oracle.shadows.get(&who).cloned().unwrap_or_default();
                if let Some(node) = self.nodes.get_mut(&who) {
                    node.back_up(shadow);
                }
            }
            Act::Restore { who, begun } => self.restore(who, begun),
            Act::Rotate { who } => self.rotate(who),
        }
    }

    fn publish(&mut self, number: usize, by: Country, papers: &[crate::paper::Paper]) {
        let mut chance = self.fate.of("publication", &[number as u64]);
        let publications = papers.iter().map(|paper| paper.publication(None, &mut chance)).collect();
        self.asking = Some(number);
        let caller = CallerId(number as u64);
        self.handle(by, Input::Publish { caller, actor: "clerk".into(), publications });
        self.asking = None;
    }

    fn withdraw(&mut self, number: usize, by: Country, of_act: usize) {
        let lineages: Vec<_> = self.published.get(&of_act).into_iter().flatten().copied().collect();
        let mut chance = self.fate.of("withdrawal", &[number as u64]);
        let Some(lineage) = chance.one_of(&lineages) else { return };
        let reason = WithdrawalReason::PurposeAchieved;
        let caller = CallerId(number as u64);
        self.oracle.asked_to_withdraw(caller, lineage);
        self.handle(by, Input::Withdraw { caller, actor: "clerk".into(), lineage, reason });
    }

    /// Puts an accord in force at one party.
    pub(crate) fn amend_at(&mut self, party: Country, number: usize, accord: Option<Accord>) {
        if !self.pacts.get(number).is_some_and(|pact| pact.binds(party)) {
            return;
        }
        let Some(node) = self.nodes.get_mut(&party) else { return };
        if node.in_force.get(&number).copied() == accord {
            return;
        }
        node.amend(number, accord);
        if !node.is_up() {
            return;
        }
        self.sometimes.saw(if accord.is_some() { "a treaty amended" } else { "a treaty ended" });
        let law = node.law(self.now_ms);
        if node.bug == Some(Bug::StaleLaw) && !self.healed {
            self.belated.entry(party).or_default().push(Input::Law(law));
            self.agenda.plan(self.now_ms + BELATED_MS, Event::Belated(party));
        } else {
            self.handle(party, Input::Law(law));
        }
    }

    fn cut(&mut self, from: Country, to: Country, for_ms: u64) {
        let pair = Pair::of(from, to);
        let until = self.now_ms + for_ms;
        let give_up = self.scenario.network.give_up_ms;
        let Some(link) = self.links.get_mut(&pair) else { return };
        let before = link.blocked_until_ms.entry(from).or_default();
        *before = until.max(*before);
        self.sometimes.saw("a way cut");
        let numbers: Vec<u64> = link.connections.keys().copied().collect();
        for number in numbers {
            for end in [from, to] {
                let wait = self.fate.of("silence", &[pair.code(), number, code(end), self.now_ms]).within(give_up);
                if wait < for_ms {
                    self.agenda.plan(self.now_ms + wait, Event::Lost(pair, number, end));
                }
            }
        }
    }

    fn jump(&mut self, who: Country, by_ms: i64) {
        let Some(node) = self.nodes.get_mut(&who) else { return };
        node.clocks.jump_ms = by_ms;
        self.sometimes.saw("a clock that jumped");
        let wait = self.fate.of("set clock", &[code(who), self.now_ms]).within(self.scenario.clock.set_right_ms);
        self.agenda.plan(self.now_ms + wait, Event::SetClock(who));
        self.handle(who, Input::Tick);
    }

    /// An operator sets the clock right, and confirms it once the node has seen it.
    pub(crate) fn set_clock(&mut self, who: Country) {
        let Some(node) = self.nodes.get_mut(&who) else { return };
        node.clocks.jump_ms = 0;
        self.handle(who, Input::Tick);
        let caller = CallerId(u64::MAX);
        self.handle(who, Input::ConfirmClock { caller, actor: "operator".into() });
    }

    fn restore(&mut self, who: Country, begun: Life) {
        self.kill(who);
        let Some(node) = self.nodes.get_mut(&who) else { return };
        let shadow = node.restore(begun, self.now_ms);
        self.sometimes.saw(if begun == Life::Announced { "a restore announced" } else { "a restore untold" });
        self.oracle.restored(who, shadow, begun);
        self.agenda.plan(self.now_ms + 100, Event::Start(who));
    }

    /// An operator of a healed world begins another life where peers know of a later one than the disk does.
    pub(crate) fn begin_another_life(&mut self, of: Country) {
        let Some(exchange) = self.nodes.get(&of).and_then(|node| node.exchange.as_ref()) else { return };
        let is_outlived = |state: &chancery_exchange::SessionState| {
            matches!(state.records, Some(chancery_exchange::Records::Outlived | chancery_exchange::Records::Disagree))
        };
        if !self.healed || !self.oracle.restored.contains(&of) || !exchange.session_states().iter().any(is_outlived) {
            return;
        }
        self.sometimes.saw("a life begun by an operator");
        self.story.tell(self.now_ms, || format!("the operator of {of} begins another life"));
        self.handle(of, Input::Recover { caller: CallerId(u64::MAX), actor: "operator".into() });
    }

    /// A new record key comes into use; the hellos that follow bring its certificate.
    fn rotate(&mut self, who: Country) {
        let Some(node) = self.nodes.get_mut(&who) else { return };
        node.serial += 1;
        let own = node.identity();
        self.sometimes.saw("a record key replaced");
        if let Some(roster) = node.learn(who, &own.certificates, &own.revocations) {
            self.handle(who, Input::Roster(roster));
        }
        self.handle(who, Input::Identity(Box::new(own)));
    }
}
