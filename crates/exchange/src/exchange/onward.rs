//! Onward transfer across connections: reports to originators, holders they learn of, statements passed along.

use std::sync::Arc;

use chancery_record::{Country, Lineage, Moment, RecordId, Saying, SectionSet, Set, SignedStatement, Statement};
use chancery_treaty::{Candidate, DisclosureProof};

use super::{Exchange, Write, conversation};
use crate::change::Change;
use crate::desk::{Decided, Desk};
use crate::onward::{OnwardHolder, OnwardReport, OnwardState};
use crate::session::Session;
use crate::session::lane::walked_under;
use crate::session::obligations::{Outbox, proof_of_receipt};
use crate::session::onward::{Looked, OnwardFault};
use crate::ticket::Waiting;
use crate::wire::{OnwardOffer, OnwardWant};
use crate::{ConnectionId, HeldRecord, Holdings, ReadFault};

impl Exchange {
    /// A peer offers to pass on what others sealed.
    pub(super) fn take_offer<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        offer: &OnwardOffer,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        let Some(open) = conversation(&mut self.sessions, peer, connection) else {
            return Ok(Err(super::receiving::BEFORE_HELLO.to_owned()));
        };
        // As with records that cannot be taken now: a new connection begins where this one stood.
        if !open.records.may_be_taken() || self.clock.has_jumped() {
            open.missed.by_law = true;
            return Ok(Ok(()));
        }
        let mut desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
        Ok(open.wanter.take(&mut desk, &self.roster, peer, offer)?.map_err(|fault: OnwardFault| fault.to_string()))
    }

    /// A peer says which records of an offer it wants. Their originators are told before anything leaves.
    ///
    /// INVARIANT (what is owed follows the record): the report and the entry that waits for its receipt are one commit.
    pub(super) fn take_want<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        want: OnwardWant,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        let Some(open) = self.conversation(peer, connection) else {
            return Ok(Err(super::receiving::BEFORE_HELLO.to_owned()));
        };
        let answered = match open.forwarder.answered(&want) {
            Ok(answered) => answered,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let mut write = Write::default();
        for (record, is_wanted) in answered {
            if is_wanted {
                self.report(now, peer, &record, &mut write, holdings)?;
            } else if !matches!(holdings.onward(peer, &record)?, Some(OnwardState::Reported(_))) {
                let state = OnwardState::Declined { at: now.wall };
                write.changes.push(Change::Onward { peer, record, state });
            }
        }
        self.persist(write);
        Ok(Ok(()))
    }

    fn report<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        record: &RecordId,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let Some((held, sections)) = self.may_go_onward(now, peer, record, holdings)? else {
            return Ok(());
        };
        let manifest = held.record.manifest();
        let statement = Statement {
            maker: self.own.country,
            made: now.wall,
            saying: Saying::Onward { record: *record, lineage: manifest.lineage, to: peer, sections },
            outlive: manifest.expires,
        };
        let originator = manifest.originator;
        let signed = statement.sign(&self.own.record_key);
        self.owe(originator, signed, &DisclosureProof::of_originator(&held.record), write, holdings)?;
        let end = self.owed_end(originator, holdings)?;
        let (incarnation, number) = (end.incarnation, end.number);
        let report = OnwardReport { originator, incarnation, number, sections, at: now.wall };
        write.changes.push(Change::Onward { peer, record: *record, state: OnwardState::Reported(report) });
        if let Some(open) = self.sessions.get_mut(&peer).and_then(Session::conversation) {
            write.changes.push(open.forwarder.wait_for(&report, &held));
        }
        Ok(())
    }

    /// A copy with the sections of it that may be passed on to a peer, by the law of this moment.
    fn may_go_onward<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        record: &RecordId,
        holdings: &H,
    ) -> Result<Option<(HeldRecord, SectionSet)>, ReadFault> {
        let desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
        let Some(held) = desk.standing(record)? else { return Ok(None) };
        Ok(match desk.decide_onward(&held, peer)? {
            Decided::Release(released) => Some((held, released.disclosure().sections)),
            Decided::Withhold | Decided::Defer(_) => None,
        })
    }

    /// What became of a commit that passing on waited for.
    pub(super) fn settle_onward(&mut self, waiting: Waiting) {
        match waiting {
            Waiting::Offer(peer, connection, offer) => {
                if let Some(open) = self.conversation(peer, connection) {
                    open.forwarder.stored(offer);
                }
            }
            Waiting::OnwardCopy => {
                self.sessions.values_mut().filter_map(Session::conversation).for_each(|open| open.forwarder.wake());
            }
            Waiting::Consent(to) => {
                let law = walked_under(&self.law, to);
                let mut write = Write::default();
                if let Some(open) = self.sessions.get_mut(&to).and_then(Session::conversation) {
                    open.forwarder.look_again();
                    open.sender.look_at_deferred();
                    if open.sender.has_prepared() {
                        write.changes.extend(open.sender.reopen(law));
                    }
                }
                self.persist(write);
            }
            Waiting::OweReceipted(originator) => {
                let waiting = self.sessions.values_mut().filter_map(Session::conversation);
                waiting
                    .filter(|open| open.forwarder.waits_for(originator))
                    .for_each(|open| open.sender.look_at_deferred());
            }
            _ => {}
        }
    }

    /// What follows from a peer's statements: answers that are owed in turn, holders that are learned of, and for those
    /// who hold a record through this country the word of its originator.
    pub(super) fn follow_up<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        outbox: Outbox,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        self.note(write);
        for (to, answer) in outbox.answers {
            let proof = proof_of_receipt(to, &answer);
            self.owe(to, answer.sign(&self.own.record_key), &proof, write, holdings)?;
        }
        for (signed, statement) in outbox.taken {
            match &statement.saying {
                Saying::Withdrawal { .. } | Saying::Recall { .. } | Saying::Correction { .. } => {
                    self.pass_along(peer, &signed, &statement, write, holdings)?;
                }
                Saying::Onward { record, lineage, to, sections } => {
                    let (record, lineage, at) = (*record, *lineage, statement.made);
                    let holder = OnwardHolder { record, lineage, holder: *to, via: peer, sections: *sections, at };
                    self.take_report(now, holder, write, holdings)?;
                }
                Saying::ConsentAsked { record, to } => {
                    self.take_question(peer, &signed, &statement, (record, *to), write, holdings)?;
                }
                Saying::Consent { asked, .. } => self.take_consent(*asked, &signed, &statement, write, holdings)?,
                Saying::Deletion { .. } => {}
            }
        }
        Ok(())
    }

    /// Passes an originator's word along to everyone who has the record from here, verbatim.
    ///
    /// INVARIANT (what is owed follows the record): the originator serves every holder it can reach itself; this reaches
    /// those it cannot.
    /// INVARIANT (nothing beyond the view): a statement that names more than a holder has is not passed along to it.
    fn pass_along<H: Holdings>(
        &mut self,
        bringer: Country,
        signed: &SignedStatement,
        statement: &Statement,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let maker = statement.maker;
        let (named, lineage): (Vec<RecordId>, Option<Lineage>) = match &statement.saying {
            Saying::Withdrawal { lineage, .. } => {
                let durable = holdings.versions(maker, lineage)?.into_iter().map(|(_, id)| id);
                let in_flight = self.overlay.versions(maker, lineage).iter().map(|record| record.id());
                (durable.chain(in_flight).collect(), Some(*lineage))
            }
            Saying::Recall { records } | Saying::Correction { records } => (records.iter().copied().collect(), None),
            _ => return Ok(()),
        };
        for lineage in lineage.into_iter().chain(self.lineages_of(&named, holdings)?) {
            self.void_prepared(&lineage, write);
        }
        self.sessions.values_mut().filter_map(Session::conversation).for_each(|open| open.forwarder.look_again());
        for (holder, held) in self.holders_of(&named, holdings)? {
            let knows_all = lineage.is_some() || named.iter().all(|record| held.contains(record));
            let is_other = ![maker, bringer, self.own.country].contains(&holder);
            if is_other && knows_all && !holdings.is_owed(holder, &signed.id())? {
                let proof = DisclosureProof {
                    peer: holder,
                    records: held.into_iter().collect(),
                    lineages: lineage.into_iter().collect(),
                };
                self.owe(holder, signed.clone(), &proof, write, holdings)?;
            }
        }
        Ok(())
    }

    fn lineages_of<H: Holdings>(&self, records: &[RecordId], holdings: &H) -> Result<Vec<Lineage>, ReadFault> {
        let mut lineages = Vec::new();
        for record in records {
            lineages.extend(self.standing(record, holdings)?.map(|record| record.manifest().lineage));
        }
        lineages.sort_unstable();
        lineages.dedup();
        Ok(lineages)
    }

    /// A holder says that it passes an own record on: from here on the receiver is a holder too, and hears at once what
    /// others were told before.
    fn take_report<H: Holdings>(
        &mut self,
        now: Moment,
        holder: OnwardHolder,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let OnwardHolder { record, lineage, holder: to, via, .. } = holder;
        let versions = self.versions_below(&lineage, None, holdings)?;
        let is_own = versions.contains(&record) && to != self.own.country;
        if !is_own || !self.holders_of(&[record], holdings)?.contains_key(&via) {
            write.changes.push(breach(via, record, "reports passing on what it was not given from here", now));
            return Ok(());
        }
        if let Some(what) = self.not_let(now, &holder, holdings)? {
            write.changes.push(breach(via, record, &what, now));
        }
        write.changes.push(Change::OnwardHolder(holder));
        self.note(write);
        let proof = DisclosureProof {
            peer: to,
            records: [record].into_iter().collect(),
            lineages: [lineage].into_iter().collect(),
        };
        for signed in holdings.mark_statements(self.own.country, &lineage, &record)? {
            if !holdings.is_owed(to, &signed.id())? {
                self.owe(to, signed, &proof, write, holdings)?;
            }
        }
        let newest = versions.last().copied().filter(|newest| *newest != record);
        if let Some(successor) = newest.map(|newest| self.standing(&newest, holdings)).transpose()?.flatten() {
            let statement = self.superseding(now, to, vec![record].into_iter().collect(), &successor, holdings)?;
            self.owe(to, statement.sign(&self.own.record_key), &proof, write, holdings)?;
        }
        Ok(())
    }

    /// Why tags and treaty do not let a holder pass an own record on as it says, where that is so.
    fn not_let<H: Holdings>(
        &self,
        now: Moment,
        holder: &OnwardHolder,
        holdings: &H,
    ) -> Result<Option<String>, ReadFault> {
        let Some(record) = self.standing(&holder.record, holdings)? else { return Ok(None) };
        let is_let = self.law.lets_pass_on(&Candidate::new(record), [holder.via, holder.holder], now.wall);
        Ok((!is_let).then(|| format!("passes it on to {}, which tags and treaty do not allow", holder.holder)))
    }

    /// The word to a holder of earlier versions that a new one stands: superseded where it may have the new one, from
    /// here or through who gave it the earlier one; recalled where it may not.
    pub(super) fn superseding<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        records: Set<RecordId>,
        successor: &Arc<chancery_record::Record>,
        holdings: &H,
    ) -> Result<Statement, ReadFault> {
        let held: Vec<RecordId> = records.iter().copied().collect();
        let outlive = successor.manifest().expires.max(self.latest_expiry(&held, holdings)?);
        let candidate = Candidate::new(Arc::clone(successor));
        let desk = Self::desk(now, &self.own, &self.own_law, &mut self.labels, &self.overlay, holdings);
        let mut may_have = matches!(desk.decide(&candidate, peer), Decided::Release(_));
        for record in &held {
            let through = holdings.onward_holders(record)?.into_iter().filter(|told| told.holder == peer);
            may_have |= through.into_iter().any(|told| lets_through(&desk, &candidate, told.via, peer));
        }
        let saying = if may_have { Saying::Correction { records } } else { Saying::Recall { records } };
        Ok(Statement { maker: self.own.country, made: now.wall, saying, outlive })
    }

    /// Whether some of these records went on from a peer: a statement about them is then made for each by itself, so that
    /// it can be passed along to who has only one of them.
    pub(super) fn goes_further<H: Holdings>(
        &self,
        records: &[RecordId],
        via: Country,
        holdings: &H,
    ) -> Result<bool, ReadFault> {
        for record in records {
            if holdings.onward_holders(record)?.iter().any(|told| told.via == via) {
                return Ok(true);
            }
        }
        Ok(false)
    }
}

/// The write that a look for what may be passed on asks for.
pub(super) fn write_of(looked: Looked, peer: Country, connection: ConnectionId) -> Write {
    let waiting = looked.offer.into_iter().map(|offer| Waiting::Offer(peer, connection, offer)).collect();
    Write { changes: looked.changes, waiting, ..Write::default() }
}

fn lets_through<H: Holdings>(desk: &Desk<'_, H>, candidate: &Candidate, via: Country, to: Country) -> bool {
    desk.law.lets_pass_on(candidate, [via, to], desk.now.wall)
}

fn breach(peer: Country, record: RecordId, what: &str, now: Moment) -> Change {
    Change::Breach { peer, record, what: what.to_owned(), at: now.wall }
}
