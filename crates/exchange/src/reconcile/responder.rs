//! The receiver of a ledger answers what it has of what was delivered.

mod answering;

use thiserror::Error;

use super::counting::{Counting, Tallies};
use super::lift::Lifter;
use super::message::{Answer, Compare, Compared, Question, Run};
use super::set::{Budget, ItemSet};
use crate::limits::{QUESTIONS_PER_RUN_MAX, RANGE_COST, SCAN_ALLOWANCE, SCANS_PER_ITEM_MAX};
use crate::{Period, ReadFault};
use answering::{Answering, Progress};

/// The answering end. `take` a question, `step` until it is idle, hand over each answer.
///
/// It says nothing but of its own set with the peer that asks. After a fault the peer has broken the protocol.
#[derive(Debug)]
pub struct Responder {
    /// Periods before this one are not answered for.
    floor: Period,
    running: Option<Running>,
    asked: Option<Asked>,
}

/// The run that the peer is in.
#[derive(Debug)]
struct Running {
    run: Run,
    /// The later of both floors when it began.
    floor: Period,
    lifter: Lifter,
    /// The number of the next question.
    number: u32,
    /// How many items the set had when the run began.
    items: u64,
    /// Ranges asked for.
    ranges: u64,
    /// Items looked at.
    work: u64,
}

#[derive(Debug)]
enum Asked {
    Root { root: [u8; 16], counting: Counting },
    Ranges(Box<Answering>),
}

/// What is to be done next.
#[derive(Debug)]
pub enum Reply {
    /// Nothing was asked, or all is answered.
    Idle,
    /// The budget is spent.
    Later,
    /// Send this.
    Say(Compared),
}

/// The peer asked what may not be asked.
#[derive(Debug, Error, PartialEq, Eq)]
pub enum CompareFault {
    /// Before the last question was answered.
    #[error("a question before the last one is answered")]
    Impatient,
    /// No question of this run, or not the next.
    #[error("a question out of turn")]
    OutOfTurn,
    /// More parts than fit one question, none, or a body that does not fit them.
    #[error("a question whose parts do not fit")]
    Parts,
    /// Ranges that overlap, are out of order, or lie before the floor.
    #[error("a question about ranges that overlap or are not compared")]
    Ranges,
    /// More questions, or more items to look at, than a comparison of this set can need.
    #[error("questions without end")]
    Endless,
}

impl Responder {
    /// Answers for the periods from `floor` on.
    pub fn new(floor: Period) -> Self {
        Self { floor, running: None, asked: None }
    }

    /// From now on periods before `floor` are not answered for; counts from the next run on.
    pub fn raise_floor(&mut self, floor: Period) {
        self.floor = self.floor.max(floor);
    }

    /// Takes a question.
    ///
    /// INVARIANT (everything is bounded): one question waits, its ranges lie apart, and a run that makes this node look at
    /// its set more often than a comparison can need ends here.
    pub fn take(&mut self, compare: Compare) -> Result<(), CompareFault> {
        if self.asked.is_some() {
            return Err(CompareFault::Impatient);
        }
        match compare.question {
            Question::Root(root) => {
                if compare.number != 0 {
                    return Err(CompareFault::OutOfTurn);
                }
                let floor = self.floor.max(compare.run.floor);
                self.running = Some(Running::new(compare.run, floor));
                self.asked = Some(Asked::Root { root, counting: Counting::new(floor) });
            }
            Question::Ranges { groups, body } => {
                let running = self.running.as_mut().ok_or(CompareFault::OutOfTurn)?;
                if running.run != compare.run || running.number != compare.number {
                    return Err(CompareFault::OutOfTurn);
                }
                running.check()?;
                let answering = Answering::new(&groups, body, running.floor)?;
                running.ranges = running.ranges.saturating_add(answering.len() as u64);
                self.asked = Some(Asked::Ranges(Box::new(answering)));
            }
        }
        Ok(())
    }

    /// Comes forward as far as the budget lets it.
    pub fn step<S: ItemSet + ?Sized>(&mut self, set: &S, budget: &mut Budget) -> Result<Reply, ReadFault> {
        let (Some(running), Some(asked)) = (&mut self.running, &mut self.asked) else {
            return Ok(Reply::Idle);
        };
        let before = budget.left();
        let (answer, is_last) = match asked {
            Asked::Root { root, counting } => match counting.step(set, &running.run, &running.lifter, budget)? {
                None => (None, false),
                Some(tallies) => {
                    running.items = tallies.count();
                    (Some(root_answer(&running.run, running.floor, *root, &tallies)), true)
                }
            },
            Asked::Ranges(answering) => match answering.step(set, &running.lifter, budget)? {
                Progress::Later => (None, false),
                Progress::Frame { answer, is_last } => (Some(answer), is_last),
            },
        };
        running.work = running.work.saturating_add(before - budget.left());
        let Some(answer) = answer else { return Ok(Reply::Later) };
        let said = Compared { key: running.run.key, number: running.number, answer };
        if is_last {
            running.number = running.number.saturating_add(1);
            self.asked = None;
        }
        Ok(Reply::Say(said))
    }
}

impl Running {
    fn new(run: Run, floor: Period) -> Self {
        Self { lifter: Lifter::new(&run.key.0), run, floor, number: 0, items: 0, ranges: 0, work: 0 }
    }

    fn check(&self) -> Result<(), CompareFault> {
        let items = self.items.saturating_add(SCAN_ALLOWANCE).saturating_mul(SCANS_PER_ITEM_MAX);
        let ranges = self.ranges.saturating_mul(RANGE_COST);
        if self.number >= QUESTIONS_PER_RUN_MAX || self.work > items.saturating_add(ranges) {
            return Err(CompareFault::Endless);
        }
        Ok(())
    }
}

/// Where the floors differ, the roots stand for different periods: the periods themselves are compared.
fn root_answer(run: &Run, floor: Period, root: [u8; 16], tallies: &Tallies) -> Answer {
    if floor == run.floor && tallies.root(run) == root {
        return Answer::Equal;
    }
    Answer::Periods { floor, marks: tallies.marks(run) }
}
