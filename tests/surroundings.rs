//! A daemon in a place where it should not run, or cannot do all it does elsewhere.

use std::io::Write;
use std::os::unix::net::UnixStream;

use serde_json::Value;

use crate::network::{Network, Transport, car, eventually};
use crate::story::settled;

fn france() -> Network {
    let network = Network::of(&[]);
    network.node("FR", &[Transport::Quic], "");
    network
}

#[test]
fn it_does_not_start_where_session_secrets_would_be_written_down() {
    let network = france();
    let secrets = network.place.path("secrets");
    let mut daemon = network.spawn("FR", |command| {
        command.env("SSLKEYLOGFILE", &secrets);
    });
    assert_eq!(daemon.wait(), Some(1));
    assert!(daemon.log().contains("SSLKEYLOGFILE") && daemon.log().contains("unset it"), "{}", daemon.log());
    assert!(!secrets.exists());
    network.refused("FR", "status", 75, &["not running"]);
}

#[test]
fn it_does_not_start_with_a_configuration_it_does_not_understand() {
    let network = france();
    network.configure("FR", "engine = \"redb\"", "engine = \"mysql\"");
    let mut daemon = network.spawn("FR", |_| {});
    assert_eq!(daemon.wait(), Some(78));
    assert!(daemon.log().contains("choose `redb` or `sled`"), "{}", daemon.log());
    network.configure("FR", "engine = \"mysql\"", "engine = \"redb\"");
    network.start("FR").stop();
    network.configure("FR", "engine = \"redb\"", "engine = \"sled\"");
    let mut daemon = network.spawn("FR", |_| {});
    assert_eq!(daemon.wait(), Some(1));
    assert!(daemon.log().contains("redb"), "a store of the other engine is left alone:\n{}", daemon.log());
}

#[test]
fn the_second_daemon_of_a_directory_goes_and_the_first_stays() {
    let network = france();
    let first = network.start("FR");
    let mut second = network.spawn("FR", |_| {});
    assert_eq!(second.wait(), Some(1));
    assert!(second.log().contains("another daemon serves"), "{}", second.log());
    assert_eq!(network.json("FR", "status")["country"], "FR", "the first is still reached");
    first.stop();
    assert!(!network.path("FR", "chancery.sock").exists());

    // Two that start at once: one of them, and only one, goes on.
    let mut both = [network.spawn("FR", |_| {}), network.spawn("FR", |_| {})];
    network.done("FR", "status --wait-ready 30");
    let left = eventually("one of two to give up", || {
        let ended: Vec<bool> = both.iter_mut().map(|daemon| daemon.has_ended()).collect();
        ended.contains(&true).then_some(ended)
    });
    assert_ne!(left[0], left[1]);
    assert_eq!(network.json("FR", "status")["country"], "FR");
    let [one, other] = both;
    if left[0] { other.stop() } else { one.stop() }
}

#[test]
fn two_nodes_never_share_a_port() {
    let network = Network::of(&[]);
    network.node("FR", &[Transport::Tcp], "");
    network.node("DE", &[Transport::Tcp], "");
    let port = |country: &str| {
        let text = std::fs::read_to_string(network.path(country, "node.toml")).unwrap();
        text.split("/ip4/127.0.0.1/tcp/").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let listen = |country: &str| format!("listen = [\"/ip4/127.0.0.1/tcp/{}\"", port(country));
    network.configure("DE", &listen("DE"), &listen("FR"));
    let france = network.start("FR");
    let mut germany = network.spawn("DE", |_| {});
    assert_eq!(germany.wait(), Some(1));
    let said = germany.log();
    assert!(said.contains(&format!("another program uses port {}", port("FR"))), "{said}");
    assert!(said.contains("change `network.listen`"), "{said}");
    assert_eq!(network.json("FR", "status")["country"], "FR");
    france.stop();
    network.start("DE").stop();
}

#[test]
fn it_clears_what_killed_commands_left_half_written() {
    let network = france();
    let left = [".card.chancery.77.unfinished", "cards/.DE.card.77.unfinished", "treaties/.t.toml.77.unfinished"];
    left.iter().for_each(|name| std::fs::write(network.path("FR", name), "half").unwrap());
    std::fs::write(network.path("FR", "cards/.mine"), "kept").unwrap();
    network.start("FR").stop();
    assert!(!left.iter().any(|name| network.path("FR", name).exists()));
    assert!(network.path("FR", "cards/.mine").exists());
}

#[test]
fn it_stops_in_order_though_a_caller_says_half_a_sentence() {
    let network = france();
    let daemon = network.start("FR");
    let mut caller = UnixStream::connect(network.path("FR", "chancery.sock")).unwrap();
    caller.write_all(b"POST /v1/records HTTP/1.1\r\nhost: chancery\r\ncontent-length: 1000\r\n\r\n{").unwrap();
    assert_eq!(network.json("FR", "status")["country"], "FR", "others are served meanwhile");
    daemon.stop();
}

#[test]
fn a_full_disk_refuses_what_is_new_and_still_takes_back() {
    let network = Network::france_and_germany();
    let france = network.start("FR");
    let _germany = network.start("DE");
    network.connect("FR", "DE");
    network.write_drafts("first.ndjson", &[car("FR-CAR-1", "grey")]);
    let lineage = network.rows("FR", "publish first.ndjson")[0]["lineage"].as_str().unwrap().to_owned();
    settled(&network, "FR", "DE");
    france.stop();

    network.configure("FR", "free_disk_mib_min = 512", "free_disk_mib_min = 1000000000");
    let _france = network.start("FR");
    network.write_drafts("second.ndjson", &[car("FR-CAR-2", "grey")]);
    network.refused("FR", "publish second.ndjson", 1, &["less free space", "free_disk_mib_min"]);
    assert_eq!(network.held("FR").len(), 1);
    network.done("FR", &format!("show {lineage} --purpose investigation --case 1"));
    network.done("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
    network.connect("FR", "DE");
    eventually("Germany to say that it deleted it", || {
        let rows = network.rows("FR", &format!("withdraw status {lineage}"));
        (rows.len() == 1 && rows[0]["deleted"] == 1).then_some(())
    });
}

#[test]
fn a_full_disk_takes_nothing_from_others_until_there_is_room() {
    let network = Network::france_and_germany();
    network.configure("DE", "free_disk_mib_min = 512", "free_disk_mib_min = 1000000000");
    let _france = network.start("FR");
    let germany = network.start("DE");
    network.connect("FR", "DE");
    network.write_drafts("first.ndjson", &[car("FR-CAR-1", "grey")]);
    network.done("FR", "publish first.ndjson");
    eventually("France to have sent it", || (network.peer("FR", "DE")?["in_flight"] != 0).then_some(()));
    assert!(network.held("DE").is_empty());
    germany.stop();
    network.configure("DE", "free_disk_mib_min = 1000000000", "free_disk_mib_min = 1");
    let _germany = network.start("DE");
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    assert_eq!(network.held("DE").len(), 1);
}

#[test]
fn what_is_shown_is_written_down_with_its_purpose_and_case() {
    let network = france();
    let _daemon = network.start("FR");
    network.write_drafts("first.ndjson", &[car("FR-CAR-1", "grey")]);
    let published = network.rows("FR", "publish first.ndjson").remove(0);
    let lineage = published["lineage"].as_str().unwrap();
    network.done("FR", &format!("show {lineage} --purpose investigation --case 2026/17"));
    network.done("FR", &format!("show {lineage} --purpose border_control --post A9-Nord --control 77"));
    network.refused("FR", "show 00112233445566778899aabbccddeeff --purpose investigation --case 2026/18", 3, &[]);
    let shows: Vec<Value> =
        network.rows("FR", "audit list").into_iter().filter(|line| line["action"] == "show").collect();
    let line = |at: usize| {
        ["actor", "purpose", "reference", "record", "outcome"]
            .map(|name| shows[at][name].as_str().unwrap_or("-").to_owned())
    };
    assert_eq!(shows.len(), 3, "{shows:?}");
    let id = published["id"].as_str().unwrap();
    assert_eq!(line(0), ["operator", "investigation", "case 2026/18", "-", "nothing shown of 001122334455"]);
    assert_eq!(line(1), ["operator", "border_control", "post A9-Nord, control 77", id, "shown"]);
    assert_eq!(line(2), ["operator", "investigation", "case 2026/17", id, "shown"]);

    network.done("FR", "session start --purpose investigation --case 2026/19");
    network.done("FR", &format!("show {lineage}"));
    network.done("FR", "session end");
    network.refused("FR", &format!("show {lineage}"), 2, &["no purpose is stated"]);
    let last = network.rows("FR", "audit list").into_iter().find(|line| line["action"] == "show").unwrap();
    assert_eq!(last["reference"], "case 2026/19");
    let numbers: Vec<u64> =
        network.rows("FR", "audit list").iter().map(|line| line["number"].as_u64().unwrap()).collect();
    assert!(numbers.windows(2).all(|pair| pair[0] == pair[1] + 1), "no line is missing: {numbers:?}");
}
