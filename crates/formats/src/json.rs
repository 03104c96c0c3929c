//! JSON read with bounded memory, no field twice.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

use crate::import::{Excess, ImportCause, ImportFault, Place, quoted_name};
use crate::limits::{ANSWER_BYTES_MAX, ANSWER_DEPTH_MAX, ANSWER_VALUES_MAX};

/// Reads one JSON value that takes up all of the bytes.
///
/// INVARIANT (everything is bounded): the size is checked before anything is read, the values are counted as they are
/// made, and the depth bounds the recursion.
pub(crate) fn read(bytes: &[u8]) -> Result<Value, ImportFault> {
    if bytes.len() > ANSWER_BYTES_MAX {
        return Err(ImportFault::file(Place::File, ImportCause::TooMuch(Excess::AnswerBytes)));
    }
    if std::str::from_utf8(bytes).is_err() {
        return Err(ImportFault::file(Place::File, ImportCause::NotUtf8));
    }
    let mut budget = Budget { values: ANSWER_VALUES_MAX, excess: None };
    let mut input = serde_json::Deserializer::from_slice(bytes);
    let read = BoundedValue { budget: &mut budget, depth: 0 }.deserialize(&mut input);
    let value = read.and_then(|value| input.end().map(|()| value));
    value.map_err(|fault| {
        let place = match fault.line() {
            0 => Place::File,
            line => Place::Line(u64::try_from(line).unwrap_or(u64::MAX)),
        };
        let cause = budget.excess.map_or(ImportCause::Json(fault), ImportCause::TooMuch);
        ImportFault::file(place, cause)
    })
}

/// What may still be read.
struct Budget {
    values: usize,
    excess: Option<Excess>,
}

struct BoundedValue<'a> {
    budget: &'a mut Budget,
    depth: usize,
}

impl<'a> BoundedValue<'a> {
    fn count<E: Error>(&mut self) -> Result<(), E> {
        match self.budget.values.checked_sub(1) {
            Some(left) => {
                self.budget.values = left;
                Ok(())
            }
            None => self.refuse(Excess::AnswerValues),
        }
    }

    fn deeper<E: Error>(&mut self) -> Result<(), E> {
        self.depth += 1;
        if self.depth > ANSWER_DEPTH_MAX { self.refuse(Excess::AnswerDepth) } else { Ok(()) }
    }

    fn refuse<T, E: Error>(&mut self, excess: Excess) -> Result<T, E> {
        self.budget.excess = Some(excess);
        Err(E::custom(excess))
    }

    fn child(&mut self) -> BoundedValue<'_> {
        BoundedValue { budget: self.budget, depth: self.depth }
    }
}

impl<'de> DeserializeSeed<'de> for BoundedValue<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(mut self, input: D) -> Result<Value, D::Error> {
        self.count()?;
        input.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for BoundedValue<'_> {
    type Value = Value;

    fn expecting(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("a JSON value")
    }
    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }
    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }
    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(Value::from(value))
    }
    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }
    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(Value::String(value.to_owned()))
    }
    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(Value::String(value))
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut input: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut values = Vec::new();
        while let Some(value) = input.next_element_seed(self.child())? {
            values.push(value);
        }
        Ok(Value::Array(values))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut input: A) -> Result<Value, A::Error> {
        self.deeper()?;
        let mut map = Map::new();
        while let Some(key) = input.next_key::<String>()? {
            // Which of two values counts is anybody's guess; each reader would see another record.
            if map.contains_key(&key) {
                return Err(A::Error::custom(format_args!("the field `{}` stands twice", quoted_name(&key))));
            }
            let value = input.next_value_seed(self.child())?;
            map.insert(key, value);
        }
        Ok(Value::Object(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(text: &str) -> String {
        read(text.as_bytes()).unwrap_err().to_string()
    }

    #[test]
    fn reads_what_is_json() {
        let text = r#"{"a": [1, -2, 3.5, "x", null, true, {"b": "\u00e9"}]}"#;
        assert_eq!(read(text.as_bytes()).unwrap(), serde_json::from_str::<Value>(text).unwrap());
    }

    #[test]
    fn names_what_is_wrong_and_where() {
        assert!(fault("{\"a\": 1,\n \"a\": 2}").contains("line 2: the JSON is malformed: the field `a` stands twice"));
        assert!(fault("{\"a\": \n").contains("EOF while parsing"));
        assert!(fault("{} x").contains("trailing characters"));
        assert!(fault(&"[".repeat(100)).contains("deeper than 12 levels"));
        let many = format!("[{}0]", "0,".repeat(ANSWER_VALUES_MAX));
        assert!(fault(&many).contains("more than 400000 values"));
        assert!(fault(&" ".repeat(ANSWER_BYTES_MAX + 1)).contains("larger than"));
        assert!(read(b"\"\xff\"").unwrap_err().to_string().contains("not valid UTF-8"));
    }
}
