//! The proof of a release, its terms, the receiver's own decision, and what is owed.

use std::sync::Arc;

use chancery_record::{
    Classification, Date, DocumentHash, Lineage, Onward, Purpose, Record, RecordId, Saying, SectionName, SectionTags,
    Statement, Tlp, UnverifiedRecord, WithdrawalReason,
};
use chancery_treaty::{
    Action, Breach, Candidate, Citation, DisclosureProof, Law, LawGeneration, NotOwed, Owed, Released, Stale, Terms,
    TermsRow, TreatyDocument, UseConditions,
};

use crate::setting::{
    Head, TODAY, bar, book, compiled, country, day, grant, noon, record, record_key, roster, set, treaty,
};

fn articles() -> Vec<crate::setting::Written> {
    vec![
        grant("1").with("purposes", "[\"investigation\"]").with("keep", "\"5 years\""),
        grant("2")
            .with("sections", "[\"identity\"]")
            .with("purposes", "[\"identification\"]")
            .with("keep", "\"1 year\""),
        bar("3").with("sections", "[\"source\"]"),
    ]
}

fn agreed() -> Arc<TreatyDocument> {
    treaty(&Head::default(), &articles())
}

fn release(law: &Law, record: &Arc<Record>) -> Released {
    let candidate = Candidate::new(Arc::clone(record));
    law.release(&candidate, country("DE"), Action::Offer, noon(TODAY)).unwrap()
}

fn row(section: SectionName, purpose: Purpose, article: &str, document: DocumentHash) -> TermsRow {
    let articles = set([Citation { document, article: article.to_owned() }]);
    TermsRow { section, purpose, articles, to_units: None }
}

#[test]
fn a_release_says_what_goes_under_what() {
    let (law, treaty) = (compiled("FR", &[agreed()], &[]), agreed());
    let record = record(|_| {});
    let released = release(&law, &record);
    let disclosure = released.disclosure().clone();
    let sections = [SectionName::Identity, SectionName::Narrative].into_iter().collect();
    assert_eq!(disclosure.sections, sections);
    assert_eq!((disclosure.peer, disclosure.record, disclosure.at), (country("DE"), record.id(), noon(TODAY)));
    assert_eq!(disclosure.generation, LawGeneration(1));
    let cited: Vec<&str> = disclosure.citations.iter().map(|citation| citation.article.as_str()).collect();
    assert_eq!(cited, ["1", "2"]);
    let delivery = released.spend(LawGeneration(1)).unwrap();
    assert_eq!(
        delivery.terms.rows().clone(),
        set([
            row(SectionName::Identity, Purpose::Investigation, "1", treaty.hash()),
            row(SectionName::Identity, Purpose::Identification, "2", treaty.hash()),
            row(SectionName::Narrative, Purpose::Investigation, "1", treaty.hash()),
        ])
    );
    assert_eq!(delivery.terms.keep_until(), day("2027-06-01"), "the shortest of what the grants allow");
    assert_eq!(delivery.terms.onward(), Onward::Never);
    // What travels is what the originator sealed, less what is withheld.
    let received = UnverifiedRecord::from_envelope(delivery.envelope).unwrap().verify(&roster(&["FR"])).unwrap();
    assert_eq!(received.id(), record.id());
    assert_eq!(received.sections_held(), sections);
}

#[test]
fn what_an_older_law_released_is_void() {
    let law = compiled("FR", &[agreed()], &[]);
    let stale = release(&law, &record(|_| {})).spend(LawGeneration(2)).unwrap_err();
    assert_eq!(stale, Stale { made_in: LawGeneration(1), current: LawGeneration(2) });
    assert_eq!(stale.to_string(), "decided under law 1 where law 2 now holds; decide again");
}

#[test]
fn what_is_not_released_comes_with_a_verdict() {
    let law = compiled("FR", &[agreed()], &[]);
    let candidate = Candidate::new(record(|draft| draft.tags.purposes = set([Purpose::Evidence])));
    let verdict = law.release(&candidate, country("DE"), Action::Offer, noon(TODAY)).unwrap_err();
    assert!(!verdict.is_release() && !verdict.withheld.is_empty());
    for (peer, action) in [("BR", Action::Offer), ("FR", Action::Offer), ("DE", Action::Onward)] {
        let candidate = Candidate::new(record(|_| {}));
        assert!(law.release(&candidate, country(peer), action, noon(TODAY)).is_err(), "{peer} {action}");
    }
}

#[test]
fn units_stand_in_the_rows() {
    let articles = [
        grant("1").with("sections", "[\"identity\"]").with("to_units", "[\"DE/BKA\", \"DE/BPOL\"]"),
        grant("2")
            .with("sections", "[\"identity\"]")
            .with("to_units", "[\"DE/ZKA\"]")
            .with("purposes", "[\"investigation\"]"),
        grant("3").with("sections", "[\"narrative\"]"),
    ];
    let law = compiled("FR", &[treaty(&Head::default(), &articles)], &[]);
    let released = release(&law, &record(|_| {}));
    let terms = released.terms();
    let (today, bka) = (day(TODAY), "BKA".parse().unwrap());
    let zka = "ZKA".parse().unwrap();
    assert!(terms.permit(SectionName::Identity, Purpose::Identification, &bka, today));
    assert!(!terms.permit(SectionName::Identity, Purpose::Identification, &zka, today));
    assert!(terms.permit(SectionName::Identity, Purpose::Investigation, &zka, today));
    assert!(terms.permit(SectionName::Narrative, Purpose::Identification, &zka, today));
    assert!(!terms.permit(SectionName::Narrative, Purpose::Evidence, &zka, today));
    assert!(!terms.permit(SectionName::Narrative, Purpose::Identification, &zka, terms.keep_until()));
    assert_eq!(
        terms.sections_for(Purpose::Identification, &zka, today),
        [SectionName::Narrative].into_iter().collect()
    );
}

#[test]
fn the_receiver_decides_the_same() {
    let german = compiled("DE", &[agreed()], &[]);
    let delivery = release(&compiled("FR", &[agreed()], &[]), &record(|_| {})).spend(LawGeneration(1)).unwrap();
    let received = UnverifiedRecord::from_envelope(delivery.envelope).unwrap().verify(&roster(&["FR"])).unwrap();
    let again = german.redecide(&received, country("FR"), &delivery.terms, noon(TODAY));
    assert_eq!(again.breaches, []);
    assert_eq!(again.narrowed, delivery.terms);
}

fn terms(rows: &[TermsRow], keep_until: &str) -> Terms {
    let conditions = UseConditions {
        keep_until: day(keep_until),
        onward: Onward::Never,
        caveats: set([]),
        handling: set([]),
        requests: set([]),
        consents: set([]),
    };
    Terms::new(set(rows.iter().cloned()), conditions).unwrap()
}

#[test]
fn the_receiver_reports_what_exceeds_the_treaty() {
    let (german, hash) = (compiled("DE", &[agreed()], &[]), agreed().hash());
    let record = record(|draft| {
        draft.sections[1].tags = SectionTags { classification: Some(Classification::Secret), ..SectionTags::default() };
    });
    let held = record.with_only([SectionName::Identity, SectionName::Source].into_iter().collect());
    let good = row(SectionName::Identity, Purpose::Investigation, "1", hash);
    let check = |rows: &[TermsRow], keep: &str, breached: &[&str]| {
        let again = german.redecide(&held, country("FR"), &terms(rows, keep), noon(TODAY));
        let found: Vec<String> = again.breaches.iter().map(ToString::to_string).collect();
        assert_eq!(found.len(), breached.len(), "{found:?}");
        for (found, expected) in found.iter().zip(breached) {
            assert!(found.contains(expected), "{found}");
        }
        again.narrowed
    };
    let source = row(SectionName::Source, Purpose::Investigation, "1", hash);
    let narrowed = check(&[good.clone(), source.clone()], "2027-01-01", &["section `source` came for investigation"]);
    assert_eq!(narrowed.rows().clone(), set([good.clone()]));
    check(&[good.clone()], "2027-01-01", &["section `source` came without terms"]);
    let statistics = row(SectionName::Identity, Purpose::Statistics, "1", hash);
    check(&[good.clone(), source.clone(), statistics], "2027-01-01", &["for statistics", "`source`"]);
    let absent = row(SectionName::Judicial, Purpose::Investigation, "1", hash);
    check(&[good.clone(), source.clone(), absent], "2027-01-01", &["did not come", "`source`"]);
    let narrowed = check(&[good.clone(), source.clone()], "2029-12-31", &["`source`"]);
    assert_eq!(narrowed.keep_until(), day("2029-12-31"));
    let narrowed =
        check(&[good.clone(), source.clone()], "2032-01-01", &["`source`", "keep the copy until 2032-01-01"]);
    assert_eq!(narrowed.keep_until(), day("2030-01-01"), "the originator's expiry");
    // Without the treaty nothing of it may be used here.
    let stranger = compiled("DE", &[], &[]);
    let again = stranger.redecide(&held, country("FR"), &terms(&[good], "2027-01-01"), noon(TODAY));
    assert!(again.narrowed.rows().is_empty() && !again.breaches.is_empty());
}

#[test]
fn colours_and_foreign_seals_bind_the_receiver() {
    let (german, hash) = (compiled("DE", &[agreed()], &[]), agreed().hash());
    let red = record(|draft| draft.tags.tlp = Some(Tlp::Red)).with_only([SectionName::Identity].into_iter().collect());
    let whole = row(SectionName::Identity, Purpose::Investigation, "1", hash);
    let units = TermsRow { to_units: Some(set(["BKA".parse().unwrap()])), ..whole.clone() };
    let again = german.redecide(&red, country("FR"), &terms(&[whole.clone()], "2027-01-01"), noon(TODAY));
    assert_eq!(again.breaches, [Breach::Units(SectionName::Identity)]);
    let again = german.redecide(&red, country("FR"), &terms(&[units.clone()], "2027-01-01"), noon(TODAY));
    assert_eq!(again.breaches, []);
    assert_eq!(again.narrowed.rows().clone(), set([units]));
    // A record that another country sealed came without an onward right.
    let again = german.redecide(&red, country("BR"), &terms(&[whole], "2027-01-01"), noon(TODAY));
    assert!(again.narrowed.rows().is_empty());
}

#[test]
fn a_law_changes_by_its_book() {
    let treaty = agreed();
    let mut book = book(&[treaty.clone()], &[]);
    let law = Law::compile(&book, country("FR"), noon(TODAY), LawGeneration(7));
    assert_eq!(release(&law, &record(|_| {})).disclosure().generation, LawGeneration(7));
    book.remove(&treaty.hash());
    let law = Law::compile(&book, country("FR"), noon(TODAY), LawGeneration(8));
    let candidate = Candidate::new(record(|_| {}));
    assert!(law.release(&candidate, country("DE"), Action::Offer, noon(TODAY)).is_err());
}

#[test]
fn only_who_was_told_is_told_again() {
    let (mine, other) = (RecordId([1; 32]), RecordId([2; 32]));
    let lineage = Lineage([5; 16]);
    let statement = |saying| {
        let made = noon(TODAY);
        Statement { maker: country("FR"), made, saying, outlive: Date::from_days(30_000) }.sign(&record_key("FR"))
    };
    let proof = DisclosureProof { peer: country("DE"), records: set([mine]), lineages: set([lineage]) };
    let withdrawal = |lineage| statement(Saying::Withdrawal { lineage, reason: WithdrawalReason::PurposeAchieved });
    let owed = Owed::to(country("DE"), withdrawal(lineage), &proof).unwrap();
    assert_eq!((owed.peer(), owed.statement().clone()), (country("DE"), withdrawal(lineage)));
    assert_eq!(Owed::to(country("DE"), statement(Saying::Recall { records: set([mine]) }), &proof).map(|_| ()), Ok(()));
    let refuse = |peer, statement, expected: NotOwed| {
        assert_eq!(Owed::to(country(peer), statement, &proof).map(|_| ()), Err(expected));
    };
    refuse("DE", withdrawal(Lineage([6; 16])), NotOwed::NeverDisclosed(country("DE")));
    let both = statement(Saying::Correction { records: set([mine, other]) });
    refuse("DE", both, NotOwed::NeverDisclosed(country("DE")));
    refuse("BR", withdrawal(lineage), NotOwed::Peer { found: country("DE"), expected: country("BR") });
}

#[test]
fn an_originator_is_told_what_becomes_of_its_own() {
    let held = record(|_| {});
    let proof = DisclosureProof::of_originator(&held);
    let statement = |saying| {
        let made = noon(TODAY);
        Statement { maker: country("DE"), made, saying, outlive: Date::from_days(30_000) }.sign(&record_key("DE"))
    };
    let sections = [SectionName::Identity].into_iter().collect();
    let onward = |record, lineage| statement(Saying::Onward { record, lineage, to: country("BR"), sections });
    let asked = |record| statement(Saying::ConsentAsked { record, to: country("BR") });
    let (id, lineage) = (held.id(), held.manifest().lineage);
    assert!(Owed::to(country("FR"), onward(id, lineage), &proof).is_ok());
    assert!(Owed::to(country("FR"), asked(id), &proof).is_ok());
    for foreign in [onward(RecordId([2; 32]), lineage), onward(id, Lineage([6; 16])), asked(RecordId([2; 32]))] {
        let refused = Owed::to(country("FR"), foreign, &proof).map(|_| ());
        assert_eq!(refused, Err(NotOwed::NeverDisclosed(country("FR"))));
    }
    let elsewhere = Owed::to(country("BR"), onward(id, lineage), &proof).map(|_| ());
    assert_eq!(elsewhere, Err(NotOwed::Peer { found: country("FR"), expected: country("BR") }));
}
