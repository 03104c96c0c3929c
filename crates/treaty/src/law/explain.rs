//! The explanation: why a row goes or not, read off the bits of its decision.

use chancery_record::{Instant, Onward, SectionName};

use super::admission::Objection;
use super::article_set::ArticleSet;
use super::decision::{Decision, Leg, Row};
use super::edge::FACTS;
use crate::article::{Age, Countries, Grant, Names, Scope, Units};
use crate::dimension::{Dimension, WordDimension, WordSet};
use crate::label::Group;
use crate::limits::{NEAREST_LACKS_MAX, NEAREST_MAX};
use crate::verdict::{Deferred, Lack, LawGeneration, Nearest, Reason, ReasonSource, ReleasedRow, Verdict, WithheldRow};
use crate::words::Action;

/// Most words that a sentence lists.
const WORDS_LISTED_MAX: usize = 8;

impl Decision<'_> {
    /// The verdict on rows, with every reason.
    pub fn explain(&self, rows: &[Row<'_>], onward: Onward, generation: LawGeneration, at: Instant) -> Verdict {
        let mut released = Vec::new();
        let mut withheld = Vec::new();
        for row in rows {
            let Row { section, purpose, .. } = *row;
            if row.granted.is_empty() {
                withheld.push(WithheldRow { section, purpose, by: self.reasons(row) });
            } else {
                let articles = row.granted.bits().filter_map(|bit| self.edge.reference(bit)).collect();
                released.push(ReleasedRow { section, purpose, articles });
            }
        }
        let (nearest, deferred) = (self.nearest(rows), self.deferred(rows));
        Verdict { released, withheld, nearest, deferred, onward, law_generation: generation, decided_at: at }
    }

    /// Why a row is withheld; never empty.
    pub fn reasons(&self, row: &Row<'_>) -> Vec<Reason> {
        let objections = row.objections.iter().map(Objection::reason);
        let bars = self.edge.barring(row.matched).bits().filter_map(|bit| {
            let because = self.edge.article(bit)?.1.rule.scope().map(|scope| self.common(scope, row))?;
            self.reason(bit, because)
        });
        let mut reasons: Vec<Reason> = objections.chain(bars).collect();
        let granting = row.matched.and(self.edge.live);
        if granting.is_empty() {
            reasons.extend(self.without_grant(row));
        } else if reasons.is_empty() && self.action == Action::Offer {
            // Every grant that matches goes to units that the originator does not leave.
            reasons.extend(row.units.iter().map(|units| units.objection(self.receiver).reason()));
        }
        if reasons.is_empty() {
            let because = format!("only `{}` lets anything go in this version", Action::Offer);
            reasons.push(Reason { source: ReasonSource::None, document: None, article: None, because });
        }
        reasons
    }

    fn without_grant(&self, row: &Row<'_>) -> Vec<Reason> {
        let waiting = row.matched.and(self.edge.dormant).bits().filter_map(|bit| {
            let because = self.edge.grant(bit).map(dormant_because)?;
            self.reason(bit, because)
        });
        let young = row.ageless.without(row.matched).and(self.edge.live).bits().filter_map(|bit| {
            let Age::Over(period) = self.edge.age(bit) else { return None };
            let from = period.after(self.dates.collected);
            self.reason(bit, format!("covers only what was collected at least {period} ago, so from {from} on"))
        });
        let mut reasons: Vec<Reason> = waiting.chain(young).collect();
        if reasons.is_empty() {
            let because = format!("no grant lets {} of it go to {} for {}", row.section, self.receiver, row.purpose);
            reasons.push(Reason { source: ReasonSource::None, document: None, article: None, because });
        }
        reasons
    }

    pub(super) fn reason(&self, bit: usize, because: String) -> Option<Reason> {
        let reference = self.edge.reference(bit)?;
        let source = self.edge.source(bit);
        Some(Reason { source, document: Some(reference.document), article: Some(reference.article), because })
    }

    /// What a bar's scope and a row have in common, dimension by dimension.
    pub(super) fn common(&self, scope: &Scope, row: &Row<'_>) -> String {
        let mut parts = Vec::new();
        for dimension in WordDimension::ALL {
            let Some(words) = scope.words(*dimension) else { continue };
            let name = dimension.dimension();
            match self.fact(*dimension, row) {
                None => parts.push(format!("{name} not stated")),
                Some(_) if words == dimension.first_vocabulary() => {}
                Some(fact) => parts.push(format!("{name}: {}", listed(*dimension, fact.intersection(words)))),
            }
        }
        if matches!(scope.from_units, Some(Units::Only(_))) {
            parts.push(format!("from_units: {}/{}", self.label.label.originator, self.label.label.unit));
        }
        if matches!(scope.to_units, Some(Units::Only(_))) {
            parts.push(format!("to_units: which unit of {} uses it is not known", self.receiver));
        }
        if self.leg == Leg::Onward && matches!(scope.onward_to, Some(Countries::Only(_))) {
            parts.push(format!("onward_to: {}", self.receiver));
        }
        if matches!(scope.originator, Some(Countries::Only(_))) {
            parts.push(format!("originator: {}", self.label.label.originator));
        }
        for (dimension, names, fact) in named_facts(scope, row.group) {
            if names.is_some() {
                parts.push(
                    fact.as_ref()
                        .map_or_else(|| format!("{dimension} not stated"), |fact| format!("{dimension}: {fact}")),
                );
            }
        }
        if let Some(Age::Over(period)) = scope.older_than {
            parts.push(format!("collected at least {period} ago, on {}", self.dates.collected));
        }
        if parts.is_empty() { format!("it holds for everything sent to {}", self.receiver) } else { parts.join("; ") }
    }

    fn fact(&self, dimension: WordDimension, row: &Row<'_>) -> Option<WordSet> {
        match dimension {
            WordDimension::Action if self.leg == Leg::Onward => {
                Some([self.action, Action::Onward].map(Action::code).into_iter().collect())
            }
            WordDimension::Action => Some(WordSet::one(self.action.code())),
            WordDimension::Sections => Some(WordSet::one(row.section.code())),
            WordDimension::Purposes => Some(WordSet::one(row.purpose.code())),
            _ => row.group.words(dimension),
        }
    }

    /// The grants that miss the fewest dimensions of a row that no grant covers.
    pub(super) fn nearest(&self, rows: &[Row<'_>]) -> Vec<Nearest> {
        let uncovered = |row: &&Row<'_>| {
            row.section != SectionName::Audience && !row.ageless.meets(self.edge.live.or(self.edge.dormant))
        };
        let mut nearest: Vec<(usize, usize, &Row<'_>)> = Vec::new();
        for row in rows.iter().filter(uncovered) {
            let matches = self.matches_by_dimension(row);
            for bit in self.edge.live.or(self.edge.dormant).bits() {
                let lacks = matches.iter().filter(|(_, articles)| !articles.contains(bit)).count();
                match nearest.iter_mut().find(|(_, other, _)| *other == bit) {
                    Some(best) if lacks < best.0 => *best = (lacks, bit, row),
                    Some(_) => {}
                    None => nearest.push((lacks, bit, row)),
                }
            }
        }
        nearest.retain(|(lacks, ..)| *lacks <= NEAREST_LACKS_MAX);
        nearest.sort_by_key(|(lacks, bit, _)| (*lacks, *bit));
        nearest.truncate(NEAREST_MAX);
        nearest.iter().filter_map(|(_, bit, row)| self.near(*bit, row)).collect()
    }

    fn near(&self, bit: usize, row: &Row<'_>) -> Option<Nearest> {
        let reference = self.edge.reference(bit)?;
        let scope = &self.edge.grant(bit)?.scope;
        let failing = self.matches_by_dimension(row).into_iter().filter(|(_, articles)| !articles.contains(bit));
        let lacks = failing.map(|(dimension, _)| Lack { dimension, because: self.lack(dimension, scope, row, bit) });
        Some(Nearest {
            document: reference.document,
            article: reference.article,
            section: row.section,
            purpose: row.purpose,
            lacks: lacks.collect(),
        })
    }

    /// The same tables as the decision, kept apart by dimension; their intersection is the row's `ageless`.
    pub fn matches_by_dimension(&self, row: &Row<'_>) -> Vec<(Dimension, ArticleSet)> {
        let label = &self.label.label;
        let words = FACTS.iter().chain(&[WordDimension::Sections, WordDimension::Purposes]);
        let words =
            words.map(|dimension| (dimension.dimension(), self.edge.words(*dimension, self.fact(*dimension, row))));
        let names = [
            (Dimension::Action, self.edge.word(WordDimension::Action, self.action.code())),
            (Dimension::Originator, self.edge.originator(label)),
            (Dimension::FromUnits, self.edge.sending_unit(label)),
            (Dimension::Zone, self.edge.zone(row.group)),
            (Dimension::Operation, self.edge.operation(row.group)),
            (Dimension::Schema, self.edge.schema(label.schema)),
        ];
        words.chain(names).collect()
    }

    /// Why a grant does not cover a row in one dimension.
    fn lack(&self, dimension: Dimension, scope: &Scope, row: &Row<'_>, bit: usize) -> String {
        let label = &self.label.label;
        if let Some(words) = WordDimension::ALL.iter().find(|words| words.dimension() == dimension) {
            let covered = scope.words(*words).unwrap_or_default();
            let fact = match words {
                WordDimension::Action => Some(WordSet::one(self.action.code())),
                words => self.fact(*words, row),
            };
            return match fact {
                None => format!("{dimension} not stated"),
                Some(fact) => {
                    let missing = listed(*words, fact.without(covered));
                    match covered.codes().count() {
                        0 => format!("{} {missing} stands where there may be none", words.noun()),
                        1..=WORDS_LISTED_MAX => {
                            format!("{} {missing} is not among {}", words.noun(), listed(*words, covered))
                        }
                        _ => format!("{} {missing} is not covered", words.noun()),
                    }
                }
            };
        }
        let named = named_facts(scope, row.group).into_iter().find(|(named, ..)| *named == dimension);
        match (dimension, named) {
            (Dimension::Originator, _) => format!("originator {} is not covered", label.originator),
            (Dimension::FromUnits, _) => format!("unit {}/{} is not covered", label.originator, label.unit),
            (Dimension::Schema, _) => {
                format!("schema {} is newer than the treaty's {}", label.schema, self.edge.schema_of(bit))
            }
            (_, Some((_, _, Some(fact)))) => format!("{dimension} `{fact}` is not covered"),
            _ => format!("{dimension} not stated"),
        }
    }

    /// The first day on which something more would go, and the grants that then cover it.
    fn deferred(&self, rows: &[Row<'_>]) -> Option<Deferred> {
        let mut earliest: Option<(chancery_record::Date, ArticleSet)> = None;
        for row in rows.iter().filter(|row| row.granted.is_empty()) {
            for bit in row.ageless.without(row.matched).and(self.edge.live).bits() {
                let Age::Over(period) = self.edge.age(bit) else { continue };
                let day = period.after(self.dates.collected);
                let (_, granted) = self.outcome(row, day);
                if granted.is_empty() || day >= self.dates.expires {
                    continue;
                }
                earliest = match earliest {
                    Some((known, _)) if known < day => earliest,
                    Some((known, articles)) if known == day => Some((day, articles.or(granted))),
                    _ => Some((day, granted)),
                };
            }
        }
        let (until, articles) = earliest?;
        Some(Deferred { until, articles: articles.bits().filter_map(|bit| self.edge.reference(bit)).collect() })
    }
}

/// Why a grant lets nothing go yet.
pub(crate) fn dormant_because(grant: &Grant) -> String {
    let required: Vec<&str> = grant.requires.iter().map(|word| word.word()).collect();
    if !required.is_empty() {
        return format!("requires {}, which this version cannot check yet", required.join(", "));
    }
    if grant.quota.is_some() {
        return "has a quota, which this version cannot count yet".to_owned();
    }
    format!("covers neither `{}` nor `{}`, which alone let anything go in this version", Action::Offer, Action::Onward)
}

fn named_facts<'a>(scope: &'a Scope, group: &'a Group) -> [(Dimension, &'a Option<Names>, &'a Option<String>); 2] {
    [(Dimension::Zone, &scope.zone, &group.tags.zone), (Dimension::Operation, &scope.operation, &group.tags.operation)]
}

fn listed(dimension: WordDimension, words: WordSet) -> String {
    let all: Vec<&str> = words.codes().map(|code| dimension.word(code)).collect();
    all.join(", ")
}
