//! A run from its first question to its end, every message through its encoding.

use std::collections::BTreeSet;

use bincode::{Decode, Encode};
use chancery_exchange::limits::CONTROL_FRAME_BYTES_MAX;
use chancery_exchange::reconcile::{
    Budget, Driver, Found, Item, Mode, Outcome, Period, Reply, Responder, Run, RunKey, Turn, Unresolved,
};
use chancery_record::encoding::{Domain, decode, encode};

use super::vector_set::VectorSet;

/// How a run goes.
#[derive(Clone, Debug)]
pub struct Habits {
    pub mode: Mode,
    /// Items that each step may look at.
    pub budget: u64,
    /// Steps after which the connection breaks and the driver begins from what it had written down.
    pub breaks: Vec<usize>,
    /// Whether the sender mends its set as it learns.
    pub mends: bool,
    /// What goes over the ledger meanwhile: with each step the receiver accepts one, and the sender learns of it later.
    pub arrivals: Vec<(Period, Item)>,
}

/// Steps after which a sender has the receipt of what a receiver accepted.
const RECEIPT_LAG: usize = 3;

/// What came of it.
#[derive(Debug, Default)]
pub struct Played {
    pub missing: BTreeSet<(Period, Item)>,
    pub extras: BTreeSet<(Period, Item)>,
    pub outcome: Outcome,
    pub questions: usize,
    steps: usize,
    pub bytes_asked: usize,
    pub bytes_answered: usize,
}

pub const STEADY: Habits =
    Habits { mode: Mode::Plain, budget: u64::MAX, breaks: Vec::new(), mends: false, arrivals: Vec::new() };

/// The key of the n-th run: any would do, each its own.
pub fn run(mode: Mode, number: u8) -> Run {
    Run { key: RunKey([number; 16]), mode, floor: Period(0) }
}

pub fn play(sender: &VectorSet, receiver: &VectorSet, habits: &Habits) -> Played {
    let (mut sender, mut receiver) = (sender.clone(), receiver.clone());
    let mut played = Played::default();
    let mut breaks = habits.breaks.iter().copied();
    let (mut runs, mut left) = (0, Unresolved::whole());
    loop {
        let driver = Driver::resume(run(habits.mode, runs), &left);
        match connection(driver, (&mut sender, &mut receiver), habits, breaks.next(), &mut played) {
            None => return played,
            Some(kept) => left = kept,
        }
        runs += 1;
    }
}

/// One connection, until the run ends or it breaks; then what the driver had kept.
fn connection(
    mut driver: Driver,
    (sender, receiver): (&mut VectorSet, &mut VectorSet),
    habits: &Habits,
    mut steps_left: Option<usize>,
    played: &mut Played,
) -> Option<Unresolved> {
    let mut responder = Responder::new(Period(0));
    let mut breaks = || {
        let is_now = steps_left == Some(0);
        steps_left = steps_left.map(|steps| steps.saturating_sub(1));
        is_now
    };
    loop {
        played.arrive(sender, receiver, habits);
        let compare = match driver.step(sender, &mut Budget::new(habits.budget)).unwrap() {
            Turn::Ask(compare) => compare,
            Turn::Later if breaks() => return Some(kept(&driver)),
            Turn::Later => continue,
            Turn::Waiting => panic!("all is answered"),
            Turn::Done(outcome) => {
                played.outcome = outcome;
                assert!(driver.unresolved().is_nothing());
                return None;
            }
        };
        played.questions += 1;
        responder.take(sent(&compare, &mut played.bytes_asked)).unwrap();
        loop {
            played.arrive(sender, receiver, habits);
            match responder.step(receiver, &mut Budget::new(habits.budget)).unwrap() {
                Reply::Idle => break,
                Reply::Later => {}
                Reply::Say(compared) => {
                    let found = driver.take(&sent(&compared, &mut played.bytes_answered)).unwrap();
                    played.note(&found);
                    if habits.mends {
                        found.missing.iter().for_each(|(period, item)| sender.remove(*period, item));
                        found.extras.iter().for_each(|(period, item)| sender.insert(*period, item));
                    }
                }
            }
            if breaks() {
                return Some(kept(&driver));
            }
        }
    }
}

impl Played {
    /// One step of what goes on beside the run.
    fn arrive(&mut self, sender: &mut VectorSet, receiver: &mut VectorSet, habits: &Habits) {
        if let Some((period, item)) = habits.arrivals.get(self.steps) {
            receiver.insert(*period, item);
        }
        if let Some((period, item)) = self.steps.checked_sub(RECEIPT_LAG).and_then(|at| habits.arrivals.get(at)) {
            sender.insert(*period, item);
        }
        self.steps += 1;
    }

    fn note(&mut self, found: &Found) {
        self.missing.extend(&found.missing);
        self.extras.extend(&found.extras);
    }

    pub fn bytes(&self) -> usize {
        self.bytes_asked + self.bytes_answered
    }
}

fn kept(driver: &Driver) -> Unresolved {
    let bytes = driver.unresolved().to_bytes();
    let read = Unresolved::from_bytes(&bytes).unwrap();
    assert_eq!(read, driver.unresolved());
    read
}

/// A message as it arrives.
pub fn sent<T: Encode + Decode<()> + PartialEq + std::fmt::Debug>(message: &T, bytes: &mut usize) -> T {
    let frame = encode(Domain::Frame, message);
    *bytes += frame.len();
    let read = decode(Domain::Frame, &frame, CONTROL_FRAME_BYTES_MAX).expect("every message fits a control frame");
    assert_eq!(&read, message);
    read
}
