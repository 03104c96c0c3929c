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
        "A view of {ITEMS} items in 60 months. Medians of {ROUNDS} rounds; CPU time of a thread, in milliseconds."
    );
    println!("A: the side that lacks items (negentropy's initiator, our receiver). B: the other.\n");
    println!(
        "{:<28}{:<26}{:>9}{:>9}{:>10}{:>7}{:>8}{:>8}{:>9}{:>9}{:>9}",
        "difference", "", "B to A", "A to B", "bytes", "turns", "A ms", "B ms", "A build", "B build", "peak KiB"
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
        let ours = |mode| (0..ROUNDS).map(|_| ours::reconcile(&world, mode)).collect();
        let theirs = |frame: u64| (0..ROUNDS).map(|_| beside::reconcile(&world, frame)).collect();
        cost::print(what, "chancery", ours(Mode::Plain));
        cost::print("", "chancery, salted", ours(Mode::Salted));
        cost::print("", "negentropy", theirs(0));
        cost::print("", "negentropy, 64 KiB frames", vec![beside::reconcile(&world, 64 * 1024)]);
    }
    println!();
    roots::check(195, 10_000_000);
}
