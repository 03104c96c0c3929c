//! The life of keys: rotation, revocation, and a country key on another machine.

use serde_json::Value;

use crate::program::{Place, files};

fn rows(place: &Place, kind: &str) -> Vec<Value> {
    let shown = place.json("key show --dir fr");
    shown["items"].as_array().unwrap().iter().filter(|row| row["kind"] == kind).cloned().collect()
}

fn states(place: &Place) -> Vec<(u64, String)> {
    let row = |row: Value| (row["certificate"].as_u64().unwrap(), row["state"].as_str().unwrap().to_owned());
    rows(place, "record").into_iter().map(row).collect()
}

#[test]
fn a_rotation_is_announced_before_it_takes_effect() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let before = rows(&place, "record")[0]["public_key"].clone();
    place.done("key rotate --dir fr --overlap-days 3");
    assert_eq!(states(&place), [(1, "in effect".into()), (2, "to come".into())]);
    let after = rows(&place, "record");
    assert_eq!(after[0]["public_key"], before, "what was sealed before is still checked");
    assert!(after[0]["file"].as_str().unwrap().ends_with("record-1.key"), "{after:?}");
    assert!(after[1]["file"].as_str().unwrap().ends_with("record.key"), "{after:?}");
    let transport = rows(&place, "transport");
    assert_eq!(transport[0]["peer"], transport[1]["peer"], "the network identity stays");
    place.done("key rotate --dir fr --overlap-days 0 --transport");
    assert_eq!(states(&place), [(1, "valid".into()), (2, "to come".into()), (3, "in effect".into())]);
    let transport = rows(&place, "transport");
    assert_ne!(transport[2]["peer"], transport[1]["peer"]);
    assert!(place.path("fr/keys/transport-2.key").exists() && place.path("fr/keys/record-2.key").exists());
    assert!(!place.path("fr/keys/record-next.key").exists());
    assert_eq!(place.json("card show --dir fr")["serial"], 3);
    place.done("doctor --dir fr");
}

#[test]
fn the_last_valid_certificate_is_not_revoked() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    place.refused("key revoke 1 --dir fr --yes", 1, &["the only one that is valid", "key rotate --overlap-days 0"]);
    place.refused("key revoke 9 --dir fr --yes", 3, &["no certificate 9"]);
    place.done("key rotate --dir fr --overlap-days 0");
    place.refused("key revoke 1 --dir fr", 2, &["--yes"]);
    let run = place.done("key revoke 1 --dir fr --yes");
    assert!(run.flat_stderr().contains("names the same transport key"), "{}", run.stderr);
    assert_eq!(states(&place), [(1, "revoked".into()), (2, "in effect".into())]);
    place.refused("key revoke 1 --dir fr --yes", 1, &["was revoked before"]);
}

#[test]
fn an_encrypted_country_key_signs_only_with_its_passphrase() {
    let place = Place::new();
    std::fs::write(place.path("right"), "a sentence nobody guesses\n").unwrap();
    std::fs::write(place.path("wrong"), "a sentence somebody guessed\n").unwrap();
    place.done("init --country FR --agency 'NCB Paris' --dir fr --passphrase-file right");
    let card = std::fs::read(place.path("fr/card.chancery")).unwrap();
    place.refused("key rotate --dir fr", 2, &["is encrypted", "--passphrase-file FILE"]);
    place.refused("key rotate --dir fr --passphrase-file wrong", 1, &["the passphrase does not open"]);
    assert_eq!(std::fs::read(place.path("fr/card.chancery")).unwrap(), card);
    place.done("key rotate --dir fr --passphrase-file right");
    assert_eq!(states(&place).len(), 2);
    place.done("doctor --dir fr");
    place.done("key succeed --dir fr --yes --passphrase-file right");
    let sealed = std::fs::read(place.path("fr/keys/successor.age")).unwrap();
    assert!(sealed.starts_with(b"age-encryption.org/v1"), "the new successor is kept as the old one was");
}

#[test]
fn a_country_key_on_another_machine_answers_requests() {
    let place = Place::new();
    let country = place.json("key new-country --dir vault --no-passphrase");
    place.refused("key new-country --dir vault --no-passphrase", 1, &["already holds a country key"]);
    let made = place.json("init --country FR --agency 'NCB Paris' --dir fr --country-key-elsewhere");
    place.refused("key new-country --dir fr --no-passphrase", 2, &["is the directory of a node"]);
    assert!(made["fingerprint"].is_null() && made["request"].is_string(), "{made}");
    assert!(!place.path("fr/keys/country.key").exists());
    assert_eq!(place.run("doctor --dir fr").code, 1);
    place.refused("key rotate --dir fr", 1, &["no card yet"]);
    place.refused("run --dir fr", 1, &["no certificate yet", "`chancery key certify`", "then `chancery key install`"]);

    let request = "fr/certificate.request";
    place.refused(&format!("key certify {request}"), 2, &["--country-key-dir"]);
    let asked = place.refused(&format!("key certify {request} --country-key-dir vault"), 2, &["--yes"]);
    assert!(asked.flat_stderr().contains("agency NCB Paris"), "{}", asked.stderr);
    place.done(&format!("key certify {request} --country-key-dir vault --yes --out answer.card"));
    place.refused("key install answer.card --dir fr", 2, &["--fingerprint WORDS"]);
    let words = country["fingerprint"].as_str().unwrap();
    place.done(&format!("key install answer.card --dir fr --fingerprint '{words}'"));
    assert!(!place.path(request).exists());
    assert_eq!(states(&place), [(1, "in effect".into())]);
    place.done("doctor --dir fr");
    place.refused("key install answer.card --dir fr", 1, &["card 1 is in force already"]);

    place.done("key rotate --dir fr --overlap-days 0");
    assert_eq!(states(&place), [(1, "in effect".into())], "nothing changes before the answer");
    let waiting = std::fs::read(place.path(request)).unwrap();
    for line in ["key rotate", "key rotate --yes", "card renew", "key revoke 1 --yes"] {
        place.refused(&format!("{line} --dir fr"), 1, &["an earlier request waits", "key install", "remove the file"]);
    }
    assert_eq!(std::fs::read(place.path(request)).unwrap(), waiting);
    place.done(&format!("key certify {request} --country-key vault/country.key --yes --out second.card"));
    place.done("key install second.card --dir fr");
    assert_eq!(states(&place), [(1, "valid".into()), (2, "in effect".into())]);

    place.done("key revoke 1 --dir fr --yes");
    place.done(&format!("key certify {request} --country-key-dir vault --yes --out third.card"));
    place.done("key install third.card --dir fr");
    assert_eq!(states(&place), [(1, "revoked".into()), (2, "in effect".into())]);

    place.done("key succeed --country-key-dir vault --out heir.card --yes");
    assert!(place.path("vault/country-retired-1.key").exists());
    place.refused("key install heir.card --dir fr", 2, &["--fingerprint WORDS"]);
    place.done("key install heir.card --dir fr --yes");
    assert_ne!(place.json("card show --dir fr")["fingerprint"], words);
    place.done("doctor --dir fr");
}

#[test]
fn an_answer_for_another_node_is_refused() {
    let place = Place::new();
    place.done("key new-country --dir vault --no-passphrase");
    for node in ["fr", "other"] {
        place.done(&format!("init --country FR --agency NCB --dir {node} --country-key-elsewhere"));
    }
    place.done("key certify other/certificate.request --country-key-dir vault --yes --out other.card");
    place.refused("key install other.card --dir fr --yes", 1, &["certifies no keys that this node has"]);
    place.node("DE", "BKA", "de");
    place.done("card export --dir de --out de.card");
    place.refused("key install de.card --dir fr --yes", 1, &["a card of DE, this node is of FR"]);
    assert!(!place.path("fr/card.chancery").exists());
    // A request whose text was changed on the way.
    let text = std::fs::read_to_string(place.path("fr/certificate.request")).unwrap();
    let middle = text.len() / 2;
    let changed = if text.as_bytes()[middle] == b'A' { "B" } else { "A" };
    std::fs::write(place.path("bad.request"), format!("{}{changed}{}", &text[..middle], &text[middle + 1..])).unwrap();
    place.refused("key certify bad.request --country-key-dir vault --yes", 1, &["no request that can be answered"]);
}

#[test]
fn two_changes_never_mix() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let line = crate::program::words("key rotate --dir fr --overlap-days 0");
    let runs: Vec<i32> = std::thread::scope(|scope| {
        let started: Vec<_> = (0..6).map(|_| scope.spawn(|| place.run_words(&line).code)).collect();
        started.into_iter().map(|run| run.join().unwrap()).collect()
    });
    let done = runs.iter().filter(|code| **code == 0).count();
    assert!(done >= 1 && runs.iter().all(|code| *code == 0 || *code == 1), "{runs:?}");
    assert_eq!(states(&place).len(), done + 1, "each change that was done is there");
    place.done("doctor --dir fr");
    assert!(files(&place.path("fr")).iter().all(|(path, ..)| !path.to_string_lossy().contains("unfinished")));
}

#[test]
fn a_treaty_is_signed_where_the_country_key_is() {
    let place = Place::new();
    place.done("key new-country --dir vault --no-passphrase");
    let init = place.done("init --country FR --agency NCB --dir fr --country-key-elsewhere");
    let said = init.flat_stderr();
    let steps = ["key new-country", "key certify", "key install"].map(|step| said.find(step).unwrap());
    assert!(steps.is_sorted(), "{said}");
    place.done("key certify fr/certificate.request --country-key-dir vault --yes --out answer.card");
    place.done("key install answer.card --dir fr --yes");
    place.done("treaty new --dir fr --with DE --out t.toml");
    let run = place.refused("treaty sign t.toml --dir fr --yes", 1, &["--country-key KEYFILE --country FR"]);
    assert!(!run.stderr.contains("certify"), "{}", run.stderr);
    std::fs::rename(place.path("vault/country.key"), place.path("kept-apart")).unwrap();
    place.refused("treaty sign t.toml --country FR --yes", 2, &["--country-key"]);
    place.refused("treaty sign t.toml --country-key kept-apart --country IT --yes", 1, &["IT is no party"]);
    let before = files(&place.path("fr"));
    place.done("treaty sign t.toml --country-key kept-apart --country FR --yes");
    assert!(place.path("t.toml.FR.sig").exists() && files(&place.path("fr")) == before);

    place.node("DE", "BKA", "de");
    place.refused("treaty import t.toml t.toml.FR.sig --dir de", 1, &["no contact card of FR", "nothing was taken in"]);
    place.done("card import answer.card --dir de --yes");
    std::fs::write(place.path("u.toml"), [&std::fs::read(place.path("t.toml")).unwrap()[..], b"\n"].concat()).unwrap();
    place.refused("treaty import u.toml t.toml.FR.sig --dir de", 1, &["it signs other bytes"]);
    assert!(files(&place.path("de/treaties")).is_empty());
    place.done("treaty import t.toml t.toml.FR.sig --dir fr");
    assert_eq!(place.json("treaty list --dir fr")["items"][0]["signed_by"][0], "FR");
}

#[test]
fn the_faults_of_a_treaty_are_data_too() {
    let place = Place::new();
    place.node("FR", "NCB", "fr");
    place.done("treaty new --dir fr --with DE --out t.toml");
    let text = std::fs::read_to_string(place.path("t.toml")).unwrap();
    let broken = text.replacen("\"investigation\"", "\"investigaton\"", 1);
    let line = 1 + broken.lines().position(|line| line.contains("investigaton")).unwrap();
    std::fs::write(place.path("bad.toml"), broken).unwrap();
    let run = place.run("treaty check bad.toml --format json");
    let shown: Value = serde_json::from_str(&run.stdout).unwrap();
    let fault = &shown["items"][0];
    assert_eq!((run.code, &fault["line"], &fault["severity"]), (1, &line.into(), &"error".into()), "{shown}");
    assert!(fault["path"].is_string() && fault["message"].as_str().unwrap().contains("investigaton"), "{shown}");
    let sample = concat!(env!("CARGO_MANIFEST_DIR"), "/../../node-config/law/FR.toml");
    let run = place.done(&format!("treaty check {sample}"));
    assert!(run.stdout.is_empty() && run.stderr.contains("no findings"), "{}{}", run.stdout, run.stderr);
}

#[test]
fn a_wrong_word_or_file_is_answered_with_the_right_ones() {
    let place = Place::new();
    place.node("FR", "NCB", "fr");
    place.refused("withdraw abc --reason BORED --dir fr", 2, &["PURPOSE_ACHIEVED"]);
    place.refused("list --kind notice.rde --dir fr", 2, &["notice.red"]);
    place.refused("session start --purpose fun --dir fr", 2, &["investigation"]);
    place.refused("publish fr --dir fr", 2, &["is a directory", "name its files"]);
    std::fs::write(place.path("list.json"), " {}").unwrap();
    std::fs::write(place.path("list.xml"), "<LIST/>").unwrap();
    place.refused("import un-list list.json --dir fr", 1, &["it is JSON", "import interpol"]);
    place.refused("import interpol list.xml --dir fr", 1, &["it is XML", "import un-list"]);
}
