//! What `doctor` finds with the daemon stopped: planted faults, each of which it must name.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use serde_json::Value;

use crate::program::{Place, files, words};

fn node() -> Place {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    place
}

/// The findings of a check, with the exit code.
fn findings(place: &Place, check: &str) -> (i32, Vec<(String, String)>) {
    let run = place.run("doctor --dir fr --format json");
    let shown: Value = serde_json::from_str(&run.stdout).unwrap_or_else(|fault| panic!("{fault}: {}", run.stderr));
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    let of = |row: &&Value| row["check"] == check;
    let items = shown["items"].as_array().unwrap().iter().filter(of);
    (
        run.code,
        items.map(|row| (text(&row["health"]), format!("{} {}", text(&row["what"]), text(&row["next"])))).collect(),
    )
}

fn check(place: &Place, check: &str, code: i32, health: &str, said: &str) {
    let (found, rows) = findings(place, check);
    assert!(rows.iter().any(|(state, text)| state == health && text.contains(said)), "{check}: {rows:#?}");
    assert_eq!(found, code, "{rows:#?}");
}

#[test]
fn a_fresh_node_is_well() {
    let place = node();
    let run = place.done("doctor --dir fr");
    assert!(!run.stdout.contains("FAILURE"), "{}", run.stdout);
    check(&place, "daemon", 0, "note", "is not running: there is no socket");
    check(&place, "certificate", 0, "ok", "valid for 364 days");
    check(&place, "store", 0, "ok", "will be made when the daemon first runs");
    check(&place, "keys", 0, "warning", "the secret successor lies beside the country key");
    let csv = place.done("doctor --dir fr --format csv").stdout;
    assert!(csv.starts_with("check,health,what,what_to_do\nconfiguration,ok,"), "{csv}");
}

#[test]
fn open_doors_are_found() {
    let place = node();
    std::fs::set_permissions(place.path("fr/keys/record.key"), std::fs::Permissions::from_mode(0o644)).unwrap();
    check(&place, "directory", 1, "failure", "record.key` (mode 644) run `chmod 600");
    std::fs::set_permissions(place.path("fr/keys/record.key"), std::fs::Permissions::from_mode(0o600)).unwrap();
    std::fs::set_permissions(place.path("fr"), std::fs::Permissions::from_mode(0o755)).unwrap();
    check(&place, "directory", 1, "failure", "chmod 700");
}

#[test]
fn missing_and_foreign_keys_are_found() {
    let place = node();
    place.node("DE", "BKA", "de");
    std::fs::copy(place.path("de/keys/record.key"), place.path("fr/keys/record.key")).unwrap();
    check(&place, "keys", 1, "failure", "the keys that certificate 1 of FR names are not in the directory");
    std::fs::copy(place.path("de/keys/transport.key"), place.path("fr/keys/record.key")).unwrap();
    check(&place, "keys", 1, "failure", "holds no record key");
    std::fs::copy(place.path("de/card.chancery"), place.path("fr/card.chancery")).unwrap();
    check(&place, "card", 1, "failure", "the card is of DE, the configuration of FR");
    std::fs::write(place.path("fr/card.chancery"), "").unwrap();
    check(&place, "card", 1, "failure", "cannot be read as a contact card");
}

#[test]
fn what_ends_soon_is_said() {
    let place = Place::new();
    place.done("init --country FR --agency NCB --dir fr --no-passphrase --valid-days 12");
    check(&place, "certificate", 0, "warning", "ends in 11 days");
    place.done("init --country DE --agency BKA --dir de --no-passphrase --valid-days 3");
    place.done("card export --dir de --out de.card");
    place.done("card import de.card --dir fr --yes");
    check(&place, "cards", 0, "warning", "the last certificate of DE ends in 2 days");
    std::fs::write(place.path("fr/cards/IT.card"), "nothing").unwrap();
    check(&place, "cards", 1, "failure", "IT.card");
    place.refused("card list --dir fr", 7, &["IT.card"]);
}

#[test]
fn a_bad_configuration_does_not_stop_the_other_checks() {
    let place = node();
    std::fs::write(place.path("fr/node.toml"), "country = 1\n").unwrap();
    check(&place, "configuration", 1, "failure", "chancery config check");
    check(&place, "certificate", 1, "ok", "valid for 364 days");
}

#[test]
fn a_clock_that_is_off_is_found() {
    let place = node();
    let later = std::time::SystemTime::now() + std::time::Duration::from_secs(7200);
    std::fs::File::open(place.path("fr/node.toml")).unwrap().set_modified(later).unwrap();
    check(&place, "clock", 1, "failure", "set the clock");
}

#[test]
fn three_states_of_the_socket_read_differently() {
    let place = node();
    let path = place.path("fr/chancery.sock");
    let listener = UnixListener::bind(&path).unwrap();
    check(&place, "daemon", 0, "ok", "the daemon is running");
    drop(listener);
    check(&place, "daemon", 0, "warning", "was not stopped in order");
}

#[test]
fn a_log_of_session_secrets_is_found() {
    let place = node();
    let run = place.run_with(&words("doctor --dir fr"), |command| {
        command.env("SSLKEYLOGFILE", "/dev/null");
    });
    assert_eq!(run.code, 1);
    assert!(run.stdout.contains("SSLKEYLOGFILE"), "{}", run.stdout);
}

#[test]
fn the_disk_and_the_store_are_looked_at() {
    let place = node();
    let path = place.path("fr/node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("free_disk_mib_min = 512", "free_disk_mib_min = 1000000000")).unwrap();
    check(&place, "disk", 1, "failure", "below 1000000000 MiB nothing new is accepted");
    std::fs::write(&path, &text).unwrap();
    std::fs::create_dir(place.path("fr/store/store.sled")).unwrap();
    check(&place, "store", 1, "failure", "was written by sled");
    std::fs::remove_dir(place.path("fr/store/store.sled")).unwrap();
    std::fs::write(place.path("fr/store/store.redb"), "not a store").unwrap();
    check(&place, "store", 0, "ok", "is there");
    let run = place.run("doctor --dir fr --store");
    assert_eq!(run.code, 1, "{}", run.stdout);
}

#[test]
fn law_and_treaties_are_read() {
    let place = node();
    check(&place, "law", 0, "warning", "there is no national law `fr/law/FR.toml`");
    check(&place, "treaties", 0, "note", "there is no treaty yet");
    let samples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../node-config");
    std::fs::copy(format!("{samples}/law/FR.toml"), place.path("fr/law/FR.toml")).unwrap();
    std::fs::copy(format!("{samples}/treaties/fr-de-police.toml"), place.path("fr/treaties/fr-de.toml")).unwrap();
    check(&place, "law", 0, "ok", "can be read");
    check(&place, "treaties", 0, "warning", "drafted");
    std::fs::write(place.path("fr/treaties/bad.toml"), "treaty = 1\n").unwrap();
    check(&place, "treaties", 1, "failure", "bad.toml`: line 1: ");
    std::fs::write(place.path("fr/law/FR.toml"), "law = \"ZZ\"\n").unwrap();
    check(&place, "law", 1, "failure", "until then nothing may be released");
}

#[test]
fn treaties_are_judged_as_the_daemon_judges_them() {
    let place = node();
    place.node("DE", "BKA", "de");
    for (from, to) in [("fr", "de"), ("de", "fr")] {
        place.done(&format!("card export --dir {from} --out {from}.card"));
        place.done(&format!("card import {from}.card --dir {to} --yes"));
    }
    place.done("treaty new --dir fr --with DE --out t.toml");
    place.done("treaty sign t.toml --dir fr --yes");
    check(&place, "treaties", 0, "warning", "not yet signed by DE");
    place.done("treaty sign t.toml --dir de --yes");
    place.done("treaty import t.toml t.toml.DE.sig --dir fr");
    check(&place, "treaties", 0, "ok", "1 treaty is in force, signed by all parties");

    // The same id and version with other words: to sign both would put neither in force.
    let text = std::fs::read_to_string(place.path("t.toml")).unwrap();
    std::fs::write(place.path("other.toml"), format!("{text}\n# other words\n")).unwrap();
    place.refused("treaty sign other.toml --dir fr --yes", 1, &["raise `version`", "supersedes", "neither"]);
    assert!(!place.path("other.toml.FR.sig").exists());
    place.done("treaty sign other.toml --country-key fr/keys/country.key --country FR --yes");
    place.refused("treaty import other.toml --dir fr", 1, &["FR has signed another document"]);

    let mut kept = files(&place.path("fr/treaties")).into_iter().map(|(path, ..)| path);
    let kept = kept.find(|path| path.extension().is_some_and(|ending| ending == "toml")).unwrap();
    std::fs::write(place.path("fr/treaties/zz.toml"), format!("{text}\n# other words\n")).unwrap();
    std::fs::copy(place.path("other.toml.FR.sig"), place.path("fr/treaties/zz.toml.FR.sig")).unwrap();
    check(&place, "treaties", 1, "failure", "is signed too and has the same id and version");
    std::fs::remove_file(place.path("fr/treaties/zz.toml")).unwrap();
    check(&place, "treaties", 1, "failure", "does not stand beside it");
    std::fs::remove_file(place.path("fr/treaties/zz.toml.FR.sig")).unwrap();
    std::fs::write(&kept, format!("{text}\n# changed\n")).unwrap();
    check(&place, "treaties", 1, "failure", "changed after the signing");
}

#[test]
fn the_country_never_changes() {
    let place = node();
    let path = place.path("fr/node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("country = \"FR\"", "country = \"IT\"")).unwrap();
    let said = ["the configuration speaks for IT, the card for FR", "country = \"FR\""];
    place.refused("config check --dir fr", 78, &said);
    place.refused("run --dir fr", 78, &said);
}

#[test]
fn a_port_in_use_is_said_once() {
    let place = node();
    let taken = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let path = place.path("fr/node.toml");
    let mut config: toml::Table = std::fs::read_to_string(&path).unwrap().parse().unwrap();
    let listen = toml::Table::from_iter([(
        "listen".to_owned(),
        toml::Value::from(vec![format!("/ip4/127.0.0.1/udp/{port}/quic-v1")]),
    )]);
    config.insert("network".to_owned(), listen.into());
    std::fs::write(&path, config.to_string()).unwrap();
    let run = place.refused("run --dir fr", 1, &["another program uses port", "change `network.listen`"]);
    assert!(!run.stderr.contains("os error"), "{}", run.stderr);
}
