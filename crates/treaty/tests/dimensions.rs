//! Every dimension, on a grant and on a bar: stated values, several values, none, and what nobody stated.

use chancery_record::{
    Caveat, Classification, Handling, Kind, Minors, ObtainedBy, Offence, Penalty, Purpose, SectionName, SectionTags,
    Sensitive, Status, Tlp,
};
use chancery_treaty::{Dimension, FaultCause, Label, TreatyDocument};

use crate::setting::{Head, bar, compiled, decide, grant, label, law, law_bar, set, treaty, treaty_text};

/// Whether anything goes under a grant of everything, narrowed in one dimension.
#[track_caller]
fn granted(key: &str, value: &str, change: impl FnOnce(&mut Label), expected: bool) {
    let law = compiled("FR", &[treaty(&Head::default(), &[grant("1").with(key, value)])], &[]);
    let mut label = label();
    change(&mut label);
    let verdict = decide(&law, label.clone());
    assert_eq!(verdict.is_release(), expected, "{key} = {value}: {verdict:?}");
    assert_eq!(law.may_offer(&label.prepare(), "DE".parse().unwrap()), expected, "{key} = {value}");
}

/// Whether a bar narrowed to one dimension holds everything back, in a treaty as in a law.
#[track_caller]
fn barred(key: &str, value: &str, change: impl Fn(&mut Label), expected: bool) {
    let head = Head::default();
    let in_treaty = compiled("FR", &[treaty(&head, &[grant("1"), bar("2").with(key, value)])], &[]);
    let in_law = compiled("FR", &[treaty(&head, &[grant("1")])], &[law("FR", &[law_bar("2").with(key, value)])]);
    for law in [in_treaty, in_law] {
        let mut label = label();
        change(&mut label);
        let verdict = decide(&law, label.clone());
        assert_eq!(!verdict.is_release(), expected, "{key} = {value}: {verdict:?}");
        assert_eq!(law.may_offer(&label.prepare(), "DE".parse().unwrap()), !expected, "{key} = {value}");
        if expected {
            let cited = |reason: &chancery_treaty::Reason| reason.article.as_deref() == Some("2");
            assert!(verdict.withheld.iter().all(|row| row.by.iter().any(cited)), "{verdict:?}");
        }
    }
}

fn same(_: &mut Label) {}

#[test]
fn words_of_a_grant() {
    granted("kinds", "[\"notice.red\", \"vehicle\"]", same, true);
    granted("kinds", "\"notice.red\"", same, true);
    granted("kinds", "[\"vehicle\"]", same, false);
    granted("kinds", "\"any\"", |label| label.kind = Kind::Pnr, true);
    granted("sections", "[\"identity\"]", same, true);
    granted("sections", "[\"source\"]", same, false);
    granted("purposes", "[\"investigation\"]", same, true);
    granted("purposes", "[\"evidence\"]", same, false);
    granted("classification", "\"up to RESTRICTED\"", same, true);
    granted("classification", "\"up to UNCLASSIFIED\"", same, false);
    granted("classification", "\"from RESTRICTED\"", same, true);
    granted("classification", "[\"SECRET\"]", |label| label.tags.classification = Some(Classification::Secret), true);
    granted("classification", "\"any\"", |label| label.tags.classification = None, false);
    granted("tlp", "\"up to GREEN\"", same, false);
    granted("tlp", "\"from GREEN\"", same, true);
    granted("tlp", "\"any\"", |label| label.tags.tlp = None, false);
    granted("penalty", "[\"life\", \"death\"]", same, false);
    granted("penalty", "[\"3_years_and_more\"]", same, true);
    granted("penalty", "\"any\"", |label| label.tags.penalty = Penalty::Unknown, false);
    granted("penalty", "[\"none\"]", |label| label.tags.penalty = Penalty::None, true);
    granted("minors", "[\"no\"]", same, true);
    granted("minors", "[\"no\"]", |label| label.tags.minors = Minors::Yes, false);
    granted("minors", "\"any\"", |label| label.tags.minors = Minors::Unknown, false);
}

#[test]
fn a_grant_holds_all_values() {
    let two = |label: &mut Label| label.tags.handling = Some(set([Handling::H1, Handling::H2]));
    granted("handling", "[\"H1\", \"H2\"]", two, true);
    granted("handling", "[\"H1\"]", two, false);
    granted("handling", "\"any\"", |label| label.tags.handling = None, false);
    let two = |label: &mut Label| label.tags.offences = Some(set([Offence::Homicide, Offence::Tax]));
    granted("offences", "[\"homicide\", \"tax\", \"fraud\"]", two, true);
    granted("offences", "[\"homicide\"]", two, false);
    granted("offences", "[\"none\"]", |label| label.tags.offences = Some(set([Offence::None])), true);
    granted("offences", "\"any\"", |label| label.tags.offences = None, false);
    let two = |label: &mut Label| label.tags.statuses = Some(set([Status::Wanted, Status::Victim]));
    granted("statuses", "[\"wanted\"]", two, false);
    granted("statuses", "[\"wanted\", \"victim\"]", two, true);
    granted("statuses", "\"any\"", |label| label.tags.statuses = None, false);
    let two = |label: &mut Label| label.tags.obtained_by = Some(set([ObtainedBy::Police, ObtainedBy::HumanSource]));
    granted("obtained_by", "[\"police\"]", two, false);
    granted("obtained_by", "[\"police\", \"human_source\"]", two, true);
    granted("obtained_by", "\"any\"", |label| label.tags.obtained_by = None, false);
    let two = |label: &mut Label| label.tags.caveats = set([Caveat::NoArrestOnThisAlone, Caveat::SourceProtection]);
    granted("caveats", "[\"source_protection\"]", two, false);
    granted("caveats", "\"none\"", two, false);
    granted("caveats", "[]", same, true);
    granted("caveats", "\"any\"", two, true);
    let one = |label: &mut Label| label.tags.sensitive = Some(set([Sensitive::Health]));
    granted("sensitive", "\"none\"", one, false);
    granted("sensitive", "\"none\"", same, true);
    granted("sensitive", "[\"health\"]", one, true);
    granted("sensitive", "\"any\"", |label| label.tags.sensitive = None, false);
}

#[test]
fn names_of_a_grant() {
    granted("originator", "[\"FR\"]", same, true);
    granted("originator", "[\"DE\", \"friends\"]", same, false);
    granted("from", "[\"FR\"]", same, true);
    granted("from", "[\"DE\"]", same, false);
    granted("to", "[\"DE\"]", same, true);
    granted("to", "[\"FR\"]", same, false);
    granted("from_units", "[\"FR/DNPJ\"]", same, true);
    granted("from_units", "[\"FR/DNRED\", \"DE/BKA\"]", same, false);
    granted("to_units", "[\"DE/BKA\"]", same, true);
    granted("to_units", "[\"FR/DNPJ\"]", same, false);
    let zoned = |label: &mut Label| label.tags.zone = Some("river".into());
    granted("zone", "[\"river\", \"FR-973\"]", zoned, true);
    granted("zone", "[\"river\"]", same, false);
    granted("zone", "\"any\"", zoned, true);
    granted("zone", "\"any\"", same, true);
    granted("zone", "\"none\"", same, true);
    granted("zone", "\"none\"", zoned, false);
    let joint = |label: &mut Label| label.tags.operation = Some("JIT-1".into());
    granted("operation", "[\"JIT-1\"]", joint, true);
    granted("operation", "[\"JIT-2\"]", joint, false);
    granted("operation", "[\"JIT-1\"]", same, false);
    granted("operation", "\"any\"", joint, true);
    granted("onward_to", "[\"BR\"]", same, true);
}

#[test]
fn what_waits_lets_nothing_go() {
    granted("requires", "[\"request\"]", same, false);
    granted("requires", "\"consent\"", same, false);
    granted("quota", "{ records = 5, per = \"1 day\" }", same, false);
    granted("action", "[\"reply\", \"match\"]", same, false);
    granted("action", "\"any\"", same, true);
    granted("keep", "\"originator\"", same, true);
}

#[test]
fn a_bar_matches_any_value_and_what_nobody_stated() {
    barred("kinds", "[\"notice.red\"]", same, true);
    barred("kinds", "[\"vehicle\"]", same, false);
    barred("classification", "\"from SECRET\"", same, false);
    barred("classification", "\"from RESTRICTED\"", same, true);
    barred("tlp", "[\"AMBER\"]", same, true);
    barred("tlp", "[\"GREEN\"]", same, false);
    let two = |label: &mut Label| label.tags.offences = Some(set([Offence::Homicide, Offence::Tax]));
    barred("offences", "[\"tax\"]", two, true);
    barred("offences", "[\"tax\", \"fraud\"]", same, false);
    let two = |label: &mut Label| label.tags.handling = Some(set([Handling::H1, Handling::H2]));
    barred("handling", "[\"H2\"]", two, true);
    barred("handling", "[\"H2\"]", same, false);
    barred("penalty", "[\"death\"]", same, false);
    barred("statuses", "[\"victim\", \"wanted\"]", same, true);
    barred("minors", "[\"yes\"]", same, false);
    barred("minors", "[\"yes\"]", |label| label.tags.minors = Minors::Yes, true);
    barred("caveats", "\"any\"", same, false);
    barred("caveats", "\"any\"", |label| label.tags.caveats = set([Caveat::NoArrestOnThisAlone]), true);
    barred("obtained_by", "[\"interception\"]", same, false);
    barred("sensitive", "[\"health\"]", |label| label.tags.sensitive = Some(set([Sensitive::Health])), true);
    barred("sensitive", "\"any\"", same, false);
    barred("originator", "[\"FR\"]", same, true);
    barred("originator", "[\"BR\"]", same, false);
    barred("from_units", "[\"FR/DNPJ\"]", same, true);
    barred("from_units", "[\"FR/DNRED\"]", same, false);
    // Which unit of the country will use it is not known to who decides.
    barred("to_units", "[\"DE/BND\"]", same, true);
    barred("to", "[\"DE\"]", same, true);
    barred("operation", "[\"JIT-1\"]", |label| label.tags.operation = Some("JIT-2".into()), false);
    barred("operation", "[\"JIT-1\"]", same, true);
    barred("zone", "[\"FR-973\"]", |label| label.tags.zone = Some("FR-973".into()), true);
    barred("action", "[\"onward\"]", same, false);
    barred("action", "[\"offer\"]", same, true);
    barred("older_than", "\"5 years\"", same, false);
}

#[test]
fn nobody_stated_it() {
    let unstated: [(&str, &str, fn(&mut Label)); 9] = [
        ("classification", "[\"SECRET\"]", |label| label.tags.classification = None),
        ("tlp", "[\"CLEAR\"]", |label| label.tags.tlp = None),
        ("handling", "[\"H2\"]", |label| label.tags.handling = None),
        ("offences", "[\"tax\"]", |label| label.tags.offences = None),
        ("penalty", "[\"death\"]", |label| label.tags.penalty = Penalty::Unknown),
        ("statuses", "[\"victim\"]", |label| label.tags.statuses = None),
        ("minors", "[\"yes\"]", |label| label.tags.minors = Minors::Unknown),
        ("obtained_by", "[\"interception\"]", |label| label.tags.obtained_by = None),
        ("sensitive", "[\"health\"]", |label| label.tags.sensitive = None),
    ];
    for (key, value, change) in unstated {
        barred(key, value, change, true);
        granted(key, "\"any\"", change, false);
    }
}

#[test]
fn an_impossible_birth_year_widens_nothing() {
    // "No minor at the facts" beside a year until which the youngest is one: nobody knows which is true.
    let contradiction = |label: &mut Label| {
        label.tags.minor_until = Some(2020);
        *label = label.clone().reduced();
    };
    granted("minors", "\"any\"", contradiction, false);
    barred("minors", "[\"yes\"]", contradiction, true);
}

#[test]
fn sections_narrow() {
    let stricter = |label: &mut Label| {
        label.sections[1].1 = SectionTags { classification: Some(Classification::Secret), ..SectionTags::default() };
    };
    let law =
        compiled("FR", &[treaty(&Head::default(), &[grant("1").with("classification", "\"up to RESTRICTED\"")])], &[]);
    let mut narrowed = label();
    stricter(&mut narrowed);
    let verdict = decide(&law, narrowed);
    assert_eq!(verdict.sections().iter().collect::<Vec<_>>(), [SectionName::Identity]);
    // A section never widens what the manifest says.
    granted(
        "classification",
        "\"up to UNCLASSIFIED\"",
        |label| {
            for (_, tags) in &mut label.sections {
                tags.classification = Some(Classification::Unclassified);
                tags.tlp = Some(Tlp::Clear);
                tags.purposes = Some(set([Purpose::Evidence]));
            }
        },
        false,
    );
}

#[test]
fn a_forgotten_dimension_is_named() {
    for dimension in Dimension::ALL.iter().filter(|dimension| **dimension != Dimension::Schema) {
        let text = treaty_text(&Head::default(), &[grant("3").without(dimension.word())]);
        let faults = TreatyDocument::parse(text.as_bytes()).unwrap_err();
        assert_eq!(faults.len(), 1, "{faults:?}");
        assert_eq!(faults[0].path, "article 3");
        assert_eq!(faults[0].cause, FaultCause::DimensionMissing(*dimension));
        assert!(faults[0].to_string().contains(&format!("`{dimension}` is missing")), "{}", faults[0]);
    }
}
