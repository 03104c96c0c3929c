//! Another life of this store: mute until its peers have given back what they hold of the last one.

use std::sync::Arc;

use chancery_record::encoding::{Domain, encode};
use chancery_record::{Country, Lineage, Moment, Record, Saying, SignedStatement, Statement, StreamHash};
use chancery_treaty::{Disclosure, DisclosureProof, Label, Latitude, LawGeneration, Terms};

use super::accepting::NewRecord;
use super::{Exchange, Write};
use crate::answer::Answer;
use crate::change::{AuditEntry, Change, LedgerRow, Mark, MarkTarget, RecordSource};
use crate::incoming::ReceivedReturn;
use crate::output::Output;
use crate::reconcile::Unresolved;
use crate::session::{Records, Session};
use crate::ticket::Waiting;
use crate::wire::{SheetItem, TermsSheet};
use crate::{
    CallerId, ConnectionId, Holdings, Incarnation, Life, ReadFault, ReturnProgress, ReturnState, STREAM_ORIGIN,
};

impl Exchange {
    /// An operator says that this store was restored or lost what it held.
    pub(super) fn begin_recovery<H: Holdings>(
        &mut self,
        now: Moment,
        caller: CallerId,
        actor: String,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let audit = audit(now, actor, "recover", "begun");
        let mut write = self.new_life(now, holdings)?;
        write.changes.push(audit);
        write.waiting.push(Waiting::Answer(caller, Answer::RecoveryBegun));
        self.persist(write);
        Ok(())
    }

    /// A peer's signed word proves that this store was restored, or began anew, and nobody said so.
    pub(super) fn proved_restored<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        if self.life.is_recovering() {
            return Ok(());
        }
        let text = "the peer holds this node's signed word for more than this store knows: it was restored or replaced, \
                    and is mute now until its peers have given back what they hold of it; see `chancery recover status`";
        self.outputs.push_back(Output::Notice { peer, text: text.into() });
        let mut write = self.new_life(now, holdings)?;
        write.changes.push(audit(now, "node".into(), "recover", "proved"));
        self.persist(write);
        Ok(())
    }

    /// INVARIANT (released under an article): from here on nothing leaves, whatever was prepared; the connections begin
    /// afresh under the new number once it is durable.
    fn new_life<H: Holdings>(&mut self, now: Moment, holdings: &H) -> Result<Write, ReadFault> {
        (self.life, self.life_begins) = (Life::Recovering(now.wall), true);
        self.sessions
            .values_mut()
            .filter_map(Session::conversation)
            .for_each(|open| open.records = Records::Recovering);
        let known = self.outlived_by.unwrap_or_default().max(holdings.incarnation()?);
        let incarnation = Incarnation::begun_at(now.wall, known);
        Ok(Write {
            changes: vec![Change::NewLife { incarnation, at: now.wall }],
            waiting: vec![Waiting::NewLife],
            ..Write::default()
        })
    }

    /// The new life is durable: every connection begins afresh under it.
    pub(super) fn life_stored(&mut self) {
        (self.life_begins, self.outlived_by) = (false, None);
        self.owed_ends.clear();
        self.begin_all_afresh();
    }

    pub(super) fn begin_all_afresh(&mut self) {
        let open = self.sessions.values().map(|session| (session.peer, session.connection)).collect();
        self.begin_afresh(open);
    }

    /// An operator goes on without what a peer, or all that have not answered, may still hold.
    pub(super) fn override_recovery<H: Holdings>(
        &mut self,
        now: Moment,
        caller: CallerId,
        actor: String,
        peer: Option<Country>,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let mut write = Write::default();
        for of in self.expected().collect::<Vec<_>>() {
            let progress = holdings.returned(of)?.unwrap_or_default();
            if peer.is_none_or(|peer| peer == of) && !progress.is_settled() && self.life.is_recovering() {
                let progress = ReturnProgress { state: ReturnState::Overridden, ..progress };
                write.changes.push(Change::Returned { peer: of, progress });
            }
        }
        if write.changes.is_empty() {
            self.outputs.push_back(Output::Answer { caller, answer: Answer::NothingToOverride });
            return Ok(());
        }
        let whom = peer.map_or_else(|| "all".to_owned(), |peer| peer.to_string());
        write.changes.push(audit(now, actor, "recover-override", &whom));
        self.answer_after(write, caller, Answer::RecoveryOverridden);
        Ok(())
    }

    /// Those of whom it is not known that they hold nothing: every country whose card is known.
    fn expected(&self) -> impl Iterator<Item = Country> {
        let own = self.own.country;
        self.roster.countries().filter(move |country| *country != own)
    }

    /// Ends the recovery once nothing more is expected of anybody.
    pub(super) fn settle_recovery<H: Holdings>(&mut self, now: Moment, holdings: &H) -> Result<(), ReadFault> {
        // What peers gave to the last life is forgotten with the commit that begins this one.
        if !self.life.is_recovering() || self.life_begins {
            return Ok(());
        }
        for peer in self.expected().collect::<Vec<_>>() {
            if !holdings.returned(peer)?.is_some_and(|progress| progress.is_settled()) {
                return Ok(());
            }
        }
        let mut changes = vec![Change::LifeRecovered { at: now.wall }, audit(now, "node".into(), "recover", "ended")];
        // What is delivered is not sent twice: each peer's set is compared before the first record goes.
        changes
            .extend(self.expected().map(|peer| Change::CheckDue { peer, left: Some(Unresolved::whole().to_bytes()) }));
        self.life = Life::Recovered(now.wall);
        self.persist(Write { changes, waiting: vec![Waiting::NewLife], ..Write::default() });
        Ok(())
    }

    /// Takes in a page of what a peer holds of this node.
    pub(super) fn take_returned<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        given: ReceivedReturn,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        let Some(open) = self.conversation(peer, connection) else {
            return Ok(Err(super::receiving::BEFORE_HELLO.to_owned()));
        };
        if open.asked_for != Some(given.cursor) {
            return Ok(Err("something was given back that was not asked for".to_owned()));
        }
        open.asking = given.next;
        if open.in_doubt {
            open.asked_for = None;
            return self.take_proof(now, peer, &given, holdings);
        }
        let mut progress = holdings.returned(peer)?.unwrap_or_default();
        let mut write = Write::default();
        for (signed, statement) in given.statements {
            progress.statements += self.restate(peer, &signed, &statement, &mut write, holdings)?;
        }
        for (sheet, records) in given.sheets {
            for record in records {
                progress.records += self.take_back(now, record, &mut write, holdings)?;
            }
            progress.disclosures += self.redisclose(peer, &sheet, &mut write, holdings)?;
        }
        progress.refused = progress.refused.saturating_add(given.refused);
        progress.state = given.next.map_or(ReturnState::Done, ReturnState::Asking);
        write.changes.push(Change::Returned { peer, progress });
        write.waiting.push(Waiting::ReturnTaken(peer, connection));
        self.persist(write);
        Ok(Ok(()))
    }

    /// What comes back to a node that does not believe it was restored: our own signature over what we do not know proves it.
    fn take_proof<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        given: &ReceivedReturn,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        for (signed, _) in &given.statements {
            if !holdings.is_owed(peer, &signed.id())? {
                return self.proved_restored(now, peer, holdings).map(Ok);
            }
        }
        for (sheet, _) in &given.sheets {
            if holdings.ledger_row(peer, sheet.epoch, sheet.first)?.is_none() {
                return self.proved_restored(now, peer, holdings).map(Ok);
            }
        }
        Ok(Ok(()))
    }

    /// A statement of an earlier life counts again, and is owed to every other holder. Gives 1 where it was not known.
    ///
    /// INVARIANT (what is owed follows the record): a withdrawn record does not come alive again by a restore.
    fn restate<H: Holdings>(
        &mut self,
        peer: Country,
        signed: &SignedStatement,
        statement: &Statement,
        write: &mut Write,
        holdings: &H,
    ) -> Result<u64, ReadFault> {
        let (targets, mark) = match &statement.saying {
            Saying::Withdrawal { lineage, .. } => (vec![MarkTarget::Lineage(*lineage)], Mark::Withdrawn),
            // The version was replaced, perhaps by one that nobody holds any more: it goes to nobody again.
            Saying::Recall { records } | Saying::Correction { records } => {
                (records.iter().map(|record| MarkTarget::Record(*record)).collect(), Mark::Recalled)
            }
            _ => return Ok(0),
        };
        for target in targets {
            let (maker, outlive) = (self.own.country, statement.outlive);
            write.changes.push(Change::Mark { maker, target, mark, statement: signed.clone(), outlive });
        }
        self.note(write);
        let mut news = self.owe_again(peer, signed, statement, write, holdings)?;
        if let Saying::Withdrawal { lineage, .. } = &statement.saying {
            let versions: Vec<_> =
                holdings.versions(self.own.country, lineage)?.into_iter().map(|(_, id)| id).collect();
            for holder in self.holders_of(&versions, holdings)?.into_keys().filter(|holder| *holder != peer) {
                news = news.max(self.owe_again(holder, signed, statement, write, holdings)?);
            }
        }
        Ok(news)
    }

    fn owe_again<H: Holdings>(
        &mut self,
        holder: Country,
        signed: &SignedStatement,
        statement: &Statement,
        write: &mut Write,
        holdings: &H,
    ) -> Result<u64, ReadFault> {
        if holdings.is_owed(holder, &signed.id())? {
            return Ok(0);
        }
        let (records, lineages) = match &statement.saying {
            Saying::Withdrawal { lineage, .. } => (Vec::new(), vec![*lineage]),
            Saying::Recall { records } | Saying::Correction { records } => {
                (records.iter().copied().collect(), Vec::new())
            }
            _ => (Vec::new(), Vec::new()),
        };
        let proof = DisclosureProof {
            peer: holder,
            records: records.into_iter().collect(),
            lineages: lineages.into_iter().collect(),
        };
        self.owe(holder, signed.clone(), &proof, write, holdings)?;
        Ok(1)
    }

    /// An own record, or more sections of one, comes back. Gives 1 where it adds something.
    fn take_back<H: Holdings>(
        &mut self,
        now: Moment,
        record: Record,
        write: &mut Write,
        holdings: &H,
    ) -> Result<u64, ReadFault> {
        if record.manifest().is_expired(now.wall.date()) {
            return Ok(0);
        }
        let record = match self.standing(&record.id(), holdings)? {
            Some(held) if held.sections_held().contains_all(record.sections_held()) => return Ok(0),
            Some(held) => record.joined_with(&held),
            None => record,
        };
        let (label, record) = (Label::of(&record), Arc::new(record));
        self.accept(
            now,
            NewRecord { record, label, source: RecordSource::Own, source_reference: None },
            write,
            holdings,
        )?;
        Ok(1)
    }

    /// The disclosures that a sheet proves stand in the ledger again. Gives how many were not known.
    fn redisclose<H: Holdings>(
        &mut self,
        peer: Country,
        sheet: &TermsSheet,
        write: &mut Write,
        holdings: &H,
    ) -> Result<u64, ReadFault> {
        let mut news = 0;
        let mut number = sheet.first;
        for item in &sheet.items {
            let at = number;
            number = number.next();
            if holdings.ledger_row(peer, sheet.epoch, at)?.is_some() {
                continue;
            }
            let Some(terms) = sheet.terms.get(usize::from(item.terms)) else { continue };
            let manifest = self.standing(&item.record, holdings)?.map(|record| record.manifest().clone());
            let lineage = manifest.as_ref().map_or(Lineage([0; 16]), |manifest| manifest.lineage);
            let lane = manifest.as_ref().map(|manifest| manifest.tags.precedence).unwrap_or_default();
            let disclosure = disclosure_of(peer, sheet, item, lineage, terms);
            write.changes.push(Change::RestoreLedger(LedgerRow {
                peer,
                epoch: sheet.epoch,
                number: at,
                hash: LOST_HASH,
                lane,
                position: None,
                record: item.record,
                lineage,
                sections: item.sections,
                disclosure: encode(Domain::Row, &disclosure),
                at: sheet.at,
            }));
            news += 1;
            if let Some(manifest) = manifest {
                for signed in holdings.mark_statements(self.own.country, &manifest.lineage, &item.record)? {
                    if let Ok(statement) = signed.read() {
                        self.owe_again(peer, &signed, &statement, write, holdings)?;
                    }
                }
            }
        }
        Ok(news)
    }
}

/// The running hash of a row that came back without those before it; no position is ever compared with it.
const LOST_HASH: StreamHash = STREAM_ORIGIN;

fn disclosure_of(peer: Country, sheet: &TermsSheet, item: &SheetItem, lineage: Lineage, terms: &Terms) -> Disclosure {
    Disclosure {
        peer,
        record: item.record,
        lineage,
        sections: item.sections,
        citations: terms.rows().iter().flat_map(|row| row.articles.iter().cloned()).collect(),
        purposes: terms.purposes(),
        at: sheet.at,
        generation: LawGeneration(0),
        latitude: Latitude::of(terms),
    }
}

fn audit(now: Moment, actor: String, action: &str, outcome: &str) -> Change {
    Change::Audit(AuditEntry::of_deed(now.wall, actor, action, None, outcome))
}
