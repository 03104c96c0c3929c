//! The onward right: what the articles between originator and holder let the holder pass on, and to whom.

use std::collections::BTreeSet;

use chancery_record::{
    Addressee, Audience, Country, Handling, Onward, Purpose, ReleasableTo, SectionName, Set, Tlp, UnitName, UseTags,
};

use super::admission::{audience_objection, units_left};
use super::article_set::ArticleSet;
use super::decision::{Decision, Leg, Row};
use super::edge::Third;
use crate::dimension::WordDimension;
use crate::label::Group;
use crate::words::Action;

/// Whether a holder may pass on what it is given, and under which articles it gets the audience with it.
#[derive(Debug)]
pub(super) struct OnwardRight {
    pub onward: Onward,
    /// For each purpose, the articles that matched and those that let the audience go.
    audience: Vec<(Purpose, ArticleSet, ArticleSet)>,
    /// Why there is none.
    because: String,
}

/// What the articles say of passing one section on for one purpose to one third country.
pub(super) struct Passage {
    /// Articles that match.
    pub matched: ArticleSet,
    /// The grants that let it be passed on; the citations.
    pub granted: ArticleSet,
    /// What the grants would be if national law said nothing: its bars are not known to the holder.
    by_treaty: ArticleSet,
}

impl OnwardRight {
    pub fn none(because: impl Into<String>) -> Self {
        Self { onward: Onward::Never, audience: Vec::new(), because: because.into() }
    }

    /// The grants under which the audience goes for a purpose.
    pub fn audience_for(&self, purpose: Purpose) -> Option<(ArticleSet, ArticleSet)> {
        let found = self.audience.iter().find(|(of, ..)| *of == purpose)?;
        Some((found.1, found.2))
    }

    /// Lets the audience rows go or says why they do not.
    pub fn settle(&self, rows: &mut [Row<'_>]) {
        for row in rows.iter_mut().filter(|row| row.section == SectionName::Audience) {
            match self.audience_for(row.purpose) {
                Some((matched, granted)) if row.objections.is_empty() => {
                    (row.ageless, row.matched, row.granted) = (matched, matched, granted);
                }
                Some(_) => {}
                None => row.objections.push(audience_objection(&self.because)),
            }
        }
    }
}

impl Decision<'_> {
    /// The onward right that goes with the delivered rows, each with the units that may use it.
    ///
    /// There must be a third country that tags and articles leave, for a section and purpose that is delivered; and
    /// wherever treaty and tags leave one, national law, which the holder cannot see, must leave it too.
    pub fn onward_right(&self, delivered: &[(&Row<'_>, Option<Set<UnitName>>)]) -> OnwardRight {
        if self.leg == Leg::Onward {
            return OnwardRight::none("what is passed on is passed on no further");
        }
        let Some(audience) = &self.label.label.audience else {
            return OnwardRight::none("who may have it is not known here");
        };
        if audience.onward == Onward::Never {
            return OnwardRight::none("the originator lets nobody pass it on");
        }
        let Some(secret) = self.label.groups.iter().find(|group| group.sections.contains(SectionName::Audience)) else {
            return OnwardRight::none("the audience is not at hand");
        };
        let mut right = OnwardRight::none(format!("no article lets {} pass anything of it on", self.receiver));
        for third in self.thirds(audience) {
            for (row, units) in delivered.iter().filter(|(row, _)| row.section != SectionName::Audience) {
                if !self.tags_leave(audience, &row.group.tags, third) {
                    continue;
                }
                let passage = self.passage(row.group, row.section, row.purpose, units.as_ref(), third);
                if passage.by_treaty.is_empty() {
                    continue;
                }
                if passage.granted.is_empty() {
                    return OnwardRight::none(self.vetoed(&passage, third));
                }
                let with_it = self.audience_passage(secret, row.purpose, units.as_ref(), third);
                if !with_it.granted.is_empty() {
                    right.add(row.purpose, &with_it);
                    right.onward = right.onward.max(self.policy(audience, &row.group.tags, [&passage, &with_it]));
                }
            }
        }
        right
    }

    /// What the articles say of passing on to a third country.
    pub(super) fn passage(
        &self,
        group: &Group,
        section: SectionName,
        purpose: Purpose,
        units: Option<&Set<UnitName>>,
        third: Third,
    ) -> Passage {
        let ageless = self
            .edge
            .matching(&self.label.label, group, Action::Onward)
            .and(self.edge.word(WordDimension::Sections, section.code()))
            .and(self.edge.word(WordDimension::Purposes, purpose.code()))
            .and(self.edge.third(third));
        let matched = ageless.and(self.edge.mature(self.dates.collected, self.today));
        self.passage_of(matched, self.usable_on(units))
    }

    /// The grants on passing on that cover a copy which these units may use: one for some units of the holder covers
    /// only what nobody else there may use.
    fn usable_on(&self, units: Option<&Set<UnitName>>) -> ArticleSet {
        let may_use = |bit: &usize| match self.edge.to_units(*bit) {
            None => true,
            Some(named) => units.is_some_and(|units| units.iter().all(|unit| named.contains(unit))),
        };
        self.edge.passing.bits().filter(may_use).collect()
    }

    fn passage_of(&self, matched: ArticleSet, usable: ArticleSet) -> Passage {
        let granted = self.edge.granted_among(usable, matched);
        let by_treaty = self.edge.granted_among(usable, matched.without(self.edge.law_bars()));
        Passage { matched, granted, by_treaty }
    }

    /// The audience goes by the articles on passing on, and past the bars on offers too.
    fn audience_passage(
        &self,
        secret: &Group,
        purpose: Purpose,
        units: Option<&Set<UnitName>>,
        third: Third,
    ) -> Passage {
        let onward = self.passage(secret, SectionName::Audience, purpose, units, third).matched;
        let offered = self
            .edge
            .matching(&self.label.label, secret, Action::Offer)
            .and(self.edge.word(WordDimension::Sections, SectionName::Audience.code()))
            .and(self.edge.word(WordDimension::Purposes, purpose.code()))
            .and(self.edge.mature(self.dates.collected, self.today));
        let limit = self.units_of(secret).0;
        let is_left =
            |bit: &usize| limit.as_ref().is_some_and(|limit| limit.within(self.edge.to_units(*bit)).is_some());
        let usable = self.usable_on(units).bits().filter(is_left).collect();
        self.passage_of(onward.or(self.edge.barring(offered)), usable)
    }

    /// The third countries that tags or articles tell apart.
    fn thirds(&self, audience: &Audience) -> Vec<Third> {
        let listed = match &audience.releasable_to {
            ReleasableTo::Any => None,
            ReleasableTo::Only(entries) => Some(entries),
        };
        let entries = listed.into_iter().chain([&audience.not_releasable_to]).flat_map(Set::iter);
        let mut named: BTreeSet<Country> = entries.map(Addressee::country).collect();
        named.extend(&audience.onward_to);
        named.extend(self.edge.named_thirds());
        named.remove(&self.sender);
        named.remove(&self.receiver);
        named.into_iter().map(Third::Named).chain([Third::Other]).collect()
    }

    /// Whether the originator's tags leave a third country for what is tagged so.
    pub(super) fn tags_leave(&self, audience: &Audience, tags: &UseTags, third: Third) -> bool {
        if never_passed_on(tags).is_some() {
            return false;
        }
        match third {
            Third::Named(country) => {
                let is_onward = audience.onward_to.is_empty() || audience.onward_to.contains(&country);
                is_onward && units_left(&self.label.label, tags.tlp, country).is_ok()
            }
            Third::Other => audience.onward_to.is_empty() && audience.releasable_to == ReleasableTo::Any,
        }
    }

    fn policy(&self, audience: &Audience, tags: &UseTags, passages: [&Passage; 2]) -> Onward {
        let is_free = |passage: &Passage| !passage.granted.without(self.edge.by_consent).is_empty();
        let is_free = passages.into_iter().all(is_free) && asks_for_consent(tags).is_none();
        if is_free { audience.onward } else { Onward::WithConsent }
    }

    fn vetoed(&self, passage: &Passage, third: Third) -> String {
        let bars = passage.matched.and(self.edge.law_bars()).bits().filter_map(|bit| self.edge.reference(bit));
        let bars: Vec<String> = bars.map(|bar| bar.to_string()).collect();
        let to = match third {
            Third::Named(country) => country.to_string(),
            Third::Other => "some countries".to_owned(),
        };
        format!("{} bars passing it on to {to}, to which treaty and tags would let it go", bars.join(" and "))
    }
}

impl OnwardRight {
    fn add(&mut self, purpose: Purpose, passage: &Passage) {
        match self.audience.iter_mut().find(|(of, ..)| *of == purpose) {
            Some((_, matched, granted)) => {
                (*matched, *granted) = (matched.or(passage.matched), granted.or(passage.granted));
            }
            None => self.audience.push((purpose, passage.matched, passage.granted)),
        }
    }
}

/// The tag by which nobody but the originator sends it anywhere, with or without its consent.
pub(super) fn never_passed_on(tags: &UseTags) -> Option<(&'static str, &'static str)> {
    match tags.tlp {
        None => Some(("tlp", "its TLP colour is not stated, and RED could hold for it")),
        Some(Tlp::Red) => Some(("tlp", "TLP RED is not passed on")),
        Some(_) => None,
    }
}

/// The tag by which it is passed on only with the originator's consent to this receiver.
pub(super) fn asks_for_consent(tags: &UseTags) -> Option<(&'static str, &'static str)> {
    if tags.handling.as_ref().is_none_or(|codes| codes.contains(&Handling::H2)) {
        return Some(("handling H2", "not to be disseminated without the provider's permission"));
    }
    matches!(tags.tlp, Some(Tlp::Amber | Tlp::AmberStrict))
        .then_some(("tlp", "TLP AMBER stays in the receiving country unless the provider consents"))
}
