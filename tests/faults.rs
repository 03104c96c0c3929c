//! Real nodes in network namespaces of their own, while links, disks and processes fail under them.

mod book;
mod capture;
mod chance;
mod disk;
mod ground;
mod listener;
mod meter;
mod oracle;
mod rough_link;
mod run;
mod schedule;
mod sightings;
mod soak;
mod traffic;
mod trouble;
mod weather;
mod world;

use run::{Plan, stated};

/// Eight nodes, every kind of fault, and people who publish, amend and withdraw all the while.
///
/// `CHANCERY_FAULTS_SEED` repeats a run; `CHANCERY_FAULTS_NODES` and `CHANCERY_FAULTS_SECONDS` make it larger and longer.
#[test]
fn nothing_is_lost_and_nothing_leaks_whatever_fails() {
    if let Some(lacking) = ground::Ground::lacking() {
        println!("skipped: faults between nodes in network namespaces ({lacking})");
        return;
    }
    let nodes = stated("CHANCERY_FAULTS_NODES").unwrap_or(NODES);
    let seconds = stated("CHANCERY_FAULTS_SECONDS").unwrap_or(SECONDS);
    run::run(&Plan::of_faults(usize::try_from(nodes).unwrap(), seconds));
}

const NODES: u64 = 8;
const SECONDS: u64 = 30;
