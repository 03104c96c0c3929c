//! Which periods differ.

use super::super::message::PeriodMark;
use super::ComparedFault;
use crate::Period;
use crate::limits::PERIODS_PER_SET_MAX;

/// A period that differs, with how many items each end has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Differing {
    pub period: Period,
    pub own: u32,
    pub theirs: u32,
}

/// The periods whose marks differ. The peer's count from `floor` on, which is not before ours.
pub(crate) fn differing(
    own: &[PeriodMark],
    own_floor: Period,
    floor: Period,
    theirs: &[PeriodMark],
) -> Result<Vec<Differing>, ComparedFault> {
    let is_in_order = theirs.windows(2).all(|pair| pair.first().map(period) < pair.last().map(period));
    let is_within = theirs.iter().all(|mark| mark.period >= floor && mark.count > 0);
    if floor < own_floor || !is_in_order || !is_within || theirs.len() > PERIODS_PER_SET_MAX {
        return Err(ComparedFault::Periods);
    }
    let mut periods: Vec<Period> = own.iter().chain(theirs).map(period).collect();
    periods.sort_unstable();
    periods.dedup();
    let both = periods.into_iter().map(|period| (period, at(own, period), at(theirs, period)));
    let differing = both.filter(|(_, own, theirs)| own != theirs).map(|(period, own, theirs)| {
        let count = |mark: Option<PeriodMark>| mark.map_or(0, |mark| mark.count);
        Differing { period, own: count(own), theirs: count(theirs) }
    });
    let differing: Vec<Differing> = differing.collect();
    // Roots of the same floor that differ cannot come from the same periods.
    if differing.is_empty() && floor == own_floor { Err(ComparedFault::Contradiction) } else { Ok(differing) }
}

fn at(marks: &[PeriodMark], wanted: Period) -> Option<PeriodMark> {
    let at = marks.binary_search_by_key(&wanted, period).ok()?;
    marks.get(at).copied()
}

fn period(mark: &PeriodMark) -> Period {
    mark.period
}
