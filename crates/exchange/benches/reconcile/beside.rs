//! The same with the crate `negentropy`.

use std::hint::black_box;

use chancery_exchange::reconcile::Item;
use negentropy::{Id, Negentropy, NegentropyStorageVector};

use crate::cost::{Cost, timed};
use crate::world::World;

/// Finds the difference and checks that it is the right one. A frame of 0 bytes is one of any size.
pub fn reconcile(world: &World, frame: u64) -> Cost {
    let mut cost = Cost::default();
    let (own, theirs): (Vec<_>, Vec<_>) = (world.sender().collect(), world.receiver().collect());
    let sender = timed(&mut cost.other_build, || storage(&own));
    let receiver = timed(&mut cost.lacking_build, || storage(&theirs));
    let mut lacking = Negentropy::borrowed(&receiver, frame).unwrap();
    let mut other = Negentropy::borrowed(&sender, frame).unwrap();
    let mut message = timed(&mut cost.lacking, || lacking.initiate().unwrap());
    let (mut missing, mut extras) = (0, 0);
    loop {
        cost.turns += 1;
        cost.from_lacking += message.len();
        let answer = timed(&mut cost.other, || other.reconcile(&message).unwrap());
        cost.to_lacking += answer.len();
        let (mut have, mut need) = (Vec::new(), Vec::new());
        let next = timed(&mut cost.lacking, || lacking.reconcile_with_ids(&answer, &mut have, &mut need).unwrap());
        extras += have.len() as u64;
        missing += need.len() as u64;
        black_box((have, need));
        match next {
            Some(next) => message = next,
            None => break,
        }
    }
    assert_eq!((missing, extras), world.differences());
    cost
}

fn storage(items: &[(u64, Item)]) -> NegentropyStorageVector {
    let mut storage = NegentropyStorageVector::with_capacity(items.len());
    for (number, item) in items {
        storage.insert(*number, Id::from_byte_array(item.record.0)).unwrap();
    }
    storage.seal().unwrap();
    storage
}
