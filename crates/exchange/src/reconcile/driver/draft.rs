//! A question in the making: as many open ranges as one frame holds.

use std::ops::ControlFlow;

use super::super::lift::Lifter;
use super::super::message::Question;
use super::super::part::{Ask, PREFIX_BYTES_MAX, Width, put_count, put_number, put_part};
use super::super::range::IdRange;
use super::super::scan::{Scan, Scanned};
use super::super::set::{Budget, ItemSet};
use crate::limits::{
    COMPARE_BODY_BYTES_MAX, COMPARE_CHILDREN_MAX, COMPARE_IDS_MAX, COMPARE_PARTS_MAX, FAN_BITS_MAX, LEAF_ITEMS_MAX,
    OPEN_RANGES_MAX, PART_BYTES_MAX,
};
use crate::{Item, ReadFault};

/// A range that differs, with what is known of it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct OpenRange {
    pub range: IdRange,
    /// About how many items of ours.
    pub own: u32,
    /// About how many of the peer.
    pub theirs: u32,
    pub width: Width,
}

/// A range that was asked for, with what was said of it.
#[derive(Debug)]
pub(crate) struct AskedPart {
    pub open: OpenRange,
    pub said: Said,
}

/// What a question says of a range, in whole numbers: the answer is held against it.
#[derive(Debug)]
pub(crate) enum Said {
    /// The sum of each part, and how many items there are in all.
    Split { fan: u8, sums: Vec<u64>, items: u32 },
    /// The items, each with its number.
    Leaf { items: Vec<(Item, u64)> },
}

/// A range whose items are being looked at.
#[derive(Debug)]
pub(crate) struct Gathering {
    open: OpenRange,
    scan: Scan,
    said: Said,
    is_too_many: bool,
}

/// What came of looking at a range.
pub(crate) enum Gathered {
    /// It goes into the question.
    Part(AskedPart),
    /// It has to be split first.
    TooMany(OpenRange),
    /// It cannot be split and is too large for one question.
    Inseparable,
}

/// A question in the making.
#[derive(Debug, Default)]
pub(crate) struct Draft {
    parts: Vec<AskedPart>,
    /// Bytes that the body will have at most.
    bytes: usize,
    children: usize,
    ids: usize,
}

/// A range of so few items is asked for by its items: a further split would cost more bytes than it saves.
const LEAF_WEIGHT: u32 = 12;
/// How many items a part of a split should have, so that the next question reaches items.
const TWIG_WEIGHT: u32 = 8;
/// Above this a range is split into parts that are split once more: a single difference in a large set stays cheap.
const BOUGH_WEIGHT: u32 = 2048;
/// How many items such a part should have.
const BRANCH_WEIGHT: u32 = 128;
/// What is believed of a range that turned out to have more items than one leaf may have.
const CROWD_WEIGHT: u32 = 4096;

impl OpenRange {
    pub fn new(range: IdRange, own: u32, theirs: u32) -> Self {
        Self { range, own, theirs, width: Width::Narrow }
    }

    /// The same with whole numbers.
    pub fn wide(self) -> Self {
        Self { width: Width::Wide, ..self }
    }

    /// The same, known to hold more than a leaf may.
    pub fn crowded(self) -> Self {
        Self { own: self.own.max(CROWD_WEIGHT), ..self }
    }

    fn ask(&self, fan_max: u8) -> Ask {
        let weight = self.own.max(self.theirs);
        let (width, bits_left) = (self.width, self.range.bits_left());
        if weight <= LEAF_WEIGHT || bits_left == 0 {
            return Ask::Leaf { width };
        }
        let target = if weight > BOUGH_WEIGHT { BRANCH_WEIGHT } else { TWIG_WEIGHT };
        // Half as many again: the power of two that is nearest, rather than the next below.
        let parts = weight.saturating_add(weight / 2) / target;
        let fan = u8::try_from(parts.checked_ilog2().unwrap_or(0)).unwrap_or(u8::MAX);
        Ask::Split { fan: fan.clamp(1, FAN_BITS_MAX.min(fan_max).min(bits_left)), width }
    }
}

impl Gathering {
    fn new(open: OpenRange, fan_max: u8) -> Self {
        let said = match open.ask(fan_max) {
            Ask::Split { fan, .. } => Said::Split { fan, sums: vec![0; 1 << fan], items: 0 },
            Ask::Leaf { .. } => Said::Leaf { items: Vec::new() },
        };
        Self { scan: Scan::new(open.range), open, said, is_too_many: false }
    }

    pub fn range(&self) -> IdRange {
        self.open.range
    }

    /// Looks at items; whether it has seen what it needs.
    pub fn step<S: ItemSet + ?Sized>(
        &mut self,
        set: &S,
        lifter: &Lifter,
        budget: &mut Budget,
    ) -> Result<bool, ReadFault> {
        let ended = match &mut self.said {
            Said::Split { fan, sums, items } => {
                let parting = self.open.range.parting(*fan);
                let ended = self.scan.step(set, budget, |item| {
                    if let Some(sum) = sums.get_mut(parting.part_of(&item.record)) {
                        *sum = sum.wrapping_add(lifter.lift(item));
                    }
                    ControlFlow::Continue(())
                });
                *items = u32::try_from(self.scan.seen()).unwrap_or(u32::MAX);
                ended
            }
            Said::Leaf { items } => self.scan.step(set, budget, |item| {
                if items.len() >= usize::from(LEAF_ITEMS_MAX) {
                    return ControlFlow::Break(());
                }
                items.push((*item, lifter.lift(item)));
                ControlFlow::Continue(())
            }),
        }?;
        self.is_too_many = ended == Scanned::Enough;
        Ok(ended != Scanned::Later)
    }

    pub fn finish(self) -> Gathered {
        if !self.is_too_many {
            return Gathered::Part(AskedPart { open: self.open, said: self.said });
        }
        if self.open.range.bits_left() == 0 { Gathered::Inseparable } else { Gathered::TooMany(self.open.crowded()) }
    }
}

impl Draft {
    pub fn parts(&self) -> &[AskedPart] {
        &self.parts
    }

    /// The next range that has room in this question.
    ///
    /// INVARIANT (everything is bounded): a range is split only where its parts have room among the open ranges. Where
    /// they have none, the deepest range alone goes on, in halves, so that some day there is room again.
    pub fn next(&self, open: &mut Vec<OpenRange>) -> Option<Gathering> {
        let has_room = self.parts.len() < COMPARE_PARTS_MAX
            && self.children + (1 << FAN_BITS_MAX) <= COMPARE_CHILDREN_MAX
            && self.ids + usize::from(LEAF_ITEMS_MAX) <= COMPARE_IDS_MAX
            && self.bytes + PART_BYTES_MAX <= COMPARE_BODY_BYTES_MAX;
        let room = OPEN_RANGES_MAX.saturating_sub(open.len() + self.children);
        let is_alone = self.parts.is_empty();
        if !has_room || (room < 1 << FAN_BITS_MAX && !is_alone) {
            return None;
        }
        let fan_max = u8::try_from(room.checked_ilog2().unwrap_or(0)).unwrap_or(u8::MAX).max(1);
        open.pop().map(|next| Gathering::new(next, fan_max))
    }

    pub fn add(&mut self, mut part: AskedPart) {
        let numbers = match &part.said {
            Said::Split { sums, .. } => {
                self.children += sums.len();
                sums.len()
            }
            Said::Leaf { items } => {
                if has_twins(items, part.open.width) {
                    part.open.width = Width::Wide;
                }
                self.ids += items.len();
                items.len()
            }
        };
        self.bytes += PREFIX_BYTES_MAX + numbers * part.open.width.bytes();
        self.parts.push(part);
    }

    /// The question: its ranges in order, whichever was looked at first.
    pub fn finish(mut self) -> (Question, Vec<AskedPart>) {
        self.parts.sort_unstable_by_key(|part| part.open.range);
        let (mut groups, mut body) = (Vec::new(), Vec::with_capacity(self.bytes));
        for part in &self.parts {
            let (range, width) = (&part.open.range, part.open.width);
            match &part.said {
                Said::Split { fan, sums, .. } => {
                    put_part(range, Ask::Split { fan: *fan, width }, &mut groups, &mut body);
                    sums.iter().for_each(|sum| put_number(*sum, width, &mut body));
                }
                Said::Leaf { items } => {
                    put_part(range, Ask::Leaf { width }, &mut groups, &mut body);
                    put_count(items.len(), &mut body);
                    items.iter().for_each(|(_, number)| put_number(*number, width, &mut body));
                }
            }
        }
        (Question::Ranges { groups, body }, self.parts)
    }
}

/// Whether two items would be sent as the same short id.
fn has_twins(items: &[(Item, u64)], width: Width) -> bool {
    let mut sent: Vec<u64> = items.iter().map(|(_, number)| width.of(*number)).collect();
    sent.sort_unstable();
    sent.windows(2).any(|pair| pair.first() == pair.last())
}
