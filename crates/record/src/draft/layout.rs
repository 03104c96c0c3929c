//! The layout of a draft: which keys it has, and what each of them becomes.

use serde_json::{Map, Value, json};

use super::check::check;
use crate::body::shape::{Reading, UnknownFields};
use crate::{Draft, DraftSection, Kind, SectionName};

/// Keys of a draft that are no sections.
const KEYS: &[&str] =
    &["kind", "unit", "collected", "review", "expires", "source_reference", "tags", "audience", "section_tags"];

/// Reads a draft and checks it; what is wrong stands in `at` afterwards. `None` where there is not even a kind.
pub(super) fn read_draft(value: &Value, at: &mut Reading) -> Option<Draft> {
    let object = at.object(value)?;
    let sections = SectionName::ALL.iter().map(|name| name.word());
    let known: Vec<&str> = KEYS.iter().copied().chain(sections).collect();
    at.unknown_fields(object, &known, UnknownFields::Refused);
    let kind: Option<Kind> = at.field(object, "kind");
    let Some(kind) = kind else {
        if object.get("kind").is_none_or(Value::is_null) {
            at.within("kind", |at| at.fault("missing; say what the record is, as in `notice.blue`"));
        }
        return None;
    };
    let mut draft = Draft {
        unit: at.field(object, "unit"),
        collected: at.field(object, "collected"),
        review: at.field(object, "review"),
        expires: at.field(object, "expires"),
        tags: at.field::<Option<_>>(object, "tags").unwrap_or_default(),
        audience: at.field::<Option<_>>(object, "audience").unwrap_or_default(),
        ..Draft::of_kind(kind)
    };
    for name in SectionName::ALL.iter().filter(|name| **name != SectionName::Audience) {
        if let Some(body) = section_body(object, *name, at) {
            draft.sections.push(DraftSection { name: *name, tags: Default::default(), body });
        }
    }
    at.within("section_tags", |at| section_tags(object.get("section_tags"), &mut draft, at));
    let reference: Option<String> = at.field(object, "source_reference");
    if let Some(reference) = reference {
        refer(&mut draft, &reference, at);
    }
    check(&draft, at);
    Some(draft)
}

/// A section without a single field is no section.
fn section_body(object: &Map<String, Value>, name: SectionName, at: &mut Reading) -> Option<Value> {
    let body = object.get(name.word()).filter(|value| !value.is_null())?;
    let fields = at.within(name.word(), |at| at.object(body))?;
    (!fields.is_empty()).then(|| body.clone())
}

fn section_tags(value: Option<&Value>, draft: &mut Draft, at: &mut Reading) {
    let Some(object) = value.filter(|value| !value.is_null()).and_then(|value| at.object(value)) else {
        return;
    };
    for key in object.keys() {
        let section = key.parse::<SectionName>();
        match section {
            Ok(name) => match draft.sections.iter_mut().find(|section| section.name == name) {
                Some(section) => section.tags = at.field::<Option<_>>(object, key).unwrap_or_default(),
                None => at.within(key, |at| at.fault("conditions for a section that the record does not have")),
            },
            Err(fault) => at.within(key, |at| at.fault(fault.to_string())),
        }
    }
}

/// The publisher's own number stands in the provenance, so that it can be withheld.
fn refer(draft: &mut Draft, reference: &str, at: &mut Reading) {
    if draft.source_reference().is_some_and(|stated| stated != reference) {
        at.within("source_reference", |at| at.fault("`provenance.source_reference` states another one"));
        return;
    }
    match draft.sections.iter_mut().find(|section| section.name == SectionName::Provenance) {
        Some(provenance) => {
            if let Some(fields) = provenance.body.as_object_mut() {
                fields.insert("source_reference".to_owned(), Value::from(reference));
            }
        }
        None => draft.put(SectionName::Provenance, json!({ "source_reference": reference })),
    }
}
