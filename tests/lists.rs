//! Lists of other publishers, taken in again and again.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::network::{Network, Transport, repository};
use crate::program::words;

#[test]
fn the_list_of_the_united_nations_changes_only_what_changed() {
    let list = repository("../shared/data/un-consolidated-2026-02-27.xml");
    let Ok(text) = fs::read_to_string(&list) else {
        println!("skipped: the consolidated list of the United Nations: {} is not there", list.display());
        return;
    };
    let individuals = text.matches("<INDIVIDUAL>").count() as u64;
    let entities = text.matches("<ENTITY>").count() as u64;
    assert_eq!((individuals, entities), (730, 273));
    taken_in_again_and_again(&text, individuals + entities);
}

#[test]
fn the_invented_list_changes_only_what_changed() {
    let text = fs::read_to_string(repository("examples/imports/un-list.xml")).unwrap();
    let entries = text.matches("<INDIVIDUAL>").count() + text.matches("<ENTITY>").count();
    taken_in_again_and_again(&text, entries as u64);
}

fn taken_in_again_and_again(text: &str, entries: u64) {
    let network = Network::of(&[]);
    network.node("FR", &[Transport::Quic], "");
    let _france = network.start("FR");
    let import = |text: &str, options: &str| {
        fs::write(network.place.path("list.xml"), text).unwrap();
        let summary = network.json("FR", &format!("import un-list list.xml {options}"));
        ["entries", "new", "revised", "unchanged", "withdrawn", "faulty"].map(|name| summary[name].as_u64().unwrap())
    };
    assert_eq!(import(text, "--releasable-to any"), [entries, entries, 0, 0, 0, 0]);
    let first = current(&network);
    assert_eq!(first.len() as u64, entries);
    assert_eq!(import(text, "--releasable-to any"), [entries, 0, 0, entries, 0, 0]);
    assert_eq!(current(&network), first);

    let changed = text.replacen("<COMMENTS1>", "<COMMENTS1>Moved to the Free State of Nowhere. ", 1);
    assert_ne!(changed, text);
    assert_eq!(import(&changed, "--releasable-to any"), [entries, 0, 1, entries - 1, 0, 0]);
    let second = current(&network);
    assert_eq!(second.len() as u64, entries, "the version before is no longer current");
    let revised: Vec<_> = second.difference(&first).collect();
    assert_eq!(revised.len(), 1, "{revised:?}");
    assert!(first.iter().any(|(reference, lineage, id)| {
        (reference, lineage) == (&revised[0].0, &revised[0].1) && *id != revised[0].2
    }));

    let (shorter, removed) = without_last_entity(&changed);
    assert_eq!(import(&shorter, "--releasable-to any"), [entries - 1, 0, 0, entries - 1, 0, 0]);
    assert_eq!(current(&network), second, "nothing is withdrawn unless that is asked for");
    let cut = &changed[..changed.len() / 2];
    fs::write(network.place.path("cut.xml"), cut).unwrap();
    network.refused(
        "FR",
        "import un-list cut.xml --withdraw-missing --yes --releasable-to any",
        7,
        &["nothing is withdrawn"],
    );
    assert_eq!(current(&network), second, "a list that was cut off says nothing of what is missing");
    fs::write(network.place.path("list.xml"), &shorter).unwrap();
    network.refused("FR", "import un-list list.xml --withdraw-missing --releasable-to any", 2, &[&removed, "--yes"]);
    assert_eq!(
        import(&shorter, "--releasable-to any --withdraw-missing --yes"),
        [entries - 1, 0, 0, entries - 1, 1, 0]
    );
    let third = current(&network);
    let gone: Vec<&str> = second.difference(&third).map(|(reference, ..)| reference.as_str()).collect();
    assert_eq!(gone, [removed.as_str()], "exactly the entry that is gone is withdrawn");
    assert!(third.is_subset(&second));
}

/// The list without its last entity, with the number of what was taken out.
fn without_last_entity(text: &str) -> (String, String) {
    let begin = text.rfind("<ENTITY>").unwrap();
    let end = text.rfind("</ENTITY>").unwrap() + "</ENTITY>".len();
    let entry = &text[begin..end];
    let number = entry.split("<REFERENCE_NUMBER>").nth(1).unwrap().split('<').next().unwrap().trim().to_owned();
    (format!("{}{}", &text[..begin], &text[end..]), number)
}

fn current(network: &Network) -> BTreeSet<(String, String, String)> {
    let text = |row: &Value, name: &str| row[name].as_str().unwrap().to_owned();
    let row = |row: Value| (text(&row, "source_reference"), text(&row, "lineage"), text(&row, "id"));
    network.rows("FR", "list").into_iter().map(row).collect()
}

#[test]
fn public_notices_are_taken_in_once() {
    let network = Network::of(&[]);
    network.node("FR", &[Transport::Quic], "");
    let _france = network.start("FR");
    let import = |name: &str| {
        let file = repository(&format!("examples/imports/{name}"));
        let summary = network.json("FR", &format!("import interpol {} --releasable-to any", shown(&file)));
        ["entries", "new", "revised", "unchanged", "kept", "faulty"].map(|name| summary[name].as_u64().unwrap())
    };
    assert_eq!(import("interpol-list.json"), [3, 3, 0, 0, 0, 0]);
    assert_eq!(import("interpol-detail.json"), [1, 0, 1, 0, 0, 0], "the full notice follows its line in the list");
    assert_eq!(import("interpol-yellow.json"), [1, 1, 0, 0, 0, 0]);
    assert_eq!(import("interpol-un.json"), [1, 1, 0, 0, 0, 0]);
    assert_eq!(import("interpol-list.json"), [3, 0, 0, 0, 3, 0], "a line of a list takes nothing from what stands");
    assert_eq!(import("interpol-detail.json"), [1, 0, 0, 1, 0, 0]);
    assert_eq!(network.rows("FR", "list").len(), 5);
    let line = words("--dir FR import interpol nowhere.json");
    assert_eq!(network.place.run_words(&line).code, 1);
}

fn shown(path: &Path) -> String {
    path.display().to_string()
}
