//! The script that makes test networks for people to play with.

use std::fs;
use std::process::Command;

use crate::network::{car, eventually, repository, rows_of};
use crate::program::{PROGRAM, Place, Run};

const STAR: [&str; 5] = ["FR", "DE", "BR", "ES", "IT"];

/// A network that is taken down even when the test fails.
struct Testnet {
    place: Place,
}

impl Testnet {
    fn script(&self, line: &str) -> Run {
        let port = (21_000 + std::process::id() % 10_000).to_string();
        let script = repository("scripts/testnet").canonicalize().unwrap();
        let dir = self.place.path("net");
        let mut command = Command::new(script);
        command.args(line.split(' ')).arg("--dir").arg(dir).args(["--binary", PROGRAM]).env("TESTNET_PORT", port);
        self.place.other(&mut command)
    }
}

impl Drop for Testnet {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.script("down");
        }
    }
}

#[test]
fn five_countries_in_a_star_exchange_and_go() {
    let testnet = Testnet { place: Place::new() };
    let up = testnet.script("up 5 --topology star");
    assert_eq!(up.code, 0, "{}{}", up.stdout, up.stderr);
    let place = &testnet.place;
    for country in STAR {
        if country != "FR" {
            place.done(&format!("--dir net/FR peer retry {country} --wait 30"));
            place.done(&format!("--dir net/{country} peer retry FR --wait 30"));
        }
    }
    let status = place.json("--dir net/FR status");
    assert_eq!((&status["connected"], &status["treaties"]), (&4.into(), &4.into()), "{status}");
    let status = place.json("--dir net/DE status");
    assert_eq!((&status["connected"], &status["peers"]), (&1.into(), &1.into()), "only the middle knows all: {status}");

    // The police template lets a stolen car go, and nothing that names no audience.
    let mut kept = car("FR-CAR-2", "grey");
    kept.as_object_mut().unwrap().remove("audience");
    fs::write(place.path("cars.ndjson"), format!("{}\n{kept}\n", car("FR-CAR-1", "grey"))).unwrap();
    let published = rows_of(&place.done("--dir net/FR publish cars.ndjson --format ndjson").stdout);
    let held = |country: &str| {
        let run = place.run(&format!("--dir net/{country} list --format ndjson"));
        rows_of(&run.stdout).iter().map(|row| row["id"].clone()).collect::<Vec<_>>()
    };
    for country in STAR {
        if country != "FR" {
            eventually(&format!("the car at {country}"), || {
                (held(country) == [published[0]["id"].clone()]).then_some(())
            });
        }
    }
    assert_eq!(held("FR").len(), 2);
    assert!(testnet.script("status").stdout.contains("== IT"));

    let processes: Vec<String> = STAR
        .iter()
        .map(|country| fs::read_to_string(place.path(&format!("net/{country}/pid"))).unwrap().trim().to_owned())
        .collect();
    let down = testnet.script("down");
    assert_eq!(down.code, 0, "{}", down.stderr);
    for process in processes {
        assert!(!repository(&format!("/proc/{process}")).exists(), "process {process} still runs");
    }
    assert!(!place.path("net").exists());
}
