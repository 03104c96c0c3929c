//! Whether the person of a notice was a minor, as far as the notice lets one tell.

use chancery_record::{Date, Minors};

use crate::fields::year_of;

/// Article 1 of the Convention on the Rights of the Child.
const AGE_OF_MAJORITY: i16 = 18;

/// The answer on minors, with the last year of minority where the answer is not `no`.
pub(super) fn minors(birth: Option<&str>, event: Option<&str>) -> (Minors, Option<u16>) {
    let Some(birth) = birth else { return (Minors::Unknown, None) };
    let until = year_of(birth).and_then(|year| u16::try_from(year.checked_add(AGE_OF_MAJORITY)?).ok());
    match (span(birth), event.and_then(span)) {
        (Some((_, latest_birth)), Some((event, _))) if latest_birth.plus_years(AGE_OF_MAJORITY) <= event => {
            (Minors::No, None)
        }
        (Some((earliest_birth, _)), Some((_, event))) if earliest_birth.plus_years(AGE_OF_MAJORITY) > event => {
            (Minors::Yes, until)
        }
        _ => (Minors::Unknown, until),
    }
}

/// The first and the last day that a partial date allows.
fn span(date: &str) -> Option<(Date, Date)> {
    let first = |text: String| text.parse::<Date>().ok();
    match date.len() {
        4 => Some((first(format!("{date}-01-01"))?, first(format!("{date}-12-31"))?)),
        7 => {
            let begin = first(format!("{date}-01"))?;
            // Three days past the 28th is in the same month or the next, whose first days make nobody older.
            Some((begin, begin.plus_days(30)))
        }
        _ => first(date.to_owned()).map(|day| (day, day)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_sure() {
        assert_eq!(minors(None, Some("2020-01-01")), (Minors::Unknown, None));
        assert_eq!(minors(Some("2010-05-01"), None), (Minors::Unknown, Some(2028)));
        assert_eq!(minors(Some("2010-05-01"), Some("2020-01-01")), (Minors::Yes, Some(2028)));
        assert_eq!(minors(Some("2002-01-01"), Some("2020-01-01")), (Minors::No, None));
        assert_eq!(minors(Some("2002-01-02"), Some("2020-01-01")), (Minors::Yes, Some(2020)));
        assert_eq!(minors(Some("2002"), Some("2020-06-01")), (Minors::Unknown, Some(2020)));
        assert_eq!(minors(Some("2002"), Some("2021")), (Minors::No, None), "the last of them came of age in 2020");
        assert_eq!(minors(Some("2002-05"), Some("2020-06-01")), (Minors::No, None));
        assert_eq!(minors(Some("2002-02"), Some("2020-02")), (Minors::Unknown, Some(2020)));
    }
}
