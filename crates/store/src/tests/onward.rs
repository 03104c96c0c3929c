//! Onward transfer: the store held against the model.

use chancery_exchange::{
    Change, ConsentAsk, ConsentReply, Holdings, Incarnation, ItemNumber, JournalPosition, LabelId, OnwardCopy,
    OnwardHolder, OnwardReport, OnwardState,
};
use chancery_record::{ConsentAnswer, Country, Date, Instant, Lineage, RecordId, SectionName, SectionSet, StatementId};

use super::Bench;
use super::dice::Dice;
use super::model::OnwardModel;
use crate::Store;

fn country(at: usize) -> Country {
    ["BR", "DE", "NL"][at % 3].parse().unwrap()
}

fn change(dice: &mut Dice) -> Change {
    let record = RecordId([dice.below(4) as u8; 32]);
    let statement = |at: usize| StatementId([at as u8; 32]);
    let at = Instant(1_000_000 + dice.below(50));
    let sections: SectionSet =
        [SectionName::Identity, SectionName::Narrative].into_iter().take(1 + dice.below(2) as usize).collect();
    let (originator, lineage) = (country(dice.below(3) as usize), Lineage([dice.below(4) as u8; 16]));
    match dice.below(8) {
        0 | 1 => {
            let (position, label) = (JournalPosition(dice.below(9) + 1), LabelId(dice.below(3) as u32));
            Change::OnwardCopy(OnwardCopy { position, record, label })
        }
        2 => Change::NoOnwardCopy { position: JournalPosition(dice.below(9) + 1) },
        3 => Change::Onward { peer: country(dice.below(3) as usize), record, state: OnwardState::Offered { at } },
        4 => {
            let (incarnation, number) = (Incarnation(7), ItemNumber(dice.below(9)));
            let report = OnwardReport { originator, incarnation, number, sections, at };
            Change::Onward { peer: country(dice.below(3) as usize), record, state: OnwardState::Reported(report) }
        }
        5 => {
            let (holder, via) = (country(dice.below(3) as usize), country(dice.below(3) as usize));
            Change::OnwardHolder(OnwardHolder { record, lineage, holder, via, sections, at })
        }
        6 => {
            let statement = statement(dice.below(6) as usize);
            // What a statement asks stands in it: one id is never asked of two records.
            let record = RecordId([statement.0[0] % 4; 32]);
            let (asker, to) = (country(0), country(usize::from(statement.0[0])));
            Change::ConsentAsk(ConsentAsk { statement, asker, originator: country(1), record, to, at, reply: None })
        }
        _ => {
            let answer = if dice.below(2) == 0 { ConsentAnswer::Given } else { ConsentAnswer::Refused };
            let reply = ConsentReply { statement: statement(9), made: at, until: Date::from_days(20_700), answer };
            Change::ConsentReply { asked: statement(dice.below(6) as usize), reply }
        }
    }
}

fn compare(store: &Store, model: &OnwardModel) {
    for page in [1, 3, 100] {
        let mut after = JournalPosition(0);
        loop {
            let found = store.onward_copies(after, page).unwrap();
            assert_eq!(found, model.copies(after, page));
            match found.last() {
                Some(last) => after = last.position,
                None => break,
            }
        }
    }
    let mut all = Vec::new();
    for at in 0..6u8 {
        let record = RecordId([at; 32]);
        assert_eq!(store.onward_holders(&record).unwrap(), model.holders(&record));
        assert_eq!(store.consent_ask(&StatementId([at; 32])).unwrap(), model.ask(&StatementId([at; 32])));
        all.extend(model.ask(&StatementId([at; 32])));
        for peer in (0..3).map(country) {
            assert_eq!(store.onward(peer, &record).unwrap(), model.state(peer, &record));
            for originator in (0..3).map(country) {
                assert_eq!(store.has_passed_on(peer, originator).unwrap(), model.has_passed_on(peer, originator));
            }
            assert_eq!(store.consent_asks(&record, peer, 100).unwrap(), model.asks_about(&record, peer));
        }
    }
    assert_eq!(store.all_consent_asks(None, 100).unwrap(), all);
}

#[test]
fn onward_rows_are_what_was_written() {
    for seed in 0..20 {
        let mut dice = Dice::new(seed);
        let (store, mut model) = (Bench::memory().open(), OnwardModel::default());
        for _ in 0..40 {
            let changes: Vec<Change> = (0..1 + dice.below(4)).map(|_| change(&mut dice)).collect();
            store.commit(&changes).unwrap();
            changes.into_iter().for_each(|change| model.apply(change));
            compare(&store, &model);
        }
    }
}
