//! Sequences of inputs on the core: one real exchange over a store in memory, peers that are honest or lie, and an
//! oracle behind everything it hands over.
//!
//! The bytes are a script of steps. Whatever it says, nothing falls over, nothing leaves that may not, nothing is
//! acknowledged that is not durable; and where the first byte asks for it, all is well again in the end.

#[path = "life/claims.rs"]
mod claims;
#[path = "life/giving.rs"]
mod giving;
#[path = "life/healing.rs"]
mod healing;
#[path = "life/keys.rs"]
mod keys;
#[path = "life/lies.rs"]
mod lies;
#[path = "life/mishaps.rs"]
mod mishaps;
#[path = "life/operators.rs"]
mod operators;
#[path = "life/oracle.rs"]
mod oracle;
#[path = "life/papers.rs"]
mod papers;
#[path = "life/peer.rs"]
mod peer;
#[path = "life/step.rs"]
pub mod step;
#[path = "life/steps.rs"]
mod steps;
#[path = "life/treaties.rs"]
mod treaties;
#[path = "life/world.rs"]
mod world;

use std::sync::OnceLock;

use chancery_record::Record;

use crate::script::Script;
use crate::targets::Outcome;
use step::Step;
use world::World;

/// Steps of one life: a longer script finds little that a shorter one does not, and takes longer to read.
const STEPS_MAX: usize = 96;

/// Lives through a script.
pub fn life(bytes: &[u8]) -> Outcome {
    let mut script = Script::new(bytes);
    let is_to_heal = script.byte() & 1 == 1;
    let mut world = World::new();
    for _ in 0..STEPS_MAX {
        if script.is_done() {
            break;
        }
        let step = Step::drawn(&mut script);
        world.take(step, &mut script);
        world.check_sessions();
    }
    if is_to_heal {
        world.heal();
    }
    if bytes.len().is_multiple_of(KEPT_EVERY) {
        world.commit_all();
        world.check_kept(foreign());
    }
    Outcome::of(world.spoke > 0)
}

/// A check of the whole store costs a signature for each record, so one life in so many gets it.
const KEPT_EVERY: usize = 4;

fn foreign() -> &'static [Record] {
    static ALL: OnceLock<Vec<Record>> = OnceLock::new();
    ALL.get_or_init(|| {
        let pairs = keys::peers().into_iter().flat_map(|of| (0..papers::FOREIGN).map(move |which| (of, which)));
        pairs.map(|(of, which)| (*papers::foreign(of, which).record).clone()).collect()
    })
}
