//! The check of a treaty: what is well formed and still surprises.

use std::collections::BTreeSet;

use chancery_record::{Country, Date, SectionName};
use serde::Serialize;
use thiserror::Error;

use crate::article::{Age, Article, Bar, Countries, Grant, Names, Rule, Scope, Units};
use crate::dimension::{WordDimension, WordSet};
use crate::document::{NationalLaw, TreatyDocument};
use crate::words::words;

words! {
    /// How much a finding matters.
    Severity, "severity":
    /// Worth knowing.
    Note = "note",
    /// Most likely not what was meant.
    Warning = "warning",
    /// The treaty does not do what it is for.
    Error = "error",
}

/// Something about a treaty that its authors should know before they sign.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum Finding {
    /// A grant that waits for what this version cannot check.
    #[error("article {article} lets nothing go yet: it {because}")]
    NothingYet {
        /// The grant.
        article: String,
        /// What it waits for.
        because: String,
    },
    /// A grant that no record can match.
    #[error("article {article} matches no record: {because}")]
    NeverMatches {
        /// The grant.
        article: String,
        /// Why.
        because: &'static str,
    },
    /// A grant on passing on that gives no holder the audience, without which nobody passes anything on.
    #[error(
        "article {article} lets nothing be passed on: no article on `onward` covers the section `audience`, which says to whom it may go"
    )]
    NoAudience {
        /// The grant.
        article: String,
    },
    /// A grant on passing on that leaves no third country.
    #[error("article {article} lets nothing be passed on: it names no country but the parties it stands between")]
    NoThird {
        /// The grant.
        article: String,
    },
    /// A grant wholly cut by a bar.
    #[error("article {article} lets nothing go from {from} to {to}: {bar} holds all of it back")]
    Cut {
        /// The grant.
        article: String,
        /// The sender.
        from: Country,
        /// The receiver.
        to: Country,
        /// The bar, with its document.
        bar: String,
    },
    /// What goes one way does not go the other.
    #[error("{kinds} go from {from} to {to} and not back")]
    OneWay {
        /// Who sends.
        from: Country,
        /// Who receives.
        to: Country,
        /// Kinds that go in this direction only.
        kinds: String,
    },
    /// A direction in which nothing goes.
    #[error("nothing goes from {from} to {to}")]
    NothingGoes {
        /// Who would send.
        from: Country,
        /// Who would receive.
        to: Country,
    },
    /// A treaty under which nothing goes at all.
    #[error("the treaty lets nothing go in any direction")]
    NeverReleases,
    /// It has ended.
    #[error("the treaty ended on {0}")]
    Ended(Date),
    /// No worked example shows what it means.
    #[error("no example shows what the treaty means; write `[[case]]` tables, they are checked at every load")]
    NoCases,
}

impl Finding {
    /// How much it matters.
    pub fn severity(&self) -> Severity {
        match self {
            Self::NothingYet { .. } | Self::OneWay { .. } => Severity::Note,
            Self::NeverMatches { .. }
            | Self::NoAudience { .. }
            | Self::NoThird { .. }
            | Self::Cut { .. }
            | Self::NothingGoes { .. }
            | Self::NoCases => Severity::Warning,
            Self::NeverReleases | Self::Ended(_) => Severity::Error,
        }
    }
}

impl Serialize for Finding {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        use serde::ser::SerializeStruct;
        let mut fields = out.serialize_struct("Finding", 2)?;
        fields.serialize_field("severity", &self.severity())?;
        fields.serialize_field("finding", &self.to_string())?;
        fields.end()
    }
}

/// Looks a treaty over as of a day; `law` is the national law of one party, where it is at hand.
pub fn check(document: &TreatyDocument, law: Option<&NationalLaw>, today: Date) -> Vec<Finding> {
    let mut findings = Vec::new();
    if today >= document.header.expires {
        findings.push(Finding::Ended(document.header.expires));
    }
    if document.cases.is_empty() {
        findings.push(Finding::NoCases);
    }
    for (article, grant) in grants(document) {
        let number = || article.number.clone();
        if grant.is_dormant() {
            findings.push(Finding::NothingYet { article: number(), because: crate::law::dormant_because(grant) });
        }
        if let Some(because) = never_matches(grant) {
            findings.push(Finding::NeverMatches { article: number(), because });
        }
    }
    findings.extend(onward(document));
    findings.extend(directions(document, law));
    findings
}

/// Grants on passing on under which nobody passes anything on.
fn onward(document: &TreatyDocument) -> Vec<Finding> {
    let mut findings = Vec::new();
    let covers_audience = |from: &Grant, other: &Grant| {
        let sections = other.scope.words(WordDimension::Sections).unwrap_or_default();
        let between = |grant: &Grant| (grant.scope.from.clone(), grant.scope.to.clone());
        sections.contains(SectionName::Audience.code()) && (between(from) == between(other) || is_wide(other))
    };
    for (article, grant) in grants(document).filter(|(_, grant)| grant.passes_on()) {
        if !grants(document).any(|(_, other)| other.passes_on() && covers_audience(grant, other)) {
            findings.push(Finding::NoAudience { article: article.number.clone() });
        }
        let Some(Countries::Only(thirds)) = &grant.scope.onward_to else { continue };
        let parties = &document.header.parties;
        if parties.len() == 2 && thirds.iter().all(|third| parties.contains(third)) {
            findings.push(Finding::NoThird { article: article.number.clone() });
        }
    }
    findings
}

/// Whether a grant holds in every direction of its treaty.
fn is_wide(grant: &Grant) -> bool {
    matches!((&grant.scope.from, &grant.scope.to), (Some(Countries::Any), Some(Countries::Any)))
}

fn grants(document: &TreatyDocument) -> impl Iterator<Item = (&Article, &Grant)> {
    document.articles.iter().filter_map(|article| match &article.rule {
        Rule::Grant(grant) => Some((article, grant.as_ref())),
        _ => None,
    })
}

/// Why no record can lie within a grant, where that is so.
fn never_matches(grant: &Grant) -> Option<&'static str> {
    use chancery_record::{Handling, Kind, Purpose};
    let scope = &grant.scope;
    let words = |dimension| scope.words(dimension).unwrap_or_default();
    let sections = words(WordDimension::Sections);
    let held = |kind: &Kind| kind.sections().iter().any(|section| sections.contains(section.code()));
    let kinds = words(WordDimension::Kinds);
    if !Kind::ALL.iter().any(|kind| kinds.contains(kind.code()) && held(kind)) {
        return Some("none of its kinds has any of its sections");
    }
    if sections == WordSet::one(SectionName::Audience.code()) && !grant.passes_on() {
        return Some("the audience of a record goes only to a holder with an onward right");
    }
    if words(WordDimension::Handling) == WordSet::one(Handling::H3.code()) {
        return Some("what is handled as H3 is never released by itself");
    }
    let never = [Purpose::Administrative, Purpose::DataSubject, Purpose::Supervision, Purpose::Statistics];
    if words(WordDimension::Purposes).without(never.iter().map(|purpose| purpose.code()).collect()).is_empty() {
        return Some("its purposes lie outside preventing and combating crime and protecting people");
    }
    None
}

fn directions(document: &TreatyDocument, law: Option<&NationalLaw>) -> Vec<Finding> {
    let parties: Vec<Country> = document.header.parties.iter().copied().collect();
    let mut findings = Vec::new();
    let mut open: Vec<(Country, Country, BTreeSet<&'static str>)> = Vec::new();
    for from in &parties {
        for to in parties.iter().filter(|to| *to != from) {
            let (kinds, cut) = direction(document, law, *from, *to);
            findings.extend(cut);
            open.push((*from, *to, kinds));
        }
    }
    if open.iter().all(|(.., kinds)| kinds.is_empty()) {
        findings.push(Finding::NeverReleases);
        return findings;
    }
    for (from, to, kinds) in &open {
        let back = open.iter().find(|(sender, receiver, _)| sender == to && receiver == from);
        let only: Vec<&str> =
            kinds.iter().filter(|kind| !back.is_some_and(|(.., back)| back.contains(*kind))).copied().collect();
        if kinds.is_empty() {
            findings.push(Finding::NothingGoes { from: *from, to: *to });
        } else if !only.is_empty() {
            findings.push(Finding::OneWay { from: *from, to: *to, kinds: only.join(", ") });
        }
    }
    findings
}

/// The kinds that go in one direction, and the grants that a bar cuts wholly.
fn direction(
    document: &TreatyDocument,
    law: Option<&NationalLaw>,
    from: Country,
    to: Country,
) -> (BTreeSet<&'static str>, Vec<Finding>) {
    let law = law.filter(|law| law.header.country == from);
    let of_law = law.into_iter().flat_map(|law| law.articles.iter().map(|article| (law.name(), article)));
    let bars: Vec<(String, &Article)> =
        document.articles.iter().map(|article| (document.name(), article)).chain(of_law).collect();
    let covers = |(_, grant): &(&Article, &Grant)| grant.scope.covers_direction(from, to);
    let (mut kinds, mut findings) = (BTreeSet::new(), Vec::new());
    for (article, grant) in grants(document).filter(covers) {
        let cuts = |(_, other): &&(String, &Article)| match &other.rule {
            Rule::Bar(bar) => bar.scope.covers_direction(from, to) && cuts_wholly(bar, &grant.scope),
            _ => false,
        };
        if let Some((name, bar)) = bars.iter().find(cuts) {
            let bar = format!("{name}, article {}", bar.number);
            findings.push(Finding::Cut { article: article.number.clone(), from, to, bar });
        } else if grant.is_live() && never_matches(grant).is_none() {
            let words = grant.scope.words(WordDimension::Kinds).unwrap_or_default();
            kinds.extend(words.codes().map(|code| WordDimension::Kinds.word(code)));
        }
    }
    (kinds, findings)
}

/// Whether a bar surely matches everything that a grant covers. Where it cannot be told, it does not.
fn cuts_wholly(bar: &Bar, grant: &Scope) -> bool {
    let words = WordDimension::ALL.iter().all(|dimension| {
        let Some(barred) = bar.scope.words(*dimension) else { return true };
        // A record may have no caveat and no sensitive category; a bar on one then does not match.
        !dimension.may_be_empty() && barred.contains_all(grant.words(*dimension).unwrap_or_default())
    });
    let names = |names: &Option<Names>| matches!(names, None | Some(Names::Any));
    words
        && names(&bar.scope.zone)
        && names(&bar.scope.operation)
        && matches!(bar.scope.older_than, None | Some(Age::Any))
        && matches!(bar.scope.originator, None | Some(Countries::Any))
        && matches!(bar.scope.onward_to, None | Some(Countries::Any))
        && matches!(bar.scope.from_units, None | Some(Units::Any))
        && matches!(bar.scope.to_units, None | Some(Units::Any))
}
