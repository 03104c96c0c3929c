//! The daily look at every peer's root, where nothing differs.

use std::ops::ControlFlow;
use std::time::Duration;

use chancery_exchange::ReadFault;
use chancery_exchange::limits::CONTROL_FRAME_BYTES_MAX;
use chancery_exchange::reconcile::{
    Answer, Budget, Compare, Driver, Item, ItemSet, Mode, Period, Reply, Responder, Run, RunKey, Tally, Turn,
};
use chancery_record::RecordId;
use chancery_record::encoding::{Domain, decode, encode};

use crate::cost::timed;
use crate::vector_set::item;

/// The tallies that a store keeps for one peer; nothing else is read.
struct Kept(Vec<(Period, Tally)>);

impl ItemSet for Kept {
    fn tallies(&self, from: Period) -> Result<Vec<(Period, Tally)>, ReadFault> {
        Ok(self.0.iter().copied().filter(|(period, _)| *period >= from).collect())
    }

    fn items(&self, _: Period, _: &RecordId, _: &mut dyn FnMut(Item) -> ControlFlow<()>) -> Result<(), ReadFault> {
        panic!("a root is made of tallies")
    }
}

const MONTHS: usize = 60;
/// A period with its count and sum.
const TALLY_BYTES: usize = 2 + 8 + 32;

/// Every peer may have all but one of the records, each peer another.
pub fn check(peers: u64, records: u64) {
    let mut tallying = Duration::ZERO;
    let mut all: Vec<(Period, Tally)> = (0..60).map(|month| (Period(740 + month), Tally::default())).collect();
    timed(&mut tallying, || {
        for number in 0..records {
            all[(number % 60) as usize].1.add(&item(13, number, 0));
        }
    });
    let sets = (0..peers).map(|peer| {
        let mut kept = all.clone();
        kept[(peer % 60) as usize].1.remove(&item(13, peer, 0));
        Kept(kept)
    });
    let sets: Vec<Kept> = sets.collect();
    let (mut cpu, mut bytes) = (Duration::ZERO, 0);
    let ends: Vec<(Driver, Responder)> =
        timed(&mut cpu, || sets.iter().zip(0u8..=255).map(|(set, peer)| asked(set, peer, &mut bytes)).collect());
    timed(&mut cpu, || ends.into_iter().zip(&sets).for_each(|(ends, set)| answered(ends, set, &mut bytes)));
    let state = size_of::<Driver>() + size_of::<Responder>() + 2 * MONTHS * TALLY_BYTES;
    println!(
        "root check of {peers} peers over {records} records, both ends together: {:.2} ms of CPU, {} bytes a peer",
        cpu.as_secs_f64() * 1000.0,
        bytes / sets.len(),
    );
    println!(
        "memory of all {peers} runs at once: {} KiB; tallies in each store: {} KiB; one item into a tally: {:.0} ns",
        sets.len() * state / 1024,
        sets.len() * MONTHS * TALLY_BYTES / 1024,
        tallying.as_secs_f64() * 1e9 / records as f64,
    );
}

/// The driver when it has asked, and the responder when it has heard.
fn asked(set: &Kept, peer: u8, bytes: &mut usize) -> (Driver, Responder) {
    let run = Run { key: RunKey([peer; 16]), mode: Mode::Plain, floor: Period(0) };
    let (mut driver, mut responder) = (Driver::start(run), Responder::new(Period(0)));
    let Turn::Ask(compare) = driver.step(set, &mut Budget::new(1000)).unwrap() else { panic!() };
    let frame = encode(Domain::Frame, &compare);
    *bytes += frame.len();
    responder.take(decode::<Compare>(Domain::Frame, &frame, CONTROL_FRAME_BYTES_MAX).unwrap()).unwrap();
    (driver, responder)
}

fn answered((mut driver, mut responder): (Driver, Responder), set: &Kept, bytes: &mut usize) {
    let Reply::Say(compared) = responder.step(set, &mut Budget::new(1000)).unwrap() else { panic!() };
    assert_eq!(compared.answer, Answer::Equal);
    *bytes += encode(Domain::Frame, &compared).len();
    driver.take(&compared).unwrap();
    assert!(matches!(driver.step(set, &mut Budget::new(1)).unwrap(), Turn::Done(_)));
}
