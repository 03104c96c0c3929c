//! What a peer gives back, verified as this country's own.

use chancery_record::encoding::{Domain, decode, encode};
use chancery_record::signing::is_signed_by;
use chancery_record::{
    PublicKey, Record, RecordEnvelope, Seal, SectionName, SectionSet, SignedStatement, Statement, UnverifiedRecord,
};

use super::{ProtocolFault, VerifyContext, addressed, fits, read};
use crate::limits::{BATCH_ITEMS_MAX, LEDGER_FRAME_BYTES_MAX, RETURNED_SHEETS_MAX, RETURNED_STATEMENTS_MAX};
use crate::signed::SignedFault;
use crate::wire::{FrameKind, Returned, ReturnedSheet, TermsSheet};
use crate::{ReturnCursor, SignedByNode};

/// A page of what a peer holds of this node; only what bears this country's own signature is in it.
#[derive(Debug)]
pub struct ReceivedReturn {
    /// What was asked for.
    pub cursor: ReturnCursor,
    /// Own statements.
    pub statements: Vec<(SignedStatement, Statement)>,
    /// Own terms sheets, with own records that came under them.
    pub sheets: Vec<(TermsSheet, Vec<Record>)>,
    /// How much came that is not this country's own, or under a key that counts no more.
    pub refused: u64,
    /// From where on there is more.
    pub next: Option<ReturnCursor>,
}

pub(super) fn verify(body: &[u8], context: &VerifyContext<'_>) -> Result<ReceivedReturn, ProtocolFault> {
    let kind = FrameKind::Returned;
    let frame: Returned = read(kind, body, LEDGER_FRAME_BYTES_MAX)?;
    let lists = frame.statements.len() <= RETURNED_STATEMENTS_MAX && frame.sheets.len() <= RETURNED_SHEETS_MAX;
    fits(kind, lists && frame.sheets.iter().all(|sheet| sheet.envelopes.len() <= BATCH_ITEMS_MAX))?;
    let mut given = ReceivedReturn {
        cursor: frame.cursor,
        statements: Vec::new(),
        sheets: Vec::new(),
        refused: 0,
        next: frame.next,
    };
    for signed in frame.statements {
        match own_statement(&signed, context) {
            Some(statement) => given.statements.push((signed, statement)),
            None => given.refused = given.refused.saturating_add(1),
        }
    }
    for ReturnedSheet { sheet, envelopes } in frame.sheets {
        let sheet = sheet_content(&sheet).ok().filter(|_| is_own(&sheet.key, &sheet.bytes, &sheet.signature, context));
        let Some(sheet) = sheet else {
            given.refused = given.refused.saturating_add(1);
            continue;
        };
        addressed(kind, (sheet.sender, sheet.recipient) == (context.own, context.peer))?;
        let mut records = Vec::with_capacity(envelopes.len());
        for envelope in envelopes {
            match own_record(envelope, context) {
                Some(record) if sheet.items.iter().any(|item| item.record == record.id()) => records.push(record),
                _ => given.refused = given.refused.saturating_add(1),
            }
        }
        given.sheets.push((sheet, records));
    }
    Ok(given)
}

/// What a signed sheet says; whether the signature is good is asked elsewhere.
pub(crate) fn sheet_content(signed: &SignedByNode) -> Result<TermsSheet, SignedFault> {
    let sheet: TermsSheet = decode(Domain::Terms, &signed.bytes, LEDGER_FRAME_BYTES_MAX)?;
    Ok(sheet)
}

/// An own record. One whose keys count no more comes back without its audience: it can be withdrawn and amended, and goes to
/// nobody before that, for whoever stole such a key could have sealed it too.
fn own_record(envelope: RecordEnvelope, context: &VerifyContext<'_>) -> Option<Record> {
    let unverified = UnverifiedRecord::from_envelope(envelope.clone()).ok()?;
    if unverified.manifest().originator != context.own {
        return None;
    }
    if let Ok(record) = unverified.verify_at(context.roster, context.now) {
        return Some(record);
    }
    let record = Record::from_store(&encode(Domain::Record, &envelope)).ok()?;
    let is_certified = |seal: &Seal| context.roster.certificate_of_record_key(context.own, &seal.key).is_some();
    let is_sealed = record.envelope().seals.iter().any(|seal| is_certified(seal) && seal.is_genuine(&record.id()));
    let audience: SectionSet = [SectionName::Audience].into_iter().collect();
    is_sealed.then(|| record.with_only(record.sections_held().without(audience)))
}

/// A statement that this country made, by any key that was ever its own: one that was revoked since took back no word.
fn own_statement(signed: &SignedStatement, context: &VerifyContext<'_>) -> Option<Statement> {
    let statement = signed.read().ok()?;
    let is_own = statement.maker == context.own && is_own(&signed.key, &signed.bytes, &signed.signature, context);
    is_own.then_some(statement)
}

fn is_own(key: &PublicKey, bytes: &[u8], signature: &chancery_record::Signature, context: &VerifyContext<'_>) -> bool {
    context.roster.certificate_of_record_key(context.own, key).is_some() && is_signed_by(key, bytes, signature)
}
