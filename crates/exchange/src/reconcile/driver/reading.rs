//! What the answers to a question about ranges say.

use super::super::lift::Lifter;
use super::super::part::{LEAF_CROWDED, LEAF_NAMES_MANY, Reader, Width};
use super::draft::{AskedPart, OpenRange, Said};
use super::{ComparedFault, Found};
use crate::Item;
use crate::limits::EXTRAS_PER_PART_MAX;

/// What was read: what is found, and what is still open.
#[derive(Debug, Default)]
pub(crate) struct Read {
    pub found: Found,
    /// In order.
    pub open: Vec<OpenRange>,
    /// Ranges that were said to differ and in which nothing does.
    pub barren: usize,
    /// Periods among them.
    pub unexplained: u32,
}

impl Read {
    /// Reads the answers to the next `count` parts; nothing counts unless all do.
    pub fn answers(
        lifter: &Lifter,
        asked: &[AskedPart],
        count: usize,
        body: &[u8],
        extras: &[Item],
    ) -> Result<Self, ComparedFault> {
        let answered = asked.get(..count).filter(|parts| !parts.is_empty()).ok_or(ComparedFault::Unasked)?;
        let (mut body, mut extras) = (Reader::new(body), extras);
        let mut read = Self::default();
        for part in answered {
            match &part.said {
                Said::Split { fan, sums, items } => read.split(part, *fan, sums, *items, &mut body)?,
                Said::Leaf { items } => read.leaf(lifter, part, items, &mut body, &mut extras)?,
            }
        }
        if body.is_at_end() && extras.is_empty() { Ok(read) } else { Err(ComparedFault::Misfit) }
    }

    fn split(
        &mut self,
        part: &AskedPart,
        fan: u8,
        sums: &[u64],
        items: u32,
        body: &mut Reader<'_>,
    ) -> Result<(), ComparedFault> {
        let differs = body.bits(sums.len()).ok_or(ComparedFault::Misfit)?;
        let whole = u64::from_le_bytes(body.array().ok_or(ComparedFault::Misfit)?);
        let equal = sums.iter().enumerate().filter(|(at, _)| !differs.is_set(*at));
        if equal.fold(0u64, |sum, (_, number)| sum.wrapping_add(*number)) != whole {
            return self.again(part);
        }
        if !differs.any() {
            self.nothing_in(part);
        }
        let share = |count: u32| count.checked_shr(u32::from(fan)).unwrap_or(0);
        // Ids are hashes: each part holds its share, or turns out to be crowded.
        let (own, theirs) = (share(items), share(part.open.theirs));
        for at in (0..sums.len()).filter(|at| differs.is_set(*at)) {
            let range = part.open.range.part(fan, at).ok_or(ComparedFault::Misfit)?;
            self.open.push(OpenRange::new(range, own, theirs));
        }
        Ok(())
    }

    fn leaf(
        &mut self,
        lifter: &Lifter,
        part: &AskedPart,
        items: &[(Item, u64)],
        body: &mut Reader<'_>,
        extras: &mut &[Item],
    ) -> Result<(), ComparedFault> {
        let range = part.open.range;
        let count = match body.byte().ok_or(ComparedFault::Misfit)? {
            LEAF_CROWDED if range.bits_left() > 0 => {
                self.open.push(part.open.crowded());
                return Ok(());
            }
            LEAF_CROWDED => return Err(ComparedFault::Misfit),
            LEAF_NAMES_MANY => {
                let many = u16::from_le_bytes(body.array().ok_or(ComparedFault::Misfit)?);
                Some(many).filter(|many| *many >= LEAF_NAMES_MANY.into()).ok_or(ComparedFault::Misfit)?.into()
            }
            few => usize::from(few),
        };
        let lacks = body.bits(items.len()).ok_or(ComparedFault::Misfit)?;
        let whole = u64::from_le_bytes(body.array().ok_or(ComparedFault::Misfit)?);
        let (named, rest) = extras.split_at_checked(count).ok_or(ComparedFault::Misfit)?;
        *extras = rest;
        let is_in_order = named.windows(2).all(|pair| pair.first().map(record) < pair.last().map(record));
        if count > EXTRAS_PER_PART_MAX || !is_in_order || !named.iter().all(|item| range.contains(&item.record)) {
            return Err(ComparedFault::Items);
        }
        let held = items.iter().enumerate().filter(|(at, _)| !lacks.is_set(*at)).map(|(_, item)| item);
        let sum = held.clone().fold(0u64, |sum, (_, number)| sum.wrapping_add(*number));
        if named.iter().fold(sum, |sum, item| sum.wrapping_add(lifter.lift(item))) != whole {
            return self.again(part);
        }
        // A set holds a record once: what the peer has as we have it, it has in no other way.
        let is_named = |item: &Item| named.binary_search_by_key(&item.record, |named| named.record).is_ok();
        let lacking = items.iter().enumerate().filter(|(at, _)| lacks.is_set(*at)).map(|(_, (item, _))| *item);
        if held.clone().any(|(item, _)| is_named(item)) || lacking.clone().any(|item| named.contains(&item)) {
            return Err(ComparedFault::Items);
        }
        if !lacks.any() && named.is_empty() {
            self.nothing_in(part);
        }
        self.found.missing.extend(lacking.map(|item| (range.period(), item)));
        self.found.extras.extend(named.iter().map(|item| (range.period(), *item)));
        Ok(())
    }

    /// Where narrow numbers took two for one, whole ones tell them apart; whole ones that contradict each other are a lie.
    fn again(&mut self, part: &AskedPart) -> Result<(), ComparedFault> {
        match part.open.width {
            Width::Narrow => {
                self.open.push(part.open.wide());
                Ok(())
            }
            Width::Wide => Err(ComparedFault::Contradiction),
        }
    }

    fn nothing_in(&mut self, part: &AskedPart) {
        self.barren += 1;
        if part.open.range.bits() == 0 {
            self.unexplained += 1;
        }
    }
}

fn record(item: &Item) -> chancery_record::RecordId {
    item.record
}
