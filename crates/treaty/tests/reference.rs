//! The compiled decision against a naive one, on random treaties, laws and labels.

use std::collections::{BTreeMap, BTreeSet};

use chancery_record::{
    Addressee, Audience, Caveat, Classification, Country, Date, Handling, Kind, Minors, ObtainedBy, Offence, Penalty,
    Purpose, ReleasableTo, SectionName, SectionTags, Sensitive, Set, Status, Tlp, UnitName, UseTags,
};
use chancery_treaty::{Action, Direction};
use chancery_treaty::{
    Age, Article, Countries, Label, Names, Question, Reach, ReasonSource, RecordDates, Rule, Scope, TreatyDocument,
    Units, WordDimension,
};
use proptest::prelude::*;
use proptest::sample::{select, subsequence};

use crate::setting::{Head, Written, bar, compiled, country, day, grant, label, law, law_bar, noon, treaty};

#[path = "reference/onward.rs"]
mod onward;

type Released = BTreeMap<(SectionName, Purpose), BTreeSet<(String, String)>>;

/// One section for one purpose, as a reader of the law would look at it.
struct Point<'a> {
    label: &'a Label,
    tags: UseTags,
    section: SectionName,
    purpose: Purpose,
    collected: Date,
    today: Date,
    from: Country,
    to: Country,
    actions: &'static [Action],
    /// To whom it is passed on.
    third: Option<Country>,
}

impl<'a> Point<'a> {
    /// What FR offers to DE.
    fn new(label: &'a Label, section: SectionName, purpose: Purpose, dates: RecordDates, today: Date) -> Self {
        let own = &label.sections.iter().find(|(name, _)| *name == section).unwrap().1;
        let (from, to) = (country("FR"), country("DE"));
        let (tags, collected, actions) = (own.narrow(&label.tags), dates.collected, &[Action::Offer]);
        Self { label, tags, section, purpose, collected, today, from, to, actions, third: None }
    }
}

/// Reads the articles one by one, as a person would.
fn naive(treaties: &[&TreatyDocument], law: &[Article], label: &Label, dates: RecordDates, today: Date) -> Released {
    let mut released = Released::new();
    for (section, _) in &label.sections {
        for purpose in Purpose::ALL {
            let point = Point::new(label, *section, *purpose, dates, today);
            if today >= dates.expires || label.originator != country("FR") || forbidden_by_tags(&point) {
                continue;
            }
            let bars = |articles: &[Article], reach: Reach| {
                articles.iter().any(|article| match &article.rule {
                    Rule::Bar(bar) => bar.reach == reach && touches(&bar.scope, &point),
                    _ => false,
                })
            };
            if bars(law, Reach::Parties) || treaties.iter().any(|treaty| bars(treaty.articles(), Reach::Parties)) {
                continue;
            }
            let mut cited = BTreeSet::new();
            for treaty in treaties.iter().filter(|treaty| !bars(treaty.articles(), Reach::Treaty)) {
                for article in treaty.articles() {
                    let Rule::Grant(grant) = &article.rule else { continue };
                    let goes = grant.requires.is_empty() && grant.quota.is_none() && covers(&grant.scope, &point);
                    if goes && some_unit_is_left(&grant.scope, &point) {
                        cited.insert((treaty.name(), article.number.clone()));
                    }
                }
            }
            if !cited.is_empty() {
                released.insert((*section, *purpose), cited);
            }
        }
    }
    released
}

/// The bars that touch one section for one purpose, whatever the grants and tags say.
fn naive_bars(
    treaties: &[&TreatyDocument],
    law: &[Article],
    label: &Label,
    dates: RecordDates,
    today: Date,
    (section, purpose): (SectionName, Purpose),
) -> BTreeSet<(String, String)> {
    let point = Point::new(label, section, purpose, dates, today);
    let touching = |name: String, articles: &[Article]| {
        let bars = articles.iter().filter(|article| match &article.rule {
            Rule::Bar(bar) => touches(&bar.scope, &point),
            _ => false,
        });
        bars.map(|article| (name.clone(), article.number.clone())).collect::<Vec<_>>()
    };
    let of_treaties = treaties.iter().flat_map(|treaty| touching(treaty.name(), treaty.articles()));
    of_treaties.chain(touching("law FR".to_owned(), law)).collect()
}

fn forbidden_by_tags(point: &Point<'_>) -> bool {
    use Purpose as P;
    let tags = &point.tags;
    let has = |code| tags.handling.as_ref().is_none_or(|codes| codes.contains(&code));
    let judicial = matches!(point.purpose, P::Prosecution | P::Evidence);
    !tags.purposes.contains(&point.purpose)
        || matches!(point.purpose, P::Administrative | P::Statistics | P::DataSubject | P::Supervision)
        || has(Handling::H3)
        || (judicial && (has(Handling::H1) || tags.caveats.contains(&Caveat::NotForCourt)))
        || point.section == SectionName::Audience
}

/// The facts of a dimension; none where nobody stated them.
fn facts(dimension: WordDimension, point: &Point<'_>) -> Option<BTreeSet<u8>> {
    use WordDimension as D;
    fn all<T: Ord>(words: &Option<Set<T>>, code: fn(&T) -> u8) -> Option<BTreeSet<u8>> {
        words.as_ref().map(|words| words.iter().map(code).collect())
    }
    let tags = &point.tags;
    let one = |code: u8| Some(BTreeSet::from([code]));
    match dimension {
        D::Action => Some(point.actions.iter().map(|action| action.code()).collect()),
        D::Kinds => one(point.label.kind.code()),
        D::Sections => one(point.section.code()),
        D::Purposes => one(point.purpose.code()),
        D::Classification => tags.classification.map(|word| BTreeSet::from([word.code()])),
        D::Tlp => tags.tlp.map(|word| BTreeSet::from([word.code()])),
        D::Handling => all(&tags.handling, |word| word.code()),
        D::Offences => all(&tags.offences, |word| word.code()),
        D::Statuses => all(&tags.statuses, |word| word.code()),
        D::ObtainedBy => all(&tags.obtained_by, |word| word.code()),
        D::Sensitive => all(&tags.sensitive, |word| word.code()),
        D::Caveats => Some(tags.caveats.iter().map(|word| word.code()).collect()),
        D::Penalty => (tags.penalty != Penalty::Unknown).then(|| BTreeSet::from([tags.penalty.code()])),
        D::Minors => (tags.minors != Minors::Unknown).then(|| BTreeSet::from([tags.minors.code()])),
    }
}

fn among(countries: &Option<Countries>, country: Country) -> bool {
    match countries {
        None | Some(Countries::Any) => true,
        Some(Countries::Only(countries)) => countries.contains(&country),
    }
}

/// A grant covers a point if it holds every value of every dimension, all of them stated.
fn covers(scope: &Scope, point: &Point<'_>) -> bool {
    let words = WordDimension::ALL.iter().all(|dimension| {
        let granted: BTreeSet<u8> = scope.words(*dimension).unwrap().codes().collect();
        facts(*dimension, point).is_some_and(|facts| facts.is_subset(&granted))
    });
    let name = |names: &Option<Names>, fact: &Option<String>| match (names.as_ref().unwrap(), fact) {
        (Names::Any, _) => true,
        (Names::None, fact) => fact.is_none(),
        (Names::Only(names), Some(fact)) => names.contains(fact),
        (Names::Only(_), None) => false,
    };
    let names = name(&scope.zone, &point.tags.zone) && name(&scope.operation, &point.tags.operation);
    words && sides(scope, point, false) && names
}

/// A bar touches a point if every dimension that it names has a value in common, or is not stated.
fn touches(scope: &Scope, point: &Point<'_>) -> bool {
    let words = WordDimension::ALL.iter().all(|dimension| {
        let Some(barred) = scope.words(*dimension) else { return true };
        facts(*dimension, point).is_none_or(|facts| facts.iter().any(|code| barred.contains(*code)))
    });
    let name = |names: &Option<Names>, fact: &Option<String>| match (names, fact) {
        (None | Some(Names::Any), _) | (_, None) => true,
        (Some(Names::None), Some(_)) => false,
        (Some(Names::Only(names)), Some(fact)) => names.contains(fact),
    };
    let names = name(&scope.zone, &point.tags.zone) && name(&scope.operation, &point.tags.operation);
    words && sides(scope, point, true) && names
}

/// Who sends and receives, and how old the data is: alike for grants and bars.
fn sides(scope: &Scope, point: &Point<'_>, is_bar: bool) -> bool {
    let from_unit = match &scope.from_units {
        Some(Units::Only(units)) => units.iter().any(|unit| {
            // Which unit of a holder passes it on is not known.
            let is_holders = is_bar && point.third == Some(point.to) && unit.country == point.from;
            is_holders || (unit.country == point.label.originator && unit.name == point.label.unit)
        }),
        _ => true,
    };
    let to_unit = match &scope.to_units {
        Some(Units::Only(units)) => units.iter().any(|unit| unit.country == point.to),
        _ => true,
    };
    let old_enough = match scope.older_than {
        Some(Age::Over(period)) => period.after(point.collected) <= point.today,
        _ => true,
    };
    among(&scope.from, point.from)
        && among(&scope.to, point.to)
        && point.third.is_none_or(|third| among(&scope.onward_to, third))
        && among(&scope.originator, point.label.originator)
        && from_unit
        && to_unit
        && old_enough
}

/// The receiver's units that could use it: `None` stands for every unit there is.
fn some_unit_is_left(scope: &Scope, point: &Point<'_>) -> bool {
    let Some(audience) = &point.label.audience else { return false };
    let theirs = |entries: &Set<Addressee>| -> BTreeSet<UnitName> {
        entries
            .iter()
            .filter_map(|entry| match entry {
                Addressee::Unit(unit) if unit.country == point.to => Some(unit.name.clone()),
                _ => None,
            })
            .collect()
    };
    let strict = matches!(point.tags.tlp, Some(Tlp::Red | Tlp::AmberStrict));
    let (whole, named) = match &audience.releasable_to {
        ReleasableTo::Any => (true, BTreeSet::new()),
        ReleasableTo::Only(entries) => (entries.contains(&Addressee::Country(point.to)), theirs(entries)),
    };
    if audience.not_releasable_to.contains(&Addressee::Country(point.to)) || (!whole && named.is_empty()) {
        return false;
    }
    if point.tags.tlp == Some(Tlp::Red) && named.is_empty() {
        return false;
    }
    let by_tags = (!whole || (strict && !named.is_empty())).then_some(named);
    let by_grant = match &scope.to_units {
        Some(Units::Only(units)) => Some(
            units.iter().filter(|unit| unit.country == point.to).map(|unit| unit.name.clone()).collect::<BTreeSet<_>>(),
        ),
        _ => None,
    };
    let excluded = theirs(&audience.not_releasable_to);
    match (by_tags, by_grant) {
        (None, None) => !strict && excluded.is_empty(),
        (Some(units), None) | (None, Some(units)) => !units.is_subset(&excluded),
        (Some(tags), Some(grant)) => tags.intersection(&grant).any(|unit| !excluded.contains(unit)),
    }
}

/// Few words of each vocabulary, so that articles and labels meet often.
const WORDS: Words = &[
    ("action", &["offer", "reply"]),
    ("kinds", &["notice.red", "vehicle", "diffusion"]),
    ("sections", &["identity", "narrative", "source"]),
    ("purposes", &["investigation", "prosecution", "identification", "statistics"]),
    ("classification", &["UNCLASSIFIED", "RESTRICTED", "SECRET"]),
    ("handling", &["H0", "H1", "H2", "H3"]),
    ("tlp", &["GREEN", "AMBER", "AMBER+STRICT", "RED"]),
    ("offences", &["none", "homicide", "tax"]),
    ("penalty", &["none", "life", "death"]),
    ("statuses", &["wanted", "victim"]),
    ("minors", &["no", "yes"]),
    ("caveats", &["not_for_court", "source_protection"]),
    ("obtained_by", &["police", "human_source"]),
    ("sensitive", &["health", "genetic"]),
    ("originator", &["FR", "DE"]),
    ("from", &["FR", "DE"]),
    ("to", &["FR", "DE"]),
    ("from_units", &["FR/DNPJ", "FR/DNRED"]),
    ("to_units", &["DE/BKA", "DE/BPOL"]),
    ("zone", &["river", "FR-973"]),
    ("operation", &["JIT-1", "JIT-2"]),
    ("older_than", &["100 days", "200 days"]),
];

/// Narrows some dimensions of an article to some words.
fn narrowed(article: Written, dimensions: usize) -> impl Strategy<Value = Written> {
    narrowed_in(WORDS, article, dimensions)
}

type Words = &'static [(&'static str, &'static [&'static str])];

fn narrowed_in(words: Words, article: Written, dimensions: usize) -> impl Strategy<Value = Written> {
    let line = select(words).prop_flat_map(|(key, words)| {
        let single = key == "older_than";
        let most = if single { 1 } else { words.len() };
        (Just(key), subsequence(words.to_vec(), 1..=most))
    });
    proptest::collection::vec(line, 0..=dimensions).prop_map(move |lines| {
        lines.into_iter().fold(article.clone(), |article, (key, words)| {
            let is_name = key == "zone" || key == "operation";
            if is_name && words.len() == 2 {
                return article.with(key, "\"none\"");
            }
            let words: Vec<String> = words.iter().map(|word| format!("\"{word}\"")).collect();
            let value = if key == "older_than" { words.join("") } else { format!("[{}]", words.join(", ")) };
            article.with(key, &value)
        })
    })
}

fn articles() -> impl Strategy<Value = Vec<Written>> {
    let one = (any::<u8>(), select(&["\"treaty\"", "\"parties\""][..])).prop_flat_map(|(sort, reach)| match sort % 7 {
        0 => narrowed(bar("0").with("reach", reach), 4).boxed(),
        1 => narrowed(grant("0").with("requires", "[\"request\"]"), 3).boxed(),
        _ => narrowed(grant("0").with("action", "\"any\""), 2).boxed(),
    });
    proptest::collection::vec(one, 1..6)
        .prop_map(|articles| articles.into_iter().enumerate().map(|(at, article)| article.numbered(at + 1)).collect())
}

fn some<T: Clone + std::fmt::Debug + Ord + 'static>(words: &'static [T]) -> impl Strategy<Value = Set<T>> {
    subsequence(words, 1..=words.len()).prop_map(|words| words.into_iter().collect())
}

fn stated<T: Clone + std::fmt::Debug + 'static>(value: impl Strategy<Value = T>) -> impl Strategy<Value = Option<T>> {
    proptest::option::weighted(0.97, value)
}

fn tags() -> impl Strategy<Value = UseTags> {
    const HANDLING: &[&[Handling]] = &[
        &[Handling::H0],
        &[Handling::H0],
        &[Handling::H1],
        &[Handling::H2],
        &[Handling::H1, Handling::H2],
        &[Handling::H3],
    ];
    let access = (
        stated(select(HANDLING)),
        stated(select(&[Tlp::Green, Tlp::Green, Tlp::Amber, Tlp::Amber, Tlp::AmberStrict, Tlp::Red][..])),
        stated(select(&[Classification::Unclassified, Classification::Restricted, Classification::Secret][..])),
        some(&[Purpose::Investigation, Purpose::Prosecution, Purpose::Identification, Purpose::Statistics]),
        subsequence(&[Caveat::NotForCourt, Caveat::SourceProtection][..], 0..=2),
    );
    let facts = (
        stated(some(&[Offence::None, Offence::Homicide, Offence::Tax])),
        select(&[Penalty::None, Penalty::None, Penalty::None, Penalty::Life, Penalty::Death, Penalty::Unknown][..]),
        stated(some(&[Status::Wanted, Status::Victim])),
        select(&[Minors::No, Minors::No, Minors::No, Minors::No, Minors::No, Minors::Yes, Minors::Unknown][..]),
        stated(some(&[ObtainedBy::Police, ObtainedBy::HumanSource])),
        stated(subsequence(&[Sensitive::Health, Sensitive::Genetic][..], 0..=2)),
    );
    let names = (
        proptest::option::of(select(&["river", "FR-973", "elsewhere"][..])),
        proptest::option::of(select(&["JIT-1", "JIT-2"][..])),
    );
    (access, facts, names).prop_map(|(access, facts, (zone, operation))| UseTags {
        handling: access.0.map(|codes| codes.iter().copied().collect()),
        tlp: access.1,
        classification: access.2,
        purposes: access.3,
        caveats: access.4.into_iter().collect(),
        offences: facts.0,
        penalty: facts.1,
        statuses: facts.2,
        minors: facts.3,
        obtained_by: facts.4,
        sensitive: facts.5.map(|words| words.into_iter().collect()),
        zone: zone.map(str::to_owned),
        operation: operation.map(str::to_owned),
        ..UseTags::default()
    })
}

fn audience() -> impl Strategy<Value = Option<Audience>> {
    const ENTRIES: &[&str] = &["DE", "DE/BKA", "DE/BPOL", "BR", "BR/PF"];
    let entries = |most: usize| {
        subsequence(ENTRIES, 0..=most)
            .prop_map(|all| all.iter().map(|entry| entry.parse::<Addressee>().unwrap()).collect::<Set<_>>())
    };
    let listed = prop_oneof![3 => Just(ReleasableTo::Any), 2 => entries(4).prop_map(ReleasableTo::Only)];
    let one = (listed, prop_oneof![6 => Just(Set::default()), 1 => entries(2)]);
    stated(one.prop_map(|(releasable_to, not_releasable_to)| Audience {
        releasable_to,
        not_releasable_to,
        ..Audience::default()
    }))
}

fn labels() -> impl Strategy<Value = Label> {
    let own = prop_oneof![
        3 => Just(SectionTags::default()),
        1 => (proptest::option::of(select(&[Tlp::Red, Tlp::Green][..])), proptest::option::of(some(&[Purpose::Investigation, Purpose::Prosecution])))
            .prop_map(|(tlp, purposes)| SectionTags { tlp, purposes, ..SectionTags::default() }),
        1 => some(&[Handling::H1, Handling::H3]).prop_map(|handling| SectionTags { handling, ..SectionTags::default() }),
        1 => some(&[Caveat::NotForCourt]).prop_map(|caveats| SectionTags {
            caveats,
            classification: Some(Classification::Secret),
            ..SectionTags::default()
        }),
    ];
    let names = [SectionName::Identity, SectionName::Narrative, SectionName::Source, SectionName::Audience];
    let sections = (subsequence(names.to_vec(), 1..=4), proptest::collection::vec(own, 4));
    let kinds = select(&[Kind::NoticeRed, Kind::NoticeRed, Kind::Vehicle, Kind::Diffusion][..]);
    let from = (select(&["FR", "FR", "FR", "FR", "FR", "DE"][..]), select(&["DNPJ", "DNRED"][..]));
    (kinds, tags(), sections, audience(), from).prop_map(|(kind, tags, (names, own), audience, (originator, unit))| {
        Label {
            kind,
            tags,
            sections: names.into_iter().zip(own).collect(),
            audience,
            originator: country(originator),
            unit: unit.parse().unwrap(),
            ..label()
        }
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(600))]

    #[test]
    fn the_decision_is_what_the_articles_say(
        first in articles(),
        second in articles(),
        bars in proptest::collection::vec(narrowed(law_bar("0"), 4), 0..2),
        labels in proptest::collection::vec(labels(), 6),
        days in 0i32..400,
    ) {
        let bars: Vec<Written> = bars.into_iter().enumerate().map(|(at, bar)| bar.numbered(at + 1).with("kinds", "[\"vehicle\"]")).collect();
        let treaties = [treaty(&Head::default(), &first), treaty(&Head { id: "other", ..Head::default() }, &second)];
        let laws = if bars.is_empty() { Vec::new() } else { vec![law("FR", &bars)] };
        let compiled = compiled("FR", &treaties, &laws);
        let of_law: &[Article] = laws.first().map_or(&[], |law| law.articles());
        let ageless = treaties.iter().flat_map(|treaty| treaty.articles()).chain(of_law)
            .all(|article| !matches!(article.rule.scope().and_then(|scope| scope.older_than), Some(Age::Over(_))));
        let dates = RecordDates { collected: day("2026-06-01").plus_days(-days), expires: day("2030-01-01") };
        for label in labels {
            let documents: Vec<&TreatyDocument> = treaties.iter().map(AsRef::as_ref).collect();
            let expected = naive(&documents, of_law, &label, dates, day("2026-06-01"));
            let prepared = label.clone().prepare();
            let verdict = compiled.decide(&Question {
                label: &prepared,
                dates,
                peer: country("DE"),
                direction: Direction::WeSend,
                action: Action::Offer,
                purpose: None,
                at: noon("2026-06-01"),
            });
            let cited = |row: &chancery_treaty::ReleasedRow| {
                let articles = row.articles.iter().map(|article| (article.document.clone(), article.article.clone()));
                ((row.section, row.purpose), articles.collect::<BTreeSet<_>>())
            };
            let found: Released = verdict.released.iter().map(cited).collect();
            prop_assert_eq!(&found, &expected, "{:?}", label);
            prop_assert_eq!(verdict.released.len() + verdict.withheld.len(), label.sections.len() * label.tags.purposes.len());
            prop_assert!(verdict.withheld.iter().all(|row| !row.by.is_empty()), "{:?}", verdict);
            let is_bar = |(document, number): &(String, String)| {
                let articles = documents.iter().find(|treaty| treaty.name() == *document).map_or(of_law, |treaty| treaty.articles());
                articles.iter().any(|article| article.number == *number && matches!(article.rule, Rule::Bar(_)))
            };
            for row in &verdict.withheld {
                let by_article = row.by.iter().filter(|reason| matches!(reason.source, ReasonSource::Treaty | ReasonSource::Law));
                let cited = by_article.map(|reason| (reason.document.clone().unwrap(), reason.article.clone().unwrap()));
                let cited: BTreeSet<(String, String)> = cited.filter(is_bar).collect();
                let touching = naive_bars(&documents, of_law, &label, dates, day("2026-06-01"), (row.section, row.purpose));
                prop_assert_eq!(cited, touching, "{:?}", label);
            }
            let offered = compiled.may_offer(&prepared, country("DE"));
            prop_assert!(offered || found.is_empty(), "{:?}", label);
            prop_assert!(!ageless || offered != found.is_empty(), "{:?}", label);
            if let Some(deferred) = &verdict.deferred {
                let then = naive(&documents, of_law, &label, dates, deferred.until);
                prop_assert!(then.keys().any(|row| !expected.contains_key(row)), "{:?}", verdict);
            }
        }
    }
}
