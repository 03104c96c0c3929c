//! Passing on over one connection: ids first, in both roles, the holder's that offers and the receiver's that wants.

use std::collections::{BTreeSet, VecDeque};
use std::sync::Arc;

use chancery_record::{Country, RecordId, TrustRoster};
use chancery_treaty::{Candidate, Consent, LawGeneration, Released, Terms};

use crate::change::{Change, Deferral, DeferralCause, Mark, RecordSource};
use crate::desk::{Decided, Desk};
use crate::limits::{
    CONSENTS_PER_RECEIVER_MAX, ONWARD_AGAIN_MS, ONWARD_IDS_MAX, ONWARD_OFFERS_WAITING_MAX, ONWARD_PAGE,
};
use crate::onward::{OnwardCopy, OnwardReport, OnwardState};
use crate::output::Outgoing;
use crate::wire::{OnwardOffer, OnwardWant};
use crate::{HeldRecord, Holdings, JournalPosition, ReadFault};

/// What this country offers the peer of others' records, as this connection says it.
///
/// INVARIANT (everything is bounded): one offer at a time, of as many ids as an answer has bits.
#[derive(Debug)]
pub(crate) struct Forwarder {
    peer: Country,
    /// How far the copies that may be passed on were looked through.
    walked: JournalPosition,
    is_walking: bool,
    /// When all of them are looked at again: a day may let go what another held back.
    again_ms: u64,
    /// Counts what made an offer void; one of an earlier turn is dropped.
    turn: u64,
    is_writing: bool,
    ready: Option<PreparedOffer>,
    last: u64,
    asked: Option<Asked>,
    /// The originators whose receipt something waits for.
    waits_for: BTreeSet<Country>,
}

/// What the peer offers of others' records.
#[derive(Debug, Default)]
pub(crate) struct Wanter {
    due: VecDeque<OnwardWant>,
}

/// Ids that may be offered, on their way to disk and then to the wire.
#[derive(Debug)]
pub(crate) struct PreparedOffer {
    turn: u64,
    released: Vec<Released>,
}

/// An offer that the peer has not answered.
#[derive(Debug)]
struct Asked {
    number: u64,
    records: Vec<RecordId>,
}

/// What a step asks to be written, with the offer that may go once it is.
pub(crate) struct Looked {
    pub changes: Vec<Change>,
    pub offer: Option<PreparedOffer>,
}

/// A frame that does not fit the conversation on passing on.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum OnwardFault {
    #[error("an answer to an offer that was not made, or of more records than were offered")]
    NotOffered,
    #[error("more than {ONWARD_OFFERS_WAITING_MAX} offers before the first was answered")]
    TooMany,
}

impl Forwarder {
    pub fn new(peer: Country) -> Self {
        Self {
            peer,
            walked: JournalPosition(0),
            is_walking: true,
            again_ms: 0,
            turn: 0,
            is_writing: false,
            ready: None,
            last: 0,
            asked: None,
            waits_for: BTreeSet::new(),
        }
    }

    /// Something may be passed on that could not be before: law, consent or day have changed, or something is void.
    ///
    /// INVARIANT (decided at the wire): what was prepared and not handed over is dropped, and decided again.
    pub fn look_again(&mut self) {
        self.turn += 1;
        self.ready = None;
        self.walked = JournalPosition(0);
        self.is_walking = true;
    }

    /// A further copy that may be passed on has become durable.
    pub fn wake(&mut self) {
        self.is_walking = true;
    }

    /// Whether something waits for the receipt of an originator.
    pub fn waits_for(&self, originator: Country) -> bool {
        self.waits_for.contains(&originator)
    }

    /// Looks through copies that may be passed on, and prepares at most one offer. The changes must be durable before it
    /// is [`Forwarder::stored`].
    pub fn look<H: Holdings>(&mut self, desk: &mut Desk<'_, H>) -> Result<Option<Looked>, ReadFault> {
        if desk.now.monotonic_ms >= self.again_ms {
            self.again_ms = desk.now.monotonic_ms.saturating_add(ONWARD_AGAIN_MS);
            self.walked = JournalPosition(0);
            self.is_walking = true;
        }
        if !self.is_walking || self.is_writing || self.ready.is_some() || self.asked.is_some() {
            return Ok(None);
        }
        let (mut changes, mut released) = (Vec::new(), Vec::new());
        let page = desk.holdings.onward_copies(self.walked, ONWARD_PAGE)?;
        for copy in &page {
            if released.len() >= ONWARD_IDS_MAX {
                break;
            }
            self.look_at(desk, copy, &mut released, &mut changes)?;
            self.walked = copy.position;
        }
        self.is_walking = page.len() >= ONWARD_PAGE || page.last().is_some_and(|last| last.position > self.walked);
        let offer = (!released.is_empty()).then_some(PreparedOffer { turn: self.turn, released });
        self.is_writing = offer.is_some();
        Ok((!changes.is_empty()).then_some(Looked { changes, offer }))
    }

    fn look_at<H: Holdings>(
        &mut self,
        desk: &mut Desk<'_, H>,
        copy: &OnwardCopy,
        released: &mut Vec<Released>,
        changes: &mut Vec<Change>,
    ) -> Result<(), ReadFault> {
        if released.iter().any(|one| one.disclosure().record == copy.record) {
            return Ok(());
        }
        let state = desk.holdings.onward(self.peer, &copy.record)?;
        let now = desk.now.wall;
        if matches!(state, Some(OnwardState::Declined { at }) if now.0 < at.0.saturating_add(ONWARD_AGAIN_MS)) {
            return Ok(());
        }
        if desk.holdings.sections_held(&copy.record)?.is_none() {
            changes.push(Change::NoOnwardCopy { position: copy.position });
            return Ok(());
        }
        if !desk.may_pass_on(copy.label, self.peer)? {
            return Ok(());
        }
        let Some(held) = desk.standing(&copy.record)? else { return Ok(()) };
        let Decided::Release(one) = desk.decide_onward(&held, self.peer)? else { return Ok(()) };
        let disclosed = desk.holdings.disclosed(self.peer, &copy.record)?;
        if disclosed.is_some_and(|before| before.sections.contains_all(one.disclosure().sections)) {
            return Ok(());
        }
        match state {
            Some(OnwardState::Reported(report)) if report.covers(desk.holdings.incarnation()?, &one) => {
                changes.push(self.wait_for(&report, &held));
                return Ok(());
            }
            Some(OnwardState::Reported(_)) => {
                // More goes than the originator was told: the peer is asked once more. What was said of it stays said.
                let Some(state) = state else { return Ok(()) };
                changes.push(Change::Onward { peer: self.peer, record: copy.record, state });
            }
            None | Some(OnwardState::Offered { .. } | OnwardState::Declined { .. }) => {
                let state = OnwardState::Offered { at: now };
                changes.push(Change::Onward { peer: self.peer, record: copy.record, state });
            }
        }
        released.push(*one);
        Ok(())
    }

    /// The entry by which the ledger stream takes it up once the originator has receipted the report.
    pub fn wait_for(&mut self, report: &OnwardReport, held: &HeldRecord) -> Change {
        self.waits_for.insert(report.originator);
        Change::Defer(Deferral {
            peer: self.peer,
            record: held.record.id(),
            lane: held.record.manifest().tags.precedence,
            cause: DeferralCause::Reported {
                originator: report.originator,
                incarnation: report.incarnation,
                number: report.number,
            },
        })
    }

    /// The rows of an offer are durable.
    pub fn stored(&mut self, offer: PreparedOffer) {
        self.is_writing = false;
        if offer.turn == self.turn {
            self.ready = Some(offer);
        }
    }

    /// The offer that is due, against a permit, under the law of this moment.
    ///
    /// INVARIANT (written down first): only what came through [`Forwarder::stored`] is offered.
    pub fn next_frame(&mut self, current: LawGeneration) -> Option<Outgoing> {
        let PreparedOffer { released, .. } = self.ready.take()?;
        let announced = released.into_iter().map(|one| one.announce(current)).collect::<Result<Vec<_>, _>>();
        let Ok(announced) = announced else {
            self.look_again();
            return None;
        };
        self.last = self.last.saturating_add(1);
        self.asked = Some(Asked { number: self.last, records: announced.iter().map(|one| one.record()).collect() });
        Some(Outgoing::offered_onward(self.last, announced))
    }

    /// Takes the peer's answer: for each record that was offered, whether it wants it.
    pub fn answered(&mut self, want: &OnwardWant) -> Result<Vec<(RecordId, bool)>, OnwardFault> {
        let asked = self.asked.take_if(|asked| asked.number == want.number).ok_or(OnwardFault::NotOffered)?;
        let bits = u32::try_from(asked.records.len()).unwrap_or(u32::MAX);
        if bits < u64::BITS && want.wanted >> bits != 0 {
            return Err(OnwardFault::NotOffered);
        }
        let wanted = |(at, record)| (record, want.wanted & (1u64 << (at & 63)) != 0);
        Ok(asked.records.into_iter().enumerate().map(wanted).collect())
    }
}

impl Wanter {
    /// Works out what to answer to an offer.
    ///
    /// INVARIANT (nothing beyond the view): whether a record is held here shows only where it could go to who asks; else
    /// it is wanted as if it were not, and what then comes changes nothing. The rest of the answer depends on the
    /// originators named alone.
    pub fn take<H: Holdings>(
        &mut self,
        desk: &mut Desk<'_, H>,
        roster: &TrustRoster,
        peer: Country,
        offer: &OnwardOffer,
    ) -> Result<Result<(), OnwardFault>, ReadFault> {
        if self.due.len() >= ONWARD_OFFERS_WAITING_MAX {
            return Ok(Err(OnwardFault::TooMany));
        }
        let mut wanted = 0;
        for (at, item) in offer.items.iter().enumerate().take(ONWARD_IDS_MAX) {
            let is_foreign = ![desk.own, peer].contains(&item.originator);
            let may_verify = is_foreign && roster.country_key(item.originator).is_some();
            if may_verify && !desk.may_say_held(&item.record, peer)? {
                wanted |= 1u64 << (at & 63);
            }
        }
        self.due.push_back(OnwardWant { number: offer.number, wanted });
        Ok(Ok(()))
    }

    /// The answer that is due.
    pub fn next(&mut self) -> Option<OnwardWant> {
        self.due.pop_front()
    }
}

impl OnwardReport {
    /// Whether the originator was told of everything that would go now.
    fn covers(&self, incarnation: crate::Incarnation, released: &Released) -> bool {
        self.incarnation == incarnation && self.sections.contains_all(released.disclosure().sections)
    }
}

impl<H: Holdings> Desk<'_, H> {
    /// Whether anything under a label may be passed on to a peer.
    fn may_pass_on(&self, label: crate::LabelId, peer: Country) -> Result<bool, ReadFault> {
        let label = self.holdings.label(label)?.and_then(|bytes| chancery_treaty::Label::from_bytes(&bytes).ok());
        Ok(label.is_some_and(|label| self.law.may_pass_on(&label.prepare(), peer)))
    }

    /// Decides a copy of another country's record for a peer, under the law of this moment.
    pub fn decide_onward(&self, held: &HeldRecord, peer: Country) -> Result<Decided, ReadFault> {
        let RecordSource::Delivered { peer: from, narrowed, .. } = &held.source else { return Ok(Decided::Withhold) };
        // It is passed on once only, by who has it from its originator; what is superseded is not spread.
        if *from != held.record.manifest().originator || held.mark == Some(Mark::Corrected) {
            return Ok(Decided::Withhold);
        }
        let Ok(terms) = Terms::from_bytes(narrowed) else { return Ok(Decided::Withhold) };
        let asks = self.holdings.consent_asks(&held.record.id(), peer, CONSENTS_PER_RECEIVER_MAX)?;
        let consents: Vec<Consent> = asks.iter().filter_map(crate::ConsentAsk::consent).collect();
        let candidate = Candidate::new(Arc::clone(&held.record));
        let released = self.law.release_onward(&candidate, &terms, &consents, peer, self.now.wall);
        Ok(released.map_or(Decided::Withhold, |released| Decided::Release(Box::new(released))))
    }

    /// Decides it as [`Desk::decide_onward`], and lets go only what its originator has receipted to know of.
    ///
    /// INVARIANT (what is owed follows the record): the originator knows every holder before there is one.
    pub fn decide_reported(&self, held: &HeldRecord, peer: Country) -> Result<Decided, ReadFault> {
        let Some(OnwardState::Reported(report)) = self.holdings.onward(peer, &held.record.id())? else {
            return Ok(Decided::Withhold);
        };
        let is_receipted = self.holdings.owed_receipted(report.originator)? >= report.number;
        let incarnation = self.holdings.incarnation()?;
        Ok(match self.decide_onward(held, peer)? {
            Decided::Release(released) if is_receipted && report.covers(incarnation, &released) => {
                Decided::Release(released)
            }
            _ => Decided::Withhold,
        })
    }

    /// Whether it may be said to a peer that a record is held here: it could be released to it.
    fn may_say_held(&mut self, record: &RecordId, peer: Country) -> Result<bool, ReadFault> {
        let Some(held) = self.standing(record)? else { return Ok(false) };
        let decided = if held.record.manifest().originator == self.own {
            self.decide(&Candidate::new(held.record), peer)
        } else {
            self.decide_onward(&held, peer)?
        };
        Ok(matches!(decided, Decided::Release(_)))
    }
}
