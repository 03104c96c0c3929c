//! Frames of peers: each is taken where its conversation stands, or ends it.

use chancery_record::{Country, KeyNews, Moment, TrustRoster};

use super::accepting::NewRecord;
use super::{Exchange, Write, conversation};
use crate::incoming::{ReceivedBatch, ReceivedObligationReceipt, ReceivedObligations, ReceivedReceipt};
use crate::limits::{KEY_GRACE_EVERY_MS, RECEIPT_PROOF_BYTES_MAX};
use crate::output::{HangUp, Output};
use crate::session::evidence::{self, Evidence};
use crate::session::obligations::Outbox;
use crate::session::{Conversation, Phase, Records};
use crate::ticket::Waiting;
use crate::wire::Hello;
use crate::{ConnectionId, Holdings, Incoming, ProtocolFault, ReadFault, RefusalCode};

impl Exchange {
    pub(super) fn received<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        message: Result<Incoming, ProtocolFault>,
        holdings: &H,
    ) -> Result<(), ReadFault> {
        let Some(session) = self.session(peer, connection) else {
            return Ok(());
        };
        let message = match message {
            Ok(frame @ (Incoming::OpenEpoch(_) | Incoming::Batch(_) | Incoming::Obligations(_)))
                if session.conversation().is_none() =>
            {
                match session.keep_early(frame) {
                    None => return Ok(()),
                    Some(frame) => Ok(frame),
                }
            }
            message => message,
        };
        let taken = match message {
            // A new key's first frames may overtake the hello that brings its certificate.
            Err(fault) if fault.is_pending() && self.has_grace(now, peer) => {
                self.hang_up(peer, connection, HangUp::Afresh);
                return Ok(());
            }
            Err(fault) => Err(fault.to_string()),
            Ok(Incoming::Hello(hello)) => self.take_hello(now, peer, connection, &hello, holdings)?,
            Ok(Incoming::Receipt(receipt)) => self.take_receipt(now, peer, connection, *receipt),
            Ok(Incoming::ObligationReceipt(receipt)) => {
                self.take_obligation_receipt(peer, connection, *receipt, holdings)?
            }
            Ok(Incoming::KeyNews(_)) if self.conversation(peer, connection).is_none() => Err(BEFORE_HELLO.to_owned()),
            Ok(Incoming::KeyNews(news)) => {
                self.take_key_news(peer, connection, *news);
                Ok(())
            }
            Ok(Incoming::Compared(answer)) => self.take_compared(now, peer, connection, &answer, holdings)?,
            Ok(Incoming::OnwardOffer(offer)) => self.take_offer(now, peer, connection, &offer, holdings)?,
            Ok(Incoming::OnwardWant(want)) => self.take_want(now, peer, connection, want, holdings)?,
            Ok(Incoming::Returned(given)) => self.take_returned(now, peer, connection, *given, holdings)?,
            Ok(Incoming::Batch(batch)) => self.take_batch(now, peer, connection, *batch, holdings)?,
            Ok(Incoming::Obligations(obligations)) => {
                self.take_obligations(now, peer, connection, obligations, holdings)?
            }
            Ok(
                frame @ (Incoming::OpenEpoch(_) | Incoming::Compare(_) | Incoming::CheckAsk | Incoming::ReturnAsk(_)),
            ) => match conversation(&mut self.sessions, peer, connection) {
                None => Err(BEFORE_HELLO.to_owned()),
                Some(open) => open.note_asked(frame, now.monotonic_ms),
            },
        };
        if let Err(why) = taken {
            self.hang_up(peer, connection, HangUp::Violation(why));
        }
        Ok(())
    }

    fn take_obligation_receipt<H: Holdings>(
        &mut self,
        peer: Country,
        connection: ConnectionId,
        receipt: ReceivedObligationReceipt,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        let Some(open) = conversation(&mut self.sessions, peer, connection) else {
            return Ok(Err(BEFORE_HELLO.to_owned()));
        };
        let change = match open.debtor.receipted(receipt, holdings)? {
            Ok(change) => change,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let (changes, waiting) = (change.into_iter().collect(), vec![Waiting::OweReceipted(peer)]);
        self.persist(Write { changes, waiting, ..Write::default() });
        Ok(Ok(()))
    }

    /// Whether a connection to the peer may begin afresh for a key that is not known yet; a second time only later.
    ///
    /// INVARIANT (everything is bounded): a peer whose key never becomes known is hung up on like any other.
    fn has_grace(&mut self, now: Moment, peer: Country) -> bool {
        let due = self.graces.entry(peer).or_insert(0);
        let is_due = now.monotonic_ms >= *due;
        if is_due {
            *due = now.monotonic_ms.saturating_add(KEY_GRACE_EVERY_MS);
        }
        is_due
    }

    fn take_hello<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        hello: &Hello,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        if self.session(peer, connection).is_some_and(|session| matches!(session.phase, Phase::Greeting)) {
            self.agree(peer, hello);
        }
        let Some(session) = self.sessions.get_mut(&peer).filter(|session| session.connection == connection) else {
            return Ok(Ok(()));
        };
        let desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
        let used = self.epochs.get(&peer).copied().unwrap_or_default();
        let evidence = evidence::weigh(&desk, &self.roster, peer, hello)?;
        let changes = match session.open(&desk, &self.own, used, evidence, hello)? {
            Ok(changes) => changes,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        let early = session.take_early();
        let (certificates, revocations) = (hello.certificates.clone(), hello.revocations.clone());
        let news = KeyNews { country: peer, certificates, revocations };
        self.outputs.push_back(learned(&self.roster, news));
        let notices: Vec<&str> = session.conversation().map(|open| notices(open)).unwrap_or_default();
        for text in notices {
            self.outputs.push_back(Output::Notice { peer, text: text.to_owned() });
        }
        self.persist(Write { changes, ..Write::default() });
        match evidence {
            Evidence::Proved => self.proved_restored(now, peer, holdings)?,
            Evidence::Outlived(later) => self.outlived_by = self.outlived_by.max(Some(later)),
            Evidence::Agrees | Evidence::Claimed => {}
        }
        for frame in early {
            self.received(now, peer, connection, Ok(frame), holdings)?;
        }
        Ok(Ok(()))
    }

    fn take_receipt(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        received: ReceivedReceipt,
    ) -> Result<(), String> {
        let ReceivedReceipt { receipt, signed } = received;
        let proof = (signed.bytes.len() <= RECEIPT_PROOF_BYTES_MAX).then_some(signed);
        let open = self.conversation(peer, connection).ok_or(BEFORE_HELLO)?;
        let changes = open.sender.receipted(now.monotonic_ms, &receipt, proof).map_err(|fault| fault.to_string())?;
        for refusal in &receipt.refusals {
            let text = format!("refused item {} as `{}`", refusal.number, refusal.code);
            self.outputs.push_back(Output::Notice { peer, text });
        }
        self.persist(Write { changes, ..Write::default() });
        Ok(())
    }

    fn take_batch<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        mut batch: ReceivedBatch,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        let Some(open) = conversation(&mut self.sessions, peer, connection) else {
            return Ok(Err(BEFORE_HELLO.to_owned()));
        };
        // Without a treaty, or with a clock or store in doubt, nothing is taken and nothing refused for good: the peer
        // sends it again once a new connection begins where this one stood.
        if open.missed.unheard || !open.records.may_be_taken() || self.clock.has_jumped() {
            (open.missed.by_law, open.missed.unheard) = (true, true);
            return Ok(Ok(()));
        }
        let mut desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
        let mut write = Write::default();
        let mut arrivals = Vec::new();
        batch.hold_to(&self.roster, now.wall);
        let judged = open.receiver.judge(&mut desk, batch, &mut write.changes, &mut arrivals)?;
        let judged = match judged {
            Ok(judged) => judged,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        open.missed.by_law |= judged.refuses(RefusalCode::UnknownTreaty);
        open.missed.by_trust |= judged.refuses(RefusalCode::UnknownCertificate);
        for arrival in arrivals {
            let (record, label, source) = (arrival.record, arrival.label, arrival.source);
            self.accept(now, NewRecord { record, label, source, source_reference: None }, &mut write, holdings)?;
        }
        write.waiting.push(Waiting::Judged(peer, connection, judged));
        self.persist(write);
        Ok(Ok(()))
    }

    fn take_obligations<H: Holdings>(
        &mut self,
        now: Moment,
        peer: Country,
        connection: ConnectionId,
        mut obligations: ReceivedObligations,
        holdings: &H,
    ) -> Result<Result<(), String>, ReadFault> {
        if conversation(&mut self.sessions, peer, connection).is_none() {
            return Ok(Err(BEFORE_HELLO.to_owned()));
        }
        obligations.hold_to(&self.roster);
        if obligations.wait_for_a_certificate() && self.has_grace(now, peer) {
            self.hang_up(peer, connection, HangUp::Afresh);
            return Ok(Ok(()));
        }
        let Some(open) = conversation(&mut self.sessions, peer, connection) else { return Ok(Ok(())) };
        let desk = Self::desk(now, &self.own, &self.law, &mut self.labels, &self.overlay, holdings);
        let mut write = Write::default();
        let mut outbox = Outbox::default();
        let judged = match open.creditor.judge(&desk, obligations, &mut write.changes, &mut outbox)? {
            Ok(judged) => judged,
            Err(fault) => return Ok(Err(fault.to_string())),
        };
        self.follow_up(now, peer, outbox, &mut write, holdings)?;
        write.waiting.push(Waiting::JudgedObligations(peer, connection, judged));
        self.persist(write);
        Ok(Ok(()))
    }
}

/// What a hello brings of its sender's keys; nothing of it counts where its country key is not the one known.
fn learned(roster: &TrustRoster, news: KeyNews) -> Output {
    let KeyNews { country, certificates, revocations } = news;
    if roster.opens(country, &certificates, &revocations) {
        return Output::Learned { country, certificates, revocations };
    }
    let text = "it brings certificates that its country key, as its card here names it, did not sign: ask the country for \
                its newest card and import it";
    Output::Notice { peer: country, text: text.to_owned() }
}

pub(super) const BEFORE_HELLO: &str = "a frame before the hello";

/// What an operator should know as a conversation opens.
fn notices(open: &Conversation) -> Vec<&'static str> {
    let mut texts = Vec::new();
    match open.records {
        Records::Flow | Records::NoTreaty => {}
        Records::ClocksApart => texts.push(
            "the clocks are more than an hour apart: no records are exchanged until one of the two is set right",
        ),
        Records::Recovering => {}
        Records::Disagree => texts.push(
            "the peer says that it holds more of this node than this store knows; no records are exchanged until it has proved it or agrees",
        ),
        Records::Outlived => texts.push(
            "a later life of this node has spoken with the peer: this store is an old copy, or another node runs with its keys. If this one is to go on, stop the other and run `chancery recover begin`",
        ),
    }
    if open.clocks_differ() && open.records != Records::ClocksApart {
        texts.push("the clocks are more than five minutes apart");
    }
    texts
}
