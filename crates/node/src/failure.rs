//! A failed command as a person reads it: what happened, why, what to do next.

use std::error::Error;
use std::fmt;

use miette::{Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, NamedSource, SourceCode};

use crate::exit::Exit;

/// Why a command ended, with its exit code. Commands return it; only the program's entry prints it.
#[derive(Debug)]
pub struct Failure {
    // Boxed, because nearly every function of the command line returns it and hardly any call makes one.
    parts: Box<Parts>,
}

#[derive(Debug)]
struct Parts {
    exit: Exit,
    what: String,
    origin: Option<Box<dyn Error + Send + Sync>>,
    why: Option<Box<dyn Error + Send + Sync>>,
    next: Option<String>,
    source: Option<NamedSource<String>>,
    places: Vec<LabeledSpan>,
}

impl Failure {
    /// What happened, in lower case, without a full stop.
    pub fn new(exit: Exit, what: impl Into<String>) -> Self {
        let what = what.into();
        let parts = Parts { exit, what, origin: None, why: None, next: None, source: None, places: Vec::new() };
        Self { parts: Box::new(parts) }
    }

    /// An error whose own words say what happened, with whatever caused it.
    pub fn of(exit: Exit, error: impl Error + Send + Sync + 'static) -> Self {
        let mut failure = Self::new(exit, error.to_string());
        failure.parts.origin = Some(Box::new(error));
        failure
    }

    /// The error that made it happen.
    #[must_use]
    pub fn because(mut self, why: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.parts.why = Some(why.into());
        self
    }

    /// What to do next.
    #[must_use]
    pub fn next(mut self, next: impl Into<String>) -> Self {
        self.parts.next = Some(next.into());
        self
    }

    /// The file it happened in, with the places that are wrong.
    #[must_use]
    pub fn at(mut self, name: impl AsRef<str>, text: String, places: Vec<LabeledSpan>) -> Self {
        self.parts.source = Some(NamedSource::new(name, text));
        self.parts.places = places;
        self
    }

    /// How the program ends.
    pub fn exit(&self) -> Exit {
        self.parts.exit
    }

    /// The whole report as it goes to stderr.
    pub fn report(&self, paint: Paint) -> String {
        let theme = match paint {
            Paint::Colour => GraphicalTheme::unicode(),
            Paint::Plain => GraphicalTheme::unicode_nocolor(),
        };
        let handler = GraphicalReportHandler::new_themed(theme).with_width(REPORT_COLUMNS).with_context_lines(1);
        let mut text = String::new();
        if handler.render_report(&mut text, self).is_err() {
            text = format!("error: {self}\n");
        }
        text
    }
}

/// Whether a report may use colour.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Paint {
    /// With colour.
    Colour,
    /// Without.
    Plain,
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.parts.what)
    }
}

impl Error for Failure {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.parts.why {
            Some(why) => Some(why.as_ref()),
            None => self.parts.origin.as_deref().and_then(|origin| origin.source()),
        }
    }
}

impl Diagnostic for Failure {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.parts.next.as_ref().map(|next| Box::new(next) as Box<dyn fmt::Display>)
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        self.parts.source.as_ref().map(|source| source as &dyn SourceCode)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        if self.parts.places.is_empty() { None } else { Some(Box::new(self.parts.places.iter().cloned())) }
    }
}

/// Width at which a report wraps: it fits a terminal of ordinary width and a mail.
const REPORT_COLUMNS: usize = 100;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_says_what_why_and_what_next() {
        let failure = Failure::new(Exit::Failed, "the card cannot be kept")
            .because(std::io::Error::other("the disk is full"))
            .next("free some space");
        let report = failure.report(Paint::Plain);
        for part in ["the card cannot be kept", "the disk is full", "free some space"] {
            assert!(report.contains(part), "{report}");
        }
        assert!(!report.contains('\u{1b}'), "{report:?}");
    }

    #[test]
    fn a_report_shows_the_line_that_is_wrong() {
        let text = "country = \"FR\"\nunit = \"paris\"\n".to_owned();
        let place = LabeledSpan::at(22..29, "no unit name");
        let report = Failure::new(Exit::BadConfiguration, "a fault").at("node.toml", text, vec![place]);
        let report = report.report(Paint::Plain);
        assert!(report.contains("unit = \"paris\"") && report.contains("node.toml:2"), "{report}");
    }
}
