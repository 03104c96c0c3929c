//! Disks: writes gather while one runs, take their time, get stuck, find no room.

use std::collections::VecDeque;

use chancery_exchange::{Change, Input, Ticket};
use chancery_record::Country;
use chancery_store::Weight;

use super::World;
use crate::agenda::Event;
use crate::bug::Bug;
use crate::chance::code;
use crate::node::{Ailment, Node};

/// How much longer a slow disk takes.
const SLOWNESS: u64 = 60;
/// Tickets that one commit answers at most.
const TICKETS_PER_COMMIT_MAX: usize = 64;

impl World {
    /// Takes a list of changes; it is durable when the disk says so.
    pub(crate) fn persist(&mut self, of: Country, ticket: Ticket, changes: Vec<Change>, inputs: &mut VecDeque<Input>) {
        let Some(node) = self.nodes.get_mut(&of) else { return };
        let changes = crate::house::bent(node, self.fate, self.now_ms, changes);
        if node.bug == Some(Bug::AckBeforeCommit) {
            inputs.push_back(Input::Stored { ticket });
        }
        node.queue.push_back((ticket, changes));
        self.write_on(of);
    }

    /// Lets the disk begin with what waits, if it is idle.
    fn write_on(&mut self, of: Country) {
        let Some(node) = self.nodes.get_mut(&of).filter(|node| node.writing == 0 && !node.queue.is_empty()) else {
            return;
        };
        node.writing = group_of(node);
        let (life, now_ms) = (node.life, self.now_ms);
        // Named by the moment, not counted: one write more shifts nothing else.
        let taken = self.fate.of("disk", &[code(of), now_ms]).within(self.scenario.disk.commit_ms);
        let done = match node.ailment {
            Ailment::Slow(until) if now_ms < until => taken * SLOWNESS,
            _ => taken,
        };
        self.agenda.plan(now_ms + done, Event::Committed(of, life));
    }

    /// The disk is done with a group of writes.
    pub(crate) fn committed(&mut self, of: Country, life: u64) {
        let Some(node) = self.nodes.get_mut(&of).filter(|node| node.life == life && node.writing > 0) else { return };
        match node.ailment {
            Ailment::Stuck(until) if self.now_ms < until => {
                self.sometimes.saw("a commit on a stuck disk");
                self.agenda.plan(until, Event::Committed(of, life));
                return;
            }
            Ailment::Full(until) if self.now_ms < until => {
                // A node whose store takes no more stops; what it had asked for is gone.
                self.sometimes.saw("a commit on a full disk");
                node.queue.clear();
                self.kill(of);
                return;
            }
            _ => {}
        }
        let group: Vec<(Ticket, Vec<Change>)> = node.queue.drain(..node.writing).collect();
        node.writing = 0;
        let (tickets, lists): (Vec<Ticket>, Vec<Vec<Change>>) = group.into_iter().unzip();
        let changes: Vec<Change> = lists.into_iter().flatten().collect();
        if tickets.len() > 1 {
            self.sometimes.saw("writes gathered in one commit");
        }
        if let Err(fault) = node.store.commit(&changes) {
            self.find(format!("{of} asks for what its store does not take: {fault}"));
            return;
        }
        let was_told = node.bug == Some(Bug::AckBeforeCommit);
        self.mark(&[&of.letters(), b"commit", &(changes.len() as u64).to_le_bytes()]);
        let found = self.oracle.committed(of, &changes);
        self.take(Some(found));
        self.write_on(of);
        for ticket in tickets {
            let lives = self.nodes.get(&of).is_some_and(|node| node.life == life && node.is_up());
            if !lives {
                self.sometimes.saw("a commit whose word was torn off");
                return;
            }
            if !was_told {
                self.handle(of, Input::Stored { ticket });
            }
        }
    }

    /// Lets a disk that was stuck go on.
    pub(crate) fn wake_disk(&mut self, of: Country) {
        if let Some(node) = self.nodes.get(&of).filter(|node| node.writing > 0) {
            self.agenda.plan(self.now_ms, Event::Committed(of, node.life));
        }
    }
}

/// How many of the writes that wait fit one commit.
fn group_of(node: &Node) -> usize {
    let mut lists = node.queue.iter().map(|(_, changes)| Weight::of(changes));
    let Some(mut weight) = lists.next() else { return 0 };
    let mut count = 1;
    for next in lists.take(TICKETS_PER_COMMIT_MAX - 1) {
        let both = weight.with(next);
        if !both.fits() {
            break;
        }
        weight = both;
        count += 1;
    }
    count
}
