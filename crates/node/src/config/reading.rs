//! How a written value becomes a meaning: one option at a time, every fault with its place.

use std::fmt::Display;
use std::ops::Range;
use std::str::FromStr;

use chancery_record::{Set, UnitName};
use serde::Serialize;
use toml::Spanned;

use super::written::Written;
use crate::limits::FAULTS_SHOWN_MAX;

/// What is wrong, and where in the file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigFault {
    /// What is wrong.
    pub what: String,
    /// The bytes of the file that are wrong; none where something is missing.
    pub place: Option<Range<usize>>,
}

/// Where the value of an option comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// The line of the file, counted from 1.
    Line(usize),
    /// Nothing was written.
    Default,
}

/// One option with its meaning in words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct ConfigOption {
    /// Its full name, as in `store.engine`.
    pub name: String,
    /// Its value.
    pub value: String,
    /// Where that comes from.
    pub origin: Origin,
}

/// The reading of one file: what was found so far.
pub(super) struct Reading<'a> {
    text: &'a str,
    pub options: Vec<ConfigOption>,
    pub faults: Vec<ConfigFault>,
}

impl<'a> Reading<'a> {
    pub fn of(text: &'a str) -> Self {
        Self { text, options: Vec::new(), faults: Vec::new() }
    }

    /// An option with a default. `read` says what a value means.
    pub fn option<T, M: Clone>(
        &mut self,
        name: &str,
        written: Written<T>,
        default: M,
        show: impl Fn(&M) -> String,
        read: impl FnOnce(T) -> Result<M, String>,
    ) -> M {
        let (value, origin) = match written {
            None => (default, Origin::Default),
            Some(spanned) => {
                let place = spanned.span();
                let origin = Origin::Line(self.line(place.start));
                let value = read(spanned.into_inner()).unwrap_or_else(|what| {
                    self.fault(what, Some(place));
                    default
                });
                (value, origin)
            }
        };
        self.options.push(ConfigOption { name: name.to_owned(), value: show(&value), origin });
        value
    }

    /// An option that has no default; absent is a fault, for which `parent` is the place.
    pub fn required<T, M>(
        &mut self,
        name: &str,
        written: Written<T>,
        parent: Option<Range<usize>>,
        show: impl Fn(&M) -> String,
        read: impl FnOnce(T) -> Result<M, String>,
    ) -> Option<M> {
        let Some(spanned) = written else {
            self.fault(format!("`{name}` is missing; it has no default"), parent);
            return None;
        };
        let place = spanned.span();
        match read(spanned.into_inner()) {
            Ok(value) => {
                let origin = Origin::Line(self.line(place.start));
                self.options.push(ConfigOption { name: name.to_owned(), value: show(&value), origin });
                Some(value)
            }
            Err(what) => {
                self.fault(what, Some(place));
                None
            }
        }
    }

    /// A number between two bounds.
    pub fn number(&mut self, name: &str, written: Written<u64>, default: u64, least: u64, most: u64) -> u64 {
        self.option(name, written, default, u64::to_string, |number| {
            if (least..=most).contains(&number) {
                Ok(number)
            } else {
                Err(format!("`{number}` is not between {least} and {most}"))
            }
        })
    }

    /// A list, each of whose entries is read by itself.
    pub fn list<M: Display + Clone>(
        &mut self,
        name: &str,
        written: Written<Vec<Spanned<String>>>,
        default: Vec<M>,
        read: impl Fn(&str) -> Result<M, String>,
    ) -> Vec<M> {
        let Some(spanned) = written else {
            return self.option(name, None::<Spanned<()>>, default, |list| joined(list), |()| Ok(Vec::new()));
        };
        let line = self.line(spanned.span().start);
        let mut list = Vec::new();
        for entry in spanned.into_inner() {
            match read(entry.get_ref()) {
                Ok(value) => list.push(value),
                Err(what) => self.fault(what, Some(entry.span())),
            }
        }
        self.options.push(ConfigOption { name: name.to_owned(), value: joined(&list), origin: Origin::Line(line) });
        list
    }

    /// A list of words of a vocabulary, as a set.
    pub fn words<M: FromStr<Err: Display> + Display + Clone + Ord>(
        &mut self,
        name: &str,
        written: Written<Vec<Spanned<String>>>,
    ) -> Set<M> {
        self.list(name, written, Vec::new(), parsed).into_iter().collect()
    }

    /// Something is wrong.
    pub fn fault(&mut self, what: String, place: Option<Range<usize>>) {
        if self.faults.len() < FAULTS_SHOWN_MAX {
            self.faults.push(ConfigFault { what, place });
        }
    }

    fn line(&self, byte: usize) -> usize {
        self.text.bytes().take(byte).filter(|byte| *byte == b'\n').count() + 1
    }
}

/// Reads a word by its own rules.
pub(super) fn parsed<M: FromStr<Err: Display>>(text: &str) -> Result<M, String> {
    text.parse().map_err(|fault: M::Err| fault.to_string())
}

/// Reads the name of a unit, proposing capitals where they were forgotten.
pub(super) fn unit(text: String) -> Result<UnitName, String> {
    text.parse().map_err(|fault: chancery_record::CountryFault| match text.to_uppercase().parse::<UnitName>() {
        Ok(meant) => format!("{fault}; did you mean `{meant}`?"),
        Err(_) => fault.to_string(),
    })
}

fn joined<M: Display>(list: &[M]) -> String {
    list.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}
