//! A draft as one line of JSON: the form in which it is handed to the daemon, which checks it again.

use chancery_record::Draft;
use serde_json::{Map, Value};

use crate::exit::Exit;
use crate::failure::Failure;

/// Writes a draft so that reading the line gives the same draft.
pub fn line_of(draft: &Draft) -> Result<Vec<u8>, Failure> {
    let unwritable = |fault| Failure::new(Exit::Failed, "a draft cannot be handed over").because(fault);
    let mut line = serde_json::to_vec(&value_of(draft).map_err(unwritable)?).map_err(unwritable)?;
    line.push(b'\n');
    Ok(line)
}

fn value_of(draft: &Draft) -> Result<Value, serde_json::Error> {
    let mut fields = Map::new();
    fields.insert("kind".to_owned(), serde_json::to_value(draft.kind)?);
    fields.insert("unit".to_owned(), serde_json::to_value(&draft.unit)?);
    fields.insert("collected".to_owned(), serde_json::to_value(draft.collected)?);
    fields.insert("review".to_owned(), serde_json::to_value(draft.review)?);
    fields.insert("expires".to_owned(), serde_json::to_value(draft.expires)?);
    fields.insert("tags".to_owned(), serde_json::to_value(&draft.tags)?);
    fields.insert("audience".to_owned(), serde_json::to_value(&draft.audience)?);
    let mut stricter = Map::new();
    for section in &draft.sections {
        fields.insert(section.name.to_string(), section.body.clone());
        if !section.tags.is_empty() {
            stricter.insert(section.name.to_string(), serde_json::to_value(&section.tags)?);
        }
    }
    if !stricter.is_empty() {
        fields.insert("section_tags".to_owned(), Value::Object(stricter));
    }
    fields.retain(|_, value| !value.is_null());
    Ok(Value::Object(fields))
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_record::FileForm;

    #[test]
    fn every_example_comes_back_alike() {
        let examples = concat!(env!("CARGO_MANIFEST_DIR"), "/../../examples/notices");
        let mut read = 0;
        for entry in std::fs::read_dir(examples).unwrap() {
            let path = entry.unwrap().path();
            let Some(form) = FileForm::of_file_name(&path.to_string_lossy()) else { continue };
            for draft in Draft::parse_many(&std::fs::read(&path).unwrap(), form) {
                let Ok(mut draft) = draft else { continue };
                let line = line_of(&draft).unwrap();
                assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1);
                let mut again = Draft::parse_json(line.trim_ascii()).unwrap();
                draft.sections.sort_by_key(|section| section.name);
                again.sections.sort_by_key(|section| section.name);
                assert_eq!(again, draft, "{}", path.display());
                read += 1;
            }
        }
        assert!(read > 5, "the examples are there");
    }
}
