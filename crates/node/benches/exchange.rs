//! What the exchange does in a second: two real nodes on the loopback, and the costs its own loop adds.
//!
//! `cargo bench -p chancery-node --bench exchange`

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a benchmark speaks, and ends where it cannot go on"
)]

#[path = "../tests/daemons/nodes.rs"]
mod nodes;
#[path = "workload/vehicles.rs"]
mod vehicles;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::{Duration, Instant};

use chancery_exchange::Holdings;
use chancery_node::daemon::Daemon;
use chancery_record::{Country, Precedence, Record, Seal};
use chancery_store::engine::{Batch, EngineKind, OpenOptions, open};
use chancery_store::keyspace::Keyspace;
use ed25519_dalek::SigningKey;
use nodes::{france_and_germany, start, wait_for};
use vehicles::drafts;

const BACKLOG: usize = 50_000;
/// Records published while the peer cannot be reached.
const PARTITION: usize = 25_000;
/// What something urgent has before it.
const LARGE: usize = 1_000_000;
const FLASHES: usize = 20;
const BATCH: usize = 512;
const SINGLES: usize = 200;
/// Records of one bare commit: what the writer gathers under load.
const GROUP: usize = 1000;

fn main() {
    let root = tempfile::tempdir().unwrap();
    let (fr, de) = france_and_germany(root.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let record = runtime.block_on(async {
        let france = start(&fr);
        let record = publish_backlog(&france, BACKLOG).await;
        publish_alone(&france).await;
        let first = drain(&france, &de, "two nodes, journal to durable receipt", BACKLOG + SINGLES).await;
        publish_backlog(&france, PARTITION).await;
        let again = drain(&france, &de, "catching up after a partition", PARTITION).await;
        println!("  CPU time of a record: {:.2} times that of the first delivery", again / first);
        let germany = start(&de);
        publish_to_idle_peer(&france, &germany).await;
        for daemon in [france, germany] {
            daemon.handle.shutdown().await;
            daemon.ended.await.unwrap().unwrap();
        }
        record
    });
    bare_commit(&fr.join("store"));
    bare_receiving(&record);
    runtime.block_on(overtake_a_million());
}

async fn publish_backlog(france: &Daemon, count: usize) -> Record {
    let (cpu, begun) = (cpu_time("self"), Instant::now());
    let mut left = count;
    let mut first = None;
    while left > 0 {
        let batch = drafts(left.min(BATCH));
        left -= batch.len();
        for result in france.handle.publish("bench".into(), batch).await.unwrap() {
            first.get_or_insert(result.unwrap().record);
        }
    }
    let (wall, cpu) = (begun.elapsed(), cpu_time("self") - cpu);
    report("publish: seal, commit, index", count, wall, cpu);
    let held = france.handle.store().held(&first.unwrap()).unwrap().unwrap();
    println!("  one record has {} bytes", held.record.to_bytes().len());
    Record::clone(&held.record)
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

/// Lets Germany take what waits for it, from its first receipt on; gives the CPU time of a record at both ends in
/// microseconds. Germany is a process of its own, so that its CPU time is its own.
async fn drain(france: &Daemon, de: &Path, what: &str, waiting: usize) -> f64 {
    let country: Country = "DE".parse().unwrap();
    let store = france.handle.store();
    let before = store.receipted(country).unwrap().map(|at| at.epoch);
    let mut germany = spawn(de);
    let process = germany.id().to_string();
    let receipted = async || {
        let at = store.receipted(country).unwrap().filter(|at| Some(at.epoch) > before)?;
        Some(at.number.0)
    };
    let first = wait_for("the first receipt", receipted).await;
    let (theirs, ours, begun) = (cpu_time(&process), cpu_time("self"), Instant::now());
    wait_for("the last receipt", async || receipted().await.filter(|number| *number >= waiting as u64)).await;
    let (wall, theirs, ours) = (begun.elapsed(), cpu_time(&process) - theirs, cpu_time("self") - ours);
    let count = waiting - first as usize;
    report(what, count, wall, theirs + ours);
    report("  of it the receiver: verify, decide again, commit, index, receipt", count, wall, theirs);
    stop(&mut germany);
    (theirs + ours).as_secs_f64() * 1e6 / count as f64
}

fn spawn(directory: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_chancery"))
        .args(["--dir", directory.to_str().unwrap(), "run"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

fn stop(daemon: &mut Child) {
    rustix::process::kill_process(rustix::process::Pid::from_child(daemon), rustix::process::Signal::TERM).unwrap();
    daemon.wait().unwrap();
}

/// FLASH records published while a million ROUTINE ones are on their way.
async fn overtake_a_million() {
    let root = tempfile::tempdir().unwrap();
    let (fr, de) = france_and_germany(root.path());
    let france = start(&fr);
    publish_backlog(&france, LARGE).await;
    let country: Country = "DE".parse().unwrap();
    let mut germany = spawn(&de);
    let store = france.handle.store();
    wait_for("the first receipt", async || store.receipted(country).unwrap()).await;
    let mut waits = Vec::new();
    for _ in 0..FLASHES {
        tokio::time::sleep(Duration::from_millis(500)).await;
        let mut urgent = drafts(1);
        urgent[0].draft.tags.precedence = Precedence::Flash;
        let begun = Instant::now();
        let record = france.handle.publish("bench".into(), urgent).await.unwrap().remove(0).unwrap().record;
        loop {
            let sent = store.disclosed(country, &record).unwrap();
            if sent.is_some_and(|sent| sent.number <= store.receipted_in(country, sent.epoch).unwrap()) {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        waits.push(begun.elapsed());
    }
    let done = store.receipted(country).unwrap().map_or(0, |at| at.number.0);
    print_waits("a FLASH record before a million ROUTINE ones, published to receipted", waits);
    println!("  {done} of them had gone when the last was receipted");
    stop(&mut germany);
    france.handle.shutdown().await;
    france.ended.await.unwrap().unwrap();
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
fn bare_commit(store: &Path) {
    let engine = open(EngineKind::Redb, store, &OpenOptions::default()).unwrap();
    let mut waits = Vec::new();
    for number in 0..SINGLES as u64 {
        let batch = rows_of(u64::MAX - number, &[7; 1400]);
        let begun = Instant::now();
        engine.commit(batch).unwrap();
        waits.push(begun.elapsed());
    }
    print_waits("one bare group commit", waits);
}

/// The bare costs of receiving, summed: strict verification, encoding, and the engine's commit of the same rows.
fn bare_receiving(record: &Record) {
    let key = SigningKey::from_bytes(&[7; 32]);
    let seal = Seal::new(&record.id(), &key);
    let cpu = cpu_time("self");
    for _ in 0..BACKLOG {
        assert!(std::hint::black_box(&seal).is_genuine(&record.id()));
    }
    let verified = cpu_time("self") - cpu;
    let cpu = cpu_time("self");
    for _ in 0..BACKLOG {
        std::hint::black_box(std::hint::black_box(record).to_bytes());
    }
    let encoded = cpu_time("self") - cpu;
    let root = tempfile::tempdir().unwrap();
    let engine = open(EngineKind::Redb, root.path(), &OpenOptions::default()).unwrap();
    let bytes = record.to_bytes();
    let cpu = cpu_time("self");
    for group in 0..BACKLOG / GROUP {
        let mut batch = Batch::default();
        for number in 0..GROUP {
            batch.append(rows_of((group * GROUP + number) as u64, &bytes));
        }
        engine.commit(batch).unwrap();
    }
    let committed = cpu_time("self") - cpu;
    let each = |cpu: Duration| cpu.as_secs_f64() * 1e6 / BACKLOG as f64;
    println!(
        "bare costs of one record: {:.1} µs (strict verification {:.1}, encoding {:.1}, engine commit {:.1}), {:.0} a second of CPU",
        each(verified + encoded + committed),
        each(verified),
        each(encoded),
        each(committed),
        1e6 / each(verified + encoded + committed)
    );
}

/// The rows that one received record takes: its bytes, and an entry in each index.
fn rows_of(number: u64, bytes: &[u8]) -> Batch {
    let mut batch = Batch::default();
    let mut id = [0; 32];
    id[..8].copy_from_slice(&number.wrapping_mul(0x9e37_79b9_7f4a_7c15).to_be_bytes());
    batch.put(Keyspace::Records, number.to_be_bytes().to_vec(), bytes.to_vec());
    batch.put(Keyspace::RecordIds, id.to_vec(), number.to_be_bytes().to_vec());
    for index in [Keyspace::Journal, Keyspace::Lineages, Keyspace::ByKind, Keyspace::ByOriginator, Keyspace::ByExpiry] {
        batch.put(index, [&number.to_be_bytes(), &id[..16]].concat(), number.to_be_bytes().to_vec());
    }
    batch
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

/// CPU time of a process over all its threads, to a hundredth of a second.
fn cpu_time(process: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{process}/stat")).unwrap();
    let fields: Vec<&str> = stat.rsplit(')').next().unwrap().split_whitespace().collect();
    let ticks: u64 = fields[11].parse::<u64>().unwrap() + fields[12].parse::<u64>().unwrap();
    Duration::from_millis(ticks * 10)
}
