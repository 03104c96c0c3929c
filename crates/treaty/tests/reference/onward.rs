//! Onward transfer against a naive reader: FR seals, DE holds, BR is to have it.

use std::sync::Arc;

use chancery_record::{
    Audience, ConsentAnswer, Draft, DraftSection, Lineage, Onward, Placement, Record, SectionSet, StatementId,
};
use chancery_treaty::{Candidate, Consent, Grant, Law, Terms};

use super::*;
use crate::setting::{TODAY, record_key};

/// Every country that some tag or article may name, and one that none does.
const COUNTRIES: [&str; 4] = ["BR", "BE", "NL", "CA"];

/// The grants on passing on that hold for a section, a purpose and a third country.
fn passage<'a>(
    treaty: &'a TreatyDocument,
    law: &[Article],
    point: &Point<'_>,
    third: Country,
    units: Option<&Set<UnitName>>,
) -> Vec<(&'a Article, &'a Grant)> {
    let onward = Point { actions: &[Action::Onward], third: Some(third), tags: point.tags.clone(), ..*point };
    // The audience leaves with the offer, so that bars on offers hold for it too.
    let offered = Point { actions: &[Action::Offer], third: None, tags: point.tags.clone(), ..*point };
    let is_barred = treaty.articles().iter().chain(law).any(|article| match &article.rule {
        Rule::Bar(bar) => {
            touches(&bar.scope, &onward) || (point.section == SectionName::Audience && touches(&bar.scope, &offered))
        }
        _ => false,
    });
    if is_barred {
        return Vec::new();
    }
    let grants = treaty.articles().iter().filter_map(|article| match &article.rule {
        Rule::Grant(grant) => Some((article, grant.as_ref())),
        _ => None,
    });
    let fits = |(_, grant): &(&Article, &Grant)| {
        let consent_at_most = grant.requires.iter().all(|word| word.word() == "consent");
        let of_unit = match &grant.scope.to_units {
            Some(Units::Only(named)) => units.is_some_and(|units| {
                units.iter().all(|unit| named.iter().any(|one| one.country == point.to && one.name == *unit))
            }),
            _ => true,
        };
        consent_at_most && grant.quota.is_none() && of_unit && covers(&grant.scope, &onward)
    };
    grants.filter(fits).collect()
}

/// Whether the tags leave a third country, and whether only with consent.
fn tags_leave(audience: &Audience, tags: &UseTags, third: Country) -> bool {
    let colour = tags.tlp.is_some_and(|colour| colour != Tlp::Red);
    let named = |entries: &Set<Addressee>| entries.iter().any(|entry| entry.country() == third);
    let listed = match &audience.releasable_to {
        ReleasableTo::Any => true,
        ReleasableTo::Only(entries) => named(entries),
    };
    let onward = audience.onward_to.is_empty() || audience.onward_to.contains(&third);
    colour && listed && onward && !audience.not_releasable_to.contains(&Addressee::Country(third))
}

fn needs_consent(tags: &UseTags) -> bool {
    let h2 = tags.handling.as_ref().is_none_or(|codes| codes.contains(&Handling::H2));
    h2 || matches!(tags.tlp, Some(Tlp::Amber | Tlp::AmberStrict))
}

/// The onward right that FR gives DE, and the purposes for which the audience goes.
fn naive_right(
    treaty: &TreatyDocument,
    law: &[Article],
    label: &Label,
    dates: RecordDates,
    terms: &Terms,
) -> (Onward, BTreeSet<Purpose>) {
    let today = day(TODAY);
    let (mut right, mut purposes) = (Onward::Never, BTreeSet::new());
    let Some(audience) = &label.audience else { return (right, purposes) };
    if audience.onward == Onward::Never || !label.sections.iter().any(|(name, _)| *name == SectionName::Audience) {
        return (right, purposes);
    }
    for third in COUNTRIES.map(country) {
        for row in terms.rows().iter().filter(|row| row.section != SectionName::Audience) {
            let point = Point::new(label, row.section, row.purpose, dates, today);
            let secret = Point::new(label, SectionName::Audience, row.purpose, dates, today);
            let units = row.to_units.as_ref();
            if !tags_leave(audience, &point.tags, third) || passage(treaty, &[], &point, third, units).is_empty() {
                continue;
            }
            let content = passage(treaty, law, &point, third, units);
            if content.is_empty() {
                return (Onward::Never, BTreeSet::new());
            }
            let audience_goes: Vec<_> = passage(treaty, law, &secret, third, units)
                .into_iter()
                .filter(|(_, grant)| some_unit_is_left(&grant.scope, &secret))
                .collect();
            if audience_goes.is_empty() {
                continue;
            }
            let free = |grants: &[(&Article, &Grant)]| grants.iter().any(|(_, grant)| grant.requires.is_empty());
            let is_free = free(&content) && free(&audience_goes) && !needs_consent(&point.tags);
            right = right.max(if is_free { audience.onward } else { Onward::WithConsent });
            if !forbidden_by_tags_but_audience(&secret) {
                purposes.insert(row.purpose);
            }
        }
    }
    (right, purposes)
}

fn forbidden_by_tags_but_audience(point: &Point<'_>) -> bool {
    forbidden_by_tags(&Point { section: SectionName::Identity, tags: point.tags.clone(), ..*point })
}

/// What DE may pass on to BR: section and purpose with the numbers of the articles of both treaties.
fn naive_onward(
    [first, second]: [&TreatyDocument; 2],
    law: &[Article],
    label: &Label,
    dates: RecordDates,
    held: &Terms,
    has_consent: bool,
) -> Released {
    let (mut released, brazil) = (Released::new(), country("BR"));
    let Some(audience) = label.audience.as_ref().filter(|audience| audience.onward != Onward::Never) else {
        return released;
    };
    if held.onward() == Onward::Never {
        return released;
    }
    for row in held.rows().iter().filter(|row| row.section != SectionName::Audience) {
        let point = Point::new(label, row.section, row.purpose, dates, day(TODAY));
        let asks = needs_consent(&point.tags) || audience.onward.min(held.onward()) == Onward::WithConsent;
        if forbidden_by_tags(&point) || !tags_leave(audience, &point.tags, brazil) || (asks && !has_consent) {
            continue;
        }
        let mut ones = passage(first, &[], &point, brazil, row.to_units.as_ref());
        ones.retain(|(_, grant)| has_consent || grant.requires.is_empty());
        let next = Point { from: country("DE"), to: brazil, tags: point.tags.clone(), ..point };
        let both =
            Point { actions: &[Action::Offer, Action::Onward], third: Some(brazil), tags: point.tags.clone(), ..next };
        let is_barred = second.articles().iter().chain(law).any(|article| match &article.rule {
            Rule::Bar(bar) => touches(&bar.scope, &both),
            _ => false,
        });
        let twos = second.articles().iter().filter(|article| match &article.rule {
            Rule::Grant(grant) => {
                let live = grant.requires.is_empty() && grant.quota.is_none();
                live && covers(&grant.scope, &next) && some_unit_is_left(&grant.scope, &next)
            }
            _ => false,
        });
        let twos: Vec<&Article> = twos.collect();
        if ones.is_empty() || twos.is_empty() || is_barred {
            continue;
        }
        let ones = ones.iter().map(|(article, _)| (first.name(), article.number.clone()));
        let cited = ones.chain(twos.iter().map(|article| (second.name(), article.number.clone())));
        released.insert((row.section, row.purpose), cited.collect());
    }
    released
}

/// The dimensions in which articles on passing on are narrowed: not who sends to whom, which the treaty says.
const ONWARD: Words = &[
    ("kinds", &["notice.red", "vehicle"]),
    ("sections", &["identity", "narrative", "audience"]),
    ("purposes", &["investigation", "prosecution", "identification"]),
    ("classification", &["UNCLASSIFIED", "RESTRICTED"]),
    ("handling", &["H0", "H1", "H2"]),
    ("tlp", &["GREEN", "AMBER", "AMBER+STRICT"]),
    ("originator", &["FR", "DE"]),
    ("older_than", &["100 days", "200 days"]),
    ("caveats", &["not_for_court"]),
];

fn treaty_articles(units: Words) -> impl Strategy<Value = Vec<Written>> {
    let offers = || narrowed_in(ONWARD, grant("0").with("action", "[\"offer\"]"), 1);
    let both = narrowed_in(ONWARD, grant("0").with("action", "[\"offer\", \"onward\"]"), 1);
    let passes = || {
        let thirds = select(&["\"any\"", "[\"BR\"]", "[\"BR\", \"BE\"]", "[\"NL\"]"][..]);
        let requires = select(&["\"none\"", "\"none\"", "[\"consent\"]", "[\"request\"]"][..]);
        (narrowed_in(ONWARD, grant("0"), 1), thirds, requires).prop_map(|(article, thirds, requires)| {
            article.with("action", "[\"onward\"]").with("onward_to", thirds).with("requires", requires)
        })
    };
    let bars = (narrowed_in(ONWARD, bar("0"), 3), select(&["\"any\"", "[\"BR\"]", "[\"BE\"]"][..]))
        .prop_map(|(article, thirds)| article.with("action", "[\"onward\"]").with("onward_to", thirds));
    let plain = narrowed_in(ONWARD, bar("0").with("kinds", "[\"notice.red\"]"), 3);
    let some = prop_oneof![
        2 => offers(), 2 => both, 3 => passes(), 1 => bars, 1 => plain,
        1 => narrowed_in(units, grant("0"), 1), 1 => narrowed_in(units, passes_any(), 1),
    ];
    (offers(), passes(), proptest::collection::vec(some, 0..4)).prop_map(|(one, two, others)| {
        let all = [one, two].into_iter().chain(others);
        all.enumerate().map(|(at, article)| article.numbered(at + 1)).collect()
    })
}

fn passes_any() -> Written {
    grant("0").with("action", "[\"onward\"]")
}

fn audiences() -> impl Strategy<Value = Audience> {
    let entries = |all: &'static [&'static str], most: usize| {
        subsequence(all, 0..=most)
            .prop_map(|some| some.iter().map(|entry| entry.parse::<Addressee>().unwrap()).collect::<Set<_>>())
    };
    const LISTED: &[&str] = &["DE/BKA", "BR", "BR/PF", "BE"];
    let listed = prop_oneof![
        3 => Just(ReleasableTo::Any),
        2 => entries(LISTED, 4).prop_map(|some| {
            ReleasableTo::Only(some.iter().cloned().chain(["DE".parse().unwrap()]).collect())
        }),
    ];
    let except = prop_oneof![6 => Just(Set::default()), 1 => entries(&["BR", "BR/PF", "BE"], 2)];
    let onward = select(&[Onward::Allowed, Onward::Allowed, Onward::WithConsent, Onward::Never][..]);
    let to = prop_oneof![
        3 => Just(Set::default()),
        1 => some(&["BR", "BE"]).prop_map(|codes| codes.iter().map(|code| country(code)).collect()),
    ];
    (listed, except, onward, to).prop_map(|(releasable_to, not_releasable_to, onward, onward_to)| Audience {
        releasable_to,
        not_releasable_to,
        onward,
        onward_to,
        ..Audience::default()
    })
}

/// A sealed record of FR with random tags, where they can be sealed.
fn records() -> impl Strategy<Value = Arc<Record>> {
    let tags = (
        tags(),
        prop_oneof![3 => Just(Some(Tlp::Green)), 1 => select(&[Some(Tlp::Amber), Some(Tlp::AmberStrict), Some(Tlp::Red), None][..])],
    );
    let own = prop_oneof![
        4 => Just(SectionTags::default()),
        1 => Just(SectionTags { handling: [Handling::H2].into_iter().collect(), ..SectionTags::default() }),
        1 => Just(SectionTags { tlp: Some(Tlp::AmberStrict), ..SectionTags::default() }),
    ];
    (tags, own, audiences()).prop_map(|((mut tags, tlp), own, audience)| {
        tags.tlp = tlp;
        (tags.zone, tags.operation) = (None, None);
        let section = |name, tags| DraftSection { name, tags, body: serde_json::json!({ "text": "invented" }) };
        let draft = Draft {
            kind: Kind::NoticeRed,
            unit: None,
            collected: Some(day("2026-01-01")),
            review: None,
            expires: Some(day("2030-01-01")),
            tags,
            audience,
            sections: vec![
                section(SectionName::Identity, SectionTags::default()),
                section(SectionName::Narrative, own),
            ],
        };
        let place = Placement {
            lineage: Lineage([5; 16]),
            revision: 1,
            collected: None,
            originator: country("FR"),
            unit: "DNPJ".parse().unwrap(),
            issued: noon("2026-03-01"),
        };
        Arc::new(draft.seal(&place, &record_key("FR"), || [3; 16]).unwrap())
    })
}

fn consents(record: &Record) -> Vec<Consent> {
    vec![Consent {
        statement: StatementId([4; 32]),
        by: country("FR"),
        made: noon(TODAY),
        record: record.id(),
        to: country("BR"),
        until: day("2028-01-01"),
        answer: ConsentAnswer::Given,
    }]
}

fn cited(verdict: &chancery_treaty::Verdict) -> Released {
    let row = |row: &chancery_treaty::ReleasedRow| {
        let articles = row.articles.iter().map(|article| (article.document.clone(), article.article.clone()));
        ((row.section, row.purpose), articles.collect::<BTreeSet<_>>())
    };
    verdict.released.iter().map(row).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(800))]

    #[test]
    fn what_is_passed_on_is_what_the_articles_say(
        first in treaty_articles(&[("to_units", &["DE/BKA", "DE/BPOL"]), ("from_units", &["FR/DNPJ", "FR/DNRED"])]),
        second in treaty_articles(&[("to_units", &["BR/PF", "BR/ABIN"]), ("from_units", &["DE/BKA"])]),
        bars in proptest::collection::vec(narrowed_in(ONWARD, law_bar("0").with("kinds", "[\"vehicle\"]"), 2), 0..2),
        thirds in select(&["\"any\"", "[\"BR\"]", "[\"BE\"]", "[\"CA\"]"][..]),
        records in proptest::collection::vec(records(), 4),
    ) {
        let bars: Vec<Written> = bars.into_iter().enumerate()
            .map(|(at, bar)| bar.numbered(at + 1).with("action", "[\"onward\"]").with("onward_to", thirds)).collect();
        let laws = |code: &str| if bars.is_empty() { Vec::new() } else { vec![law(code, &bars)] };
        let (french, german) = (laws("FR"), laws("DE"));
        let articles = |laws: &[Arc<chancery_treaty::NationalLaw>]| laws.first().map_or(Vec::new(), |law| law.articles().to_vec());
        let first = treaty(&Head::default(), &first);
        let second = treaty(&Head { id: "next", parties: "[\"DE\", \"BR\"]", ..Head::default() }, &second);
        let own = compiled("FR", &[first.clone()], &french);
        let holder = compiled("DE", &[first.clone(), second.clone()], &german);
        let receiver = compiled("BR", &[second.clone()], &[]);
        for record in records {
            let (label, dates) = (Label::of(&record), RecordDates::of(&record));
            let candidate = Candidate::new(record.clone());
            let Ok(released) = own.release(&candidate, country("DE"), Action::Offer, noon(TODAY)) else { continue };
            let terms = released.terms().clone();
            let (right, purposes) = naive_right(&first, &articles(&french), &label, dates, &terms);
            prop_assert_eq!(terms.onward(), right, "{:?}", label);
            let found: BTreeSet<Purpose> = terms.rows().iter()
                .filter(|row| row.section == SectionName::Audience).map(|row| row.purpose).collect();
            prop_assert_eq!(&found, &purposes, "{:?}", label);
            for third in COUNTRIES.map(country) {
                let lets = own.lets_pass_on(&candidate, [country("DE"), third], noon(TODAY));
                prop_assert!(!lets || right != Onward::Never);
            }
            // DE takes it as it came, and passes it on.
            let held = Arc::new(record.with_only(terms.sections()));
            let again = holder.redecide(&held, country("FR"), &terms, noon(TODAY));
            prop_assert_eq!((&again.breaches, &again.narrowed), (&vec![], &terms), "{:?}", label);
            check_transfer(&holder, &receiver, [&first, &second], &articles(&german), &held, &terms)?;
        }
    }
}

fn check_transfer(
    holder: &Law,
    receiver: &Law,
    treaties: [&TreatyDocument; 2],
    law: &[Article],
    held: &Arc<Record>,
    terms: &Terms,
) -> Result<(), TestCaseError> {
    let (label, dates) = (Label::of(held), RecordDates::of(held));
    let candidate = Candidate::new(held.clone());
    for consents in [Vec::new(), consents(held)] {
        let expected = naive_onward(treaties, law, &label, dates, terms, !consents.is_empty());
        let verdict = holder.decide_onward(&candidate, terms, &consents, country("BR"), noon(TODAY));
        prop_assert_eq!(cited(&verdict), expected.clone(), "{:?}\n{:?}", label, verdict);
        prop_assert!(verdict.withheld.iter().all(|row| !row.by.is_empty()), "{:?}", verdict);
        prop_assert!(expected.is_empty() || holder.may_pass_on(candidate.label(), country("BR")));
        let released = holder.release_onward(&candidate, terms, &consents, country("BR"), noon(TODAY));
        prop_assert_eq!(released.is_ok(), !expected.is_empty());
        let Ok(released) = released else { continue };
        let onward = released.terms();
        let rows: BTreeSet<_> = onward.rows().iter().map(|row| (row.section, row.purpose)).collect();
        prop_assert_eq!(rows, expected.keys().copied().collect::<BTreeSet<_>>());
        prop_assert!(onward.keep_until() <= terms.keep_until() && onward.onward() == Onward::Never);
        let arrived = held.with_only(onward.sections());
        let again = receiver.redecide(&arrived, country("DE"), onward, noon(TODAY));
        prop_assert_eq!((&again.breaches, &again.narrowed), (&vec![], onward), "{:?}", label);
        prop_assert!(!onward.sections().contains(SectionName::Audience) && onward.sections() != SectionSet::EMPTY);
    }
    Ok(())
}
