//! Standard error, which carries what a command has to say to the person who runs it.

use std::io::Write;

use crate::failure::{Failure, Paint};
use crate::output::visible;

/// How much a command says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Loudness {
    /// Warnings and errors only.
    Quiet,
    /// What was done and what comes next.
    Usual,
    /// Steps in between, too.
    Verbose,
}

/// The voice of a command. That nobody listens is no reason to fail, so it never does.
#[derive(Clone, Copy, Debug)]
pub struct Talk {
    loudness: Loudness,
}

impl Talk {
    /// A voice of that loudness.
    pub fn new(loudness: Loudness) -> Self {
        Self { loudness }
    }

    /// Something was done, or comes next.
    pub fn say(&self, text: &str) {
        self.line(Loudness::Usual, text);
    }

    /// A step in between.
    pub fn detail(&self, text: &str) {
        self.line(Loudness::Verbose, text);
    }

    /// Something to think about; heard even where the rest is quiet.
    pub fn warn(&self, text: &str) {
        let mut stderr = anstream::stderr();
        let shown: Vec<String> = text.lines().map(visible).collect();
        let _ = writeln!(stderr, "\u{1b}[33mwarning:\u{1b}[0m {}", shown.join("\n         "));
    }

    /// Why the command ends.
    pub fn report(&self, failure: &Failure) {
        let mut stderr = anstream::stderr();
        let paint = match anstream::AutoStream::choice(&std::io::stderr()) {
            anstream::ColorChoice::Never => Paint::Plain,
            _ => Paint::Colour,
        };
        let _ = write!(stderr, "{}", failure.report(paint));
    }

    /// Whether progress bars and the like are wanted.
    pub fn loudness(&self) -> Loudness {
        self.loudness
    }

    fn line(&self, from: Loudness, text: &str) {
        if self.loudness >= from {
            let shown: Vec<String> = text.lines().map(visible).collect();
            let _ = writeln!(anstream::stderr(), "{}", shown.join("\n"));
        }
    }
}
