//! Keys that change while daemons run.

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

    // The machine was broken into: other keys, the old certificate revoked, the card handed over. The daemon that still
    // runs with the old transport key is the intruder's.
    network.done("FR", "key rotate --overlap-days 0 --transport");
    network.done("FR", "key revoke 1 --yes");
    let connections = || network.peer("DE", "FR").unwrap();
    network.introduce("DE", "FR");
    eventually("Germany to hang up", || (connections()["connected"] == false).then_some(()));
    network.refused("FR", "peer retry DE --wait 2", 6, &["cannot be reached"]);
    assert_eq!(connections()["connected"], false);
    assert_eq!(network.held("DE").len(), 1, "what was accepted before the revocation was known stays good");
    france.stop();

    let _france = network.start("FR");
    network.connect("FR", "DE");
    network.write_drafts("car.ndjson", &[car("FR-CAR-2", "grey")]);
    network.done("FR", "publish car.ndjson");
    eventually("a record under the new keys to arrive", || (network.held("DE").len() == 2).then_some(()));
}
