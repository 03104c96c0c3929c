//! The fields of a section body as they are gathered, empty ones left out.

use chancery_record::Date;
use serde_json::{Map, Value};

use crate::country_name::country_of;

/// An object in the making.
#[derive(Debug, Default)]
pub(crate) struct Fields(Map<String, Value>);

/// Where a form keeps what has no typed field, under its original names. An object of its own, so that no foreign name
/// can pass for a field of the form.
pub(crate) const SOURCE_FIELDS: &str = "source_fields";

impl Fields {
    /// Sets a field, if there is a value.
    pub(crate) fn put(&mut self, name: &str, value: Option<impl Into<Value>>) {
        if let Some(value) = value {
            self.0.insert(name.to_owned(), value.into());
        }
    }

    /// Sets a list, if it has entries.
    pub(crate) fn put_all(&mut self, name: &str, values: Vec<impl Into<Value>>) {
        if !values.is_empty() {
            self.0.insert(name.to_owned(), values.into_iter().map(Into::into).collect::<Vec<Value>>().into());
        }
    }

    /// Keeps what has no typed field.
    pub(crate) fn put_rest(&mut self, rest: Map<String, Value>) {
        if !rest.is_empty() {
            self.0.insert(SOURCE_FIELDS.to_owned(), Value::Object(rest));
        }
    }

    /// Sets `name` to a country's code where the text names one, and `text_name` to the text as it was written.
    pub(crate) fn put_country(&mut self, name: &str, text_name: &str, text: Option<String>) {
        let code = text.as_deref().and_then(country_of).map(|country| country.to_string());
        self.put(name, code);
        self.put(text_name, text);
    }

    /// Whether nothing was set.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl From<Fields> for Value {
    fn from(fields: Fields) -> Self {
        Value::Object(fields.0)
    }
}

/// A date known in full or in part, written `YYYY`, `YYYY-MM` or `YYYY-MM-DD` with hyphens or slashes, in the form that
/// records use.
pub(crate) fn partial_date(text: &str) -> Option<String> {
    let parts: Vec<&str> = text.trim().split(['-', '/']).collect();
    let digits = |part: &str, length: usize| {
        let legal = part.len() == length && part.bytes().all(|byte| byte.is_ascii_digit());
        legal.then(|| part.parse::<i16>().ok()).flatten()
    };
    let two = |part: &str| digits(part, 2).and_then(|number| i8::try_from(number).ok());
    let (year, month, day) = match parts.as_slice() {
        [year] => (digits(year, 4)?, None, None),
        [year, month] => (digits(year, 4)?, Some(two(month)?), None),
        [year, month, day] => (digits(year, 4)?, Some(two(month)?), Some(two(day)?)),
        _ => return None,
    };
    let exists = (1500..=2200).contains(&year) && Date::from_ymd(year, month.unwrap_or(1), day.unwrap_or(1)).is_some();
    exists.then(|| parts.join("-"))
}

/// The year of a partial date in the form of records.
pub(crate) fn year_of(date: &str) -> Option<i16> {
    date.get(..4)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_in_full_and_in_part() {
        for (text, date) in [("1971/03/14", "1971-03-14"), ("1971", "1971"), (" 1971-03 ", "1971-03")] {
            assert_eq!(partial_date(text).as_deref(), Some(date));
        }
        for text in ["", "71", "1971-3-1", "1971/02/30", "1971-13", "14.03.1971", "+971", "1971-03-14-04:00", "0001"] {
            assert_eq!(partial_date(text), None, "{text}");
        }
    }
}
