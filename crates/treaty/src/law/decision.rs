//! The decision: which articles match each section for each purpose, and what they come to.

use chancery_record::{Country, Date, Onward, Purpose, SectionName};

use super::admission::{Objection, Sight, UnitLimit, expiry_objection, origin_objection, units_left};
use super::article_set::ArticleSet;
use super::edge::Edge;
use crate::dimension::{WordDimension, WordSet};
use crate::label::{Group, PreparedLabel, RecordDates, purpose_objections};
use crate::words::Action;

/// Everything one decision depends on.
#[derive(Clone, Copy)]
pub(crate) struct Decision<'a> {
    pub edge: &'a Edge,
    pub label: &'a PreparedLabel,
    pub dates: RecordDates,
    pub sender: Country,
    pub receiver: Country,
    pub action: Action,
    pub today: Date,
    pub sight: Sight,
    pub leg: Leg,
}

/// Which leg of its way a record is on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leg {
    /// From the country that sealed it.
    First,
    /// From a holder that passes it on.
    Onward,
}

/// One section for one purpose, decided.
pub(crate) struct Row<'a> {
    pub section: SectionName,
    pub purpose: Purpose,
    pub group: &'a Group,
    /// What the originator's tags leave of the peer's units.
    pub units: Option<UnitLimit>,
    /// The grants that some unit left may use.
    usable: ArticleSet,
    /// Articles that match, ages left out.
    pub ageless: ArticleSet,
    /// Articles that match.
    pub matched: ArticleSet,
    /// The grants that let it go; the citations.
    pub granted: ArticleSet,
    /// The originator's conditions against it.
    pub objections: Vec<Objection>,
}

/// The grants that some unit the originator leaves may use.
pub(super) fn usable_by(edge: &Edge, units: &UnitLimit) -> ArticleSet {
    edge.live.bits().filter(|bit| units.within(edge.to_units(*bit)).is_some()).collect()
}

impl<'a> Decision<'a> {
    /// Decides each section with content for each of `purposes`, the audience among them where an onward right goes with
    /// it; the record's own purposes where none are given.
    pub fn settled(&self, purposes: Option<WordSet>) -> (Vec<Row<'a>>, Onward) {
        let mut rows = self.rows(purposes);
        let right = {
            // Most records go no further, and need no second look.
            let audience = self.label.label.audience.as_ref();
            let may_go_on = audience.is_some_and(|audience| audience.onward != Onward::Never);
            let goes = rows.iter().filter(|row| may_go_on && !row.granted.is_empty());
            let delivered: Vec<(&Row<'_>, _)> = goes.map(|row| (row, self.units(row))).collect();
            self.onward_right(&delivered)
        };
        right.settle(&mut rows);
        (rows, right.onward)
    }

    /// Decides each section with content for each of `purposes`, the audience not yet.
    pub fn rows(&self, purposes: Option<WordSet>) -> Vec<Row<'a>> {
        let asked = purposes.unwrap_or_else(|| self.record_purposes());
        let record = self.record_objections();
        let mut rows = Vec::new();
        for group in &self.label.groups {
            let (units, objection) = self.units_of(group);
            let usable = units.as_ref().map_or(ArticleSet::EMPTY, |units| usable_by(self.edge, units));
            let ageless = match self.leg {
                Leg::First => self.edge.matching(&self.label.label, group, self.action),
                Leg::Onward => self.edge.matching_onward(&self.label.label, group, [self.sender, self.receiver]),
            };
            for section in group.sections.iter() {
                let ageless = ageless.and(self.edge.word(WordDimension::Sections, section.code()));
                for purpose in Purpose::ALL.iter().filter(|purpose| asked.contains(purpose.code())) {
                    let ageless = ageless.and(self.edge.word(WordDimension::Purposes, purpose.code()));
                    let of_purpose = purpose_objections(&group.tags, *purpose);
                    let objections = record.iter().cloned().chain(objection.clone());
                    let objections = objections.chain(of_purpose.map(|(tag, because)| Objection::new(tag, because)));
                    let mut row = Row {
                        section,
                        purpose: *purpose,
                        group,
                        units: units.clone(),
                        usable,
                        ageless,
                        matched: ArticleSet::EMPTY,
                        granted: ArticleSet::EMPTY,
                        objections: objections.collect(),
                    };
                    (row.matched, row.granted) = self.outcome(&row, self.today);
                    rows.push(row);
                }
            }
        }
        rows.sort_by_key(|row| (row.section, row.purpose));
        rows
    }

    /// What matches and what is granted on a day, nothing but the day changing.
    pub fn outcome(&self, row: &Row<'_>, day: Date) -> (ArticleSet, ArticleSet) {
        let matched = match self.edge.has_ages() {
            true => row.ageless.and(self.edge.mature(self.dates.collected, day)),
            false => row.ageless,
        };
        let is_open = self.action == Action::Offer && row.objections.is_empty() && row.section != SectionName::Audience;
        let usable = if is_open { row.usable } else { ArticleSet::EMPTY };
        (matched, self.edge.granted(matched, usable))
    }

    fn record_purposes(&self) -> WordSet {
        let stated: WordSet = self.label.label.tags.purposes.iter().map(|purpose| purpose.code()).collect();
        if stated.is_empty() { WordDimension::Purposes.known() } else { stated }
    }

    fn record_objections(&self) -> Vec<Objection> {
        let sealed_elsewhere = origin_objection(&self.label.label, self.leg, [self.sender, self.receiver]);
        sealed_elsewhere.into_iter().chain(expiry_objection(self.dates, self.today)).collect()
    }

    pub(super) fn units_of(&self, group: &Group) -> (Option<UnitLimit>, Option<Objection>) {
        match self.sight {
            Sight::Receiver => (Some(UnitLimit::default()), None),
            Sight::Sender => match units_left(&self.label.label, group.tags.tlp, self.receiver) {
                Ok(units) => (Some(units), None),
                Err(objection) => (None, Some(objection)),
            },
        }
    }
}
