//! Many worlds of every scenario: nothing is wrong in any, and every sort of event happens in some.

use std::sync::Arc;

use chancery_simulator::run::{Report, Request, many, named, one};
use chancery_simulator::story::Told;

/// Lives through so many worlds of a scenario; a failing one is printed with its story.
fn live(scenario: &str, seeds: u64) -> Report {
    let scenarios = vec![named(scenario).unwrap()];
    let request = Request { scenarios, first: 1, seeds, bug: None, told: Told::Nothing };
    let report = many(&Arc::new(request));
    if let Some((command, outcome)) = report.failed.first() {
        let (_, scenario) = named(scenario).unwrap();
        let told = one(&scenario, outcome.seed, None, Told::Events);
        panic!("seed {}: {:?}\n{}\n{command}", outcome.seed, outcome.violation, told.story.join("\n"));
    }
    report
}

/// What some world of the scenario must have seen.
fn sees(report: &Report, wanted: &[&'static str]) {
    let missing = report.sometimes.missing(wanted);
    assert!(missing.is_empty(), "never happened: {missing:?}");
}

#[test]
fn small_worlds() {
    let report = live("small", 1600);
    sees(
        &report,
        &[
            "a clock that jumped",
            "a commit on a full disk",
            "a commit on a stuck disk",
            "a connection begun afresh",
            "a connection replaced by a later one",
            "a connection that broke",
            "a dial that failed",
            "a frame sent again by the transport",
            "a process killed",
            "a record key replaced",
            "a treaty amended",
            "a treaty ended",
            "a way cut",
            "killed at an output",
            "a long rest",
        ],
    );
}

#[test]
fn storms() {
    let report = live("storm", 200);
    sees(&report, &["a process killed", "a treaty ended", "frame: obligations", "frame: receipt of what is owed"]);
}

#[test]
fn failing_disks() {
    let report = live("disks", 150);
    sees(
        &report,
        &[
            "a write lost",
            "a write torn off behind the disk",
            "a commit whose word was torn off",
            "writes gathered in one commit",
            "a commit on a full disk",
        ],
    );
}

#[test]
fn backlogs() {
    live("backlog", 12);
}

#[test]
fn expiring_papers() {
    live("expiry", 60);
}

#[test]
fn restored_disks() {
    let report = live("restores", 150);
    sees(&report, &["a restore announced", "a restore untold", "frame: given back"]);
}

#[test]
fn worlds_with_liars() {
    let report = live("liars", 100);
    sees(&report, &["a lie told", "a violation hung up on"]);
}

#[test]
fn the_same_seed_gives_the_same_trace() {
    let (_, scenario) = named("storm").unwrap();
    let trace = |seed| one(&scenario, seed, None, Told::Nothing).trace;
    let traces: Vec<_> = (1..6).map(trace).collect();
    assert_eq!(traces, (1..6).map(trace).collect::<Vec<_>>());
    assert!(traces.windows(2).all(|two| two[0] != two[1]), "and another seed another one");
}
