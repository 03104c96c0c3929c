//! Judges the order of what leaves: the urgent overtakes, and nothing waits for ever.

use std::collections::BTreeMap;

use chancery_record::{Country, Moment, Precedence, RecordId};

use super::Oracle;
use crate::limits::{OVERTAKEN_MAX, PASSED_OVER_MAX};
use crate::node::Node;

/// What waits, by who sends and to whom.
#[derive(Debug, Default)]
pub(super) struct Queues {
    /// Own records of a lane, as they became durable.
    pub own: BTreeMap<(Country, Precedence), Vec<RecordId>>,
    /// Batches on one connection that left an urgent record behind.
    overtaken: BTreeMap<(Country, Country, RecordId), u64>,
    /// Batches on end without a routine record.
    passed_over: BTreeMap<(Country, Country), u64>,
}

impl Oracle {
    /// A new connection begins with what is prepared on it: what was counted on the last one is forgotten.
    pub(super) fn begin_counting(&mut self, from: Country, to: Country) {
        self.queues.overtaken.retain(|(sender, peer, _), _| (*sender, *peer) != (from, to));
        self.queues.passed_over.remove(&(from, to));
    }

    /// A batch of these lanes leaves.
    pub(super) fn lanes(&mut self, node: &Node, to: Country, now: Moment, lanes: &[Precedence]) -> Result<(), String> {
        let from = node.country;
        if !lanes.contains(&Precedence::Flash) {
            for id in self.waiting(node, to, now, Precedence::Flash) {
                let times = self.queues.overtaken.entry((from, to, id)).or_default();
                *times += 1;
                if *times > OVERTAKEN_MAX {
                    return Err(format!("{id} is flash, and {times} batches went before it"));
                }
            }
        }
        let without = self.queues.passed_over.entry((from, to)).or_default();
        *without = if lanes.contains(&Precedence::Routine) { 0 } else { *without + 1 };
        if *without > PASSED_OVER_MAX {
            *without = 0;
            if let Some(id) = self.waiting(node, to, now, Precedence::Routine).first() {
                return Err(format!("{id} is routine, and {PASSED_OVER_MAX} batches went before it"));
            }
        }
        Ok(())
    }

    /// Durable own records of a lane that may go and never went.
    fn waiting(&self, node: &Node, to: Country, now: Moment, lane: Precedence) -> Vec<RecordId> {
        let own = self.queues.own.get(&(node.country, lane)).into_iter().flatten();
        let sent = self.sent.get(&(node.country, to));
        let fresh = own.filter(|id| sent.is_none_or(|sent| !sent.contains_key(*id)));
        let entitled = fresh
            .filter(|id| self.sealed.get(*id).is_some_and(|record| !self.may_leave(node, record, to, now).is_empty()));
        entitled.copied().collect()
    }
}
