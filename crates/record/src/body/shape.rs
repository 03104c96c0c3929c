//! Reading of typed forms out of JSON that notes every fault with its path instead of stopping at the first.

use serde_json::{Map, Value};

use crate::limits::{BODY_LIST_ENTRIES_MAX, FAULTS_MAX};
use crate::words::nearest;
use crate::{Fault, Findings, Set};

/// A value that can be read out of JSON.
pub(crate) trait Shape: Sized {
    /// Reads it, or notes why not. What is read leniently from a holder's copy and strictly from a draft is the same;
    /// only the caller's use of the findings differs.
    fn read(value: &Value, at: &mut Reading) -> Option<Self>;
}

/// A field of a form: its value, or its absence.
pub(crate) trait Slot: Sized {
    /// Reads the field; `null` counts as absent.
    fn of_field(value: Option<&Value>, at: &mut Reading) -> Self;
    /// Whether there is nothing to write.
    fn is_absent(&self) -> bool;
}

/// What is done about a field that the form does not know.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum UnknownFields {
    /// A warning: bodies keep what a newer writer adds.
    Kept,
    /// A fault: a condition that is not understood cannot be obeyed.
    Refused,
}

/// Where the reading stands, with all that was found so far.
#[derive(Default)]
pub(crate) struct Reading {
    path: String,
    pub(crate) findings: Findings,
}

impl Reading {
    /// Notes a fault here.
    pub(crate) fn fault(&mut self, message: impl Into<String>) {
        self.findings.fault(self.path.clone(), message);
    }

    /// Notes as warnings what `check` finds wrong: it should be looked at, and stops nothing.
    pub(crate) fn as_warnings(&mut self, check: impl FnOnce(&mut Self)) {
        let told = self.findings.faults.len();
        check(self);
        let lesser = self.findings.faults.drain(told..).collect::<Vec<Fault>>();
        for fault in lesser {
            self.findings.warning(fault.path, fault.message);
        }
    }

    /// Notes a warning here.
    pub(crate) fn warning(&mut self, message: impl Into<String>) {
        self.findings.warning(self.path.clone(), message);
    }

    /// Goes one field deeper for the time of `read`.
    pub(crate) fn within<T>(&mut self, field: &str, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        if length > 0 {
            self.path.push('.');
        }
        self.path.push_str(&shown(field));
        let read = read(self);
        self.path.truncate(length);
        read
    }

    /// Goes into one entry of a list for the time of `read`.
    pub(crate) fn at_entry<T>(&mut self, index: usize, read: impl FnOnce(&mut Self) -> T) -> T {
        let length = self.path.len();
        self.path.push_str(&format!("[{index}]"));
        let read = read(self);
        self.path.truncate(length);
        read
    }

    /// The value as an object.
    pub(crate) fn object<'a>(&mut self, value: &'a Value) -> Option<&'a Map<String, Value>> {
        let object = value.as_object();
        if object.is_none() {
            self.wrong_sort("a table", value);
        }
        object
    }

    /// The value as a text that says something.
    pub(crate) fn text<'a>(&mut self, value: &'a Value) -> Option<&'a str> {
        match value.as_str() {
            Some(text) if text.trim().is_empty() => {
                self.fault("empty; leave the field out where there is nothing to say");
                None
            }
            Some(text) => Some(text),
            None => {
                self.wrong_sort("a text", value);
                None
            }
        }
    }

    /// One field of an object.
    pub(crate) fn field<T: Slot>(&mut self, object: &Map<String, Value>, name: &str) -> T {
        self.within(name, |at| T::of_field(object.get(name), at))
    }

    /// Notes a missing field; one that is there and could not be read has its fault already.
    pub(crate) fn need<T>(&mut self, field: &str, value: Option<T>, what: &str) {
        if value.is_some() {
            return;
        }
        self.within(field, |at| {
            let is_here = |rest: &str| rest.is_empty() || rest.starts_with(['.', '[']);
            let is_told = |fault: &Fault| fault.path.strip_prefix(at.path.as_str()).is_some_and(is_here);
            if !at.findings.faults.iter().any(is_told) {
                at.fault(format!("missing: {what}"));
            }
        });
    }

    /// Notes every field of `object` that is not `known`.
    pub(crate) fn unknown_fields(&mut self, object: &Map<String, Value>, known: &[&str], unknown: UnknownFields) {
        for key in object.keys().filter(|key| !known.contains(&key.as_str())).take(FAULTS_MAX) {
            let hint = match nearest(&shown(key), known.iter().copied()) {
                Some(near) => format!("; did you mean `{near}`?"),
                None => String::new(),
            };
            self.within(key, |at| match unknown {
                UnknownFields::Kept => at.warning(format!("a field of no known meaning, kept as it is{hint}")),
                UnknownFields::Refused => at.fault(format!("no such field{hint}")),
            });
        }
    }

    /// Notes that the value is of another sort than it must be.
    pub(crate) fn wrong_sort(&mut self, expected: &str, value: &Value) {
        let found = match value {
            Value::Null => "nothing",
            Value::Bool(_) => "true or false",
            Value::Number(_) => "a number",
            Value::String(_) => "a text",
            Value::Array(_) => "a list",
            Value::Object(_) => "a table",
        };
        self.fault(format!("expected {expected}, found {found}"));
    }
}

/// The key of a field, where its name is a word of the language.
pub(crate) fn key(field: &'static str) -> &'static str {
    field.strip_prefix("r#").unwrap_or(field)
}

/// A key or word as a fault may show it: short.
pub(crate) fn shown(text: &str) -> String {
    text.chars().filter(|letter| !letter.is_control()).take(60).collect()
}

impl<T: Shape> Slot for Option<T> {
    fn of_field(value: Option<&Value>, at: &mut Reading) -> Self {
        value.filter(|value| !value.is_null()).and_then(|value| T::read(value, at))
    }
    fn is_absent(&self) -> bool {
        self.is_none()
    }
}

impl<T: Shape> Slot for Vec<T> {
    fn of_field(value: Option<&Value>, at: &mut Reading) -> Self {
        value.filter(|value| !value.is_null()).map(|value| entries(value, at)).unwrap_or_default()
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Shape + Ord> Slot for Set<T> {
    fn of_field(value: Option<&Value>, at: &mut Reading) -> Self {
        Vec::<T>::of_field(value, at).into_iter().collect()
    }
    fn is_absent(&self) -> bool {
        self.is_empty()
    }
}

impl<T: Shape + Ord> Shape for Set<T> {
    fn read(value: &Value, at: &mut Reading) -> Option<Self> {
        if !value.is_array() {
            at.wrong_sort("a list of words", value);
            return None;
        }
        Some(entries(value, at).into_iter().collect())
    }
}

fn entries<T: Shape>(value: &Value, at: &mut Reading) -> Vec<T> {
    let Some(list) = value.as_array() else {
        at.wrong_sort("a list", value);
        return Vec::new();
    };
    if list.len() > BODY_LIST_ENTRIES_MAX {
        at.fault(format!("{} entries, at most {BODY_LIST_ENTRIES_MAX} are accepted", list.len()));
        return Vec::new();
    }
    let read = |(index, entry): (usize, &Value)| at.at_entry(index, |at| T::read(entry, at));
    list.iter().enumerate().filter_map(read).collect()
}

impl Shape for String {
    fn read(value: &Value, at: &mut Reading) -> Option<Self> {
        at.text(value).map(str::to_owned)
    }
}

/// Whole numbers by their range.
macro_rules! shape_of_numbers {
    ($($name:ident),+) => { $(
        impl $crate::body::shape::Shape for $name {
            fn read(value: &serde_json::Value, at: &mut $crate::body::shape::Reading) -> Option<Self> {
                let number = value.as_i64().and_then(|number| Self::try_from(number).ok());
                if number.is_none() {
                    at.fault(format!("expected a whole number from {} to {}", $name::MIN, $name::MAX));
                }
                number
            }
        }
    )+ };
}
shape_of_numbers!(u16, u32, i16);

/// Forms whose text form is all of them: words of a vocabulary, codes, dates.
macro_rules! shape_of_texts {
    ($($name:ty),+ $(,)?) => { $(
        impl $crate::body::shape::Shape for $name {
            fn read(value: &serde_json::Value, at: &mut $crate::body::shape::Reading) -> Option<Self> {
                let text = at.text(value)?;
                text.parse::<$name>().map_err(|fault| at.fault(fault.to_string())).ok()
            }
        }
    )+ };
}

/// Words that have a meaning where they are left out.
macro_rules! slot_of_defaults {
    ($($name:ty),+ $(,)?) => { $(
        impl $crate::body::shape::Slot for $name {
            fn of_field(value: Option<&serde_json::Value>, at: &mut $crate::body::shape::Reading) -> Self {
                Option::<$name>::of_field(value, at).unwrap_or_default()
            }
            fn is_absent(&self) -> bool {
                *self == Self::default()
            }
        }
    )+ };
}

/// Reads the named fields of a struct whose every field is a [`Slot`].
macro_rules! fields {
    ($unknown:ident $name:ident { $($field:ident),+ $(,)? }) => {
        impl $name {
            fn read_fields(value: &serde_json::Value, at: &mut $crate::body::shape::Reading) -> Option<Self> {
                let object = at.object(value)?;
                let known = [$($crate::body::shape::key(stringify!($field))),+];
                at.unknown_fields(object, &known, $crate::body::shape::UnknownFields::$unknown);
                Some(Self { $($field: at.field(object, $crate::body::shape::key(stringify!($field)))),+ })
            }
        }
    };
}

/// Structs whose form is a table of their fields and nothing else.
macro_rules! shape_of_fields {
    ($name:ident) => {
        impl $crate::body::shape::Shape for $name {
            fn read(value: &serde_json::Value, at: &mut $crate::body::shape::Reading) -> Option<Self> {
                Self::read_fields(value, at)
            }
        }
    };
}

/// Declares a form of a section body whose reading says more than its fields do.
macro_rules! form_with_own_shape {
    ($(#[$doc:meta])* $name:ident { $( $(#[$field_doc:meta])* $field:ident : $type:ty ),+ $(,)? }) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, PartialEq, serde::Serialize)]
        pub struct $name {
            $(
                $(#[$field_doc])*
                #[serde(skip_serializing_if = "crate::body::shape::Slot::is_absent")]
                pub $field: $type
            ),+
        }
        $crate::body::shape::fields!(Kept $name { $($field),+ });
    };
}

/// Declares a form of a section body: every field may be absent, fields of no known meaning are kept in the bytes.
macro_rules! form {
    ($(#[$doc:meta])* $name:ident { $($rest:tt)+ }) => {
        $crate::body::shape::form_with_own_shape! { $(#[$doc])* $name { $($rest)+ } }
        $crate::body::shape::shape_of_fields!($name);

        impl $name {
            /// Reads what a holder has of it, passing over what it does not understand.
            pub fn of(body: &serde_json::Value) -> Option<Self> {
                $crate::body::shape::Shape::read(body, &mut Default::default())
            }
        }
    };
}

pub(crate) use {fields, form, form_with_own_shape, shape_of_fields, shape_of_texts, slot_of_defaults};

shape_of_texts!(
    crate::Addressee,
    crate::Caveat,
    crate::Classification,
    crate::Country,
    crate::Date,
    crate::Handling,
    crate::Kind,
    crate::Lineage,
    crate::Minors,
    crate::ObtainedBy,
    crate::Offence,
    crate::Onward,
    crate::Penalty,
    crate::Precedence,
    crate::Purpose,
    crate::RecordId,
    crate::Sensitive,
    crate::Status,
    crate::UnitName,
);
