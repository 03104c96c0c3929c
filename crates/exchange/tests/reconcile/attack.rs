//! Runs that a string of bytes decides: plain functions for whoever makes up bytes.

use chancery_exchange::limits::{CONTROL_FRAME_BYTES_MAX, UNRESOLVED_BYTES_MAX};
use chancery_exchange::reconcile::{
    Budget, Compare, Compared, Driver, Item, Mode, Period, Reply, Responder, RunKey, Turn,
};
use chancery_record::encoding::{Domain, decode, encode};

use super::play::{Habits, STEADY, play, run};
use super::vector_set::{VectorSet, item, period, sections};

/// What the bytes say, one after the other; nothing but zeros once they end.
struct Script<'a>(&'a [u8]);

impl Script<'_> {
    fn byte(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn word(&mut self) -> usize {
        usize::from(u16::from_le_bytes([self.byte(), self.byte()]))
    }

    /// One byte of a frame changed, some bytes cut off, or some repeated.
    fn deface(&mut self, mut frame: Vec<u8>) -> Vec<u8> {
        match self.byte() % 8 {
            0 => frame.truncate(self.word() % (frame.len() + 1)),
            1 => {
                let from = self.word() % frame.len().max(1);
                frame.extend_from_within(from..);
            }
            2..=4 => {
                for _ in 0..=self.byte() % 4 {
                    let at = self.word() % frame.len().max(1);
                    let mask = self.byte();
                    if let Some(byte) = frame.get_mut(at) {
                        *byte ^= mask;
                    }
                }
            }
            _ => {}
        }
        frame
    }
}

/// Two sets that the bytes decide: exactly their difference is found.
pub fn two_sets(bytes: &[u8]) {
    let mut script = Script(bytes);
    let mode = if script.byte() % 2 == 0 { Mode::Plain } else { Mode::Salted };
    let (periods, shared) = (1 + u64::from(script.byte() % 16), u32::from(script.byte() % 57));
    let budget = 1 + script.word() as u64;
    let breaks = (0..script.byte() % 4).map(|_| usize::from(script.byte())).collect();
    let mends = script.byte() % 2 == 0;
    let (mut own, mut theirs) = (Vec::new(), Vec::new());
    for (number, place) in (0u64..).zip(script.0) {
        let (when, item) = (period(number / 7, periods), item(1, number, shared));
        match place % 8 {
            0 => own.push((when, item)),
            1 => theirs.push((when, item)),
            2 => {
                own.push((when, item));
                theirs.push((when, Item { sections: sections(2), ..item }));
            }
            _ => {
                own.push((when, item));
                theirs.push((when, item));
            }
        }
    }
    let (sender, receiver) = (VectorSet::new(own), VectorSet::new(theirs));
    let played = play(&sender, &receiver, &Habits { mode, budget, breaks, mends, ..STEADY });
    let (own, theirs): (Vec<_>, Vec<_>) = (sender.iter().collect(), receiver.iter().collect());
    let only = |some: &[(Period, Item)], others: &[(Period, Item)]| {
        some.iter().filter(|item| others.binary_search(item).is_err()).copied().collect::<Vec<_>>()
    };
    assert_eq!(played.missing.iter().copied().collect::<Vec<_>>(), only(&own, &theirs));
    assert_eq!(played.extras.iter().copied().collect::<Vec<_>>(), only(&theirs, &own));
}

/// Two sets that differ in a few items of each sort.
fn differing() -> (VectorSet, VectorSet) {
    let own = (0..900u64).filter(|number| number % 31 != 0);
    let theirs = (0..900u64).filter(|number| number % 37 != 0);
    let place = |number| (period(number, 3), item(9, number, 0));
    (VectorSet::new(own.map(place)), VectorSet::new(theirs.map(place)))
}

/// A driver whose peer answers what the bytes make of an honest answer; gives how many questions it asked.
pub fn answers(bytes: &[u8]) -> usize {
    let mut script = Script(bytes);
    let (sender, receiver) = differing();
    let mut driver = Driver::start(run(Mode::Plain, script.byte()));
    let mut responder = Responder::new(Period(0));
    let mut questions = 0;
    while questions < 10_000 {
        match driver.step(&sender, &mut Budget::new(500)).unwrap() {
            Turn::Done(_) => return questions,
            Turn::Later => continue,
            Turn::Waiting => {}
            Turn::Ask(compare) => {
                questions += 1;
                // An honest responder may not know a question that only a lie made the driver ask.
                if responder.take(compare).is_err() {
                    return questions;
                }
            }
        }
        assert!(driver.unresolved().to_bytes().len() <= UNRESOLVED_BYTES_MAX);
        let said = match responder.step(&receiver, &mut Budget::new(u64::MAX)).unwrap() {
            Reply::Say(compared) => script.deface(encode(Domain::Frame, &compared)),
            Reply::Later | Reply::Idle => return questions,
        };
        let Ok(compared) = decode::<Compared>(Domain::Frame, &said, CONTROL_FRAME_BYTES_MAX) else {
            return questions;
        };
        let before = driver.unresolved();
        if driver.take(&compared).is_err() {
            // What a refused answer said counts for nothing.
            assert!(driver.unresolved().count() >= before.count());
            return questions;
        }
    }
    panic!("a driver of 900 items asks without end");
}

/// A responder whose peer asks what the bytes make of an honest question; gives how many items it looked at.
pub fn questions(bytes: &[u8]) -> u64 {
    let mut script = Script(bytes);
    let (sender, receiver) = differing();
    let (mut driver, mut responder) = (Driver::start(run(Mode::Plain, 0)), Responder::new(Period(0)));
    let mut looked_at = 0;
    for _ in 0..10_000 {
        let Turn::Ask(compare) = driver.step(&sender, &mut Budget::new(u64::MAX)).unwrap() else {
            return looked_at;
        };
        let said = script.deface(encode(Domain::Frame, &compare));
        let Ok(mut asked) = decode::<Compare>(Domain::Frame, &said, CONTROL_FRAME_BYTES_MAX) else {
            return looked_at;
        };
        if script.byte() % 4 == 0 {
            asked.run.key = RunKey([script.byte(); 16]);
        }
        if responder.take(asked).is_err() {
            return looked_at;
        }
        loop {
            let mut budget = Budget::new(300);
            let reply = responder.step(&receiver, &mut budget).unwrap();
            looked_at += 300 - budget.left();
            match reply {
                Reply::Idle => break,
                Reply::Later => {}
                Reply::Say(compared) => {
                    assert!(encode(Domain::Frame, &compared).len() <= CONTROL_FRAME_BYTES_MAX);
                    if driver.take(&compared).is_err() {
                        return looked_at;
                    }
                }
            }
        }
    }
    panic!("a run over 900 items goes on without end");
}
