//! Who sees what of which copy.

use chancery_record::{DocumentHash, Kind, Onward, SectionTags, Set, UnitName, UseTags};
use chancery_treaty::{Citation, TermsRow, UseConditions};

use super::*;
use crate::api::caller::tests::user;

const NAMES: [SectionName; 3] = [SectionName::Identity, SectionName::Judicial, SectionName::Narrative];

fn day(text: &str) -> Date {
    text.parse().unwrap()
}

fn label(classification: Option<Classification>, purposes: &[Purpose]) -> Label {
    let secret = SectionTags { classification: Some(Classification::Secret), ..SectionTags::default() };
    let only_evidence =
        SectionTags { purposes: Some([Purpose::Evidence].into_iter().collect()), ..SectionTags::default() };
    Label {
        originator: "FR".parse().unwrap(),
        unit: "NCB-PARIS".parse().unwrap(),
        kind: Kind::NoticeBlue,
        schema: 1,
        tags: UseTags { classification, purposes: purposes.iter().copied().collect(), ..UseTags::default() },
        sections: vec![(NAMES[0], SectionTags::default()), (NAMES[1], only_evidence), (NAMES[2], secret)],
        audience: None,
    }
}

fn own(classification: Option<Classification>) -> Bound {
    let purposes = [Purpose::Investigation, Purpose::Evidence];
    Bound { label: label(classification, &purposes), expires: day("2030-01-01"), binding: Binding::Own }
}

fn delivered(rows: &[(SectionName, Purpose, Option<&str>)], keep_until: &str) -> Bound {
    let citation = Citation { document: DocumentHash([7; 32]), article: "1".into() };
    let row = |(section, purpose, unit): &(SectionName, Purpose, Option<&str>)| TermsRow {
        section: *section,
        purpose: *purpose,
        articles: [citation.clone()].into_iter().collect(),
        to_units: unit.map(|unit| [unit.parse::<UnitName>().unwrap()].into_iter().collect()),
    };
    let conditions = UseConditions {
        keep_until: day(keep_until),
        onward: Onward::Never,
        caveats: Set::default(),
        handling: Set::default(),
        requests: Set::default(),
        consents: Set::default(),
    };
    let terms = Terms::new(rows.iter().map(row).collect(), conditions).unwrap();
    Bound { binding: Binding::Terms(Box::new(terms)), ..own(Some(Classification::Restricted)) }
}

fn seen(bound: &Bound, user: &User, purpose: Purpose, today: &str) -> Vec<SectionName> {
    Viewer { user, today: day(today) }.sections(bound, purpose).iter().collect()
}

#[test]
fn purposes_and_clearance_bind_at_home() {
    let both = [Purpose::Investigation, Purpose::Evidence, Purpose::Statistics];
    let analyst = user(&[Role::Analyst], &both, Classification::Restricted);
    let cleared = user(&[Role::Analyst], &both, Classification::Secret);
    let bound = own(Some(Classification::Restricted));
    assert_eq!(seen(&bound, &analyst, Purpose::Investigation, "2026-11-21"), [NAMES[0]]);
    assert_eq!(seen(&bound, &analyst, Purpose::Evidence, "2026-11-21"), [NAMES[0], NAMES[1]]);
    assert_eq!(seen(&bound, &cleared, Purpose::Investigation, "2026-11-21"), [NAMES[0], NAMES[2]]);
    assert!(seen(&bound, &cleared, Purpose::Statistics, "2026-11-21").is_empty(), "not a purpose of the record");
    assert!(seen(&bound, &cleared, Purpose::Evidence, "2030-01-01").is_empty(), "it has expired");
    let other = user(&[Role::Analyst], &[Purpose::Investigation], Classification::Secret);
    assert!(seen(&bound, &other, Purpose::Evidence, "2026-11-21").is_empty(), "not a purpose of the user");
    assert!(seen(&own(None), &cleared, Purpose::Evidence, "2026-11-21").is_empty(), "unstated could be top secret");
}

#[test]
fn terms_bind_section_purpose_unit_and_day() {
    let both = [Purpose::Investigation, Purpose::Evidence];
    let analyst = user(&[Role::Analyst], &both, Classification::TopSecret);
    let rows = [
        (NAMES[0], Purpose::Investigation, None),
        (NAMES[2], Purpose::Investigation, Some("BORDER")),
        (NAMES[1], Purpose::Evidence, None),
    ];
    let bound = delivered(&rows, "2027-06-01");
    assert_eq!(
        seen(&bound, &analyst, Purpose::Investigation, "2026-11-21"),
        [NAMES[0]],
        "the narrative is another unit's"
    );
    assert_eq!(seen(&bound, &analyst, Purpose::Evidence, "2026-11-21"), [NAMES[1]], "rows do not mix");
    assert!(seen(&bound, &analyst, Purpose::Evidence, "2027-06-01").is_empty(), "no longer kept");
    let mut border = analyst.clone();
    border.unit = "BORDER".parse().unwrap();
    assert_eq!(seen(&bound, &border, Purpose::Investigation, "2026-11-21"), [NAMES[0], NAMES[2]]);
    let unreadable = Bound { binding: Binding::Unreadable, ..bound };
    assert!(seen(&unreadable, &analyst, Purpose::Evidence, "2026-11-21").is_empty());
}

#[test]
fn manifests_are_seen_by_purpose_or_by_office() {
    let today = day("2026-11-21");
    let sees = |roles: &[Role], purposes: &[Purpose], bound: &Bound| {
        let user = user(roles, purposes, Classification::Restricted);
        Viewer { user: &user, today }.sees_manifest(bound)
    };
    let at_home = own(Some(Classification::Restricted));
    let foreign = delivered(&[(NAMES[0], Purpose::Investigation, None)], "2027-06-01");
    assert!(sees(&[Role::Analyst], &[Purpose::Investigation], &at_home));
    assert!(!sees(&[Role::Analyst], &[Purpose::BorderControl], &at_home));
    assert!(!sees(&[Role::Analyst], &[Purpose::Evidence], &foreign), "the terms give nothing for that purpose");
    for role in [Role::Officer, Role::Operator, Role::Engineer] {
        assert!(sees(&[role], &[], &at_home) && !sees(&[role], &[], &foreign), "{role}");
    }
    assert!(sees(&[Role::Auditor], &[], &at_home) && sees(&[Role::Auditor], &[], &foreign));
    assert!(!sees(&[Role::Auditor], &[], &own(Some(Classification::Secret))), "clearance binds auditors, too");
}

#[test]
fn what_was_taken_back_is_read_by_nobody() {
    for standing in Standing::ALL {
        assert_eq!(is_readable(standing), !matches!(standing, Standing::Withdrawn | Standing::Recalled));
    }
}
