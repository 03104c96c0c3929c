//! Keys that change while daemons run.

use std::path::Path;

use serde_json::Value;

use crate::network::{Network, car, eventually};
use crate::story::{ids, settled};

#[test]
fn records_from_before_and_after_a_rotation_are_good() {
    let network = Network::france_and_germany();
    let (france, _germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    let publish = |reference: &str| {
        network.write_drafts("car.ndjson", &[car(reference, "grey")]);
        network.rows("FR", "publish car.ndjson").remove(0)["id"].as_str().unwrap().to_owned()
    };
    publish("FR-CAR-1");
    settled(&network, "FR", "DE");
    let before = network.json("FR", "key show")["items"].clone();
    network.done("FR", "key rotate --overlap-days 0");
    network.done("FR", "reload");
    assert!(france.log().contains("other certificates are in effect"), "{}", france.log());
    publish("FR-CAR-2");
    network.connect("FR", "DE");
    eventually("both to be at Germany", || (ids(&network, "DE") == ids(&network, "FR")).then_some(()));
    assert_ne!(network.json("FR", "key show")["items"], before);
    assert_eq!(network.held("DE").len(), 2);
    assert!(network.rows("DE", "quarantine list").is_empty());
    // Germany learned the new certificate from the greeting, not from a card; it is asked for the card's sake once more.
    network.introduce("DE", "FR");
    publish("FR-CAR-3");
    eventually("the third to be at Germany", || (network.held("DE").len() == 3).then_some(()));
}

#[test]
fn a_revocation_closes_the_connection() {
    let network = Network::france_and_germany();
    let france = network.start("FR");
    let _germany = network.start("DE");
    network.connect("FR", "DE");
    network.write_drafts("car.ndjson", &[car("FR-CAR-1", "grey")]);
    network.done("FR", "publish car.ndjson");
    settled(&network, "FR", "DE");

    // The machine was broken into, and its disk copied: other keys, the old certificate revoked, the card handed over.
    france.stop();
    copy(&network.place.path("FR"), &network.place.path("THIEF"));
    network.done("FR", "key rotate --overlap-days 0 --transport");
    network.done("FR", "key revoke 1 --yes");
    let thief = network.start("THIEF");
    network.done("THIEF", "peer retry DE --wait 30");
    let connections = || network.peer("DE", "FR").unwrap();
    eventually("Germany to take the thief for France", || (connections()["connected"] == true).then_some(()));
    network.introduce("DE", "FR");
    eventually("Germany to hang up", || (connections()["connected"] == false).then_some(()));
    network.refused("THIEF", "peer retry DE --wait 2", 6, &["cannot be reached"]);
    assert_eq!(connections()["connected"], false);
    assert_eq!(network.held("DE").len(), 1, "what was accepted before the revocation was known stays good");
    thief.stop();

    let _france = network.start("FR");
    network.connect("FR", "DE");
    network.write_drafts("car.ndjson", &[car("FR-CAR-2", "grey")]);
    network.done("FR", "publish car.ndjson");
    eventually("a record under the new keys to arrive", || (network.held("DE").len() == 2).then_some(()));
}

#[test]
fn another_transport_key_needs_no_restart_and_no_card() {
    let network = Network::france_and_germany();
    let (france, _germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    publish(&network, "FR-CAR-1");
    settled(&network, "FR", "DE");
    let peer_of = || network.json("FR", "card show")["certificates"][0]["peer"].clone();
    let before = peer_of();
    let said = network.done("FR", "key rotate --overlap-days 0 --transport").flat_stderr();
    assert!(said.contains("no restart is needed"), "{said}");
    eventually("France to come back under its other name", || {
        france.log().contains("leaves the network and comes back under it").then_some(())
    });
    // Germany was told of the certificate on the connection that then ended.
    eventually("Germany to have learned the certificate", || {
        (network.json("DE", "card show FR")["certificates"][1]["learned"] == true).then_some(())
    });
    publish(&network, "FR-CAR-2");
    network.connect("FR", "DE");
    eventually("the second car to be at Germany", || (network.held("DE").len() == 2).then_some(()));
    let shown = network.json("FR", "key show");
    let transport = |serial: u64| {
        let rows = shown["items"].as_array().unwrap();
        let row = rows.iter().find(|row| row["kind"] == "transport" && row["certificate"] == serial).unwrap();
        (row["state"].as_str().unwrap().to_owned(), row["peer"].clone())
    };
    assert_eq!((transport(1).0.as_str(), transport(1).1), ("valid", before));
    assert_eq!(transport(2).0, "in effect");
    assert!(network.rows("DE", "quarantine list").is_empty());
}

#[test]
fn what_was_learned_of_keys_is_known_after_a_restart() {
    let network = Network::france_and_germany();
    let (france, germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    publish(&network, "FR-CAR-1");
    settled(&network, "FR", "DE");
    copy_stopped(&network, france);
    let france = network.start("FR");
    network.connect("FR", "DE");
    // News goes out on the connection there is, weeks before the certificate is used.
    network.done("FR", "key rotate --overlap-days 3");
    let learned = || network.json("DE", "card list")["items"][1].clone();
    eventually("Germany to learn the next certificate", || (learned()["learned_certificates"] == 1).then_some(()));
    let states = || -> Vec<(Value, Value)> {
        let shown = network.json("DE", "card show FR");
        let row = |row: &Value| (row["state"].clone(), row["learned"].clone());
        shown["certificates"].as_array().unwrap().iter().map(row).collect()
    };
    assert_eq!(states(), [("valid".into(), false.into()), ("to_come".into(), true.into())]);
    assert!(network.peer("DE", "FR").unwrap()["connected"] == true);

    // Then the keys in use are lost: others at once, the first certificate revoked.
    network.done("FR", "key rotate --overlap-days 0 --transport");
    network.done("FR", "key revoke 1 --yes");
    eventually("Germany to learn of the loss", || (learned()["learned_revocations"] == 1).then_some(()));
    network.connect("FR", "DE");
    france.stop();
    germany.stop();
    let revoked: Vec<Value> = states().into_iter().map(|(state, _)| state).collect();
    assert_eq!(revoked, ["revoked", "to_come", "valid"]);
    assert_eq!(network.json("DE", "card show FR")["serial"], 1, "no newer card was handed over");

    // Who stole the first keys is let in nowhere, though Germany was started again.
    let _germany = network.start("DE");
    let thief = network.start("THIEF");
    network.refused("THIEF", "peer retry DE --wait 2", 6, &["cannot be reached"]);
    assert_eq!(network.peer("DE", "FR").unwrap()["connected"], false);
    thief.stop();
    let _france = network.start("FR");
    network.connect("FR", "DE");
    publish(&network, "FR-CAR-2");
    eventually("a car under the other keys to be at Germany", || (network.held("DE").len() == 2).then_some(()));
}

#[test]
fn a_record_that_waits_when_its_key_is_lost_comes_with_a_fresh_seal() {
    let network = Network::france_and_germany();
    let (_france, germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    publish(&network, "FR-CAR-1");
    settled(&network, "FR", "DE");
    germany.stop();
    publish(&network, "FR-CAR-2");
    network.done("FR", "key rotate --overlap-days 0");
    network.done("FR", "key revoke 1 --yes");
    network.introduce("DE", "FR");
    let _germany = network.start("DE");
    network.connect("FR", "DE");
    eventually("the waiting car to be at Germany", || (network.held("DE").len() == 2).then_some(()));
    assert_eq!(ids(&network, "DE"), ids(&network, "FR"));
    assert!(network.rows("DE", "quarantine list").is_empty());
}

#[test]
fn a_lost_country_key_is_succeeded_by_the_one_its_card_names() {
    let network = Network::france_and_germany();
    let (_france, _germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    let first = publish(&network, "FR-CAR-1");
    settled(&network, "FR", "DE");
    let before = network.json("DE", "card show FR")["fingerprint"].clone();

    // An impostor who is not the heir is believed by nobody.
    network.place.node("FR", "HQ", "impostor");
    network.place.done("key rotate --dir impostor");
    let said = ["signed by another country key", "not by the successor"];
    network.refused("DE", "card import impostor/card.chancery --yes", 1, &said);

    network.done("FR", "key succeed --yes");
    network.refused("FR", "reload", 7, &["is by a key that is not FR's country key"]);
    network.refused("DE", "card import FR/card.chancery", 2, &["changed its country key to the successor"]);
    network.introduce("DE", "FR");
    assert_ne!(network.json("DE", "card show FR")["fingerprint"], before);
    // The treaty waits for the heir's signature: its grants stop, at both ends.
    let second = publish(&network, "FR-CAR-2");
    for country in ["FR", "DE"] {
        let treaty = network.json(country, "treaty list")["items"][0].clone();
        assert!(!treaty["signed_by"].as_array().unwrap().contains(&"FR".into()), "{country}: {treaty}");
        network.refused("FR", &format!("why {second} --to DE"), 5, &[]);
    }
    // What was exchanged before stands, and can still be taken back.
    assert_eq!(ids(&network, "DE"), [first.clone()].into());
    network.connect("FR", "DE");
    let lineage = network.rows("FR", "list").into_iter().find(|row| row["id"] == first.as_str()).unwrap();
    let lineage = lineage["lineage"].as_str().unwrap().to_owned();
    network.done("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
    eventually("the withdrawal to be at Germany", || network.held("DE").is_empty().then_some(()));

    std::fs::remove_file(network.place.path("fr-de-police.toml.FR.sig")).unwrap();
    network.done("FR", "treaty sign fr-de-police.toml --yes");
    network.done("DE", "treaty import fr-de-police.toml fr-de-police.toml.FR.sig");
    network.connect("FR", "DE");
    eventually("the second car to be at Germany", || (ids(&network, "DE") == [second.clone()].into()).then_some(()));
    assert!(network.rows("DE", "quarantine list").is_empty());
}

fn publish(network: &Network, reference: &str) -> String {
    network.write_drafts("car.ndjson", &[car(reference, "grey")]);
    network.rows("FR", "publish car.ndjson").remove(0)["id"].as_str().unwrap().to_owned()
}

/// Stops France and keeps a copy of all it has, as a thief would have it.
fn copy_stopped(network: &Network, france: crate::network::Daemon) {
    france.stop();
    copy(&network.place.path("FR"), &network.place.path("THIEF"));
}

fn copy(from: &Path, to: &Path) {
    std::fs::create_dir(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            std::fs::copy(&path, &target).unwrap();
        }
    }
}
