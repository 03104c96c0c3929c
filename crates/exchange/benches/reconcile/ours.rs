//! A run of driver and responder over encoded messages.

use std::hint::black_box;

use bincode::{Decode, Encode};
use chancery_exchange::limits::CONTROL_FRAME_BYTES_MAX;
use chancery_exchange::reconcile::{
    Budget, Compare, Compared, Driver, Mode, Period, Reply, Responder, Run, RunKey, Turn,
};
use chancery_record::encoding::{Domain, decode, encode};

use crate::cost::{Cost, timed};
use crate::vector_set::VectorSet;
use crate::world::World;

/// Finds the difference and checks that it is the right one.
pub fn reconcile(world: &World, mode: Mode) -> Cost {
    let mut builds = Cost::default();
    let (own, theirs): (Vec<_>, Vec<_>) = (world.sender().collect(), world.receiver().collect());
    let sender = timed(&mut builds.other_build, || world.set(own.into_iter()));
    let receiver = timed(&mut builds.lacking_build, || world.set(theirs.into_iter()));
    let cost = run(world, &sender, &receiver, mode);
    Cost { lacking_build: builds.lacking_build, other_build: builds.other_build, ..cost }
}

/// The run itself, over sets that are there.
pub fn run(world: &World, sender: &VectorSet, receiver: &VectorSet, mode: Mode) -> Cost {
    let mut cost = Cost::default();
    let run = Run { key: RunKey([73; 16]), mode, floor: Period(0) };
    let mut driver = Driver::start(run);
    let mut responder = Responder::new(Period(0));
    let (mut missing, mut extras) = (0, 0);
    loop {
        let turn = timed(&mut cost.other, || driver.step(sender, &mut Budget::new(u64::MAX)).unwrap());
        let asked = match turn {
            Turn::Ask(compare) => timed(&mut cost.other, || encode(Domain::Frame, &compare)),
            Turn::Done(outcome) => {
                assert_eq!((outcome.missing, outcome.extras), (missing, extras));
                break;
            }
            turn => panic!("{turn:?}"),
        };
        cost.turns += 1;
        cost.to_lacking += asked.len();
        timed(&mut cost.lacking, || responder.take(read::<Compare>(&asked)).unwrap());
        loop {
            let said =
                timed(&mut cost.lacking, || match responder.step(receiver, &mut Budget::new(u64::MAX)).unwrap() {
                    Reply::Say(compared) => Some(encode(Domain::Frame, &compared)),
                    Reply::Later | Reply::Idle => None,
                });
            let Some(said) = said else { break };
            cost.from_lacking += said.len();
            let found = timed(&mut cost.other, || driver.take(&read::<Compared>(&said)).unwrap());
            missing += found.missing.len() as u64;
            extras += found.extras.len() as u64;
            black_box(found);
        }
    }
    assert_eq!((missing, extras), world.differences());
    cost
}

fn read<T: Encode + Decode<()>>(frame: &[u8]) -> T {
    decode(Domain::Frame, frame, CONTROL_FRAME_BYTES_MAX).unwrap()
}
