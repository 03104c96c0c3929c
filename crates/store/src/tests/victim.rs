//! A process of its own that commits and acknowledges until it is killed.

use super::dice::Dice;
use crate::engine::EngineKind;
use std::io::{BufRead, BufReader, Lines, Write};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr, Command, Stdio};
use std::time::Duration;

/// Where the orders stand in the environment of the process.
const ORDERS: &str = "CHANCERY_TEST_VICTIM";

/// What the process is told.
pub(crate) struct Orders {
    pub(crate) kind: EngineKind,
    pub(crate) seed: u64,
    /// The number of its first batch.
    pub(crate) first: u64,
    pub(crate) directory: PathBuf,
}

impl Orders {
    /// The orders of this process; none where it is no victim.
    pub(crate) fn received() -> Option<Self> {
        let orders = std::env::var(ORDERS).ok()?;
        let mut words = orders.splitn(4, ' ');
        let mut word = || words.next().unwrap();
        Some(Self {
            kind: word().parse().unwrap(),
            seed: word().parse().unwrap(),
            first: word().parse().unwrap(),
            directory: word().into(),
        })
    }

    /// Says that a batch is durable, in one write, which a kill does not cut in two.
    pub(crate) fn acknowledge(&self, number: u64) {
        std::io::stderr().write_all(format!("acknowledged {number}\n").as_bytes()).unwrap();
    }
}

/// The process, seen from the test that kills it.
pub(crate) struct Victim {
    child: Child,
    lines: Lines<BufReader<ChildStderr>>,
    acknowledged: u64,
}

impl Victim {
    /// Runs the ignored test `entry` of this binary in a process of its own.
    pub(crate) fn start(entry: &str, kind: EngineKind, directory: &Path, seed: u64, first: u64) -> Self {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args([entry, "--exact", "--ignored", "--nocapture"])
            .env(ORDERS, format!("{} {seed} {first} {}", kind.name(), directory.display()))
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let lines = BufReader::new(child.stderr.take().unwrap()).lines();
        Self { child, lines, acknowledged: first - 1 }
    }

    /// Waits until the process has acknowledged one more batch.
    pub(crate) fn wait_for_one(&mut self) {
        let line = self.lines.next().expect("the process ended without a word").unwrap();
        self.acknowledged = acknowledgement(&line);
    }

    /// Fails if the process has ended by itself.
    pub(crate) fn must_be_alive(&mut self) {
        assert!(self.child.try_wait().unwrap().is_none(), "the process ended by itself");
    }

    /// Kills it at a random moment and gives the last batch it acknowledged. It may still be dying, with the lock of its
    /// store held, until `bury`.
    pub(crate) fn kill_within(&mut self, micros: u64, dice: &mut Dice) -> u64 {
        // The moment itself is the random part of the test.
        std::thread::sleep(Duration::from_micros(dice.below(micros)));
        self.child.kill().unwrap();
        for line in self.lines.by_ref() {
            self.acknowledged = acknowledgement(&line.unwrap());
        }
        self.acknowledged
    }

    pub(crate) fn bury(mut self) {
        self.child.wait().unwrap();
    }
}

fn acknowledgement(line: &str) -> u64 {
    let number = line.strip_prefix("acknowledged ");
    number.unwrap_or_else(|| panic!("the process said: {line}")).parse().unwrap()
}
