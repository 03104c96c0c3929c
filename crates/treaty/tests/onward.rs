//! Onward transfer: FR seals, DE holds and passes on, BR receives.

use std::sync::Arc;

use chancery_record::{
    Audience, ConsentAnswer, Draft, Handling, Onward, Purpose, Record, RecordId, ReleasableTo, Saying, SectionName,
    SectionSet, SectionTags, Statement, Tlp,
};
use chancery_treaty::{
    Action, Breach, Candidate, Consent, Finding, Label, Law, LawGeneration, NationalLaw, Stale, Terms, TreatyDocument,
    Verdict, check,
};

use crate::setting::{
    Head, TODAY, Written, bar, compiled, country, day, grant, law, law_bar, noon, record, record_key, set, treaty,
};

/// What FR and DE agreed: DE may pass on what FR sealed.
fn first(articles: &[Written]) -> Arc<TreatyDocument> {
    treaty(&Head::default(), articles)
}

/// What DE and BR agreed.
fn second(articles: &[Written]) -> Arc<TreatyDocument> {
    treaty(&Head { id: "next", parties: "[\"DE\", \"BR\"]", ..Head::default() }, articles)
}

fn pass(number: &str) -> Written {
    grant(number).with("action", "[\"onward\"]")
}

fn usual_first() -> Vec<Written> {
    vec![
        grant("1").with("sections", "[\"identity\", \"narrative\"]").with("keep", "\"3 years\""),
        pass("7").with("sections", "[\"identity\", \"audience\"]").with("keep", "\"1 year\""),
    ]
}

fn usual_second() -> Vec<Written> {
    vec![grant("4").with("originator", "[\"FR\"]").with("keep", "\"originator\"")]
}

/// A record that may be passed on.
fn free(change: impl FnOnce(&mut Draft)) -> Arc<Record> {
    record(|draft| {
        draft.tags.tlp = Some(Tlp::Green);
        draft.audience = Audience { onward: Onward::Allowed, releasable_to: ReleasableTo::Any, ..Audience::default() };
        change(draft);
    })
}

fn sections(names: &[SectionName]) -> SectionSet {
    names.iter().copied().collect()
}

/// What FR lets DE have, as the terms of the copy, with the record as DE then holds it.
fn delivered(first: &Arc<TreatyDocument>, laws: &[Arc<NationalLaw>], record: &Arc<Record>) -> (Terms, Arc<Record>) {
    let law = compiled("FR", &[first.clone()], laws);
    let candidate = Candidate::new(record.clone());
    let released = law.release(&candidate, country("DE"), Action::Offer, noon(TODAY)).unwrap();
    (released.terms().clone(), Arc::new(record.with_only(released.terms().sections())))
}

/// DE's law under both treaties.
fn german(first: &Arc<TreatyDocument>, second: &Arc<TreatyDocument>, laws: &[Arc<NationalLaw>]) -> Law {
    compiled("DE", &[first.clone(), second.clone()], laws)
}

fn consent(record: &Record, until: &str, answer: ConsentAnswer) -> Consent {
    let statement = Statement {
        maker: country("FR"),
        made: noon(TODAY),
        saying: Saying::Consent {
            asked: chancery_record::StatementId([1; 32]),
            record: record.id(),
            to: country("BR"),
            until: day(until),
            answer,
        },
        outlive: day("2030-01-01"),
    };
    Consent::of(statement.sign(&record_key("FR")).id(), &statement).unwrap()
}

/// Everything said of a row that does not go.
fn reasons(verdict: &Verdict, section: SectionName) -> String {
    let rows = verdict.withheld.iter().filter(|row| row.section == section);
    rows.flat_map(|row| &row.by).map(|reason| reason.to_string() + "\n").collect()
}

#[test]
fn an_onward_right_brings_the_audience() {
    let record = free(|_| {});
    let (terms, held) = delivered(&first(&usual_first()), &[], &record);
    assert_eq!(terms.onward(), Onward::Allowed);
    assert_eq!(held.sections_held(), sections(&[SectionName::Identity, SectionName::Narrative, SectionName::Audience]));
    let audience = terms.rows().iter().find(|row| row.section == SectionName::Audience).unwrap();
    assert_eq!(audience.articles.iter().map(|cited| cited.article.as_str()).collect::<Vec<_>>(), ["7"]);
    assert_eq!(terms.keep_until(), day("2029-06-01"), "how long a third country may hold a copy does not bind DE's");
    assert_eq!(held.audience().unwrap().onward, Onward::Allowed);
    // The receiver's own decision says the same.
    let german = compiled("DE", &[first(&usual_first())], &[]);
    let again = german.redecide(&held, country("FR"), &terms, noon(TODAY));
    assert_eq!((again.breaches, again.narrowed), (vec![], terms));
}

#[test]
fn without_tags_or_article_there_is_none() {
    let usual = usual_first();
    let none = |articles: &[Written], laws: &[Arc<NationalLaw>], record: &Arc<Record>, why: &str| {
        let document = first(articles);
        let (terms, held) = delivered(&document, laws, record);
        assert_eq!((terms.onward(), held.audience()), (Onward::Never, None), "{why}");
        let law = compiled("FR", &[document], laws);
        let verdict = crate::setting::decide(&law, Label::of(record));
        assert_eq!(verdict.onward, Onward::Never);
        assert!(reasons(&verdict, SectionName::Audience).contains(why), "{verdict:?}");
    };
    none(&usual, &[], &free(|draft| draft.audience.onward = Onward::Never), "the originator lets nobody pass it on");
    none(&usual[..1], &[], &free(|_| {}), "no article lets DE pass anything of it on");
    none(&usual, &[], &free(|draft| draft.tags.tlp = Some(Tlp::Red)).pipe_units(), "no article lets DE");
    let only = |to: &str| [usual[0].clone(), usual[1].clone().with("onward_to", to)];
    none(&only("[\"DE\"]"), &[], &free(|_| {}), "no article lets DE");
    let to_nl = free(|draft| draft.audience.onward_to = set([country("NL")]));
    none(&only("[\"BR\"]"), &[], &to_nl, "no article lets DE");
    let but_br = free(|draft| {
        draft.audience.releasable_to = ReleasableTo::Only(set(["DE".parse().unwrap(), "BR".parse().unwrap()]));
        draft.audience.not_releasable_to = set(["BR".parse().unwrap()]);
    });
    none(&usual, &[], &but_br, "no article lets DE");
    for sections in ["[\"identity\"]", "[\"audience\"]", "[\"source\", \"audience\"]"] {
        let articles = [usual[0].clone(), usual[1].clone().with("sections", sections)];
        none(&articles, &[], &free(|_| {}), "no article lets DE");
    }
    // Purposes one by one: what is offered for one purpose and may be passed on for another goes nowhere.
    let apart = [
        usual[0].clone().with("purposes", "[\"investigation\"]"),
        usual[1].clone().with("purposes", "[\"identification\"]"),
    ];
    none(&apart, &[], &free(|_| {}), "no article lets DE");
    let barred = [usual[0].clone(), usual[1].clone(), bar("9").with("action", "[\"onward\"]")];
    none(&barred, &[], &free(|_| {}), "no article lets DE");
    let offers_barred = [usual[0].clone(), usual[1].clone(), bar("9").with("sections", "[\"audience\"]")];
    none(&offers_barred, &[], &free(|_| {}), "no article lets DE");
}

trait PipeUnits {
    fn pipe_units(self) -> Arc<Record>;
}

impl PipeUnits for Arc<Record> {
    /// The same record for named units, as its colour asks.
    fn pipe_units(self) -> Arc<Record> {
        free(|draft| {
            draft.tags.tlp = self.manifest().tags.tlp;
            let entries = ["DE/BKA", "BR/PF"].map(|entry| entry.parse().unwrap());
            draft.audience.releasable_to = ReleasableTo::Only(set(entries));
        })
    }
}

#[test]
fn a_bar_of_national_law_that_the_holder_cannot_see_stands_against_the_right() {
    let onward = |to: &str| law_bar("3").with("action", "[\"onward\"]").with("onward_to", to);
    let (articles, record) = (usual_first(), free(|_| {}));
    let (terms, _) = delivered(&first(&articles), &[law("FR", &[onward("[\"BR\"]")])], &record);
    assert_eq!(terms.onward(), Onward::Never, "treaty and tags would let it go to BR");
    // Where tags or treaty leave out whom the law leaves out, nothing is lost.
    let to_nl = free(|draft| draft.audience.onward_to = set([country("NL")]));
    let (terms, _) = delivered(&first(&articles), &[law("FR", &[onward("[\"BR\"]")])], &to_nl);
    assert_eq!(terms.onward(), Onward::Allowed);
    let narrow = [articles[0].clone(), articles[1].clone().with("onward_to", "[\"NL\"]")];
    let (terms, _) = delivered(&first(&narrow), &[law("FR", &[onward("[\"BR\"]")])], &record);
    assert_eq!(terms.onward(), Onward::Allowed);
    let verdict = crate::setting::decide(
        &compiled("FR", &[first(&articles)], &[law("FR", &[onward("[\"BR\"]")])]),
        Label::of(&record),
    );
    let said = reasons(&verdict, SectionName::Audience);
    assert!(said.contains("law FR, article 3 bars passing it on to BR"), "{said}");
}

#[test]
fn some_tags_and_articles_ask_for_consent() {
    let asks = |articles: &[Written], record: &Arc<Record>, expected: Onward| {
        let (terms, held) = delivered(&first(articles), &[], record);
        assert_eq!(terms.onward(), expected);
        let again = compiled("DE", &[first(articles)], &[]).redecide(&held, country("FR"), &terms, noon(TODAY));
        assert_eq!((again.breaches, again.narrowed.onward()), (vec![], expected));
    };
    let usual = usual_first();
    asks(&usual, &free(|draft| draft.audience.onward = Onward::WithConsent), Onward::WithConsent);
    asks(&usual, &free(|draft| draft.tags.handling = Some(set([Handling::H2]))), Onward::WithConsent);
    asks(&usual, &free(|draft| draft.tags.tlp = Some(Tlp::Amber)), Onward::WithConsent);
    let with_consent = [usual[0].clone(), usual[1].clone().with("requires", "[\"consent\"]")];
    asks(&with_consent, &free(|_| {}), Onward::WithConsent);
    let either = [with_consent[0].clone(), with_consent[1].clone(), usual[1].clone().numbered(8)];
    asks(&either, &free(|_| {}), Onward::Allowed);
    let with_request = [usual[0].clone(), usual[1].clone().with("requires", "[\"request\"]")];
    asks(&with_request, &free(|_| {}), Onward::Never);
    // One section by itself.
    let strict = SectionTags { handling: set([Handling::H2]), ..SectionTags::default() };
    let one = free(|draft| draft.sections[0].tags = strict);
    asks(&usual, &one, Onward::WithConsent);
}

#[test]
fn a_right_that_the_treaty_does_not_give_is_a_breach() {
    let record = free(|_| {});
    let (terms, held) = delivered(&first(&usual_first()), &[], &record);
    let without = compiled("DE", &[first(&usual_first()[..1])], &[]);
    let again = without.redecide(&held, country("FR"), &terms, noon(TODAY));
    assert_eq!(again.narrowed.onward(), Onward::Never);
    assert!(!again.narrowed.sections().contains(SectionName::Audience));
    assert!(again.breaches.contains(&Breach::Onward), "{:?}", again.breaches);
    let stricter = [usual_first()[0].clone(), usual_first()[1].clone().with("requires", "[\"consent\"]")];
    let other = compiled("DE", &[first(&stricter)], &[]);
    let again = other.redecide(&held, country("FR"), &terms, noon(TODAY));
    assert_eq!((again.narrowed.onward(), again.breaches), (Onward::WithConsent, vec![Breach::Onward]));
    // The right without the audience is none.
    let bare = Arc::new(held.with_only(sections(&[SectionName::Identity, SectionName::Narrative])));
    let german = compiled("DE", &[first(&usual_first())], &[]);
    let again = german.redecide(&bare, country("FR"), &terms, noon(TODAY));
    assert_eq!(again.narrowed.onward(), Onward::Never);
    assert!(again.breaches.contains(&Breach::Onward), "{:?}", again.breaches);
}

#[test]
fn what_is_passed_on_is_what_both_treaties_leave() {
    let (one, two) = (first(&usual_first()), second(&usual_second()));
    let (terms, held) = delivered(&one, &[], &free(|_| {}));
    let law = german(&one, &two, &[]);
    let candidate = Candidate::new(held.clone());
    assert!(law.may_pass_on(candidate.label(), country("BR")));
    let released = law.release_onward(&candidate, &terms, &[], country("BR"), noon(TODAY)).unwrap();
    let disclosure = released.disclosure().clone();
    assert_eq!((disclosure.peer, disclosure.sections), (country("BR"), sections(&[SectionName::Identity])));
    let cited: Vec<_> = disclosure.citations.iter().map(|cited| (cited.document, cited.article.as_str())).collect();
    let mut both = vec![(one.hash(), "7"), (two.hash(), "4")];
    both.sort();
    assert_eq!(cited, both, "the ledger names the articles of both treaties");
    let onward = released.terms();
    assert_eq!(onward.treaties().clone(), set([two.hash()]), "of the first the receiver learns nothing");
    assert_eq!((onward.onward(), onward.keep_until()), (Onward::Never, day("2027-06-01")));
    assert_eq!(onward.purposes(), set([Purpose::Investigation, Purpose::Identification]));
    // And what it takes is what it was given.
    let brazilian = compiled("BR", &[two.clone()], &[]);
    let arrived = held.with_only(onward.sections());
    let again = brazilian.redecide(&arrived, country("DE"), onward, noon(TODAY));
    assert_eq!((again.breaches, &again.narrowed), (vec![], onward));
    let announced = released.announce(LawGeneration(2)).unwrap_err();
    assert_eq!(announced, Stale { made_in: LawGeneration(1), current: LawGeneration(2) });
    let released = law.release_onward(&candidate, &terms, &[], country("BR"), noon(TODAY)).unwrap();
    let announced = released.announce(LawGeneration(1)).unwrap();
    assert_eq!((announced.peer(), announced.originator()), (country("BR"), country("FR")));
    assert_eq!(announced.record(), held.id());
}

/// Passes on and expects that nothing goes, for this reason.
fn stays(law: &Law, held: &Arc<Record>, terms: &Terms, consents: &[Consent], why: &str) {
    let candidate = Candidate::new(held.clone());
    let verdict = law.release_onward(&candidate, terms, consents, country("BR"), noon(TODAY)).unwrap_err();
    assert!(!verdict.is_release());
    assert!(verdict.withheld.iter().all(|row| !row.by.is_empty()), "{verdict:?}");
    let said = reasons(&verdict, SectionName::Identity);
    assert!(said.contains(why), "expected `{why}`, found\n{said}");
    assert_eq!(*verdict, law.decide_onward(&candidate, terms, consents, country("BR"), noon(TODAY)));
}

#[test]
fn each_condition_holds_it_back_alone() {
    let (one, two) = (first(&usual_first()), second(&usual_second()));
    let (terms, held) = delivered(&one, &[], &free(|_| {}));
    let law_of = |articles: &[Written]| german(&one, &second(articles), &[]);
    let from = |articles: &[Written]| german(&first(articles), &two, &[]);
    let usual = usual_first();
    stays(&compiled("DE", &[one.clone()], &[]), &held, &terms, &[], "no grant lets identity of it go to BR");
    stays(&law_of(&[grant("4").with("originator", "[\"DE\"]")]), &held, &terms, &[], "no grant lets identity");
    stays(&law_of(&[pass("4")]), &held, &terms, &[], "no grant lets identity");
    let barred = bar("5").with("action", "[\"onward\"]");
    stays(&law_of(&[usual_second()[0].clone(), barred.clone()]), &held, &terms, &[], "next v1, article 5");
    let elsewhere = barred.clone().with("onward_to", "[\"BE\"]");
    let others = law_of(&[usual_second()[0].clone(), elsewhere]);
    assert!(others.release_onward(&Candidate::new(held.clone()), &terms, &[], country("BR"), noon(TODAY)).is_ok());
    let own = law("DE", &[law_bar("2").with("action", "[\"onward\"]").with("onward_to", "[\"BR\"]")]);
    stays(&german(&one, &two, &[own]), &held, &terms, &[], "law DE, article 2: action: onward; onward_to: BR");
    let offers = law("DE", &[law_bar("2").with("action", "[\"offer\"]")]);
    stays(&german(&one, &two, &[offers]), &held, &terms, &[], "law DE, article 2");
    let unit = bar("6").with("from_units", "[\"DE/BKA\"]");
    stays(&law_of(&[usual_second()[0].clone(), unit]), &held, &terms, &[], "next v1, article 6");
    stays(&from(&usual[..1]), &held, &terms, &[], "no article of the treaties with FR lets DE pass identity of it on");
    let to_nl = [usual[0].clone(), usual[1].clone().with("onward_to", "[\"BE\"]")];
    stays(&from(&to_nl), &held, &terms, &[], "no article of the treaties with FR");
    let wide = [usual[0].clone(), usual[1].clone(), barred.with("onward_to", "[\"BR\"]")];
    stays(&from(&wide), &held, &terms, &[], "test v1, article 5: action: onward; passed on to BR");
    // The terms of the copy.
    let law = german(&one, &two, &[]);
    let narrowed = terms.narrowed(|row| row.section != SectionName::Identity, day("2029-01-01"));
    stays(&law, &held, &narrowed, &[], "the copy may not be used so");
    let over = terms.narrowed(|_| true, day(TODAY));
    stays(&law, &held, &over, &[], "the copy was to be kept until 2026-06-01");
    let (never, _) = delivered(&first(&usual[..1]), &[], &free(|_| {}));
    stays(&law, &held, &never, &[], "the copy came without an onward right");
    // The originator's tags.
    let tagged = |change: fn(&mut Draft), why: &str| {
        let (terms, _) = delivered(&one, &[], &free(|_| {}));
        let record = free(change);
        stays(&law, &Arc::new(record.with_only(held.sections_held())), &terms, &[], why);
    };
    tagged(|draft| draft.audience.onward = Onward::Never, "the originator lets nobody pass it on");
    tagged(|draft| draft.audience.onward_to = set([country("BE")]), "BR is not among the countries it may be passed");
    tagged(|draft| draft.audience.not_releasable_to = set(["BR".parse().unwrap()]), "not releasable to BR");
    let only_de = |draft: &mut Draft| {
        draft.audience.releasable_to = ReleasableTo::Only(set(["DE".parse().unwrap()]));
    };
    tagged(only_de, "BR is not among those it is releasable to");
    tagged(|draft| draft.tags.tlp = Some(Tlp::Red), "TLP RED is not passed on");
    tagged(|draft| draft.tags.tlp = None, "its TLP colour is not stated");
    tagged(|draft| draft.tags.handling = None, "handling H2: not to be disseminated");
    tagged(|draft| draft.tags.handling = Some(set([Handling::H3])), "handling H3");
    let (terms, _) = delivered(&one, &[], &free(|_| {}));
    let bare = Arc::new(held.with_only(sections(&[SectionName::Identity])));
    stays(&law, &bare, &terms, &[], "who may have it is not known here");
}

#[test]
fn consent_lets_go_what_waits_for_it() {
    let articles = [usual_first()[0].clone(), usual_first()[1].clone().with("requires", "[\"consent\"]")];
    let two = second(&usual_second());
    for (articles, record) in [
        (usual_first(), free(|draft| draft.audience.onward = Onward::WithConsent)),
        (usual_first(), free(|draft| draft.tags.handling = Some(set([Handling::H2])))),
        (usual_first(), free(|draft| draft.tags.tlp = Some(Tlp::Amber))),
        (articles.to_vec(), free(|_| {})),
    ] {
        let one = first(&articles);
        let (terms, held) = delivered(&one, &[], &record);
        let law = german(&one, &two, &[]);
        stays(&law, &held, &terms, &[], "FR has given no consent for BR");
        let given = consent(&record, "2026-09-01", ConsentAnswer::Given);
        let candidate = Candidate::new(held.clone());
        let pass_on =
            |consents: &[Consent]| law.release_onward(&candidate, &terms, consents, country("BR"), noon(TODAY));
        let released = pass_on(&[given.clone()]).unwrap();
        assert_eq!(released.terms().consents().clone(), set([given.statement]));
        assert_eq!(released.terms().keep_until(), day("2026-09-01"));
        let over = consent(&record, TODAY, ConsentAnswer::Given);
        stays(&law, &held, &terms, &[over], "ended on 2026-06-01");
        let refused = consent(&record, "2026-09-01", ConsentAnswer::Refused);
        stays(&law, &held, &terms, &[refused.clone()], "FR refused its consent for BR");
        stays(&law, &held, &terms, &[given.clone(), refused.clone()], "FR refused its consent for BR");
        let later = Consent { made: noon("2026-06-02"), ..given.clone() };
        assert!(pass_on(&[later, refused]).is_ok(), "the latest word counts");
        for foreign in [
            Consent { by: country("BR"), ..given.clone() },
            Consent { to: country("BE"), ..given.clone() },
            Consent { record: RecordId([9; 32]), ..given.clone() },
        ] {
            assert!(pass_on(&[foreign]).is_err());
        }
    }
    // Where none is asked for, none is cited.
    let one = first(&usual_first());
    let (terms, held) = delivered(&one, &[], &free(|_| {}));
    let given = consent(&held, "2026-09-01", ConsentAnswer::Given);
    let law = german(&one, &two, &[]);
    let released = law.release_onward(&Candidate::new(held), &terms, &[given], country("BR"), noon(TODAY)).unwrap();
    assert!(released.terms().consents().is_empty());
}

#[test]
fn units_of_the_holder_and_of_the_receiver() {
    let named = |articles: [Written; 2], record: &Arc<Record>| {
        let one = first(&articles);
        let (terms, held) = delivered(&one, &[], record);
        let again = compiled("DE", &[one.clone()], &[]).redecide(&held, country("FR"), &terms, noon(TODAY));
        assert_eq!((again.breaches, again.narrowed.onward()), (vec![], terms.onward()));
        (one, terms, held)
    };
    let [offer, onward]: [Written; 2] = usual_first().try_into().unwrap();
    let bka = onward.clone().with("to_units", "[\"DE/BKA\"]");
    // A grant to pass on for one unit covers only a copy that no other unit has.
    let (_, terms, _) = named([offer.clone(), bka.clone()], &free(|_| {}));
    assert_eq!(terms.onward(), Onward::Never);
    let (one, terms, held) = named([offer.clone().with("to_units", "[\"DE/BKA\"]"), bka], &free(|_| {}));
    assert_eq!(terms.onward(), Onward::Allowed);
    let two = second(&usual_second());
    let law = german(&one, &two, &[]);
    assert!(law.release_onward(&Candidate::new(held), &terms, &[], country("BR"), noon(TODAY)).is_ok());
    // A colour that binds to units binds to those of the receiver.
    let strict = free(|draft| draft.tags.tlp = Some(Tlp::AmberStrict)).pipe_units();
    let (one, terms, held) = named([offer, onward], &strict);
    assert_eq!(terms.onward(), Onward::WithConsent);
    let given = consent(&held, "2026-09-01", ConsentAnswer::Given);
    let law = german(&one, &two, &[]);
    let released = law.release_onward(&Candidate::new(held), &terms, &[given], country("BR"), noon(TODAY)).unwrap();
    let row = released.terms().rows().iter().next().unwrap();
    assert_eq!(row.to_units, Some(set(["PF".parse().unwrap()])));
}

#[test]
fn a_receiver_takes_no_more_than_its_treaty_gives() {
    let (one, two) = (first(&usual_first()), second(&usual_second()));
    let (terms, held) = delivered(&one, &[], &free(|_| {}));
    let law = german(&one, &two, &[]);
    let candidate = Candidate::new(held.clone());
    let released = law.release_onward(&candidate, &terms, &[], country("BR"), noon(TODAY)).unwrap();
    let onward = released.terms().clone();
    let arrived = held.with_only(onward.sections());
    let none = |articles: &[Written]| {
        let brazilian = compiled("BR", &[second(articles)], &[]);
        brazilian.redecide(&arrived, country("DE"), &onward, noon(TODAY))
    };
    assert!(none(&[grant("4").with("originator", "[\"DE\"]")]).narrowed.rows().is_empty());
    let barred = [usual_second()[0].clone(), bar("5").with("action", "[\"onward\"]").with("onward_to", "[\"BR\"]")];
    assert!(none(&barred).narrowed.rows().is_empty());
    // The audience, and a right to pass it on once more, are nobody's to give.
    let brazilian = compiled("BR", &[second(&[usual_second()[0].clone(), pass("6")])], &[]);
    let again = brazilian.redecide(&held, country("DE"), &terms, noon(TODAY));
    assert_eq!(again.narrowed.onward(), Onward::Never);
    assert!(!again.narrowed.sections().contains(SectionName::Audience));
    assert!(again.breaches.contains(&Breach::Onward));
    // Nor does its own record come to it so, nor that of a country that it has never heard of through another.
    let french = compiled("FR", &[one], &[]);
    assert!(french.redecide(&arrived, country("DE"), &onward, noon(TODAY)).narrowed.rows().is_empty());
    assert!(!law.may_pass_on(candidate.label(), country("FR")));
    assert!(law.release_onward(&candidate, &terms, &[], country("FR"), noon(TODAY)).is_err());
}

#[test]
fn an_originator_knows_whom_it_lets_have_it() {
    let law = compiled("FR", &[first(&usual_first())], &[]);
    let lets = |record: Arc<Record>, to: &str| {
        law.lets_pass_on(&Candidate::new(record), [country("DE"), country(to)], noon(TODAY))
    };
    assert!(lets(free(|_| {}), "BR"));
    assert!(!lets(free(|draft| draft.audience.onward = Onward::Never), "BR"));
    assert!(!lets(free(|draft| draft.audience.onward_to = set([country("BE")])), "BR"));
    assert!(lets(free(|draft| draft.audience.onward_to = set([country("BE")])), "BE"));
    assert!(!lets(record(|_| {}), "BR"));
}

#[test]
fn a_check_says_what_passes_nothing_on() {
    let found = |articles: &[Written]| check(&first(articles), None, day(TODAY));
    let [offer, onward]: [Written; 2] = usual_first().try_into().unwrap();
    let is_about = |finding: &Finding| !matches!(finding, Finding::NoCases);
    assert!(!found(&[offer.clone(), onward.clone()]).iter().any(is_about), "{:?}", found(&usual_first()));
    let bare = onward.clone().with("sections", "[\"identity\"]");
    let missing = Finding::NoAudience { article: "7".into() };
    assert!(found(&[offer.clone(), bare.clone()]).contains(&missing));
    let beside = pass("8").with("sections", "[\"audience\"]");
    assert!(!found(&[offer.clone(), bare, beside]).contains(&missing));
    let nobody = onward.clone().with("onward_to", "[\"FR\", \"DE\"]");
    assert!(found(&[offer.clone(), nobody]).contains(&Finding::NoThird { article: "7".into() }));
    let waiting = onward.with("requires", "[\"assurance\"]");
    let nothing = found(&[offer, waiting]);
    assert!(nothing.iter().any(|finding| matches!(finding, Finding::NothingYet { article, .. } if article == "7")));
}
