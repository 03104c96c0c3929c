//! The sending side of one ledger stream: walk the journal, decide, write down, wait for the permit, hand over.

mod walk;

use std::collections::VecDeque;

use chancery_record::encoding::{Domain, encode};
use chancery_record::{Country, DocumentHash, Lineage, Precedence, RecordId, StreamHash};
use chancery_treaty::{LawGeneration, Released};
use ed25519_dalek::SigningKey;

use crate::change::{Change, Deferral, DeferralCause, LedgerRow, SetItem, Side};
use crate::desk::Desk;
use crate::incoming::item_bytes;
use crate::limits::{BATCH_ITEMS_MAX, BATCHES_PREPARED_MAX, CURSOR_LAG_MAX, DEFERRED_EVERY_MS, SEALED_AGAIN_LOOKS_MAX};
use crate::output::{Outgoing, View};
use crate::session::batch::{Flight, Pick, PreparedBatch};
use crate::session::lane::{LANES, LaneCursors};
use crate::session::rotation::{Rotation, Share, Source};
use crate::session::window::Window;
use crate::sheet::SheetDraft;
use crate::wire::{OpenEpoch, Receipt};
use crate::{
    Epoch, Holdings, Incarnation, Item, ItemNumber, JournalPosition, Period, ReadFault, RefusalCode, STREAM_ORIGIN,
    SignedByNode, StreamPosition, chain,
};
use walk::Found;

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
    /// How often what was refused for its seals alone was offered again sooner.
    sealed_again_looks: u32,
    /// Whether it is offered in the look under way.
    is_pending_due: bool,
    rotation: Rotation,
    window: Window,
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
            sealed_again_looks: 0,
            is_pending_due: false,
            rotation: Rotation::default(),
            window: Window::new(start.credit_bytes),
            is_heard: false,
            has_spoken: false,
        }
    }

    /// A new epoch: what was prepared and not handed over is void, and all that is unreceipted is decided afresh.
    ///
    /// INVARIANT (decided at the wire): called on every change of law, and when something prepared is taken back.
    pub fn reopen(&mut self, law: Option<DocumentHash>) -> Vec<Change> {
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
        self.sealed_again_looks = 0;
        self.lanes.rewind(self.peer, law)
    }

    /// Looks at what is deferred without waiting for its time: what it waited for may have come.
    pub fn look_at_deferred(&mut self) {
        self.deferred_due_ms = 0;
        self.deferred_after = None;
    }

    /// Whether something of a lineage is prepared and not handed over.
    pub fn is_preparing(&self, lineage: &Lineage) -> bool {
        self.in_flight.iter().any(|flight| flight.lineage == *lineage && !flight.is_handed(self.handed))
    }

    /// Whether anything is prepared and not handed over.
    pub fn has_prepared(&self) -> bool {
        self.in_flight.iter().any(|flight| !flight.is_handed(self.handed))
    }

    /// Whether a record accepted right now can ride in the accepting commit: nothing older of its lane waits. What is
    /// filled in behind does not count, for it is less urgent.
    pub fn is_idle(&self, lane: Precedence) -> bool {
        let share = Share::of(Source::Lane(lane));
        // One record is less than a batch: it may take of the room that a batch of its lane leaves to the more urgent.
        let bytes = if share.is_all() { self.credit_bytes } else { self.window.bytes() };
        self.lanes.is_caught_up(lane) && self.fits(Share::of_one(share), bytes)
    }

    /// An entry was appended that is not offered here and now.
    pub fn note_appended(&mut self, lane: Precedence, position: JournalPosition, passed: Passed) {
        match passed {
            Passed::Yes => self.lanes.pass(lane, position),
            Passed::No => self.lanes.fall_behind(lane),
        }
    }

    /// Whether one batch more fits. Where nothing is under way it always does.
    fn has_room(&self, share: Share) -> bool {
        let bytes = if share.is_all() { self.credit_bytes } else { share.part_of(self.window.bytes()) };
        self.fits(share, bytes)
    }

    fn fits(&self, share: Share, bytes: usize) -> bool {
        let has_credit = |items: usize, bytes: usize| {
            self.in_flight.len() + BATCH_ITEMS_MAX <= items && self.in_flight_bytes < bytes
        };
        self.ready.len() + self.unwritten < share.part_of(BATCHES_PREPARED_MAX)
            && has_credit(self.credit_items, self.credit_bytes)
            && (self.in_flight.is_empty() || has_credit(share.part_of(self.credit_items), bytes))
    }

    /// Walks on and prepares at most one batch. The changes must be durable before the batch is [`Sender::stored`].
    pub fn prepare<H: Holdings>(&mut self, desk: &mut Desk<'_, H>) -> Result<Option<Prepared>, ReadFault> {
        let mut found = Found::default();
        for source in self.rotation.order() {
            if self.has_room(self.rotation.share(source)) {
                self.pick_from(source, desk, &mut found)?;
            }
            if found.is_enough() || !found.picks.is_empty() {
                break;
            }
        }
        // Where the step ended the walk, only a write brings it on.
        let lag = if found.is_enough() { 1 } else { CURSOR_LAG_MAX };
        let Found { picks, mut changes, steps } = found;
        let batch = self.write_down(desk, picks, &mut changes);
        if batch.is_some() || steps > 0 {
            self.rotation.turn();
        }
        if batch.is_none() && self.in_flight.is_empty() {
            changes.extend(self.lanes.lagging(self.peer, lag));
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
                sections: released.disclosure().sections,
                expires: released.record().manifest().expires,
                bytes: *bytes,
                prepared_ms: desk.now.monotonic_ms,
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
    pub fn receipted(
        &mut self,
        now_ms: u64,
        receipt: &Receipt,
        proof: Option<SignedByNode>,
    ) -> Result<Vec<Change>, FalseReceipt> {
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
        let mut changes = vec![Change::Receipted { peer: self.peer, position: receipt.position, proof }];
        let mut taken = Vec::new();
        let before = self.in_flight_bytes;
        let prepared_ms = self.in_flight.get(at).map_or(now_ms, |flight| flight.prepared_ms);
        for flight in self.in_flight.drain(..=at) {
            self.in_flight_bytes = self.in_flight_bytes.saturating_sub(flight.bytes);
            let refusal = (flight.epoch == receipt.position.epoch)
                .then(|| receipt.refusals.iter().find(|refusal| refusal.number == flight.number))
                .flatten();
            match refusal {
                Some(refusal) => changes.push(Change::Refused {
                    peer: self.peer,
                    epoch: flight.epoch,
                    number: flight.number,
                    code: refusal.code,
                }),
                None => taken.push(SetItem {
                    period: Period::of(flight.expires),
                    item: Item { record: flight.record, sections: flight.sections },
                }),
            }
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
        self.window.receipted(now_ms, prepared_ms, before.saturating_sub(self.in_flight_bytes));
        if !taken.is_empty() {
            changes.push(Change::Items { side: Side::Delivered, peer: self.peer, items: taken });
        }
        self.look_for_lost_seals(now_ms, receipt);
        let waiting: Vec<_> =
            self.in_flight.iter().filter_map(|flight| Some((flight.lane, flight.position?))).collect();
        changes.extend(self.lanes.advance(self.peer, &waiting));
        Ok(changes)
    }

    /// What was on its way when a key was revoked goes again with a fresh seal, and need not wait for a day.
    fn look_for_lost_seals(&mut self, now_ms: u64, receipt: &Receipt) {
        let is_lost = receipt.refusals.iter().any(|refusal| refusal.code == RefusalCode::RevokedKey);
        if is_lost && self.sealed_again_looks < SEALED_AGAIN_LOOKS_MAX {
            self.sealed_again_looks += 1;
            self.pending_due_ms = self.pending_due_ms.min(now_ms.saturating_add(DEFERRED_EVERY_MS));
        }
    }

    /// The numbering in use.
    pub fn epoch(&self) -> Epoch {
        self.epoch
    }

    /// Whether nothing is between a decision and its receipt.
    pub fn is_settled(&self) -> bool {
        self.in_flight.is_empty() && self.unwritten == 0
    }

    /// Items between ledger row and receipt, for `status`.
    pub fn in_flight(&self) -> usize {
        self.in_flight.len()
    }

    /// Whether the walks have passed every entry they could see.
    pub fn is_caught_up(&self) -> bool {
        LANES.into_iter().all(|lane| self.lanes.is_caught_up(lane) && self.lanes.to_back_fill(lane).is_none())
    }
}

/// Whether an appended entry needs no walking: it was offered or withheld as it was appended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Passed {
    Yes,
    No,
}
