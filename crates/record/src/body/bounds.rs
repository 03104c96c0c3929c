//! The limits of any section body, whatever stands in it.

use serde_json::Value;

use super::shape::Reading;
use crate::limits::{BODY_DEPTH_MAX, BODY_LIST_ENTRIES_MAX, BODY_TEXT_BYTES_MAX, SHORT_TEXT_BYTES_MAX};

/// Notes everything that is nested too deep, too long or too many, and texts that could steer a terminal.
///
/// INVARIANT (everything is bounded): recursion stops at [`BODY_DEPTH_MAX`].
pub(super) fn check(value: &Value, depth: usize, at: &mut Reading) {
    if depth > BODY_DEPTH_MAX {
        at.fault(format!("nested deeper than {BODY_DEPTH_MAX} levels"));
        return;
    }
    match value {
        Value::String(text) => check_text(text, at),
        Value::Array(list) => {
            if list.len() > BODY_LIST_ENTRIES_MAX {
                at.fault(format!("{} entries, at most {BODY_LIST_ENTRIES_MAX} are accepted", list.len()));
                return;
            }
            for (index, entry) in list.iter().enumerate() {
                at.at_entry(index, |at| check(entry, depth + 1, at));
            }
        }
        Value::Object(object) => {
            if object.len() > BODY_LIST_ENTRIES_MAX {
                at.fault(format!("{} fields, at most {BODY_LIST_ENTRIES_MAX} are accepted", object.len()));
                return;
            }
            for (key, entry) in object {
                at.within(key, |at| {
                    if key.is_empty() || key.len() > SHORT_TEXT_BYTES_MAX || key.chars().any(char::is_control) {
                        at.fault(format!("a field's name has 1 to {SHORT_TEXT_BYTES_MAX} printable letters"));
                    }
                    check(entry, depth + 1, at);
                });
            }
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn check_text(text: &str, at: &mut Reading) {
    if text.len() > BODY_TEXT_BYTES_MAX {
        at.fault(format!("{} bytes, at most {BODY_TEXT_BYTES_MAX} are accepted", text.len()));
    }
    let steers = |letter: char| letter.is_control() && !matches!(letter, '\n' | '\r' | '\t');
    // Overrides of the writing direction make a text read otherwise than it is.
    let turns = |letter: char| matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    if text.chars().any(|letter| steers(letter) || turns(letter)) {
        at.fault("control characters in it");
    }
}
