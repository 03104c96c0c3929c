//! The sending side of one ledger stream: walk the journal, decide, write down, wait for the permit, hand over.

use std::collections::VecDeque;

use chancery_record::encoding::{Domain, encode};
use chancery_record::{Country, DocumentHash, Lineage, Precedence, RecordId, StreamHash};
use chancery_treaty::{LawGeneration, Released};
use ed25519_dalek::SigningKey;

use crate::change::{Change, Deferral, DeferralCause, LedgerRow};
use crate::desk::{Decided, Desk};
use crate::incoming::item_bytes;
use crate::limits::{
    BATCH_ITEMS_MAX, BATCHES_PREPARED_MAX, CURSOR_LAG_MAX, DEFERRED_EVERY_MS, DEFERRED_PAGE, JOURNAL_PAGE, LANE_TURNS,
    PENDING_EVERY_MS, WALK_STEP_MAX,
};
use crate::output::{Outgoing, View};
use crate::session::batch::{Flight, Offer, Pick, Picked, PreparedBatch};
use crate::session::lane::{LANES, LaneCursors};
use crate::sheet::SheetDraft;
use crate::wire::{OpenEpoch, Receipt};
use crate::{
    Epoch, Holdings, Incarnation, ItemNumber, JournalPosition, ReadFault, STREAM_ORIGIN, StreamPosition, chain,
};

/// One peer's ledger, as this connection sends it.
#[derive(Debug)]
pub(crate) struct Sender {
    peer: Country,
    incarnation: Incarnation,
    epoch: Epoch,
    /// Whether the epoch still has to be opened on the wire, and from where.
    opening: Option<OpenEpoch>,
    /// The last item prepared in this epoch.
    last: (ItemNumber, StreamHash),
    /// Where the peer's end of the stream stands, all it was handed being taken.
    handed: Option<StreamPosition>,
    lanes: LaneCursors,
    /// Batches in a commit that has not been answered.
    unwritten: usize,
    ready: VecDeque<PreparedBatch>,
    in_flight: VecDeque<Flight>,
    in_flight_bytes: usize,
    credit_items: usize,
    credit_bytes: usize,
    deferred_due_ms: u64,
    /// How far the deferred index was looked through.
    deferred_after: Option<RecordId>,
    /// When what the peer could not accept is offered again: at once on a new connection or law, then daily.
    pending_due_ms: u64,
    /// Whether it is offered in the look under way.
    is_pending_due: bool,
    turns: u32,
    /// Whether the peer has answered on this connection, so that our hello has come.
    is_heard: bool,
    /// Whether a batch was handed over on this connection.
    has_spoken: bool,
}

/// What a receipt says that cannot be.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("a receipt for what was never sent, or with another running hash")]
pub(crate) struct FalseReceipt;

/// What a step of the walk asks to be written, with the batch that may go once it is.
pub(crate) struct Prepared {
    pub changes: Vec<Change>,
    pub batch: Option<PreparedBatch>,
}

/// How a sender starts: what stands in the ledger and in the peer's hello.
pub(crate) struct SenderStart {
    pub incarnation: Incarnation,
    pub epoch: Epoch,
    pub base: Option<StreamPosition>,
    pub lanes: LaneCursors,
    pub credit_items: usize,
    pub credit_bytes: usize,
}

impl Sender {
    pub fn new(peer: Country, start: SenderStart) -> Self {
        Self {
            peer,
            incarnation: start.incarnation,
            epoch: start.epoch,
            opening: Some(OpenEpoch { epoch: start.epoch, base: start.base, incarnation: start.incarnation }),
            last: (ItemNumber(0), start.base.map_or(STREAM_ORIGIN, |base| base.hash)),
            handed: start.base,
            lanes: start.lanes,
            unwritten: 0,
            ready: VecDeque::new(),
            in_flight: VecDeque::new(),
            in_flight_bytes: 0,
            credit_items: start.credit_items,
            credit_bytes: start.credit_bytes,
            deferred_due_ms: 0,
            deferred_after: None,
            pending_due_ms: 0,
            is_pending_due: false,
            turns: 0,
            is_heard: false,
            has_spoken: false,
        }
    }

    /// A new epoch: what was prepared and not handed over is void, and all that is unreceipted is decided afresh.
    ///
    /// INVARIANT (decided at the wire): called on every change of law, and when something prepared is taken back.
    pub fn reopen(&mut self, law: DocumentHash) -> Vec<Change> {
        self.ready.clear();
        let handed = self.handed;
        self.in_flight.retain(|flight| flight.is_handed(handed));
        self.in_flight_bytes = self.in_flight.iter().map(|flight| flight.bytes).sum();
        self.epoch = self.epoch.next();
        self.opening = Some(OpenEpoch { epoch: self.epoch, base: handed, incarnation: self.incarnation });
        self.last = (ItemNumber(0), handed.map_or(STREAM_ORIGIN, |handed| handed.hash));
        self.deferred_due_ms = 0;
        self.deferred_after = None;
        self.pending_due_ms = 0;
        self.lanes.rewind(law);
        self.lanes.changes(self.peer, LANES)
    }

    /// Whether something of a lineage is prepared and not handed over.
    pub fn is_preparing(&self, lineage: &Lineage) -> bool {
        self.in_flight.iter().any(|flight| flight.lineage == *lineage && !flight.is_handed(self.handed))
    }

    /// Whether anything is prepared and not handed over.
    pub fn has_prepared(&self) -> bool {
        self.in_flight.iter().any(|flight| !flight.is_handed(self.handed))
    }

    /// Whether a record accepted right now can ride in the accepting commit: nothing older waits.
    pub fn is_idle(&self, lane: Precedence) -> bool {
        self.lanes.is_caught_up(lane) && self.has_credit() && self.ready.len() + self.unwritten < BATCHES_PREPARED_MAX
    }

    /// An entry was appended that is not offered here and now.
    pub fn note_appended(&mut self, lane: Precedence, position: JournalPosition, passed: Passed) {
        match passed {
            Passed::Yes => self.lanes.pass(lane, position),
            Passed::No => self.lanes.fall_behind(lane),
        }
    }

    fn has_credit(&self) -> bool {
        self.in_flight.len() + BATCH_ITEMS_MAX <= self.credit_items && self.in_flight_bytes < self.credit_bytes
    }

    /// Walks on and prepares at most one batch. The changes must be durable before the batch is [`Sender::stored`].
    pub fn prepare<H: Holdings>(&mut self, desk: &mut Desk<'_, H>) -> Result<Option<Prepared>, ReadFault> {
        if !self.has_credit() || self.ready.len() + self.unwritten >= BATCHES_PREPARED_MAX {
            return Ok(None);
        }
        let mut changes = Vec::new();
        let mut picks = Vec::new();
        self.pick_deferred(desk, &mut picks, &mut changes)?;
        self.pick_from_lanes(desk, &mut picks, &mut changes)?;
        let batch = self.write_down(desk, picks, &mut changes);
        if batch.is_none() && self.in_flight.is_empty() {
            changes.extend(self.lanes.lagging(self.peer, CURSOR_LAG_MAX));
        }
        Ok((batch.is_some() || !changes.is_empty()).then_some(Prepared { changes, batch }))
    }

    /// Prepares a batch of one from a record that is being accepted in the same commit.
    pub fn prepare_accepted<H: Holdings>(
        &mut self,
        desk: &mut Desk<'_, H>,
        released: Released,
        lane: Precedence,
        position: JournalPosition,
        changes: &mut Vec<Change>,
    ) -> Option<PreparedBatch> {
        self.lanes.pass(lane, position);
        self.write_down(desk, vec![Pick::new(released, lane, Some(position))], changes)
    }

    /// A lower lane gets its turn at least every [`LANE_TURNS`] batches; otherwise the most urgent goes first.
    fn lane_order(&mut self) -> [Precedence; 4] {
        self.turns = self.turns.wrapping_add(1);
        let mut order = LANES;
        if !self.turns.is_multiple_of(LANE_TURNS) {
            order.reverse();
        }
        order
    }

    fn pick_from_lanes<H: Holdings>(
        &mut self,
        desk: &mut Desk<'_, H>,
        picks: &mut Vec<Pick>,
        changes: &mut Vec<Change>,
    ) -> Result<(), ReadFault> {
        let mut steps = 0;
        for lane in self.lane_order() {
            while !self.lanes.is_caught_up(lane) {
                let entries = desk.holdings.journal(lane, self.lanes.walked(lane), JOURNAL_PAGE)?;
                if entries.is_empty() {
                    // An entry on its way to disk cannot be read yet, and must not be walked past.
                    if desk.overlay.is_journal_settled() {
                        self.lanes.caught_up(lane);
                    }
                    break;
                }
                for entry in entries {
                    if steps >= WALK_STEP_MAX || Pick::fill_a_batch(picks) {
                        return Ok(());
                    }
                    steps += 1;
                    if entry.expires > desk.now.wall.date() && desk.may_offer(entry.label, self.peer)? {
                        let offer = Offer::FromJournal(entry.position);
                        self.pick(desk, &entry.record, lane, offer, picks, changes)?;
                    }
                    self.lanes.pass(lane, entry.position);
                }
            }
        }
        Ok(())
    }

    fn pick<H: Holdings>(
        &self,
        desk: &mut Desk<'_, H>,
        record: &RecordId,
        lane: Precedence,
        offer: Offer,
        picks: &mut Vec<Pick>,
        changes: &mut Vec<Change>,
    ) -> Result<Picked, ReadFault> {
        let is_picked = |pick: &Pick| pick.released.disclosure().record == *record;
        if matches!(offer, Offer::FromJournal(_)) && picks.iter().any(is_picked) {
            return Ok(Picked::Withheld);
        }
        match desk.decide_held(record, self.peer)? {
            Decided::Withhold => Ok(Picked::Withheld),
            Decided::Defer(date) => {
                // What was receipted is held, or was refused as pending and is in the index for that.
                if offer != Offer::Again && !self.is_receipted(desk, record)? {
                    let cause = DeferralCause::Date(date);
                    changes.push(Change::Defer(Deferral { peer: self.peer, record: *record, lane, cause }));
                }
                Ok(Picked::Deferred)
            }
            Decided::Release(released) => {
                // What the peer refused was receipted all the same, and is not held.
                if offer != Offer::Again && self.is_held_by_peer(desk, &released)? {
                    return Ok(Picked::Withheld);
                }
                let position = match offer {
                    Offer::FromJournal(position) => Some(position),
                    Offer::OnItsDay | Offer::Again => None,
                };
                picks.push(Pick::new(*released, lane, position));
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

    /// Whether the peer has receipted, or is being sent, everything that would be released.
    fn is_held_by_peer<H: Holdings>(&self, desk: &Desk<'_, H>, released: &Released) -> Result<bool, ReadFault> {
        let Some(before) = desk.holdings.disclosed(self.peer, &released.disclosure().record)? else {
            return Ok(false);
        };
        // The sections of earlier items may never have arrived; those of the last one stand or fall with it.
        let last = desk.holdings.ledger_row(self.peer, before.epoch, before.number)?;
        if !last.is_some_and(|row| row.sections.contains_all(released.disclosure().sections)) {
            return Ok(false);
        }
        let receipted = before.number <= desk.holdings.receipted_in(self.peer, before.epoch)?;
        let under_way =
            self.in_flight.iter().any(|flight| (flight.epoch, flight.number) == (before.epoch, before.number));
        Ok(receipted || under_way)
    }

    /// Offers again what was deferred: once a minute for what a day releases, daily for what the peer could not accept.
    fn pick_deferred<H: Holdings>(
        &mut self,
        desk: &mut Desk<'_, H>,
        picks: &mut Vec<Pick>,
        changes: &mut Vec<Change>,
    ) -> Result<(), ReadFault> {
        if desk.now.monotonic_ms < self.deferred_due_ms {
            return Ok(());
        }
        let today = desk.now.wall.date();
        if self.deferred_after.is_none() {
            self.is_pending_due = desk.now.monotonic_ms >= self.pending_due_ms;
        }
        let page = desk.holdings.deferred(self.peer, self.deferred_after, DEFERRED_PAGE)?;
        for deferral in &page {
            if Pick::fill_a_batch(picks) {
                return Ok(());
            }
            let (due, offer) = match deferral.cause {
                DeferralCause::Date(date) => (date <= today, Offer::OnItsDay),
                DeferralCause::PeerPending(_) => (self.is_pending_due, Offer::Again),
            };
            let under_way = self.in_flight.iter().any(|flight| flight.record == deferral.record);
            if due
                && !under_way
                && self.pick(desk, &deferral.record, deferral.lane, offer, picks, changes)? == Picked::Withheld
                && (offer != Offer::Again || !desk.may_return(&deferral.record)?)
            {
                changes.push(Change::Undefer { peer: self.peer, record: deferral.record });
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

    /// Numbers the picks and writes their ledger rows.
    ///
    /// INVARIANT (written down first): the batch is not ready before these rows are durable.
    fn write_down<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        picks: Vec<Pick>,
        changes: &mut Vec<Change>,
    ) -> Option<PreparedBatch> {
        if picks.is_empty() {
            return None;
        }
        let first = self.last.0.next();
        for pick in &picks {
            let Pick { released, lane, position, bytes } = pick;
            let item = item_bytes(&released.disclosure().record, released.disclosure().sections, released.terms());
            self.last = (self.last.0.next(), chain(&self.last.1, &item));
            changes.push(Change::Ledger(LedgerRow {
                peer: self.peer,
                epoch: self.epoch,
                number: self.last.0,
                hash: self.last.1,
                lane: *lane,
                position: *position,
                record: released.disclosure().record,
                lineage: released.disclosure().lineage,
                sections: released.disclosure().sections,
                disclosure: encode(Domain::Row, released.disclosure()),
                at: desk.now.wall,
            }));
            self.in_flight_bytes += *bytes;
            self.in_flight.push_back(Flight {
                epoch: self.epoch,
                number: self.last.0,
                hash: self.last.1,
                lane: *lane,
                position: *position,
                record: released.disclosure().record,
                lineage: released.disclosure().lineage,
                bytes: *bytes,
            });
        }
        self.unwritten += 1;
        let released: Vec<Released> = picks.into_iter().map(|pick| pick.released).collect();
        let sheet = SheetDraft::new(desk.own, self.peer, self.epoch, first, desk.now.wall, &released);
        Some(PreparedBatch { epoch: self.epoch, last: self.last, sheet, released, generation: desk.generation() })
    }

    /// The ledger rows of a batch are durable.
    pub fn stored(&mut self, batch: PreparedBatch) {
        self.unwritten = self.unwritten.saturating_sub(1);
        if batch.epoch == self.epoch {
            self.ready.push_back(batch);
        }
    }

    /// The next frame, against a permit. A batch of another generation is void, and the caller opens a new epoch. Until
    /// the peer has answered, one batch at most is under way.
    pub fn next_frame(&mut self, current: LawGeneration, record_key: &SigningKey) -> Option<Outgoing> {
        if self.ready.front()?.generation != current || (self.has_spoken && !self.is_heard) {
            return None;
        }
        if let Some(open) = self.opening.take() {
            // The peer now stands at the beginning of this epoch, whether or not an item follows in it.
            self.handed = Some(StreamPosition {
                incarnation: open.incarnation,
                epoch: open.epoch,
                number: ItemNumber(0),
                hash: open.base.map_or(STREAM_ORIGIN, |base| base.hash),
            });
            return Some(Outgoing::view(&View::OpenEpoch(&open), record_key));
        }
        let batch = self.ready.pop_front()?;
        let handed = StreamPosition {
            incarnation: self.incarnation,
            epoch: batch.epoch,
            number: batch.last.0,
            hash: batch.last.1,
        };
        let frame = Outgoing::released(batch.sheet, batch.released, current, record_key).ok()?;
        self.handed = Some(handed);
        self.has_spoken = true;
        Some(frame)
    }

    /// Takes the peer's signed word: receipted items leave the window, cursors move, pending refusals are kept.
    pub fn receipted(&mut self, receipt: &Receipt) -> Result<Vec<Change>, FalseReceipt> {
        let up_to = (receipt.position.epoch, receipt.position.number);
        let Some(at) = self.in_flight.iter().position(|flight| (flight.epoch, flight.number) == up_to) else {
            let stale = self.handed.is_some_and(|handed| up_to <= (handed.epoch, handed.number));
            self.is_heard |= stale;
            return if stale { Ok(Vec::new()) } else { Err(FalseReceipt) };
        };
        let true_hash = self.in_flight.get(at).is_some_and(|flight| flight.hash == receipt.position.hash);
        let handed = self.handed.is_some_and(|handed| up_to <= (handed.epoch, handed.number));
        if !true_hash || !handed || receipt.position.incarnation != self.incarnation {
            return Err(FalseReceipt);
        }
        self.is_heard = true;
        let mut changes = vec![Change::Receipted { peer: self.peer, position: receipt.position }];
        for flight in self.in_flight.drain(..=at) {
            self.in_flight_bytes = self.in_flight_bytes.saturating_sub(flight.bytes);
            let refusal = (flight.epoch == receipt.position.epoch)
                .then(|| receipt.refusals.iter().find(|refusal| refusal.number == flight.number))
                .flatten();
            match refusal {
                Some(refusal) if refusal.code.is_pending() => changes.push(Change::Defer(Deferral {
                    peer: self.peer,
                    record: flight.record,
                    lane: flight.lane,
                    cause: DeferralCause::PeerPending(refusal.code),
                })),
                _ if flight.position.is_none() => {
                    changes.push(Change::Undefer { peer: self.peer, record: flight.record });
                }
                _ => {}
            }
        }
        let waiting: Vec<_> =
            self.in_flight.iter().filter_map(|flight| Some((flight.lane, flight.position?))).collect();
        changes.extend(self.lanes.advance(self.peer, &waiting));
        Ok(changes)
    }

    /// The numbering in use.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Items between ledger row and receipt, for `status`.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether the walk has passed every entry it could see.
    pub fn is_caught_up(&self) -> bool {
        LANES.into_iter().all(|lane| self.lanes.is_caught_up(lane))
    }
}

/// Whether an appended entry needs no walking: it was offered or withheld as it was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    Yes,
    No,
}
