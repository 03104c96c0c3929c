//! Public notices, whole and in a list, and what a broken one does to the rest.

use chancery_record::{
    Audience, Draft, Kind, Lineage, Minors, Offence, Penalty, Placement, Record, ReleasableTo, SectionName, UseTags,
};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::interpol;
use crate::{Colour, Extent, ImportFault, ImportOptions, Imported};

const LIST: &str = include_str!("../../../../examples/imports/interpol-list.json");
const DETAIL: &str = include_str!("../../../../examples/imports/interpol-detail.json");
const YELLOW: &str = include_str!("../../../../examples/imports/interpol-yellow.json");
const UN: &str = include_str!("../../../../examples/imports/interpol-un.json");

fn read(text: &str) -> Vec<Result<Imported, ImportFault>> {
    interpol(text.as_bytes(), &ImportOptions::default()).unwrap()
}

fn one(text: &str) -> Imported {
    let mut items = read(text);
    assert_eq!(items.len(), 1);
    items.remove(0).unwrap()
}

fn section(draft: &Draft, name: SectionName) -> Value {
    draft.sections.iter().find(|section| section.name == name).map_or(Value::Null, |section| section.body.clone())
}

#[test]
fn a_list_page() {
    let items: Vec<Imported> = read(LIST).into_iter().map(Result::unwrap).collect();
    let numbers: Vec<&str> = items.iter().map(|item| item.source_reference.as_str()).collect();
    assert_eq!(numbers, ["2026/90001", "2026/90002", "2026/90003"]);
    for item in &items {
        assert_eq!((item.extent, item.draft.kind), (Extent::Summary, Kind::NoticeRed));
        assert_eq!(item.draft.source_reference(), Some(item.source_reference.as_str()));
        assert_eq!(item.draft.faults(), Vec::new());
    }
    assert_eq!(
        section(&items[0].draft, SectionName::Identity),
        json!({
            "entity_id": "2026/90001", "family_name": "QUORNELL", "forename": "MIRTEN",
            "date_of_birth": "1979-01-17", "nationalities": ["FR", "DE"]
        })
    );
    assert_eq!(section(&items[1].draft, SectionName::Identity)["date_of_birth"], "1988");
    assert_eq!(section(&items[2].draft, SectionName::Identity)["nationalities_text"], json!(["ZZ"]));
    assert_eq!((items[0].notes.len(), items[2].notes.len()), (0, 1), "a country unknown");
}

#[test]
fn a_red_notice_in_full() {
    let item = one(DETAIL);
    assert_eq!((item.extent, item.draft.kind, item.notes.len()), (Extent::Whole, Kind::NoticeRed, 0));
    assert_eq!(item.draft.faults(), Vec::new());
    assert_eq!(
        section(&item.draft, SectionName::Judicial),
        json!({
            "warrants": [
                {
                    "issuing_country": "FR", "charge": "escroquerie en bande organisée",
                    "charge_translation": "fraud by an organised group"
                },
                {"issuing_country": "DE", "charge": "Betrug"}
            ],
            "charges": ["escroquerie en bande organisée", "Betrug"]
        })
    );
    assert_eq!(
        section(&item.draft, SectionName::Description),
        json!({
            "height": 1.78, "weight": 81, "eyes": "BRO", "hair": "BLA",
            "distinguishing_marks": "scar above the left eyebrow"
        })
    );
    let tags = &item.draft.tags;
    assert_eq!((tags.minors, tags.minor_until, &tags.offences), (Minors::Unknown, Some(1997), &None));
    assert_eq!(tags.penalty, Penalty::Unknown, "the form does not state it");
}

fn sealed(draft: &Draft) -> Record {
    let place = Placement {
        lineage: Lineage([1; 16]),
        revision: 1,
        collected: None,
        originator: "FR".parse().unwrap(),
        unit: "DCPJ".parse().unwrap(),
        issued: "2026-11-21T10:00:00Z".parse().unwrap(),
    };
    assert_eq!(draft.findings_at(&place).faults, Vec::new());
    draft.seal(&place, &ed25519_dalek::SigningKey::from_bytes(&[7; 32]), || [3; 16]).unwrap()
}

fn warned(draft: &Draft) -> Vec<String> {
    draft.warnings().into_iter().map(|warning| warning.path).collect()
}

#[test]
fn what_a_public_notice_withholds_is_asked_for_and_not_demanded() {
    let item = one(DETAIL);
    for path in ["judicial.wanted_for", "judicial.laws", "judicial.facts", "judicial.warrants[0].reference"] {
        assert!(warned(&item.draft).iter().any(|warned| warned == path), "{path}");
    }
    assert_eq!(
        section(&item.draft, SectionName::Provenance),
        json!({
            "source_reference": "2026/90001", "publication": "INTERPOL public notices",
            "url": "https://ws-public.interpol.int/notices/v1/red/2026-90001",
            "reproduces": {
                "publisher": "INTERPOL", "number": "2026/90001",
                "url": "https://ws-public.interpol.int/notices/v1/red/2026-90001"
            }
        })
    );
    let mut own = item.draft;
    let mut provenance = section(&own, SectionName::Provenance);
    provenance.as_object_mut().unwrap().remove("reproduces");
    own.put(SectionName::Provenance, provenance);
    assert!(own.faults().iter().any(|fault| fault.path == "judicial.wanted_for"), "a country's own must state it");

    let undated = one(&YELLOW.replace("2026/01/09", "last winter"));
    assert_eq!((undated.draft.kind, undated.draft.faults()), (Kind::NoticeYellow, Vec::new()));
    assert!(warned(&undated.draft).contains(&"narrative.disappearance.date".to_owned()));
    assert_eq!(
        section(&undated.draft, SectionName::Narrative)["source_fields"],
        json!({"date_of_event": "last winter"})
    );
}

#[test]
fn a_line_of_a_list_keeps_the_colour_of_its_notice() {
    for (word, kind) in [("yellow", Kind::NoticeYellow), ("un/persons", Kind::NoticeUnSpecial)] {
        for item in read(&LIST.replace("/v1/red", &format!("/v1/{word}"))) {
            let item = item.unwrap();
            assert_eq!((item.draft.kind, item.extent, item.draft.faults()), (kind, Extent::Summary, Vec::new()));
        }
    }
}

#[test]
fn the_audience_is_the_one_that_was_stated() {
    for releasable_to in [ReleasableTo::Any, ReleasableTo::Only(["BE".parse().unwrap()].into_iter().collect())] {
        let audience = Audience { releasable_to, ..Audience::default() };
        let options = ImportOptions { audience: audience.clone(), ..ImportOptions::default() };
        let item = interpol(DETAIL.as_bytes(), &options).unwrap().remove(0).unwrap();
        assert_eq!((item.draft.kind, item.draft.audience), (Kind::NoticeRed, audience));
    }
}

#[test]
fn a_second_import_changes_nothing() {
    for text in [DETAIL, YELLOW, UN, LIST] {
        for (first, second) in read(text).into_iter().zip(read(text)) {
            let (first, second) = (first.unwrap(), second.unwrap());
            assert_eq!(first, second);
            assert!(second.draft.says_the_same_as(&sealed(&first.draft)), "{}", second.source_reference);
        }
    }
}

#[test]
fn a_line_of_a_list_is_told_from_the_notice_in_full() {
    let (whole, line) = (one(DETAIL), read(LIST).remove(0).unwrap());
    assert_eq!(whole.source_reference, line.source_reference);
    assert_eq!((whole.extent, line.extent), (Extent::Whole, Extent::Summary));
    assert!(!line.draft.says_the_same_as(&sealed(&whole.draft)), "only the extent keeps it from replacing the whole");
}

#[test]
fn a_yellow_notice_of_a_child() {
    let item = one(YELLOW);
    assert_eq!((item.extent, item.draft.kind), (Extent::Whole, Kind::NoticeYellow));
    assert_eq!(item.draft.faults(), Vec::new());
    assert_eq!((item.draft.tags.minors, item.draft.tags.minor_until), (Minors::Yes, Some(2030)));
    assert_eq!(
        section(&item.draft, SectionName::Narrative)["disappearance"],
        json!({"date": "2026-01-09", "place": "Orvastead, harbour", "country": "NO"})
    );
    let identity = section(&item.draft, SectionName::Identity);
    assert_eq!(
        (&identity["father_name"], &identity["mother_name"]),
        (&json!("TORVALK ILVENDRAK"), &json!("ASTRIDELL"))
    );
    assert_eq!(section(&item.draft, SectionName::Description).get("weight"), None, "zero is not known");
}

#[test]
fn a_special_notice() {
    let item = one(UN);
    assert_eq!((item.extent, item.draft.kind), (Extent::Whole, Kind::NoticeUnSpecial));
    assert_eq!(item.draft.faults(), Vec::new());
    assert_eq!(
        section(&item.draft, SectionName::Measures),
        json!({
            "measures": ["asset_freeze", "travel_ban", "arms_embargo"], "committee_reference": "QDi.9001",
            "committee": "1267", "listed_on": "2011-05-04"
        })
    );
    let narrative = section(&item.draft, SectionName::Narrative);
    assert_eq!(narrative["source_fields"], json!({"identity_documents": ["Passport ZX0000017"]}));
}

#[test]
fn what_the_importing_country_states_counts() {
    let options = ImportOptions {
        tags: UseTags {
            offences: Some([Offence::Fraud].into_iter().collect()),
            penalty: Penalty::ThreeAndMore,
            minors: Minors::No,
            ..UseTags::default()
        },
        collected: "2026-02-27".parse().ok(),
        ..ImportOptions::default()
    };
    let item = interpol(DETAIL.as_bytes(), &options).unwrap().remove(0).unwrap();
    assert_eq!(item.draft.tags.offences, options.tags.offences);
    assert_eq!((item.draft.tags.minors, item.draft.tags.minor_until), (Minors::No, None));
    assert_eq!(item.draft.collected, options.collected);
    assert_eq!(item.draft.warnings().iter().filter(|warning| warning.path.starts_with("tags")).count(), 0);
}

#[test]
fn the_colour_is_told_or_stated() {
    let bare = r#"{"entity_id": "2026/1", "name": "QUORNELL"}"#;
    assert!(read(bare).remove(0).unwrap_err().to_string().contains("notice 1, entry `2026/1`: neither the notice"));
    let stated = ImportOptions { colour: Some(Colour::Red), ..ImportOptions::default() };
    let item = interpol(bare.as_bytes(), &stated).unwrap().remove(0).unwrap();
    assert_eq!((item.draft.kind, item.extent), (Kind::NoticeRed, Extent::Summary));
    let blue = DETAIL.replace("/v1/red/", "/v1/blue/");
    assert!(read(&blue).remove(0).unwrap_err().to_string().contains("not one of red, yellow and un"));
}

#[test]
fn a_broken_notice_does_not_stop_the_rest() {
    let page = |notices: &str| format!(r#"{{"_embedded": {{"notices": [{notices}]}}}}"#);
    let good = r#"{"entity_id": "2026/1", "name": "QUORNELL"}"#;
    let options = ImportOptions { colour: Some(Colour::Red), ..ImportOptions::default() };
    let check = |broken: &str, expected: &str| {
        let text = page(&format!("{broken}, {}, {good}", good.replace("2026/1", "2026/2")));
        let items = interpol(text.as_bytes(), &options).unwrap();
        let found: Vec<String> = items
            .into_iter()
            .map(|item| item.map_or_else(|fault| fault.to_string(), |imported| imported.source_reference))
            .collect();
        assert!(found[0].contains(expected), "{} does not say {expected}", found[0]);
        assert_eq!(found[1..], ["2026/2", "2026/1"], "{broken}");
    };
    check("7", "notice 1: the notice is not a JSON object");
    check(r#"{"name": "QUORNELL"}"#, "the entry has no `entity_id`");
    check(r#"{"entity_id": 7, "name": "QUORNELL"}"#, "the entry has no `entity_id`");
    check(r#"{"entity_id": "2026/3"}"#, "the entry has no name");
    let long = good.replace("2026/1", "2026/3").replace("QUORNELL", &"X".repeat(70_000));
    check(&long, "the notice is larger than 65536 bytes");
}

#[test]
fn a_number_stands_once() {
    let items = read(&format!("[{DETAIL}, {LIST}]"));
    assert!(items[0].is_ok());
    assert!(items[1].as_ref().unwrap_err().to_string().contains("notice 2, entry `2026/90001`: an earlier entry"));
    assert_eq!(items.len(), 4);
}

#[test]
fn what_cannot_be_read_is_kept() {
    let text = DETAIL
        .replace(r#""height": 1.78"#, r#""height": 178"#)
        .replace("1979/01/17", "17 January 1979")
        .replace(r#""sex_id": "M""#, r#""sex_id": "X""#)
        .replace(r#""weight": 81"#, r#""weight": 81, "gait": {"side": "left", "none": null}"#);
    let item = one(&text);
    assert_eq!(
        section(&item.draft, SectionName::Narrative)["source_fields"],
        json!({"height": 178, "date_of_birth": "17 January 1979", "sex_id": "X", "gait": {"side": "left"}})
    );
    assert_eq!(item.notes.len(), 2);
}

#[test]
fn what_is_no_answer_is_named() {
    let fault = |text: &str| interpol(text.as_bytes(), &ImportOptions::default()).unwrap_err().to_string();
    for other in ["{}", "7", "[1]", "[{}]", r#"{"_embedded": {"notices": 7}}"#] {
        assert!(fault(other).contains("no answer of the INTERPOL notices API"), "{other}");
    }
    assert!(fault("{\n\"entity_id\": \"2026/1\",,}").contains("line 2: the JSON is malformed"));
    assert!(fault("").contains("EOF"));
    assert_eq!(read("[]").len(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..256)) {
        let _ = interpol(&bytes, &ImportOptions::default());
    }

    #[test]
    fn no_damage_panics(
        place in 0..DETAIL.len(),
        length in 0usize..30,
        piece in proptest::sample::select(PIECES),
    ) {
        for text in [DETAIL, YELLOW, UN, LIST] {
            let mut bytes = text.as_bytes().to_vec();
            let place = place.min(bytes.len());
            let end = (place + length).min(bytes.len());
            bytes.splice(place..end, piece.bytes());
            for item in interpol(&bytes, &ImportOptions::default()).into_iter().flatten().flatten() {
                prop_assert!(item.draft.faults().is_empty());
            }
        }
    }
}

const PIECES: &[&str] = &["", "null", "[]", "{}", "\"", "0", "\"x\"", "[7]", "{\"a\": []}", "1e300", "\\u0000"];
