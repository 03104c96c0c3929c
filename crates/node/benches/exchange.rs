//! What the exchange does in a second: two real nodes on the loopback, and the costs its own loop adds.
//!
//! `cargo bench -p chancery-node --bench exchange`

#[path = "../tests/daemons/nodes.rs"]
mod nodes;

use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_exchange::{Holdings, Publication};
use chancery_node::daemon::Daemon;
use chancery_record::{Country, Draft};
use nodes::{france_and_germany, start, wait_for};

const SAMPLE: &str = include_str!("../../../examples/notices/stolen-vehicle.toml");
const BACKLOG: usize = 50_000;
const BATCH: usize = 512;
const SINGLES: usize = 200;

fn main() {
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let root = tempfile::tempdir().unwrap();
    let (fr, de) = france_and_germany(root.path());
    runtime.block_on(async {
        let france = start(&fr);
        publish_backlog(&france).await;
        publish_alone(&france).await;
        let germany = start(&de);
        drain_backlog(&france, &germany).await;
        publish_to_idle_peer(&france, &germany).await;
        for daemon in [france, germany] {
            daemon.handle.shutdown().await;
            daemon.ended.await.unwrap().unwrap();
        }
    });
    bare_commit(&fr.join("store"));
}

/// About a kilobyte of record each, all of one label, as a register has them.
fn drafts(count: usize) -> Vec<Publication> {
    let draft = Draft::parse_toml(SAMPLE.as_bytes()).unwrap();
    (0..count)
        .map(|_| {
            let mut seed = [0; 32];
            getrandom::fill(&mut seed).unwrap();
            let mut draft = draft.clone();
            for section in &mut draft.sections {
                if let Some(body) = section.body.as_object_mut() {
                    body.remove("source_reference");
                }
            }
            Publication { draft, amends: None, seed }
        })
        .collect()
}

async fn publish_backlog(france: &Daemon) {
    let (cpu, begun) = (cpu_time(), Instant::now());
    let mut left = BACKLOG;
    let mut bytes = 0;
    while left > 0 {
        let batch = drafts(left.min(BATCH));
        left -= batch.len();
        for result in france.handle.publish("bench".into(), batch).await.unwrap() {
            let id = result.unwrap().record;
            if bytes == 0 {
                bytes = france.handle.store().held(&id).unwrap().unwrap().record.to_bytes().len();
            }
        }
    }
    let (wall, cpu) = (begun.elapsed(), cpu_time() - cpu);
    report("publish: seal, commit, index", BACKLOG, wall, cpu);
    println!("  one record has {bytes} bytes");
}

/// Publishing with nobody connected: one group commit and what the node adds.
async fn publish_alone(france: &Daemon) {
    let mut waits = Vec::new();
    for _ in 0..SINGLES {
        let begun = Instant::now();
        france.handle.publish("bench".into(), drafts(1)).await.unwrap().remove(0).unwrap();
        waits.push(begun.elapsed());
    }
    print_waits("publish with nobody connected, durable here", waits);
}

async fn drain_backlog(france: &Daemon, germany: &Daemon) {
    let de: Country = "DE".parse().unwrap();
    let receipted = async || {
        let store = france.handle.store();
        let at = store.receipted(de).unwrap()?;
        Some(at.number.0)
    };
    let first = wait_for("the first receipt", receipted).await;
    let (cpu, begun) = (cpu_time(), Instant::now());
    let last = (BACKLOG + SINGLES) as u64;
    wait_for("the last receipt", async || receipted().await.filter(|number| *number >= last)).await;
    let (wall, cpu) = (begun.elapsed(), cpu_time() - cpu);
    report("two nodes, journal to durable receipt", (last - first) as usize, wall, cpu);
    let held = germany.handle.store().journal_end().unwrap().0;
    assert!(held >= last, "{held} of {last} are durable");
}

async fn publish_to_idle_peer(france: &Daemon, germany: &Daemon) {
    let mut waits = Vec::new();
    for _ in 0..SINGLES {
        let begun = Instant::now();
        let published = france.handle.publish("bench".into(), drafts(1)).await.unwrap().remove(0).unwrap();
        let store = Arc::clone(germany.handle.store());
        while store.sections_held(&published.record).unwrap().is_none() {
            std::thread::sleep(Duration::from_micros(20));
        }
        waits.push(begun.elapsed());
        settle(france, germany).await;
    }
    waits.sort();
    println!(
        "publish to an idle peer, durable there: p50 {:?}, p99 {:?}",
        waits[SINGLES / 2],
        waits[SINGLES * 99 / 100]
    );
}

/// Waits until both nodes have nothing left to say, so that the next record finds an idle peer.
async fn settle(france: &Daemon, germany: &Daemon) {
    for daemon in [france, germany] {
        wait_for("an idle peer", async || {
            let sessions = daemon.handle.sessions().await.unwrap().sessions;
            sessions.iter().all(|session| session.in_flight == 0).then_some(())
        })
        .await;
    }
    std::thread::sleep(Duration::from_millis(10));
}

/// The limit beside it: one record's batch committed by the bare engine, on the very store that was measured.
fn bare_commit(store: &std::path::Path) {
    use chancery_store::engine::{Batch, EngineKind, OpenOptions, open};
    use chancery_store::keyspace::Keyspace;
    let engine = open(EngineKind::Redb, store, &OpenOptions::default()).unwrap();
    let mut waits = Vec::new();
    for number in 0..SINGLES as u64 {
        let mut batch = Batch::default();
        batch.put(Keyspace::Records, (u64::MAX - number).to_be_bytes().to_vec(), vec![7; 1400]);
        for index in [Keyspace::RecordIds, Keyspace::Journal, Keyspace::ByKind, Keyspace::ByExpiry] {
            batch.put(index, [number.to_be_bytes(), [3; 8]].concat(), vec![1; 16]);
        }
        let begun = Instant::now();
        engine.commit(batch).unwrap();
        waits.push(begun.elapsed());
    }
    print_waits("one bare group commit", waits);
}

fn print_waits(what: &str, mut waits: Vec<Duration>) {
    waits.sort();
    let at = |hundredths: usize| waits[waits.len() * hundredths / 100];
    println!("{what}: p50 {:?}, p99 {:?}", at(50), at(99));
}

fn report(what: &str, count: usize, wall: Duration, cpu: Duration) {
    let rate = |time: Duration| count as f64 / time.as_secs_f64();
    println!(
        "{what}: {count} records, {:.0} a second of wall time, {:.0} a second of CPU ({:.1} µs each)",
        rate(wall),
        rate(cpu),
        cpu.as_secs_f64() * 1e6 / count as f64
    );
}

/// CPU time of the process over all threads, to a hundredth of a second.
fn cpu_time() -> Duration {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
