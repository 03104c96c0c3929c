//! What a treaty is worth: signatures, days, versions, forks, and examples that fail.

use std::sync::Arc;

use chancery_record::{Country, TrustRoster};
use chancery_treaty::{
    Law, LawBook, LawBookFault, LawGeneration, NationalLaw, Refusal, SignatureFault, TreatyDocument, TreatyState,
    sign_document,
};

use crate::setting::{
    Head, bar, book, country, country_key, day, decide_at, grant, label, noon, parse, roster, treaty, treaty_text,
};

fn signed(book: &mut LawBook, treaty: &Arc<TreatyDocument>, by: &[&str]) {
    let sign = |code: &&str| sign_document(treaty.bytes(), country(code), &country_key(code));
    book.add(Arc::clone(treaty), by.iter().map(sign)).unwrap();
}

fn state(book: &LawBook, treaty: &TreatyDocument, on: &str) -> TreatyState {
    book.state(&treaty.hash(), day(on)).unwrap()
}

fn releases(book: &LawBook, on: &str) -> bool {
    let law = Law::compile(book, country("FR"), noon(on), LawGeneration(1));
    decide_at(&law, label(), "DE", on).is_release()
}

fn fresh() -> LawBook {
    LawBook::new(roster(&["FR", "DE"]))
}

#[test]
fn a_treaty_counts_when_all_have_signed_and_its_day_has_come() {
    let treaty = treaty(&Head::default(), &[grant("1")]);
    let mut book = fresh();
    signed(&mut book, &treaty, &[]);
    assert_eq!(state(&book, &treaty, "2026-06-01"), TreatyState::Drafted);
    signed(&mut book, &treaty, &["FR"]);
    assert_eq!(state(&book, &treaty, "2026-06-01"), TreatyState::Proposed { missing: vec![country("DE")] });
    assert!(!releases(&book, "2026-06-01"));
    signed(&mut book, &treaty, &["DE", "DE"]);
    assert_eq!(book.signatures(&treaty.hash()).len(), 2);
    assert_eq!(state(&book, &treaty, "2025-12-31"), TreatyState::NotYetInForce { from: day("2026-01-01") });
    assert_eq!(state(&book, &treaty, "2026-01-01"), TreatyState::InForce);
    assert_eq!(state(&book, &treaty, "2030-12-31"), TreatyState::InForce);
    assert_eq!(state(&book, &treaty, "2031-01-01"), TreatyState::Ended { on: day("2031-01-01") });
    assert!(!releases(&book, "2025-12-31") && releases(&book, "2026-01-01"));
    let law_on = |on| Law::compile(&book, country("FR"), noon(on), LawGeneration(1));
    assert_eq!(law_on("2025-12-31").next_change(), Some(day("2026-01-01").start()));
    assert_eq!(law_on("2026-06-01").next_change(), Some(day("2031-01-01").start()));
    assert_eq!(law_on("2031-01-01").next_change(), None);
    assert_eq!(law_on("2026-06-01").peers().collect::<Vec<Country>>(), [country("DE")]);
    assert_eq!(law_on("2026-06-01").treaties_with(country("DE")), [treaty.hash()]);
    assert!(law_on("2026-06-01").treaties_with(country("BR")).is_empty());
}

#[test]
fn signatures_that_do_not_count() {
    let one = treaty(&Head::default(), &[grant("1")]);
    let other = treaty(&Head { version: 2, ..Head::default() }, &[grant("1")]);
    let mut book = fresh();
    signed(&mut book, &one, &["FR"]);
    let refuse = |book: &mut LawBook, signature, fault| {
        assert_eq!(book.sign(signature), Err(LawBookFault::Signature(fault)));
    };
    let germany = country("DE");
    let mut moved = sign_document(other.bytes(), germany, &country_key("DE"));
    moved.document = one.hash();
    refuse(&mut book, moved, SignatureFault::NotGenuine(germany));
    let forged = sign_document(one.bytes(), germany, &country_key("FR"));
    refuse(&mut book, forged.clone(), SignatureFault::OtherKey(germany));
    let mut renamed = sign_document(one.bytes(), country("FR"), &country_key("FR"));
    renamed.country = germany;
    renamed.country_key = forged.country_key;
    refuse(&mut book, renamed, SignatureFault::OtherKey(germany));
    let stranger = sign_document(one.bytes(), country("BR"), &country_key("BR"));
    refuse(&mut book, stranger, SignatureFault::UnknownCountry(country("BR")));
    let absent = sign_document(other.bytes(), germany, &country_key("DE"));
    assert_eq!(book.sign(absent), Err(LawBookFault::UnknownDocument(other.hash())));
    assert_eq!(state(&book, &one, "2026-06-01"), TreatyState::Proposed { missing: vec![germany] });
    // Without the other's card its signature cannot be checked, so it is missing.
    let mut alone = LawBook::new(TrustRoster::default());
    signed(&mut alone, &one, &["FR", "DE"]);
    assert_eq!(state(&alone, &one, "2026-06-01"), TreatyState::Drafted);
}

#[test]
fn a_later_version_takes_the_place_of_the_earlier_for_good() {
    let first = treaty(&Head::default(), &[grant("1")]);
    let second = treaty(
        &Head {
            version: 2,
            supersedes: Some(first.hash().to_string()),
            in_force: "2027-01-01",
            expires: "2028-01-01",
            ..Head::default()
        },
        &[grant("1").with("kinds", "[\"vehicle\"]")],
    );
    let mut book = fresh();
    signed(&mut book, &first, &["FR", "DE"]);
    signed(&mut book, &second, &["FR"]);
    assert_eq!(state(&book, &first, "2027-06-01"), TreatyState::InForce, "half a signature replaces nothing");
    signed(&mut book, &second, &["DE"]);
    assert_eq!(state(&book, &first, "2026-12-31"), TreatyState::InForce);
    assert_eq!(state(&book, &first, "2027-01-01"), TreatyState::Superseded { by: second.hash() });
    assert!(releases(&book, "2026-12-31") && !releases(&book, "2027-01-01"));
    assert_eq!(state(&book, &second, "2028-01-01"), TreatyState::Ended { on: day("2028-01-01") });
    assert_eq!(
        state(&book, &first, "2028-06-01"),
        TreatyState::Superseded { by: second.hash() },
        "it does not come back"
    );
}

#[test]
fn two_signed_documents_of_one_version_count_for_nothing() {
    let one = treaty(&Head::default(), &[grant("1")]);
    let two = treaty(&Head::default(), &[grant("1"), bar("2").with("tlp", "[\"RED\"]")]);
    let mut book = fresh();
    signed(&mut book, &one, &["FR", "DE"]);
    signed(&mut book, &two, &[]);
    assert_eq!(state(&book, &one, "2026-06-01"), TreatyState::InForce, "a draft is no fork");
    signed(&mut book, &two, &["DE"]);
    let fork = |other: &TreatyDocument| TreatyState::Refused(Refusal::Fork { other: other.hash() });
    assert_eq!(state(&book, &one, "2026-06-01"), TreatyState::InForce, "one party alone ends nothing");
    assert_eq!(state(&book, &two, "2026-06-01"), fork(&one));
    assert!(releases(&book, "2026-06-01"));
    signed(&mut book, &two, &["FR"]);
    assert_eq!(state(&book, &one, "2026-06-01"), fork(&two));
    assert_eq!(state(&book, &two, "2026-06-01"), fork(&one));
    assert!(!releases(&book, "2026-06-01"));
    // Two halves that were never one treaty.
    let mut book = fresh();
    signed(&mut book, &one, &["FR"]);
    signed(&mut book, &two, &["DE"]);
    assert_eq!(state(&book, &one, "2026-06-01"), fork(&two));
    assert_eq!(state(&book, &two, "2026-06-01"), fork(&one));
    // The same name between other parties is another treaty.
    let elsewhere = treaty(&Head { parties: "[\"FR\", \"BR\"]", ..Head::default() }, &[grant("1")]);
    let mut book = crate::setting::book(&[one.clone(), elsewhere.clone()], &[]);
    signed(&mut book, &one, &[]);
    assert_eq!(state(&book, &one, "2026-06-01"), TreatyState::InForce);
    assert_eq!(state(&book, &elsewhere, "2026-06-01"), TreatyState::InForce);
}

#[test]
fn a_bar_outlives_the_grants_of_its_treaty() {
    let granting = treaty(&Head::default(), &[grant("1")]);
    let barring = |number: &str| {
        let head = Head { id: "fr-de-bars", ..Head::default() };
        treaty(&head, &[bar(number).with("reach", "\"parties\"")])
    };
    let (bars, other) = (barring("90"), barring("91"));
    let both = |mut book: LawBook| {
        signed(&mut book, &granting, &["FR", "DE"]);
        signed(&mut book, &bars, &["FR", "DE"]);
        book
    };
    let mut book = both(fresh());
    assert!(!releases(&book, "2026-06-01"), "the bar holds while its treaty is in force");
    signed(&mut book, &other, &["DE"]);
    assert!(!releases(&book, "2026-06-01"), "one party's fork lifts no bar");
    signed(&mut book, &other, &["FR"]);
    assert!(matches!(state(&book, &bars, "2026-06-01"), TreatyState::Refused(_)));
    assert!(!releases(&book, "2026-06-01"), "a whole fork lifts no bar");
    // A country key was succeeded: the old signature counts no more, the conclusion does.
    let mut book = fresh();
    signed(&mut book, &granting, &["FR", "DE"]);
    signed(&mut book, &bars, &["FR"]);
    assert!(releases(&book, "2026-06-01"), "what was never concluded bars nothing");
    book.remember_concluded(&bars.hash());
    assert!(!releases(&book, "2026-06-01"));
    assert!(!releases(&book, "2030-12-31"));
    // Only its end, or a version that all have signed, lifts it.
    let later = Head { id: "fr-de-bars", version: 2, ..Head::default() };
    signed(&mut book, &treaty(&later, &[grant("1")]), &["FR", "DE"]);
    assert!(releases(&book, "2026-06-01"));
}

const CASE: &str = r#"
[[case]]
name = "an example"
from = "FR"
to = "DE"
purpose = "investigation"
on = 2026-06-01
expect = "EXPECT"
[case.record]
kind = "notice.red"
sections = ["identity", "source"]
section_tags.identity = { classification = "RESTRICTED" }
tags = { handling = ["H0"], tlp = "AMBER", classification = "RESTRICTED", purposes = ["investigation"], offences = ["tax"], penalty = "none", statuses = ["none"], minors = "no", obtained_by = ["police"], sensitive = [] }
"#;

#[test]
fn an_example_that_fails_refuses_the_treaty() {
    let articles = [grant("1"), grant("2").with("kinds", "[\"vehicle\"]"), bar("3").with("sections", "[\"source\"]")];
    let with = |expect: &str, extra: &str| {
        let case = CASE.replace("EXPECT", expect).replacen("purpose", &format!("{extra}purpose"), 1);
        parse(&format!("{}{case}", treaty_text(&Head::default(), &articles)))
    };
    for (expect, section, holds) in [
        ("release under 1", "", true),
        ("release under 2", "", false),
        ("release under 1, 2", "", false),
        ("withhold", "", false),
        ("withhold under 3", "section = \"source\"\n", true),
        ("withhold", "section = \"source\"\n", true),
        ("release under 1", "section = \"source\"\n", false),
        ("withhold under 3", "section = \"identity\"\n", false),
    ] {
        let treaty = with(expect, section);
        let book = book(&[treaty.clone()], &[]);
        let found = state(&book, &treaty, "2026-06-01");
        assert_eq!(found == TreatyState::InForce, holds, "{expect} {section}: {found}");
        assert_eq!(matches!(found, TreatyState::Refused(Refusal::Case(_))), !holds, "{expect}");
        assert_eq!(releases(&book, "2026-06-01"), holds);
    }
    let unread = format!("{}{}", treaty_text(&Head::default(), &articles), CASE.replace("EXPECT", "release under 9"));
    let faults = TreatyDocument::parse(unread.as_bytes()).unwrap_err();
    assert!(faults[0].to_string().contains("there is no article `9`"), "{faults:?}");
    let unread = unread.replace("release under 9", "release");
    assert!(
        TreatyDocument::parse(unread.as_bytes()).unwrap_err()[0].to_string().contains("expected `release under 1`")
    );
}

#[test]
fn a_law_whose_example_fails_is_not_taken_in() {
    let law = |expect: &str| {
        let bars = crate::setting::law_bar("A 1").with("offences", "[\"tax\"]").text();
        let case = CASE.replace("EXPECT", expect);
        let text =
            format!("law = \"FR\"\ntitle = \"A law\"\nvocabulary = \"chancery-1\"\nlanguages = [\"en\"]\n{bars}{case}");
        Arc::new(NationalLaw::parse(text.as_bytes()).unwrap())
    };
    let mut book = fresh();
    assert!(matches!(book.set_law(law("pass")), Err(LawBookFault::Case(_))));
    assert!(book.law(country("FR")).is_none());
    assert_eq!(book.set_law(law("withhold under A 1")), Ok(()));
    assert!(book.law(country("FR")).is_some());
}
