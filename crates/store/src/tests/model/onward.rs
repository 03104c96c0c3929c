//! Onward transfer as the model keeps it.

use std::collections::{BTreeMap, BTreeSet};

use chancery_exchange::{Change, ConsentAsk, JournalPosition, OnwardCopy, OnwardHolder, OnwardState};
use chancery_record::{Country, RecordId, SectionSet, StatementId};

/// Holds what changes say of passing on.
#[derive(Default)]
pub(crate) struct OnwardModel {
    copies: BTreeMap<JournalPosition, OnwardCopy>,
    states: BTreeMap<(Country, RecordId), OnwardState>,
    holders: BTreeMap<(RecordId, Country, Country), OnwardHolder>,
    asks: BTreeMap<StatementId, ConsentAsk>,
    passed_on: BTreeSet<(Country, Country)>,
}

impl OnwardModel {
    pub(crate) fn apply(&mut self, change: Change) {
        match change {
            Change::OnwardCopy(copy) => {
                self.copies.insert(copy.position, copy);
            }
            Change::NoOnwardCopy { position } => {
                self.copies.remove(&position);
            }
            Change::Onward { peer, record, state } => {
                if let OnwardState::Reported(report) = &state {
                    self.passed_on.insert((peer, report.originator));
                }
                self.states.insert((peer, record), state);
            }
            Change::OnwardHolder(holder) => {
                let key = (holder.record, holder.holder, holder.via);
                let before = self.holders.get(&key).map_or(SectionSet::EMPTY, |before| before.sections);
                self.holders.insert(key, OnwardHolder { sections: before.union(holder.sections), ..holder });
            }
            Change::ConsentAsk(ask) => {
                self.asks.entry(ask.statement).or_insert(ask);
            }
            Change::ConsentReply { asked, reply } => {
                if let Some(ask) = self.asks.get_mut(&asked)
                    && ask.reply.is_none_or(|before| before.made <= reply.made)
                {
                    ask.reply = Some(reply);
                }
            }
            _ => {}
        }
    }

    pub(crate) fn copies(&self, after: JournalPosition, page: usize) -> Vec<OnwardCopy> {
        self.copies.values().filter(|copy| copy.position > after).take(page).copied().collect()
    }

    pub(crate) fn state(&self, peer: Country, record: &RecordId) -> Option<OnwardState> {
        self.states.get(&(peer, *record)).copied()
    }

    pub(crate) fn has_passed_on(&self, peer: Country, originator: Country) -> bool {
        self.passed_on.contains(&(peer, originator))
    }

    pub(crate) fn holders(&self, record: &RecordId) -> Vec<OnwardHolder> {
        self.holders.values().filter(|holder| holder.record == *record).copied().collect()
    }

    pub(crate) fn ask(&self, id: &StatementId) -> Option<ConsentAsk> {
        self.asks.get(id).cloned()
    }

    pub(crate) fn asks_about(&self, record: &RecordId, to: Country) -> Vec<ConsentAsk> {
        self.asks.values().filter(|ask| ask.record == *record && ask.to == to).cloned().collect()
    }
}
