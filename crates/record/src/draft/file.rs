//! Draft files: one record or many, in JSON, lines of JSON, or TOML.

use serde_json::{Map, Value};

use super::json;
use super::layout::read_draft;
use crate::body::shape::Reading;
use crate::limits::{DRAFT_BYTES_MAX, DRAFT_FILE_BYTES_MAX, DRAFTS_PER_FILE_MAX};
use crate::{Draft, Fault};

/// How a file of drafts is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileForm {
    /// One object, or a list of them.
    Json,
    /// One object on each line.
    Ndjson,
    /// One record, or a list `[[record]]`.
    Toml,
}

impl FileForm {
    /// The form that the end of a file's name stands for.
    pub fn of_file_name(name: &str) -> Option<Self> {
        let (_, ending) = name.rsplit_once('.')?;
        match ending.to_ascii_lowercase().as_str() {
            "json" => Some(Self::Json),
            "ndjson" | "jsonl" => Some(Self::Ndjson),
            "toml" => Some(Self::Toml),
            _ => None,
        }
    }
}

impl Draft {
    /// Reads and checks one draft written in JSON; all that is wrong with it at once.
    pub fn parse_json(bytes: impl AsRef<[u8]>) -> Result<Self, Vec<Fault>> {
        let bytes = bytes.as_ref();
        within(bytes, DRAFT_BYTES_MAX, "a draft")?;
        let mut at = Reading::default();
        let value = json::read(bytes, &mut at)?;
        of_value(&value, at)
    }

    /// Reads and checks one draft written in TOML; all that is wrong with it at once.
    pub fn parse_toml(bytes: impl AsRef<[u8]>) -> Result<Self, Vec<Fault>> {
        let bytes = bytes.as_ref();
        within(bytes, DRAFT_BYTES_MAX, "a draft")?;
        of_value(&read_toml(bytes)?, Reading::default())
    }

    /// Reads and checks one draft that was already taken apart into JSON values.
    pub fn parse_value(value: &Value) -> Result<Self, Vec<Fault>> {
        of_value(value, Reading::default())
    }

    /// Reads every draft of a file, in its order; one that is bad stops none of the others.
    ///
    /// A file is read whole, so it is bounded. Longer ones are lines of JSON, which the caller reads one by one and
    /// gives to [`Draft::parse_json`].
    pub fn parse_many(bytes: &[u8], form: FileForm) -> Vec<Result<Self, Vec<Fault>>> {
        if let Err(faults) = within(bytes, DRAFT_FILE_BYTES_MAX, "a file of drafts") {
            return vec![Err(faults)];
        }
        match form {
            FileForm::Json => json::read_many(bytes, of_value),
            FileForm::Ndjson => {
                let lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(|line| !line.is_empty());
                bounded(lines.map(Self::parse_json))
            }
            FileForm::Toml => match read_toml(bytes) {
                Ok(value) => match value.get("record") {
                    Some(Value::Array(records)) if value.as_object().is_some_and(|table| table.len() == 1) => {
                        bounded(records.iter().map(Self::parse_value))
                    }
                    _ => vec![Self::parse_value(&value)],
                },
                Err(faults) => vec![Err(faults)],
            },
        }
    }
}

/// The drafts up to the limit, and a fault where there are more.
pub(super) fn bounded(drafts: impl Iterator<Item = Result<Draft, Vec<Fault>>>) -> Vec<Result<Draft, Vec<Fault>>> {
    let mut drafts = drafts.enumerate();
    let mut read: Vec<_> = drafts.by_ref().take(DRAFTS_PER_FILE_MAX).map(|(_, draft)| draft).collect();
    if drafts.next().is_some() {
        read.push(Err(vec![too_many()]));
    }
    read
}

pub(super) fn too_many() -> Fault {
    Fault::new(
        "",
        format!("more than {DRAFTS_PER_FILE_MAX} records in one file; what follows is not read, divide the file"),
    )
}

fn of_value(value: &Value, mut at: Reading) -> Result<Draft, Vec<Fault>> {
    let draft = read_draft(value, &mut at);
    match draft {
        Some(draft) if at.findings.faults.is_empty() => Ok(draft),
        _ => Err(at.findings.faults),
    }
}

/// INVARIANT (everything is bounded): the length is checked before anything is read.
fn within(bytes: &[u8], limit: usize, what: &str) -> Result<(), Vec<Fault>> {
    if bytes.len() <= limit {
        return Ok(());
    }
    Err(vec![Fault::new("", format!("{} bytes, {what} has at most {limit}", bytes.len()))])
}

fn read_toml(bytes: &[u8]) -> Result<Value, Vec<Fault>> {
    let text = std::str::from_utf8(bytes).map_err(|_| vec![Fault::new("", "the file is not UTF-8 text")])?;
    // A byte order mark is what some editors leave at the head of a file.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match text.parse::<toml::Table>() {
        Ok(table) => Ok(Value::Object(json_object(table))),
        Err(fault) => {
            let line = fault.span().and_then(|span| text.get(..span.start)).map(|before| before.split('\n').count());
            let place = line.map(|line| format!("line {line}")).unwrap_or_default();
            Err(vec![Fault::new(place, format!("not TOML: {}", fault.message().trim()))])
        }
    }
}

fn json_object(table: toml::Table) -> Map<String, Value> {
    table.into_iter().map(|(key, value)| (key, json_value(value))).collect()
}

/// Nesting is bounded by the TOML reader.
fn json_value(value: toml::Value) -> Value {
    match value {
        toml::Value::String(text) => Value::String(text),
        toml::Value::Integer(number) => Value::from(number),
        toml::Value::Float(number) => Value::from(number),
        toml::Value::Boolean(yes) => Value::Bool(yes),
        toml::Value::Datetime(instant) => Value::String(instant.to_string()),
        toml::Value::Array(list) => Value::Array(list.into_iter().map(json_value).collect()),
        toml::Value::Table(table) => Value::Object(json_object(table)),
    }
}
