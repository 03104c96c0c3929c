//! The program `simulator`: lives through scenarios under seeds, and says how to live through one again.

#![expect(clippy::print_stdout, clippy::print_stderr, reason = "it speaks to the person who started it")]

use std::process::ExitCode;
use std::sync::Arc;

use chancery_simulator::run::{self, Request};

const USAGE: &str =
    "usage: simulator [--scenario FILE] [--seed N | --seeds N [--first N]] [--bug NAME] [--quiet | --frames]

Lives through a scenario (all that are built in, where none is named) under one seed, telling what happens, or under
many. A seed that fails is printed with the command that lives through it again.";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let request = match Request::read(&words) {
        Ok(request) => request,
        Err(fault) => {
            eprintln!("{fault}\n\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    let report = run::many(&Arc::new(request));
    report.lines().for_each(|line| println!("{line}"));
    if report.has_failed() { ExitCode::FAILURE } else { ExitCode::SUCCESS }
}
