//! Verdicts: rows that do not mix, reasons in words, the originator's tags, and the JSON they print as.

use chancery_record::{Addressee, Audience, Caveat, Handling, Purpose, ReleasableTo, SectionName, SectionTags, Tlp};
use chancery_treaty::{
    Action, Direction, Label, Law, PreparedLabel, Question, ReasonSource, RecordDates, Verdict, WithheldRow,
};

use crate::setting::{
    Head, bar, compiled, country, dates, day, decide, decide_at, grant, label, law, law_bar, noon, set, treaty,
};

fn rows(verdict: &Verdict) -> Vec<String> {
    let articles = |row: &chancery_treaty::ReleasedRow| {
        row.articles.iter().map(|article| article.article.clone()).collect::<Vec<_>>().join("+")
    };
    verdict.released.iter().map(|row| format!("{} {} {}", row.section, row.purpose, articles(row))).collect()
}

fn reasons(verdict: &Verdict, section: SectionName, purpose: Purpose) -> Vec<String> {
    let is_it = |row: &&WithheldRow| row.section == section && row.purpose == purpose;
    let row = verdict.withheld.iter().find(is_it).unwrap_or_else(|| panic!("{verdict:?}"));
    row.by
        .iter()
        .map(|reason| format!("{} {} {}", reason.source, reason.article.as_deref().unwrap_or("-"), reason.because))
        .collect()
}

#[test]
fn what_two_articles_give_does_not_mix() {
    let law = compiled(
        "FR",
        &[treaty(
            &Head::default(),
            &[
                grant("1").with("sections", "[\"identity\"]").with("purposes", "[\"investigation\"]"),
                grant("2").with("sections", "[\"narrative\"]").with("purposes", "[\"identification\"]"),
                grant("3").with("sections", "[\"identity\"]").with("purposes", "[\"investigation\", \"evidence\"]"),
            ],
        )],
        &[],
    );
    let verdict = decide(&law, label());
    assert_eq!(rows(&verdict), ["identity investigation 1+3", "narrative identification 2"]);
    assert_eq!(verdict.withheld.len(), 2);
    assert_eq!(
        reasons(&verdict, SectionName::Identity, Purpose::Identification),
        ["none - no grant lets identity of it go to DE for identification"]
    );
    let near: Vec<&str> = verdict.nearest.iter().map(|near| near.article.as_str()).collect();
    assert_eq!(near, ["1", "2", "3"]);
    assert_eq!(verdict.nearest[0].lacks.len(), 1);
    assert_eq!(verdict.nearest[0].lacks[0].because, "purpose identification is not among investigation");
}

#[test]
fn reach_of_bars() {
    let border = Head { id: "border", ..Head::default() };
    let law_of = |reach: &str| {
        let first = treaty(&Head::default(), &[grant("1"), bar("2").with("tlp", "[\"AMBER\"]").with("reach", reach)]);
        compiled("FR", &[first, treaty(&border, &[grant("7")])], &[])
    };
    let verdict = decide(&law_of("\"treaty\""), label());
    assert_eq!(rows(&verdict)[0], "identity investigation 7");
    let verdict = decide(&law_of("\"parties\""), label());
    assert!(!verdict.is_release());
    assert_eq!(reasons(&verdict, SectionName::Identity, Purpose::Investigation), ["treaty 2 tlp: AMBER"]);
}

#[test]
fn bars_of_the_law_hold_what_we_send_only() {
    let ours = treaty(&Head::default(), &[grant("1")]);
    let minors = law("FR", &[law_bar("Art. 3").with("kinds", "[\"notice.red\"]").with("to", "[\"DE\"]")]);
    let verdict = decide(&compiled("FR", &[ours.clone()], &[minors.clone()]), label());
    assert_eq!(reasons(&verdict, SectionName::Identity, Purpose::Investigation), ["law Art. 3 kinds: notice.red"]);
    assert_eq!(verdict.withheld[0].by[0].document.as_deref(), Some("law FR"));
    // Germany's law book may hold the French law too; it binds what France sends.
    let german = Label { originator: country("DE"), ..label() }.prepare();
    let law = compiled("DE", &[ours], &[minors]);
    assert!(law.may_offer(&german, country("FR")));
    let received = label().prepare();
    assert!(law.decide(&asked(&received, "FR", Direction::TheySend, "2026-06-01")).is_release());
}

fn asked<'a>(label: &'a PreparedLabel, peer: &str, direction: Direction, on: &str) -> Question<'a> {
    Question {
        label,
        dates: dates(),
        peer: country(peer),
        direction,
        action: Action::Offer,
        purpose: None,
        at: noon(on),
    }
}

/// The tag that holds everything back, if one does; the index bit must agree.
#[track_caller]
fn held_by(articles: &[crate::setting::Written], tag: Option<&str>, change: impl FnOnce(&mut Label)) {
    let law = compiled("FR", &[treaty(&Head::default(), articles)], &[]);
    let mut label = label();
    change(&mut label);
    let verdict = decide(&law, label.clone());
    assert_eq!(verdict.is_release(), tag.is_none(), "{verdict:?}");
    assert_eq!(law.may_offer(&label.prepare(), country("DE")), tag.is_none());
    if let Some(tag) = tag {
        for row in &verdict.withheld {
            let by_tag = |reason: &chancery_treaty::Reason| {
                reason.source == ReasonSource::Originator
                    && reason.document.as_deref() == Some("tags")
                    && reason.article.as_deref() == Some(tag)
            };
            assert!(row.by.iter().any(by_tag), "{row:?}");
        }
    }
}

fn releasable(to: &[&str], not_to: &[&str]) -> Audience {
    let list = |entries: &[&str]| set(entries.iter().map(|entry| entry.parse::<Addressee>().unwrap()));
    Audience { releasable_to: ReleasableTo::Only(list(to)), not_releasable_to: list(not_to), ..Audience::default() }
}

#[test]
fn the_audience_is_a_bar() {
    let open = [grant("1")];
    let to_bka = [grant("1").with("to_units", "[\"DE/BKA\"]")];
    let audience =
        |to: &'static [&str], not: &'static [&str]| move |label: &mut Label| label.audience = Some(releasable(to, not));
    held_by(&open, None, audience(&["DE"], &[]));
    held_by(&open, Some("releasable_to"), audience(&["BE", "NL"], &[]));
    held_by(&open, Some("releasable_to"), audience(&[], &[]));
    held_by(&open, Some("audience"), |label| label.audience = None);
    held_by(&open, Some("not_releasable_to"), audience(&["DE"], &["DE"]));
    held_by(&open, None, audience(&["DE/BKA"], &[]));
    held_by(&to_bka, None, audience(&["DE/BKA", "DE/BPOL"], &[]));
    held_by(&to_bka, Some("releasable_to"), audience(&["DE/BPOL"], &[]));
    held_by(&open, Some("not_releasable_to"), audience(&["DE"], &["DE/BND"]));
    held_by(&to_bka, None, audience(&["DE"], &["DE/BND"]));
    held_by(&to_bka, Some("not_releasable_to"), audience(&["DE"], &["DE/BKA"]));
    held_by(&open, Some("not_releasable_to"), |label| {
        label.audience = Some(Audience { releasable_to: ReleasableTo::Any, ..releasable(&[], &["DE"]) });
    });
}

#[test]
fn colours_bind_to_units() {
    let open = [grant("1")];
    let to_bka = [grant("1").with("to_units", "[\"DE/BKA\"]")];
    let coloured = |tlp, to: &'static [&str]| {
        move |label: &mut Label| {
            label.tags.tlp = Some(tlp);
            label.audience = Some(releasable(to, &[]));
        }
    };
    held_by(&open, Some("tlp"), coloured(Tlp::Red, &["DE"]));
    held_by(&to_bka, Some("tlp"), coloured(Tlp::Red, &["DE"]));
    held_by(&open, None, coloured(Tlp::Red, &["DE/BKA"]));
    held_by(&open, None, coloured(Tlp::Red, &["DE", "DE/BKA"]));
    held_by(&open, Some("tlp"), coloured(Tlp::AmberStrict, &["DE"]));
    held_by(&to_bka, None, coloured(Tlp::AmberStrict, &["DE"]));
    held_by(&open, None, coloured(Tlp::AmberStrict, &["DE/BKA"]));
    held_by(&open, None, coloured(Tlp::Amber, &["DE"]));
}

#[test]
fn handling_and_purposes_are_bars() {
    let open = [grant("1")];
    let handled = |code, purposes: &'static [Purpose]| {
        move |label: &mut Label| {
            label.tags.handling = Some(set([code]));
            label.tags.purposes = set(purposes.iter().copied());
        }
    };
    held_by(&open, Some("handling H3"), handled(Handling::H3, &[Purpose::Investigation]));
    held_by(&open, Some("handling H1"), handled(Handling::H1, &[Purpose::Evidence, Purpose::Prosecution]));
    held_by(&open, None, handled(Handling::H1, &[Purpose::Evidence, Purpose::Investigation]));
    held_by(&open, None, handled(Handling::H2, &[Purpose::Evidence]));
    held_by(&open, None, handled(Handling::H0, &[Purpose::Evidence]));
    let other = &[Purpose::Statistics, Purpose::Administrative, Purpose::Supervision, Purpose::DataSubject];
    held_by(&open, Some("handling H0"), handled(Handling::H0, other));
    held_by(&open, Some("handling H0"), handled(Handling::H2, other));
    held_by(&open, Some("handling"), |label| label.tags.handling = None);
    held_by(&open, Some("not_for_court"), |label| {
        label.tags.caveats = set([Caveat::NotForCourt]);
        label.tags.purposes = set([Purpose::Evidence]);
    });
    held_by(&open, Some("purposes"), |label| label.tags.purposes = set([]));
    held_by(&open, Some("purposes"), |label| {
        for (_, tags) in &mut label.sections {
            *tags = SectionTags { purposes: Some(set([Purpose::Evidence])), ..SectionTags::default() };
        }
    });
    held_by(&open, Some("onward"), |label| label.originator = country("BR"));
}

#[test]
fn the_audience_section_stays() {
    let law = compiled("FR", &[treaty(&Head::default(), &[grant("1")])], &[]);
    let mut label = label();
    label.sections.push((SectionName::Audience, SectionTags::default()));
    let verdict = decide(&law, label.clone());
    assert!(!verdict.sections().contains(SectionName::Audience));
    assert!(reasons(&verdict, SectionName::Audience, Purpose::Investigation)[0].starts_with("originator audience"));
    label.sections.retain(|(name, _)| *name == SectionName::Audience);
    assert!(!law.may_offer(&label.prepare(), country("DE")));
}

#[test]
fn dates_are_compared_at_the_wire() {
    let law = compiled("FR", &[treaty(&Head::default(), &[grant("1").with("older_than", "\"180 days\"")])], &[]);
    let verdict = decide(&law, label());
    assert!(!verdict.is_release());
    let until = day("2026-02-01").plus_days(180);
    let deferred = verdict.deferred.clone().unwrap();
    assert_eq!((deferred.until, deferred.articles[0].article.as_str()), (until, "1"));
    let why = &reasons(&verdict, SectionName::Identity, Purpose::Investigation)[0];
    assert!(why.starts_with("treaty 1 covers only what was collected at least 180 days ago"), "{why}");
    assert!(law.may_offer(&label().prepare(), country("DE")), "the index leaves dates out");
    assert!(decide_at(&law, label(), "DE", &until.to_string()).is_release());
    let expired = decide_at(&law, label(), "DE", "2030-01-01");
    assert!(reasons(&expired, SectionName::Identity, Purpose::Investigation)[0].starts_with("originator expires"));
    assert_eq!(expired.deferred, None);
    // A bar of old data lifts nothing by waiting.
    let old =
        compiled("FR", &[treaty(&Head::default(), &[grant("1"), bar("2").with("older_than", "\"180 days\"")])], &[]);
    assert!(decide(&old, label()).is_release());
    assert!(!decide_at(&old, label(), "DE", &until.to_string()).is_release());
}

#[test]
fn other_actions_release_nothing() {
    let law = compiled("FR", &[treaty(&Head::default(), &[grant("1").with("action", "\"any\"")])], &[]);
    let label = label().prepare();
    for action in [Action::Reply, Action::Match, Action::Onward] {
        let verdict = law.decide(&Question { action, ..asked(&label, "DE", Direction::WeSend, "2026-06-01") });
        assert!(!verdict.is_release());
        assert!(verdict.withheld.iter().all(|row| !row.by.is_empty()), "{verdict:?}");
    }
}

#[test]
fn more_articles_than_bits_release_nothing() {
    let crowded = |id: &'static str| {
        let articles: Vec<_> = (0..100).map(|at| grant(&at.to_string())).collect();
        treaty(&Head { id, ..Head::default() }, &articles)
    };
    let law: Law = compiled("FR", &[crowded("a"), crowded("b")], &[]);
    assert!(decide(&law, label()).is_release());
    let law = compiled("FR", &[crowded("a"), crowded("b"), crowded("c")], &[]);
    assert_eq!(law.overfull().collect::<Vec<_>>(), [country("DE")]);
    assert!(!decide(&law, label()).is_release());
    assert!(!law.may_offer(&label().prepare(), country("DE")));
}

#[test]
fn a_question_about_one_purpose() {
    let law = compiled("FR", &[treaty(&Head::default(), &[grant("1")])], &[]);
    let label = label().prepare();
    let ask = |purpose| {
        law.decide(&Question { purpose: Some(purpose), ..asked(&label, "DE", Direction::WeSend, "2026-06-01") })
    };
    assert_eq!(rows(&ask(Purpose::Investigation)), ["identity investigation 1", "narrative investigation 1"]);
    let verdict = ask(Purpose::Extradition);
    assert!(!verdict.is_release());
    assert_eq!(
        reasons(&verdict, SectionName::Identity, Purpose::Extradition),
        ["originator purposes the purpose is not among the record's"]
    );
}

#[test]
fn a_verdict_prints_as_it_is_read() {
    let law = compiled(
        "FR",
        &[treaty(
            &Head::default(),
            &[grant("1").with("sections", "[\"identity\"]"), bar("2").with("purposes", "[\"identification\"]")],
        )],
        &[],
    );
    let dates = RecordDates { ..dates() };
    let label = label().prepare();
    let verdict = law.decide(&Question { dates, ..asked(&label, "DE", Direction::WeSend, "2026-06-01") });
    let found = serde_json::to_value(&verdict).unwrap();
    let barred = serde_json::json!({
        "source": "treaty", "document": "test v1", "article": "2", "because": "purposes: identification"
    });
    let uncovered = |purpose: &str| {
        serde_json::json!({
            "source": "none", "document": null, "article": null,
            "because": format!("no grant lets narrative of it go to DE for {purpose}")
        })
    };
    let expected = serde_json::json!({
        "verdict": "release",
        "released": [
            { "section": "identity", "purpose": "investigation", "articles": [{ "document": "test v1", "article": "1" }] }
        ],
        "withheld": [
            { "section": "identity", "purpose": "identification", "by": [barred.clone()] },
            { "section": "narrative", "purpose": "investigation", "by": [uncovered("investigation")] },
            { "section": "narrative", "purpose": "identification", "by": [barred, uncovered("identification")] },
        ],
        "nearest": [{
            "document": "test v1", "article": "1", "section": "narrative", "purpose": "investigation",
            "lacks": [{ "dimension": "sections", "because": "section narrative is not among identity" }]
        }],
        "deferred": null,
        "law_generation": 1,
        "decided_at": "2026-06-01T12:00:00Z"
    });
    assert_eq!(found, expected);
}
