//! What an honest peer answers when the node compares its ledger, or takes back what it lost.

use std::collections::BTreeSet;

use chancery_exchange::reconcile::{Budget, Compare, Item, Period, Reply, Responder};
use chancery_exchange::wire::TermsSheet;
use chancery_exchange::{Epoch, Incoming, ItemNumber, ReceivedReturn, ReturnCursor};
use chancery_record::{Lineage, Record, Saying, SectionSet, SignedStatement, Statement};

use super::world::World;
use crate::reconciling::VectorSet;

/// What a peer keeps of the node's own word, to give it back.
#[derive(Default)]
pub struct Kept {
    /// Statements of the node, by id.
    pub statements: Vec<SignedStatement>,
    /// Lineages that they take back.
    pub withdrawn: BTreeSet<Lineage>,
    /// Its sheets, by their place in its stream.
    pub sheets: Vec<((Epoch, ItemNumber), TermsSheet)>,
}

impl Kept {
    pub fn statement(&mut self, signed: &SignedStatement) {
        if let Err(at) = self.statements.binary_search_by_key(&signed.id(), SignedStatement::id) {
            self.statements.insert(at, signed.clone());
            if let Ok(Statement { saying: Saying::Withdrawal { lineage, .. }, .. }) = signed.read() {
                self.withdrawn.insert(lineage);
            }
        }
    }

    pub fn sheet(&mut self, sheet: &TermsSheet) {
        let place = (sheet.epoch, sheet.first);
        if let Err(at) = self.sheets.binary_search_by_key(&place, |(place, _)| *place) {
            self.sheets.insert(at, (place, sheet.clone()));
        }
    }
}

/// Statements and sheets on one page.
const PAGE: usize = 2;

impl World {
    /// Answers what the node asked on the control stream.
    pub fn answer_questions(&mut self, at: usize) {
        let Some(line) = self.peers[at].line.as_mut().filter(|line| line.greeted) else { return };
        let (compare, cursor) = (line.compare_due.take(), line.return_due.take());
        if let Some(compare) = compare {
            self.answer_comparison(at, compare);
        }
        if let Some(cursor) = cursor {
            let given = self.page(at, cursor);
            self.say(at, Ok(Incoming::Returned(Box::new(given))));
        }
    }

    fn answer_comparison(&mut self, at: usize, compare: Compare) {
        let items: Vec<(Period, Item)> = self.peers[at]
            .sections
            .iter()
            .map(|(id, sections)| {
                let expires = self.sealed[id].manifest().expires;
                (Period::of(expires), Item { record: *id, sections: *sections })
            })
            .collect();
        let set = VectorSet::new(items);
        let Some(line) = self.peers[at].line.as_mut() else { return };
        let responder = line.responder.get_or_insert_with(|| Responder::new(Period(0)));
        responder.take(compare).expect("the node asks what may be asked");
        let mut answers = Vec::new();
        while let Reply::Say(compared) = responder.step(&set, &mut Budget::new(u64::MAX)).expect("a set in memory") {
            answers.push(compared);
        }
        for compared in answers {
            self.say(at, Ok(Incoming::Compared(Box::new(compared))));
        }
    }

    fn page(&self, at: usize, cursor: ReturnCursor) -> ReceivedReturn {
        let kept = &self.peers[at].kept;
        let mut given = ReceivedReturn { cursor, statements: Vec::new(), sheets: Vec::new(), refused: 0, next: None };
        match cursor {
            ReturnCursor::Statements(after) => {
                let rest = kept.statements.iter().filter(|signed| after.is_none_or(|after| signed.id() > after));
                let page: Vec<&SignedStatement> = rest.take(PAGE).collect();
                given.next = Some(match page.last() {
                    Some(last) => ReturnCursor::Statements(Some(last.id())),
                    None => ReturnCursor::Sheets { after: None, given: 0 },
                });
                given.statements =
                    page.into_iter().map(|signed| (signed.clone(), signed.read().expect("it was good"))).collect();
            }
            ReturnCursor::Sheets { after, .. } => {
                let rest = kept.sheets.iter().filter(|(place, _)| after.is_none_or(|after| *place > after));
                let page: Vec<_> = rest.take(PAGE).collect();
                given.next = page.last().map(|(place, _)| ReturnCursor::Sheets { after: Some(*place), given: 0 });
                given.sheets = page.into_iter().map(|(_, sheet)| (sheet.clone(), self.records_of(sheet))).collect();
            }
        }
        given
    }

    fn records_of(&self, sheet: &TermsSheet) -> Vec<Record> {
        let held = sheet.items.iter().map(|item| {
            let sections: SectionSet = item.sections;
            self.sealed[&item.record].with_only(sections)
        });
        held.collect()
    }
}
