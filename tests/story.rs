//! Three countries exchange the sample notices, as their people see it from the command line.

use std::collections::BTreeSet;

use serde_json::Value;

use crate::network::{Network, car, eventually, field, repository};

#[test]
fn notices_reach_whom_the_treaties_name_and_are_shown_within_their_terms() {
    let network = Network::of(&["FR", "DE", "BR"]);
    network.conclude("fr-de-police.toml", "FR", "DE");
    network.conclude("fr-br-border.toml", "FR", "BR");
    let _daemons = ["FR", "DE", "BR"].map(|country| network.start(country));
    network.connect("FR", "DE");
    network.connect("FR", "BR");
    let published = publish_the_samples(&network);
    assert_eq!(published.len(), 11);
    assert!(published.iter().all(|row| row["outcome"] == "new"));
    settled(&network, "FR", "DE");
    settled(&network, "FR", "BR");

    let at_germany = references_held(&network, "DE", &published);
    let at_brazil = references_held(&network, "BR", &published);
    for name in ["2026-0001", "2026-0003", "2026-0004", "2026-0005", "SLTD-0007", "SMV-0008"] {
        assert!(at_germany.contains(&format!("FR-DEMO-{name}")), "{name} is not at DE: {at_germany:?}");
    }
    for name in ["2026-0010", "2026-0011"] {
        assert!(!at_germany.contains(&format!("FR-DEMO-{name}")), "{name} is at DE");
    }
    let border: BTreeSet<String> = ["FR-DEMO-SLTD-0007", "FR-DEMO-SMV-0008"].map(str::to_owned).into();
    assert!(at_brazil.is_superset(&border), "{at_brazil:?}");
    assert!(at_brazil.iter().all(|reference| !is_of_a_wanted_person(reference)), "{at_brazil:?}");
    for manifest in [network.held("DE"), network.held("BR")].concat() {
        assert!(!manifest["sections"].as_array().unwrap().iter().any(|name| name == "source" || name == "audience"));
        assert_eq!(manifest["delivered_by"], "FR");
        assert!(manifest.get("source_reference").is_none(), "the publisher's own number stays at home: {manifest}");
    }
    shown_within_the_terms(&network, &published);
    explained_at_home(&network, &published);
}

fn shown_within_the_terms(network: &Network, published: &[Value]) {
    let red = lineage_of(published, "FR-DEMO-2026-0001");
    let shown = network.json("DE", &format!("show {red} --purpose investigation --case 2026/17"));
    assert_eq!(shown["originator"], "FR");
    let sections = shown["sections"].as_array().unwrap();
    let identity = sections.iter().find(|section| section["section"] == "identity").unwrap();
    assert_eq!(identity["body"]["family_name"], "QUAXOMBRE");
    assert!(sections.iter().all(|section| section["section"] != "audience"));
    assert_eq!(shown["terms"]["articles"][0]["document"], "fr-de-police v1");
    assert_eq!(shown["terms"]["onward"], "never");

    network.refused("DE", &format!("show {red} --purpose investigation"), 2, &["needs a case number"]);
    network.refused("DE", &format!("show {red}"), 2, &["no purpose is stated"]);
    // H1 keeps it out of court; what never came, what may not be used so and what nobody ever sealed look alike.
    let absent = "00112233445566778899aabbccddeeff";
    let withheld = lineage_of(published, "FR-DEMO-2026-0010");
    let refusals = [&red, absent, &withheld].map(|name| {
        let line = format!("show {name} --purpose prosecution --case 2026/17");
        network.refused("DE", &line, 3, &[]).stderr.replace(name, "NAME")
    });
    assert_eq!(refusals[0], refusals[1]);
    assert_eq!(refusals[0], refusals[2]);
    network.refused(
        "DE",
        &format!("show {withheld} --purpose investigation --case 2026/17"),
        3,
        &["names no one record"],
    );
}

fn explained_at_home(network: &Network, published: &[Value]) {
    let red = lineage_of(published, "FR-DEMO-2026-0001");
    let why = network.run("FR", &format!("why {red} --to DE --format json"));
    assert_eq!(why.code, 0, "{}", why.stderr);
    let verdict: Value = serde_json::from_str(&why.stdout).unwrap();
    has_the_form_of_a_verdict(&verdict);
    assert_eq!(verdict["verdict"], "release");
    let released = verdict["released"].as_array().unwrap();
    assert!(released.iter().any(|row| {
        row["section"] == "identity"
            && row["purpose"] == "investigation"
            && row["articles"] == serde_json::json!([{"document": "fr-de-police v1", "article": "1"}])
    }));

    for (name, to, because) in [
        ("FR-DEMO-2026-0001", "BR", "releasable_to"),
        ("FR-DEMO-2026-0010", "DE", "releasable_to"),
        ("FR-DEMO-2026-0011", "DE", "handling H3"),
    ] {
        let line = format!("why {} --to {to} --format json", lineage_of(published, name));
        let why = network.run("FR", &line);
        assert_eq!(why.code, 5, "{line}\n{}{}", why.stdout, why.stderr);
        let verdict: Value = serde_json::from_str(&why.stdout).unwrap();
        has_the_form_of_a_verdict(&verdict);
        assert_eq!((&verdict["verdict"], verdict["released"].as_array().unwrap().len()), (&"withhold".into(), 0));
        let reasons = verdict["withheld"].as_array().unwrap().iter().flat_map(|row| row["by"].as_array().unwrap());
        assert!(
            reasons.into_iter().any(|by| by["source"] == "originator" && by["article"] == because),
            "{line}: {verdict}"
        );
    }
    let draft = repository("examples/notices/red.toml");
    let before = network.held("FR").len();
    let to_germany = network.run("FR", &format!("decide {} --to DE --format json", draft.display()));
    has_the_form_of_a_verdict(&serde_json::from_str(&to_germany.stdout).unwrap());
    assert_eq!(to_germany.code, 0);
    network.refused("FR", &format!("decide {} --to BR", draft.display()), 5, &[]);
    assert_eq!(network.held("FR").len(), before, "a decision keeps nothing");
    network.refused("FR", "why 00112233445566778899aabbccddeeff --to DE", 3, &[]);
}

/// Programs rely on this form: these fields and no others.
fn has_the_form_of_a_verdict(verdict: &Value) {
    let fields = |value: &Value, expected: &[&str]| {
        let found: BTreeSet<&str> = value.as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(found, expected.iter().copied().collect(), "{value}");
    };
    let rows = |value: &Value, name: &str| value[name].as_array().unwrap().clone();
    fields(verdict, &["verdict", "released", "withheld", "nearest", "deferred", "law_generation", "decided_at"]);
    for row in rows(verdict, "released") {
        fields(&row, &["section", "purpose", "articles"]);
        rows(&row, "articles").iter().for_each(|article| fields(article, &["document", "article"]));
        assert!(!rows(&row, "articles").is_empty(), "nothing goes without an article: {row}");
    }
    for row in rows(verdict, "withheld") {
        fields(&row, &["section", "purpose", "by"]);
        rows(&row, "by").iter().for_each(|by| fields(by, &["source", "document", "article", "because"]));
        assert!(!rows(&row, "by").is_empty(), "nothing is held back without a reason: {row}");
    }
    assert!(verdict["nearest"].is_array() && verdict["law_generation"].is_u64() && verdict["decided_at"].is_string());
}

#[test]
fn a_revision_replaces_and_a_withdrawal_is_answered() {
    let network = Network::france_and_germany();
    let _daemons = ["FR", "DE"].map(|country| network.start(country));
    network.connect("FR", "DE");
    let first = publish(&network, "FR-CAR-1", "green");
    settled(&network, "FR", "DE");
    let second = publish(&network, "FR-CAR-1", "red");
    assert_eq!((&second["outcome"], &second["lineage"]), (&"revised".into(), &first["lineage"]));
    let again = publish(&network, "FR-CAR-1", "red");
    assert_eq!((&again["outcome"], &again["id"]), (&"unchanged".into(), &second["id"]));
    settled(&network, "FR", "DE");

    let states = |country: &str| -> BTreeSet<(String, String)> {
        let row = |row: Value| (row["id"].as_str().unwrap().to_owned(), row["state"].as_str().unwrap().to_owned());
        network.held(country).into_iter().map(row).collect()
    };
    let id = |row: &Value| row["id"].as_str().unwrap().to_owned();
    let expected = [(id(&first), "superseded".to_owned()), (id(&second), "current".to_owned())];
    assert_eq!(states("DE"), expected.into());
    let lineage = first["lineage"].as_str().unwrap();
    let colour = |country: &str| {
        let shown = network.json(country, &format!("show {lineage} --purpose investigation --case 1"));
        shown["sections"].as_array().unwrap().iter().find(|row| row["section"] == "object").unwrap()["body"]["colour"]
            .clone()
    };
    assert_eq!((colour("FR"), colour("DE")), ("red".into(), "red".into()));
    let old = network.done("DE", &format!("show {} --purpose investigation --case 1", id(&first)));
    assert!(old.flat_stderr().contains("a later version stands"), "{}", old.stderr);

    network.refused(
        "DE",
        &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"),
        4,
        &["sealed by another country"],
    );
    network.refused("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED"), 2, &["--yes"]);
    let withdrawn = network.json("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
    assert_eq!(withdrawn["holders"], serde_json::json!(["DE"]));
    assert_eq!(withdrawn["records"].as_array().unwrap().len(), 2, "every version goes");
    eventually("Germany to say that it deleted both versions", || {
        let rows = network.rows("FR", &format!("withdraw status {lineage}"));
        (rows.len() == 1
            && rows[0]["country"] == "DE"
            && rows[0]["obligation"] == "receipted"
            && rows[0]["deleted"] == 2)
            .then_some(())
    });
    for country in ["FR", "DE"] {
        network.refused(
            country,
            &format!("show {lineage} --purpose investigation --case 1"),
            3,
            &["names no one record"],
        );
        assert!(network.rows(country, "list").is_empty());
    }
    network.refused("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"), 1, &["withdrawn"]);
}

#[test]
fn nodes_that_are_started_again_keep_what_they_had_and_go_on() {
    let network = Network::france_and_germany();
    let france = network.start("FR");
    let germany = network.start("DE");
    network.connect("FR", "DE");
    publish(&network, "FR-CAR-1", "green");
    settled(&network, "FR", "DE");

    germany.stop();
    network.refused("DE", "list", 75, &["the daemon is not running"]);
    eventually("France to notice", || (network.peer("FR", "DE").unwrap()["connected"] == false).then_some(()));
    publish(&network, "FR-CAR-2", "green");
    france.stop();
    let _germany = network.start("DE");
    assert_eq!(network.held("DE").len(), 1, "what Germany held is still there");
    let france = network.start("FR");
    assert_eq!(network.held("FR").len(), 2);
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    assert_eq!(ids(&network, "DE"), ids(&network, "FR"), "France goes on where it was");

    france.stop();
    let _france = network.start("FR");
    publish(&network, "FR-CAR-3", "green");
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    assert_eq!(network.held("DE").len(), 3);
    assert_eq!(ids(&network, "DE"), ids(&network, "FR"));
    assert_eq!(publish(&network, "FR-CAR-1", "green")["outcome"], "unchanged", "own numbers are known after a restart");
}

fn publish_the_samples(network: &Network) -> Vec<Value> {
    let mut files: Vec<String> = std::fs::read_dir(repository("examples/notices"))
        .unwrap()
        .map(|entry| entry.unwrap().path().display().to_string())
        .collect();
    files.sort();
    network.rows("FR", &format!("publish {}", files.join(" ")))
}

fn publish(network: &Network, reference: &str, colour: &str) -> Value {
    network.write_drafts("one.ndjson", &[car(reference, colour)]);
    network.rows("FR", "publish one.ndjson").remove(0)
}

/// Waits until all that may go has gone and is receipted.
pub fn settled(network: &Network, at: &str, peer: &str) {
    eventually(&format!("{at} to have sent everything to {peer}"), || {
        let peer = network.peer(at, peer)?;
        (peer["caught_up"] == true && peer["in_flight"] == 0 && peer["undecided"] == 0).then_some(())
    });
}

pub fn ids(network: &Network, country: &str) -> BTreeSet<String> {
    field(&network.held(country), "id").into_iter().map(str::to_owned).collect()
}

fn lineage_of(published: &[Value], reference: &str) -> String {
    let found = published.iter().find(|row| row["source_reference"] == reference);
    found.unwrap_or_else(|| panic!("{reference} was not published"))["lineage"].as_str().unwrap().to_owned()
}

fn references_held(network: &Network, country: &str, published: &[Value]) -> BTreeSet<String> {
    let held = ids(network, country);
    let known = published.iter().filter(|row| held.contains(row["id"].as_str().unwrap()));
    let references: BTreeSet<String> = known.map(|row| row["source_reference"].as_str().unwrap().to_owned()).collect();
    assert_eq!(references.len(), held.len(), "{country} holds what France never published");
    references
}

fn is_of_a_wanted_person(reference: &str) -> bool {
    ["2026-0001", "2026-0002", "2026-0003", "2026-0005", "2026-0006", "2026-0009"]
        .iter()
        .any(|name| reference.ends_with(name))
}
