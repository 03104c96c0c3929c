//! One notice of the public API as a draft.

use chancery_record::{Country, Draft, Kind, SectionName};
use serde_json::{Map, Value};

use super::tags::tags;
use super::taking::Taking;
use crate::country_name::country_of;
use crate::fields::{Fields, partial_date};
use crate::import::{Colour, Excess, Extent, ImportCause, ImportOptions, Imported, Notes, reference};
use crate::limits::NOTICE_BYTES_MAX;
use crate::publishable::publishable;

/// The field of a notice's own number, as in `2024/1234`.
pub(super) const NUMBER: &str = "entity_id";

/// The notice's own number.
pub(super) fn number(notice: &Map<String, Value>) -> Result<String, ImportCause> {
    reference(notice.get(NUMBER).and_then(Value::as_str).unwrap_or_default().trim(), NUMBER)
}

/// Makes the draft.
pub(super) fn import(
    notice: Map<String, Value>,
    number: String,
    extent: Extent,
    options: &ImportOptions,
) -> Result<Imported, ImportCause> {
    if serde_json::to_vec(&notice).map_or(true, |bytes| bytes.len() > NOTICE_BYTES_MAX) {
        return Err(ImportCause::TooMuch(Excess::NoticeBytes));
    }
    let mut notes = Notes::default();
    let mut taking = Taking::new(notice);
    taking.text(NUMBER);
    let url = taking.link("self");
    let colour = colour_of(url.as_deref(), options.colour)?;
    let (identity, birth) = identity(&mut taking, &number, &mut notes);
    if identity.is_empty() {
        return Err(ImportCause::NoName);
    }
    let event = taking.text("date_of_event").map(|text| partial_date(&text).ok_or(text));
    let mut narrative = narrative(&mut taking, colour, event.as_ref().and_then(|event| event.as_ref().ok()));
    if let Some(Err(text)) = &event {
        taking.put_back("date_of_event", text.clone());
    }
    let event = event.and_then(Result::ok);

    let mut draft = Draft::of_kind(kind_of(colour));
    draft.collected = options.collected;
    draft.audience = options.audience.clone();
    draft.tags = tags(colour, birth.as_deref(), event.as_deref(), &options.tags);
    draft.put(SectionName::Description, description(&mut taking).into());
    match colour {
        Colour::Un => draft.put(SectionName::Measures, measures(&mut taking, &mut notes).into()),
        Colour::Red | Colour::Yellow => draft.put(SectionName::Judicial, judicial(&mut taking, &mut notes).into()),
    }
    draft.put(SectionName::Biometrics, biometrics(&mut taking).into());
    draft.put(SectionName::Links, links(&mut taking).into());
    draft.put(SectionName::Identity, identity.into());
    draft.put(SectionName::Provenance, provenance(&number, url).into());
    let rest = taking.into_rest();
    if !rest.is_empty() {
        notes
            .add("a field of the notice is of no known form; it is kept under its own name in the section `narrative`");
    }
    narrative.put_rest(rest);
    draft.put(SectionName::Narrative, narrative.into());
    publishable(&draft)?;
    Ok(Imported { source_reference: number, draft, extent, notes: notes.into_vec() })
}

/// The colour that the notice's own address tells, else the one that was stated.
fn colour_of(url: Option<&str>, stated: Option<Colour>) -> Result<Colour, ImportCause> {
    let word = url.and_then(|url| url.split_once("/notices/v1/")).and_then(|(_, path)| path.split(['/', '?']).next());
    match word {
        Some("red") => Ok(Colour::Red),
        Some("yellow") => Ok(Colour::Yellow),
        Some("un") => Ok(Colour::Un),
        Some(_) => Err(ImportCause::OtherColour),
        None => stated.ok_or(ImportCause::NoColour),
    }
}

fn kind_of(colour: Colour) -> Kind {
    match colour {
        Colour::Red => Kind::NoticeRed,
        Colour::Yellow => Kind::NoticeYellow,
        Colour::Un => Kind::NoticeUnSpecial,
    }
}

/// The section `identity`, with the date of birth.
fn identity(taking: &mut Taking, number: &str, notes: &mut Notes) -> (Fields, Option<String>) {
    let mut fields = Fields::default();
    fields.put("family_name", taking.text("name"));
    fields.put("forename", taking.text("forename"));
    let native = [taking.text("forename_in_original_script"), taking.text("name_in_original_script")];
    fields.put("name_original_script", joined(native));
    fields.put("name_at_birth", taking.text("birth_name").or_else(|| taking.text("name_at_birth")));
    if fields.is_empty() {
        return (fields, None);
    }
    fields.put("entity_id", Some(number));
    fields.put_all("aliases", aliases(taking));
    match taking.text("sex_id") {
        Some(sex) if ["M", "F", "U"].contains(&sex.as_str()) => fields.put("sex", Some(sex)),
        Some(other) => taking.put_back("sex_id", other),
        None => {}
    }
    let birth = taking.text_or_number("date_of_birth").and_then(|text| match partial_date(&text) {
        Some(date) => Some(date),
        None => {
            notes.add("the date of birth is of no known form; it is kept as it is written");
            taking.put_back("date_of_birth", text);
            None
        }
    });
    fields.put("date_of_birth", birth.clone());
    fields.put("place_of_birth", taking.text("place_of_birth"));
    if let Some(country) = taking.text("country_of_birth_id") {
        match code_of(&country) {
            Some(code) => fields.put("country_of_birth", Some(code)),
            None => fields.put("country_of_birth_text", Some(country)),
        }
    }
    let (codes, texts): (Vec<String>, Vec<String>) =
        taking.texts("nationalities").into_iter().partition(|text| code_of(text).is_some());
    if !texts.is_empty() {
        notes.add("a nationality is no country of ISO 3166-1; it is kept as it is written");
    }
    fields.put_all("nationalities", codes.iter().filter_map(|code| code_of(code)).collect());
    fields.put_all("nationalities_text", texts);
    fields.put_all("languages_spoken", taking.texts("languages_spoken_ids"));
    fields.put("father_name", joined([taking.text("father_forename"), taking.text("father_name")]));
    fields.put("mother_name", joined([taking.text("mother_forename"), taking.text("mother_name")]));
    fields.put_all("designations", taking.texts("profession"));
    (fields, birth)
}

/// Other names, written as texts or as objects of a name and a forename.
fn aliases(taking: &mut Taking) -> Vec<Value> {
    let mut aliases: Vec<Value> = Vec::new();
    for mut alias in taking.objects("aliases") {
        let mut fields = Fields::default();
        fields.put("name", joined([alias.text("forename"), alias.text("name")]));
        let is_named = !fields.is_empty();
        fields.put_rest(alias.into_rest());
        if is_named {
            aliases.push(fields.into());
        }
    }
    aliases.extend(taking.texts("aliases").into_iter().map(|name| {
        let mut fields = Fields::default();
        fields.put("name", Some(name));
        fields.into()
    }));
    aliases
}

/// Heights and weights that a record takes; the API writes 0 for what is not known.
fn description(taking: &mut Taking) -> Fields {
    let mut fields = Fields::default();
    fields.put("height", taking.number("height", 0.2..=2.8));
    fields.put("weight", taking.number("weight", 0.3..=500.0));
    fields.put("eyes", listed(taking.texts("eyes_colors_id")));
    fields.put("hair", listed(taking.texts("hairs_id")));
    fields.put("distinguishing_marks", taking.text("distinguishing_marks"));
    fields
}

fn judicial(taking: &mut Taking, notes: &mut Notes) -> Fields {
    let mut charges: Vec<String> = Vec::new();
    let mut warrants: Vec<Value> = Vec::new();
    for mut warrant in taking.objects("arrest_warrants") {
        let mut fields = Fields::default();
        if let Some(country) = warrant.text("issuing_country_id") {
            match code_of(&country) {
                Some(code) => fields.put("issuing_country", Some(code)),
                None => {
                    notes.add("the country of a warrant is not one of ISO 3166-1; it is kept as it is written");
                    warrant.put_back("issuing_country_id", country);
                }
            }
        }
        let charge = warrant.text("charge");
        charges.extend(charge.clone().filter(|charge| !charges.contains(charge)));
        fields.put("charge", charge);
        fields.put("charge_translation", warrant.text("charge_translation"));
        fields.put_rest(warrant.into_rest());
        if !fields.is_empty() {
            warrants.push(fields.into());
        }
    }
    let mut fields = Fields::default();
    fields.put_all("warrants", warrants);
    fields.put_all("charges", charges);
    fields
}

fn measures(taking: &mut Taking, notes: &mut Notes) -> Fields {
    let mut fields = Fields::default();
    let mut others: Vec<String> = Vec::new();
    let mut words: Vec<&str> = Vec::new();
    for purpose in taking.texts("purposes") {
        match MEASURES.iter().find(|(name, _)| name.eq_ignore_ascii_case(&purpose)) {
            Some((_, word)) if !words.contains(word) => words.push(word),
            Some(_) => {}
            None => others.push(purpose),
        }
    }
    if !others.is_empty() {
        notes.add("a purpose is none of the measures known; it is kept as it is written");
        taking.put_back("purposes", others);
    }
    fields.put_all("measures", words);
    fields.put("committee_reference", taking.text("un_reference"));
    fields.put("committee", taking.text_or_number("un_resolution"));
    if let Some(text) = taking.text("un_reference_date") {
        match partial_date(&text) {
            Some(date) => fields.put("listed_on", Some(date)),
            None => taking.put_back("un_reference_date", text),
        }
    }
    fields
}

fn narrative(taking: &mut Taking, colour: Colour, event: Option<&String>) -> Fields {
    let mut fields = Fields::default();
    fields.put("summary", taking.text("summary"));
    fields.put("text", taking.text("additional_information"));
    if colour == Colour::Yellow {
        let mut disappearance = Fields::default();
        disappearance.put("date", event.cloned());
        disappearance.put("place", taking.text("place"));
        if let Some(country) = taking.text("country") {
            match code_of(&country) {
                Some(code) => disappearance.put("country", Some(code)),
                None => taking.put_back("country", country),
            }
        }
        fields.put("disappearance", (!disappearance.is_empty()).then_some(disappearance));
    } else if let Some(event) = event {
        taking.put_back("date_of_event", event.clone());
    }
    fields
}

fn biometrics(taking: &mut Taking) -> Fields {
    let mut portrait = Fields::default();
    portrait.put("reference", taking.link("thumbnail"));
    let mut fields = Fields::default();
    if !portrait.is_empty() {
        fields.put_all("portraits", vec![portrait]);
    }
    fields
}

fn links(taking: &mut Taking) -> Fields {
    let mut fields = Fields::default();
    if let Some(url) = taking.link("images") {
        let mut link = Fields::default();
        link.put("relation", Some("publication"));
        link.put("url", Some(url));
        link.put("note", Some("images"));
        fields.put_all("links", vec![link]);
    }
    fields
}

/// A public notice never states the whole minimum of its kind, so the record says whose notice it repeats.
fn provenance(number: &str, url: Option<String>) -> Fields {
    let mut notice = Fields::default();
    notice.put("publisher", Some("INTERPOL"));
    notice.put("number", Some(number));
    notice.put("url", url.clone());
    let mut fields = Fields::default();
    fields.put("reproduces", Some(notice));
    fields.put("source_reference", Some(number));
    fields.put("publication", Some("INTERPOL public notices"));
    fields.put("url", url);
    fields
}

/// The code of a country written as a code or as a name.
fn code_of(text: &str) -> Option<String> {
    text.parse::<Country>().ok().or_else(|| country_of(text)).map(|country| country.to_string())
}

fn joined(parts: [Option<String>; 2]) -> Option<String> {
    let parts: Vec<String> = parts.into_iter().flatten().collect();
    (!parts.is_empty()).then(|| parts.join(" "))
}

fn listed(parts: Vec<String>) -> Option<String> {
    (!parts.is_empty()).then(|| parts.join(", "))
}

const MEASURES: [(&str, &str); 3] =
    [("Assets Freeze", "asset_freeze"), ("Travel Ban", "travel_ban"), ("Arms Embargo", "arms_embargo")];
