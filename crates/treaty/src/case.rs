//! Worked examples: what the lawyers say a document means, decided at signing and at every load.

use std::collections::BTreeSet;

use chancery_record::{Audience, Country, Date, Purpose, SectionName};
use thiserror::Error;

use crate::label::Label;

/// A worked example.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// What it shows.
    pub name: String,
    /// Who sends.
    pub from: Country,
    /// Who receives.
    pub to: Country,
    /// For what.
    pub purpose: Purpose,
    /// Which section; any where absent.
    pub section: Option<SectionName>,
    /// On which day.
    pub on: Date,
    /// The record, invented.
    pub record: CaseRecord,
    /// What must come out.
    pub expect: Expectation,
}

/// An invented record: what a decision depends on, with its dates.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseRecord {
    /// Its label; the audience is `any` unless the example states one.
    pub label: Label,
    /// When it was collected.
    pub collected: Date,
    /// When it ends.
    pub expires: Date,
}

/// What an example expects.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Expectation {
    /// Some section goes, and each of these articles lets some section go.
    Release(BTreeSet<String>),
    /// Nothing goes, and each of these articles holds some section back.
    Withhold(BTreeSet<String>),
    /// Of a law: none of its bars holds anything back.
    Pass,
}

/// An example that does not come out as written.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("example `{case}` expects {expected}, the articles say {found}")]
pub struct CaseFailure {
    /// Its name.
    pub case: String,
    /// What it expects.
    pub expected: String,
    /// What comes out.
    pub found: String,
}

impl CaseRecord {
    /// The audience that stands where an example states none.
    pub(crate) fn open_audience() -> Audience {
        Audience { releasable_to: chancery_record::ReleasableTo::Any, ..Audience::default() }
    }
}

impl Expectation {
    /// Reads `release under 1, 3`, `withhold under 5(2)`, `withhold` or `pass`.
    pub fn parse(text: &str) -> Option<Self> {
        let (word, rest) = text.split_once(' ').unwrap_or((text, ""));
        let articles: BTreeSet<String> = match rest.strip_prefix("under ") {
            Some(list) => list.split(',').map(|number| number.trim().to_owned()).collect(),
            None if rest.is_empty() => BTreeSet::new(),
            None => return None,
        };
        if articles.contains("") {
            return None;
        }
        match word {
            "release" if !articles.is_empty() => Some(Self::Release(articles)),
            "withhold" => Some(Self::Withhold(articles)),
            "pass" if articles.is_empty() => Some(Self::Pass),
            _ => None,
        }
    }

    /// The articles named.
    pub fn articles(&self) -> impl Iterator<Item = &String> {
        match self {
            Self::Release(articles) | Self::Withhold(articles) => Some(articles),
            Self::Pass => None,
        }
        .into_iter()
        .flatten()
    }
}

impl std::fmt::Display for Expectation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Release(_) => "release",
            Self::Withhold(_) => "withhold",
            Self::Pass => "pass",
        })?;
        for (at, article) in self.articles().enumerate() {
            write!(out, "{}{article}", if at == 0 { " under " } else { ", " })?;
        }
        Ok(())
    }
}
