//! What a person is wanted for, accused of or was convicted of.

use std::fmt;
use std::str::FromStr;

use serde::{Serialize, Serializer};

use super::dates::PartialDate;
use super::shape::{form, shape_of_texts};
use crate::words::words;
use crate::{Country, Penalty, Status};

words! {
    /// Why a person is to be detained.
    WantedFor, "reason to detain":
    Prosecution = 0 "prosecution",
    Sentence = 1 "sentence",
}
shape_of_texts!(WantedFor, Term);

form! {
    /// The section `judicial`.
    Judicial {
        /// Whether the person is wanted for prosecution or to serve a sentence.
        wanted_for: Option<WantedFor>,
        /// What the subject is in the proceedings.
        subject_status: Option<Status>,
        /// Warrants of arrest.
        warrants: Vec<Warrant>,
        /// Charges.
        charges: Vec<String>,
        /// The provisions of law that the charges stand on.
        laws: Vec<String>,
        /// The heaviest penalty that the law threatens.
        max_penalty: Option<Term>,
        /// The sentence imposed.
        sentence_imposed: Option<Term>,
        /// What remains of it.
        sentence_remaining: Option<Term>,
        /// What happened.
        facts: Vec<Facts>,
        /// Convictions.
        convictions: Vec<Conviction>,
        /// Why a warning is given without a conviction.
        grounds: Option<String>,
        /// What the country assures about extradition.
        extradition_assurance: Option<String>,
        /// When the prosecution or sentence lapses.
        limitation_date: Option<PartialDate>,
        /// The offence in words, where there are no charges.
        offence: Option<String>,
        /// The number of the case.
        case_reference: Option<String>,
        /// The authority that conducts the proceedings.
        authority: Option<String>,
        /// In words.
        text: Option<String>,
    }
}

form! {
    /// A warrant of arrest.
    Warrant {
        /// Its number.
        reference: Option<String>,
        /// Who issued it.
        issuing_country: Option<Country>,
        /// The court or prosecutor.
        issuing_authority: Option<String>,
        /// When.
        date: Option<PartialDate>,
        /// The day it ends, where it does.
        valid_until: Option<PartialDate>,
        /// The charge, as the warrant puts it.
        charge: Option<String>,
        /// The charge in another language.
        charge_translation: Option<String>,
    }
}

form! {
    /// What happened, when and where.
    Facts {
        /// What.
        what: Option<String>,
        /// When, or when it began.
        when: Option<PartialDate>,
        /// When it ended, where it lasted.
        until: Option<PartialDate>,
        /// Where.
        r#where: Option<String>,
        /// The country it happened in.
        country: Option<Country>,
    }
}

form! {
    /// A conviction.
    Conviction {
        /// For what.
        offence: Option<String>,
        /// When.
        date: Option<PartialDate>,
        /// By which court.
        court: Option<String>,
        /// In which country.
        country: Option<Country>,
        /// To what.
        sentence: Option<Term>,
    }
}

/// A penalty: `life`, `death`, or a time as in `2 years 6 months`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Term {
    /// So many months.
    Months(u32),
    /// For life.
    Life,
    /// Death.
    Death,
}

/// A text that is no penalty.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no penalty; write it as in `2 years 6 months`, `18 months`, `life` or `death`")]
pub struct TermFault(String);

impl Term {
    /// Whether it is at least so long.
    pub fn is_at_least_months(self, months: u32) -> bool {
        self >= Self::Months(months)
    }

    /// The band that the tags state for it.
    pub fn band(self) -> Penalty {
        match self {
            Self::Months(0) => Penalty::None,
            Self::Months(1..12) => Penalty::UnderOneYear,
            Self::Months(12..24) => Penalty::OneToTwo,
            Self::Months(24..36) => Penalty::TwoToThree,
            Self::Months(_) => Penalty::ThreeAndMore,
            Self::Life => Penalty::Life,
            Self::Death => Penalty::Death,
        }
    }
}

impl fmt::Display for Term {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let count = |number: u32, one: &str| format!("{number} {one}{}", if number == 1 { "" } else { "s" });
        match self {
            Self::Life => out.write_str("life"),
            Self::Death => out.write_str("death"),
            Self::Months(months) => match (months / 12, months % 12) {
                (years, 0) if years > 0 => out.write_str(&count(years, "year")),
                (0, months) => out.write_str(&count(months, "month")),
                (years, months) => write!(out, "{} {}", count(years, "year"), count(months, "month")),
            },
        }
    }
}

impl FromStr for Term {
    type Err = TermFault;
    fn from_str(text: &str) -> Result<Self, TermFault> {
        match text {
            "life" => Ok(Self::Life),
            "death" => Ok(Self::Death),
            _ => months_of(text).map(Self::Months).ok_or_else(|| TermFault(text.chars().take(40).collect())),
        }
    }
}

/// Years before months, each at most once.
fn months_of(text: &str) -> Option<u32> {
    let mut words = text.split_ascii_whitespace().peekable();
    let mut months = 0u32;
    let mut units: &[(&str, &str, u32)] = &[("year", "years", 12), ("month", "months", 1)];
    words.peek()?;
    while let Some(number) = words.next() {
        let number: u32 = number.parse().ok().filter(|number| *number <= TERM_NUMBER_MAX)?;
        let unit = words.next()?;
        let at = units.iter().position(|(one, many, _)| unit == *one || unit == *many)?;
        let (_, _, factor) = units.get(at)?;
        months = months.checked_add(number.checked_mul(*factor)?)?;
        units = units.get(at + 1..)?;
    }
    Some(months)
}

impl Serialize for Term {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

/// Some laws add sentences up to centuries; more is a slip of the pen.
const TERM_NUMBER_MAX: u32 = 100_000;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn penalties_read_and_print_alike() {
        for (text, months, band) in [
            ("2 years 6 months", 30, Penalty::TwoToThree),
            ("1 year", 12, Penalty::OneToTwo),
            ("6 months", 6, Penalty::UnderOneYear),
            ("1 month", 1, Penalty::UnderOneYear),
            ("2 years", 24, Penalty::TwoToThree),
            ("15 years", 180, Penalty::ThreeAndMore),
            ("0 months", 0, Penalty::None),
        ] {
            let term: Term = text.parse().unwrap();
            assert_eq!((term, term.band()), (Term::Months(months), band));
            assert_eq!(term.to_string(), text);
        }
        assert!("life".parse::<Term>().unwrap().is_at_least_months(24));
        assert_eq!("18 months".parse::<Term>().unwrap().to_string(), "1 year 6 months");
        for bad in ["", "2", "years", "two years", "6 months 2 years", "1 year 1 year", "-1 years", "4294967295 years"]
        {
            assert!(bad.parse::<Term>().is_err(), "{bad}");
        }
    }
}
