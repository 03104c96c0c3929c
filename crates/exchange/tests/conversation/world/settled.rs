//! What must hold of a world that has healed: everyone connected, nothing under way.

use chancery_exchange::{Holdings, Mark};
use chancery_record::{Country, SectionSet};

use super::World;
use super::oracle::allowed;

impl World {
    /// Connects everyone anew and waits until nothing moves.
    pub fn heal(&mut self) {
        let countries: Vec<Country> = self.nodes.keys().copied().collect();
        for (at, one) in countries.iter().enumerate() {
            for other in &countries[at + 1..] {
                self.disconnect(*one, *other);
                self.settle();
                self.connect(*one, *other);
            }
        }
        self.quiesce();
    }

    /// Every node holds what it may have of every other and what it was sent, and nothing else.
    pub fn check_settled(&self) {
        for from in self.nodes.keys() {
            for to in self.nodes.keys().filter(|to| *to != from) {
                self.check_pair(*from, *to);
            }
        }
        for node in self.nodes.values() {
            let held = self.oracle.sealed.keys().filter(|id| node.store.held(id).unwrap().is_some()).count();
            assert_eq!(node.store.extent().unwrap().records, held as u64, "{} holds what nobody sealed", node.country);
        }
    }

    fn check_pair(&self, from: Country, to: Country) {
        let (sender, receiver) = (self.node(from), self.node(to));
        // From its originator, or from who passed it on.
        let sent = |id| {
            let went = self.oracle.sent.iter().filter(|((_, receiver), _)| *receiver == to);
            went.filter_map(|(_, sent)| sent.get(id)).fold(SectionSet::EMPTY, |all, one| all.union(*one))
        };
        for (id, record) in self.oracle.sealed.iter().filter(|(_, record)| record.manifest().originator == from) {
            let manifest = record.manifest();
            let copy = receiver.store.held(id).unwrap();
            let at_home = sender.store.held(id).unwrap().is_some();
            let what = format!("{id} of {from} at {to}");
            let Some(copy) = copy else {
                let want = if at_home { allowed(sender, record, to, self.now(from)) } else { SectionSet::EMPTY };
                let mark = receiver.store.mark(from, &manifest.lineage, id).unwrap();
                assert!(want == SectionSet::EMPTY || mark == Some(Mark::Recalled), "{what} is missing: {want:?}");
                continue;
            };
            let went = sent(id);
            let has = copy.record.sections_held();
            assert!(went.contains_all(has), "{what}: {has:?} is held, {went:?} was sent");
            assert_eq!(copy.mark.filter(|mark| *mark != Mark::Corrected), None, "{what} was taken back and is held");
            assert!(!sender.has_withdrawn(&manifest.lineage, record), "{what} is withdrawn and held");
            if sender.has_successor(record) {
                assert_eq!(copy.mark, Some(Mark::Corrected), "{what} is superseded and does not say so");
            } else if at_home {
                let want = allowed(sender, record, to, self.now(from));
                assert!(has.contains_all(want), "{what}: {has:?} is held, {want:?} may be");
            }
            let entries = receiver.store.copy(id).unwrap().unwrap().entries.len();
            assert!(entries <= has.iter().count(), "{what} stands {entries} times in the journal");
        }
    }
}
