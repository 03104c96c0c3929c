//! Countries with nodes of their own, their daemons, what they say of each other.

use std::fs::{self, File};
use std::net::{TcpListener, UdpSocket};
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::sync::atomic::{AtomicU16, Ordering};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::program::{Place, Run, words};

/// Nodes in one place; the directory of each has the name of its country.
pub struct Network {
    pub place: Place,
}

/// A daemon that runs as a process of its own, and is killed when the test lets go of it.
pub struct Daemon {
    child: Child,
    log: PathBuf,
}

/// What a listener speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Transport {
    Quic,
    Tcp,
}

impl Network {
    /// Nodes that listen with QUIC and TCP, with the sample laws, without any knowledge of each other.
    pub fn of(countries: &[&str]) -> Self {
        let network = Self { place: Place::new() };
        for country in countries {
            network.node(country, &[Transport::Quic, Transport::Tcp], "");
        }
        network
    }

    /// France and Germany with the sample police treaty.
    pub fn france_and_germany() -> Self {
        let network = Self::of(&["FR", "DE"]);
        network.conclude("fr-de-police.toml", "FR", "DE");
        network
    }

    /// Makes one node that listens so, with these further words for `init`.
    pub fn node(&self, country: &str, transports: &[Transport], further: &str) {
        let port = free_port();
        let mut addresses = String::new();
        for transport in transports {
            let address = match transport {
                Transport::Quic => format!("/ip4/127.0.0.1/udp/{port}/quic-v1"),
                Transport::Tcp => format!("/ip4/127.0.0.1/tcp/{port}"),
            };
            addresses.push_str(&format!(" --listen {address} --address {address}"));
        }
        self.place.done(&format!(
            "init --country {country} --agency 'Agency of {country}' --unit HQ --dir {country} --no-passphrase{addresses} {further}"
        ));
        let law = repository(&format!("node-config/law/{country}.toml"));
        if law.exists() {
            fs::copy(law, self.path(country, &format!("law/{country}.toml"))).unwrap();
        }
    }

    /// Hands each the other's card, and has a sample treaty signed by both.
    pub fn conclude(&self, treaty: &str, one: &str, other: &str) {
        fs::copy(repository(&format!("node-config/treaties/{treaty}")), self.place.path(treaty)).unwrap();
        self.introduce(one, other);
        self.introduce(other, one);
        self.sign(treaty, one, other);
    }

    /// Has a treaty that lies in the place signed by both.
    pub fn sign(&self, treaty: &str, one: &str, other: &str) {
        for party in [one, other] {
            self.done(party, &format!("treaty sign {treaty} --yes"));
        }
        self.done(one, &format!("treaty import {treaty} {treaty}.{other}.sig"));
        self.done(other, &format!("treaty import {treaty} {treaty}.{one}.sig"));
    }

    /// Imports the card of `of` at `at`.
    pub fn introduce(&self, at: &str, of: &str) {
        self.done(at, &format!("card import {of}/card.chancery --yes"));
    }

    /// A file of a node.
    pub fn path(&self, country: &str, name: &str) -> PathBuf {
        self.place.path(country).join(name)
    }

    /// Changes a node's configuration.
    pub fn configure(&self, country: &str, from: &str, to: &str) {
        let path = self.path(country, "node.toml");
        let text = fs::read_to_string(&path).unwrap();
        assert!(text.contains(from), "`{from}` is not in\n{text}");
        fs::write(path, text.replacen(from, to, 1)).unwrap();
    }

    /// Starts a node and waits until it listens.
    pub fn start(&self, country: &str) -> Daemon {
        self.start_with(country, |_| {})
    }

    /// Starts a node in an environment of its own, and waits until it listens.
    pub fn start_with(&self, country: &str, prepare: impl FnOnce(&mut Command)) -> Daemon {
        let mut daemon = self.spawn(country, prepare);
        let ready = self.run(country, "status --wait-ready 30");
        let ended = daemon.child.try_wait().unwrap();
        assert!(ready.code == 0 && ended.is_none(), "{country} did not start:\n{}{}", ready.stderr, daemon.log());
        daemon
    }

    /// Starts a node and waits for nothing.
    pub fn spawn(&self, country: &str, prepare: impl FnOnce(&mut Command)) -> Daemon {
        let log = self.place.path(&format!("{country}.log"));
        let writer = File::options().create(true).append(true).open(&log).unwrap();
        let mut command = self.place.command(&words(&format!("--dir {country} --no-color run")));
        prepare(&mut command);
        command.stderr(writer).stdout(Stdio::null());
        Daemon { child: command.spawn().unwrap(), log }
    }

    pub fn run(&self, country: &str, line: &str) -> Run {
        self.place.run(&format!("--dir {country} {line}"))
    }

    pub fn done(&self, country: &str, line: &str) -> Run {
        self.place.done(&format!("--dir {country} {line}"))
    }

    pub fn json(&self, country: &str, line: &str) -> Value {
        self.place.json(&format!("--dir {country} {line}"))
    }

    pub fn refused(&self, country: &str, line: &str, code: i32, said: &[&str]) -> Run {
        self.place.refused(&format!("--dir {country} {line}"), code, said)
    }

    /// The rows of a command that lists; none where it finds nothing.
    pub fn rows(&self, country: &str, line: &str) -> Vec<Value> {
        let run = self.run(country, &format!("{line} --format ndjson"));
        assert!(run.code == 0 || run.code == 3, "chancery --dir {country} {line}\n{}", run.stderr);
        rows_of(&run.stdout)
    }

    /// The manifests at a node, in whatever state.
    pub fn held(&self, country: &str) -> Vec<Value> {
        self.rows(country, "list --state all")
    }

    /// How a node sees another; nothing where it does not know it.
    pub fn peer(&self, country: &str, other: &str) -> Option<Value> {
        self.rows(country, "peer list").into_iter().find(|peer| peer["country"] == other)
    }

    /// Has one dial the other until they are connected, and have said hello.
    pub fn connect(&self, one: &str, other: &str) {
        self.done(one, &format!("peer retry {other} --wait 30"));
        eventually(&format!("{one} and {other} to greet each other"), || {
            let greeted = |at: &str, of: &str| {
                self.peer(at, of).is_some_and(|peer| peer["connected"] == true && peer["records"] != "greeting")
            };
            (greeted(one, other) && greeted(other, one)).then_some(())
        });
    }

    /// Writes drafts as lines of JSON.
    pub fn write_drafts(&self, name: &str, drafts: &[Value]) -> PathBuf {
        let lines: String = drafts.iter().map(|draft| format!("{draft}\n")).collect();
        let path = self.place.path(name);
        fs::write(&path, lines).unwrap();
        path
    }
}

impl Daemon {
    /// Ends it as the power would.
    pub fn kill(&mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }

    /// Ends it in order.
    pub fn stop(mut self) {
        rustix::process::kill_process(self.process(), rustix::process::Signal::TERM).unwrap();
        let code = self.wait();
        assert_eq!(code, Some(0), "{}", self.log());
    }

    /// Waits until it has ended by itself; its exit code.
    pub fn wait(&mut self) -> Option<i32> {
        let log = self.log.clone();
        let child = &mut self.child;
        let ended =
            eventually_or("the daemon to end", || child.try_wait().unwrap(), || fs::read_to_string(&log).unwrap());
        ended.code()
    }

    pub fn process(&self) -> rustix::process::Pid {
        rustix::process::Pid::from_child(&self.child)
    }

    /// Whether it has ended.
    pub fn has_ended(&mut self) -> bool {
        self.child.try_wait().unwrap().is_some()
    }

    /// What it has written down so far.
    pub fn log(&self) -> String {
        fs::read_to_string(&self.log).unwrap()
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
        if std::thread::panicking() {
            let log = fs::read_to_string(&self.log).unwrap_or_default();
            let tail: Vec<&str> = log.lines().rev().take(LOG_LINES_SHOWN).collect();
            eprintln!("the end of {}:", self.log.display());
            tail.into_iter().rev().for_each(|line| eprintln!("  {line}"));
        }
    }
}

/// Asks again until there is an answer; a condition that does not come within the deadline fails the test.
pub fn eventually<T>(what: &str, probe: impl FnMut() -> Option<T>) -> T {
    eventually_or(what, probe, String::new)
}

fn eventually_or<T>(what: &str, mut probe: impl FnMut() -> Option<T>, last_words: impl FnOnce() -> String) -> T {
    let begun = Instant::now();
    loop {
        if let Some(found) = probe() {
            return found;
        }
        assert!(begun.elapsed() < DEADLINE, "waited in vain for {what}\n{}", last_words());
        std::thread::sleep(ASK_AGAIN_AFTER);
    }
}

/// One JSON value a line.
pub fn rows_of(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|fault| panic!("{fault}: {line}"))).collect()
}

/// The values of one field.
pub fn field<'a>(rows: &'a [Value], name: &str) -> Vec<&'a str> {
    rows.iter().map(|row| row[name].as_str().unwrap_or_else(|| panic!("no `{name}` in {row}"))).collect()
}

/// A file of this repository.
pub fn repository(name: &str) -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).join(name)
}

/// A stolen car that every sample treaty lets go. No person stands in it.
pub fn car(reference: &str, colour: &str) -> Value {
    json!({
        "kind": "vehicle",
        "source_reference": reference,
        "tags": {
            "handling": ["H0"], "tlp": "GREEN", "classification": "UNCLASSIFIED",
            "purposes": ["investigation", "border_control", "identification"],
            "offences": ["stolen_vehicles"], "penalty": "3_years_and_more", "statuses": ["none"], "minors": "no",
            "obtained_by": ["police"], "sensitive": []
        },
        "audience": { "releasable_to": "any" },
        "object": {
            "make": "Chimère", "model": "Brise 2", "vehicle_type": "car", "colour": colour,
            "plate": reference, "plate_country": "FR", "status": "stolen"
        }
    })
}

/// A port that nobody of this machine uses, outside the range the system gives out by itself, so that a node that is
/// started again finds it free.
fn free_port() -> u16 {
    static NEXT: AtomicU16 = AtomicU16::new(0);
    let first = u16::try_from(std::process::id() % 1000).unwrap() * 20;
    for _ in 0..PORTS {
        let port = PORT_FIRST + (first + NEXT.fetch_add(1, Ordering::Relaxed)) % PORTS;
        if UdpSocket::bind(("127.0.0.1", port)).is_ok() && TcpListener::bind(("127.0.0.1", port)).is_ok() {
            return port;
        }
    }
    panic!("every port is in use");
}

const DEADLINE: Duration = Duration::from_secs(60);
const ASK_AGAIN_AFTER: Duration = Duration::from_millis(30);
const LOG_LINES_SHOWN: usize = 40;
const PORT_FIRST: u16 = 11_000;
const PORTS: u16 = 20_000;
