//! Reading of TOML with every fault at its place.

use std::ops::Range;

use chancery_record::words::nearest;
use chancery_record::{Country, Date, Set};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::{Annex, DocumentFault, FaultCause, Language, LawHeader, TreatyHeader};
use crate::limits::{DOCUMENT_BYTES_MAX, FAULTS_MAX};

/// Collects faults while a document is read.
pub(super) struct Reader<'a> {
    pub source: &'a str,
    faults: Vec<DocumentFault>,
}

/// One table of the file, with what it is called in faults.
#[derive(Clone)]
pub(super) struct Keys<'a> {
    pub table: &'a DeTable<'a>,
    pub span: Range<usize>,
    pub path: String,
}

/// A value of the file, with what it is called in faults.
#[derive(Clone)]
pub(super) struct Value<'a> {
    pub value: &'a Spanned<DeValue<'a>>,
    pub path: String,
}

/// What the articles of a document may name.
pub(super) struct Naming<'a> {
    /// The parties of a treaty; a law may name any country.
    pub parties: Option<&'a Set<Country>>,
    /// Whose law it is.
    pub law_of: Option<Country>,
    pub annex: &'a Annex,
    pub languages: &'a [Language],
    /// The newest schema of a treaty.
    pub schema: u16,
}

/// Reads a document: either all of it, or everything that is wrong with it.
///
/// INVARIANT (everything is bounded): the length is checked first; the reader of the format limits nesting, and what
/// is read of it has a fixed depth.
pub(super) fn read<T>(
    bytes: &[u8],
    content: impl for<'a> FnOnce(&mut Reader<'a>, &Keys<'a>) -> Option<T>,
) -> Result<T, Vec<DocumentFault>> {
    let whole = |cause| vec![DocumentFault { path: "document".to_owned(), span: 0..0, cause }];
    if bytes.len() > DOCUMENT_BYTES_MAX {
        return Err(whole(FaultCause::TooLong { found: bytes.len(), limit: DOCUMENT_BYTES_MAX }));
    }
    let source = std::str::from_utf8(bytes).map_err(|_| whole(FaultCause::NotText))?;
    let (table, errors) = DeTable::parse_recoverable(source);
    if !errors.is_empty() {
        let fault = |error: &toml::de::Error| DocumentFault {
            path: "document".to_owned(),
            span: error.span().unwrap_or(0..0),
            cause: FaultCause::Syntax { reason: error.message().to_owned() },
        };
        return Err(errors.iter().take(FAULTS_MAX).map(fault).collect());
    }
    let keys = Keys { table: table.get_ref(), span: 0..0, path: "header".to_owned() };
    let mut reader = Reader { source, faults: Vec::new() };
    match content(&mut reader, &keys) {
        Some(content) if reader.faults.is_empty() => Ok(content),
        _ => Err(reader.faults),
    }
}

impl<'a> Reader<'a> {
    /// Notes a fault; beyond the limit they are no longer kept.
    pub fn fault(&mut self, path: impl Into<String>, span: Range<usize>, cause: impl Into<FaultCause>) {
        if self.faults.len() < FAULTS_MAX {
            self.faults.push(DocumentFault { path: path.into(), span, cause: cause.into() });
        }
    }

    /// Notes a fault of a value.
    pub fn fault_at(&mut self, value: &Value<'a>, cause: impl Into<FaultCause>) {
        self.fault(value.path.clone(), value.value.span(), cause);
    }

    /// A value that must be there.
    pub fn required(&mut self, keys: &Keys<'a>, key: &'static str) -> Option<Value<'a>> {
        let value = keys.get(key);
        if value.is_none() {
            self.fault(keys.path.clone(), keys.span.clone(), FaultCause::Missing(key));
        }
        value
    }

    /// Refuses every key that is not in `known`.
    pub fn refuse_unknown(&mut self, keys: &Keys<'a>, known: &[&'static str]) {
        for key in keys.table.keys() {
            let name: &str = key.get_ref();
            if !known.contains(&name) {
                let nearest = nearest(&clip(name), known.iter().copied());
                self.fault(keys.path.clone(), key.span(), FaultCause::UnknownKey { key: clip(name), nearest });
            }
        }
    }

    /// A text without control or direction characters; lines and tabs are for long texts only.
    pub fn text(&mut self, value: &Value<'a>, bytes_max: usize) -> Option<&'a str> {
        let DeValue::String(text) = value.value.get_ref() else {
            self.fault_at(value, sort("a text", value));
            return None;
        };
        let text: &'a str = text;
        let complaint = if text.trim().is_empty() {
            Some("the text is empty")
        } else if text.len() > bytes_max {
            Some("the text is too long")
        } else if text.chars().any(is_unprintable) {
            Some("the text holds control or text-direction characters")
        } else {
            None
        };
        match complaint {
            Some(complaint) => {
                self.fault_at(value, FaultCause::Text(complaint));
                None
            }
            None => Some(text),
        }
    }

    /// A day, written as TOML writes one.
    pub fn date(&mut self, value: &Value<'a>) -> Option<Date> {
        let written = value.value.get_ref().as_datetime();
        let day = written.filter(|when| when.time.is_none() && when.offset.is_none()).and_then(|when| when.date);
        let date = day.and_then(|day| {
            let (month, of_month) = (i8::try_from(day.month).ok()?, i8::try_from(day.day).ok()?);
            Date::from_ymd(i16::try_from(day.year).ok()?, month, of_month)
        });
        if date.is_none() {
            self.fault_at(value, sort("a day without quotes, as in 2026-01-31", value));
        }
        date
    }

    /// A whole number within a range.
    pub fn number(&mut self, value: &Value<'a>, least: u64, most: u64) -> Option<u64> {
        let Some(written) = value.value.get_ref().as_integer() else {
            self.fault_at(value, sort("a whole number", value));
            return None;
        };
        let number = u64::from_str_radix(written.as_str(), written.radix()).ok();
        let number = number.filter(|number| (least..=most).contains(number));
        if number.is_none() {
            self.fault_at(value, FaultCause::Range { least, most });
        }
        number
    }

    /// A table.
    pub fn table(&mut self, value: &Value<'a>, path: String) -> Option<Keys<'a>> {
        match value.value.get_ref() {
            DeValue::Table(table) => Some(Keys { table, span: value.value.span(), path }),
            _ => {
                self.fault_at(value, sort("a table", value));
                None
            }
        }
    }

    /// The entries of a list, within its limit.
    pub fn list(&mut self, value: &Value<'a>, limit: usize) -> Option<Vec<Value<'a>>> {
        let DeValue::Array(entries) = value.value.get_ref() else {
            self.fault_at(value, sort("a list", value));
            return None;
        };
        if entries.len() > limit {
            self.fault_at(value, FaultCause::TooMany { found: entries.len(), limit });
            return None;
        }
        Some(entries.iter().map(|entry| Value { value: entry, path: value.path.clone() }).collect())
    }

    /// The texts of a list, or one text by itself.
    pub fn texts(&mut self, value: &Value<'a>, limit: usize) -> Option<Vec<(&'a str, Value<'a>)>> {
        let entries = match value.value.get_ref() {
            DeValue::String(_) => vec![value.clone()],
            _ => self.list(value, limit)?,
        };
        let mut texts = Vec::with_capacity(entries.len());
        for entry in entries {
            let text = self.text(&entry, crate::limits::SHORT_TEXT_BYTES_MAX)?;
            texts.push((text, entry));
        }
        Some(texts)
    }

    /// The tables of a list of tables; none where the key is absent.
    pub fn tables(&mut self, keys: &Keys<'a>, key: &'static str, limit: usize) -> Vec<Keys<'a>> {
        let Some(value) = keys.get(key) else { return Vec::new() };
        let Some(entries) = self.list(&value, limit) else { return Vec::new() };
        let numbered = entries.into_iter().enumerate();
        numbered.filter_map(|(at, entry)| self.table(&entry, format!("{key} {}", at + 1))).collect()
    }
}

impl<'a> Keys<'a> {
    /// The value of a key, if it is there.
    pub fn get(&self, key: &str) -> Option<Value<'a>> {
        let value = self.table.get(key)?;
        Some(Value { value, path: format!("{}: {key}", self.path) })
    }
}

impl<'a> Value<'a> {
    /// The value's text, if it is one.
    pub fn as_text(&self) -> Option<&'a str> {
        self.value.get_ref().as_str()
    }
}

impl<'a> Naming<'a> {
    /// What a treaty's articles may name.
    pub fn of_treaty(header: &'a TreatyHeader) -> Self {
        let TreatyHeader { parties, annex, languages, schema, .. } = header;
        Self { parties: Some(parties), law_of: None, annex, languages, schema: *schema }
    }

    /// What a law's articles may name.
    pub fn of_law(header: &'a LawHeader) -> Self {
        let LawHeader { country, annex, languages, .. } = header;
        let schema = chancery_record::SCHEMA_VERSION;
        Self { parties: None, law_of: Some(*country), annex, languages, schema }
    }
}

/// A value of the wrong sort.
pub(super) fn sort(expected: &'static str, value: &Value<'_>) -> FaultCause {
    FaultCause::Sort { expected, found: value.value.get_ref().type_str() }
}

/// As much of a hostile name as a message may carry.
pub(super) fn clip(text: &str) -> String {
    text.chars().filter(|letter| !is_unprintable(*letter)).take(80).collect()
}

/// What could repaint a terminal or reverse the reading of a text.
fn is_unprintable(letter: char) -> bool {
    (letter.is_control() && letter != '\n' && letter != '\t')
        || matches!(letter, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}
