//! Changes of passing records on and of the lives of stores, and all that the comparison of the store's own tests leaves out.

use std::collections::BTreeSet;
use std::fmt::Debug;

use chancery_exchange::{
    Change, ConsentAsk, ConsentReply, Epoch, Holdings, Incarnation, ItemNumber, JournalPosition, LabelId, LedgerRow,
    OnwardCopy, OnwardHolder, OnwardReport, OnwardState, RefusalCode, ReturnCursor, ReturnProgress, ReturnState, Side,
    SignedByNode,
};
use chancery_record::encoding::Domain;
use chancery_record::{ConsentAnswer, Country, Date, Instant, Precedence, StatementId, StreamHash};

use super::changes::Changes;
use super::sealed::{RECORDS, key, record};
use crate::script::Script;

/// Statements that ask for consent.
const ASKS: u8 = 6;

impl Changes {
    /// A change of passing on.
    pub fn onward(&self, peer: Country, script: &mut Script<'_>) -> Change {
        let at = Instant(1000 + script.below(50) as u64);
        let version = record(script.below(RECORDS));
        let sections = self.sections(&version, script);
        let (record, lineage) = (version.id(), version.manifest().lineage);
        let other = self.peer(script.below(3));
        match script.below(7) {
            0 => {
                let (position, label) = (JournalPosition(1 + script.below(9) as u64), LabelId(script.below(3) as u32));
                Change::OnwardCopy(OnwardCopy { position, record, label })
            }
            1 => Change::NoOnwardCopy { position: JournalPosition(1 + script.below(9) as u64) },
            2 => Change::Onward {
                peer,
                record,
                state: script.one_of(&[OnwardState::Offered { at }, OnwardState::Declined { at }]),
            },
            3 => {
                let (incarnation, number) = (Incarnation(7), ItemNumber(script.below(9) as u64));
                let report = OnwardReport { originator: other, incarnation, number, sections, at };
                Change::Onward { peer, record, state: OnwardState::Reported(report) }
            }
            4 => Change::OnwardHolder(OnwardHolder { record, lineage, holder: peer, via: other, sections, at }),
            5 => Change::ConsentAsk(ask(script.byte() % ASKS, self)),
            _ => {
                let answer = script.one_of(&[ConsentAnswer::Given, ConsentAnswer::Refused]);
                let (statement, until) = (StatementId([99; 32]), Date::from_days(20_700));
                let reply = ConsentReply { statement, made: at, until, answer };
                Change::ConsentReply { asked: StatementId([script.byte() % ASKS; 32]), reply }
            }
        }
    }

    /// A change that a recovery or a comparison leads to.
    pub fn recovering(&self, peer: Country, begun: u64, script: &mut Script<'_>) -> Change {
        let number = 1 + script.below(6) as u64;
        match script.below(5) {
            0 => Change::Met { peer, incarnation: Incarnation(number) },
            1 => {
                let (epoch, number) = (Epoch(1), ItemNumber(number));
                Change::Refused { peer, epoch, number, code: RefusalCode::BadSeal }
            }
            2 => {
                let asking = ReturnState::Asking(ReturnCursor::Statements(None));
                let state = script.one_of(&[asking, ReturnState::Done, ReturnState::Overridden]);
                Change::Returned {
                    peer,
                    progress: ReturnProgress { state, statements: number, ..ReturnProgress::default() },
                }
            }
            3 => {
                let position = chancery_exchange::StreamPosition {
                    incarnation: Incarnation(7),
                    epoch: Epoch(2),
                    number: ItemNumber(number),
                    hash: StreamHash([number as u8; 32]),
                };
                Change::Receipted { peer, position, proof: Some(proof(number)) }
            }
            // A row of an epoch that is over: what is appended later lies behind it.
            _ => {
                let version = record(script.below(RECORDS));
                Change::RestoreLedger(LedgerRow {
                    peer,
                    epoch: Epoch(script.below(begun.min(200) as usize) as u64),
                    number: ItemNumber(number),
                    hash: StreamHash([number as u8; 32]),
                    lane: Precedence::Routine,
                    position: None,
                    record: version.id(),
                    lineage: version.manifest().lineage,
                    sections: self.sections(&version, script),
                    disclosure: vec![number as u8; 20],
                    at: Instant(number),
                })
            }
        }
    }

    /// Asks both for what nobody else asks them.
    pub fn compare_further(&self, store: &impl Holdings, model: &impl Holdings) {
        for peer in (0..3).map(|at| self.peer(at)) {
            same("met", store.met(peer), model.met(peer));
            let (kept, said) = (store.receipt_proofs(peer).unwrap(), model.receipt_proofs(peer).unwrap());
            assert_eq!((kept.ledger, kept.obligations), (said.ledger, said.obligations), "receipt_proofs");
            for originator in (0..3).map(|at| self.peer(at)) {
                let [kept, said] = [store.has_passed_on(peer, originator), model.has_passed_on(peer, originator)];
                same("has_passed_on", kept, said);
            }
            for which in 0..RECORDS {
                self.compare_record(peer, which, store, model);
            }
        }
        for page in [1, 3, 100] {
            same("onward_copies", pages(store, page), pages(model, page));
        }
        for at in 0..ASKS {
            let id = StatementId([at; 32]);
            same("consent_ask", store.consent_ask(&id), model.consent_ask(&id));
        }
    }

    fn compare_record(&self, peer: Country, which: usize, store: &impl Holdings, model: &impl Holdings) {
        let version = record(which);
        let (manifest, id) = (version.manifest(), version.id());
        for side in [Side::Delivered, Side::Received] {
            let sections = |of: &dyn Holdings| of.set_sections(side, peer, &id, manifest.expires);
            same("set_sections", sections(store), sections(model));
        }
        let marks = |of: &dyn Holdings| {
            let statements = of.mark_statements(peer, &manifest.lineage, &id)?;
            Ok(statements.iter().map(chancery_record::SignedStatement::id).collect::<BTreeSet<_>>())
        };
        same("mark_statements", marks(store), marks(model));
        same("onward", store.onward(peer, &id), model.onward(peer, &id));
        same("onward_holders", store.onward_holders(&id), model.onward_holders(&id));
        same("consent_asks", store.consent_asks(&id, peer, 100), model.consent_asks(&id, peer, 100));
        for made in 0..4 {
            let statement = super::changes::recall(made, which).id();
            same("is_owed", store.is_owed(peer, &statement), model.is_owed(peer, &statement));
        }
    }
}

type Read<T> = Result<T, chancery_exchange::ReadFault>;

#[track_caller]
fn same<T: PartialEq + Debug>(what: &str, store: Read<T>, model: Read<T>) {
    assert_eq!(store.unwrap(), model.unwrap(), "{what}: the store on the left, the model on the right");
}

/// Every copy that may be passed on, page by page.
fn pages(of: &dyn Holdings, page: usize) -> Read<Vec<OnwardCopy>> {
    let mut all: Vec<OnwardCopy> = Vec::new();
    loop {
        let after = all.last().map_or(JournalPosition(0), |last| last.position);
        let next = of.onward_copies(after, page)?;
        if next.is_empty() {
            return Ok(all);
        }
        all.extend(next);
    }
}

/// What a statement asks stands in it: one is never asked of two records.
fn ask(at: u8, changes: &Changes) -> ConsentAsk {
    ConsentAsk {
        statement: StatementId([at; 32]),
        asker: changes.peer(0),
        originator: changes.peer(1),
        record: record(usize::from(at)).id(),
        to: changes.peer(usize::from(at)),
        at: Instant(5),
        reply: None,
    }
}

fn proof(number: u64) -> SignedByNode {
    thread_local!(static MADE: std::cell::RefCell<std::collections::HashMap<u64, SignedByNode>> = Default::default());
    MADE.with_borrow_mut(|made| {
        made.entry(number).or_insert_with(|| SignedByNode::sign(Domain::Receipt, &number, key())).clone()
    })
}
