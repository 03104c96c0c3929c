//! The sender of a ledger asks its receiver what it lacks of what was delivered.

mod draft;
mod periods;
mod reading;

use thiserror::Error;

use super::counting::{Counting, Tallies};
use super::lift::Lifter;
use super::message::{Answer, Compare, Compared, Question, Run};
use super::range::IdRange;
use super::set::{Budget, ItemSet};
use super::unresolved::Unresolved;
use crate::limits::{BARREN_RANGES_MAX, RANGES_PER_RUN_MAX};
use crate::{Item, Period, ReadFault};
use draft::{AskedPart, Draft, Gathering, OpenRange};
use periods::{Differing, differing};
use reading::Read;

/// One comparison as the sender of the ledger makes it.
///
/// `step` until it waits, hand the question over, `take` each answer, `step` again. One run at a time on a connection: a
/// question stands until it is answered. After a fault the peer has broken the protocol and the driver is done with;
/// what is `unresolved` stays true.
#[derive(Debug)]
pub struct Driver {
    run: Run,
    lifter: Lifter,
    /// The number of the next question.
    number: u32,
    stage: Stage,
    /// Ranges to which a run that was broken off had come.
    focus: Option<Vec<IdRange>>,
    /// Ranges that differ; the last is asked for first, so that they stay few.
    open: Vec<OpenRange>,
    draft: Draft,
    gathering: Option<Gathering>,
    ranges_opened: usize,
    barren: usize,
    outcome: Outcome,
}

#[derive(Debug)]
enum Stage {
    Counting(Counting),
    AskedRoot(Tallies),
    Asking,
    AskedRanges(AskedRanges),
    Done,
}

/// A question that was asked, and how many of its parts are answered.
#[derive(Debug)]
struct AskedRanges {
    parts: Vec<AskedPart>,
    answered: usize,
}

/// What is to be done next.
#[derive(Debug)]
pub enum Turn {
    /// Send this, and nothing more before it is answered.
    Ask(Compare),
    /// An answer is to come.
    Waiting,
    /// The budget is spent.
    Later,
    /// All is compared.
    Done(Outcome),
}

/// What an answer showed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// Items of ours that the peer does not have, or has with other sections.
    pub missing: Vec<(Period, Item)>,
    /// Items of the peer that are not ours, or are with other sections.
    pub extras: Vec<(Period, Item)>,
}

/// How a run ended.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Outcome {
    /// Periods that differed.
    pub periods: u32,
    /// Items of ours that the peer did not have.
    pub missing: u64,
    /// Items of the peer that were not ours.
    pub extras: u64,
    /// Periods whose items are the same though their tallies are not: one end's tallies are damaged, or something came
    /// in between.
    pub unexplained: u32,
    /// Ranges that hold more items than can be told apart.
    pub abandoned: u32,
}

/// The peer answered what cannot be.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum ComparedFault {
    /// Nothing was asked, or something else.
    #[error("an answer to a question that was not asked")]
    Unasked,
    /// Periods that are out of order, empty, too many or before the floor.
    #[error("an answer with periods that do not fit")]
    Periods,
    /// Ends too early or too late, or has bits that stand for nothing.
    #[error("an answer that does not fit its question")]
    Misfit,
    /// Items that are out of order, outside of their range or named by the question.
    #[error("an answer with items that do not fit")]
    Items,
    /// Fingerprints that contradict each other.
    #[error("an answer that contradicts itself")]
    Contradiction,
    /// More differences that are none, or more ranges, than there can be.
    #[error("answers that lead nowhere")]
    Endless,
}

impl Driver {
    /// Compares the whole set.
    pub fn start(run: Run) -> Self {
        Self {
            lifter: Lifter::new(&run.key.0),
            number: 0,
            stage: Stage::Counting(Counting::new(run.floor)),
            focus: None,
            open: Vec::new(),
            draft: Draft::default(),
            gathering: None,
            ranges_opened: 0,
            barren: 0,
            outcome: Outcome::default(),
            run,
        }
    }

    /// Goes on where a run was broken off. Periods that it had not come to are compared as a whole where they differ.
    pub fn resume(run: Run, left: &Unresolved) -> Self {
        Self { focus: left.ranges(), ..Self::start(run) }
    }

    /// Comes forward as far as the budget lets it.
    pub fn step<S: ItemSet + ?Sized>(&mut self, set: &S, budget: &mut Budget) -> Result<Turn, ReadFault> {
        match &mut self.stage {
            Stage::Counting(counting) => match counting.step(set, &self.run, &self.lifter, budget)? {
                None => Ok(Turn::Later),
                Some(tallies) => {
                    let root = tallies.root(&self.run);
                    self.stage = Stage::AskedRoot(tallies);
                    Ok(Turn::Ask(self.question(Question::Root(root))))
                }
            },
            Stage::AskedRoot(_) | Stage::AskedRanges(_) => Ok(Turn::Waiting),
            Stage::Asking => self.gather(set, budget),
            Stage::Done => Ok(Turn::Done(self.outcome)),
        }
    }

    /// Takes an answer; gives what it showed. A question has several answers where one frame does not hold them.
    pub fn take(&mut self, compared: &Compared) -> Result<Found, ComparedFault> {
        if compared.key != self.run.key || self.number.checked_sub(1) != Some(compared.number) {
            return Err(ComparedFault::Unasked);
        }
        match (&mut self.stage, &compared.answer) {
            (Stage::AskedRoot(_), Answer::Equal) => {
                self.stage = Stage::Done;
                Ok(Found::default())
            }
            (Stage::AskedRoot(tallies), Answer::Periods { floor, marks }) => {
                let mut own = std::mem::take(tallies);
                own.retain_from(*floor);
                let differing = differing(&own.marks(&self.run), self.run.floor, *floor, marks)?;
                self.stage = if differing.is_empty() { Stage::Done } else { Stage::Asking };
                self.outcome.periods = u32::try_from(differing.len()).unwrap_or(u32::MAX);
                self.open_periods(&differing);
                Ok(Found::default())
            }
            (Stage::AskedRanges(asked), Answer::Ranges { parts, body, extras }) => {
                let read = Read::answers(&self.lifter, asked.unanswered(), usize::from(*parts), body, extras)?;
                asked.answered += usize::from(*parts);
                let is_answered = asked.unanswered().is_empty();
                self.learn(read, is_answered)
            }
            _ => Err(ComparedFault::Unasked),
        }
    }

    /// What would have to be compared still if this ended now.
    pub fn unresolved(&self) -> Unresolved {
        let asked = match &self.stage {
            Stage::Counting(_) | Stage::AskedRoot(_) => {
                return Unresolved::new(self.focus.clone());
            }
            Stage::AskedRanges(asked) => asked.unanswered(),
            Stage::Asking | Stage::Done => &[],
        };
        let drafted = self.draft.parts().iter().chain(asked).map(|part| part.open.range);
        let gathering = self.gathering.iter().map(Gathering::range);
        let open = self.open.iter().map(|open| open.range);
        Unresolved::new(Some(open.chain(gathering).chain(drafted).collect()))
    }

    fn question(&mut self, question: Question) -> Compare {
        let compare = Compare { run: self.run, number: self.number, question };
        self.number = self.number.wrapping_add(1);
        compare
    }

    /// Looks at open ranges until a question is full.
    fn gather<S: ItemSet + ?Sized>(&mut self, set: &S, budget: &mut Budget) -> Result<Turn, ReadFault> {
        loop {
            if self.gathering.is_none() {
                self.gathering = self.draft.next(&mut self.open);
            }
            let Some(gathering) = &mut self.gathering else {
                if self.draft.parts().is_empty() {
                    self.stage = Stage::Done;
                    return Ok(Turn::Done(self.outcome));
                }
                let (question, parts) = std::mem::take(&mut self.draft).finish();
                self.stage = Stage::AskedRanges(AskedRanges { parts, answered: 0 });
                return Ok(Turn::Ask(self.question(question)));
            };
            if !gathering.step(set, &self.lifter, budget)? {
                return Ok(Turn::Later);
            }
            match self.gathering.take().map(Gathering::finish) {
                Some(draft::Gathered::Part(part)) => self.draft.add(part),
                Some(draft::Gathered::TooMany(open)) => self.open.push(open),
                Some(draft::Gathered::Inseparable) => self.outcome.abandoned += 1,
                None => {}
            }
        }
    }

    fn open_periods(&mut self, differing: &[Differing]) {
        let focus = self.focus.take().unwrap_or_default();
        for Differing { period, own, theirs } in differing.iter().rev() {
            let before = self.open.len();
            for range in focus.iter().rev().filter(|range| range.period() == *period) {
                let share = |count: u32| count.checked_shr(u32::from(range.bits())).unwrap_or(0).saturating_add(1);
                self.open.push(OpenRange::new(*range, share(*own), share(*theirs)));
            }
            if self.open.len() == before {
                self.open.push(OpenRange::new(IdRange::whole(*period), *own, *theirs));
            }
        }
    }

    fn learn(&mut self, read: Read, is_answered: bool) -> Result<Found, ComparedFault> {
        self.ranges_opened += read.open.len();
        self.barren += read.barren;
        self.outcome.missing += read.found.missing.len() as u64;
        self.outcome.extras += read.found.extras.len() as u64;
        self.outcome.unexplained += read.unexplained;
        self.open.extend(read.open.into_iter().rev());
        if is_answered {
            self.stage = Stage::Asking;
        }
        // INVARIANT (everything is bounded): what a peer calls different is different, or it is not asked for ever.
        let fruitful = usize::try_from(self.outcome.missing + self.outcome.extras).unwrap_or(usize::MAX);
        if self.ranges_opened > RANGES_PER_RUN_MAX || self.barren > fruitful.saturating_add(BARREN_RANGES_MAX) {
            return Err(ComparedFault::Endless);
        }
        Ok(read.found)
    }
}

impl AskedRanges {
    fn unanswered(&self) -> &[AskedPart] {
        self.parts.get(self.answered..).unwrap_or_default()
    }
}
