//! Draft files: what is refused, where it is said to stand, and what only earns a warning.

use chancery_record::limits::{
    BODY_DEPTH_MAX, BODY_LIST_ENTRIES_MAX, BODY_TEXT_BYTES_MAX, DRAFT_BYTES_MAX, DRAFTS_PER_FILE_MAX, FAULTS_MAX,
};
use chancery_record::{
    Addressee, Draft, DraftSection, Fault, FileForm, Kind, ManifestFault, Placement, Precedence, ReleasableTo,
    SectionName, Tlp,
};
use serde_json::{Value, json};

use crate::sealing;

fn sample() -> Value {
    serde_json::from_str(sealing::SAMPLE).unwrap()
}

fn red() -> Value {
    let text = include_str!("../../../../examples/notices/red.toml");
    let draft = Draft::parse_toml(text).unwrap();
    let mut value = json!({ "kind": draft.kind, "tags": draft.tags, "audience": draft.audience });
    for DraftSection { name, body, .. } in draft.sections {
        value[name.word()] = body;
    }
    value
}

/// Sets the value at a path of keys and indexes; `null` takes it away.
fn set(value: &mut Value, path: &str, new: Value) {
    let at = path.split('.').fold(value, |value, key| match key.parse::<usize>() {
        Ok(index) => &mut value[index],
        Err(_) => &mut value[key],
    });
    *at = new;
}

fn faults_of(value: &Value) -> Vec<Fault> {
    Draft::parse_value(value).err().unwrap_or_default()
}

#[track_caller]
fn check(mut value: Value, changes: &[(&str, Value)], expected: &[&str]) {
    for (path, new) in changes {
        set(&mut value, path, new.clone());
    }
    let faults = faults_of(&value);
    let mut paths: Vec<&str> = faults.iter().map(|fault| fault.path.as_str()).collect();
    paths.sort_unstable();
    let mut expected = expected.to_vec();
    expected.sort_unstable();
    assert_eq!(paths, expected, "{faults:#?}");
}

#[test]
fn all_faults_at_once_each_with_its_path() {
    check(sample(), &[], &[]);
    check(
        sample(),
        &[
            ("colour", json!("blue")),
            ("unit", json!("b k a")),
            ("collected", json!("02.11.2026")),
            ("tags.tlp", json!("ORANGE")),
            ("tags.purposes", json!(["investigaton", "identification"])),
            ("tags.penalty", json!(5)),
            ("tags.color", json!("x")),
            ("tags.handling", json!("H1")),
            ("audience.releasable_to", json!(["DE", "ZZ", "BR/pf"])),
            ("section_tags.source.classification", json!("SECRETE")),
            ("section_tags.links", json!({})),
            ("section_tags.sauce", json!({})),
            ("identity.sex", json!("male")),
            ("identity.aliases", json!(["good", {"note": "no name"}, 7])),
            ("identity.nationalities", json!("FR")),
            ("identity.date_of_birth", json!("1971-13")),
            ("object", json!({"vin": "X"})),
        ],
        &[
            "colour",
            "unit",
            "collected",
            "tags.tlp",
            "tags.purposes[0]",
            "tags.penalty",
            "tags.color",
            "tags.handling",
            "audience.releasable_to[1]",
            "audience.releasable_to[2]",
            "section_tags.source.classification",
            "section_tags.links",
            "section_tags.sauce",
            "identity.sex",
            "identity.aliases[1]",
            "identity.aliases[2]",
            "identity.nationalities",
            "identity.date_of_birth",
            "object",
        ],
    );
}

#[test]
fn an_unknown_word_names_the_nearest() {
    let mut value = sample();
    set(&mut value, "tags.purposes", json!(["investigaton"]));
    set(&mut value, "sectoin_tags", json!({}));
    let faults = faults_of(&value);
    let told = |near: &str| faults.iter().any(|fault| fault.message.contains(&format!("did you mean `{near}`?")));
    assert!(told("investigation") && told("section_tags"), "{faults:#?}");
}

#[test]
fn kinds() {
    check(json!({}), &[], &["kind"]);
    check(json!({ "kind": "notice.read" }), &[], &["kind"]);
    check(json!({ "kind": null }), &[], &["kind"]);
    check(json!([]), &[], &[""]);
    for kind in Kind::ALL.iter().filter(|kind| !kind.is_publishable()) {
        let faults = faults_of(&json!({ "kind": kind }));
        assert!(faults[0].path == "kind" && faults[0].message.contains("cannot be published yet"), "{faults:?}");
    }
}

#[test]
fn dates_beyond_the_retention() {
    check(sample(), &[("expires", json!("2036-11-02"))], &[]);
    check(sample(), &[("expires", json!("2036-11-03"))], &["expires"]);
    check(sample(), &[("expires", json!("2026-11-02"))], &["expires"]);
    check(sample(), &[("review", json!("2031-01-01"))], &["review"]);
    let mut value = sample();
    set(&mut value, "expires", Value::Null);
    set(&mut value, "collected", Value::Null);
    let undated = Draft::parse_value(&value).unwrap();
    let at = |collected: &str, expires: Option<&str>| {
        let dated = Draft {
            collected: Some(collected.parse().unwrap()),
            expires: expires.map(|date| date.parse().unwrap()),
            ..undated.clone()
        };
        dated.findings_at(&sealing::placement(1)).faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>()
    };
    assert_eq!(at("2026-11-21", None), [""; 0]);
    assert_eq!(at("2026-11-22", None), ["collected"]);
    assert_eq!(at("2016-01-01", None), ["collected"]);
    assert_eq!(at("2020-01-01", Some("2026-11-21")), ["expires"]);
    // The expiry that is set where none is stated never passes the longest retention.
    let old = Draft { collected: Some("2018-01-01".parse().unwrap()), ..undated };
    assert_eq!(sealing::sealed(&old, 1).manifest().expires.to_string(), "2028-01-01");
}

#[test]
fn tags_that_contradict_each_other() {
    let cases = [
        ("tags.handling", json!(["H0", "H1"]), "tags.handling"),
        ("tags.handling", json!([]), "tags.handling"),
        ("tags.handling", json!(["H3"]), "audience.h3_text"),
        ("audience.h3_text", json!("only by courier"), "audience.h3_text"),
        ("section_tags.source.handling", json!(["H3"]), "audience.h3_text"),
        ("section_tags.source.handling", json!(["H0"]), "section_tags.source.handling"),
        ("tags.statuses", Value::Null, "tags.statuses"),
        ("tags.statuses", json!(["none"]), "tags.statuses"),
        ("tags.offences", json!(["none", "fraud"]), "tags.offences"),
        ("tags.minor_until", json!(2030), "tags.minor_until"),
        ("tags.penalty", json!("1_to_2_years"), "tags.penalty"),
        ("tags.zone", json!("z".repeat(300)), "tags.zone"),
        ("source_reference", json!("FR\u{1b}[2J"), "provenance.source_reference"),
        ("provenance.source_reference", json!("another"), "source_reference"),
    ];
    for (path, new, expected) in cases {
        check(sample(), &[(path, new)], &[expected]);
    }
}

#[test]
fn what_is_left_out_earns_a_warning() {
    let mut value = sample();
    value["tags"] = json!({ "statuses": ["suspect"] });
    let draft = Draft::parse_value(&value).unwrap();
    let warned: Vec<String> = draft.warnings().into_iter().map(|warning| warning.path).collect();
    for tag in
        ["handling", "tlp", "classification", "offences", "penalty", "minors", "obtained_by", "sensitive", "purposes"]
    {
        assert!(warned.contains(&format!("tags.{tag}")), "{tag}: {warned:?}");
    }
    assert_eq!((draft.tags.handling, draft.tags.precedence), (None, Precedence::Routine));
    assert_eq!(Draft::parse_value(&sample()).unwrap().warnings(), []);
    let typing_error = json!({ "identity.famly_name": 1 });
    let mut value = sample();
    value["identity"]["famly_name"] = typing_error;
    let draft = Draft::parse_value(&value).unwrap();
    assert!(draft.warnings()[0].message.contains("`family_name`"));
    assert!(draft.sections.iter().any(|section| section.body.get("famly_name").is_some()), "kept as it is");
}

#[test]
fn red_notices_state_the_minimum() {
    check(red(), &[], &[]);
    let cases: &[(&[(&str, Value)], &str)] = &[
        (&[("identity.family_name", Value::Null)], "identity.family_name"),
        (&[("identity.forename", Value::Null)], "identity.forename"),
        (&[("identity.sex", json!("U"))], "identity.sex"),
        (&[("identity.date_of_birth", Value::Null)], "identity.date_of_birth"),
        (&[("description", Value::Null), ("identity.documents", json!([]))], "description"),
        (&[("judicial.wanted_for", Value::Null)], "judicial.wanted_for"),
        (&[("judicial.charges", json!([]))], "judicial.charges"),
        (&[("judicial.laws", json!([]))], "judicial.laws"),
        (&[("judicial.facts", json!([]))], "judicial.facts"),
        (&[("judicial.facts.0.when", Value::Null)], "judicial.facts[0].when"),
        (
            &[("judicial.facts.0.where", Value::Null), ("judicial.facts.0.country", Value::Null)],
            "judicial.facts[0].where",
        ),
        (&[("judicial.warrants", json!([]))], "judicial.warrants"),
        (&[("judicial.warrants.0.reference", Value::Null)], "judicial.warrants[0].reference"),
        (
            &[("judicial.max_penalty", json!("23 months")), ("tags.penalty", json!("1_to_2_years"))],
            "judicial.max_penalty",
        ),
        (&[("judicial.wanted_for", json!("sentence"))], "judicial.sentence_imposed"),
        (
            &[("judicial.wanted_for", json!("sentence")), ("judicial.sentence_imposed", json!("5 months"))],
            "judicial.sentence_imposed",
        ),
        (
            &[
                ("judicial.wanted_for", json!("sentence")),
                ("judicial.sentence_imposed", json!("3 years")),
                ("judicial.sentence_remaining", json!("1 month")),
            ],
            "judicial.sentence_imposed",
        ),
    ];
    for (changes, expected) in cases {
        check(red(), changes, &[expected]);
    }
    let fine: &[&[(&str, Value)]] = &[
        &[("judicial.max_penalty", json!("2 years")), ("tags.penalty", json!("2_to_3_years"))],
        &[("judicial.wanted_for", json!("sentence")), ("judicial.sentence_imposed", json!("6 months"))],
        &[("description", Value::Null)],
        &[("identity.documents", json!([]))],
        &[("identity.date_of_birth", json!(1984))],
        &[
            ("description", Value::Null),
            ("identity.documents", json!([])),
            ("biometrics", json!({ "references": [{ "modality": "dna", "reference": "D-1" }] })),
        ],
    ];
    for changes in fine {
        check(red(), changes, &[]);
    }
}

#[test]
fn what_reproduces_a_public_notice_is_asked_for_the_minimum() {
    let notice = json!({ "publisher": "INTERPOL", "number": "2026/90001" });
    let red = |reproduces: &Value| {
        let mut value = red();
        set(&mut value, "judicial.laws", json!([]));
        set(&mut value, "identity.sex", json!("U"));
        set(&mut value, "provenance.reproduces", reproduces.clone());
        value
    };
    check(red(&Value::Null), &[], &["identity.sex", "judicial.laws"]);
    check(red(&notice), &[], &[]);
    let paths = |faults: Vec<Fault>| faults.into_iter().map(|fault| fault.path).collect::<Vec<_>>();
    assert_eq!(paths(Draft::parse_value(&red(&notice)).unwrap().warnings()), ["identity.sex", "judicial.laws"]);

    check(red(&notice), &[("judicial.max_penalty", json!("long"))], &["judicial.max_penalty"]);
    check(red(&notice), &[("tags.penalty", json!("none"))], &["tags.penalty"]);
    check(red(&notice), &[("tags.statuses", json!(["none"]))], &["tags.statuses"]);
    check(red(&json!({ "number": "2026/90001" })), &[], &["provenance.reproduces.publisher"]);
    check(red(&json!({ "publisher": "INTERPOL" })), &[], &["provenance.reproduces.number"]);
    check(red(&json!({ "publisher": "DE", "url": "https://example.org/1" })), &[], &[]);
    check(red(&json!("INTERPOL")), &[], &["identity.sex", "judicial.laws", "provenance.reproduces"]);

    for (publisher, expected) in [("FR", 1), ("FR/DCPJ", 1), ("DE", 0), ("INTERPOL", 0)] {
        let draft = Draft::parse_value(&red(&json!({ "publisher": publisher, "number": "7" }))).unwrap();
        let faults = paths(draft.findings_at(&sealing::placement(1)).faults);
        assert_eq!(faults, vec!["provenance.reproduces"; expected], "{publisher}");
    }

    for kind in ["notice.blue", "notice.green", "notice.yellow", "notice.black", "notice.un_special"] {
        let value = json!({
            "kind": kind, "tags": { "statuses": ["missing"] }, "provenance": { "reproduces": notice }
        });
        assert!(!Draft::parse_value(&value).unwrap().warnings().is_empty());
        assert!(!faults_of(&json!({ "kind": kind, "tags": { "statuses": ["missing"] } })).is_empty(), "{kind}");
    }
    let diffusion = json!({
        "kind": "diffusion", "tags": { "statuses": ["wanted"] }, "provenance": { "reproduces": notice }
    });
    check(diffusion, &[], &["narrative.colour"]);
}

fn passport() -> Value {
    serde_json::from_str(include_str!("../../../../examples/notices/stolen-passport.json")).unwrap()
}

#[test]
fn travel_documents() {
    check(passport(), &[], &[]);
    for issuer in ["UTO", "XXA", "XXB", "XXC", "UNO", "EUE", "D"] {
        check(passport(), &[("object.issuing_country", json!(issuer)), ("object.mrz", json!([]))], &[]);
    }
    check(passport(), &[("object.issuing_country", json!("ZZZ"))], &["object.issuing_country"]);
    check(passport(), &[("object.document_type", json!("pasport"))], &["object.document_type"]);
    check(passport(), &[("object.status", Value::Null)], &["object.status"]);
    check(passport(), &[("object.number", json!("99ZZ00018"))], &["object.mrz"]);
    check(passport(), &[("object.expiry", json!("2031-04-02"))], &["object.mrz"]);
    check(passport(), &[("object.mrz.0", json!("99ZZ000171FRA<<<<<<0<3104013<<<<<<<<<<<<<<<0"))], &["object.mrz"; 2]);
    check(passport(), &[("object", Value::Null)], &["object"]);
    let named = [
        ("object.issuing_country", json!("UTO")),
        ("object.number", json!("L898902C3")),
        ("object.expiry", json!("2012-04-15")),
    ];
    let lines = json!(["P<UTOQUAXLORN<<ZEMA<MOLVE<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]);
    check(passport(), &[&named[..], &[("object.mrz", lines)]].concat(), &["object.mrz"]);
    let lines = json!(["P<UTO<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<<", "L898902C36UTO7408122F1204159ZE184226B<<<<<10"]);
    check(passport(), &[&named[..], &[("object.mrz", lines)]].concat(), &[]);
    let foreign = Placement { originator: "DE".parse().unwrap(), ..sealing::placement(1) };
    let faults = Draft::parse_value(&passport()).unwrap().findings_at(&foreign).faults;
    assert_eq!(faults.iter().map(|fault| fault.path.as_str()).collect::<Vec<_>>(), ["object.issuing_country"]);
}

#[test]
fn vehicles() {
    let vehicle = json!({
        "kind": "vehicle", "tags": { "statuses": ["none"] },
        "object": { "vin": "1M8GDM9AXKP042788", "status": "stolen" }
    });
    check(vehicle.clone(), &[], &[]);
    check(vehicle.clone(), &[("object.vin", Value::Null)], &["object"]);
    check(vehicle.clone(), &[("object.plate", json!("ZZ-1"))], &["object.plate_country"]);
    check(vehicle.clone(), &[("object.year", json!(1700))], &["object.year"]);
    check(vehicle.clone(), &[("object.vin", json!("--"))], &["object.vin"]);
    check(vehicle.clone(), &[("object.status", json!("gone"))], &["object.status"]);
    let mut european = vehicle;
    set(&mut european, "object.vin", json!("1M8GDM9A1KP042788"));
    let warnings = Draft::parse_value(&european).unwrap().warnings();
    assert!(warnings.iter().any(|warning| warning.path == "object.vin"), "{warnings:?}");
}

#[test]
fn what_the_other_kinds_need() {
    let tags = json!({ "statuses": ["missing"] });
    let person = |kind: &str| json!({ "kind": kind, "tags": tags });
    check(person("notice.blue"), &[], &["identity", "narrative.what_is_sought"]);
    check(person("notice.green"), &[], &["identity", "judicial", "narrative.threat_assessment"]);
    check(person("notice.yellow"), &[], &["narrative"]);
    check(
        person("notice.yellow"),
        &[("narrative", json!({ "disappearance": {} }))],
        &["identity", "narrative.disappearance.date", "narrative.disappearance.place"],
    );
    check(person("notice.black"), &[], &["description", "narrative.found"]);
    check(person("notice.un_special"), &[], &["identity", "measures"]);
    check(person("diffusion"), &[], &["narrative.colour"]);
    check(
        person("diffusion"),
        &[("audience", json!({ "releasable_to": "any" })), ("narrative", json!({ "colour": "blue" }))],
        &["audience.releasable_to"],
    );
    for kind in ["notice.purple", "notice.orange", "notice.silver", "notice.art", "document", "vehicle"] {
        check(person(kind), &[], &["object"]);
    }
    check(person("notice.purple"), &[("object", json!({ "x": 1 }))], &["object.category", "object.description"]);
    check(person("notice.orange"), &[("object", json!({ "x": 1 }))], &["object.danger", "object.threat_kind"]);
    check(person("notice.silver"), &[("object", json!({ "x": 1 }))], &["object.assets", "object.offence"]);
    check(person("notice.art"), &[("object", json!({ "x": 1 }))], &["object", "object.category"]);
    let entity = json!({
        "kind": "notice.un_special", "tags": { "statuses": ["none"] },
        "identity": { "subject": "entity", "name": "Umbrella Friends of Nowhere" },
        "measures": { "measures": ["asset_freeze"], "committee_reference": "XXe.000" }
    });
    check(entity.clone(), &[], &[]);
    check(entity, &[("identity.subject", json!("person"))], &["tags.statuses"]);
}

#[test]
fn bodies_have_limits() {
    let nested = (0..BODY_DEPTH_MAX + 1).fold(json!("x"), |inner, _| json!({ "in": inner }));
    let faults = |extra: Value| {
        let mut value = sample();
        value["narrative"]["extra"] = extra;
        faults_of(&value).len()
    };
    assert_eq!(faults(nested), 1);
    assert_eq!(faults(json!(vec![0; BODY_LIST_ENTRIES_MAX])), 0);
    assert_eq!(faults(json!(vec![0; BODY_LIST_ENTRIES_MAX + 1])), 1);
    assert_eq!(faults(json!("x".repeat(BODY_TEXT_BYTES_MAX))), 0);
    assert_eq!(faults(json!("x".repeat(BODY_TEXT_BYTES_MAX + 1))), 1);
    assert_eq!(faults(json!(vec!["x".repeat(BODY_TEXT_BYTES_MAX); 3])), 1, "the section is too long");
    assert_eq!(faults(json!("\u{202e}desrever")), 1);
    assert_eq!(faults(json!("two\nlines")), 0);
    let mut value = sample();
    value["identity"]["aliases"] = json!(vec![7; 500]);
    assert_eq!(faults_of(&value).len(), FAULTS_MAX);
    let mut long = sample();
    for section in ["identity", "judicial", "narrative", "source", "links"] {
        long[section]["extra"] = json!(["x".repeat(100_000), "y".repeat(100_000)]);
    }
    assert_eq!(faults_of(&long).iter().filter(|fault| fault.path.is_empty()).count(), 1, "the record is too long");
}

#[test]
fn what_no_node_accepts_is_not_sealed() {
    let seal = |sizes: &[usize]| {
        let mut draft = sealing::sample();
        for (section, size) in draft.sections.iter_mut().zip(sizes) {
            section.body["extra"] = json!("x".repeat(*size));
        }
        draft.seal(&sealing::placement(1), &sealing::record_key(), || [1; 16]).map(|record| record.to_bytes())
    };
    let largest = seal(&[240_000, 240_000, 240_000]).unwrap();
    assert!(chancery_record::UnverifiedRecord::from_bytes(&largest).unwrap().verify(&sealing::roster()).is_ok());
    assert_eq!(seal(&[262_144]).unwrap_err(), ManifestFault::TooLong);
    assert_eq!(seal(&[250_000, 250_000, 250_000, 10_000]).unwrap_err(), ManifestFault::TooLong);
}

#[test]
fn files_that_cannot_be_read() {
    let place = |result: Result<Draft, Vec<Fault>>| result.unwrap_err().remove(0).path;
    assert_eq!(place(Draft::parse_json("{\n  \"kind\": ,")), "line 2, column 11");
    assert_eq!(place(Draft::parse_json("{} {}")), "line 1, column 4");
    assert_eq!(place(Draft::parse_toml("kind = \"vehicle\"\nkind = 3\n")), "line 2");
    assert_eq!(place(Draft::parse_toml([0xff, 0xfe])), "");
    assert_eq!(place(Draft::parse_json(vec![b' '; DRAFT_BYTES_MAX + 1])), "");
    assert!(Draft::parse_json("[".repeat(100_000)).is_err());
    assert!(Draft::parse_toml(format!("a = {}", "[".repeat(100_000))).is_err());
    assert!(Draft::parse_toml(format!("{}a = 1", "a.".repeat(500_000))).is_err());
    assert!(Draft::parse_toml(format!("[{}a]", "a.".repeat(500_000))).is_err());
    let twice = sealing::SAMPLE.replace("\"narrative\": {", "\"narrative\": { \"what_is_sought\": \"x\",");
    assert_eq!(place(Draft::parse_json(twice)), "narrative.what_is_sought");
    let marked = format!("\u{feff}{}", sealing::SAMPLE);
    assert_eq!(Draft::parse_json(marked).unwrap(), sealing::sample());
}

#[test]
fn many_in_one_file_and_a_bad_one_stops_none() {
    let good = serde_json::to_string(&sample()).unwrap();
    let outcomes = |text: &str, form| -> Vec<bool> {
        Draft::parse_many(text.as_bytes(), form).iter().map(Result::is_ok).collect()
    };
    assert_eq!(outcomes(&good, FileForm::Json), [true]);
    assert_eq!(outcomes(&format!("[{good}, {{\"kind\": 1}}, 7, {good}]"), FileForm::Json), [true, false, false, true]);
    assert_eq!(outcomes(&format!("[{good}, {{\"kind\": "), FileForm::Json), [true, false]);
    assert_eq!(outcomes(&format!("[{good}] x"), FileForm::Json), [true, false]);
    assert_eq!(outcomes(&format!("{good}\r\n\n{{\n{good}"), FileForm::Ndjson), [true, false, true]);
    let vehicle = "[[record]]\nkind = \"vehicle\"\n[record.object]\nplate = \"ZZ 1\"\nplate_country = \"FR\"\nstatus = \"stolen\"\n";
    assert_eq!(outcomes(&format!("{vehicle}[[record]]\nkind = \"x\"\n{vehicle}"), FileForm::Toml), [true, false, true]);
    assert_eq!(outcomes("", FileForm::Ndjson), [false; 0]);
    assert_eq!(outcomes("[]", FileForm::Json), [false; 0]);
    let many = "{}\n".repeat(DRAFTS_PER_FILE_MAX + 2);
    assert_eq!(outcomes(&many, FileForm::Ndjson).len(), DRAFTS_PER_FILE_MAX + 1);
    let listed = format!("[{}]", vec!["{}"; DRAFTS_PER_FILE_MAX + 2].join(","));
    assert_eq!(outcomes(&listed, FileForm::Json).len(), DRAFTS_PER_FILE_MAX + 1);
    assert_eq!(FileForm::of_file_name("a.b.TOML"), Some(FileForm::Toml));
    assert_eq!(FileForm::of_file_name("jsonl"), None);
}

#[test]
fn conditions_are_read_as_written() {
    let draft = sealing::sample();
    assert_eq!(draft.tags.tlp, Some(Tlp::Amber));
    let named: Vec<Addressee> = ["BR/PF", "DE"].iter().map(|text| text.parse().unwrap()).collect();
    assert_eq!(draft.audience.releasable_to, ReleasableTo::Only(named.into_iter().collect()));
    assert_eq!(draft.source_reference(), Some("FR-TEST-1"));
    let mut value = sample();
    set(&mut value, "tags.tlp", json!("WHITE"));
    set(&mut value, "audience", Value::Null);
    let draft = Draft::parse_value(&value).unwrap();
    assert_eq!(draft.tags.tlp, Some(Tlp::Clear));
    assert_eq!(draft.audience.releasable_to, ReleasableTo::Only(Default::default()), "left out is nobody");
}

#[test]
fn a_draft_says_the_same_as_its_record_until_it_changes() {
    let draft = sealing::sample();
    let record = sealing::sealed(&draft, 1);
    assert!(draft.says_the_same_as(&record));
    let changed = |path: &str, new: Value| {
        let mut value = sample();
        set(&mut value, path, new);
        !Draft::parse_value(&value).unwrap().says_the_same_as(&record)
    };
    assert!(changed("identity.forename", json!("Oszkar")));
    assert!(changed("tags.tlp", json!("RED")));
    assert!(changed("audience.releasable_to", json!(["DE"])));
    assert!(changed("section_tags.source.classification", json!("TOP SECRET")));
    assert!(changed("expires", json!("2030-11-03")));
    assert!(!changed("expires", Value::Null));
    let body = &record.section(SectionName::Identity).unwrap().body;
    assert_eq!(
        std::str::from_utf8(body).unwrap(),
        r#"{"date_of_birth":"1971-03","family_name":"VLINDERQUIST","forename":"Oszmund","sex":"M"}"#,
        "compact, keys in order"
    );
}
