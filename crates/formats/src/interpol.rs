//! What the public notices API of INTERPOL answers: a page of a list, or one notice in full.

mod minors;
mod notice;
mod tags;
mod taking;

use serde_json::{Map, Value};

use crate::import::{Extent, ImportCause, ImportFault, ImportOptions, Imported, Place};
use crate::json;

/// Reads a list page, the detail form of one notice, or a JSON list of either. The outer error is for a file that is no
/// such answer; each notice has its own.
pub fn interpol(bytes: &[u8], options: &ImportOptions) -> Result<Vec<Result<Imported, ImportFault>>, ImportFault> {
    let mut notices = Vec::new();
    match json::read(bytes)? {
        Value::Array(answers) => {
            for answer in answers {
                gather(answer, &mut notices)?;
            }
        }
        answer => gather(answer, &mut notices)?,
    }
    let mut numbers = std::collections::BTreeSet::new();
    let import = |(index, (notice, extent)): (usize, (Value, Extent))| {
        let place = Place::Notice(index + 1);
        let Value::Object(notice) = notice else {
            return Err(ImportFault::entry(place, ImportCause::NotAnObject));
        };
        let number = notice::number(&notice).map_err(|cause| ImportFault::entry(place, cause))?;
        if !numbers.insert(number.clone()) {
            return Err(ImportFault::entry(place, ImportCause::Twice).of(Some(number)));
        }
        notice::import(notice, number.clone(), extent, options)
            .map_err(|cause| ImportFault::entry(place, cause).of(Some(number)))
    };
    Ok(notices.into_iter().enumerate().map(import).collect())
}

/// The notices of one answer, with how much it tells of them.
fn gather(answer: Value, notices: &mut Vec<(Value, Extent)>) -> Result<(), ImportFault> {
    let no_notices = || ImportFault::file(Place::File, ImportCause::NoNotices);
    let Value::Object(mut answer) = answer else { return Err(no_notices()) };
    if let Some(Value::Array(listed)) = answer.get_mut("_embedded").and_then(|embedded| embedded.get_mut("notices")) {
        notices.extend(std::mem::take(listed).into_iter().map(|notice| (notice, Extent::Summary)));
    } else if answer.contains_key(notice::NUMBER) {
        let extent = extent_of(&answer);
        notices.push((Value::Object(answer), extent));
    } else {
        return Err(no_notices());
    }
    Ok(())
}

/// A line of a list page that stands by itself has none of the fields that only the detail form has.
fn extent_of(notice: &Map<String, Value>) -> Extent {
    if notice.keys().any(|name| !LINE_FIELDS.contains(&name.as_str())) { Extent::Whole } else { Extent::Summary }
}

/// All that a line of a list page says.
const LINE_FIELDS: [&str; 6] = ["entity_id", "name", "forename", "date_of_birth", "nationalities", "_links"];

#[cfg(test)]
mod tests;
