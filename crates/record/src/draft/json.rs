//! Reading of JSON that refuses a key written twice, where the common reader silently takes the last.

use std::fmt;

use serde::Deserializer as _;
use serde::de::{DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::file::too_many;
use crate::body::shape::Reading;
use crate::limits::DRAFTS_PER_FILE_MAX;
use crate::{Draft, Fault};

type Outcome = Result<Draft, Vec<Fault>>;

/// Reads one JSON value to its end. Keys written twice are noted in `at`.
pub(super) fn read(bytes: &[u8], at: &mut Reading) -> Result<Value, Vec<Fault>> {
    let mut input = serde_json::Deserializer::from_slice(without_mark(bytes));
    let value = Strict(at).deserialize(&mut input).map_err(syntax)?;
    input.end().map_err(syntax)?;
    Ok(value)
}

/// Reads one object, or a list of objects, giving each to `finish` as soon as it is read.
pub(super) fn read_many(bytes: &[u8], finish: fn(&Value, Reading) -> Outcome) -> Vec<Outcome> {
    let bytes = without_mark(bytes);
    let is_list = bytes.trim_ascii_start().first() == Some(&b'[');
    if !is_list {
        let mut at = Reading::default();
        return vec![read(bytes, &mut at).and_then(|value| finish(&value, at))];
    }
    let mut outcomes = Vec::new();
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let read = input.deserialize_seq(Listed { outcomes: &mut outcomes, finish });
    if let Err(fault) = read.and_then(|()| input.end())
        && outcomes.len() <= DRAFTS_PER_FILE_MAX
    {
        outcomes.push(Err(syntax(fault)));
    }
    outcomes
}

fn without_mark(bytes: &[u8]) -> &[u8] {
    bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes)
}

fn syntax(fault: serde_json::Error) -> Vec<Fault> {
    let place = format!("line {}, column {}", fault.line(), fault.column());
    let message = fault.to_string();
    let message = message.split(" at line ").next().unwrap_or_default();
    vec![Fault::new(place, format!("not JSON: {message}"))]
}

struct Listed<'a> {
    outcomes: &'a mut Vec<Outcome>,
    finish: fn(&Value, Reading) -> Outcome,
}

impl<'de> Visitor<'de> for Listed<'_> {
    type Value = ();
    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a list of records")
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<(), A::Error> {
        loop {
            let mut at = Reading::default();
            let Some(value) = list.next_element_seed(Strict(&mut at))? else {
                return Ok(());
            };
            if self.outcomes.len() == DRAFTS_PER_FILE_MAX {
                self.outcomes.push(Err(vec![too_many()]));
                return Err(serde::de::Error::custom("too many records"));
            }
            self.outcomes.push((self.finish)(&value, at));
        }
    }
}

/// Reads any value; depth is bounded by the JSON reader itself.
struct Strict<'a>(&'a mut Reading);

impl<'de> DeserializeSeed<'de> for Strict<'_> {
    type Value = Value;
    fn deserialize<D: serde::Deserializer<'de>>(self, input: D) -> Result<Value, D::Error> {
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Strict<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter) -> fmt::Result {
        out.write_str("a value")
    }
    fn visit_bool<E>(self, yes: bool) -> Result<Value, E> {
        Ok(Value::Bool(yes))
    }
    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::from(number))
    }
    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::from(number))
    }
    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::from(number))
    }
    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::String(text.to_owned()))
    }
    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::String(text))
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Value, A::Error> {
        let mut entries = Vec::new();
        loop {
            let entry = self.0.at_entry(entries.len(), |at| list.next_element_seed(Strict(at)))?;
            match entry {
                Some(entry) => entries.push(entry),
                None => return Ok(Value::Array(entries)),
            }
        }
    }
    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(key) = map.next_key::<String>()? {
            let value = self.0.within(&key, |at| {
                if object.contains_key(&key) {
                    at.fault("written twice; which one counts is not for a machine to guess");
                }
                map.next_value_seed(Strict(at))
            })?;
            object.insert(key, value);
        }
        Ok(Value::Object(object))
    }
}
