//! What a session looks like to whoever listens on the wire.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use serde_json::{Value, json};

use super::chance::Chance;
use super::ground::Ground;
use super::listener::Listener;
use super::world::{Extent, World};
use crate::network::{Transport, car, eventually, field, repository};
use crate::story::settled;

#[test]
fn a_listener_on_the_wire_reads_nothing_of_a_record_over_quic() {
    nothing_is_read(Transport::Quic);
}

#[test]
fn a_listener_on_the_wire_reads_nothing_of_a_record_over_tcp() {
    nothing_is_read(Transport::Tcp);
}

fn nothing_is_read(transport: Transport) {
    if let Some(lacking) = Ground::lacking().or_else(Listener::lacking) {
        println!("skipped: what a listener on the wire reads ({lacking})");
        return;
    }
    let extent = Extent { countries: 2, small_disks: 0, rough_links: 0, transports: vec![transport], cache_mib: 16 };
    let world = World::of(&extent, &Chance::of(1));
    let network = &world.network;
    let path = network.place.path("capture.pcap");
    let listener = Listener::start(&world.ground, "DE", "eth0", &path);
    let _daemons = world.start_all();
    let drafts = drafts();
    let needles = needles(&drafts);
    network.write_drafts("drafts.ndjson", &drafts);
    let published = network.rows("FR", "publish drafts.ndjson");
    assert_eq!(published.len(), drafts.len(), "{published:?}");
    network.connect("FR", "DE");
    settled(network, "FR", "DE");
    let held = network.held("DE");
    assert!(held.len() >= DELIVERED_MIN, "{} of {} came", held.len(), drafts.len());
    // A revision, a withdrawal and its answer cross the wire, too.
    let mut revised = car(&format!("{MARK}-REFERENCE-0"), &format!("{MARK} colour of the revision"));
    revised["object"]["make"] = json!(format!("{MARK} make of the revision"));
    network.write_drafts("revised.ndjson", &[revised]);
    let lineage = network.rows("FR", "publish revised.ndjson")[0]["lineage"].as_str().unwrap().to_owned();
    settled(network, "FR", "DE");
    network.done("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
    eventually("Germany to say that it deleted it", || {
        let rows = network.rows("FR", &format!("withdraw status {lineage}"));
        (rows.len() == 1 && rows[0]["deleted"] == 2).then_some(())
    });
    // What is sent in the clear is seen, or the listener would prove nothing.
    let clear = format!("{MARK}-IN-THE-CLEAR");
    let words = format!("echo {clear} >/dev/udp/{}/9", world.ground.address("DE"));
    let told = world.ground.inside("FR", Command::new("bash").args(["-c", &words])).status().unwrap();
    assert!(told.success());
    eventually("the listener to have seen what was sent in the clear", || {
        contains(&listener.heard(), clear.as_bytes()).then_some(())
    });
    let captured = listener.stop();
    let bodies: usize = drafts.iter().map(|draft| draft.to_string().len()).sum();
    assert!(captured.len() > bodies, "{} bytes were captured of {bodies} that went", captured.len());
    let ids = field(&held, "id").into_iter().chain(field(&held, "lineage")).map(str::to_owned);
    let needles: BTreeSet<String> = needles.into_iter().chain(ids).collect();
    let read: Vec<&String> = needles.iter().filter(|needle| contains(&captured, needle.as_bytes())).collect();
    assert!(read.is_empty(), "a listener reads {read:?}");
    println!("{transport:?}: {} texts looked for in {} captured bytes, none there", needles.len(), captured.len());
}

/// Records of several kinds, each with a mark in every field that takes free text.
fn drafts() -> Vec<Value> {
    let mut drafts = Vec::new();
    for number in 0..CARS {
        let mut draft = car(&format!("{MARK}-REFERENCE-{number}"), &format!("{MARK} colour {number}"));
        draft["object"]["make"] = json!(format!("{MARK} make {number}"));
        draft["object"]["model"] = json!(format!("{MARK} model {number}"));
        draft["object"]["plate"] = json!(format!("{MARK}{number:05}"));
        drafts.push(draft);
    }
    for entry in fs::read_dir(repository("examples/notices")).unwrap() {
        let path = entry.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        let mut draft: Value = match path.extension().and_then(|ending| ending.to_str()) {
            Some("toml") => serde_json::to_value(text.parse::<toml::Table>().unwrap()).unwrap(),
            _ => serde_json::from_str(&text).unwrap(),
        };
        mark_texts(&mut draft);
        draft["audience"]["releasable_to"] = json!(["DE"]);
        drafts.push(draft);
    }
    drafts
}

/// Puts a mark into every text of more than one word, which no closed vocabulary has but for penalties.
fn mark_texts(value: &mut Value) {
    match value {
        Value::String(text) if text.contains(' ') => *text = format!("{MARK} {text}"),
        Value::Array(items) => items.iter_mut().for_each(mark_texts),
        Value::Object(fields) => {
            let free = fields.iter_mut().filter(|(name, _)| !PENALTIES.contains(&name.as_str()));
            free.for_each(|(_, field)| mark_texts(field));
        }
        _ => {}
    }
}

/// The mark, and every text of the drafts that is long enough not to be there by chance.
fn needles(drafts: &[Value]) -> BTreeSet<String> {
    let mut found = BTreeSet::from([MARK.to_owned() + "-REFERENCE", MARK.to_owned() + " "]);
    drafts.iter().for_each(|draft| gather(draft, &mut found));
    found
}

fn gather(value: &Value, found: &mut BTreeSet<String>) {
    match value {
        Value::String(text) if text.len() >= NEEDLE_BYTES_MIN => drop(found.insert(text.clone())),
        Value::Array(items) => items.iter().for_each(|item| gather(item, found)),
        Value::Object(fields) => fields.values().for_each(|field| gather(field, found)),
        _ => {}
    }
}

fn contains(content: &[u8], needle: &[u8]) -> bool {
    content.windows(needle.len()).any(|window| window == needle)
}

const MARK: &str = "ZQ7XMARK";
const CARS: usize = 60;
/// The cars at least; some of the samples stay at home.
const DELIVERED_MIN: usize = CARS;
/// Fields of several words that are no free text.
const PENALTIES: [&str; 4] = ["max_penalty", "sentence", "sentence_imposed", "sentence_remaining"];
const NEEDLE_BYTES_MIN: usize = 7;
