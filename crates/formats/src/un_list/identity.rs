//! The section `identity` of a listing: names, aliases, births, places, papers.

use serde_json::{Map, Value};

use super::birth::Birth;
use super::listing::Subject;
use crate::country_name::country_of;
use crate::fields::{Fields, partial_date};
use crate::import::Notes;
use crate::xml::{Element, add};

/// Takes out of an entry what says who it is about; `None` where it names nobody.
pub(super) fn identity(entry: &mut Element, subject: Subject, birth: Birth, notes: &mut Notes) -> Option<Fields> {
    let mut fields = Fields::default();
    let mut rest = birth.unreadable;
    if !rest.is_empty() {
        notes.add("a date of birth is of no known form; it is kept as it is written");
    }
    let mut parts = Vec::new();
    for name in NAMES {
        parts.extend(entry.take_text(name).map(|part| (name, part)));
    }
    if parts.is_empty() {
        return None;
    }
    fields.put("subject", Some(subject.word()));
    let whole: Vec<&str> = parts.iter().map(|(_, part)| part.as_str()).collect();
    fields.put("name", Some(whole.join(" ")));
    // Where the list divides a name is not seen in the whole.
    if parts.len() > 1 {
        rest.extend(parts.into_iter().map(|(name, part)| (name.to_owned(), Value::String(part))));
    }
    fields.put("name_original_script", entry.take_text("NAME_ORIGINAL_SCRIPT"));
    fields.put_all("titles", entry.take_values("TITLE"));
    fields.put_all("designations", entry.take_values("DESIGNATION"));
    put_sex(&mut fields, entry, &mut rest);
    let (first, several) = match birth.dates.len() {
        1 => (birth.dates.into_iter().next(), Vec::new()),
        _ => (None, birth.dates),
    };
    fields.put("date_of_birth", first);
    fields.put_all("dates_of_birth", several);
    let nationalities = entry.take_values("NATIONALITY");
    if nationalities.iter().any(|name| country_of(name).is_none()) {
        notes.add("a nationality is no country of ISO 3166-1; it is kept as it is written");
    }
    let codes = nationalities.iter().filter_map(|name| country_of(name)).map(|country| country.to_string());
    fields.put_all("nationalities", codes.collect());
    fields.put_all("nationalities_text", nationalities);
    let prefix = subject.element();
    fields.put_all("aliases", each(entry, &format!("{prefix}_ALIAS"), &mut rest, |element| alias(element, notes)));
    fields.put_all(
        "places_of_birth",
        each(entry, "INDIVIDUAL_PLACE_OF_BIRTH", &mut rest, |place| place_of(place, notes)),
    );
    fields.put_all("addresses", each(entry, &format!("{prefix}_ADDRESS"), &mut rest, |place| place_of(place, notes)));
    fields.put_all("documents", each(entry, "INDIVIDUAL_DOCUMENT", &mut rest, |paper| document(paper, notes)));
    fields.put_rest(rest);
    Some(fields)
}

/// Reads every element of a name that is not empty; one that `read` cannot use is kept in `rest` as it is.
fn each(
    entry: &mut Element,
    name: &str,
    rest: &mut Map<String, Value>,
    mut read: impl FnMut(Element) -> Option<Fields>,
) -> Vec<Value> {
    let mut values = Vec::new();
    for element in entry.take_all(name) {
        let as_written = element.clone().into_rest();
        match read(element) {
            Some(fields) if !fields.is_empty() => values.push(fields.into()),
            _ if as_written.is_empty() => {}
            _ => add(rest, name.to_owned(), Value::Object(as_written)),
        }
    }
    values
}

fn put_sex(fields: &mut Fields, entry: &mut Element, rest: &mut Map<String, Value>) {
    let Some(written) = entry.take_text("GENDER") else { return };
    match written.to_ascii_lowercase().as_str() {
        "male" => fields.put("sex", Some("M")),
        "female" => fields.put("sex", Some("F")),
        _ => add(rest, "GENDER".to_owned(), Value::String(written)),
    }
}

fn alias(mut element: Element, notes: &mut Notes) -> Option<Fields> {
    let mut fields = Fields::default();
    let mut unmapped = Map::new();
    fields.put("name", Some(element.take_text("ALIAS_NAME")?));
    if let Some(written) = element.take_text("QUALITY") {
        let word = written.to_ascii_lowercase();
        if QUALITIES.contains(&word.as_str()) {
            fields.put("quality", Some(word));
        } else {
            notes.add("an alias has a quality of no known meaning; it is kept as it is written");
            unmapped.insert("QUALITY".to_owned(), Value::String(written));
        }
    }
    if let Some(written) = element.take_text("DATE_OF_BIRTH") {
        match partial_date(&written) {
            Some(date) => fields.put("date_of_birth", Some(date)),
            None => add(&mut unmapped, "DATE_OF_BIRTH".to_owned(), Value::String(written)),
        }
    }
    let place = [element.take_text("CITY_OF_BIRTH"), element.take_text("COUNTRY_OF_BIRTH")];
    let place: Vec<String> = place.into_iter().flatten().collect();
    fields.put("place_of_birth", (!place.is_empty()).then(|| place.join(", ")));
    fields.put("note", element.take_text("NOTE"));
    put_unmapped(&mut fields, unmapped, element);
    Some(fields)
}

fn place_of(mut element: Element, notes: &mut Notes) -> Option<Fields> {
    let mut fields = Fields::default();
    fields.put("street", element.take_text("STREET"));
    fields.put("city", element.take_text("CITY"));
    fields.put("state_province", element.take_text("STATE_PROVINCE"));
    fields.put("postal_code", element.take_text("ZIP_CODE"));
    let country = element.take_text("COUNTRY");
    note_country(country.as_deref(), notes);
    fields.put_country("country", "country_text", country);
    fields.put("note", element.take_text("NOTE"));
    put_unmapped(&mut fields, Map::new(), element);
    Some(fields)
}

/// A paper. The list writes its issuer in two elements, of which the second is the narrower word.
fn document(mut element: Element, notes: &mut Notes) -> Option<Fields> {
    let mut fields = Fields::default();
    let mut unmapped = Map::new();
    let (kind, second) = (element.take_text("TYPE_OF_DOCUMENT"), element.take_text("TYPE_OF_DOCUMENT2"));
    fields.put("document_type", second.as_deref().and_then(document_type).or(kind.as_deref().and_then(document_type)));
    let words = [kind, second].into_iter().flatten().collect::<Vec<String>>();
    fields.put("document_type_text", (!words.is_empty()).then(|| words.join("; ")));
    let (number, note) = (element.take_text("NUMBER"), element.take_text("NOTE"));
    // A paper without number or note is none that a record could name; it is kept as it is written.
    let is_identified = number.is_some() || note.is_some();
    fields.put("number", number);
    fields.put("note", note);
    let (issuing, of_issue) = (element.take_text("ISSUING_COUNTRY"), element.take_text("COUNTRY_OF_ISSUE"));
    note_country(issuing.as_deref().or(of_issue.as_deref()), notes);
    match (issuing, of_issue) {
        (Some(issuing), Some(of_issue)) if issuing != of_issue => {
            unmapped.insert("COUNTRY_OF_ISSUE".to_owned(), Value::String(of_issue));
            fields.put_country("issuing_country", "issuing_country_text", Some(issuing));
        }
        (issuing, of_issue) => fields.put_country("issuing_country", "issuing_country_text", issuing.or(of_issue)),
    }
    fields.put("place_of_issue", element.take_text("CITY_OF_ISSUE"));
    if let Some(written) = element.take_text("DATE_OF_ISSUE") {
        match partial_date(&written) {
            Some(date) => fields.put("date_of_issue", Some(date)),
            None => add(&mut unmapped, "DATE_OF_ISSUE".to_owned(), Value::String(written)),
        }
    }
    put_unmapped(&mut fields, unmapped, element);
    is_identified.then_some(fields)
}

fn put_unmapped(fields: &mut Fields, mut unmapped: Map<String, Value>, element: Element) {
    for (name, value) in element.into_rest() {
        add(&mut unmapped, name, value);
    }
    fields.put_rest(unmapped);
}

fn note_country(text: Option<&str>, notes: &mut Notes) {
    if text.is_some_and(|text| country_of(text).is_none()) {
        notes.add("a country is not one of ISO 3166-1; it is kept as it is written");
    }
}

/// What sort of paper the list's words mean, where that is sure.
fn document_type(words: &str) -> Option<&'static str> {
    let words = words.split_whitespace().collect::<Vec<_>>().join(" ").to_lowercase();
    let has = |part: &str| words.contains(part);
    if has("diplomatic") && has("passport") {
        Some("diplomatic_passport")
    } else if has("service passport") {
        Some("service_passport")
    } else if has("passport") || has("passeport") || has("pasaporte") {
        Some("passport")
    } else if has("driver") || has("driving licen") {
        Some("driving_licence")
    } else if has("residential card") || has("residence permit") {
        Some("residence_permit")
    } else if has("identity card") || has("identification card") || has("personalausweis") || has("tazkira") {
        Some("identity_card")
    } else if has("identification number")
        || has("national number")
        || has("identity number")
        || has("identification no")
    {
        Some("national_number")
    } else {
        (!words.is_empty()).then_some("other")
    }
}

/// The parts of a name in their order; an entity has the first alone.
const NAMES: [&str; 4] = ["FIRST_NAME", "SECOND_NAME", "THIRD_NAME", "FOURTH_NAME"];
const QUALITIES: [&str; 4] = ["good", "low", "a.k.a.", "f.k.a."];
