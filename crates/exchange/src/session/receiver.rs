//! The receiving side of one ledger stream: judge each item, write, then acknowledge.

use std::collections::VecDeque;
use std::sync::Arc;

use chancery_record::encoding::{Domain, encode};
use chancery_record::{Country, Date, Instant, Record, RecordId};
use chancery_treaty::{Label, Latitude, Terms};

use crate::change::{Change, RecordSource, SetItem, Side};
use crate::desk::Desk;
use crate::incoming::{ReceivedBatch, ReceivedItem, item_bytes};
use crate::limits::{CLOCK_FUTURE_MS, CLOCK_STOP_MS, CREDIT_BYTES, CREDIT_ITEMS, LEDGER_FRAME_BYTES_MAX};
use crate::wire::{OpenEpoch, Receipt, Refusal, content_bytes};
use crate::{
    Holdings, Incarnation, Item, ItemNumber, Period, ReadFault, RefusalCode, STREAM_ORIGIN, StreamPosition, chain,
};

/// One peer's ledger, as this connection receives it.
#[derive(Debug)]
pub(crate) struct Receiver {
    peer: Country,
    incarnation: Incarnation,
    /// The last item judged, durable or not.
    judged: Option<StreamPosition>,
    /// What the next receipts say, one for each epoch, oldest first.
    due: VecDeque<Due>,
    /// What was judged and not yet receipted; never more than the credit we gave.
    unreceipted: Weight,
}

#[derive(Debug)]
struct Due {
    position: StreamPosition,
    refusals: Vec<Refusal>,
    weight: Weight,
}

/// What weighs on the credit: every item, and the bytes of every record.
#[derive(Clone, Copy, Debug, Default)]
struct Weight {
    items: usize,
    bytes: usize,
}

/// The peer's stream does not go on where it stood.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum StreamFault {
    #[error("an epoch opened at another place than where the stream stood")]
    Base,
    #[error("an epoch that is not higher than those before")]
    Epoch,
    #[error("a gap in the numbering")]
    Gap,
    #[error("items outside an epoch")]
    NotOpened,
    #[error("another incarnation within one connection")]
    Incarnation,
    #[error("more items than the credit allows")]
    Credit,
}

/// A judged batch on its way to disk.
#[derive(Debug)]
pub(crate) struct JudgedBatch {
    position: StreamPosition,
    refusals: Vec<Refusal>,
    weight: Weight,
}

/// A record that passed, before it is given its place in the journal.
pub(crate) struct Arrival {
    pub record: Arc<Record>,
    pub label: Label,
    pub source: RecordSource,
}

impl Weight {
    fn of(batch: &ReceivedBatch) -> Self {
        let records = batch.items.iter().filter_map(|item| item.record.as_ref().ok());
        Self { items: batch.items.len(), bytes: records.map(|record| content_bytes(record.envelope())).sum() }
    }

    fn plus(self, other: Self) -> Self {
        Self { items: self.items.saturating_add(other.items), bytes: self.bytes.saturating_add(other.bytes) }
    }

    fn minus(self, other: Self) -> Self {
        Self { items: self.items.saturating_sub(other.items), bytes: self.bytes.saturating_sub(other.bytes) }
    }

    /// INVARIANT (everything is bounded): a sender whose credit in bytes is not used up may send one more frame.
    fn exceeds_credit(self) -> bool {
        self.items > CREDIT_ITEMS as usize || self.bytes > CREDIT_BYTES as usize + LEDGER_FRAME_BYTES_MAX
    }
}

impl JudgedBatch {
    /// Whether some item was refused for this reason.
    pub fn refuses(&self, code: RefusalCode) -> bool {
        self.refusals.iter().any(|refusal| refusal.code == code)
    }
}

impl Receiver {
    /// `held` is how far the peer's ledger is durably held here.
    pub fn new(peer: Country, incarnation: Incarnation, held: Option<StreamPosition>) -> Self {
        Self { peer, incarnation, judged: held, due: VecDeque::new(), unreceipted: Weight::default() }
    }

    /// A new numbering begins where the stream stands.
    pub fn open_epoch(&mut self, open: &OpenEpoch) -> Result<(), StreamFault> {
        if open.incarnation != self.incarnation {
            return Err(StreamFault::Incarnation);
        }
        if open.base != self.judged {
            return Err(StreamFault::Base);
        }
        if self.judged.is_some_and(|judged| open.epoch <= judged.epoch) {
            return Err(StreamFault::Epoch);
        }
        self.judged = Some(StreamPosition {
            incarnation: self.incarnation,
            epoch: open.epoch,
            number: ItemNumber(0),
            hash: self.judged.map_or(STREAM_ORIGIN, |judged| judged.hash),
        });
        Ok(())
    }

    /// Judges every item by itself; one bad record stops nothing.
    pub fn judge<H: Holdings>(
        &mut self,
        desk: &mut Desk<'_, H>,
        batch: ReceivedBatch,
        changes: &mut Vec<Change>,
        arrivals: &mut Vec<Arrival>,
    ) -> Result<Result<JudgedBatch, StreamFault>, ReadFault> {
        let mut position = match self.judged {
            Some(judged) if judged.epoch == batch.epoch => judged,
            _ => return Ok(Err(StreamFault::NotOpened)),
        };
        if batch.first != position.number.next() {
            return Ok(Err(StreamFault::Gap));
        }
        let weight = Weight::of(&batch);
        self.unreceipted = self.unreceipted.plus(weight);
        if self.unreceipted.exceeds_credit() {
            return Ok(Err(StreamFault::Credit));
        }
        let mut judged = JudgedBatch { position, refusals: Vec::new(), weight };
        let decided = decided_at(batch.at, desk.now.wall);
        let mut taken = Vec::with_capacity(batch.items.len());
        for item in batch.items {
            let Some(terms) = batch.terms.get(usize::from(item.entry.terms)) else {
                return Ok(Err(StreamFault::Gap));
            };
            let bytes = item_bytes(&item.entry.record, item.entry.sections, terms);
            position.number = position.number.next();
            position.hash = chain(&position.hash, &bytes);
            let entry = item.entry;
            let expires = item.record.as_ref().map_or(Date::from_days(0), |record| record.manifest().expires);
            match self.judge_item(desk, item, terms, decided, changes)? {
                Ok(Some((record, narrowed))) => {
                    let item = Item { record: entry.record, sections: entry.sections };
                    taken.push(SetItem { period: Period::of(expires), item });
                    if let Some(record) = with_what_is_held(desk, arrivals, self.peer, record, &narrowed)? {
                        let source = RecordSource::Delivered {
                            peer: self.peer,
                            sheet: batch.sheet,
                            terms: entry.terms,
                            narrowed: encode(Domain::Terms, &narrowed),
                        };
                        arrivals.push(Arrival { label: Label::of(&record), record: Arc::new(record), source });
                    }
                }
                Ok(None) => {}
                Err(code) => {
                    judged.refusals.push(Refusal { number: position.number, code });
                    changes.push(self.quarantined(position, entry.record, code, desk.now.wall));
                }
            }
        }
        // The sheet proves to its signer, should its store be lost, what it disclosed here: every one is kept.
        let (peer, epoch, first) = (self.peer, batch.epoch, batch.first);
        changes.push(Change::Sheet { peer, epoch, first, hash: batch.sheet, bytes: batch.sheet_bytes });
        if !taken.is_empty() {
            changes.push(Change::Items { side: Side::Received, peer, items: taken });
        }
        changes.push(Change::Received { peer: self.peer, position });
        self.judged = Some(position);
        judged.position = position;
        Ok(Ok(judged))
    }

    fn quarantined(&self, position: StreamPosition, record: RecordId, code: RefusalCode, at: Instant) -> Change {
        Change::Quarantine { peer: self.peer, epoch: position.epoch, number: position.number, record, code, at }
    }

    /// The record if it is to be kept, none if it is good and nothing has to be done, or why it is refused.
    fn judge_item<H: Holdings>(
        &self,
        desk: &mut Desk<'_, H>,
        item: ReceivedItem,
        terms: &Terms,
        decided: Instant,
        changes: &mut Vec<Change>,
    ) -> Result<Result<Option<(Record, Terms)>, RefusalCode>, ReadFault> {
        let record = match item.record {
            Ok(record) => record,
            Err(code) => return Ok(Err(code)),
        };
        let manifest = record.manifest();
        // What another country sealed comes by the rules of onward transfer, and nobody's own record comes back so.
        let is_passed_on = manifest.originator != self.peer;
        if manifest.originator == desk.own {
            return Ok(Err(RefusalCode::NotTheOriginator));
        }
        if manifest.is_expired(desk.now.wall.date()) {
            return Ok(Err(RefusalCode::Expired));
        }
        if manifest.issued.0 > desk.now.wall.0.saturating_add(CLOCK_FUTURE_MS) {
            return Ok(Err(RefusalCode::Clock));
        }
        // INVARIANT (what is owed follows the record): a withdrawn record never comes back.
        if desk.is_taken_back(&record)? {
            return Ok(Err(RefusalCode::Withdrawn));
        }
        let again = desk.law.redecide(&record, self.peer, terms, decided);
        let in_force = desk.law.treaties_with(self.peer);
        if !again.breaches.is_empty() && terms.treaties().iter().any(|treaty| !in_force.contains(treaty)) {
            return Ok(Err(RefusalCode::UnknownTreaty));
        }
        for breach in &again.breaches {
            changes.push(Change::Breach {
                peer: self.peer,
                record: record.id(),
                what: breach.to_string(),
                at: desk.now.wall,
            });
        }
        if again.narrowed.rows().is_empty() {
            let code = if is_passed_on { RefusalCode::NotTheOriginator } else { RefusalCode::ExceedsTreaty };
            return Ok(Err(code));
        }
        // INVARIANT (terms stay with the copy): sections that the narrower of terms and own decision does not cover are
        // not kept.
        let kept = again.narrowed.sections();
        let reduced = record.with_only(record.sections_held().without(record.sections_held().without(kept)));
        Ok(Ok(Some((reduced, again.narrowed))))
    }

    /// A judged batch is durable.
    ///
    /// INVARIANT (acknowledged means durable): receipts speak only of positions that come through here.
    pub fn stored(&mut self, judged: JudgedBatch) {
        match self.due.back_mut().filter(|due| due.position.epoch == judged.position.epoch) {
            Some(due) => {
                due.position = judged.position;
                due.refusals.extend(judged.refusals);
                due.weight = due.weight.plus(judged.weight);
            }
            None => {
                let JudgedBatch { position, refusals, weight } = judged;
                self.due.push_back(Due { position, refusals, weight });
            }
        }
    }

    /// The cumulative receipt that is due.
    pub fn next_receipt<H: Holdings>(&mut self, desk: &Desk<'_, H>) -> Option<Receipt> {
        let due = self.due.pop_front()?;
        self.unreceipted = self.unreceipted.minus(due.weight);
        Some(Receipt {
            holder: desk.own,
            sender: self.peer,
            position: due.position,
            refusals: due.refusals,
            at: desk.now.wall,
        })
    }
}

/// The sender's word on when it decided, as far as clocks may be apart: around midnight its day may have begun already.
fn decided_at(sent: Instant, now: Instant) -> Instant {
    sent.clamp(now, Instant(now.0.saturating_add(CLOCK_STOP_MS)))
}

/// The record to store: as it came, or joined with the sections held already; none where it adds no section, and the
/// terms let this country do nothing more.
///
/// What is on its way to disk counts as held, so that a section that comes close behind is neither lost nor doubled.
fn with_what_is_held<H: Holdings>(
    desk: &Desk<'_, H>,
    arrivals: &[Arrival],
    peer: Country,
    record: Record,
    terms: &Terms,
) -> Result<Option<Record>, ReadFault> {
    let id = record.id();
    let arrived = arrivals.iter().rev().find(|arrival| arrival.record.id() == id);
    let arrived = arrived.map(|arrival| (Arc::clone(&arrival.record), Some(arrival.source.clone())));
    let accepting = || desk.overlay.accepting(&id).map(|record| (Arc::clone(record), None));
    let held = match arrived.or_else(accepting) {
        Some(standing) => Some(standing),
        None => desk.holdings.held(&id)?.map(|held| (held.record, Some(held.source))),
    };
    let by_originator = record.manifest().originator == peer;
    Ok(match held {
        None => Some(record),
        // What its originator gives stands over what somebody passed on, and never the other way round.
        Some((_, Some(RecordSource::Delivered { peer: from, .. }))) if from != peer && !by_originator => None,
        Some((held, Some(RecordSource::Delivered { peer: from, .. })))
            if from != peer && record.sections_held().contains_all(held.sections_held()) =>
        {
            Some(record)
        }
        Some((held, source)) if held.sections_held().contains_all(record.sections_held()) => {
            // The terms of a copy on its way to disk are not at hand; the peer's later word counts.
            (!source.is_some_and(|source| covers(&source, peer, terms))).then(|| record.joined_with(&held))
        }
        Some((held, _)) => Some(record.joined_with(&held)),
    })
}

/// Whether a copy of that source may be used for all that new terms of a peer allow. What others gave is theirs to widen.
fn covers(source: &RecordSource, peer: Country, new: &Terms) -> bool {
    match source {
        RecordSource::Delivered { peer: from, narrowed, .. } if *from == peer => {
            let before = |before: Terms| Latitude::of(&before).covers(&Latitude::of(new));
            Terms::from_bytes(narrowed).is_ok_and(before)
        }
        RecordSource::Delivered { .. } | RecordSource::Own => true,
    }
}
