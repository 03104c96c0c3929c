//! Both sides of the obligation streams of one connection.

use chancery_record::limits::STATEMENT_IDS_MAX;
use chancery_record::signing::{public_key, sign};
use chancery_record::{Country, RecordId, Saying, Set, SignedStatement, Statement, StatementFault};
use chancery_treaty::Owed;
use ed25519_dalek::SigningKey;

use crate::change::{Change, Mark, MarkTarget, RecordSource};
use crate::desk::Desk;
use crate::incoming::{ReceivedObligationReceipt, ReceivedObligations};
use crate::limits::{BACKUP_DAYS, OBLIGATIONS_IN_FLIGHT_MAX, OBLIGATIONS_PER_FRAME_MAX};
use crate::output::Outgoing;
use crate::wire::ObligationReceipt;
use crate::{Holdings, Incarnation, ItemNumber, ObligationPosition, ReadFault, STREAM_ORIGIN, chain};

/// What we owe the peer, as this connection sends it.
#[derive(Debug)]
pub(crate) struct Debtor {
    peer: Country,
    incarnation: Incarnation,
    sent: ItemNumber,
    receipted: ItemNumber,
    /// Whether the peer has answered on this connection, so that our hello has come.
    is_heard: bool,
}

/// What the peer owes us, as this connection receives it.
#[derive(Debug)]
pub(crate) struct Creditor {
    peer: Country,
    incarnation: Incarnation,
    judged: ObligationPosition,
    due: Option<ObligationPosition>,
}

/// What follows from statements that were taken.
#[derive(Debug, Default)]
pub(crate) struct Outbox {
    /// Deletion receipts, each with whom it is owed to.
    pub answers: Vec<(Country, Statement)>,
    /// The statements themselves, in order.
    pub taken: Vec<(SignedStatement, Statement)>,
}

/// Statements on their way to disk.
#[derive(Debug)]
pub(crate) struct JudgedObligations {
    position: ObligationPosition,
}

/// A receipt or frame that does not fit the stream.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(crate) enum ObligationFault {
    #[error("a receipt for obligations that were never sent, or with another running hash")]
    FalseReceipt,
    #[error("a gap in the obligation stream")]
    Gap,
    #[error("another incarnation within one connection")]
    Incarnation,
    #[error("a statement of the peer's obligation stream is not good: {0}")]
    Statement(String),
}

impl Debtor {
    /// `receipted` is what the peer said it durably holds when the connection began.
    pub fn new(peer: Country, incarnation: Incarnation, receipted: ItemNumber) -> Self {
        Self { peer, incarnation, sent: receipted, receipted, is_heard: false }
    }

    /// The next frame, from what is durably owed. Until the peer has answered, one frame at most is under way.
    ///
    /// What was signed by an earlier key of this node is signed again: that key may have been revoked since. What another
    /// country made and is passed along stays as it was signed.
    pub fn next_frame(
        &mut self,
        holdings: &impl Holdings,
        own: Country,
        record_key: &SigningKey,
    ) -> Result<Option<Outgoing>, ReadFault> {
        let limit = if self.is_heard { OBLIGATIONS_IN_FLIGHT_MAX } else { 1 };
        if self.in_flight() >= limit {
            return Ok(None);
        }
        let page = holdings.owed(self.peer, self.sent, OBLIGATIONS_PER_FRAME_MAX)?;
        let Some((last, _)) = page.last() else {
            return Ok(None);
        };
        let first = self.sent.next();
        self.sent = last.number;
        let current = public_key(record_key);
        let is_own = |statement: &SignedStatement| statement.read().is_ok_and(|read| read.maker == own);
        let signed = |statement: SignedStatement| match statement.key == current || !is_own(&statement) {
            true => statement,
            false => SignedStatement { key: current, signature: sign(record_key, &statement.bytes), ..statement },
        };
        let owed = page.into_iter().map(|(_, statement)| Owed::written(self.peer, signed(statement))).collect();
        Ok(Some(Outgoing::owed(self.incarnation, first, owed)))
    }

    /// The peer's signed word.
    pub fn receipted(
        &mut self,
        received: ReceivedObligationReceipt,
        holdings: &impl Holdings,
    ) -> Result<Result<Option<Change>, ObligationFault>, ReadFault> {
        let ReceivedObligationReceipt { receipt, signed } = received;
        let number = receipt.position.number;
        if number > self.sent || receipt.position.incarnation != self.incarnation {
            return Ok(Err(ObligationFault::FalseReceipt));
        }
        self.is_heard = true;
        if number <= self.receipted {
            return Ok(Ok(None));
        }
        let row = holdings.owed(self.peer, ItemNumber(number.0.saturating_sub(1)), 1)?;
        if row.first().is_none_or(|(position, _)| position.hash != receipt.position.hash) {
            return Ok(Err(ObligationFault::FalseReceipt));
        }
        self.receipted = number;
        Ok(Ok(Some(Change::OweReceipted { peer: self.peer, number, proof: Some(signed) })))
    }

    /// Sent and not yet receipted, for `status`.
    pub fn in_flight(&self) -> u64 {
        self.sent.0.saturating_sub(self.receipted.0)
    }
}

impl Creditor {
    /// `held` is how far the peer's obligations are durably held here.
    pub fn new(peer: Country, incarnation: Incarnation, held: Option<ObligationPosition>) -> Self {
        // Under another life of the peer's store its stream begins again.
        let judged = held.filter(|held| held.incarnation == incarnation).unwrap_or(origin(incarnation));
        Self { peer, incarnation, judged, due: None }
    }

    /// Acts on statements: marks, deletes, and gives back the deletion receipts that are owed in turn.
    ///
    /// INVARIANT (what is owed follows the record): taken whether or not a treaty is in force.
    pub fn judge<H: Holdings>(
        &mut self,
        desk: &Desk<'_, H>,
        obligations: ReceivedObligations,
        changes: &mut Vec<Change>,
        outbox: &mut Outbox,
    ) -> Result<Result<JudgedObligations, ObligationFault>, ReadFault> {
        if obligations.incarnation != self.incarnation {
            return Ok(Err(ObligationFault::Incarnation));
        }
        let mut position = if obligations.first == self.judged.number.next() {
            self.judged
        } else if obligations.first == ItemNumber(1) {
            // A peer whose stream is not what is held of it here says all it owes again; nothing is done twice by it.
            origin(self.incarnation)
        } else {
            return Ok(Err(ObligationFault::Gap));
        };
        for (signed, statement) in obligations.statements {
            position = after(position, &signed);
            match statement {
                Ok(statement) if may_bring(self.peer, desk.own, &statement) => {
                    take(desk, self.peer, &signed, &statement, changes, &mut outbox.answers)?;
                    outbox.taken.push((signed, statement));
                }
                Ok(_) => return Ok(Err(ObligationFault::Statement("it was made by another country".into()))),
                // The maker's key may be unknown here; then so is everything that it speaks of.
                Err(StatementFault::Untrusted(fault))
                    if fault.is_pending() && is_passed_along([self.peer, desk.own], &signed) => {}
                Err(fault) => return Ok(Err(ObligationFault::Statement(fault.to_string()))),
            }
        }
        changes.push(Change::ObligationsReceived { peer: self.peer, position });
        self.judged = position;
        Ok(Ok(JudgedObligations { position }))
    }

    /// Statements are durable.
    pub fn stored(&mut self, judged: &JudgedObligations) {
        self.due = Some(judged.position);
    }

    /// The cumulative receipt that is due.
    pub fn next_receipt<H: Holdings>(&mut self, desk: &Desk<'_, H>) -> Option<ObligationReceipt> {
        let position = self.due.take()?;
        Some(ObligationReceipt { holder: desk.own, sender: self.peer, position, at: desk.now.wall })
    }
}

fn origin(incarnation: Incarnation) -> ObligationPosition {
    ObligationPosition { incarnation, number: ItemNumber(0), hash: STREAM_ORIGIN }
}

/// The position after one more statement.
pub(crate) fn after(position: ObligationPosition, statement: &SignedStatement) -> ObligationPosition {
    ObligationPosition {
        incarnation: position.incarnation,
        number: position.number.next(),
        hash: chain(&position.hash, &statement.id().0),
    }
}

/// Whether a peer may bring a statement: its own, or what an originator says of a record that went on through the peer.
/// By whose hand it comes changes nothing, its maker's signature counts.
fn may_bring(peer: Country, own: Country, statement: &Statement) -> bool {
    let takes_back =
        matches!(statement.saying, Saying::Withdrawal { .. } | Saying::Recall { .. } | Saying::Correction { .. });
    statement.maker == peer || (takes_back && statement.maker != own)
}

fn is_passed_along(ends: [Country; 2], signed: &SignedStatement) -> bool {
    signed.read().is_ok_and(|statement| !ends.contains(&statement.maker))
}

fn take<H: Holdings>(
    desk: &Desk<'_, H>,
    bringer: Country,
    signed: &SignedStatement,
    statement: &Statement,
    changes: &mut Vec<Change>,
    answers: &mut Vec<(Country, Statement)>,
) -> Result<(), ReadFault> {
    let peer = statement.maker;
    let is_direct = bringer == peer;
    let mark = |target, mark| Change::Mark {
        maker: peer,
        target,
        mark,
        statement: signed.clone(),
        outlive: statement.outlive,
    };
    match &statement.saying {
        Saying::Withdrawal { lineage, .. } => {
            changes.push(mark(MarkTarget::Lineage(*lineage), Mark::Withdrawn));
            let in_flight = desk.overlay.versions(peer, lineage).iter().map(|record| record.id());
            let mut versions: Vec<_> = desk.holdings.versions(peer, lineage)?.into_iter().map(|(_, id)| id).collect();
            versions.extend(in_flight);
            versions.sort_unstable();
            versions.dedup();
            let deleted = delete_copies(desk, peer, versions.into_iter(), changes)?;
            // Where the word came by two ways, the second finds nothing more to answer for.
            if is_direct || !deleted.is_empty() {
                answers.extend(deletions(desk, signed, &deleted, statement).into_iter().map(|answer| (peer, answer)));
            }
        }
        Saying::Recall { records } => {
            // A recall is meant for who was told; who passes it along takes back what it passed on, and no other copy.
            let mut recalled: Vec<RecordId> = records.iter().copied().collect();
            if !is_direct {
                recalled = delivered_by(desk, bringer, recalled)?;
            }
            changes.extend(recalled.iter().map(|id| mark(MarkTarget::Record(*id), Mark::Recalled)));
            let deleted = delete_copies(desk, peer, recalled.into_iter(), changes)?;
            if is_direct || !deleted.is_empty() {
                answers.extend(deletions(desk, signed, &deleted, statement).into_iter().map(|answer| (peer, answer)));
            }
        }
        Saying::Correction { records } => {
            changes.extend(records.iter().map(|id| mark(MarkTarget::Record(*id), Mark::Corrected)));
        }
        Saying::Deletion { answers, records, backups_until } => changes.push(Change::DeletionReceipt {
            peer,
            answers: *answers,
            records: records.iter().copied().collect(),
            backups_until: *backups_until,
            at: statement.made,
        }),
        // What these change depends on more than this connection.
        Saying::Onward { .. } | Saying::ConsentAsked { .. } | Saying::Consent { .. } => {}
    }
    Ok(())
}

/// Those of the records whose copies came from a country.
fn delivered_by<H: Holdings>(
    desk: &Desk<'_, H>,
    from: Country,
    records: Vec<RecordId>,
) -> Result<Vec<RecordId>, ReadFault> {
    let mut delivered = Vec::new();
    for record in records {
        let source = desk.holdings.held(&record)?.map(|held| held.source);
        if matches!(source, Some(RecordSource::Delivered { peer, .. }) if peer == from) {
            delivered.push(record);
        }
    }
    Ok(delivered)
}

/// Deletes the copies that the maker originated, those on their way to disk included; another's records are not its to
/// take back.
fn delete_copies<H: Holdings>(
    desk: &Desk<'_, H>,
    maker: Country,
    records: impl Iterator<Item = RecordId>,
    changes: &mut Vec<Change>,
) -> Result<Vec<RecordId>, ReadFault> {
    let mut deleted = Vec::new();
    for record in records {
        let originator = match desk.overlay.accepting(&record) {
            Some(accepting) => Some(accepting.manifest().originator),
            None => desk.holdings.held(&record)?.map(|held| held.record.manifest().originator),
        };
        if originator == Some(maker) {
            changes.push(Change::Delete { record });
            deleted.push(record);
        }
    }
    Ok(deleted)
}

/// One answer, naming nothing where nothing was held; as many as it takes to name all that was.
fn deletions<H: Holdings>(
    desk: &Desk<'_, H>,
    asked_by: &SignedStatement,
    deleted: &[RecordId],
    statement: &Statement,
) -> Vec<Statement> {
    let backups_until = desk.now.wall.date().plus_days(BACKUP_DAYS);
    let answer = |records: &[RecordId]| Statement {
        maker: desk.own,
        made: desk.now.wall,
        saying: Saying::Deletion { answers: asked_by.id(), records: records.iter().copied().collect(), backups_until },
        outlive: statement.outlive,
    };
    if deleted.is_empty() {
        return vec![answer(&[])];
    }
    deleted.chunks(STATEMENT_IDS_MAX).map(answer).collect()
}

/// A deletion is answered to the maker whose statement named what was deleted: it has those ids, being their source.
pub(crate) fn proof_of_receipt(peer: Country, statement: &Statement) -> chancery_treaty::DisclosureProof {
    let records = match &statement.saying {
        Saying::Deletion { records, .. } => records.clone(),
        _ => Set::default(),
    };
    chancery_treaty::DisclosureProof { peer, records, lineages: Set::default() }
}
