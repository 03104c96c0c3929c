//! What went over each ledger and was accepted, kept at both ends, with count and sum of each period.

use std::ops::ControlFlow;

use bincode::{Decode, Encode};
use chancery_exchange::{Item, Period, SetItem, Side, Tally};
use chancery_record::{Country, Date, RecordId, SectionSet};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::{PERIODS_MAX, SMALL_ROW_BYTES_MAX};
use crate::pending::Pending;
use crate::rows::{RowFault, Rows, read, row};

#[derive(Encode, Decode)]
struct SetRow(SectionSet);
row!(SetRow, Sets, SMALL_ROW_BYTES_MAX);

#[derive(Encode, Decode)]
struct TallyRow(Tally);
row!(TallyRow, Tallies, SMALL_ROW_BYTES_MAX);

/// Puts items into a set; the tally of their period follows in the same commit.
pub(crate) fn put(pending: &mut Pending<'_>, side: Side, peer: Country, items: &[SetItem]) -> Result<(), CommitFault> {
    for item in items {
        let SetItem { period, item } = *item;
        let key = item_key(side, peer, period, &item.record);
        let before = pending.get(&key)?.map(|SetRow(sections)| sections);
        let sections = before.unwrap_or(SectionSet::EMPTY).union(item.sections);
        if before == Some(sections) {
            continue;
        }
        retally(pending, side, peer, period, |tally| {
            if let Some(sections) = before {
                tally.remove(&Item { record: item.record, sections });
            }
            tally.add(&Item { record: item.record, sections });
        })?;
        pending.put(key, &SetRow(sections))?;
    }
    Ok(())
}

/// Takes items out of what counts as delivered.
pub(crate) fn drop_delivered(pending: &mut Pending<'_>, peer: Country, items: &[SetItem]) -> Result<(), CommitFault> {
    for item in items {
        let SetItem { period, item } = *item;
        let key = item_key(Side::Delivered, peer, period, &item.record);
        let Some(SetRow(sections)) = pending.get(&key)? else { continue };
        retally(pending, Side::Delivered, peer, period, |tally| {
            tally.remove(&Item { record: item.record, sections });
        })?;
        pending.delete(Keyspace::Sets, key);
    }
    Ok(())
}

/// The sections under which a record stands in a set.
pub(crate) fn sections(
    rows: Rows<'_>,
    side: Side,
    peer: Country,
    record: &RecordId,
    expires: Date,
) -> Result<Option<SectionSet>, RowFault> {
    let key = item_key(side, peer, Period::of(expires), record);
    Ok(rows.get(&key)?.map(|SetRow(sections)| sections))
}

/// The tallies of a set from a period on.
pub(crate) fn tallies(
    rows: Rows<'_>,
    side: Side,
    peer: Country,
    from: Period,
) -> Result<Vec<(Period, Tally)>, RowFault> {
    let found =
        rows.scan(Keyspace::Tallies, KeyRange::prefix(set_key(side, peer).as_slice()), Order::Ascending, PERIODS_MAX)?;
    let mut tallies = Vec::new();
    for (key, value) in found {
        let mut parts = Parts::of(&key);
        let period = parts.array::<1>().and_then(|_| parts.country()).and_then(|_| parts.array::<2>());
        let period = period.ok_or_else(|| RowFault::damaged(Keyspace::Tallies))?;
        let period = Period(u16::from_be_bytes(period));
        let TallyRow(tally) = read(&value)?;
        if period >= from {
            tallies.push((period, tally));
        }
    }
    Ok(tallies)
}

/// The items of one period from an id on, until told to stop.
pub(crate) fn items(
    rows: Rows<'_>,
    side: Side,
    peer: Country,
    period: Period,
    from: &RecordId,
    visit: &mut dyn FnMut(Item) -> ControlFlow<()>,
) -> Result<(), RowFault> {
    let start = item_key(side, peer, period, from);
    let range = KeyRange::prefix(period_key(side, peer, period).as_slice()).from(start.as_slice());
    rows.each(Keyspace::Sets, range, Order::Ascending, |key, value| {
        let record = key.last_chunk::<32>().map(|id| RecordId(*id));
        let record = record.ok_or_else(|| RowFault::damaged(Keyspace::Sets))?;
        let SetRow(sections) = read(value)?;
        Ok(visit(Item { record, sections }))
    })
}

fn retally(
    pending: &mut Pending<'_>,
    side: Side,
    peer: Country,
    period: Period,
    change: impl FnOnce(&mut Tally),
) -> Result<(), CommitFault> {
    let key = period_key(side, peer, period);
    let TallyRow(mut tally) = pending.get(&key)?.unwrap_or(TallyRow(Tally::default()));
    change(&mut tally);
    // A period without items has no tally: the other end, which never had an item in it, keeps none either.
    if tally.count == 0 {
        pending.delete(Keyspace::Tallies, key);
        return Ok(());
    }
    pending.put(key, &TallyRow(tally))
}

fn set_key(side: Side, peer: Country) -> Key {
    let side = match side {
        Side::Delivered => b'd',
        Side::Received => b'r',
    };
    Key::new().byte(side).country(peer)
}

fn period_key(side: Side, peer: Country, period: Period) -> Key {
    set_key(side, peer).bytes(&period.0.to_be_bytes())
}

fn item_key(side: Side, peer: Country, period: Period, record: &RecordId) -> Key {
    period_key(side, peer, period).bytes(&record.0)
}
