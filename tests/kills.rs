//! Daemons that are killed at random moments, over and over, lose nothing that was acknowledged.

use std::collections::{BTreeMap, BTreeSet};
use std::time::{Duration, SystemTime};

use serde_json::Value;

use crate::network::{Daemon, Network, Transport, car, eventually, rows_of};
use crate::story::{ids, settled};

#[test]
fn a_publisher_that_is_killed_keeps_what_it_acknowledged_with_redb() {
    a_publisher_is_killed("redb");
}

#[test]
fn a_publisher_that_is_killed_keeps_what_it_acknowledged_with_sled() {
    a_publisher_is_killed("sled");
}

fn a_publisher_is_killed(engine: &str) {
    let mut chance = Chance::new();
    let network = Network::of(&["DE"]);
    network.node("FR", &[Transport::Quic], &format!("--engine {engine}"));
    network.conclude("fr-de-police.toml", "FR", "DE");
    let _germany = network.start("DE");
    let mut acknowledged = BTreeMap::new();
    let mut begun = BTreeSet::new();
    for round in 0..KILLS {
        let france = network.start("FR");
        everything_is_there(&network, &acknowledged, &begun);
        let ended = publish_until_killed(&network, france, chance.below(MOMENTS_MS), round, &mut begun);
        ended.into_iter().for_each(|row| acknowledge(row, &mut acknowledged));
    }
    assert!(!acknowledged.is_empty(), "every kill came before the first answer");
    let _france = network.start("FR");
    everything_is_there(&network, &acknowledged, &begun);
    // What was not acknowledged may or may not be there; asking again does no harm either way.
    let all: Vec<Value> = begun.iter().map(|reference| car(reference, "grey")).collect();
    network.write_drafts("again.ndjson", &all);
    let again = network.rows("FR", "publish again.ndjson");
    for row in again {
        let known = acknowledged.get(row["source_reference"].as_str().unwrap());
        assert!(known.is_none_or(|id| row["outcome"] == "unchanged" && row["id"] == id.as_str()), "{row}");
    }
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    let at_france = ids(&network, "FR");
    assert_eq!(at_france.len(), begun.len(), "one version of each");
    assert_eq!(ids(&network, "DE"), at_france);
    assert_eq!(network.held("DE").len(), begun.len(), "everything is at Germany once");
    println!("{engine}: {KILLS} kills, {} of {} records acknowledged", acknowledged.len(), begun.len());
}

/// Publishes file after file until the daemon is killed; gives what was acknowledged.
fn publish_until_killed(
    network: &Network,
    mut france: Daemon,
    moment: Duration,
    round: usize,
    begun: &mut BTreeSet<String>,
) -> Vec<Value> {
    let killer = std::thread::spawn(move || {
        std::thread::sleep(moment);
        france.kill();
    });
    let mut acknowledged = Vec::new();
    for file in 0.. {
        let references: Vec<String> = (0..DRAFTS_AT_ONCE).map(|number| format!("FR-{round}-{file}-{number}")).collect();
        let drafts: Vec<Value> = references.iter().map(|reference| car(reference, "grey")).collect();
        begun.extend(references);
        network.write_drafts("drafts.ndjson", &drafts);
        let run = network.run("FR", "publish drafts.ndjson --format ndjson");
        acknowledged.extend(rows_of(&run.stdout));
        if run.code != 0 {
            assert_eq!(run.code, 75, "{}", run.stderr);
            break;
        }
    }
    killer.join().unwrap();
    acknowledged
}

/// What was acknowledged is there, what is there is whole, the indexes agree with the records.
fn everything_is_there(network: &Network, acknowledged: &BTreeMap<String, String>, begun: &BTreeSet<String>) {
    let held = network.held("FR");
    let mut by_reference = BTreeMap::new();
    for manifest in &held {
        let reference = manifest["source_reference"].as_str().unwrap().to_owned();
        assert!(begun.contains(&reference), "{reference} was never published");
        assert_eq!(manifest["state"], "current");
        let twice = by_reference.insert(reference, manifest["id"].as_str().unwrap().to_owned());
        assert!(twice.is_none(), "{manifest} is there twice");
    }
    for (reference, id) in acknowledged {
        assert_eq!(by_reference.get(reference), Some(id), "{reference} was acknowledged");
    }
    assert_eq!(network.json("FR", "status")["records"], held.len(), "every record is in the list");
    // The newest are those a kill could have cut in two.
    for manifest in held.iter().take(DRAFTS_AT_ONCE) {
        for name in ["id", "lineage"] {
            let line = format!("show {} --purpose investigation --case 1", manifest[name].as_str().unwrap());
            let shown = network.json("FR", &line);
            let object = shown["sections"].as_array().unwrap().iter().find(|row| row["section"] == "object").unwrap();
            assert_eq!(object["body"]["plate"], manifest["source_reference"]);
        }
    }
}

fn acknowledge(row: Value, acknowledged: &mut BTreeMap<String, String>) {
    assert_eq!(row["outcome"], "new", "{row}");
    let text = |name: &str| row[name].as_str().unwrap().to_owned();
    acknowledged.insert(text("source_reference"), text("id"));
}

#[test]
fn a_receiver_that_is_killed_gets_everything_once() {
    let mut chance = Chance::new();
    let network = Network::france_and_germany();
    let _france = network.start("FR");
    let mut published = 0;
    let mut cut_off = 0;
    let mut held = BTreeSet::new();
    for round in 0..KILLS {
        let drafts: Vec<Value> = (0..BACKLOG).map(|number| car(&format!("FR-{round}-{number}"), "grey")).collect();
        published += drafts.len();
        network.write_drafts("drafts.ndjson", &drafts);
        network.done("FR", "publish drafts.ndjson --quiet");
        let mut germany = network.start("DE");
        let now = ids(&network, "DE");
        assert!(now.is_superset(&held), "what Germany once showed is gone after a kill");
        cut_off += usize::from(now.len() < published - drafts.len());
        held = now;
        network.done("FR", "peer retry DE --wait 20");
        std::thread::sleep(chance.below(MOMENTS_MS));
        held.extend(ids(&network, "DE"));
        germany.kill();
    }
    println!("{KILLS} kills, {cut_off} of them before everything had come");
    let _germany = network.start("DE");
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    let at_germany = network.held("DE");
    assert_eq!(at_germany.len(), published, "everything is at Germany once");
    assert!(at_germany.iter().all(|manifest| manifest["state"] == "current"));
    assert_eq!(ids(&network, "DE"), ids(&network, "FR"));
    assert_eq!(network.json("DE", "status")["records"], published);
    eventually("no refusal to be left", || network.rows("DE", "quarantine list").is_empty().then_some(()));
}

#[test]
fn a_withdrawal_that_was_acknowledged_outlives_a_kill() {
    let mut chance = Chance::new();
    let network = Network::france_and_germany();
    let _germany = network.start("DE");
    let france = network.start("FR");
    let drafts: Vec<Value> = (0..WITHDRAWN).map(|number| car(&format!("FR-{number}"), "grey")).collect();
    network.write_drafts("drafts.ndjson", &drafts);
    let published = network.rows("FR", "publish drafts.ndjson");
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    france.stop();

    let mut waiting: Vec<&str> = published.iter().map(|row| row["lineage"].as_str().unwrap()).collect();
    let mut gone: Vec<&str> = Vec::new();
    while !waiting.is_empty() {
        let mut france = network.start("FR");
        for lineage in &gone {
            network.refused("FR", &format!("show {lineage} --purpose investigation --case 1"), 3, &[]);
        }
        let moment = chance.below(MOMENTS_MS);
        let killer = std::thread::spawn(move || {
            std::thread::sleep(moment);
            france.kill();
        });
        while let Some(lineage) = waiting.last() {
            let run = network.run("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
            match run.code {
                0 => {}
                1 => assert!(run.flat_stderr().contains("withdrawn"), "{}", run.stderr),
                75 => break,
                _ => panic!("{}", run.stderr),
            }
            gone.extend(waiting.pop());
        }
        killer.join().unwrap();
    }
    let _france = network.start("FR");
    network.connect("FR", "DE");
    for lineage in gone {
        eventually("Germany to say that it deleted it", || {
            let rows = network.rows("FR", &format!("withdraw status {lineage}"));
            (rows.len() == 1 && rows[0]["deleted"] == 1).then_some(())
        });
    }
    assert!(network.held("DE").iter().all(|manifest| manifest["state"] == "withdrawn"));
}

/// Moments that nobody chose; a failure prints the seed they came from.
struct Chance(u64);

impl Chance {
    fn new() -> Self {
        let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        let seed = u64::from(since.subsec_nanos()) << 20 | since.as_secs() & 0xf_ffff;
        println!("seed {seed}");
        Self(seed | 1)
    }

    fn below(&mut self, limit_ms: u64) -> Duration {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        Duration::from_millis(self.0 % limit_ms)
    }
}

const KILLS: usize = 22;
const WITHDRAWN: usize = 60;
const MOMENTS_MS: u64 = 250;
const DRAFTS_AT_ONCE: usize = 5;
/// Records that wait for the receiver at every start; a few hundred over the whole run.
const BACKLOG: usize = 30;
