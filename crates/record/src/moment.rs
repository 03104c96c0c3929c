//! Dates and instants as they stand in records: parameters, never read from a clock.

use std::fmt;
use std::str::FromStr;

use bincode::{Decode, Encode};
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use thiserror::Error;

/// Milliseconds in a day.
pub const DAY_MS: u64 = 86_400_000;

/// An instant of the wall clock, in milliseconds since 1970-01-01T00:00:00Z.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct Instant(pub u64);

/// Now, as both clocks of a machine see it: the wall may jump, the monotonic one may not.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub struct Moment {
    /// The wall clock.
    pub wall: Instant,
    /// Milliseconds since an arbitrary start, never going back.
    pub monotonic_ms: u64,
}

/// A calendar day (UTC), counted from 1970-01-01.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Debug, Encode, Decode)]
pub struct Date(i32);

/// A text that is no calendar day or instant.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum DateFault {
    /// Not `YYYY-MM-DD`.
    #[error("`{0}` is not a date of the form YYYY-MM-DD")]
    Date(String),
    /// Not an RFC 3339 instant.
    #[error("`{0}` is not an instant of the form YYYY-MM-DDTHH:MM:SSZ")]
    Instant(String),
}

impl Instant {
    /// The day this instant falls on.
    pub fn date(self) -> Date {
        Date(i32::try_from(self.0 / DAY_MS).unwrap_or(i32::MAX))
    }
}

impl Date {
    /// The day of a civil date, if there is such a day.
    pub fn from_ymd(year: i16, month: i8, day: i8) -> Option<Self> {
        let civil = jiff::civil::Date::new(year, month, day).ok()?;
        Some(Self(days_of(civil)))
    }

    /// Days since 1970-01-01.
    pub fn days(self) -> i32 {
        self.0
    }

    /// The day that many days after 1970-01-01.
    pub fn from_days(days: i32) -> Self {
        Self(days)
    }

    /// The day `days` later (or earlier), saturating.
    pub fn plus_days(self, days: i32) -> Self {
        Self(self.0.saturating_add(days))
    }

    /// The day `years` later; 29 February becomes the 28th where it must.
    pub fn plus_years(self, years: i16) -> Self {
        self.civil()
            .and_then(|civil| civil.checked_add(jiff::Span::new().try_years(years).ok()?).ok())
            .map_or(Self(i32::MAX), |civil| Self(days_of(civil)))
    }

    /// The calendar year, if it lies within years 1 to 9999.
    pub fn year(self) -> Option<i16> {
        self.civil().map(jiff::civil::Date::year)
    }

    /// The first instant of the day.
    pub fn start(self) -> Instant {
        Instant(u64::try_from(self.0).unwrap_or(0).saturating_mul(DAY_MS))
    }

    fn civil(self) -> Option<jiff::civil::Date> {
        epoch().checked_add(jiff::Span::new().try_days(self.0).ok()?).ok()
    }
}

fn epoch() -> jiff::civil::Date {
    jiff::civil::Date::constant(1970, 1, 1)
}

fn days_of(civil: jiff::civil::Date) -> i32 {
    epoch().until(civil).map(|span| span.get_days()).unwrap_or(i32::MAX)
}

impl fmt::Display for Date {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.civil() {
            Some(civil) => write!(out, "{civil}"),
            None => write!(out, "day {}", self.0),
        }
    }
}

impl FromStr for Date {
    type Err = DateFault;
    fn from_str(text: &str) -> Result<Self, DateFault> {
        let fault = || DateFault::Date(text.chars().take(40).collect());
        let well_formed = text.len() == 10
            && text.bytes().enumerate().all(|(at, byte)| match at {
                4 | 7 => byte == b'-',
                _ => byte.is_ascii_digit(),
            });
        if !well_formed {
            return Err(fault());
        }
        text.parse::<jiff::civil::Date>().map(|civil| Self(days_of(civil))).map_err(|_| fault())
    }
}

impl fmt::Display for Instant {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match i64::try_from(self.0).ok().and_then(|ms| jiff::Timestamp::from_millisecond(ms).ok()) {
            Some(instant) => write!(out, "{instant}"),
            None => write!(out, "instant {}", self.0),
        }
    }
}

impl FromStr for Instant {
    type Err = DateFault;
    fn from_str(text: &str) -> Result<Self, DateFault> {
        let fault = || DateFault::Instant(text.chars().take(40).collect());
        let instant: jiff::Timestamp = text.parse().map_err(|_| fault())?;
        u64::try_from(instant.as_millisecond()).map(Self).map_err(|_| fault())
    }
}

macro_rules! text_form {
    ($name:ident) => {
        impl Serialize for $name {
            fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }
        impl<'de> Deserialize<'de> for $name {
            fn deserialize<D: Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                String::deserialize(input)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
text_form!(Date);
text_form!(Instant);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_read_and_print_alike() {
        for text in ["1970-01-01", "2026-11-21", "2000-02-29", "1900-03-01"] {
            assert_eq!(text.parse::<Date>().unwrap().to_string(), text);
        }
        for bad in ["2026-02-30", "26-01-01", "2026/01/01", "", "2026-1-1", "2026-01-01T00:00"] {
            assert!(bad.parse::<Date>().is_err(), "{bad}");
        }
        let leap: Date = "2024-02-29".parse().unwrap();
        assert_eq!(leap.plus_years(1).to_string(), "2025-02-28");
        assert_eq!(Instant(DAY_MS * 3 + 5).date(), Date::from_days(3));
        assert_eq!("2026-11-21T10:00:00Z".parse::<Instant>().unwrap().to_string(), "2026-11-21T10:00:00Z");
    }
}
