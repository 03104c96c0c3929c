//! Consent to passing on: a holder's question, the originator's answer, by word of people at both ends.

use chancery_record::{
    ConsentAnswer, Country, Date, Moment, Onward, RecordId, Saying, SignedStatement, Statement, StatementId,
};
use chancery_treaty::{Candidate, DisclosureProof, Terms};

use super::{Exchange, Write};
use crate::answer::{Answer, ConsentFault};
use crate::change::{AuditEntry, Change, RecordSource};
use crate::limits::CONSENTS_PER_RECEIVER_MAX;
use crate::onward::{ConsentAsk, ConsentReply};
use crate::output::Output;
use crate::ticket::Waiting;
use crate::{CallerId, Holdings, ReadFault};

/// What a person answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConsentWord {
    /// It may be passed on until that day, and no copy passed on is kept longer.
    Given(Date),
    /// It may not.
    Refused,
}

impl Exchange {
    /// Asks the originator of a copy whether it may be passed on.
    pub(super) fn ask_consent<H: Holdings>(
        &mut self,
        now: Moment,
        caller: CallerId,
        actor: String,
        record: &RecordId,
        to: Country,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let copy = match self.to_be_asked(record, to, holdings)? {
            Ok(copy) => copy,
            Err(fault) => {
                self.outputs.push_back(Output::Answer { caller, answer: Answer::NoConsent(fault) });
                return Ok(());
            }
        };
        let manifest = copy.manifest();
        let statement = Statement {
            maker: self.own.country,
            made: now.wall,
            saying: Saying::ConsentAsked { record: *record, to },
            outlive: manifest.expires,
        };
        let signed = statement.sign(&self.own.record_key);
        let ask = ConsentAsk {
            statement: signed.id(),
            asker: self.own.country,
            originator: manifest.originator,
            record: *record,
            to,
            at: now.wall,
            reply: None,
        };
        let mut write = Write::default();
        let proof = DisclosureProof::of_originator(&copy);
        self.owe(ask.originator, signed, &proof, &mut write, holdings)?;
        let answer = Answer::ConsentAsked { statement: ask.statement, originator: ask.originator };
        write.changes.push(Change::ConsentAsk(ask));
        write.changes.push(audit(now, actor, "consent-ask", *record, to.to_string()));
        self.answer_after(write, caller, answer);
        Ok(())
    }

    fn to_be_asked<H: Holdings>(
        &self,
        record: &RecordId,
        to: Country,
        holdings: &H,
    ) -> Result<Result<std::sync::Arc<chancery_record::Record>, ConsentFault>, ReadFault> {
        let Some(held) = holdings.held(record)? else { return Ok(Err(ConsentFault::NotHeld)) };
        let originator = held.record.manifest().originator;
        let RecordSource::Delivered { peer, narrowed, .. } = &held.source else { return Ok(Err(ConsentFault::Own)) };
        let onward = Terms::from_bytes(narrowed).map_or(Onward::Never, |terms| terms.onward());
        if *peer != originator || onward == Onward::Never {
            return Ok(Err(ConsentFault::NoRight));
        }
        if [originator, self.own.country].contains(&to) {
            return Ok(Err(ConsentFault::Receiver(to)));
        }
        let asks = holdings.consent_asks(record, to, CONSENTS_PER_RECEIVER_MAX)?;
        if let Some(open) = asks.iter().find(|ask| ask.asker == self.own.country && ask.reply.is_none()) {
            return Ok(Err(ConsentFault::Asked(open.statement)));
        }
        Ok(Ok(held.record))
    }

    /// Answers a holder that asked; a later answer replaces an earlier one.
    pub(super) fn answer_consent<H: Holdings>(
        &mut self,
        now: Moment,
        caller: CallerId,
        actor: String,
        asked: StatementId,
        word: ConsentWord,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let (ask, until) = match self.to_be_answered(now, &asked, word, holdings)? {
            Ok(found) => found,
            Err(fault) => {
                self.outputs.push_back(Output::Answer { caller, answer: Answer::NoConsent(fault) });
                return Ok(());
            }
        };
        let answer = match word {
            ConsentWord::Given(_) => ConsentAnswer::Given,
            ConsentWord::Refused => ConsentAnswer::Refused,
        };
        let outlive = self.standing(&ask.record, holdings)?.map_or(until, |record| record.manifest().expires);
        let statement = Statement {
            maker: self.own.country,
            made: now.wall,
            saying: Saying::Consent { asked, record: ask.record, to: ask.to, until, answer },
            outlive,
        };
        let signed = statement.sign(&self.own.record_key);
        let reply = ConsentReply { statement: signed.id(), made: now.wall, until, answer };
        let mut write = Write::default();
        let proof = DisclosureProof {
            peer: ask.asker,
            records: [ask.record].into_iter().collect(),
            lineages: [].into_iter().collect(),
        };
        self.owe(ask.asker, signed, &proof, &mut write, holdings)?;
        write.changes.push(Change::ConsentReply { asked, reply });
        let outcome = format!("{answer} to {} for {}", ask.asker, ask.to);
        write.changes.push(audit(now, actor, "consent", ask.record, outcome));
        self.answer_after(
            write,
            caller,
            Answer::ConsentAnswered { statement: reply.statement, asker: ask.asker, until },
        );
        Ok(())
    }

    fn to_be_answered<H: Holdings>(
        &self,
        now: Moment,
        asked: &StatementId,
        word: ConsentWord,
        holdings: &H,
    ) -> Result<Result<(ConsentAsk, Date), ConsentFault>, ReadFault> {
        let ask = holdings.consent_ask(asked)?.filter(|ask| ask.originator == self.own.country);
        let Some(ask) = ask else { return Ok(Err(ConsentFault::NotAsked)) };
        let ConsentWord::Given(until) = word else { return Ok(Ok((ask, now.wall.date()))) };
        let Some(record) = self.standing(&ask.record, holdings)? else { return Ok(Err(ConsentFault::Gone)) };
        if until <= now.wall.date() {
            return Ok(Err(ConsentFault::Over));
        }
        let until = until.min(record.manifest().expires);
        if !self.law.lets_pass_on(&Candidate::new(record), [ask.asker, ask.to], now.wall) {
            return Ok(Err(ConsentFault::NotLet { asker: ask.asker, to: ask.to }));
        }
        Ok(Ok((ask, until)))
    }

    /// A holder asks to pass an own record on. Of one record and receiver one question at a time is kept.
    pub(super) fn take_question<H: Holdings>(
        &mut self,
        peer: Country,
        signed: &SignedStatement,
        statement: &Statement,
        (record, to): (&RecordId, Country),
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let is_holder = self.holders_of(&[*record], holdings)?.contains_key(&peer);
        let is_own = self.standing(record, holdings)?.is_some_and(|own| own.manifest().originator == self.own.country);
        let asks = holdings.consent_asks(record, to, CONSENTS_PER_RECEIVER_MAX)?;
        let is_open = asks.iter().any(|ask| ask.asker == peer && ask.reply.is_none());
        if is_holder && is_own && !is_open && asks.len() < CONSENTS_PER_RECEIVER_MAX {
            let (asker, originator, at) = (peer, self.own.country, statement.made);
            let ask = ConsentAsk { statement: signed.id(), asker, originator, record: *record, to, at, reply: None };
            write.changes.push(Change::ConsentAsk(ask));
            let text = format!("asks to pass a record on to {to}; see `chancery consent list`");
            self.outputs.push_back(Output::Notice { peer, text });
        }
        Ok(())
    }

    /// An originator answers. What waited for it is looked at again.
    pub(super) fn take_consent<H: Holdings>(
        &mut self,
        asked: StatementId,
        signed: &SignedStatement,
        statement: &Statement,
        write: &mut Write,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let Saying::Consent { record, to, until, answer, .. } = statement.saying else { return Ok(()) };
        let is_its_own =
            self.standing(&record, holdings)?.is_some_and(|record| record.manifest().originator == statement.maker);
        let is_known = holdings.consent_ask(&asked)?.is_some();
        if !is_its_own && !is_known {
            return Ok(());
        }
        if !is_known {
            // The question went with an earlier life of this store, the answer comes again.
            let (asker, originator, at) = (self.own.country, statement.maker, statement.made);
            let ask = ConsentAsk { statement: asked, asker, originator, record, to, at, reply: None };
            write.changes.push(Change::ConsentAsk(ask));
        }
        let reply = ConsentReply { statement: signed.id(), made: statement.made, until, answer };
        write.changes.push(Change::ConsentReply { asked, reply });
        write.waiting.push(Waiting::Consent(to));
        Ok(())
    }
}

fn audit(now: Moment, actor: String, action: &str, record: RecordId, outcome: String) -> Change {
    Change::Audit(AuditEntry::of_deed(now.wall, actor, action, Some(record), outcome))
}
