//! What it costs two ends of a ledger to find their difference, beside the crate `negentropy` on the same sets.
#![expect(
    clippy::unwrap_used,
    clippy::panic,
    clippy::print_stdout,
    clippy::indexing_slicing,
    reason = "a benchmark prints, and stops where it is surprised"
)]

#[path = "reconcile/beside.rs"]
mod beside;
#[path = "reconcile/cost.rs"]
mod cost;
#[path = "reconcile/ours.rs"]
mod ours;
#[path = "reconcile/roots.rs"]
mod roots;
#[allow(dead_code, reason = "the tests of reconciliation use more of it")]
#[path = "../tests/reconcile/vector_set.rs"]
mod vector_set;
#[path = "reconcile/world.rs"]
mod world;

use chancery_exchange::reconcile::Mode;
use world::{Difference, World};

const ITEMS: u64 = 1_000_000;
const ROUNDS: usize = 5;

fn main() {
    println!(
        "A view of {ITEMS} items in 60 months; the best of {ROUNDS} rounds, taken in turn; CPU time in milliseconds."
    );
    println!("A: the side that lacks items (negentropy's initiator, our receiver). B: the other.");
    println!("What chancery builds here, a store keeps with every commit; negentropy builds it for every run.\n");
    println!(
        "{:<28}{:<26}{:>9}{:>9}{:>10}{:>7}{:>8}{:>8}{:>9}{:>9}",
        "difference", "", "B to A", "A to B", "bytes", "turns", "A ms", "B ms", "A build", "B build"
    );
    for (what, difference) in [
        ("1 scattered", Difference::Lacking { count: 1, is_recent: false }),
        ("1,000 scattered", Difference::Lacking { count: 1_000, is_recent: false }),
        ("1,000 scattered, both sides", Difference::Mutual { count: 1_000 }),
        ("10,000 scattered", Difference::Lacking { count: 10_000, is_recent: false }),
        ("1,000 recent", Difference::Lacking { count: 1_000, is_recent: true }),
        ("10,000 recent", Difference::Lacking { count: 10_000, is_recent: true }),
    ] {
        let world = World::new(ITEMS, difference);
        let mut costs = [const { Vec::new() }; 4];
        for _ in 0..ROUNDS {
            costs[0].push(ours::reconcile(&world, Mode::Plain));
            costs[1].push(beside::reconcile(&world, 0));
            costs[2].push(ours::reconcile(&world, Mode::Salted));
            costs[3].push(beside::reconcile(&world, 64 * 1024));
        }
        cost::print(what, "chancery", &costs[0]);
        cost::print("", "negentropy", &costs[1]);
        cost::print("", "chancery, salted", &costs[2]);
        cost::print("", "negentropy, 64 KiB frames", &costs[3]);
    }
    println!();
    roots::check(195, 10_000_000);
}
