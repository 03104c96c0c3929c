//! Worked examples, decided by the articles of their own document.

use std::collections::BTreeSet;
use std::sync::Arc;

use chancery_record::Country;

use super::admission::Sight;
use super::decision::{Decision, Leg, Row};
use super::edge::Edge;
use crate::case::{Case, CaseFailure, Expectation};
use crate::dimension::WordSet;
use crate::document::{NationalLaw, TreatyDocument};
use crate::label::RecordDates;
use crate::words::Action;

impl TreatyDocument {
    /// Decides the treaty's worked examples by its own articles and the examples' tags; gives those that fail.
    pub fn check_cases(&self) -> Vec<CaseFailure> {
        let document = [Arc::new(self.clone())];
        check(&self.cases, |from, to| Edge::build(from, to, None, &document, &[]).unwrap_or_default())
    }
}

impl NationalLaw {
    /// Decides the law's worked examples by its own bars; gives those that fail.
    pub fn check_cases(&self) -> Vec<CaseFailure> {
        let law = Arc::new(self.clone());
        check(&self.cases, |from, to| Edge::build(from, to, Some(&law), &[], &[]).unwrap_or_default())
    }
}

fn check(cases: &[Case], edge: impl Fn(Country, Country) -> Edge) -> Vec<CaseFailure> {
    cases.iter().filter_map(|case| run(case, &edge(case.from, case.to)).err()).collect()
}

fn run(case: &Case, edge: &Edge) -> Result<(), CaseFailure> {
    let label = case.record.label.clone().prepare();
    let decision = Decision {
        edge,
        label: &label,
        dates: RecordDates { collected: case.record.collected, expires: case.record.expires },
        sender: case.from,
        receiver: case.to,
        action: Action::Offer,
        today: case.on,
        sight: Sight::Sender,
        leg: Leg::First,
    };
    let (rows, _) = decision.settled(Some(WordSet::one(case.purpose.code())));
    let rows: Vec<&Row<'_>> =
        rows.iter().filter(|row| case.section.is_none_or(|section| section == row.section)).collect();
    let granting = numbers(edge, rows.iter().map(|row| row.granted));
    let barring = numbers(edge, rows.iter().map(|row| edge.barring(row.matched)));
    let as_expected = match &case.expect {
        Expectation::Release(articles) => !granting.is_empty() && articles.is_subset(&granting),
        Expectation::Withhold(articles) => granting.is_empty() && articles.is_subset(&barring),
        Expectation::Pass => barring.is_empty(),
    };
    if as_expected {
        return Ok(());
    }
    let found = match (granting.is_empty(), barring.is_empty()) {
        (false, _) => Expectation::Release(granting).to_string(),
        (true, false) => Expectation::Withhold(barring).to_string(),
        (true, true) => withheld_by_tags(&rows),
    };
    Err(CaseFailure { case: case.name.clone(), expected: case.expect.to_string(), found })
}

fn numbers(edge: &Edge, sets: impl Iterator<Item = super::article_set::ArticleSet>) -> BTreeSet<String> {
    let bits = sets.flat_map(super::article_set::ArticleSet::bits);
    bits.filter_map(|bit| edge.article(bit).map(|(_, article)| article.number.clone())).collect()
}

fn withheld_by_tags(rows: &[&Row<'_>]) -> String {
    let mut tags: Vec<&str> =
        rows.iter().flat_map(|row| row.objections.iter().map(|objection| objection.tag)).collect();
    tags.sort_unstable();
    tags.dedup();
    if tags.is_empty() {
        "withhold, no grant covers it".to_owned()
    } else {
        format!("withhold by the tags {}", tags.join(", "))
    }
}
