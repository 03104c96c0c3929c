//! Stores that are restored, lost or copied under running countries, and ledgers that do not agree.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use chancery_exchange::{Change, Cursor, Holdings, Incarnation, Item, Period, SetItem, Side};
use chancery_record::{Country, Precedence, RecordId, SectionSet};
use chancery_store::Store;
use chancery_store::engine::{EngineKind, OpenOptions, open};
use serde_json::Value;

use crate::network::{Daemon, Network, car, eventually};
use crate::story::{ids, settled};

/// France, with a treaty with each of the others, who do not know each other.
fn three() -> Network {
    let network = Network::of(&["FR", "DE", "BR"]);
    network.conclude("fr-de-police.toml", "FR", "DE");
    network.conclude("fr-br-border.toml", "FR", "BR");
    network
}

#[test]
fn a_node_restored_from_an_old_copy_takes_back_what_it_lost_before_it_says_a_word() {
    let network = three();
    let (germany, brazil, france) = (network.start("DE"), network.start("BR"), network.start("FR"));
    meet(&network, &["DE", "BR"]);
    let early = ["FR-KEPT", "FR-GONE", "FR-PAINTED"].map(|reference| publish(&network, "FR", reference, "grey"));
    let from_germany = publish(&network, "DE", "DE-EARLY", "grey");
    all_settled(&network, &["DE", "BR"]);
    france.stop();
    copy(&network.path("FR", "store"), &network.place.path("backup"));

    let mut france = network.start("FR");
    meet(&network, &["DE", "BR"]);
    let late = publish(&network, "FR", "FR-LATE", "grey");
    let painted = publish(&network, "FR", "FR-PAINTED", "red");
    withdraw(&network, &early[1]);
    let late_from_germany = publish(&network, "DE", "DE-LATE", "grey");
    all_settled(&network, &["DE", "BR"]);
    withdrawn_at(&network, &early[1], &["DE", "BR"]);
    brazil.stop();
    france.kill();
    put_back(&network, "FR", &network.place.path("backup"));

    let france = takes_back_from_germany(&network);
    for lost in [&late, &painted, &late_from_germany, &from_germany] {
        eventually("what was lost to be back", || ids(&network, "FR").contains(id(lost)).then_some(()));
    }
    is_gone(&network, "FR", &early[1]);
    is_mute(&network);

    let brazil = network.start("BR");
    network.done("FR", "peer retry BR --wait 30");
    recovered(&network);
    meet(&network, &["DE", "BR"]);
    let shown = network.recovery("FR");
    assert_eq!((&shown["held_by_nobody"], &shown["without_audience"]), (&0.into(), &2.into()), "{shown}");
    let repainted = publish(&network, "FR", "FR-PAINTED", "blue");
    assert_eq!((&repainted["outcome"], &repainted["lineage"]), (&"revised".into(), &painted["lineage"]));
    assert!(repainted["revision"].as_u64() > painted["revision"].as_u64(), "no revision is given twice");
    let new = publish(&network, "FR", "FR-NEW", "grey");
    all_settled(&network, &["DE", "BR"]);
    for country in ["DE", "BR"] {
        for record in [&early[0], &late, &repainted, &new] {
            assert_eq!(state(&network, country, record).as_deref(), Some("current"), "{record} at {country}");
        }
        is_gone(&network, country, &early[1]);
        assert!(network.held(country).iter().all(|manifest| manifest["state"] != "conflicted"));
        network.done("FR", &format!("sync check --peer {country}"));
    }
    withdraw(&network, &late);
    withdrawn_at(&network, &late, &["DE", "BR"]);

    [france, germany, brazil].into_iter().for_each(Daemon::stop);
    let sent = times_sent(&network, "FR", &["DE", "BR"]);
    let all = [&early[0], &early[1], &early[2], &late, &painted, &repainted, &new];
    for record in all {
        for peer in ["DE", "BR"] {
            assert_eq!(sent.get(&(peer.to_owned(), id(record).to_owned())), Some(&1), "{record} went to {peer} twice");
        }
    }
}

/// France starts over an old copy of its store, is killed in the middle of its recovery, and goes on with it; Brazil is away.
fn takes_back_from_germany(network: &Network) -> Daemon {
    let mut france = network.start("FR");
    network.done("FR", "peer retry DE --wait 30");
    eventually("Germany's proof that the store is an old copy", || {
        (network.recovery("FR")["life"] == "recovering").then_some(())
    });
    france.kill();
    let france = network.start("FR");
    is_mute(network);
    network.done("FR", "peer retry DE --wait 30");
    eventually("Germany to give back what it holds", || {
        (network.returned("FR", "DE")["state"] == "done" && network.returned("FR", "BR")["state"] == "not_connected")
            .then_some(())
    });
    let status = network.refused("FR", "recover status", 7, &["1 country has to answer", "cannot come back"]);
    assert!(status.stdout.contains("not connected"), "{}", status.stdout);
    france
}

/// It says so everywhere, and seals nothing.
fn is_mute(network: &Network) {
    network.write_drafts("mute.ndjson", &[car("FR-MUTE", "grey")]);
    let refused = network.run("FR", "publish mute.ndjson");
    let said = format!("{}{}", refused.stdout, refused.flat_stderr());
    assert!(refused.code != 0 && said.contains("this node is recovering"), "{said}");
    let status = network.done("FR", "status");
    assert!(status.stdout.contains("recovering since") && status.stderr.contains("is recovering"), "{}", status.stderr);
    let doctor = network.rows("FR", "doctor");
    assert!(doctor.iter().any(|row| row["check"] == "recovery" && row["health"] == "warning"), "{doctor:?}");
}

#[test]
fn a_node_that_lost_its_store_goes_on_without_a_country_that_never_answers() {
    let network = three();
    let (_germany, brazil, mut france) = (network.start("DE"), network.start("BR"), network.start("FR"));
    meet(&network, &["DE", "BR"]);
    let [kept, gone] = ["FR-KEPT", "FR-GONE"].map(|reference| publish(&network, "FR", reference, "grey"));
    let from_germany = publish(&network, "DE", "DE-CAR", "grey");
    all_settled(&network, &["DE", "BR"]);
    withdraw(&network, &gone);
    withdrawn_at(&network, &gone, &["DE", "BR"]);
    network.refused("FR", "recover override --reason 'nothing to do' --yes", 3, &["nothing is waited for"]);
    brazil.stop();
    france.kill();
    fs::remove_dir_all(network.path("FR", "store")).unwrap();

    network.refused("FR", "recover status", 75, &["start it with `chancery run`"]);
    let _france = network.start("FR");
    network.done("FR", "peer retry DE --wait 30");
    eventually("Germany to give back what it holds", || {
        let from = network.returned("FR", "DE");
        (from["state"] == "done").then_some(from)
    });
    eventually("the record of Germany to be back", || ids(&network, "FR").contains(id(&from_germany)).then_some(()));
    let shown = network.recovery("FR");
    // The content of what was withdrawn is nowhere any more; that it had gone to Germany is known again.
    assert_eq!((&shown["held_by_nobody"], &shown["without_audience"]), (&1.into(), &1.into()), "{shown}");
    let from = network.returned("FR", "DE");
    assert_eq!((&from["statements"], &from["disclosures"], &from["records"]), (&1.into(), &2.into(), &1.into()));

    network.refused("FR", "recover override --peer BR --yes", 2, &["--reason"]);
    network.refused("FR", "recover override --peer BR --reason 'burnt down'", 2, &["--yes"]);
    let given_up = network.done("FR", "recover override --peer BR --reason 'the node of BR burnt down' --yes");
    assert!(given_up.flat_stderr().contains("nothing has come back from it"), "{}", given_up.stderr);
    recovered(&network);
    let from = network.returned("FR", "BR");
    assert_eq!(from["state"], "overridden");
    assert!(from["overridden_by"].is_string() && from["overridden_at"].is_string(), "{from}");
    let audit = network.rows("FR", "audit list");
    let reason =
        |line: &Value| line["action"] == "recover-override" && line["reference"] == "the node of BR burnt down";
    assert!(audit.iter().any(reason), "{audit:?}");

    let brazil = network.start("BR");
    meet(&network, &["DE", "BR"]);
    let new = publish(&network, "FR", "FR-NEW", "grey");
    all_settled(&network, &["DE", "BR"]);
    for country in ["DE", "BR"] {
        assert_eq!(state(&network, country, &new).as_deref(), Some("current"));
        is_gone(&network, country, &gone);
    }
    // Nobody can explain what Brazil holds of France, which Brazil would have proved.
    for word in ["check", "repair"] {
        let differs = network.refused("FR", &format!("sync {word} --peer BR --format json"), 7, &["no disclosure"]);
        let differs: Value = serde_json::from_str(&differs.stdout).unwrap();
        let counts = ["missing", "extras", "unexplained", "periods"].map(|name| differs[name].as_u64());
        assert_eq!(counts, [0, 2, 2, 1].map(Some), "{differs}");
    }
    // What came back without its audience goes nowhere until it is amended; Germany holds it as before.
    assert_eq!(state(&network, "DE", &kept).as_deref(), Some("current"));
    network.write_drafts("amended.ndjson", &[car("FR-KEPT", "blue")]);
    let line = format!("publish amended.ndjson --amend {}", kept["lineage"].as_str().unwrap());
    let amended = network.rows("FR", &line).remove(0);
    assert_eq!((&amended["outcome"], &amended["lineage"]), (&"revised".into(), &kept["lineage"]));
    all_settled(&network, &["DE"]);
    assert_eq!(state(&network, "DE", &amended).as_deref(), Some("current"));
    assert_eq!(state(&network, "DE", &kept).as_deref(), Some("superseded"));
    brazil.stop();
}

#[test]
fn an_operator_announces_a_restore_before_a_byte_leaves() {
    let network = Network::france_and_germany();
    let (germany, france) = (network.start("DE"), network.start("FR"));
    meet(&network, &["DE"]);
    let car = publish(&network, "FR", "FR-CAR", "grey");
    all_settled(&network, &["DE"]);
    france.stop();
    copy(&network.path("FR", "store"), &network.place.path("backup"));
    let france = network.start("FR");
    meet(&network, &["DE"]);
    withdraw(&network, &car);
    withdrawn_at(&network, &car, &["DE"]);
    france.stop();
    germany.stop();
    put_back(&network, "FR", &network.place.path("backup"));
    network.refused("FR", "recover begin", 2, &["--yes"]);
    let begun = network.done("FR", "recover begin --yes");
    assert!(begun.stderr.contains("begins when the daemon starts"), "{}", begun.stderr);
    let doctor = network.rows("FR", "doctor --store");
    assert!(doctor.iter().any(|row| row["check"] == "recovery" && row["health"] == "warning"), "{doctor:?}");

    let _france = network.start("FR");
    is_mute(&network);
    assert_eq!(state(&network, "FR", &car).as_deref(), Some("current"), "the copy does not know better yet");
    let _germany = network.start("DE");
    network.done("FR", "peer retry DE --wait 30");
    recovered(&network);
    is_gone(&network, "FR", &car);
    let begun = network.rows("FR", "audit list").into_iter().filter(|line| line["action"] == "recover");
    assert_eq!(begun.map(|line| line["outcome"].clone()).collect::<Vec<_>>(), ["ended", "begun"]);
}

#[test]
fn a_cloned_node_is_refused_and_told_why() {
    let network = Network::france_and_germany();
    let (_germany, france) = (network.start("DE"), network.start("FR"));
    meet(&network, &["DE"]);
    publish(&network, "FR", "FR-CAR", "grey");
    all_settled(&network, &["DE"]);
    france.stop();
    copy(&network.path("FR", ""), &network.place.path("clone"));
    let france = network.start("FR");
    meet(&network, &["DE"]);
    network.done("FR", "recover begin --yes");
    recovered(&network);
    meet(&network, &["DE"]);
    let new = publish(&network, "FR", "FR-NEW", "grey");
    all_settled(&network, &["DE"]);
    assert_eq!(state(&network, "DE", &new).as_deref(), Some("current"));
    france.stop();

    // The clone has the original's keys and address.
    let _clone = network.start("clone");
    network.write_drafts("forked.ndjson", &[car("FR-FORK", "grey")]);
    let forked = network.rows("clone", "publish forked.ndjson").remove(0);
    eventually("the clone to be told what it is", || {
        let _ = network.run("clone", "peer retry DE --wait 1");
        let told = network.peer("clone", "DE")?;
        told["notices"].to_string().contains("a later life of this node has spoken with the peer").then_some(())
    });
    eventually("Germany to say that it refuses a copy", || {
        let _ = network.run("clone", "peer retry DE --wait 1");
        let seen = network.peer("DE", "FR")?;
        seen["notices"].to_string().contains("a copy of an old store is running").then_some(())
    });
    assert_eq!(state(&network, "DE", &forked), None, "nothing of the clone got through");
}

#[test]
fn ledgers_are_compared_and_what_is_missing_is_brought() {
    let network = Network::france_and_germany();
    let (germany, france) = (network.start("DE"), network.start("FR"));
    meet(&network, &["DE"]);
    let cars: Vec<Value> = (0..12).map(|at| publish(&network, "FR", &format!("FR-{at}"), "grey")).collect();
    all_settled(&network, &["DE"]);
    for thorough in ["", " --thorough"] {
        let agreed = network.json("FR", &format!("sync check --peer DE{thorough}"));
        assert_eq!((&agreed["agrees"], &agreed["missing"], &agreed["extras"]), (&true.into(), &0.into(), &0.into()));
    }
    both_count(&network, 12);
    network.refused("FR", "sync check --peer BR", 3, &["is no peer"]);

    // A ledger that says too much of one record and too little of another; a connection begins with comparing.
    france.stop();
    germany.stop();
    let never_sent = falsify(&network, &cars[0]);
    let germany = network.start("DE");
    let _france = network.start("FR");
    meet(&network, &["DE"]);
    eventually("Germany to have what was missing", || ids(&network, "DE").contains(&never_sent).then_some(()));
    settled(&network, "FR", "DE");
    let notices = network.peer("FR", "DE").unwrap()["notices"].to_string();
    assert!(notices.contains("lacks 1 records that count as delivered, and holds 1 that do not"), "{notices}");
    let checked = network.done("FR", "sync check --peer DE --thorough");
    assert!(checked.stderr.contains("was asked to compare"), "{}", checked.stderr);
    let repaired = network.json("FR", "sync repair --peer DE");
    assert_eq!((&repaired["agrees"], &repaired["missing"]), (&true.into(), &0.into()), "{repaired}");
    both_count(&network, 13);
    germany.stop();
    eventually("France to notice", || (network.peer("FR", "DE")?["connected"] == false).then_some(()));
    network.refused("FR", "sync check --peer DE", 6, &["not connected", "peer retry DE"]);
}

#[test]
fn a_receiver_that_was_restored_gets_what_it_lost_and_nothing_twice() {
    let network = Network::france_and_germany();
    let (germany, _france) = (network.start("DE"), network.start("FR"));
    meet(&network, &["DE"]);
    let early: Vec<Value> = (0..4).map(|at| publish(&network, "FR", &format!("FR-EARLY-{at}"), "grey")).collect();
    all_settled(&network, &["DE"]);
    germany.stop();
    copy(&network.path("DE", "store"), &network.place.path("backup"));
    let mut germany = network.start("DE");
    meet(&network, &["DE"]);
    let late: Vec<Value> = (0..5).map(|at| publish(&network, "FR", &format!("FR-LATE-{at}"), "grey")).collect();
    all_settled(&network, &["DE"]);
    germany.kill();
    put_back(&network, "DE", &network.place.path("backup"));
    let germany = network.start("DE");
    network.done("FR", "peer retry DE --wait 30");
    eventually("Germany to hold again what it lost", || (ids(&network, "DE") == ids(&network, "FR")).then_some(()));
    let notices = network.peer("FR", "DE").unwrap()["notices"].to_string();
    assert!(notices.contains("the peer lacks 5 records that count as delivered"), "{notices}");
    eventually("Germany to be recovered", || (network.recovery("DE")["life"] == "recovered").then_some(()));
    meet(&network, &["DE"]);
    settled(&network, "FR", "DE");
    network.done("FR", "sync check --peer DE --thorough");
    both_count(&network, 9);
    germany.stop();
    _france.stop();
    let sent = times_sent(&network, "FR", &["DE"]);
    let times = |record: &Value| sent.get(&("DE".to_owned(), id(record).to_owned())).copied();
    let (early, late): (Vec<_>, Vec<_>) = (early.iter().map(times).collect(), late.iter().map(times).collect());
    assert_eq!(early, [Some(1); 4], "what was not lost goes once");
    // What goes before Germany knows of its loss, or as its lives change, may end with its connection.
    assert!(late.iter().all(|times| (Some(2)..=Some(5)).contains(times)), "what was lost goes once more: {late:?}");
}

impl Network {
    /// What `recover status` says, whatever its exit code.
    fn recovery(&self, country: &str) -> Value {
        let run = self.run(country, "recover status --format json");
        assert!(run.code == 0 || run.code == 7, "{}", run.stderr);
        serde_json::from_str(&run.stdout).unwrap()
    }

    /// What has come back from one country.
    fn returned(&self, country: &str, from: &str) -> Value {
        let shown = self.recovery(country);
        let peers = shown["peers"].as_array().unwrap();
        peers.iter().find(|peer| peer["country"] == from).cloned().unwrap_or(Value::Null)
    }
}

/// Both ends of the ledger from France to Germany count so many items, and nothing is outstanding.
fn both_count(network: &Network, count: u64) {
    let row =
        |at: &str, of: &str| network.rows(at, "sync status").into_iter().find(|row| row["country"] == of).unwrap();
    let (sender, receiver) = (row("FR", "DE"), row("DE", "FR"));
    assert_eq!((&sender["delivered"], &receiver["received"]), (&count.into(), &count.into()));
    assert_eq!(sender["comparison_due"], false);
}

/// France believes that it has delivered a record that it never sent, and forgets that it delivered another.
fn falsify(network: &Network, delivered: &Value) -> String {
    let france = network.start("FR");
    let new = publish(network, "FR", "FR-NEVER-SENT", "grey");
    france.stop();
    let (store, peer) = (store(network, "FR"), country("DE"));
    let item = |row: &Value| {
        let record: RecordId = id(row).parse().unwrap();
        let held = store.held(&record).unwrap().unwrap();
        let expires = held.record.manifest().expires;
        let sent = store.set_sections(Side::Delivered, peer, &record, expires).unwrap();
        (Period::of(expires), record, sent)
    };
    let (period, record, sent) = item(delivered);
    let sections = sent.unwrap();
    let forgotten = SetItem { period, item: Item { record, sections } };
    let (period, record, sent) = item(&new);
    assert_eq!(sent, None::<SectionSet>);
    let believed = SetItem { period, item: Item { record, sections } };
    let mut changes = vec![
        Change::DropItems { peer, items: vec![forgotten] },
        Change::Items { side: Side::Delivered, peer, items: vec![believed] },
    ];
    for lane in Precedence::ALL {
        if let Some(cursor) = store.cursor(peer, *lane).unwrap() {
            let cursor = Cursor { walked: store.journal_end().unwrap(), ..cursor };
            changes.push(Change::Cursor { peer, lane: *lane, cursor });
        }
    }
    store.commit(&changes).unwrap();
    id(&new).to_owned()
}

/// How often each record went to each of these, by the ledger of a node that is stopped.
fn times_sent(network: &Network, at: &str, peers: &[&str]) -> BTreeMap<(String, String), usize> {
    let store = store(network, at);
    let mut times = BTreeMap::new();
    for peer in peers {
        for row in store.ledger_of_peer(country(peer), None, 1000).unwrap() {
            *times.entry(((*peer).to_owned(), row.record.to_string())).or_default() += 1;
        }
    }
    times
}

fn store(network: &Network, at: &str) -> Store {
    let engine = open(EngineKind::Redb, &network.path(at, "store"), &OpenOptions::default()).unwrap();
    Store::open(engine, Incarnation(1)).unwrap()
}

fn country(letters: &str) -> Country {
    letters.parse().unwrap()
}

fn meet(network: &Network, peers: &[&str]) {
    peers.iter().for_each(|peer| network.connect("FR", peer));
}

fn recovered(network: &Network) {
    eventually("France to be recovered", || (network.recovery("FR")["life"] == "recovered").then_some(()));
}

/// What each country has for the other has gone.
fn all_settled(network: &Network, peers: &[&str]) {
    for peer in peers {
        settled(network, "FR", peer);
        settled(network, peer, "FR");
    }
}

fn publish(network: &Network, at: &str, reference: &str, colour: &str) -> Value {
    network.write_drafts("one.ndjson", &[car(reference, colour)]);
    network.rows(at, "publish one.ndjson").remove(0)
}

fn withdraw(network: &Network, record: &Value) {
    network.done("FR", &format!("withdraw {} --reason PURPOSE_ACHIEVED --yes", record["lineage"].as_str().unwrap()));
}

/// Waits until each of these says that it deleted every version.
fn withdrawn_at(network: &Network, record: &Value, peers: &[&str]) {
    let line = format!("withdraw status {}", record["lineage"].as_str().unwrap());
    eventually("the holders to say that they deleted it", || {
        let rows = network.rows("FR", &line);
        let answered: BTreeSet<&str> = rows
            .iter()
            .filter(|row| row["deleted"].as_u64() > Some(0))
            .filter_map(|row| row["country"].as_str())
            .collect();
        peers.iter().all(|peer| answered.contains(peer)).then_some(())
    });
}

fn id(row: &Value) -> &str {
    row["id"].as_str().unwrap()
}

/// How a version stands at a node; nothing where it never held it.
fn state(network: &Network, at: &str, record: &Value) -> Option<String> {
    let held = network.held(at);
    let found = held.iter().find(|manifest| manifest["id"] == record["id"])?;
    Some(found["state"].as_str().unwrap().to_owned())
}

/// Nobody finds it here any more, whatever is remembered of it.
fn is_gone(network: &Network, at: &str, record: &Value) {
    let stands = state(network, at, record);
    assert!(stands.is_none() || stands.as_deref() == Some("withdrawn"), "{record} stands at {at}: {stands:?}");
    network.refused(at, &format!("show {} --purpose investigation --case 1", id(record)), 3, &["names no one record"]);
}

fn put_back(network: &Network, at: &str, backup: &Path) {
    fs::remove_dir_all(network.path(at, "store")).unwrap();
    copy(backup, &network.path(at, "store"));
}

/// Copies a directory with all that is in it, but no sockets.
fn copy(from: &Path, to: &Path) {
    fs::create_dir(to).unwrap();
    fs::set_permissions(to, fs::metadata(from).unwrap().permissions()).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        let kind = entry.file_type().unwrap();
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_file() {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}
