//! XML elements as a small tree whose parts are taken out one by one, so that what nobody took is known.

mod building;
pub(crate) mod entries;
mod metered;
mod tokens;

use serde_json::{Map, Value};

/// An element of an entry, within the limits of [`crate::limits`].
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Element {
    pub(crate) name: String,
    pub(crate) attributes: Vec<(String, String)>,
    pub(crate) text: String,
    pub(crate) children: Vec<Element>,
}

impl Element {
    /// Takes every child of this name, in order.
    pub(crate) fn take_all(&mut self, name: &str) -> Vec<Element> {
        self.children.extract_if(.., |child| child.name == name).collect()
    }

    /// Takes the text of the first child of this name, if that child has nothing but text. A second child of the name,
    /// an attribute or an element within stays where it is, for [`Element::into_rest`].
    pub(crate) fn take_text(&mut self, name: &str) -> Option<String> {
        let place = self.children.iter().position(|child| child.name == name)?;
        if self.children.get(place).is_some_and(Element::is_plain) {
            return non_empty(&self.children.remove(place).text);
        }
        None
    }

    /// The trimmed text of the first child of this name, left in place.
    pub(crate) fn text_of(&self, name: &str) -> Option<&str> {
        let child = self.children.iter().find(|child| child.name == name)?;
        Some(child.text.trim()).filter(|text| !text.is_empty())
    }

    /// Takes the texts of all children of this name that have nothing but text.
    pub(crate) fn take_texts(&mut self, name: &str) -> Vec<String> {
        let plain = self.children.extract_if(.., |child| child.name == name && child.is_plain());
        plain.filter_map(|child| non_empty(&child.text)).collect()
    }

    /// Takes the texts of the `VALUE` elements in every child of this name.
    pub(crate) fn take_values(&mut self, name: &str) -> Vec<String> {
        self.children
            .iter_mut()
            .filter(|child| child.name == name)
            .flat_map(|child| child.take_texts("VALUE"))
            .collect()
    }

    /// Everything that was not taken, under its original names: attributes with `@`, text beside elements as `#text`, a
    /// repeated element as a list. What is empty is left out.
    pub(crate) fn into_rest(self) -> Map<String, Value> {
        let mut rest = Map::new();
        for (name, value) in self.attributes {
            add(&mut rest, format!("@{name}"), Value::String(value));
        }
        if let Some(text) = non_empty(&self.text) {
            add(&mut rest, "#text".to_owned(), Value::String(text));
        }
        for child in self.children {
            let name = child.name.clone();
            if let Some(value) = child.into_value() {
                add(&mut rest, name, value);
            }
        }
        rest
    }

    fn into_value(self) -> Option<Value> {
        if self.is_plain() {
            return non_empty(&self.text).map(Value::String);
        }
        let rest = self.into_rest();
        (!rest.is_empty()).then_some(Value::Object(rest))
    }

    fn is_plain(&self) -> bool {
        self.attributes.is_empty() && self.children.is_empty()
    }
}

fn non_empty(text: &str) -> Option<String> {
    let text = text.trim();
    (!text.is_empty()).then(|| text.to_owned())
}

/// Adds a value under a name that may stand there already; then a list of both stands there.
pub(crate) fn add(map: &mut Map<String, Value>, name: String, value: Value) {
    match map.get_mut(&name) {
        Some(Value::Array(values)) => values.push(value),
        Some(first) => *first = Value::Array(vec![first.take(), value]),
        None => {
            map.insert(name, value);
        }
    }
}

/// The characters of XML 1.0, section 2.2.
fn is_xml_character(letter: char) -> bool {
    matches!(letter, '\t' | '\n' | '\r' | ' '..='\u{D7FF}' | '\u{E000}'..='\u{FFFD}' | '\u{10000}'..='\u{10FFFF}')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn leaf(name: &str, text: &str) -> Element {
        Element { name: name.to_owned(), text: text.to_owned(), ..Element::default() }
    }

    #[test]
    fn what_is_not_taken_is_kept() {
        let mut element = leaf("ENTRY", "");
        let mut with_attribute = leaf("B", "two");
        with_attribute.attributes.push(("type".to_owned(), "x".to_owned()));
        element.children = vec![
            leaf("A", " one "),
            leaf("A", "again"),
            with_attribute,
            leaf("C", " "),
            leaf("D", "d"),
            leaf("D", "e"),
        ];
        assert_eq!(element.take_text("A").as_deref(), Some("one"));
        assert_eq!(element.take_text("B"), None, "an attribute would be lost");
        assert_eq!(
            Value::Object(element.into_rest()),
            serde_json::json!({"A": "again", "B": {"@type": "x", "#text": "two"}, "D": ["d", "e"]})
        );
    }
}
