//! Tests of the list: every form an entry may take, hostile files, limits.

use std::io::{BufReader, Read};

use chancery_record::{Draft, Minors, ReleasableTo, SectionName, Status};
use proptest::prelude::*;
use serde_json::{Value, json};

use super::un_list;
use crate::limits::{ENTRY_BYTES_MAX, ENTRY_DEPTH_MAX, ENTRY_ELEMENTS_MAX, LIST_FAULTS_MAX};
use crate::{ImportFault, ImportOptions, Imported, Reach};

const EXAMPLE: &str = include_str!("../../../../examples/imports/un-list.xml");

fn read(text: &[u8]) -> Vec<Result<Imported, ImportFault>> {
    un_list(text, &ImportOptions::default()).collect()
}

fn section(draft: &Draft, name: SectionName) -> Value {
    draft.sections.iter().find(|section| section.name == name).map_or(Value::Null, |section| section.body.clone())
}

fn list(individuals: &str) -> String {
    format!("<CONSOLIDATED_LIST><INDIVIDUALS>{individuals}</INDIVIDUALS><ENTITIES></ENTITIES></CONSOLIDATED_LIST>")
}

fn entry(number: &str, rest: &str) -> String {
    format!(
        "<INDIVIDUAL><REFERENCE_NUMBER>{number}</REFERENCE_NUMBER><FIRST_NAME>ZORVAN</FIRST_NAME>{rest}</INDIVIDUAL>\n"
    )
}

/// The outcome of a list in short: numbers of what was read, texts of what was not.
fn check(text: &[u8], expected: &[&str]) {
    let found: Vec<String> = read(text)
        .into_iter()
        .map(|item| match item {
            Ok(imported) => imported.source_reference,
            Err(fault) => fault.to_string(),
        })
        .collect();
    assert_eq!(found.len(), expected.len(), "{found:#?}");
    for (found, expected) in found.iter().zip(expected) {
        assert!(found.contains(expected), "`{found}` does not say `{expected}`");
    }
}

#[test]
fn the_example_covers_every_form() {
    let mut list = un_list(EXAMPLE.as_bytes(), &ImportOptions::default());
    let imported: Vec<Imported> = list.by_ref().map(Result::unwrap).collect();
    assert_eq!((list.individuals(), list.entities(), list.is_complete()), (4, 2, true));
    assert_eq!(list.generated(), Some("2026-01-15T06:30:00.000Z"));
    for entry in &imported {
        assert_eq!(entry.draft.faults(), Vec::new(), "{}", entry.source_reference);
        assert_eq!(entry.draft.source_reference(), Some(entry.source_reference.as_str()));
        assert_eq!(entry.draft.audience.releasable_to, ReleasableTo::Only(std::iter::empty().collect()));
    }
    let first = &imported[0].draft;
    assert_eq!(first.tags.minors, Minors::No);
    let identity = section(first, SectionName::Identity);
    assert_eq!(identity["name"], "ZORVAN ELDRAKH MIRTEN AL-QUORNI");
    assert_eq!(identity["source_fields"]["FOURTH_NAME"], "AL-QUORNI");
    assert_eq!(identity["sex"], "M");
    assert_eq!(identity["dates_of_birth"], json!(["1969-08-12", "1971"]));
    assert_eq!(identity["nationalities"], json!(["SY"]));
    assert_eq!(identity["nationalities_text"], json!(["Syrian Arab Republic", "former Soviet Union"]));
    assert_eq!(identity["titles"], json!(["Captain", "Dr"]));
    assert_eq!(
        identity["aliases"][0],
        json!({
            "name": "Zorwan Eldrach", "quality": "good", "date_of_birth": "1969-08-15",
            "place_of_birth": "Aleppo, Syrian Arab Republic", "note": "formerly listed as"
        })
    );
    assert_eq!(identity["aliases"].as_array().unwrap().len(), 2);
    assert_eq!(identity["addresses"][0]["postal_code"], "04510");
    assert_eq!(identity["documents"][1]["document_type"], "identity_card");
    assert_eq!(identity["documents"][1]["issuing_country"], "IQ");
    assert_eq!(identity["source_fields"]["INDIVIDUAL_DOCUMENT"], json!({"TYPE_OF_DOCUMENT2": "Voter ID"}));
    let narrative = section(first, SectionName::Narrative);
    assert!(narrative["text"].as_str().unwrap().starts_with("Reported to trade in spare parts & fuel. Father’s name"));
    let measures = section(first, SectionName::Measures);
    assert_eq!(measures["measures"], json!(["arms_embargo", "asset_freeze", "travel_ban"]));
    assert_eq!(measures["amended_on"], json!(["2014-11-21", "2019-03-03"]));

    let second = &imported[1].draft;
    assert_eq!(section(second, SectionName::Measures)["measures"], json!(["asset_freeze", "travel_ban"]));
    assert_eq!(section(second, SectionName::Measures)["listed_on"], "2012-11-21");
    assert_eq!(section(second, SectionName::Identity)["date_of_birth"]["certainty"], "between");
    let third = &imported[2].draft;
    assert_eq!(
        (third.tags.minors, third.tags.minor_until),
        (Minors::Unknown, Some(2009)),
        "about 1986, listed in 2001"
    );
    let fourth = &imported[3].draft;
    assert_eq!(section(fourth, SectionName::Identity)["date_of_birth"]["date"], "1968-10");
    assert_eq!((fourth.tags.minors, fourth.tags.minor_until), (Minors::Unknown, None), "one date cannot be read");
    assert_eq!(
        section(fourth, SectionName::Narrative)["source_fields"],
        json!({"INDIVIDUAL_VESSEL": {"@flag": "none", "NAME": "Grey Heron", "VALUE": ["one", "two"]}, "SORT_KEY": "D"})
    );
    let entity = &imported[4].draft;
    assert_eq!(entity.tags.statuses, Some([Status::None].into_iter().collect()));
    assert_eq!(section(entity, SectionName::Identity)["subject"], "entity");
    assert_eq!(section(entity, SectionName::Identity)["addresses"][1]["country"], "HK");
    assert_eq!(section(&imported[5].draft, SectionName::Measures)["measures"], json!(["arms_embargo"]));
}

#[test]
fn an_entry_is_the_same_wherever_it_stands() {
    let (first, second) = (entry("CDi.001", "<TITLE><VALUE>Dr</VALUE></TITLE>"), entry("CDi.002", ""));
    let drafts = |text: String| -> Vec<Draft> {
        let mut items: Vec<Imported> = read(text.as_bytes()).into_iter().map(Result::unwrap).collect();
        items.sort_by(|left, right| left.source_reference.cmp(&right.source_reference));
        items.into_iter().map(|item| item.draft).collect()
    };
    let forwards = drafts(list(&format!("{first}{second}")));
    assert_eq!(forwards, drafts(list(&format!("{second}<!-- moved -->\r\n{first}"))));
    assert_eq!(forwards, drafts(list(&format!("{first}{second}")).replace('\n', "\r\n")));
    assert_ne!(forwards, drafts(list(&format!("{}{second}", first.replace("Dr", "Prof")))));
}

#[test]
fn a_broken_entry_does_not_stop_the_rest() {
    let (before, after) = (entry("CDi.001", ""), entry("CDi.009", ""));
    let check = |broken: &str, expected: &str| {
        let text = list(&format!("{before}{broken}{after}"));
        check(text.as_bytes(), &["CDi.001", expected, "CDi.009"]);
    };
    check(&entry("CDi.002", "<A><B></A></B>"), "line 2, entry `CDi.002`: the XML is malformed: `B` is open and `A`");
    check(&entry("CDi.002", "<A>"), "`A` is open and `INDIVIDUAL`");
    check("<INDIVIDUAL><REFERENCE_NUMBER>CDi.002</REFERENCE_NUMBER>", "`INDIVIDUAL` is open and `INDIVIDUAL`");
    check(&entry("CDi.002", "&nbsp;"), "the entity `&nbsp;`");
    check(&entry("CDi.002", "a & b"), "an `&` begins no reference");
    check(&entry("CDi.002", "&#0;"), "a character stands there that XML does not allow");
    check(&entry("CDi.002", "\u{1}"), "a character stands there that XML does not allow");
    check(&entry("CDi.002", "<A b=c d>x</A>"), "an attribute of `A` is malformed");
    check(&entry("CDi.002", &format!("<A>{}</A>", "x".repeat(3 * ENTRY_BYTES_MAX))), "longer than 65536 bytes");
    check(&entry("CDi.002", &"<A>y</A>".repeat(ENTRY_BYTES_MAX / 7)), "than 4096 elements");
    check(&entry("CDi.002", &"<A>y</A><!--comment-->".repeat(ENTRY_BYTES_MAX / 20)), "larger than 65536 bytes");
    check(&entry("CDi.002", &"<A/>".repeat(ENTRY_ELEMENTS_MAX + 1)), "more than 4096 elements");
    let deep = ENTRY_DEPTH_MAX + 2;
    check(&entry("CDi.002", &format!("{}{}", "<A>".repeat(deep), "</A>".repeat(deep))), "nested deeper than 8 levels");
    check(&"<A>".repeat(100_000), "the part `A` of the list is not known");
    check(&entry("CDi.001", ""), "an earlier entry of the file has the same number");
    check(&entry("", ""), "the entry has no `REFERENCE_NUMBER`");
    check(&entry("CDi 002", ""), "is no reference");
    check(&entry(&"9".repeat(65), ""), "is no reference");
    check("<INDIVIDUAL><REFERENCE_NUMBER>CDi.002</REFERENCE_NUMBER></INDIVIDUAL>", "the entry has no name");
    check("<INDIVIDUAL/>", "the entry has no `REFERENCE_NUMBER`");
    check("stray", "text stands between the entries");
    check(&entry("CDi.002", "<COMMENTS1>\u{202e}turned</COMMENTS1>"), "narrative.text: control characters");
}

#[test]
fn invalid_utf8_spoils_its_entry_alone() {
    let mut text = list(&format!("{}{}{}", entry("CDi.001", ""), entry("CDi.002", "<A>#</A>"), entry("CDi.003", "")));
    let place = text.find('#').unwrap();
    let mut bytes = std::mem::take(&mut text).into_bytes();
    bytes[place] = 0xff;
    check(&bytes, &["CDi.001", "entry `CDi.002`: the text is not valid UTF-8", "CDi.003"]);
}

#[test]
fn what_is_no_list_is_named() {
    check(b"", &["cut off"]);
    check(b"<html><body/></html>", &["its first element is `html`"]);
    check(b"{\"total\": 1}", &["its first element is `text`"]);
    check(b"<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><CONSOLIDATED_LIST/>", &["the encoding `ISO-8859-1`"]);
    check(b"\xff\xfe<\0C\0", &["not valid UTF-8"]);
    let whole = list(&entry("CDi.001", ""));
    check(&whole.as_bytes()[..whole.len() - 5], &["CDi.001", "tag not closed", "cut off"]);
    check(format!("{whole}<MORE/>").as_bytes(), &["CDi.001", "goes on after the end"]);
    let unknown = whole.replace("<ENTITIES></ENTITIES>", "<VESSELS><VESSEL>x</VESSEL></VESSELS>");
    check(unknown.as_bytes(), &["CDi.001", "the part `VESSELS` of the list is not known"]);
}

#[test]
fn document_types_are_refused() {
    let bomb = r#"<!DOCTYPE lolz [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;"><!ENTITY c "&b;&b;&b;&b;">]>"#;
    for text in [
        format!("{bomb}{}", list(&entry("CDi.001", "&c;"))),
        list(&format!("{bomb}{}", entry("CDi.001", ""))),
        list(&entry("CDi.001", bomb)),
        "<!DOCTYPE x SYSTEM \"file:///etc/passwd\"><CONSOLIDATED_LIST/>".to_owned(),
    ] {
        let items = read(text.as_bytes());
        assert_eq!(items.len(), 1, "{text}");
        let fault = items.into_iter().next().unwrap().unwrap_err();
        assert_eq!(fault.reach, Reach::File);
        assert!(fault.to_string().contains("a document type declaration"), "{fault}");
    }
}

#[test]
fn a_cut_off_list_is_not_complete() {
    let text = list(&format!("{}{}", entry("CDi.001", ""), entry("CDi.002", "")));
    for length in 0..text.len() {
        let mut list = un_list(&text.as_bytes()[..length], &ImportOptions::default());
        let items: Vec<_> = list.by_ref().collect();
        assert!(!list.is_complete(), "{length}");
        assert_eq!(items.last().unwrap().as_ref().unwrap_err().reach, Reach::File, "{length}");
    }
}

#[test]
fn endless_input_takes_bounded_memory_and_faults() {
    let faults = read(format!("<CONSOLIDATED_LIST>{}", "</X>".repeat(10_000)).as_bytes());
    assert_eq!(faults.len(), LIST_FAULTS_MAX + 1);
    for endless in ["<A>", "x", "<!--", "<INDIVIDUAL>", "&#65;", "<A b='"] {
        let head = b"<CONSOLIDATED_LIST><INDIVIDUALS><INDIVIDUAL><REFERENCE_NUMBER>".as_slice();
        let source = BufReader::new(head.chain(Repeat { text: endless.as_bytes(), at: 0 }));
        let items: Vec<_> = un_list(source.take(20_000_000), &ImportOptions::default()).collect();
        assert!(items.len() <= LIST_FAULTS_MAX + 1, "{endless}");
        assert!(items.iter().all(Result::is_err), "{endless}");
    }
}

#[test]
fn a_failing_source_is_named() {
    struct Failing;
    impl Read for Failing {
        fn read(&mut self, _: &mut [u8]) -> std::io::Result<usize> {
            Err(std::io::ErrorKind::ConnectionReset.into())
        }
    }
    let text = list(&entry("CDi.001", ""));
    let source = BufReader::new(text.as_bytes()[..40].chain(Failing));
    let items: Vec<_> = un_list(source, &ImportOptions::default()).collect();
    assert_eq!(items.len(), 1);
    assert!(items[0].as_ref().unwrap_err().to_string().contains("could not be read: connection reset"));
}

/// A text over and over.
struct Repeat {
    text: &'static [u8],
    at: usize,
}

impl Read for Repeat {
    fn read(&mut self, out: &mut [u8]) -> std::io::Result<usize> {
        for byte in out.iter_mut() {
            *byte = self.text[self.at];
            self.at = (self.at + 1) % self.text.len();
        }
        Ok(out.len())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(256))]

    #[test]
    fn no_bytes_panic(bytes in proptest::collection::vec(any::<u8>(), 0..512)) {
        let _ = read(&bytes);
        let _ = read(list(&String::from_utf8_lossy(&bytes)).as_bytes());
    }

    #[test]
    fn no_pieces_panic(pieces in proptest::collection::vec(proptest::sample::select(PIECES), 0..40)) {
        let _ = read(list(&pieces.concat()).as_bytes());
        let _ = read(pieces.concat().as_bytes());
    }

    #[test]
    fn no_damage_panics(place in 0..EXAMPLE.len(), byte in any::<u8>(), length in 0usize..40) {
        let mut bytes = EXAMPLE.as_bytes().to_vec();
        let end = (place + length).min(bytes.len());
        bytes.splice(place..end, [byte]);
        for imported in read(&bytes).into_iter().flatten() {
            prop_assert!(imported.draft.faults().is_empty());
        }
    }
}

const PIECES: &[&str] = &[
    "<CONSOLIDATED_LIST>",
    "</CONSOLIDATED_LIST>",
    "<INDIVIDUALS>",
    "</INDIVIDUALS>",
    "<INDIVIDUAL>",
    "</INDIVIDUAL>",
    "<REFERENCE_NUMBER>",
    "</REFERENCE_NUMBER>",
    "CDi.001",
    "<FIRST_NAME>x</FIRST_NAME>",
    "<!--",
    "-->",
    "<!-->",
    "<!--->",
    "<![CDATA[",
    "]]>",
    "<?",
    "?>",
    "<??>",
    "<!",
    "<!D",
    "&",
    "&amp;",
    "&#x110000;",
    ";",
    "<",
    ">",
    "</",
    "</>",
    "<>",
    "<x",
    "'",
    "\"",
    " a='b'",
    "<x a='b' a='c'/>",
    "\u{feff}",
    "\0",
];
