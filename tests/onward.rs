//! A record that goes on: Germany seals, France passes on with Germany's consent, Brazil holds.

use serde_json::{Value, json};

use crate::network::{Network, car, eventually};
use crate::story::ids;

fn network() -> Network {
    let network = Network::of(&["DE", "FR", "BR"]);
    network.conclude("fr-de-police.toml", "FR", "DE");
    network.conclude("fr-br-border.toml", "FR", "BR");
    // Without Germany's card Brazil could not tell its seal; without Brazil's Germany could not reach it itself.
    network.introduce("BR", "DE");
    network.introduce("DE", "BR");
    network
}

fn publish(network: &Network, reference: &str, onward: &str) -> Value {
    let mut draft = car(reference, "grey");
    draft["audience"] = json!({ "releasable_to": "any", "onward": onward });
    network.write_drafts("car.ndjson", &[draft]);
    network.rows("DE", "publish car.ndjson").remove(0)
}

fn text<'a>(row: &'a Value, field: &str) -> &'a str {
    row[field].as_str().unwrap_or_else(|| panic!("no `{field}` in {row}"))
}

#[test]
fn a_record_goes_on_with_consent_and_comes_back_without_its_relay() {
    let network = network();
    let (_germany, mut france, _brazil) = (network.start("DE"), network.start("FR"), network.start("BR"));
    network.connect("DE", "FR");
    network.connect("FR", "BR");
    let asked_for = publish(&network, "DE-CAR-1", "with_consent");
    let kept = publish(&network, "DE-CAR-2", "never");
    eventually("both cars in France", || (ids(&network, "FR").len() == 2).then_some(()));
    let (asked_for, kept) = (text(&asked_for, "lineage"), text(&kept, "lineage"));

    // What holds it back, in words.
    for (record, because) in [(asked_for, "DE has given no consent for BR"), (kept, "came without an onward right")] {
        let why = network.run("FR", &format!("why {record} --to BR --format json"));
        assert_eq!(why.code, 5, "{}", why.stderr);
        assert!(why.stdout.contains(because), "{}", why.stdout);
    }
    network.refused("FR", &format!("consent ask {kept} --to BR"), 5, &["without a right to pass it on"]);
    assert!(ids(&network, "BR").is_empty());

    // Asked in France, answered in Germany.
    let ask = network.json("FR", &format!("consent ask {asked_for} --to BR"));
    let open = eventually("the question in Germany", || network.rows("DE", "consent list").pop());
    assert_eq!((text(&open, "ask"), text(&open, "answer")), (text(&ask, "ask"), "open"));
    assert_eq!((text(&open, "asker"), text(&open, "to")), ("FR", "BR"));
    network.refused("FR", &format!("consent give {}", text(&ask, "ask")), 3, &[]);
    network.done("DE", &format!("consent give {}", &text(&ask, "ask")[..12]));
    eventually("the car in Brazil", || (ids(&network, "BR").len() == 1).then_some(()));

    // Germany knows who has it, and through whom.
    let holders = network.rows("DE", &format!("who-has {asked_for}"));
    let brazil = holders.iter().find(|holder| holder["country"] == "BR").unwrap();
    assert_eq!(brazil["through"], json!(["FR"]), "{holders:?}");
    assert!(network.done("DE", &format!("who-has {asked_for}")).stdout.contains("BR through FR"));
    let passed_on = network.rows("DE", "disclosures --to BR");
    let passed_on = passed_on.iter().find(|row| row["state"] == "passed_on").unwrap();
    assert_eq!((text(passed_on, "through"), text(passed_on, "lineage")), ("FR", asked_for));
    let actions: Vec<String> =
        network.rows("DE", "audit list").iter().map(|line| text(line, "action").to_owned()).collect();
    assert!(actions.iter().any(|action| action == "consent"), "{actions:?}");

    // The relay is gone; the withdrawal comes all the same, without a treaty.
    france.kill();
    network.done("DE", &format!("withdraw {asked_for} --reason PURPOSE_ACHIEVED --yes"));
    network.connect("DE", "BR");
    eventually("the car to be gone from Brazil", || ids(&network, "BR").is_empty().then_some(()));
    eventually("Brazil's word that it deleted it", || {
        let holders = network.rows("DE", &format!("withdraw status {asked_for}"));
        holders.iter().any(|holder| holder["country"] == "BR" && holder["deleted"] == 1).then_some(())
    });
}
