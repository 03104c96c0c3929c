//! Files that nobody should send: each is refused, quickly and for its own reason, and nothing of it is kept.

use std::fs::{self, File};
use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::json;

use crate::network::{Network, Transport, car, repository};
use crate::program::{PROGRAM, Run};

fn france() -> Network {
    let network = Network::of(&[]);
    network.node("FR", &[Transport::Quic], "");
    network
}

#[test]
fn a_file_without_end_is_refused_in_little_memory() {
    let network = france();
    let france = network.start("FR");
    for name in ["big.json", "big.toml", "big.ndjson", "big.xml"] {
        File::create(network.place.path(name)).unwrap().set_len(1 << 30).unwrap();
    }
    for (line, said) in [
        ("publish big.json", "is longer than"),
        ("publish big.toml", "is longer than"),
        ("publish big.ndjson", "the line is longer than"),
        ("publish --amend 00112233 big.json", "is longer than"),
        ("decide big.json --to DE", "is longer than"),
        ("import un-list big.xml", "is longer than"),
        ("import interpol big.json", "is longer than"),
        ("treaty check big.toml", "is longer than"),
        ("treaty import big.toml", "is longer than"),
        ("card import big.json", "is longer than"),
    ] {
        let begun = Instant::now();
        let run = in_little_memory(&network, line);
        assert_eq!(run.code, 1, "{line}\n{}{}", run.stdout, run.stderr);
        assert!(run.flat_stderr().contains(said), "{line}\n{}", run.stderr);
        assert!(begun.elapsed() < Duration::from_secs(20), "{line} took {:?}", begun.elapsed());
    }
    assert!(network.held("FR").is_empty());
    france.stop();
}

/// Half a gigabyte of addresses, less than the file alone would take.
fn in_little_memory(network: &Network, line: &str) -> Run {
    let shell = format!("ulimit -v 500000 && exec {PROGRAM} --dir FR {line}");
    network.place.other(Command::new("sh").args(["-c", &shell]))
}

#[test]
fn every_fault_is_told_at_its_place_and_nothing_is_published() {
    let network = france();
    let _france = network.start("FR");
    fs::write(network.place.path("torn.json"), "{\n  \"kind\": \"vehicle\",\n  \"tags\": }\n").unwrap();
    network.refused("FR", "publish torn.json", 1, &["line 3, column 11", "not JSON"]);
    fs::write(network.place.path("deep.json"), "[".repeat(200_000)).unwrap();
    network.refused("FR", "publish deep.json", 1, &["recursion limit"]);
    fs::write(network.place.path("latin.json"), b"{\"kind\": \"v\xe9hicule\"}").unwrap();
    network.refused("FR", "publish latin.json", 1, &["latin.json"]);

    let mut faulty = car("FR-CAR-1", "grey");
    faulty["tags"]["handling"] = json!(["H9"]);
    faulty["tags"]["tlp"] = json!("PINK");
    faulty["tags"]["purposes"] = json!(["lunch"]);
    faulty["object"]["colour"] = json!(7);
    faulty["object"].as_object_mut().unwrap().remove("status");
    faulty["audiance"] = json!({});
    let mut expired = car("FR-CAR-2", "grey");
    expired["expires"] = json!("2020-01-01");
    network.write_drafts("mixed.ndjson", &[car("FR-CAR-0", "grey"), faulty, expired]);
    let paths = [
        "mixed.ndjson:2",
        "tags.handling[0]: `H9`",
        "tags.tlp: `PINK`",
        "tags.purposes[0]: `lunch`",
        "object.colour: expected a text",
        "object.status: missing",
        "audiance: no such field",
        "mixed.ndjson:3: not publishable: expires",
        "nothing of `mixed.ndjson` is published",
    ];
    network.refused("FR", "publish mixed.ndjson", 1, &paths);
    assert!(network.held("FR").is_empty(), "one bad draft keeps its whole file back");
    let run = network.run("FR", "publish mixed.ndjson --skip-invalid --format ndjson");
    assert_eq!(run.code, 7, "{}", run.stderr);
    let held = network.held("FR");
    assert_eq!((held.len(), &held[0]["source_reference"]), (1, &json!("FR-CAR-0")));
}

#[test]
fn a_list_that_would_grow_without_end_is_refused() {
    let network = france();
    let _france = network.start("FR");
    let mut entities = String::from("<!ENTITY a0 \"ha\">");
    for level in 1..30 {
        let below = format!("&a{};", level - 1).repeat(10);
        entities.push_str(&format!("<!ENTITY a{level} \"{below}\">"));
    }
    let bomb = format!(
        "<?xml version=\"1.0\"?><!DOCTYPE x [{entities}]><CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL>\
         <FIRST_NAME>&a29;</FIRST_NAME></INDIVIDUAL></INDIVIDUALS></CONSOLIDATED_LIST>"
    );
    fs::write(network.place.path("bomb.xml"), bomb).unwrap();
    let run = in_little_memory(&network, "import un-list bomb.xml");
    assert_eq!(run.code, 1, "{}", run.stderr);
    assert!(run.flat_stderr().contains("document type declaration"), "{}", run.stderr);
    let nested = format!("<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL>{}", "<A>".repeat(200_000));
    fs::write(network.place.path("nested.xml"), nested).unwrap();
    network.refused("FR", "import un-list nested.xml", 1, &["nested deeper than"]);
    fs::write(network.place.path("nested.json"), "[".repeat(200_000)).unwrap();
    network.refused("FR", "import interpol nested.json", 1, &["nested deeper than"]);
    assert!(network.held("FR").is_empty());
}

#[test]
fn a_treaty_that_is_not_as_signed_counts_for_nothing() {
    let network = Network::of(&["FR", "DE"]);
    network.introduce("FR", "DE");
    network.introduce("DE", "FR");
    let sample = fs::read_to_string(repository("node-config/treaties/fr-de-police.toml")).unwrap();
    let write = |name: &str, text: &str| fs::write(network.place.path(name), text).unwrap();
    write("typo.toml", &sample.replacen("\"investigation\"", "\"investigaton\"", 1));
    network.refused(
        "FR",
        "treaty import typo.toml",
        1,
        &["`investigaton` is no purpose", "did you mean `investigation`"],
    );
    network.refused("FR", "treaty sign typo.toml --yes", 1, &["`investigaton`"]);

    write("treaty.toml", &sample);
    for party in ["FR", "DE"] {
        network.done(party, "treaty sign treaty.toml --yes");
    }
    let state = |expected: &str| {
        let found = network.rows("FR", "treaty list");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(found[0]["in_force"], expected == "in force", "{found:?}");
        assert!(found[0]["state"].as_str().unwrap().contains(expected), "{found:?}");
    };
    state("not yet signed by DE");
    let signature = fs::read_to_string(network.place.path("treaty.toml.DE.sig")).unwrap();
    let at = signature.find("signature = \"").unwrap() + "signature = \"".len();
    let digit = if signature.as_bytes()[at] == b'0' { "1" } else { "0" };
    write("forged.toml", &sample);
    write("forged.toml.DE.sig", &format!("{}{digit}{}", &signature[..at], &signature[at + 1..]));
    network.refused("FR", "treaty import forged.toml forged.toml.DE.sig", 1, &["forged.toml.DE.sig", "not taken in"]);
    state("not yet signed by DE");
    let (_france, _germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    assert_eq!(network.peer("FR", "DE").unwrap()["records"], "no treaty in force");
    network.write_drafts("car.ndjson", &[car("FR-CAR-1", "grey")]);
    network.done("FR", "publish car.ndjson");
    assert_eq!(network.json("FR", "status")["treaties"], 0);
    let lineage = network.held("FR")[0]["lineage"].as_str().unwrap().to_owned();
    network.refused("FR", &format!("why {lineage} --to DE"), 5, &[]);
    assert!(network.held("DE").is_empty());

    // The bytes at hand are changed behind the node's back: the signatures are of another document.
    network.done("FR", "treaty import treaty.toml treaty.toml.DE.sig");
    state("in force");
    let kept = fs::read_dir(network.path("FR", "treaties")).unwrap().map(|entry| entry.unwrap().path());
    let kept = kept.into_iter().find(|path| path.extension().is_some_and(|ending| ending == "toml")).unwrap();
    fs::write(&kept, sample.replacen("up to CONFIDENTIAL", "up to TOP SECRET", 1)).unwrap();
    network.refused("FR", "reload", 7, &["the node goes on with the copy that was signed"]);
    let text = network.done("FR", "treaty show fr-de-police --text").stdout;
    assert!(text.contains("up to CONFIDENTIAL") && !text.contains("up to TOP SECRET"), "{text}");
}
