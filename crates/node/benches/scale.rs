//! How large a node is: idle with ten peers, and with a million records.
//!
//! `cargo bench -p chancery-node --bench scale`

#![expect(clippy::unwrap_used, clippy::print_stdout, reason = "a benchmark speaks, and ends where it cannot go on")]

#[expect(dead_code, reason = "the tests of daemons wait for conditions, this benchmark for programs")]
#[path = "../tests/daemons/nodes.rs"]
mod nodes;
#[path = "workload/vehicles.rs"]
mod vehicles;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use nodes::{france_and_germany, init, start};
use vehicles::drafts;

const RECORDS: usize = 1_000_000;
const BATCH: usize = 512;
const PEERS: [&str; 10] = ["DE", "BR", "ES", "IT", "PT", "NL", "BE", "LU", "CH", "AT"];

fn main() {
    ten_peers();
    a_million_records();
}

/// One node that holds the cards of ten others, connected to all of them, with nothing to do.
fn ten_peers() {
    let root = tempfile::tempdir().unwrap();
    let hub = init(root.path(), "FR");
    let peers: Vec<_> = PEERS.iter().map(|country| (country, init(root.path(), country))).collect();
    for (country, dir) in &peers {
        std::fs::copy(hub.join("card.chancery"), dir.join("cards/FR.card")).unwrap();
        std::fs::copy(dir.join("card.chancery"), hub.join(format!("cards/{country}.card"))).unwrap();
    }
    let running: Vec<Child> = peers.iter().map(|(_, dir)| run(dir)).collect();
    let mut node = run(&hub);
    let deadline = Instant::now() + Duration::from_secs(60);
    while said(&hub, &["peer", "list", "--format", "ndjson"]).matches("\"connected\":true").count() < PEERS.len() {
        assert!(Instant::now() < deadline, "not all peers are connected: {}", said(&hub, &["peer", "list"]));
        std::thread::sleep(Duration::from_millis(200));
    }
    println!("idle, {} peers connected: {} MB resident", PEERS.len(), resident_mb(&node));
    let _ = node.kill();
    node.wait().unwrap();
    for mut child in running {
        let _ = child.kill();
        child.wait().unwrap();
    }
}

fn a_million_records() {
    let root = tempfile::tempdir().unwrap();
    let (fr, _) = france_and_germany(root.path());
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let begun = Instant::now();
    runtime.block_on(async {
        let france = start(&fr);
        for _ in 0..RECORDS.div_ceil(BATCH) {
            france.handle.publish("bench".into(), drafts(BATCH)).await.unwrap();
        }
        println!("publish {RECORDS} records: {:.0} a second", RECORDS as f64 / begun.elapsed().as_secs_f64());
        france.handle.shutdown().await;
        france.ended.await.unwrap().unwrap();
    });
    let begun = Instant::now();
    let mut node = run(&fr);
    said(&fr, &["status", "--wait-ready", "60"]);
    println!("start with {RECORDS} records: {:?}, {} MB resident", begun.elapsed(), resident_mb(&node));
    let begun = Instant::now();
    let listed = said(&fr, &["list", "--format", "ndjson"]);
    println!(
        "list all of them: {} lines in {:?}, {} MB resident",
        listed.lines().count(),
        begun.elapsed(),
        resident_mb(&node)
    );
    println!("store on disk: {} MB", std::fs::metadata(fr.join("store/store.redb")).map_or(0, |file| file.len() >> 20));
    let _ = node.kill();
    node.wait().unwrap();
}

fn run(dir: &Path) -> Child {
    Command::new(env!("CARGO_BIN_EXE_chancery"))
        .args(["--dir", dir.to_str().unwrap(), "run"])
        .stderr(Stdio::null())
        .spawn()
        .unwrap()
}

/// Standard output of a command about a node; what it could not do yet is empty.
fn said(dir: &Path, words: &[&str]) -> String {
    let output = Command::new(env!("CARGO_BIN_EXE_chancery"))
        .args(["--dir", dir.to_str().unwrap()])
        .args(words)
        .output()
        .unwrap();
    String::from_utf8(output.stdout).unwrap()
}

fn resident_mb(child: &Child) -> u64 {
    let status = std::fs::read_to_string(format!("/proc/{}/status", child.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse::<u64>().unwrap() >> 10
}
