//! Dates of birth of every type that the list knows.

use chancery_record::Date;
use serde_json::Value;

use crate::fields::{Fields, partial_date, year_of};
use crate::xml::{Element, add};

/// What an entry says of its subject's birth.
#[derive(Default)]
pub(super) struct Birth {
    /// The dates in the form of records.
    pub(super) dates: Vec<Value>,
    /// Those that no date could be made of, as they were written.
    pub(super) unreadable: serde_json::Map<String, Value>,
    /// The latest year that any of them allows; absent where one is unreadable or there is none.
    latest_year: Option<i16>,
}

impl Birth {
    /// Takes every date of birth out of an entry.
    pub(super) fn take(entry: &mut Element) -> Self {
        let mut birth = Self::default();
        let mut years = Vec::new();
        for element in entry.take_all(ELEMENT) {
            if element.clone().into_rest().is_empty() {
                continue;
            }
            match written(&element) {
                Some((date, latest)) => {
                    birth.dates.push(date);
                    years.push(Some(latest));
                }
                None => {
                    add(&mut birth.unreadable, ELEMENT.to_owned(), Value::Object(element.into_rest()));
                    years.push(None);
                }
            }
        }
        let all: Option<Vec<i16>> = years.into_iter().collect();
        birth.latest_year = all.and_then(|years| years.into_iter().max());
        birth
    }

    /// Whether the subject was of age on a day, whichever of the dates is true.
    pub(super) fn is_adult_on(&self, day: Option<Date>) -> Option<bool> {
        let born = self.latest_year?;
        // Counted from the last day of the year, which makes nobody older than they are.
        let of_age = Date::from_ymd(born, 12, 31)?.plus_years(AGE_OF_MAJORITY);
        Some(of_age <= day?)
    }

    /// The last year in which the subject is a minor, rounded up.
    pub(super) fn minor_until(&self) -> Option<u16> {
        u16::try_from(self.latest_year?.checked_add(AGE_OF_MAJORITY)?).ok()
    }
}

/// One date in the form of records, with the latest year it allows.
fn written(element: &Element) -> Option<(Value, i16)> {
    let mut element = element.clone();
    let certainty = element.take_text("TYPE_OF_DATE");
    let stated = element.take_text("DATE").or_else(|| element.take_text("YEAR"));
    let note = element.take_text("NOTE");
    let (from_year, to_year) = (element.take_text("FROM_YEAR"), element.take_text("TO_YEAR"));
    let rest = element.into_rest();
    let mut fields = Fields::default();
    let latest = match (certainty.as_deref(), from_year, to_year) {
        (Some("BETWEEN"), Some(from), Some(to)) if stated.is_none() => {
            let (from, to) = (year_of(&partial_date(&from)?)?, year_of(&partial_date(&to)?)?);
            if from > to {
                return None;
            }
            fields.put("certainty", Some("between"));
            fields.put("from_year", Some(from));
            fields.put("to_year", Some(to));
            to
        }
        (Some(certainty @ ("EXACT" | "APPROXIMATELY")), None, None) => {
            let date = match &stated {
                Some(stated) => partial_date(stated)?,
                None => month_of(note.as_deref()?)?,
            };
            let year = year_of(&date)?;
            if certainty == "EXACT" && note.is_none() && rest.is_empty() {
                return Some((Value::String(date), year));
            }
            fields.put("certainty", Some(certainty.to_ascii_lowercase()));
            fields.put("date", Some(date));
            if certainty == "EXACT" { year } else { year.saturating_add(APPROXIMATE_YEARS) }
        }
        _ => return None,
    };
    fields.put("note", note);
    fields.put_rest(rest);
    Some((fields.into(), latest))
}

/// A month of a year in words, as in `Oct. 1968`.
fn month_of(note: &str) -> Option<String> {
    let (month, year) = note.trim().split_once(' ')?;
    let month = month.trim_end_matches('.').to_ascii_lowercase();
    let number = MONTHS.iter().position(|name| month.len() >= 3 && name.starts_with(&month))? + 1;
    partial_date(&format!("{}-{number:02}", year.trim()))
}

const ELEMENT: &str = "INDIVIDUAL_DATE_OF_BIRTH";
const MONTHS: [&str; 12] = [
    "january",
    "february",
    "march",
    "april",
    "may",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
];
/// Article 1 of the Convention on the Rights of the Child.
const AGE_OF_MAJORITY: i16 = 18;
/// How far off an approximate year may be, on the side that makes the subject younger: wider than what a search allows,
/// because the answer widens what may be released.
const APPROXIMATE_YEARS: i16 = 5;

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn check(parts: &[(&str, &str)], date: Option<Value>, latest_year: Option<i16>) {
        let leaf = |name: &str, text: &str| Element { name: name.into(), text: text.into(), ..Element::default() };
        let children = parts.iter().map(|(name, text)| leaf(name, text)).collect();
        let element = Element { name: ELEMENT.into(), children, ..Element::default() };
        let mut entry = Element { children: vec![element], ..Element::default() };
        let birth = Birth::take(&mut entry);
        assert_eq!(birth.dates, date.into_iter().collect::<Vec<_>>(), "{parts:?}");
        assert_eq!(birth.latest_year, latest_year, "{parts:?}");
        assert!(entry.children.is_empty());
    }

    #[test]
    fn every_type_of_date() {
        check(&[("TYPE_OF_DATE", "EXACT"), ("DATE", "1971-03-14")], Some(json!("1971-03-14")), Some(1971));
        check(&[("TYPE_OF_DATE", "EXACT"), ("YEAR", "1971")], Some(json!("1971")), Some(1971));
        check(
            &[("TYPE_OF_DATE", "EXACT"), ("DATE", "1971-03-14"), ("NOTE", "from a paper")],
            Some(json!({"certainty": "exact", "date": "1971-03-14", "note": "from a paper"})),
            Some(1971),
        );
        check(
            &[("TYPE_OF_DATE", "EXACT"), ("NOTE", "Oct. 1968 ")],
            Some(json!({"certainty": "exact", "date": "1968-10", "note": "Oct. 1968"})),
            Some(1968),
        );
        check(
            &[("TYPE_OF_DATE", "APPROXIMATELY"), ("YEAR", "1971")],
            Some(json!({"certainty": "approximately", "date": "1971"})),
            Some(1976),
        );
        check(
            &[("TYPE_OF_DATE", "BETWEEN"), ("FROM_YEAR", "1968"), ("TO_YEAR", "1973"), ("NOTE", "Approximately")],
            Some(json!({"certainty": "between", "from_year": 1968, "to_year": 1973, "note": "Approximately"})),
            Some(1973),
        );
        check(&[("TYPE_OF_DATE", "")], None, None);
        for unreadable in [
            &[("TYPE_OF_DATE", "EXACT"), ("NOTE", "11/02/1399 (Hijri Calendar)")],
            &[("TYPE_OF_DATE", "EXACT"), ("DATE", "1971-02-30")],
            &[("TYPE_OF_DATE", "ABOUT"), ("YEAR", "1971")],
        ] {
            check(unreadable, None, None);
        }
        check(&[("TYPE_OF_DATE", "BETWEEN"), ("FROM_YEAR", "1973"), ("TO_YEAR", "1968")], None, None);
    }

    #[test]
    fn of_age_whichever_date_is_true() {
        let birth = Birth { latest_year: Some(1990), ..Birth::default() };
        assert_eq!(birth.is_adult_on("2008-12-30".parse().ok()), Some(false));
        assert_eq!(birth.is_adult_on("2008-12-31".parse().ok()), Some(true));
        assert_eq!(birth.is_adult_on(None), None);
        assert_eq!(birth.minor_until(), Some(2008));
        assert_eq!(Birth::default().is_adult_on("2008-12-31".parse().ok()), None);
    }
}
