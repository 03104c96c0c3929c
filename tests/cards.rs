//! Taking in the cards of other countries, and refusing what must not be believed.

use crate::program::{Place, files};

fn two_nodes() -> (Place, String) {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let made = place.node("DE", "BKA", "de");
    place.done("card export --dir de --out de.card");
    let words = made["fingerprint"].as_str().unwrap().to_owned();
    (place, words)
}

#[test]
fn a_card_is_believed_after_comparison() {
    let (place, words) = two_nodes();
    let before = files(&place.path("fr"));
    let refused = place.refused("card import de.card --dir fr", 2, &["--fingerprint WORDS", "--yes", "DE (Germany)"]);
    assert!(refused.flat_stderr().contains(&words), "{}", refused.stderr);
    let wrong = "legal winner thank year wave sausage worth useful legal winner thank yellow";
    place.refused(
        &format!("card import de.card --dir fr --fingerprint '{wrong}'"),
        1,
        &["is not the one told", &words],
    );
    place.refused("card import de.card --dir fr --fingerprint 'legal winner'", 2, &["is no fingerprint"]);
    assert_eq!(files(&place.path("fr")), before, "nothing is kept before the comparison");
    place.done(&format!("card import de.card --dir fr --fingerprint '{words}'"));
    place.done("card import de.card --dir fr");
    let shown = place.json("card show DE --dir fr");
    assert_eq!(shown["fingerprint"], words.as_str());
    assert_eq!(shown["certificates"][0]["state"], "valid");
    let list = place.json("card list --dir fr");
    let countries: Vec<&str> =
        list["items"].as_array().unwrap().iter().map(|row| row["country"].as_str().unwrap()).collect();
    assert_eq!(countries, ["FR", "DE"]);
    place.refused("card show IT --dir fr", 3, &["no card of IT (Italy) is known"]);
    assert_eq!(place.json("card show de.card")["country"], "DE");
}

#[test]
fn a_tampered_card_is_refused() {
    let (place, _) = two_nodes();
    let text = std::fs::read_to_string(place.path("de.card")).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    for line in 1..lines.len() - 1 {
        let mut altered: Vec<String> = lines.iter().map(|line| (*line).to_owned()).collect();
        let swapped: String = altered[line]
            .chars()
            .enumerate()
            .map(|(at, one)| {
                if at == 9 && one != 'B' {
                    'B'
                } else if at == 9 {
                    'C'
                } else {
                    one
                }
            })
            .collect();
        altered[line] = swapped;
        std::fs::write(place.path("bad.card"), altered.join("\n")).unwrap();
        let run = place.run("card import bad.card --dir fr --yes");
        assert_eq!(run.code, 1, "line {line}: {}", run.stderr);
    }
    std::fs::write(place.path("bad.card"), "hello").unwrap();
    place.refused("card import bad.card --dir fr --yes", 1, &["CONTACT CARD", "is missing"]);
    place.refused("card import absent.card --dir fr --yes", 1, &["cannot open `absent.card`", "No such file"]);
    assert_eq!(place.json("card list --dir fr")["items"].as_array().unwrap().len(), 1);
}

#[test]
fn an_older_card_never_replaces_a_newer_one() {
    let (place, _) = two_nodes();
    place.done("key rotate --dir de");
    place.done("card export --dir de --out newer.card");
    place.done("card import newer.card --dir fr --yes");
    place.refused("card import de.card --dir fr --yes", 1, &["has serial 1, and serial 2 is known", "newest card"]);
    assert_eq!(place.json("card show DE --dir fr")["serial"], 2);
}

#[test]
fn a_newer_card_of_a_trusted_key_needs_no_comparison() {
    let (place, _) = two_nodes();
    place.done("card import de.card --dir fr --yes");
    place.done("key rotate --dir de");
    place.done("card export --dir de --out newer.card");
    place.done("card import newer.card --dir fr");
}

#[test]
fn a_changed_key_is_believed_only_as_the_announced_successor() {
    let (place, _) = two_nodes();
    place.done("card import de.card --dir fr --yes");
    // Somebody else's key, with a serial that would win.
    place.node("DE", "BKA", "impostor");
    for _ in 0..3 {
        place.done("key rotate --dir impostor");
    }
    place.done("card export --dir impostor --out impostor.card");
    let said = ["signed by another country key", "duty contact"];
    place.refused("card import impostor.card --dir fr --yes", 1, &said);
    // The successor that the known card committed to.
    place.done("key succeed --dir de --yes");
    place.done("card export --dir de --out heir.card");
    let asked = place.refused("card import heir.card --dir fr", 2, &["changed its country key to the successor"]);
    assert!(asked.flat_stderr().contains("another key of DE"), "{}", asked.stderr);
    place.done("card import heir.card --dir fr --yes");
    let shown = place.json("card show DE --dir fr");
    assert_eq!(shown["certificates"][0]["state"], "valid", "the certificate is signed again by the successor");
    place.refused("card import de.card --dir fr --yes", 1, &["signed by another country key"]);
}

#[test]
fn the_own_country_is_not_imported() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    place.done("card export --dir fr --out fr.card");
    place.refused("card import fr.card --dir fr --yes", 1, &["this node's own country"]);
}

#[test]
fn what_is_written_on_a_card_cannot_steer_a_terminal() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let line =
        ["init", "--country", "DE", "--agency", "B\u{202e}KA", "--unit", "BKA", "--dir", "de", "--no-passphrase"];
    let run = place.run_words(&line.map(str::to_owned));
    assert_eq!(run.code, 0, "{}", run.stderr);
    place.done("card export --dir de --out de.card");
    let run = place.done("card import de.card --dir fr --yes");
    assert!(!run.stdout.contains('\u{202e}') && run.stdout.contains("B\\u{202e}KA"), "{}", run.stdout);
}

#[test]
fn the_card_follows_the_configuration() {
    let place = Place::new();
    place.node("FR", "NCB Paris", "fr");
    let path = place.path("fr/node.toml");
    let text = std::fs::read_to_string(&path).unwrap();
    std::fs::write(&path, text.replace("192.0.2.1", "192.0.2.77")).unwrap();
    let doctor = place.run("doctor --dir fr");
    assert!(doctor.stdout.contains("chancery card renew"), "{}", doctor.stdout);
    place.done("card renew --dir fr");
    let shown = place.json("card show --dir fr");
    assert_eq!(shown["addresses"][0], "/ip4/192.0.2.77/udp/4001/quic-v1");
    assert_eq!(shown["serial"], 2);
}
