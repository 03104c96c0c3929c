//! The walk: which records are offered next, and what becomes of each offer.

use chancery_record::{Precedence, RecordId};
use chancery_treaty::Released;

use super::Sender;
use crate::change::{Change, Deferral, DeferralCause, Side};
use crate::desk::{Decided, Desk};
use crate::limits::{BATCH_ITEMS_MAX, DEFERRED_EVERY_MS, DEFERRED_PAGE, JOURNAL_PAGE, PENDING_EVERY_MS, WALK_STEP_MAX};
use crate::session::batch::{Offer, Pick, Picked};
use crate::session::lane::LANES;
use crate::session::rotation::Source;
use crate::{Holdings, JournalEntry, JournalPosition, ReadFault};

/// What a step of the walk has found so far.
#[derive(Default)]
pub(super) struct Found {
    pub picks: Vec<Pick>,
    pub changes: Vec<Change>,
    /// Journal entries passed.
    pub steps: usize,
}

impl Found {
    /// Whether the step is over, with a batch or without.
    pub fn is_enough(&self) -> bool {
        self.steps >= WALK_STEP_MAX || Pick::fill_a_batch(&self.picks)
    }
}

impl Sender {
    /// Takes from one source what a batch takes.
    pub(super) fn pick_from<H: Holdings>(
        &mut self,
        source: Source,
        desk: &mut Desk<'_, H>,
        found: &mut Found,
    ) -> Result<(), ReadFault> {
        match source {
            Source::Lane(lane) => self.pick_from_lane(lane, desk, found),
            Source::Deferred => self.pick_deferred(desk, found),
            Source::BackFill => {
                for lane in LANES {
                    self.pick_from_back_fill(lane, desk, found)?;
                }
                Ok(())
            }
        }
    }

    fn pick_from_lane<H: Holdings>(
        &mut self,
        lane: Precedence,
        desk: &mut Desk<'_, H>,
        found: &mut Found,
    ) -> Result<(), ReadFault> {
        while !self.lanes.is_caught_up(lane) && !found.is_enough() {
            let entries = desk.holdings.journal(lane, self.lanes.walked(lane), JOURNAL_PAGE)?;
            if entries.is_empty() {
                // An entry on its way to disk cannot be read yet, and must not be walked past.
                if desk.overlay.is_journal_settled() {
                    self.lanes.caught_up(lane);
                }
                return Ok(());
            }
            for entry in entries {
                if found.is_enough() {
                    return Ok(());
                }
                self.pick_entry(lane, &entry, desk, found)?;
                self.lanes.pass(lane, entry.position);
            }
        }
        Ok(())
    }

    fn pick_from_back_fill<H: Holdings>(
        &mut self,
        lane: Precedence,
        desk: &mut Desk<'_, H>,
        found: &mut Found,
    ) -> Result<(), ReadFault> {
        while let Some((after, until)) = self.lanes.to_back_fill(lane)
            && !found.is_enough()
        {
            let entries = desk.holdings.journal(lane, after, JOURNAL_PAGE)?;
            let is_last_page = entries.last().is_none_or(|entry| entry.position >= until);
            for entry in entries.into_iter().take_while(|entry| entry.position <= until) {
                if found.is_enough() {
                    return Ok(());
                }
                self.pick_entry(lane, &entry, desk, found)?;
                self.lanes.pass_old(lane, entry.position);
            }
            if is_last_page {
                self.lanes.pass_old(lane, until);
            }
        }
        Ok(())
    }

    fn pick_entry<H: Holdings>(
        &self,
        lane: Precedence,
        entry: &JournalEntry,
        desk: &mut Desk<'_, H>,
        found: &mut Found,
    ) -> Result<(), ReadFault> {
        found.steps += 1;
        if entry.expires > desk.now.wall.date() && desk.may_offer(entry.label, self.peer)? {
            self.pick(desk, &entry.record, lane, Offer::FromJournal(entry.position), found)?;
        }
        Ok(())
    }

    fn pick<H: Holdings>(
        &self,
        desk: &mut Desk<'_, H>,
        record: &RecordId,
        lane: Precedence,
        offer: Offer,
        found: &mut Found,
    ) -> Result<Picked, ReadFault> {
        let is_picked = |pick: &Pick| pick.released.disclosure().record == *record;
        if matches!(offer, Offer::FromJournal(_)) && found.picks.iter().any(is_picked) {
            return Ok(Picked::Withheld);
        }
        match desk.decide_held(record, self.peer)? {
            Decided::Withhold => Ok(Picked::Withheld),
            Decided::Defer(date) => {
                // What was receipted is held, or was refused as pending and is in the index for that.
                if offer != Offer::Again && !self.is_receipted(desk, record)? {
                    let cause = DeferralCause::Date(date);
                    found.changes.push(Change::Defer(Deferral { peer: self.peer, record: *record, lane, cause }));
                }
                Ok(Picked::Deferred)
            }
            Decided::Release(released) => {
                // What the peer refused was receipted all the same, and is not held.
                if offer != Offer::Again && self.is_held_by_peer(desk, &released)? {
                    return Ok(Picked::Withheld);
                }
                let position: Option<JournalPosition> = match offer {
                    Offer::FromJournal(position) => Some(position),
                    Offer::OnItsDay | Offer::Again => None,
                };
                found.picks.push(Pick::new(*released, lane, position));
                Ok(Picked::Released)
            }
        }
    }

    fn is_receipted<H: Holdings>(&self, desk: &Desk<'_, H>, record: &RecordId) -> Result<bool, ReadFault> {
        let Some(before) = desk.holdings.disclosed(self.peer, record)? else {
            return Ok(false);
        };
        Ok(before.number <= desk.holdings.receipted_in(self.peer, before.epoch)?)
    }

    /// Whether the peer has receipted, or is being sent, everything that would be released, under terms no narrower.
    fn is_held_by_peer<H: Holdings>(&self, desk: &Desk<'_, H>, released: &Released) -> Result<bool, ReadFault> {
        if self.is_being_written(released) {
            return Ok(true);
        }
        let Some(before) = desk.holdings.disclosed(self.peer, &released.disclosure().record)? else {
            return Ok(false);
        };
        // The sections of earlier items may never have arrived; those of the last one stand or fall with it.
        let last = desk.holdings.ledger_row(self.peer, before.epoch, before.number)?;
        if !last.is_some_and(|row| row.covers(released.disclosure())) {
            return Ok(false);
        }
        let receipted = before.number <= desk.holdings.receipted_in(self.peer, before.epoch)?;
        let under_way =
            self.in_flight.iter().any(|flight| (flight.epoch, flight.number) == (before.epoch, before.number));
        // After a recovery the receipts of an earlier life are gone; what the peer was found to hold is not.
        let record = released.record();
        let delivered =
            desk.holdings.set_sections(Side::Delivered, self.peer, &record.id(), record.manifest().expires)?;
        let delivered = delivered.is_some_and(|sections| sections.contains_all(released.disclosure().sections));
        Ok(receipted || under_way || delivered)
    }

    /// Whether it stands in a batch whose rows cannot be read yet: all of these are of one law.
    fn is_being_written(&self, released: &Released) -> bool {
        let disclosure = released.disclosure();
        let unwritten = self.in_flight.iter().rev().take(self.unwritten * BATCH_ITEMS_MAX);
        unwritten
            .filter(|flight| flight.epoch == self.epoch)
            .any(|flight| flight.record == disclosure.record && flight.sections.contains_all(disclosure.sections))
    }

    /// Offers again what was deferred: once a minute for what a day releases, daily for what the peer could not accept.
    fn pick_deferred<H: Holdings>(&mut self, desk: &mut Desk<'_, H>, found: &mut Found) -> Result<(), ReadFault> {
        if desk.now.monotonic_ms < self.deferred_due_ms {
            return Ok(());
        }
        let today = desk.now.wall.date();
        if self.deferred_after.is_none() {
            self.is_pending_due = desk.now.monotonic_ms >= self.pending_due_ms;
        }
        let page = desk.holdings.deferred(self.peer, self.deferred_after, DEFERRED_PAGE)?;
        for deferral in &page {
            if Pick::fill_a_batch(&found.picks) {
                return Ok(());
            }
            let (due, offer) = match deferral.cause {
                DeferralCause::Date(date) => (date <= today, Offer::OnItsDay),
                DeferralCause::PeerPending(_) => (self.is_pending_due, Offer::Again),
                DeferralCause::Missing => (true, Offer::Again),
                DeferralCause::Reported { originator, incarnation, number } => {
                    let is_known =
                        incarnation == self.incarnation && desk.holdings.owed_receipted(originator)? >= number;
                    (is_known, Offer::OnItsDay)
                }
            };
            let under_way = self.in_flight.iter().any(|flight| flight.record == deferral.record);
            if due
                && !under_way
                && self.pick(desk, &deferral.record, deferral.lane, offer, found)? == Picked::Withheld
                && (offer != Offer::Again || !desk.may_return(&deferral.record)?)
            {
                found.changes.push(Change::Undefer { peer: self.peer, record: deferral.record });
            }
            self.deferred_after = Some(deferral.record);
        }
        if page.len() < DEFERRED_PAGE {
            self.deferred_after = None;
            if self.is_pending_due {
                self.pending_due_ms = desk.now.monotonic_ms.saturating_add(PENDING_EVERY_MS);
            }
            self.deferred_due_ms = desk.now.monotonic_ms.saturating_add(DEFERRED_EVERY_MS);
        }
        Ok(())
    }
}
