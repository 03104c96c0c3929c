//! What was acknowledged is there after every restart, and the disk says what was committed to it.

use chancery_exchange::{Holdings, Mark, MarkTarget, ReadFault};
use chancery_record::RecordId;

use super::Oracle;
use crate::node::Node;

impl Oracle {
    /// A process has started over what is on disk.
    pub fn restarted(&mut self, node: &Node) -> Result<(), String> {
        let of = node.country;
        if node.lies {
            return Ok(());
        }
        let at = |what: String| format!("{of}, as it starts: {what}");
        self.check_streams(node).map_err(at)?;
        let Some(shadow) = self.shadows.get(&of) else { return Ok(()) };
        for id in self.published.get(&of).into_iter().flatten() {
            if shadow.held.contains_key(id) != is_held(node, id) {
                return Err(at(format!("{id} was acknowledged and is lost")));
            }
        }
        for lineage in self.withdrawn.get(&of).into_iter().flatten() {
            if read(node.store.mark(of, lineage, &RecordId([0; 32])))? != Some(Mark::Withdrawn) {
                return Err(at("a withdrawal was acknowledged and is lost".into()));
            }
        }
        Ok(())
    }

    /// What was receipted is held, and what was disclosed is written down.
    fn check_streams(&self, node: &Node) -> Result<(), String> {
        let of = node.country;
        let own = |pair: &(chancery_record::Country, chancery_record::Country)| pair.0 == of;
        for ((_, peer), position) in self.receipted.iter().filter(|(pair, _)| own(pair)) {
            let held = read(node.store.received(*peer))?;
            if held.is_none_or(|held| (held.epoch, held.number) < (position.epoch, position.number)) {
                return Err(format!("{}/{} of {peer} was receipted and is lost", position.epoch, position.number));
            }
        }
        let honest = |pair: &(chancery_record::Country, chancery_record::Country)| !self.liars.contains(&pair.1);
        for ((_, peer), position) in self.owed_receipted.iter().filter(|(pair, _)| own(pair) && honest(pair)) {
            let held = read(node.store.obligations_received(*peer))?;
            if held.is_none_or(|held| held.number < position.number) {
                return Err(format!("statement {} of {peer} was receipted and is lost", position.number));
            }
        }
        if self.restored.contains(&of) {
            return Ok(());
        }
        for ((_, peer), sent) in self.sent.iter().filter(|(pair, _)| own(pair)) {
            for (record, sections) in sent {
                let disclosed = read(node.store.disclosed(*peer, record))?;
                if disclosed.is_none_or(|disclosed| !disclosed.sections.contains_all(*sections)) {
                    return Err(format!("{record} went to {peer}, and the ledger does not say so"));
                }
            }
        }
        Ok(())
    }
}

/// What peers hold of a node whose disk was replaced, and what they were told by it, is known to it again.
pub(super) fn given_back(oracle: &Oracle, node: &Node) -> Result<(), String> {
    let of = node.country;
    for (peer, away) in oracle.shadows.iter().filter(|(peer, _)| **peer != of && !oracle.liars.contains(*peer)) {
        for ((maker, target), mark) in &away.marks {
            if let MarkTarget::Lineage(lineage) = target
                && *maker == of
                && *mark == Mark::Withdrawn
                && read(node.store.mark(of, lineage, &RecordId([0; 32])))? != Some(Mark::Withdrawn)
            {
                return Err(format!("{of} was restored, and forgot a withdrawal that {peer} heard"));
            }
        }
        let sent = oracle.sent.get(&(of, *peer)).into_iter().flatten();
        for (record, _) in sent.filter(|(record, _)| away.held.contains_key(*record)) {
            if read(node.store.disclosed(*peer, record))?.is_none() {
                return Err(format!("{of} was restored, and forgot that {peer} has {record}"));
            }
        }
    }
    Ok(())
}

/// Whether a copy is on disk.
pub fn is_held(node: &Node, record: &RecordId) -> bool {
    node.store.sections_held(record).is_ok_and(|sections| sections.is_some())
}

pub(super) fn read<T>(answer: Result<T, ReadFault>) -> Result<T, String> {
    answer.map_err(|fault| fault.to_string())
}
