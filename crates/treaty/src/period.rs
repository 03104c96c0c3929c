//! Spans of time as treaties write them.

use std::fmt;

use chancery_record::Date;
use thiserror::Error;

use crate::limits::PERIOD_DAYS_MAX;

/// A span of whole hours, days or years.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Period {
    count: u16,
    unit: PeriodUnit,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum PeriodUnit {
    Hours,
    Days,
    Years,
}

/// A text that is no period.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
#[error("`{0}` is no period (a number with its unit, as in `8 hours`, `180 days` or `5 years`, at most 100 years)")]
pub struct PeriodFault(String);

impl Period {
    /// Reads `8 hours`, `180 days`, `1 year`.
    pub fn parse(text: &str) -> Result<Self, PeriodFault> {
        let fault = || PeriodFault(text.chars().take(40).collect());
        let (count, unit) = text.split_once(' ').ok_or_else(fault)?;
        if count.is_empty() || !count.bytes().all(|byte| byte.is_ascii_digit()) {
            return Err(fault());
        }
        let count: u16 = count.parse().map_err(|_| fault())?;
        let unit = match (unit, count) {
            ("hour", 1) | ("hours", 2..) => PeriodUnit::Hours,
            ("day", 1) | ("days", 2..) => PeriodUnit::Days,
            ("year", 1) | ("years", 2..) => PeriodUnit::Years,
            _ => return Err(fault()),
        };
        let period = Self { count, unit };
        if period.days_at_most() > PERIOD_DAYS_MAX { Err(fault()) } else { Ok(period) }
    }

    /// Whether it counts in hours, which no date of a record is fine enough for.
    pub fn is_hours(self) -> bool {
        self.unit == PeriodUnit::Hours
    }

    /// The day on which the period is over that began on `start`.
    pub fn after(self, start: Date) -> Date {
        match self.unit {
            PeriodUnit::Hours => start.plus_days(i32::from(self.count.div_ceil(24))),
            PeriodUnit::Days => start.plus_days(i32::from(self.count)),
            PeriodUnit::Years => start.plus_years(i16::try_from(self.count).unwrap_or(i16::MAX)),
        }
    }

    /// Its length for comparing periods, in days, a year at its longest.
    pub fn days_at_most(self) -> u32 {
        let count = u32::from(self.count);
        match self.unit {
            PeriodUnit::Hours => count.div_ceil(24),
            PeriodUnit::Days => count,
            PeriodUnit::Years => (count * 1461).div_ceil(4),
        }
    }
}

impl fmt::Display for Period {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = match self.unit {
            PeriodUnit::Hours => "hour",
            PeriodUnit::Days => "day",
            PeriodUnit::Years => "year",
        };
        write!(out, "{} {unit}{}", self.count, if self.count == 1 { "" } else { "s" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_periods() {
        for good in ["1 day", "180 days", "5 years", "8 hours", "1 year", "100 years"] {
            assert_eq!(Period::parse(good).unwrap().to_string(), good);
        }
        for bad in
            ["", "5", "years", "5years", "0 days", "1 days", "2 day", "6 months", "+5 years", "101 years", "-1 day"]
        {
            assert!(Period::parse(bad).is_err(), "{bad}");
        }
        let start: Date = "2024-02-29".parse().unwrap();
        assert_eq!(Period::parse("1 year").unwrap().after(start).to_string(), "2025-02-28");
        assert_eq!(Period::parse("36 hours").unwrap().after(start).to_string(), "2024-03-02");
        assert_eq!(Period::parse("1 day").unwrap().after(start).to_string(), "2024-03-01");
    }
}
