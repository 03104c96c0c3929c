//! Runs of many worlds, with what came of them.

use std::fmt::Write;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bug::Bug;
use crate::scenario::Scenario;
use crate::sometimes::Sometimes;
use crate::story::Told;
use crate::world::{Outcome, World};

/// The scenarios that are built in, by name; each stands in a file of its own.
pub const SCENARIOS: [(&str, &str); 10] = [
    ("small", include_str!("../scenarios/small.toml")),
    ("storm", include_str!("../scenarios/storm.toml")),
    ("disks", include_str!("../scenarios/disks.toml")),
    ("backlog", include_str!("../scenarios/backlog.toml")),
    ("expiry", include_str!("../scenarios/expiry.toml")),
    ("endings", include_str!("../scenarios/endings.toml")),
    ("restores", include_str!("../scenarios/restores.toml")),
    ("liars", include_str!("../scenarios/liars.toml")),
    ("listeners", include_str!("../scenarios/listeners.toml")),
    ("wide", include_str!("../scenarios/wide.toml")),
];

/// What is asked of the program.
#[derive(Clone, Debug)]
pub struct Request {
    /// The scenarios, by the words that name them again.
    pub scenarios: Vec<(String, Arc<Scenario>)>,
    /// The first seed.
    pub first: u64,
    /// How many.
    pub seeds: u64,
    /// What is planted.
    pub bug: Option<Bug>,
    /// Whether what happens is told.
    pub told: Told,
}

/// What came of a run.
#[derive(Clone, Debug, Default)]
pub struct Report {
    /// Worlds that were lived through.
    pub worlds: u64,
    /// The first that failed of each scenario, with the command for it.
    pub failed: Vec<(String, Outcome)>,
    /// What was seen.
    pub sometimes: Sometimes,
    /// What happened, where one seed was asked for.
    pub told: Vec<String>,
}

impl Request {
    /// Reads the words of a command line.
    pub fn read(words: &[String]) -> Result<Self, String> {
        let mut request = Self { scenarios: Vec::new(), first: 1, seeds: 1, bug: None, told: Told::Events };
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let mut value = || words.next().cloned().ok_or(format!("`{word}` stands without a value"));
            match word.as_str() {
                "--scenario" => request.scenarios.push(named(&value()?)?),
                "--seed" => (request.first, request.seeds) = (number(&value()?)?, 1),
                "--seeds" => (request.seeds, request.told) = (number(&value()?)?, Told::Nothing),
                "--first" => request.first = number(&value()?)?,
                "--bug" => request.bug = Some(bug(&value()?)?),
                "--quiet" => request.told = Told::Nothing,
                "--frames" => request.told = Told::Frames,
                other => return Err(format!("`{other}` is not known")),
            }
        }
        if request.scenarios.is_empty() {
            request.scenarios = SCENARIOS.iter().map(|(name, _)| named(name)).collect::<Result<_, _>>()?;
        }
        Ok(request)
    }
}

/// Lives through all worlds that were asked for, on all cores.
pub fn many(request: &Arc<Request>) -> Report {
    let mut report = Report::default();
    for (name, scenario) in &request.scenarios {
        report.join(scenario_run(request, name, scenario));
    }
    report
}

fn scenario_run(request: &Request, name: &str, scenario: &Arc<Scenario>) -> Report {
    let next = AtomicU64::new(request.first);
    let end = request.first + request.seeds;
    let cores = std::thread::available_parallelism().map_or(1, usize::from);
    let work = || {
        let mut report = Report::default();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= end || !report.failed.is_empty() {
                return report;
            }
            report.take(name, one(scenario, seed, request.bug, request.told), request.told);
        }
    };
    let mut report = Report::default();
    std::thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        for worker in workers {
            report.join(worker.join().expect("a world that panics is caught"));
        }
    });
    report
}

/// Lives through one world; a panic in it is something wrong with it.
pub fn one(scenario: &Arc<Scenario>, seed: u64, bug: Option<Bug>, told: Told) -> Outcome {
    let lived = catch_unwind(AssertUnwindSafe(|| {
        let world = World::new(scenario, seed);
        let world = match bug {
            Some(bug) => world.with_bug(bug),
            None => world,
        };
        world.told(told).live(seed)
    }));
    lived.unwrap_or_else(|panic| {
        let words = panic.downcast_ref::<String>().cloned();
        let words = words.or_else(|| panic.downcast_ref::<&str>().map(|words| (*words).to_owned()));
        Outcome {
            seed,
            trace: chancery_exchange::STREAM_ORIGIN,
            violation: Some(format!("a panic: {}", words.unwrap_or_default())),
            sometimes: Sometimes::default(),
            story: Vec::new(),
        }
    })
}

impl Report {
    /// Whether some world failed.
    pub fn has_failed(&self) -> bool {
        !self.failed.is_empty()
    }

    /// The report in words.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        let mut lines = self.told.clone();
        for (command, outcome) in &self.failed {
            lines.push(format!("seed {} fails: {}", outcome.seed, outcome.violation.clone().unwrap_or_default()));
            lines.push(format!("to live through it again: {command}"));
        }
        let mut seen = String::new();
        for (what, times) in self.sometimes.iter() {
            let _ = write!(seen, "\n  {times:>9}  {what}");
        }
        lines.push(format!("{} worlds, {} failed; what was seen in them:{seen}", self.worlds, self.failed.len()));
        lines.into_iter()
    }

    fn take(&mut self, name: &str, outcome: Outcome, told: Told) {
        self.worlds += 1;
        self.sometimes.join(&outcome.sometimes);
        if told != Told::Nothing {
            self.told.extend(outcome.story.iter().cloned());
            self.told.push(format!("seed {} of {name}: trace {}", outcome.seed, outcome.trace));
        }
        if outcome.violation.is_some() {
            let command = format!("cargo run -p chancery-simulator -- --scenario {name} --seed {}", outcome.seed);
            self.failed.push((command, outcome));
        }
    }

    fn join(&mut self, other: Self) {
        self.worlds += other.worlds;
        self.failed.extend(other.failed);
        self.sometimes.join(&other.sometimes);
        self.told.extend(other.told);
    }
}

/// A scenario by the name of a built-in one, or by its file.
pub fn named(name: &str) -> Result<(String, Arc<Scenario>), String> {
    let built_in = SCENARIOS.iter().find(|(known, _)| *known == name).map(|(_, text)| (*text).to_owned());
    let text = match built_in {
        Some(text) => text,
        None => std::fs::read_to_string(name).map_err(|fault| format!("`{name}` cannot be read: {fault}"))?,
    };
    let scenario = Scenario::parse(&text).map_err(|fault| format!("`{name}` is no scenario: {fault}"))?;
    Ok((name.to_owned(), Arc::new(scenario)))
}

fn bug(name: &str) -> Result<Bug, String> {
    toml::Value::String(name.to_owned()).try_into().map_err(|_| format!("`{name}` is no bug that is known"))
}

fn number(text: &str) -> Result<u64, String> {
    text.parse().map_err(|_| format!("`{text}` is not a number"))
}
