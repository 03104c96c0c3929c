//! Nodes whose wall clock is wrong, or jumps while they run.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use chancery_record::{DAY_MS, Instant};

use crate::network::{Daemon, Network, Transport, car, eventually};
use crate::story::{ids, settled};

/// A clock that stands as far ahead as a file says. It is put between a daemon and its system.
struct WrongClock {
    library: PathBuf,
    ahead: PathBuf,
}

impl WrongClock {
    /// Nothing where there is no compiler for it.
    fn new(network: &Network) -> Option<Self> {
        let (source, library) = (network.place.path("clock.c"), network.place.path("clock.so"));
        fs::write(&source, SOURCE).unwrap();
        let compiled =
            Command::new("cc").args(["-shared", "-fPIC", "-o"]).args([&library, &source]).arg("-ldl").output();
        if !compiled.is_ok_and(|compiled| compiled.status.success())
            || !cfg!(all(target_os = "linux", target_env = "gnu"))
        {
            println!("skipped: wrong clocks: no C compiler, or no GNU system, to make one");
            return None;
        }
        let clock = Self { library, ahead: network.place.path("ahead") };
        clock.set(0);
        Some(clock)
    }

    fn set(&self, seconds_ahead: i64) {
        let unfinished = self.ahead.with_extension("unfinished");
        fs::write(&unfinished, seconds_ahead.to_string()).unwrap();
        fs::rename(unfinished, &self.ahead).unwrap();
    }

    fn start(&self, network: &Network, country: &str) -> Daemon {
        network.start_with(country, |command| self.give_to(command))
    }

    fn give_to(&self, command: &mut Command) {
        command.env("LD_PRELOAD", &self.library).env("CHANCERY_TEST_CLOCK", &self.ahead);
    }
}

#[test]
fn clocks_that_are_hours_apart_let_no_record_through() {
    let network = Network::france_and_germany();
    let Some(clock) = WrongClock::new(&network) else { return };
    clock.set(2 * HOUR);
    let wrong = clock.start(&network, "FR");
    let _germany = network.start("DE");
    network.connect("FR", "DE");
    network.write_drafts("first.ndjson", &[car("FR-CAR-1", "grey")]);
    network.done("FR", "publish first.ndjson");
    for (at, of) in [("FR", "DE"), ("DE", "FR")] {
        let peer = network.peer(at, of).unwrap();
        assert_eq!(peer["records"], "stopped: clocks more than an hour apart", "{peer}");
    }
    assert!(network.held("DE").is_empty());
    wrong.stop();
    let _right = network.start("FR");
    network.connect("FR", "DE");
    assert_eq!(network.json("FR", "status")["clock_jumped"], true, "it was set back by two hours");
    network.done("FR", "clock confirm --yes");
    network.write_drafts("second.ndjson", &[car("FR-CAR-2", "grey")]);
    let sound = network.rows("FR", "publish second.ndjson").remove(0)["id"].as_str().unwrap().to_owned();
    eventually("a record to arrive once the clock is right", || ids(&network, "DE").contains(&sound).then_some(()));
    let state = |reference: &str| {
        let rows = network.rows("FR", "disclosures");
        rows.into_iter().find(|row| row["source_reference"] == reference).unwrap()["state"].clone()
    };
    eventually("France to know that the other is not accepted yet", || (state("FR-CAR-1") == "deferred").then_some(()));
    eventually("France to know that the sound one is", || (state("FR-CAR-2") == "delivered").then_some(()));
}

#[test]
fn a_clock_that_jumps_stops_what_leaves_until_an_operator_confirms() {
    let network = Network::france_and_germany();
    let Some(clock) = WrongClock::new(&network) else { return };
    let _france = clock.start(&network, "FR");
    let _germany = clock.start(&network, "DE");
    network.connect("FR", "DE");
    network.write_drafts("first.ndjson", &[car("FR-CAR-1", "grey")]);
    network.done("FR", "publish first.ndjson");
    settled(&network, "FR", "DE");
    clock.set(2 * HOUR);
    for country in ["FR", "DE"] {
        eventually(&format!("{country} to notice the jump"), || {
            (network.json(country, "status")["clock_jumped"] == true).then_some(())
        });
    }
    network.write_drafts("second.ndjson", &[car("FR-CAR-2", "grey")]);
    network.refused("FR", "publish second.ndjson", 1, &["the wall clock jumped", "clock confirm"]);
    assert_eq!((network.held("FR").len(), network.held("DE").len()), (1, 1));
    network.done("DE", "clock confirm --yes");
    network.done("FR", "clock confirm --yes");
    assert_eq!(network.json("FR", "status")["clock_jumped"], false);
    network.done("FR", "publish second.ndjson");
    network.connect("FR", "DE");
    eventually("the record to arrive once the clock is confirmed", || (network.held("DE").len() == 2).then_some(()));
}

#[test]
fn a_certificate_that_has_ended_admits_nobody() {
    let network = Network::of(&["FR"]);
    network.node("DE", &[Transport::Quic], "--valid-days 1");
    let Some(clock) = WrongClock::new(&network) else { return };
    network.conclude("fr-de-police.toml", "FR", "DE");
    let france = network.start("FR");
    let germany = network.start("DE");
    network.connect("FR", "DE");
    germany.stop();
    france.stop();

    clock.set(48 * HOUR);
    let france = clock.start(&network, "FR");
    let mut germany = network.spawn("DE", |command| clock.give_to(command));
    assert_eq!(germany.wait(), Some(1));
    assert!(germany.log().contains("no certificate"), "{}", germany.log());
    // With its own clock set back it starts, and France, whose clock is right, does not know it any more.
    let before = france.log().matches("connected").count();
    let _germany = network.start("DE");
    network.refused("DE", "peer retry FR --wait 2", 6, &["cannot be reached"]);
    let seen = network.peer("FR", "DE").unwrap();
    assert_eq!((&seen["connected"], &seen["certificate_until"]), (&false.into(), &serde_json::Value::Null));
    assert_eq!(france.log().matches("connected").count(), before, "{}", france.log());
}

#[test]
fn a_withdrawal_reaches_its_holder_after_the_treaty_has_ended() {
    let network = Network::of(&["FR", "DE"]);
    let Some(clock) = WrongClock::new(&network) else { return };
    network.introduce("FR", "DE");
    network.introduce("DE", "FR");
    // A treaty of one year that began eleven months and a half ago.
    let began = Instant(chancery_node::clock::now().0 - 350 * DAY_MS).date();
    network.done("FR", &format!("treaty new --with DE --template police --from {began} --years 1 --out treaty.toml"));
    network.sign("treaty.toml", "FR", "DE");
    let (france, germany) = (clock.start(&network, "FR"), clock.start(&network, "DE"));
    network.connect("FR", "DE");
    network.write_drafts("first.ndjson", &[car("FR-CAR-1", "grey")]);
    let lineage = network.rows("FR", "publish first.ndjson")[0]["lineage"].as_str().unwrap().to_owned();
    settled(&network, "FR", "DE");
    assert_eq!(network.held("DE").len(), 1);
    france.stop();
    germany.stop();

    clock.set(30 * 24 * HOUR);
    let _daemons = ["FR", "DE"].map(|country| clock.start(&network, country));
    network.connect("FR", "DE");
    assert_eq!(network.peer("FR", "DE").unwrap()["records"], "no treaty in force");
    network.write_drafts("second.ndjson", &[car("FR-CAR-2", "grey")]);
    network.done("FR", "publish second.ndjson");
    network.done("FR", &format!("withdraw {lineage} --reason PURPOSE_ACHIEVED --yes"));
    eventually("Germany to say that it deleted it", || {
        let rows = network.rows("FR", &format!("withdraw status {lineage}"));
        (rows.len() == 1 && rows[0]["deleted"] == 1).then_some(())
    });
    network.refused("DE", &format!("show {lineage} --purpose investigation --case 1"), 3, &[]);
    assert!(network.rows("DE", "list").is_empty(), "nothing new came without a treaty");
}

const HOUR: i64 = 3600;

const SOURCE: &str = r#"
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

int clock_gettime(clockid_t clock, struct timespec *now) {
    static int (*real)(clockid_t, struct timespec *);
    if (!real) real = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
    int result = real(clock, now);
    const char *path = getenv("CHANCERY_TEST_CLOCK");
    FILE *file = result == 0 && clock == CLOCK_REALTIME && path ? fopen(path, "r") : NULL;
    if (file) {
        long ahead = 0;
        if (fscanf(file, "%ld", &ahead) == 1) now->tv_sec += ahead;
        fclose(file);
    }
    return result;
}
"#;
