//! Withdrawals, recalls and corrections: what everyone a record was disclosed to is owed.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use chancery_record::limits::STATEMENT_IDS_MAX;
use chancery_record::{
    Country, Date, Lineage, Moment, Record, RecordId, Saying, Set, SignedStatement, Statement, WithdrawalReason,
};
use chancery_treaty::{DisclosureProof, Owed};

use super::{Exchange, Write};
use crate::answer::{Answer, WithdrawFault};
use crate::change::{AuditEntry, Change, Mark, MarkTarget};
use crate::output::Output;
use crate::session::lane::walked_under;
use crate::session::obligations::after;
use crate::{CallerId, Holdings, ItemNumber, ObligationPosition, ReadFault, STREAM_ORIGIN};

impl Exchange {
    pub(super) fn withdraw<H: Holdings>(
        &mut self,
        now: Moment,
        caller: CallerId,
        actor: String,
        lineage: Lineage,
        reason: WithdrawalReason,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let Some((records, outlive)) = self.own_versions(&lineage, holdings)? else {
            self.refuse(caller, WithdrawFault::NotOwn);
            return Ok(());
        };
        let newest = records.last().copied().unwrap_or(RecordId([0; 32]));
        let marked = holdings.mark(self.own.country, &lineage, &newest)? == Some(Mark::Withdrawn);
        if marked || self.overlay.is_withdrawing(self.own.country, &lineage) {
            self.refuse(caller, WithdrawFault::Already);
            return Ok(());
        }
        let statement = Statement {
            maker: self.own.country,
            made: now.wall,
            saying: Saying::Withdrawal { lineage, reason },
            outlive,
        };
        let signed = statement.sign(&self.own.record_key);
        let mut write = Write::default();
        write.changes.push(Change::Mark {
            maker: self.own.country,
            target: MarkTarget::Lineage(lineage),
            mark: Mark::Withdrawn,
            statement: signed.clone(),
            outlive,
        });
        self.void_prepared(&lineage, &mut write);
        let holders = self.holders_of(&records, holdings)?;
        for (peer, held) in &holders {
            let proof = DisclosureProof {
                peer: *peer,
                records: held.iter().copied().collect(),
                lineages: [lineage].into_iter().collect(),
            };
            self.owe(*peer, signed.clone(), &proof, &mut write, holdings)?;
        }
        let outcome = reason.word().to_ascii_lowercase();
        let entry = AuditEntry::of_deed(now.wall, actor, "withdraw", Some(newest), outcome);
        write.changes.push(Change::Audit(entry));
        let answer = Answer::Withdrawn { statement: signed.id(), holders: holders.into_keys().collect(), records };
        self.answer_after(write, caller, answer);
        Ok(())
    }

    fn refuse(&mut self, caller: CallerId, fault: WithdrawFault) {
        self.outputs.push_back(Output::Answer { caller, answer: Answer::NotWithdrawn(fault) });
    }

    /// The versions of an own lineage with the latest expiry among them; none where it is not this country's.
    fn own_versions<H: Holdings>(
        &self,
        lineage: &Lineage,
        holdings: &H,
    ) -> Result<Option<(Vec<RecordId>, Date)>, ReadFault> {
        let records = self.versions_below(lineage, None, holdings)?;
        let mut outlive = None;
        for id in &records {
            if let Some(record) = self.standing(id, holdings)? {
                if record.manifest().originator != self.own.country {
                    return Ok(None);
                }
                outlive = outlive.max(Some(record.manifest().expires));
            }
        }
        Ok(outlive.map(|outlive| (records, outlive)))
    }

    /// The versions of an own lineage, in flight or durable, by revision; with a successor only those before it.
    pub(super) fn versions_below<H: Holdings>(
        &self,
        lineage: &Lineage,
        successor: Option<u64>,
        holdings: &H,
    ) -> Result<Vec<RecordId>, ReadFault> {
        let mut versions = holdings.versions(self.own.country, lineage)?;
        let in_flight = self.overlay.versions(self.own.country, lineage).iter();
        versions.extend(in_flight.map(|record| (record.manifest().revision, record.id())));
        versions.sort_unstable();
        versions.dedup();
        let below = |revision: u64| successor.is_none_or(|successor| revision < successor);
        Ok(versions.into_iter().filter(|(revision, _)| below(*revision)).map(|(_, id)| id).collect())
    }

    /// A copy as it stands, in flight or durable.
    pub(super) fn standing<H: Holdings>(
        &self,
        record: &RecordId,
        holdings: &H,
    ) -> Result<Option<Arc<Record>>, ReadFault> {
        match self.overlay.accepting(record) {
            Some(record) => Ok(Some(Arc::clone(record))),
            None => Ok(holdings.held(record)?.map(|held| held.record)),
        }
    }

    /// Tells every past holder of earlier versions that a new one stands: superseded where it may have the new one,
    /// recalled where it may not.
    pub(super) fn supersede<H: Holdings>(
        &mut self,
        now: Moment,
        successor: &Arc<Record>,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let lineage = successor.manifest().lineage;
        self.void_prepared(&lineage, write);
        let earlier = self.versions_below(&lineage, Some(successor.manifest().revision), holdings)?;
        for (peer, held) in self.holders_of(&earlier, holdings)? {
            let size = if self.goes_further(&held, peer, holdings)? { 1 } else { STATEMENT_IDS_MAX };
            for records in held.chunks(size) {
                let records: Set<RecordId> = records.iter().copied().collect();
                let proof =
                    DisclosureProof { peer, records: records.clone(), lineages: [lineage].into_iter().collect() };
                let statement = self.superseding(now, peer, records, successor, holdings)?;
                self.owe(peer, statement.sign(&self.own.record_key), &proof, write, holdings)?;
            }
        }
        Ok(())
    }

    /// Adds a statement to a past holder's stream.
    ///
    /// INVARIANT (what is owed follows the record): whoever the ledgers name as a holder is owed, view or no view.
    pub(super) fn owe<H: Holdings>(
        &mut self,
        peer: Country,
        statement: SignedStatement,
        proof: &DisclosureProof,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let end = self.owed_end(peer, holdings)?;
        match Owed::to(peer, statement, proof) {
            Ok(owed) => {
                let position = after(end, owed.statement());
                self.owed_ends.insert(peer, position);
                write.changes.push(Change::Owe { peer, position, statement: owed.into_statement() });
            }
            Err(fault) => {
                self.outputs.push_back(Output::Notice { peer, text: format!("a statement is not sent: {fault}") });
            }
        }
        Ok(())
    }

    /// Where the stream to a peer ends, with what is in flight.
    pub(super) fn owed_end<H: Holdings>(
        &mut self,
        peer: Country,
        holdings: &H,
    ) -> Result<ObligationPosition, ReadFault> {
        if let Some(end) = self.owed_ends.get(&peer) {
            return Ok(*end);
        }
        let end = match holdings.owed_end(peer)? {
            Some(end) => end,
            None => {
                ObligationPosition { incarnation: holdings.incarnation()?, number: ItemNumber(0), hash: STREAM_ORIGIN }
            }
        };
        self.owed_ends.insert(peer, end);
        Ok(end)
    }

    /// Everyone the ledgers say any of these records was disclosed to, and who has it through another, with which of them.
    ///
    /// INVARIANT (what is owed follows the record): a disclosure counts from when it is asked to be written down.
    pub(super) fn holders_of<H: Holdings>(
        &self,
        records: &[RecordId],
        holdings: &H,
    ) -> Result<BTreeMap<Country, Vec<RecordId>>, ReadFault> {
        let mut holders: BTreeMap<Country, Vec<RecordId>> = BTreeMap::new();
        for record in records {
            let through = holdings.onward_holders(record)?.into_iter().map(|told| told.holder);
            let peers: BTreeSet<Country> =
                holdings.holders(record)?.into_iter().chain(through).chain(self.overlay.holders(record)).collect();
            for peer in peers {
                holders.entry(peer).or_default().push(*record);
            }
        }
        Ok(holders)
    }

    pub(super) fn latest_expiry<H: Holdings>(&self, records: &[RecordId], holdings: &H) -> Result<Date, ReadFault> {
        let mut latest = Date::from_days(0);
        for record in records {
            if let Some(record) = self.standing(record, holdings)? {
                latest = latest.max(record.manifest().expires);
            }
        }
        Ok(latest)
    }

    /// Voids what is prepared of a lineage for any peer and not handed over: a new epoch decides it again.
    ///
    /// INVARIANT (decided at the wire): what was taken back or replaced since it was decided does not leave.
    pub(super) fn void_prepared(&mut self, lineage: &Lineage, write: &mut Write) {
        for session in self.sessions.values_mut() {
            let law = walked_under(&self.law, session.peer);
            if let Some(open) = session.conversation()
                && open.sender.is_preparing(lineage)
            {
                write.changes.extend(open.sender.reopen(law));
            }
        }
    }
}
