//! Control frames that a peer says out of turn: comparisons, pages given back, news of keys, offers.

use chancery_exchange::reconcile::{
    Answer, Compare, Compared, Mode, PartGroup, Period, PeriodMark, Question, Run, RunKey,
};
use chancery_exchange::wire::{OfferedRecord, OnwardOffer, OnwardWant};
use chancery_exchange::{Epoch, Incoming, ItemNumber, ReceivedReturn, ReturnCursor};
use chancery_record::KeyNews;

use super::keys::{Use, certificate, revocation};
use super::papers::{FOREIGN, foreign};
use super::world::World;
use crate::script::Script;

impl World {
    pub fn claim(&mut self, at: usize, script: &mut Script<'_>) {
        let claim = match script.below(8) {
            0 => Incoming::Compare(Box::new(compare(script))),
            1 => Incoming::Compared(Box::new(compared(script))),
            2 => Incoming::CheckAsk,
            3 => Incoming::ReturnAsk(cursor(script)),
            4 => {
                let (cursor, next) = (cursor(script), Some(cursor(script)));
                let (statements, sheets, refused) = (Vec::new(), Vec::new(), u64::from(script.byte()));
                Incoming::Returned(Box::new(ReceivedReturn { cursor, statements, sheets, refused, next }))
            }
            5 => {
                let of = self.peers[script.below(self.peers.len())].country;
                let certificates = vec![certificate(of, 2, Use::NextRecord)];
                let revocations = (script.below(2) == 0).then(|| revocation(of, 1)).into_iter().collect();
                Incoming::KeyNews(Box::new(KeyNews { country: of, certificates, revocations }))
            }
            6 => {
                let number = u64::from(script.byte() % 3);
                let items = (0..=script.below(4)).map(|_| {
                    let originator = self.peers[script.below(self.peers.len())].country;
                    OfferedRecord { originator, record: foreign(originator, script.below(FOREIGN)).record.id() }
                });
                let items = items.collect();
                Incoming::OnwardOffer(OnwardOffer { number, items })
            }
            _ => Incoming::OnwardWant(OnwardWant {
                number: u64::from(script.byte() % 3),
                wanted: u64::from(script.byte()),
            }),
        };
        self.say(at, Ok(claim));
    }
}

fn run(script: &mut Script<'_>) -> Run {
    let mode = script.one_of(&[Mode::Plain, Mode::Salted]);
    Run { key: RunKey([script.byte() % 2; 16]), mode, floor: Period(u16::from(script.byte()) * 257) }
}

fn compare(script: &mut Script<'_>) -> Compare {
    let (run, number) = (run(script), u32::from(script.byte() % 3));
    let question = match script.below(2) {
        0 => Question::Root([script.byte(); 16]),
        _ => {
            let period = Period(650 + u16::from(script.byte()));
            let group = PartGroup {
                period,
                bits: script.byte() % 66,
                ask: script.byte(),
                parts: 1 + u16::from(script.byte() % 3),
            };
            let length = usize::from(script.byte());
            Question::Ranges { groups: vec![group], body: script.bytes(length).to_vec() }
        }
    };
    Compare { run, number, question }
}

fn compared(script: &mut Script<'_>) -> Compared {
    let (key, number) = (RunKey([script.byte() % 2; 16]), u32::from(script.byte() % 3));
    let answer = match script.below(3) {
        0 => Answer::Equal,
        1 => {
            let mark = PeriodMark { period: Period(700), count: u32::from(script.byte()), mark: 1 };
            Answer::Periods { floor: Period(u16::from(script.byte())), marks: vec![mark] }
        }
        _ => Answer::Ranges { parts: u16::from(script.byte()), body: script.bytes(8).to_vec(), extras: Vec::new() },
    };
    Compared { key, number, answer }
}

fn cursor(script: &mut Script<'_>) -> ReturnCursor {
    match script.below(3) {
        0 => ReturnCursor::Statements(None),
        1 => ReturnCursor::Statements(Some(chancery_record::StatementId([script.byte(); 32]))),
        _ => {
            let place = (Epoch(u64::from(script.byte())), ItemNumber(u64::from(script.byte())));
            let given = u16::from(script.byte());
            ReturnCursor::Sheets { after: (script.below(2) == 0).then_some(place), given }
        }
    }
}
