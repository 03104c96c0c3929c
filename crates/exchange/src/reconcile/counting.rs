//! The tallies of a set by period: as they are kept, or made anew from every item.

use std::collections::VecDeque;
use std::ops::ControlFlow;

use chancery_record::encoding::{Domain, digest};

use super::lift::Lifter;
use super::message::{Mode, PeriodMark, Run};
use super::range::IdRange;
use super::scan::{Scan, Scanned};
use super::set::{Budget, ItemSet};
use crate::limits::PERIODS_PER_SET_MAX;
use crate::{Period, ReadFault, Tally};

/// Tallies on their way.
#[derive(Debug)]
pub(crate) struct Counting {
    floor: Period,
    waiting: Option<VecDeque<Period>>,
    current: Option<(Scan, Tally)>,
    done: Tallies,
}

/// The tallies of a set, in the order of the periods.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tallies(pub Vec<(Period, Tally)>);

impl Counting {
    pub fn new(floor: Period) -> Self {
        Self { floor, waiting: None, current: None, done: Tallies::default() }
    }

    /// Goes on; gives the tallies once all are there.
    pub fn step<S: ItemSet + ?Sized>(
        &mut self,
        set: &S,
        run: &Run,
        lifter: &Lifter,
        budget: &mut Budget,
    ) -> Result<Option<Tallies>, ReadFault> {
        if budget.is_spent() {
            return Ok(None);
        }
        let Some(waiting) = &mut self.waiting else {
            let kept = kept(set, self.floor)?;
            budget.spend(kept.0.len() as u64);
            if run.mode == Mode::Plain {
                return Ok(Some(kept));
            }
            self.waiting = Some(kept.0.into_iter().map(|(period, _)| period).collect());
            return self.step(set, run, lifter, budget);
        };
        loop {
            if let Some((scan, tally)) = &mut self.current {
                let ended = scan.step(set, budget, |item| {
                    add(tally, lifter.lift(item));
                    ControlFlow::Continue(())
                })?;
                if ended == Scanned::Later {
                    return Ok(None);
                }
                if tally.count > 0 {
                    self.done.0.push((scan.range().period(), *tally));
                }
            }
            let Some(period) = waiting.pop_front() else {
                self.current = None;
                return Ok(Some(std::mem::take(&mut self.done)));
            };
            self.current = Some((Scan::new(IdRange::whole(period)), Tally::default()));
        }
    }
}

/// What the set says of itself, as far as there can be periods.
fn kept<S: ItemSet + ?Sized>(set: &S, floor: Period) -> Result<Tallies, ReadFault> {
    let mut tallies = set.tallies(floor)?;
    tallies.retain(|(period, tally)| *period >= floor && *tally != Tally::default());
    tallies.truncate(PERIODS_PER_SET_MAX);
    Ok(Tallies(tallies))
}

/// A salted tally holds the sum of the run's own numbers in its first word.
fn add(tally: &mut Tally, lift: u64) {
    tally.count = tally.count.wrapping_add(1);
    if let Some(word) = tally.sum.first_chunk_mut::<8>() {
        *word = u64::from_le_bytes(*word).wrapping_add(lift).to_le_bytes();
    }
}

impl Tallies {
    /// How many items.
    pub fn count(&self) -> u64 {
        self.0.iter().fold(0, |count, (_, tally)| count.saturating_add(tally.count))
    }

    /// What stands for the whole set under the key of a run.
    pub fn root(&self, run: &Run) -> [u8; 16] {
        let mut bytes = Vec::with_capacity(self.0.len() * 42);
        for (period, tally) in &self.0 {
            bytes.extend_from_slice(&period.0.to_le_bytes());
            bytes.extend_from_slice(&tally.count.to_le_bytes());
            bytes.extend_from_slice(&tally.sum);
        }
        let hash = digest(Domain::Stream, &[b"root", &run.key.0, &bytes]);
        hash.first_chunk::<16>().copied().unwrap_or_default()
    }

    /// What stands for each period.
    pub fn marks(&self, run: &Run) -> Vec<PeriodMark> {
        let mark = |(period, tally): &(Period, Tally)| {
            let parts: [&[u8]; 5] =
                [b"period", &run.key.0, &period.0.to_le_bytes(), &tally.count.to_le_bytes(), &tally.sum];
            let hash = digest(Domain::Stream, &parts);
            let mark = hash.first_chunk::<8>().map_or(0, |first| u64::from_le_bytes(*first));
            PeriodMark { period: *period, count: u32::try_from(tally.count).unwrap_or(u32::MAX), mark }
        };
        self.0.iter().map(mark).collect()
    }

    /// Only the periods from `floor` on.
    pub fn retain_from(&mut self, floor: Period) {
        self.0.retain(|(period, _)| *period >= floor);
    }
}
