//! One direction towards one peer, compiled: for each dimension, which articles a value matches.

use std::sync::Arc;

use chancery_record::{Country, Date, DocumentHash, SCHEMA_VERSION, Set, Unit, UnitName};

use super::article_set::ArticleSet;
use super::tables::{Fact, NameTable, Scoped, WordTables, row_of};
use crate::article::{Age, Article, Grant, Rule, Units};
use crate::dimension::{WordDimension, WordSet};
use crate::document::{NationalLaw, TreatyDocument};
use crate::label::{Group, Label};
use crate::limits::ARTICLES_PER_PEER_MAX;
use crate::verdict::{ArticleRef, ReasonSource};
use crate::words::{Action, Reach};

/// The articles that bear on what one country sends to another.
#[derive(Clone, Debug, Default)]
pub(crate) struct Edge {
    documents: Vec<Source>,
    entries: Vec<Entry>,
    /// Grants that let something go by themselves.
    pub live: ArticleSet,
    /// Grants that let a holder pass something on.
    pub passing: ArticleSet,
    /// Those of them that ask for the originator's consent.
    pub by_consent: ArticleSet,
    /// Grants that let nothing go by themselves: they answer, pass on, or wait for what this version cannot check.
    pub dormant: ArticleSet,
    grants: ArticleSet,
    bars: ArticleSet,
    law_bars: ArticleSet,
    wide_bars: ArticleSet,
    treaty_bars: ArticleSet,
    aged: ArticleSet,
    pub tables: WordTables,
    originators: NameTable<Country>,
    thirds: NameTable<Country>,
    from_units: NameTable<Unit>,
    zones: NameTable<String>,
    operations: NameTable<String>,
    schemas: Vec<ArticleSet>,
    /// By presence of a zone and of an operation; where an article names some unit, zone or case, the tables are asked.
    plain: Option<[[ArticleSet; 2]; 2]>,
}

/// How much of a document counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Weight {
    /// It is in force.
    Whole,
    /// It was concluded, and its grants do not count today.
    BarsOnly,
}

/// A third country, as the articles see it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Third {
    Named(Country),
    /// One that nobody names.
    Other,
}

/// Whether a record states a name.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Presence {
    Absent,
    Stated,
}

#[derive(Clone, Debug)]
struct Source {
    content: Content,
    name: String,
    articles: ArticleSet,
}

#[derive(Clone, Debug)]
enum Content {
    Treaty(Arc<TreatyDocument>),
    Law(Arc<NationalLaw>),
}

#[derive(Clone, Debug)]
struct Entry {
    document: usize,
    article: usize,
    /// The receiving units that a grant is limited to.
    to_units: Option<Set<UnitName>>,
}

/// More articles than a direction has bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Overfull;

impl Edge {
    /// Compiles what `from` may send to `to`.
    ///
    /// A treaty that does not fit refuses the whole direction: a bar without a bit would widen it.
    pub fn build(
        from: Country,
        to: Country,
        law: Option<&Arc<NationalLaw>>,
        treaties: &[Arc<TreatyDocument>],
        barring: &[Arc<TreatyDocument>],
    ) -> Result<Self, Overfull> {
        let mut edge = Self::default();
        let law = law.map(|law| (Content::Law(Arc::clone(law)), law.name()));
        let treaty = |treaty: &Arc<TreatyDocument>| (Content::Treaty(Arc::clone(treaty)), treaty.name());
        for (content, name) in law.into_iter().chain(treaties.iter().map(treaty)) {
            edge.add(content, name, Weight::Whole, from, to)?;
        }
        for (content, name) in barring.iter().map(treaty) {
            edge.add(content, name, Weight::BarsOnly, from, to)?;
        }
        edge.tabulate(from);
        Ok(edge)
    }

    /// The articles that match everything about a group of sections, but section and purpose.
    pub fn matching(&self, label: &Label, group: &Group, action: Action) -> ArticleSet {
        use WordDimension as D;
        let mut matched = self.names(label, group).and(self.word(D::Action, action.code()));
        for dimension in &FACTS {
            matched = matched.and(self.words(*dimension, group.words(*dimension)));
        }
        matched
    }

    /// The articles that match everything about a group of sections that a holder sends, but section and purpose: of
    /// the grants what it may offer, of the bars also what they say of passing on to this receiver.
    pub fn matching_onward(&self, label: &Label, group: &Group, [sender, receiver]: [Country; 2]) -> ArticleSet {
        use WordDimension as D;
        let (offer, onward) = (self.word(D::Action, Action::Offer.code()), self.word(D::Action, Action::Onward.code()));
        let bars = offer.or(onward).and(self.third(Third::Named(receiver))).and(self.bars);
        let mut matched = offer.and(self.grants).or(bars);
        for dimension in &FACTS {
            matched = matched.and(self.words(*dimension, group.words(*dimension)));
        }
        // Which of the holder's own units sends it is not known.
        let units = self.sending_unit(label).or(self.from_units.of_any(|unit| unit.country == sender).and(self.bars));
        let zone = self.zone(group).and(self.operation(group));
        matched.and(self.originator(label)).and(units).and(zone).and(self.schema(label.schema))
    }

    /// The articles that match a third country.
    pub fn third(&self, third: Third) -> ArticleSet {
        self.thirds.matching(true, |country| third == Third::Named(*country))
    }

    /// The third countries that some article names.
    pub fn named_thirds(&self) -> impl Iterator<Item = Country> {
        self.thirds.names().copied()
    }

    /// The articles that the record's names and schema match.
    pub fn names(&self, label: &Label, group: &Group) -> ArticleSet {
        self.originator(label)
            .and(self.sending_unit(label))
            .and(self.zone(group))
            .and(self.operation(group))
            .and(self.schema(label.schema))
    }

    /// The articles that a fact matches.
    pub fn words(&self, dimension: WordDimension, fact: Option<WordSet>) -> ArticleSet {
        self.tables.matching(dimension, fact)
    }

    /// The articles that a word of a dimension decided one by one matches.
    #[inline]
    pub fn word(&self, dimension: WordDimension, code: u8) -> ArticleSet {
        self.tables.row(row_of(dimension, Fact::Word(code)))
    }

    /// The articles that match all but the words of what a country offers of its own, whatever its dates: the same as
    /// [`Edge::matching`] less the words, where units, zones and cases have no name in any article.
    #[inline]
    pub fn by_presence(&self, has_zone: Presence, has_operation: Presence) -> Option<ArticleSet> {
        self.plain.as_ref().map(|plain| {
            let [[neither, operation], [zone, both]] = *plain;
            match (has_zone, has_operation) {
                (Presence::Absent, Presence::Absent) => neither,
                (Presence::Absent, Presence::Stated) => operation,
                (Presence::Stated, Presence::Absent) => zone,
                (Presence::Stated, Presence::Stated) => both,
            }
        })
    }

    pub fn originator(&self, label: &Label) -> ArticleSet {
        self.originators.matching(true, |country| *country == label.originator)
    }

    pub fn sending_unit(&self, label: &Label) -> ArticleSet {
        self.from_units.matching(true, |unit| unit.country == label.originator && unit.name == label.unit)
    }

    pub fn zone(&self, group: &Group) -> ArticleSet {
        let zone = group.tags.zone.as_deref();
        self.zones.matching(zone.is_some(), |name| Some(name.as_str()) == zone)
    }

    pub fn operation(&self, group: &Group) -> ArticleSet {
        let operation = group.tags.operation.as_deref();
        self.operations.matching(operation.is_some(), |name| Some(name.as_str()) == operation)
    }

    pub fn schema(&self, schema: u16) -> ArticleSet {
        self.schemas.get(usize::from(schema)).copied().unwrap_or(self.bars)
    }

    /// The articles whose least age the data has reached; all that name none are among them.
    pub fn mature(&self, collected: Date, today: Date) -> ArticleSet {
        let too_young = |bit: &usize| !self.age(*bit).is_reached(collected, today);
        ArticleSet::ALL.without(self.aged.bits().filter(too_young).collect())
    }

    /// The articles that count when dates are left out: grants of any age, and no bar that age may lift.
    pub fn timeless(&self) -> ArticleSet {
        ArticleSet::ALL.without(self.aged.and(self.bars))
    }

    /// Whether any article depends on the age of the data.
    pub fn has_ages(&self) -> bool {
        !self.aged.is_empty()
    }

    /// The least age that an article names.
    pub fn age(&self, bit: usize) -> Age {
        self.article(bit).and_then(|(_, article)| article.rule.scope()?.older_than).unwrap_or(Age::Any)
    }

    /// The grants that hold against the bars among the matched articles.
    #[inline]
    pub fn granted(&self, matched: ArticleSet, usable: ArticleSet) -> ArticleSet {
        self.granted_among(self.live.and(usable), matched)
    }

    /// Those of `grants` that hold against the bars among the matched articles.
    #[inline]
    pub fn granted_among(&self, grants: ArticleSet, matched: ArticleSet) -> ArticleSet {
        if matched.meets(self.wide_bars) {
            return ArticleSet::EMPTY;
        }
        let mut granted = matched.and(grants);
        let bars = matched.and(self.treaty_bars);
        if !bars.is_empty() {
            for document in self.documents.iter().filter(|document| document.articles.meets(bars)) {
                granted = granted.without(document.articles);
            }
        }
        granted
    }

    /// The bars among the matched articles.
    pub fn barring(&self, matched: ArticleSet) -> ArticleSet {
        matched.and(self.bars)
    }

    /// The bars of national law.
    pub fn law_bars(&self) -> ArticleSet {
        self.law_bars
    }

    /// The article of a bit, with the name of its document.
    pub fn article(&self, bit: usize) -> Option<(&str, &Article)> {
        let entry = self.entries.get(bit)?;
        let source = self.documents.get(entry.document)?;
        Some((&source.name, source.content.articles().get(entry.article)?))
    }

    /// The grant of a bit.
    pub fn grant(&self, bit: usize) -> Option<&Grant> {
        match &self.article(bit)?.1.rule {
            Rule::Grant(grant) => Some(grant),
            _ => None,
        }
    }

    /// An article as people cite it.
    pub fn reference(&self, bit: usize) -> Option<ArticleRef> {
        let (document, article) = self.article(bit)?;
        Some(ArticleRef { document: document.to_owned(), article: article.number.clone() })
    }

    /// The hash of an article's treaty.
    pub fn document_hash(&self, bit: usize) -> Option<DocumentHash> {
        let source = self.documents.get(self.entries.get(bit)?.document)?;
        Some(match &source.content {
            Content::Treaty(treaty) => treaty.hash,
            Content::Law(law) => law.hash,
        })
    }

    /// Whether an article stands in a treaty or in a law.
    pub fn source(&self, bit: usize) -> ReasonSource {
        let source = self.entries.get(bit).and_then(|entry| self.documents.get(entry.document));
        match source.map(|source| &source.content) {
            Some(Content::Law(_)) => ReasonSource::Law,
            _ => ReasonSource::Treaty,
        }
    }

    /// The newest schema that an article's document lets go.
    pub fn schema_of(&self, bit: usize) -> u16 {
        let source = self.entries.get(bit).and_then(|entry| self.documents.get(entry.document));
        match source.map(|source| &source.content) {
            Some(Content::Treaty(treaty)) => treaty.header.schema,
            _ => SCHEMA_VERSION,
        }
    }

    /// Takes the grants of all other treaties away; their bars stay.
    pub fn keep_grants_of(&mut self, is_kept: impl Fn(&DocumentHash) -> bool) {
        let is_grant_kept = |bit: &usize| self.document_hash(*bit).is_some_and(|treaty| is_kept(&treaty));
        let kept: ArticleSet = self.grants.bits().filter(is_grant_kept).collect();
        for grants in [&mut self.live, &mut self.passing, &mut self.by_consent] {
            *grants = grants.and(kept);
        }
    }

    /// The receiving units that a grant is limited to.
    pub fn to_units(&self, bit: usize) -> Option<&Set<UnitName>> {
        self.entries.get(bit)?.to_units.as_ref()
    }

    fn add(
        &mut self,
        content: Content,
        name: String,
        weight: Weight,
        from: Country,
        to: Country,
    ) -> Result<(), Overfull> {
        let document = self.documents.len();
        let mut articles = ArticleSet::EMPTY;
        for (at, article) in content.articles().iter().enumerate() {
            let Some(scope) = article.rule.scope().filter(|scope| scope.covers_direction(from, to)) else { continue };
            if weight == Weight::BarsOnly && !matches!(article.rule, Rule::Bar(_)) {
                continue;
            }
            let to_units = units_of(&scope.to_units, to);
            if to_units.as_ref().is_some_and(Set::is_empty) {
                continue;
            }
            let bit = self.entries.len();
            if bit >= ARTICLES_PER_PEER_MAX {
                return Err(Overfull);
            }
            articles.insert(bit);
            self.sort_in(bit, &article.rule);
            if matches!(content, Content::Law(_)) {
                self.law_bars.insert(bit);
            }
            self.entries.push(Entry { document, article: at, to_units });
        }
        self.documents.push(Source { content, name, articles });
        Ok(())
    }

    fn sort_in(&mut self, bit: usize, rule: &Rule) {
        match rule {
            Rule::Grant(grant) => {
                self.grants.insert(bit);
                if grant.is_live() {
                    self.live.insert(bit)
                } else {
                    self.dormant.insert(bit)
                }
                if grant.passes_on() {
                    self.passing.insert(bit);
                    if !grant.requires.is_empty() {
                        self.by_consent.insert(bit);
                    }
                }
            }
            Rule::Bar(bar) => {
                self.bars.insert(bit);
                match bar.reach {
                    Reach::Parties => self.wide_bars.insert(bit),
                    Reach::Treaty => self.treaty_bars.insert(bit),
                }
            }
            Rule::Duty(_) => {}
        }
        if rule.scope().is_some_and(|scope| matches!(scope.older_than, Some(Age::Over(_)))) {
            self.aged.insert(bit);
        }
    }

    fn tabulate(&mut self, from: Country) {
        let scoped = |bit: usize| {
            let (_, article) = self.article(bit)?;
            let scope = article.rule.scope()?.clone();
            Some(Scoped { bit, scope, is_bar: self.bars.contains(bit), schema: self.schema_of(bit) })
        };
        let scopes: Vec<Scoped> = (0..self.entries.len()).filter_map(scoped).collect();
        self.tables = WordTables::build(&scopes);
        self.originators = NameTable::of_countries(&scopes, |scope| scope.originator.as_ref());
        self.thirds = NameTable::of_countries(&scopes, |scope| scope.onward_to.as_ref());
        self.from_units = NameTable::of_units(&scopes);
        self.zones = NameTable::of_names(&scopes, |scope| scope.zone.as_ref());
        self.operations = NameTable::of_names(&scopes, |scope| scope.operation.as_ref());
        let covers = |schema: u16| {
            scopes
                .iter()
                .filter(move |article| article.is_bar || schema <= article.schema)
                .map(|article| article.bit)
                .collect()
        };
        self.schemas = (0..=SCHEMA_VERSION).map(covers).collect();
        self.plain = self.presences(from);
    }

    fn presences(&self, from: Country) -> Option<[[ArticleSet; 2]; 2]> {
        if !self.from_units.is_plain() || !self.zones.is_plain() || !self.operations.is_plain() {
            return None;
        }
        let offer = self.word(WordDimension::Action, Action::Offer.code()).and(self.timeless());
        let own =
            self.originators.matching(true, |country| *country == from).and(self.from_units.matching(true, |_| false));
        let of = |zone: bool, operation: bool| {
            let zone = self.zones.matching(zone, |_| false);
            offer.and(own).and(zone).and(self.operations.matching(operation, |_| false))
        };
        Some([[of(false, false), of(false, true)], [of(true, false), of(true, true)]])
    }
}

/// The dimensions that stand in the label as words.
pub(crate) const FACTS: [WordDimension; 11] = [
    WordDimension::Kinds,
    WordDimension::Classification,
    WordDimension::Handling,
    WordDimension::Tlp,
    WordDimension::Offences,
    WordDimension::Penalty,
    WordDimension::Statuses,
    WordDimension::Minors,
    WordDimension::Caveats,
    WordDimension::ObtainedBy,
    WordDimension::Sensitive,
];

impl Content {
    fn articles(&self) -> &[Article] {
        match self {
            Self::Treaty(treaty) => &treaty.articles,
            Self::Law(law) => &law.articles,
        }
    }
}

/// The units of `country` among those an article names; nothing where it names none of any.
fn units_of(units: &Option<Units>, country: Country) -> Option<Set<UnitName>> {
    match units {
        Some(Units::Only(units)) => {
            Some(units.iter().filter(|unit| unit.country == country).map(|unit| unit.name.clone()).collect())
        }
        Some(Units::Any) | None => None,
    }
}
