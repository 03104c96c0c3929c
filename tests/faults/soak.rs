//! Endurance: the same world for as long as it is told, with an eye on what its processes take.

use std::time::Duration;

use super::ground::Ground;
use super::run::{Plan, run, stated};
use super::schedule::Kind;
use super::traffic::Habits;
use super::world::Extent;
use crate::network::Transport;

/// `scripts/soak` starts it and says for how long.
#[test]
#[ignore = "runs for as long as scripts/soak says"]
fn memory_descriptors_and_threads_stay_flat() {
    if let Some(lacking) = Ground::lacking() {
        panic!("nodes in network namespaces cannot be made here: {lacking}");
    }
    let seconds = stated("CHANCERY_SOAK_SECONDS").unwrap_or(SECONDS);
    let extent = Extent {
        countries: 6,
        small_disks: 0,
        rough_links: 2,
        transports: vec![Transport::Quic, Transport::Tcp],
        cache_mib: 4,
    };
    run(&Plan {
        extent,
        seconds,
        // A full disk ends a process that is to be measured.
        kinds: Kind::ALL.into_iter().filter(|kind| *kind != Kind::Full).collect(),
        // Two are killed and stopped beside the four that are measured.
        mortal: 2,
        // Longer than a connection lives without a packet, too.
        lasts_ms: 2_000..45_000,
        pause_ms: 3_000..12_000,
        habits: Habits { pace: Duration::from_millis(200), look_each: Duration::from_secs(60) },
        measured_each: Some(Duration::from_secs((seconds / 360).clamp(1, 30))),
    });
}

const SECONDS: u64 = 120;
