//! The fields of a JSON notice, taken out one by one, so that what nobody took is known.

use serde_json::{Map, Value};

/// A notice in the taking. What is empty (`null`, an empty text, an empty list) is not there.
pub(super) struct Taking(Map<String, Value>);

impl Taking {
    pub(super) fn new(fields: Map<String, Value>) -> Self {
        Self(fields.into_iter().filter_map(|(name, value)| Some((name, said(value)?))).collect())
    }

    /// Takes a text; a value of another sort stays.
    pub(super) fn text(&mut self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::String(_) => match self.0.remove(name)? {
                Value::String(text) => Some(text.trim().to_owned()),
                _ => None,
            },
            _ => None,
        }
    }

    /// Takes a text or a whole number as a text.
    pub(super) fn text_or_number(&mut self, name: &str) -> Option<String> {
        match self.0.get(name)? {
            Value::Number(number) => {
                let text = number.to_string();
                self.0.remove(name);
                Some(text)
            }
            _ => self.text(name),
        }
    }

    /// Takes a list of texts, or one text as a list of it. A list with anything else in it stays.
    pub(super) fn texts(&mut self, name: &str) -> Vec<String> {
        let texts: Option<Vec<String>> = match self.0.get(name) {
            Some(Value::Array(values)) => values.iter().map(|value| Some(value.as_str()?.trim().to_owned())).collect(),
            Some(Value::String(text)) => Some(vec![text.trim().to_owned()]),
            _ => None,
        };
        if texts.is_some() {
            self.0.remove(name);
        }
        texts.unwrap_or_default()
    }

    /// Takes a list of objects. A list with anything else in it stays.
    pub(super) fn objects(&mut self, name: &str) -> Vec<Taking> {
        let is_of_objects = match self.0.get(name) {
            Some(Value::Array(values)) => values.iter().all(Value::is_object),
            _ => false,
        };
        let values = if is_of_objects { self.0.remove(name) } else { None };
        let Some(Value::Array(values)) = values else { return Vec::new() };
        values
            .into_iter()
            .filter_map(|value| match value {
                Value::Object(fields) => Some(Taking::new(fields)),
                _ => None,
            })
            .collect()
    }

    /// Takes a number within bounds; zero means that it is not known, and is dropped.
    pub(super) fn number(&mut self, name: &str, bounds: std::ops::RangeInclusive<f64>) -> Option<Value> {
        let number = self.0.get(name)?.as_f64()?;
        if number == 0.0 {
            self.0.remove(name);
            return None;
        }
        if bounds.contains(&number) { self.0.remove(name) } else { None }
    }

    /// Takes the address of a link.
    pub(super) fn link(&mut self, name: &str) -> Option<String> {
        let links = self.0.get_mut("_links")?.as_object_mut()?;
        let href = links.get(name)?.as_object()?.get("href")?.as_str()?.to_owned();
        links.remove(name);
        if links.is_empty() {
            self.0.remove("_links");
        }
        Some(href)
    }

    /// Puts a value back that was taken and could not be used.
    pub(super) fn put_back(&mut self, name: &str, value: impl Into<Value>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// What was not taken.
    pub(super) fn into_rest(self) -> Map<String, Value> {
        self.0
    }
}

/// A value without what is empty in it.
fn said(value: Value) -> Option<Value> {
    match value {
        Value::Null => None,
        Value::String(text) => (!text.trim().is_empty()).then_some(Value::String(text)),
        Value::Array(values) => {
            let values: Vec<Value> = values.into_iter().filter_map(said).collect();
            (!values.is_empty()).then_some(Value::Array(values))
        }
        Value::Object(fields) => {
            let fields: Map<String, Value> =
                fields.into_iter().filter_map(|(name, value)| Some((name, said(value)?))).collect();
            (!fields.is_empty()).then_some(Value::Object(fields))
        }
        Value::Bool(_) | Value::Number(_) => Some(value),
    }
}
