//! What came from a peer: built only from bytes, verified before the exchange sees it.

use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, digest, encode};
use chancery_record::signing::is_signed_by;
use chancery_record::{
    Country, Instant, KeyNews, Record, RecordFault, RecordId, SheetHash, SignedStatement, Statement, StatementFault,
    TrustRoster, Untrusted, UnverifiedRecord,
};
use chancery_treaty::Terms;
use thiserror::Error;

use crate::limits::{
    BATCH_ITEMS_MAX, CONTROL_FRAME_BYTES_MAX, HELLO_CERTIFICATES_MAX, HELLO_TREATIES_MAX, LEDGER_FRAME_BYTES_MAX,
    OBLIGATIONS_PER_FRAME_MAX, ONWARD_IDS_MAX, REFUSALS_PER_RECEIPT_MAX,
};
use crate::signed::SignedFault;
use crate::wire::{
    Batch, CheckAsk, Compare, Compared, FrameKind, Hello, ObligationReceipt, Obligations, OnwardOffer, OnwardWant,
    OpenEpoch, Receipt, ReturnAsk, SheetItem, Stream, TermsSheet,
};
use crate::{Epoch, Incarnation, ItemNumber, RefusalCode, ReturnCursor, SignedByNode};

mod returned;

pub use returned::ReceivedReturn;
pub(crate) use returned::sheet_content;

/// A verified frame of a peer.
#[derive(Debug)]
pub enum Incoming {
    /// The first word; its certificates are still to be learned, so it is verified against both.
    Hello(Box<Hello>),
    /// How far the peer holds our ledger.
    Receipt(Box<ReceivedReceipt>),
    /// How far the peer holds our obligations.
    ObligationReceipt(Box<ReceivedObligationReceipt>),
    /// A new numbering.
    OpenEpoch(OpenEpoch),
    /// Records.
    Batch(Box<ReceivedBatch>),
    /// Statements.
    Obligations(ReceivedObligations),
    /// A question about what is held of the peer's ledger.
    Compare(Box<Compare>),
    /// What the peer holds of ours.
    Compared(Box<Compared>),
    /// The peer wants its ledger compared with what we hold of it, or ours.
    CheckAsk,
    /// A recovering peer asks for what is held of it.
    ReturnAsk(ReturnCursor),
    /// What the peer holds of us.
    Returned(Box<ReceivedReturn>),
    /// Certificates and revocations of a country, by its country key; empty where they cannot be believed here.
    KeyNews(Box<KeyNews>),
    /// Records of others that the peer may pass on.
    OnwardOffer(OnwardOffer),
    /// Which of those that were offered to it the peer wants.
    OnwardWant(OnwardWant),
}

/// A receipt, with the signature that proves it to its maker should that one lose what it receipted.
#[derive(Debug)]
pub struct ReceivedReceipt {
    /// What it says.
    pub receipt: Receipt,
    /// As it was signed.
    pub signed: SignedByNode,
}

/// A receipt over obligations, with its signature.
#[derive(Debug)]
pub struct ReceivedObligationReceipt {
    /// What it says.
    pub receipt: ObligationReceipt,
    /// As it was signed.
    pub signed: SignedByNode,
}

/// A batch with every item judged by itself.
#[derive(Debug)]
pub struct ReceivedBatch {
    /// The numbering.
    pub epoch: Epoch,
    /// The number of the first item.
    pub first: ItemNumber,
    /// When the sender decided, by its clock.
    pub at: Instant,
    /// Distinct terms.
    pub terms: Vec<Terms>,
    /// SHA-256 of the signed sheet.
    pub sheet: SheetHash,
    /// The signed sheet, verbatim.
    pub sheet_bytes: Vec<u8>,
    /// The items in order.
    pub items: Vec<ReceivedItem>,
}

/// One item: what the sheet says of it, with the record if it is one.
#[derive(Debug)]
pub struct ReceivedItem {
    /// What the sheet says.
    pub entry: SheetItem,
    /// The verified record, or why it is none.
    pub record: Result<Record, RefusalCode>,
}

/// Statements with each judged by itself.
#[derive(Debug)]
pub struct ReceivedObligations {
    /// The sender's store.
    pub incarnation: Incarnation,
    /// The number of the first.
    pub first: ItemNumber,
    /// The statements in order.
    pub statements: Vec<(SignedStatement, Result<Statement, StatementFault>)>,
}

/// The peer broke the protocol; the connection ends.
#[derive(Debug, Error)]
pub enum ProtocolFault {
    /// An unknown type byte.
    #[error("frame type {0} is not known")]
    UnknownFrame(u8),
    /// A frame on a stream where it does not belong.
    #[error("a frame of type {0:?} on the wrong stream")]
    WrongStream(FrameKind),
    /// A frame that does not decode.
    #[error("a frame of type {0:?} is unreadable: {1}")]
    Unreadable(FrameKind, DecodeFault),
    /// A signature that is not the peer's.
    #[error("a frame of type {0:?} is not signed by the peer: {1}")]
    Unsigned(FrameKind, SignedFault),
    /// A frame about another conversation.
    #[error("a frame of type {0:?} is not meant for this conversation")]
    Misaddressed(FrameKind),
    /// A list longer than its limit, or lists that do not match.
    #[error("a frame of type {0:?} has lists that do not fit")]
    Lists(FrameKind),
}

impl ProtocolFault {
    /// Whether a certificate still to come may let the same frame pass.
    pub fn is_pending(&self) -> bool {
        matches!(self, Self::Unsigned(_, SignedFault::Untrusted(untrusted)) if untrusted.is_pending())
    }
}

/// What verification needs to know; a snapshot, so that it runs beside the loop.
#[derive(Clone, Debug)]
pub struct VerifyContext<'a> {
    /// Whom this node believes.
    pub roster: &'a TrustRoster,
    /// This country.
    pub own: Country,
    /// Who sent the frame, by its transport key.
    pub peer: Country,
    /// Now.
    pub now: Instant,
}

impl ReceivedBatch {
    /// Holds what was verified beside the loop against what is known of keys by now.
    pub(crate) fn hold_to(&mut self, roster: &TrustRoster, now: Instant) {
        for item in &mut self.items {
            let lost = item.record.as_ref().ok().and_then(|record| roster.still_trusts(record, now).err());
            if let Some(untrusted) = lost {
                item.record = Err(refusal_of(&RecordFault::Seal(untrusted)));
            }
        }
    }
}

impl ReceivedObligations {
    /// Whether a statement is signed by a key whose certificate may still be on its way.
    pub(crate) fn wait_for_a_certificate(&self) -> bool {
        let is_pending = |judged: &Result<Statement, StatementFault>| matches!(judged, Err(StatementFault::Untrusted(untrusted)) if untrusted.is_pending());
        self.statements.iter().any(|(_, judged)| is_pending(judged))
    }

    /// Holds what was verified beside the loop against what is known of keys by now.
    pub(crate) fn hold_to(&mut self, roster: &TrustRoster) {
        for (signed, judged) in &mut self.statements {
            let Ok(statement) = judged else { continue };
            if let Err(revoked @ Untrusted::Revoked { .. }) =
                roster.trusts_record_key(statement.maker, &signed.key, statement.made)
            {
                *judged = Err(revoked.into());
            }
        }
    }
}

impl Incoming {
    /// Reads and verifies a frame. Pure; runs on any thread, in the order of the stream.
    ///
    /// INVARIANT (everything is bounded): the length was checked by the driver and is checked again here; every list is
    /// held against its limit.
    pub fn verify(stream: Stream, kind: u8, body: &[u8], context: &VerifyContext<'_>) -> Result<Self, ProtocolFault> {
        let kind = FrameKind::from_byte(kind).ok_or(ProtocolFault::UnknownFrame(kind))?;
        if kind.stream() != stream {
            return Err(ProtocolFault::WrongStream(kind));
        }
        match kind {
            FrameKind::Hello => verify_hello(body, context),
            FrameKind::Receipt => {
                let (receipt, signed): (Receipt, _) = signed(kind, body, Domain::Receipt, context)?;
                let parties = (receipt.holder, receipt.sender);
                addressed(kind, parties == (context.peer, context.own))?;
                fits(kind, receipt.refusals.len() <= REFUSALS_PER_RECEIPT_MAX)?;
                Ok(Self::Receipt(Box::new(ReceivedReceipt { receipt, signed })))
            }
            FrameKind::ObligationReceipt => {
                let (receipt, signed): (ObligationReceipt, _) = signed(kind, body, Domain::ObligationReceipt, context)?;
                addressed(kind, (receipt.holder, receipt.sender) == (context.peer, context.own))?;
                Ok(Self::ObligationReceipt(Box::new(ReceivedObligationReceipt { receipt, signed })))
            }
            FrameKind::OpenEpoch => Ok(Self::OpenEpoch(read(kind, body, CONTROL_FRAME_BYTES_MAX)?)),
            FrameKind::Batch => verify_batch(body, context),
            FrameKind::Obligations => verify_obligations(body, context),
            FrameKind::Compare => Ok(Self::Compare(Box::new(read(kind, body, CONTROL_FRAME_BYTES_MAX)?))),
            FrameKind::Compared => Ok(Self::Compared(Box::new(read(kind, body, CONTROL_FRAME_BYTES_MAX)?))),
            FrameKind::CheckAsk => {
                let _: CheckAsk = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
                Ok(Self::CheckAsk)
            }
            FrameKind::ReturnAsk => {
                let ask: ReturnAsk = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
                Ok(Self::ReturnAsk(ask.cursor))
            }
            FrameKind::Returned => Ok(Self::Returned(Box::new(returned::verify(body, context)?))),
            FrameKind::KeyNews => verify_key_news(body, context),
            FrameKind::OnwardOffer => {
                let offer: OnwardOffer = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
                fits(kind, !offer.items.is_empty() && offer.items.len() <= ONWARD_IDS_MAX)?;
                Ok(Self::OnwardOffer(offer))
            }
            FrameKind::OnwardWant => Ok(Self::OnwardWant(read(kind, body, CONTROL_FRAME_BYTES_MAX)?)),
        }
    }
}

fn read<T: Encode + Decode<()>>(kind: FrameKind, body: &[u8], limit: usize) -> Result<T, ProtocolFault> {
    decode(Domain::Frame, body, limit).map_err(|fault| ProtocolFault::Unreadable(kind, fault))
}

fn signed<T: Encode + Decode<()>>(
    kind: FrameKind,
    body: &[u8],
    domain: Domain,
    context: &VerifyContext<'_>,
) -> Result<(T, SignedByNode), ProtocolFault> {
    let signed: SignedByNode = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
    let content = signed
        .open(domain, CONTROL_FRAME_BYTES_MAX, context.roster, context.peer, context.now)
        .map_err(|fault| ProtocolFault::Unsigned(kind, fault))?;
    Ok((content, signed))
}

fn addressed(kind: FrameKind, matches: bool) -> Result<(), ProtocolFault> {
    if matches { Ok(()) } else { Err(ProtocolFault::Misaddressed(kind)) }
}

fn fits(kind: FrameKind, matches: bool) -> Result<(), ProtocolFault> {
    if matches { Ok(()) } else { Err(ProtocolFault::Lists(kind)) }
}

/// A hello may be signed by a key whose certificate it brings along.
fn verify_hello(body: &[u8], context: &VerifyContext<'_>) -> Result<Incoming, ProtocolFault> {
    let kind = FrameKind::Hello;
    let signed: SignedByNode = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
    let hello: Hello = signed
        .open_by_key(Domain::Hello, CONTROL_FRAME_BYTES_MAX)
        .map_err(|fault| ProtocolFault::Unsigned(kind, fault))?;
    addressed(kind, (hello.sender, hello.recipient) == (context.peer, context.own))?;
    fits(
        kind,
        hello.certificates.len() <= HELLO_CERTIFICATES_MAX
            && hello.revocations.len() <= HELLO_CERTIFICATES_MAX
            && hello.treaties.len() <= HELLO_TREATIES_MAX,
    )?;
    let mut roster = context.roster.clone();
    // INVARIANT (what is owed follows the record): a peer whose country key was succeeded, and whose new card is not known
    // here yet, still speaks with keys that its known card names; what it brings counts for nothing until then.
    let _ = roster.learn(hello.sender, &hello.certificates, &hello.revocations);
    roster
        .trusts_record_key(hello.sender, &signed.key, context.now)
        .map_err(|untrusted| ProtocolFault::Unsigned(kind, untrusted.into()))?;
    Ok(Incoming::Hello(Box::new(hello)))
}

/// News of a country is believed by that country's key alone; of one whose card is not known, or that goes by another key
/// than its card here says, nothing is.
fn verify_key_news(body: &[u8], context: &VerifyContext<'_>) -> Result<Incoming, ProtocolFault> {
    let kind = FrameKind::KeyNews;
    let mut news: KeyNews = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
    fits(kind, news.certificates.len() <= HELLO_CERTIFICATES_MAX && news.revocations.len() <= HELLO_CERTIFICATES_MAX)?;
    if !context.roster.opens(news.country, &news.certificates, &news.revocations) {
        news.certificates.clear();
        news.revocations.clear();
    }
    Ok(Incoming::KeyNews(Box::new(news)))
}

fn verify_batch(body: &[u8], context: &VerifyContext<'_>) -> Result<Incoming, ProtocolFault> {
    let kind = FrameKind::Batch;
    let batch: Batch = read(kind, body, LEDGER_FRAME_BYTES_MAX)?;
    let sheet: TermsSheet = batch
        .sheet
        .open(Domain::Terms, LEDGER_FRAME_BYTES_MAX, context.roster, context.peer, context.now)
        .map_err(|fault| ProtocolFault::Unsigned(kind, fault))?;
    addressed(kind, (sheet.sender, sheet.recipient) == (context.peer, context.own))?;
    let indexes_fit = sheet.items.iter().all(|item| usize::from(item.terms) < sheet.terms.len());
    fits(
        kind,
        !sheet.items.is_empty()
            && sheet.items.len() <= BATCH_ITEMS_MAX
            && sheet.items.len() == batch.envelopes.len()
            && indexes_fit,
    )?;
    let sheet_bytes = encode(Domain::Terms, &batch.sheet);
    let items = sheet
        .items
        .iter()
        .zip(batch.envelopes)
        .map(|(entry, envelope)| ReceivedItem { entry: *entry, record: verify_record(envelope, entry, context) })
        .collect();
    Ok(Incoming::Batch(Box::new(ReceivedBatch {
        epoch: sheet.epoch,
        first: sheet.first,
        at: sheet.at,
        terms: sheet.terms,
        sheet: SheetHash(digest(Domain::Terms, &[&sheet_bytes])),
        sheet_bytes,
        items,
    })))
}

fn verify_record(
    envelope: chancery_record::RecordEnvelope,
    entry: &SheetItem,
    context: &VerifyContext<'_>,
) -> Result<Record, RefusalCode> {
    let record = UnverifiedRecord::from_envelope(envelope)
        .and_then(|unverified| unverified.verify_at(context.roster, context.now))
        .map_err(|fault| refusal_of(&fault))?;
    if record.id() != entry.record || record.sections_held() != entry.sections {
        return Err(RefusalCode::BadSection);
    }
    Ok(record)
}

fn refusal_of(fault: &RecordFault) -> RefusalCode {
    match fault {
        RecordFault::Seal(Untrusted::Revoked { .. } | Untrusted::NotValid { .. }) => RefusalCode::RevokedKey,
        RecordFault::Seal(untrusted) if untrusted.is_pending() => RefusalCode::UnknownCertificate,
        RecordFault::Seal(_) | RecordFault::Seals(_) => RefusalCode::BadSeal,
        RecordFault::Commitment(_) | RecordFault::Sections | RecordFault::SectionTooLong(_) => RefusalCode::BadSection,
        fault if fault.is_pending() => RefusalCode::NewerFormat,
        RecordFault::Unreadable(_) | RecordFault::Manifest(_) => RefusalCode::Malformed,
    }
}

fn verify_obligations(body: &[u8], context: &VerifyContext<'_>) -> Result<Incoming, ProtocolFault> {
    let kind = FrameKind::Obligations;
    let obligations: Obligations = read(kind, body, CONTROL_FRAME_BYTES_MAX)?;
    fits(kind, !obligations.statements.is_empty() && obligations.statements.len() <= OBLIGATIONS_PER_FRAME_MAX)?;
    let statements = obligations
        .statements
        .into_iter()
        .map(|signed| {
            let judged = verify_statement(&signed, context);
            (signed, judged)
        })
        .collect();
    Ok(Incoming::Obligations(ReceivedObligations {
        incarnation: obligations.incarnation,
        first: obligations.first,
        statements,
    }))
}

/// A statement counts if its key was its maker's when it was made, or is now: a maker signs again what it signed with a
/// key that it has lost since.
fn verify_statement(signed: &SignedStatement, context: &VerifyContext<'_>) -> Result<Statement, StatementFault> {
    match signed.verify(context.roster) {
        Err(StatementFault::Untrusted(fault)) if fault != Untrusted::BadSignature => {
            let statement = signed.read()?;
            context.roster.trusts_record_key(statement.maker, &signed.key, context.now)?;
            let is_genuine = is_signed_by(&signed.key, &signed.bytes, &signed.signature);
            if is_genuine { Ok(statement) } else { Err(Untrusted::BadSignature.into()) }
        }
        judged => judged,
    }
}

/// What the running hash of a ledger covers of one item.
pub(crate) fn item_bytes(record: &RecordId, sections: chancery_record::SectionSet, terms: &Terms) -> Vec<u8> {
    let terms = digest(Domain::Terms, &[&encode(Domain::Terms, terms)]);
    [record.0.as_slice(), &sections.bits().to_le_bytes(), &terms].concat()
}
