//! Processes: an input goes in, outputs come out, and at any of them the process may be killed.

use std::sync::Arc;

use chancery_exchange::{Change, HangUp, Input, Output, RecordSource};
use chancery_record::Country;

use super::World;
use crate::agenda::Event;
use crate::chance::code;
use crate::house::House;
use crate::link::Frame;

/// A frame under a new key may overtake the hello that brings its certificate.
const OVERTAKEN: &str = "names the key";

/// A disk that was put back behind an announced life is refused until its operator says so.
const OUTLIVED: &str = "a copy of an old store";

impl World {
    /// One input to a node, and all that follows from it at once.
    pub(crate) fn handle(&mut self, of: Country, input: Input) {
        let mut inputs = std::collections::VecDeque::from([input]);
        while let Some(input) = inputs.pop_front() {
            let Some(node) = self.nodes.get_mut(&of) else { return };
            let now = node.moment(self.now_ms);
            let Some(mut exchange) = node.exchange.take() else { return };
            let house = House { store: &node.store, bug: node.bug, own: of, now };
            let handled = exchange.handle(now, input, &house);
            node.exchange = Some(exchange);
            if let Err(fault) = handled {
                self.find(format!("{of} cannot read its store: {fault}"));
                return;
            }
            self.drain(of, &mut inputs);
        }
    }

    fn drain(&mut self, of: Country, inputs: &mut std::collections::VecDeque<Input>) {
        while self.violation.is_none() {
            let Some(node) = self.nodes.get_mut(&of) else { return };
            let Some(output) = node.exchange.as_mut().and_then(|exchange| exchange.poll_output()) else { return };
            if let Some(fuse) = &mut node.fuse {
                if *fuse == 0 {
                    self.sometimes.saw("killed at an output");
                    inputs.clear();
                    self.kill(of);
                    return;
                }
                *fuse -= 1;
            }
            self.put_out(of, output, inputs);
        }
    }

    fn put_out(&mut self, of: Country, output: Output, inputs: &mut std::collections::VecDeque<Input>) {
        match output {
            Output::Persist { ticket, changes } => {
                self.note_published(&changes);
                let asked = self.nodes.get(&of).map(|node| self.oracle.asked(node, &changes, self.now_ms));
                self.take(asked);
                self.persist(of, ticket, changes, inputs);
            }
            Output::Send { peer, connection, frame } => {
                let (stream, kind) = (frame.stream(), frame.kind() as u8);
                self.send(of, peer, connection, Frame { stream, kind, body: frame.into_body() });
            }
            Output::Disconnect { peer, connection, why } => {
                self.story.tell(self.now_ms, || format!("{of} hangs up on {peer}: {why:?}"));
                match why {
                    HangUp::Violation(why) => {
                        self.sometimes.saw("a violation hung up on");
                        let honest = |of: &Country| self.nodes.get(of).is_some_and(|node| !node.lies);
                        let outlived = self.oracle.restored.contains(&peer) && why.contains(OUTLIVED);
                        if honest(&of) && honest(&peer) && !outlived && !why.contains(OVERTAKEN) {
                            self.find(format!("{of} hangs up on {peer}, which is honest: {why}"));
                        }
                    }
                    _ => self.sometimes.saw("a connection begun afresh"),
                }
                self.hang_up(of, peer, connection);
            }
            Output::Answer { caller, answer } => {
                self.mark(&[&of.letters(), b"answer", format!("{answer:?}").as_bytes()]);
                let found = self.nodes.get(&of).map(|node| self.oracle.answered(node, caller, &answer));
                self.take(found);
            }
            Output::Learned { country, certificates, revocations } => {
                let node = self.nodes.get_mut(&of);
                if let Some(roster) = node.and_then(|node| node.learn(country, &certificates, &revocations)) {
                    inputs.push_back(Input::Roster(roster));
                }
            }
            Output::Notice { peer, text } => {
                self.story.tell(self.now_ms, || format!("{of} is told of {peer}: {text}"));
                self.sometimes.saw("a notice to an operator");
            }
        }
    }

    /// What an act made, as it is asked to be written.
    fn note_published(&mut self, changes: &[Change]) {
        for change in changes {
            if let Change::Accept(acceptance) = change
                && acceptance.source == RecordSource::Own
            {
                let fresh = || Arc::clone(&acceptance.record);
                self.oracle.sealed.entry(acceptance.record.id()).or_insert_with(fresh);
                if let Some(act) = self.asking {
                    self.published.entry(act).or_default().insert(acceptance.record.manifest().lineage);
                }
            }
        }
    }

    /// Kills a process: its connections end, and of its unanswered writes the first few had reached the disk.
    pub(crate) fn kill(&mut self, of: Country) {
        let Some(node) = self.nodes.get_mut(&of).filter(|node| node.is_up()) else { return };
        let mut chance = self.fate.of("kill", &[code(of), self.now_ms]);
        let kept = if chance.once_in(2) { chance.index(node.queue.len() + 1) } else { 0 };
        if !node.queue.is_empty() {
            self.sometimes.saw(if kept > 0 { "a write torn off behind the disk" } else { "a write lost" });
        }
        for changes in node.kill(kept) {
            let found = self.oracle.committed(of, &changes);
            self.take(Some(found));
        }
        self.sometimes.saw("a process killed");
        self.story.tell(self.now_ms, || format!("{of} is killed, {kept} of its writes on disk"));
        self.mark(&[&of.letters(), b"killed"]);
        self.cut_off(of);
        let down = chance.within(self.scenario.disk.down_ms);
        self.agenda.plan(self.now_ms + down, Event::Start(of));
    }

    /// Starts a process that is down.
    pub(crate) fn start(&mut self, of: Country) {
        let Some(node) = self.nodes.get_mut(&of).filter(|node| !node.is_up()) else { return };
        node.start(self.now_ms);
        self.story.tell(self.now_ms, || format!("{of} starts"));
        let found = self.nodes.get(&of).map(|node| self.oracle.restarted(node));
        self.take(found);
        self.plan_dials_of(of);
    }

    /// Takes an oracle's word.
    pub(crate) fn take(&mut self, found: Option<Result<(), String>>) {
        if let Some(Err(what)) = found {
            self.find(what);
        }
    }
}
