//! Law that changes while daemons run: what it narrows stops at once, what it widens follows.

use std::fs;

use serde_json::Value;

use crate::network::{Network, car, eventually};
use crate::story::{ids, settled};

const BAR: &str = r#"
[[article]]
n = "Test 1"
bar = "Cars"
text.fr = "Rien sur les véhicules n'est communiqué."
text.en = "Nothing on vehicles is sent."
kinds = ["vehicle"]
"#;

fn publish(network: &Network, reference: &str) -> Value {
    network.write_drafts("car.ndjson", &[car(reference, "grey")]);
    network.rows("FR", "publish car.ndjson").remove(0)
}

#[test]
fn a_bar_stops_what_it_names_at_once_and_its_end_lets_it_follow() {
    let network = Network::france_and_germany();
    let (_france, _germany) = (network.start("FR"), network.start("DE"));
    network.connect("FR", "DE");
    publish(&network, "FR-CAR-1");
    settled(&network, "FR", "DE");
    let first = ids(&network, "DE");
    assert_eq!(first.len(), 1);

    let law = network.path("FR", "law/FR.toml");
    let before = fs::read_to_string(&law).unwrap();
    fs::write(&law, format!("{before}{BAR}")).unwrap();
    network.done("FR", "reload");
    let second = publish(&network, "FR-CAR-2");
    settled(&network, "FR", "DE");
    let why = network.run("FR", &format!("why {} --to DE --format json", second["lineage"].as_str().unwrap()));
    assert_eq!(why.code, 5, "{}", why.stderr);
    let verdict: Value = serde_json::from_str(&why.stdout).unwrap();
    let reasons = verdict["withheld"][0]["by"].as_array().unwrap();
    assert!(reasons.iter().any(|by| by["source"] == "law" && by["article"] == "Test 1"), "{verdict}");
    assert_eq!(ids(&network, "DE"), first, "the bar holds, and what went before stays");

    // A law that cannot be read changes nothing: what it would hold back is not known.
    fs::write(&law, format!("{before}{BAR}[[article]]\nn = \"Test 2\"\n")).unwrap();
    assert_ne!(network.run("FR", "reload").code, 0);
    assert_eq!(network.run("FR", &format!("why {} --to DE", second["lineage"].as_str().unwrap())).code, 5);

    fs::write(&law, &before).unwrap();
    network.done("FR", "reload");
    eventually("what the bar held back to follow", || (ids(&network, "DE") == ids(&network, "FR")).then_some(()));
    assert_eq!(network.held("DE").len(), 2);
}

#[test]
fn a_plan_counts_what_goes_before_it_goes_and_what_signing_would_change() {
    let network = Network::france_and_germany();
    let _france = network.start("FR");
    for at in 1..=3 {
        publish(&network, &format!("FR-CAR-{at}"));
    }
    let plan = |words: &str| network.rows("FR", &format!("sync plan {words}")).remove(0);
    let count = |row: &Value, of: &str| row[of].as_u64().unwrap();
    let before = plan("--peer DE");
    assert_eq!(
        (before["kind"].as_str().unwrap(), count(&before, "goes"), count(&before, "delivered")),
        ("vehicle", 3, 0)
    );

    let germany = network.start("DE");
    network.connect("FR", "DE");
    settled(&network, "FR", "DE");
    let after = plan("--peer DE");
    assert_eq!((count(&after, "goes"), count(&after, "delivered")), (0, 3), "as the plan said");
    drop(germany);

    // A stricter law and a treaty with a further country are tried, and stay files.
    let law = fs::read_to_string(network.path("FR", "law/FR.toml")).unwrap();
    fs::write(network.path("FR", "stricter.toml"), format!("{law}{BAR}")).unwrap();
    let stricter = plan(&format!("--peer DE --law {}", network.path("FR", "stricter.toml").display()));
    assert_eq!((count(&stricter, "stopped"), count(&stricter, "no_more"), count(&stricter, "delivered")), (3, 3, 0));
    let border = crate::network::repository("node-config/treaties/fr-br-border.toml");
    let today = plan("--peer BR");
    assert_eq!((count(&today, "goes"), count(&today, "withheld")), (0, 3), "nothing is signed with BR");
    let signed = plan(&format!("--peer BR --treaty {}", border.display()));
    assert_eq!((count(&signed, "goes"), count(&signed, "newly")), (3, 3), "{signed}");
    assert_eq!(plan("--peer BR"), today, "a trial changes nothing");
    let ended = plan("--peer DE --on 2100-01-01");
    assert_eq!(count(&ended, "no_more"), 3, "no treaty lasts that long");

    let not_ours = network.run("FR", &format!("sync plan --peer NL --treaty {}", border.display()));
    assert!(not_ours.code == 2 && not_ours.stderr.contains("no treaty between FR and NL"), "{}", not_ours.stderr);
    assert_eq!(network.run("FR", "sync plan --peer DE --on 2020-01-01").code, 2);
    assert_eq!(network.run("FR", "sync plan --peer FR").code, 2);
}
