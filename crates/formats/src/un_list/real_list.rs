//! The real list, where it is present: nothing of it may be dropped, cut or changed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use chancery_record::{Lineage, Placement};
use serde_json::Value;

use super::un_list;
use crate::{Extent, ImportOptions, Imported};

/// The bytes of the list, or a word on why the test did not run.
fn real_list() -> Option<Vec<u8>> {
    let path: PathBuf =
        Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../shared/data/un-consolidated-2026-02-27.xml");
    let bytes = std::fs::read(&path).ok();
    if bytes.is_none() {
        println!("skipped: the consolidated list of 27 February 2026 is not at ../shared/data");
    }
    bytes
}

fn import(bytes: &[u8]) -> Vec<Imported> {
    let mut list = un_list(bytes, &ImportOptions::default());
    let imported: Vec<Imported> = list.by_ref().map(|item| item.unwrap()).collect();
    assert_eq!((list.individuals(), list.entities(), list.is_complete()), (730, 273, true));
    assert!(list.generated().unwrap().starts_with("2026-02-27T"));
    imported
}

#[test]
fn every_entry_becomes_a_record() {
    let Some(bytes) = real_list() else { return };
    let imported = import(&bytes);
    assert_eq!(imported.len(), 1003);
    for entry in &imported {
        assert_eq!(entry.draft.faults(), Vec::new(), "{}", entry.source_reference);
        assert_eq!(entry.draft.source_reference(), Some(entry.source_reference.as_str()));
        assert_eq!(entry.extent, Extent::Whole);
    }
    let notes = imported.iter().flat_map(|entry| &entry.notes);
    let counted = notes.fold(BTreeMap::<&str, usize>::new(), |mut counts, note| {
        *counts.entry(note).or_default() += 1;
        counts
    });
    println!("{counted:#?}");
}

#[test]
fn a_second_import_changes_nothing() {
    let Some(bytes) = real_list() else { return };
    let key = ed25519_dalek::SigningKey::from_bytes(&[7; 32]);
    for (first, second) in import(&bytes).iter().zip(import(&bytes)) {
        assert_eq!(*first, second);
        let place = Placement {
            lineage: Lineage([1; 16]),
            revision: 1,
            collected: None,
            originator: "FR".parse().unwrap(),
            unit: "DCPJ".parse().unwrap(),
            issued: "2026-11-21T10:00:00Z".parse().unwrap(),
        };
        let sealed = first.draft.seal(&place, &key, || [3; 16]).unwrap();
        assert!(second.draft.says_the_same_as(&sealed), "{}", second.source_reference);
    }
}

#[test]
fn every_text_of_every_entry_is_in_its_record() {
    let Some(bytes) = real_list() else { return };
    let records: BTreeMap<String, Vec<String>> = import(&bytes)
        .into_iter()
        .map(|entry| {
            let mut texts = Vec::new();
            entry.draft.sections.iter().for_each(|section| texts_of(&section.body, &mut texts));
            (entry.source_reference, texts)
        })
        .collect();
    let entries = simple_entries(std::str::from_utf8(&bytes).unwrap());
    assert_eq!(entries.len(), 1003);
    let mut texts_seen = 0;
    for leaves in entries {
        let number = leaves.iter().find(|(name, _)| name == "REFERENCE_NUMBER").unwrap().1.clone();
        let held = &records[&number];
        for (name, text) in leaves {
            texts_seen += 1;
            // A date that stands alone is an exact one.
            if (name.as_str(), text.as_str()) == ("TYPE_OF_DATE", "EXACT") {
                continue;
            }
            let is_joined = JOINED.contains(&name.as_str());
            let says = |words: &str| held.iter().any(|held| held == words || (is_joined && held.contains(words)));
            let is_held = says(&text) || in_words_of_records(&name, &text).is_some_and(says);
            assert!(is_held, "{number}: a text of `{name}` is lost");
        }
    }
    assert!(texts_seen > 20_000, "{texts_seen}");
}

/// Elements whose text is a part of a longer text in the record.
const JOINED: [&str; 5] =
    ["CITY_OF_BIRTH", "COUNTRY_OF_BIRTH", "TYPE_OF_DOCUMENT", "TYPE_OF_DOCUMENT2", "UN_LIST_TYPE"];

/// Closed words of the list that records write otherwise.
fn in_words_of_records(name: &str, text: &str) -> Option<&'static str> {
    match (name, text) {
        ("GENDER", "Male") => Some("M"),
        ("GENDER", "Female") => Some("F"),
        ("TYPE_OF_DATE", "APPROXIMATELY") => Some("approximately"),
        ("TYPE_OF_DATE", "BETWEEN") => Some("between"),
        ("QUALITY", "Good") => Some("good"),
        ("QUALITY", "Low") => Some("low"),
        _ => None,
    }
}

fn texts_of(value: &Value, texts: &mut Vec<String>) {
    match value {
        Value::String(text) => texts.push(text.clone()),
        Value::Number(number) => texts.push(number.to_string()),
        Value::Array(values) => values.iter().for_each(|value| texts_of(value, texts)),
        Value::Object(fields) => fields.values().for_each(|value| texts_of(value, texts)),
        Value::Null | Value::Bool(_) => {}
    }
}

/// The names and texts of every entry, by a reader that shares nothing with the import: it cuts at `<` and `>`, which is
/// enough for a list without comments, CDATA and attributes in entries.
fn simple_entries(text: &str) -> Vec<Vec<(String, String)>> {
    let mut entries = Vec::new();
    let mut name = "";
    for piece in text.split('<').skip(1) {
        let (tag, after) = piece.split_once('>').unwrap();
        if tag == "INDIVIDUAL" || tag == "ENTITY" {
            entries.push(Vec::new());
        }
        name = tag.trim_start_matches('/').trim_end_matches('/');
        let after = after.trim();
        if !after.is_empty() {
            let text = after.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&");
            entries.last_mut().unwrap().push((name.to_owned(), text));
        }
    }
    assert_eq!(name, "CONSOLIDATED_LIST");
    entries
}
