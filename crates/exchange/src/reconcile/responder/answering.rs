//! The answer to a question about ranges, part by part.

use std::ops::ControlFlow;

use super::super::lift::Lifter;
use super::super::message::{Answer, PartGroup};
use super::super::part::{Ask, LEAF_CROWDED, Reader, Width, put_bits, put_named, take_part};
use super::super::range::IdRange;
use super::super::scan::{Scan, Scanned};
use super::super::set::{Budget, ItemSet};
use super::CompareFault;
use crate::limits::{
    COMPARE_BODY_BYTES_MAX, COMPARE_CHILDREN_MAX, COMPARE_IDS_MAX, COMPARE_PARTS_MAX, COMPARED_BYTES_MAX,
    EXTRAS_PER_PART_MAX, ITEM_BYTES,
};
use crate::{Item, Period, ReadFault};

/// A question about ranges, and how far it is answered.
#[derive(Debug)]
pub(crate) struct Answering {
    parts: Vec<Part>,
    /// The body of the question.
    body: Vec<u8>,
    /// The next part to look at.
    at: usize,
    looking: Option<Looking>,
    frame: Frame,
    /// An answer that had no room in the last frame.
    held: Option<PartAnswer>,
}

/// How a step of answering ended.
pub(crate) enum Progress {
    Later,
    Frame { answer: Answer, is_last: bool },
}

/// A part of the question: what is said of the range stands in the body, from `said` on.
#[derive(Clone, Copy, Debug)]
struct Part {
    range: IdRange,
    ask: Ask,
    said: usize,
    count: usize,
}

/// A part that is being looked at.
#[derive(Debug)]
struct Looking {
    scan: Scan,
    seen: Seen,
}

#[derive(Debug)]
enum Seen {
    Split { fan: u8, sums: Vec<u64> },
    Leaf(LeafSeen),
}

/// What was seen of a leaf.
#[derive(Debug)]
struct LeafSeen {
    /// The short ids that the peer named, in order, each with its place in the question.
    named: Vec<(u64, usize)>,
    is_held: Vec<bool>,
    width: Width,
    extras: Vec<Item>,
    sum: u64,
    is_crowded: bool,
}

/// Answers on their way into one message.
#[derive(Debug, Default)]
struct Frame {
    parts: usize,
    body: Vec<u8>,
    extras: Vec<Item>,
}

#[derive(Debug, Default)]
struct PartAnswer {
    body: Vec<u8>,
    extras: Vec<Item>,
}

impl Answering {
    /// Checks a question as a whole before any of it is answered.
    pub fn new(groups: &[PartGroup], body: Vec<u8>, floor: Period) -> Result<Self, CompareFault> {
        let count = groups.iter().map(|group| usize::from(group.parts)).sum();
        let is_empty = groups.iter().any(|group| group.parts == 0) || count == 0;
        if is_empty || count > COMPARE_PARTS_MAX || body.len() > COMPARE_BODY_BYTES_MAX {
            return Err(CompareFault::Parts);
        }
        let mut reader = Reader::new(&body);
        let mut parts: Vec<Part> = Vec::with_capacity(count);
        let (mut children, mut ids) = (0, 0);
        let heads = groups.iter().flat_map(|group| std::iter::repeat_n(group, usize::from(group.parts)));
        for head in heads {
            let (range, ask) = take_part(head, &mut reader).ok_or(CompareFault::Parts)?;
            let (count, width) = match ask {
                Ask::Split { fan, width } => {
                    children += 1 << fan;
                    (1 << fan, width)
                }
                Ask::Leaf { width } => {
                    let count = usize::from(reader.byte().ok_or(CompareFault::Parts)?);
                    ids += count;
                    (count, width)
                }
            };
            let said = body.len() - reader.left();
            reader.take(count * width.bytes()).ok_or(CompareFault::Parts)?;
            if range.period() < floor || parts.last().is_some_and(|last| !range.is_after(&last.range)) {
                return Err(CompareFault::Ranges);
            }
            parts.push(Part { range, ask, said, count });
        }
        if !reader.is_at_end() || children > COMPARE_CHILDREN_MAX || ids > COMPARE_IDS_MAX {
            return Err(CompareFault::Parts);
        }
        Ok(Self { parts, body, at: 0, looking: None, frame: Frame::default(), held: None })
    }

    /// How many ranges it asks for.
    pub fn len(&self) -> usize {
        self.parts.len()
    }

    /// Looks at parts until a frame is full or all are answered.
    pub fn step<S: ItemSet + ?Sized>(
        &mut self,
        set: &S,
        lifter: &Lifter,
        budget: &mut Budget,
    ) -> Result<Progress, ReadFault> {
        loop {
            if let Some(held) = self.held.take() {
                self.frame.add(held);
            }
            let Some(part) = self.parts.get(self.at) else {
                return Ok(Progress::Frame { answer: std::mem::take(&mut self.frame).into_answer(), is_last: true });
            };
            let looking = self.looking.get_or_insert_with(|| Looking::new(part, &self.body));
            if !looking.step(set, lifter, budget)? {
                return Ok(Progress::Later);
            }
            let answer = looking.answer(part, &self.body);
            (self.looking, self.at) = (None, self.at + 1);
            if self.frame.has_room(&answer) {
                self.frame.add(answer);
            } else {
                self.held = Some(answer);
                return Ok(Progress::Frame { answer: std::mem::take(&mut self.frame).into_answer(), is_last: false });
            }
        }
    }
}

impl Part {
    /// What is said of each child, or the short id of each item.
    fn numbers(&self, body: &[u8]) -> Vec<u64> {
        let (Ask::Split { width, .. } | Ask::Leaf { width }) = self.ask;
        let mut reader = Reader::new(body.get(self.said..).unwrap_or_default());
        (0..self.count).map_while(|_| reader.number(width)).collect()
    }
}

impl Looking {
    fn new(part: &Part, body: &[u8]) -> Self {
        let seen = match part.ask {
            Ask::Split { fan, .. } => Seen::Split { fan, sums: vec![0; part.count] },
            Ask::Leaf { width } => {
                let mut named: Vec<(u64, usize)> =
                    part.numbers(body).into_iter().enumerate().map(|(at, number)| (number, at)).collect();
                named.sort_unstable();
                let is_held = vec![false; part.count];
                Seen::Leaf(LeafSeen { named, is_held, width, extras: Vec::new(), sum: 0, is_crowded: false })
            }
        };
        Self { scan: Scan::new(part.range), seen }
    }

    /// Looks at items; whether it has seen what it needs.
    fn step<S: ItemSet + ?Sized>(&mut self, set: &S, lifter: &Lifter, budget: &mut Budget) -> Result<bool, ReadFault> {
        let ended = match &mut self.seen {
            Seen::Split { fan, sums } => {
                let parting = self.scan.range().parting(*fan);
                self.scan.step(set, budget, |item| {
                    if let Some(sum) = sums.get_mut(parting.part_of(&item.record)) {
                        *sum = sum.wrapping_add(lifter.lift(item));
                    }
                    ControlFlow::Continue(())
                })
            }
            Seen::Leaf(leaf) => self.scan.step(set, budget, |item| leaf.see(item, lifter.lift(item))),
        }?;
        Ok(ended != Scanned::Later)
    }

    fn answer(&mut self, part: &Part, body: &[u8]) -> PartAnswer {
        match &mut self.seen {
            Seen::Split { sums, .. } => {
                let (Ask::Split { width, .. } | Ask::Leaf { width }) = part.ask;
                let said = part.numbers(body);
                let differs = || sums.iter().zip(&said).map(|(own, said)| width.of(*own) != *said);
                let equal = sums.iter().zip(differs()).filter(|(_, differs)| !differs);
                let whole = equal.fold(0u64, |sum, (own, _)| sum.wrapping_add(*own));
                let mut answer = PartAnswer::default();
                put_bits(differs(), &mut answer.body);
                answer.body.extend_from_slice(&whole.to_le_bytes());
                answer
            }
            Seen::Leaf(leaf) => leaf.answer(),
        }
    }
}

impl LeafSeen {
    fn see(&mut self, item: &Item, number: u64) -> ControlFlow<()> {
        let short = self.width.of(number);
        let named = self.named.binary_search_by_key(&short, |(named, _)| *named).ok();
        let slot = named.and_then(|at| self.named.get(at)).and_then(|(_, at)| self.is_held.get_mut(*at));
        self.sum = self.sum.wrapping_add(number);
        match slot {
            Some(is_held) => *is_held = true,
            None if self.extras.len() >= EXTRAS_PER_PART_MAX => {
                self.is_crowded = true;
                return ControlFlow::Break(());
            }
            None => self.extras.push(*item),
        }
        ControlFlow::Continue(())
    }

    fn answer(&mut self) -> PartAnswer {
        if self.is_crowded {
            return PartAnswer { body: vec![LEAF_CROWDED], extras: Vec::new() };
        }
        let mut body = Vec::new();
        put_named(self.extras.len(), &mut body);
        put_bits(self.is_held.iter().map(|is_held| !is_held), &mut body);
        body.extend_from_slice(&self.sum.to_le_bytes());
        PartAnswer { body, extras: std::mem::take(&mut self.extras) }
    }
}

impl Frame {
    /// Whether an answer fits beside what is there; one alone always does.
    fn has_room(&self, answer: &PartAnswer) -> bool {
        let bytes = self.body.len() + answer.body.len() + ITEM_BYTES * (self.extras.len() + answer.extras.len());
        bytes <= COMPARED_BYTES_MAX
    }

    fn add(&mut self, mut answer: PartAnswer) {
        self.parts += 1;
        self.body.append(&mut answer.body);
        self.extras.append(&mut answer.extras);
    }

    fn into_answer(self) -> Answer {
        let parts = u16::try_from(self.parts).unwrap_or(u16::MAX);
        Answer::Ranges { parts, body: self.body, extras: self.extras }
    }
}
