//! Dates as they are known of people: whole, in part, roughly, or between two years.

use std::fmt;
use std::ops::RangeInclusive;
use std::str::FromStr;

use serde::{Serialize, Serializer};
use serde_json::Value;

use super::shape::{Reading, Shape, form_with_own_shape, shape_of_texts};
use crate::Date;
use crate::words::words;

/// A year, a month of a year, or a day: `1971`, `1971-03`, `1971-03-14`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PartialDate {
    year: i16,
    month: Option<i8>,
    day: Option<i8>,
}

/// A text that is no date, not even in part.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no date of the form YYYY-MM-DD, YYYY-MM or YYYY")]
pub struct PartialDateFault(String);

/// A date of birth as it is known.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum BirthDate {
    /// This date, as far as it is stated.
    Exact(PartialDate),
    /// About this date.
    Approximately(PartialDate),
    /// In one of these years.
    Between {
        /// The first of them.
        from_year: i16,
        /// The last of them.
        to_year: i16,
    },
}

words! {
    /// How surely a date of birth is known, in the words of the United Nations list.
    Certainty, "certainty of a date":
    Exact = 0 "exact",
    Approximately = 1 "approximately",
    Between = 2 "between",
}
shape_of_texts!(PartialDate, Certainty);

form_with_own_shape! {
    /// The long form of a date of birth.
    WrittenBirthDate {
        /// How surely it is known; `exact` where absent.
        certainty: Option<Certainty>,
        /// The date, as far as it is known.
        date: Option<PartialDate>,
        /// First possible year.
        from_year: Option<i16>,
        /// Last possible year.
        to_year: Option<i16>,
        /// What the source adds.
        note: Option<String>,
    }
}

impl PartialDate {
    /// The date of these parts, if the calendar has it.
    pub fn new(year: i16, month: Option<i8>, day: Option<i8>) -> Option<Self> {
        let exists = YEARS.contains(&year)
            && (month.is_some() || day.is_none())
            && Date::from_ymd(year, month.unwrap_or(1), day.unwrap_or(1)).is_some();
        exists.then_some(Self { year, month, day })
    }

    /// The year.
    pub fn year(self) -> i16 {
        self.year
    }

    /// The month, where known.
    pub fn month(self) -> Option<i8> {
        self.month
    }

    /// The day, where known.
    pub fn day(self) -> Option<i8> {
        self.day
    }
}

impl BirthDate {
    /// The years it may lie in; an approximate date reaches two years to either side.
    pub fn years(self) -> RangeInclusive<i16> {
        match self {
            Self::Exact(date) => date.year..=date.year,
            Self::Approximately(date) => date.year - APPROXIMATE_YEARS..=date.year + APPROXIMATE_YEARS,
            Self::Between { from_year, to_year } => from_year..=to_year,
        }
    }

    /// The whole day, where it is known exactly.
    pub fn day(self) -> Option<Date> {
        match self {
            Self::Exact(PartialDate { year, month: Some(month), day: Some(day) }) => Date::from_ymd(year, month, day),
            _ => None,
        }
    }
}

impl fmt::Display for PartialDate {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{:04}", self.year)?;
        if let Some(month) = self.month {
            write!(out, "-{month:02}")?;
        }
        if let Some(day) = self.day {
            write!(out, "-{day:02}")?;
        }
        Ok(())
    }
}

impl FromStr for PartialDate {
    type Err = PartialDateFault;
    /// Slashes, which the public notices write, are read like hyphens.
    fn from_str(text: &str) -> Result<Self, PartialDateFault> {
        let fault = || PartialDateFault(text.chars().take(20).collect());
        let well_formed = text.bytes().enumerate().all(|(at, byte)| match at {
            4 | 7 => byte == b'-' || byte == b'/',
            _ => byte.is_ascii_digit(),
        });
        if !well_formed || !matches!(text.len(), 4 | 7 | 10) {
            return Err(fault());
        }
        let mut parts = text.split(['-', '/']);
        let year = parts.next().and_then(|year| year.parse().ok()).ok_or_else(fault)?;
        let month = parts.next().and_then(|month| month.parse().ok());
        let day = parts.next().and_then(|day| day.parse().ok());
        Self::new(year, month, day).ok_or_else(fault)
    }
}

impl Serialize for PartialDate {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl Shape for BirthDate {
    /// A date known in full or in part is a text or a year; the forms of the United Nations list are tables.
    fn read(value: &Value, at: &mut Reading) -> Option<Self> {
        match value {
            Value::Number(_) => {
                let date = i16::read(value, at).map(|year| PartialDate::new(year, None, None))?;
                in_calendar(date, at).map(Self::Exact)
            }
            Value::Object(fields) => {
                let written = WrittenBirthDate::read_fields(value, at)?;
                // A certainty that is not understood is not certainty.
                let is_understood = written.certainty.is_some() || fields.get("certainty").is_none_or(Value::is_null);
                is_understood.then(|| written.meaning(at)).flatten()
            }
            _ => PartialDate::read(value, at).map(Self::Exact),
        }
    }
}

impl Serialize for BirthDate {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        match *self {
            Self::Exact(date) => date.serialize(out),
            Self::Approximately(date) => WrittenBirthDate {
                certainty: Some(Certainty::Approximately),
                date: Some(date),
                ..WrittenBirthDate::default()
            }
            .serialize(out),
            Self::Between { from_year, to_year } => WrittenBirthDate {
                certainty: Some(Certainty::Between),
                from_year: Some(from_year),
                to_year: Some(to_year),
                ..WrittenBirthDate::default()
            }
            .serialize(out),
        }
    }
}

impl WrittenBirthDate {
    fn meaning(self, at: &mut Reading) -> Option<BirthDate> {
        let meaning = match (self.certainty, self.date, self.from_year, self.to_year) {
            (None | Some(Certainty::Exact), Some(date), None, None) => Some(BirthDate::Exact(date)),
            (Some(Certainty::Approximately), Some(date), None, None) => Some(BirthDate::Approximately(date)),
            (Some(Certainty::Between), None, Some(from_year), Some(to_year))
                if from_year <= to_year && YEARS.contains(&from_year) && YEARS.contains(&to_year) =>
            {
                Some(BirthDate::Between { from_year, to_year })
            }
            _ => None,
        };
        if meaning.is_none() {
            at.fault(
                "give `date` where it is `exact` or `approximately` known, `from_year` and `to_year` where `between` two",
            );
        }
        meaning
    }
}

fn in_calendar(date: Option<PartialDate>, at: &mut Reading) -> Option<PartialDate> {
    if date.is_none() {
        at.fault(format!("a year from {} to {}", YEARS.start(), YEARS.end()));
    }
    date
}

/// Years in which something in a record can have happened.
const YEARS: RangeInclusive<i16> = 1500..=2200;
/// How far off an approximate year may be.
const APPROXIMATE_YEARS: i16 = 2;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(written: Value, expected: Option<BirthDate>) {
        let mut at = Reading::default();
        assert_eq!(BirthDate::read(&written, &mut at), expected, "{written}");
        assert_eq!(at.findings.faults.is_empty(), expected.is_some(), "{written}: {:?}", at.findings);
        if let Some(date) = expected {
            let again = serde_json::to_value(date).unwrap();
            assert_eq!(BirthDate::read(&again, &mut Reading::default()), expected, "{again}");
        }
    }

    fn date(text: &str) -> PartialDate {
        text.parse().unwrap()
    }

    #[test]
    fn every_form_of_a_date_of_birth() {
        check(json!("1971-03-14"), Some(BirthDate::Exact(date("1971-03-14"))));
        check(json!("1971/03/14"), Some(BirthDate::Exact(date("1971-03-14"))));
        check(json!("1971-03"), Some(BirthDate::Exact(date("1971-03"))));
        check(json!("1971"), Some(BirthDate::Exact(date("1971"))));
        check(json!(1971), Some(BirthDate::Exact(date("1971"))));
        check(json!({"date": "1971"}), Some(BirthDate::Exact(date("1971"))));
        check(
            json!({"certainty": "approximately", "date": "1971-03"}),
            Some(BirthDate::Approximately(date("1971-03"))),
        );
        check(
            json!({"certainty": "between", "from_year": 1968, "to_year": 1972}),
            Some(BirthDate::Between { from_year: 1968, to_year: 1972 }),
        );
        for bad in [
            json!("1971-02-30"),
            json!("71"),
            json!("14.03.1971"),
            json!("1971-3-1"),
            json!(71),
            json!(1971.5),
            json!(1_000_000),
            json!(["1971"]),
            json!({}),
            json!({"certainty": "between", "from_year": 1972, "to_year": 1968}),
            json!({"certainty": "between", "from_year": 1972}),
            json!({"certainty": "about", "date": "1971"}),
            json!({"date": "1971", "from_year": 1970}),
        ] {
            check(bad, None);
        }
    }

    #[test]
    fn the_years_it_may_lie_in() {
        assert_eq!(BirthDate::Exact(date("1971-03-14")).years(), 1971..=1971);
        assert_eq!(BirthDate::Approximately(date("1971")).years(), 1969..=1973);
        assert_eq!(BirthDate::Exact(date("1971-03-14")).day(), "1971-03-14".parse().ok());
        assert_eq!(BirthDate::Exact(date("1971-03")).day(), None);
    }
}
