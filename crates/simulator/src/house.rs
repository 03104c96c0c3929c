//! What stands between an exchange and the world: nothing, or a planted bug.

use chancery_exchange::wire::{Batch, FrameKind, Hello, TermsSheet};
use chancery_exchange::{Change, Holdings, Incoming, ItemNumber, ProtocolFault, RecordSource, SignedByNode};
use chancery_record::encoding::{Domain, decode, encode};
use chancery_record::{Country, Moment};
use chancery_store::Store;

use crate::bug::Bug;
use crate::chance::{Fate, code};
use crate::link::Frame;
use crate::nations::record_key;
use crate::node::Node;
use crate::oracle::Oracle;

mod holdings;

/// The longest frame there is.
const FRAME_BYTES_MAX: usize = 1 << 20;

/// A store as an exchange sees it.
pub struct House<'a> {
    /// What is kept.
    pub store: &'a Store,
    /// What is wrong with the reading of it.
    pub bug: Option<Bug>,
    /// Whose it is.
    pub own: Country,
    /// What the clocks show.
    pub now: Moment,
}

/// What comes to the disk of what the exchange asked to be written.
pub fn bent(node: &Node, fate: Fate, now_ms: u64, changes: Vec<Change>) -> Vec<Change> {
    let Some(bug) = node.bug else { return changes };
    let mut chance = fate.of("bent", &[code(node.country), now_ms, changes.len() as u64]);
    let law = node.exchange.as_ref().map(|exchange| exchange.law().clone());
    let mut written = Vec::with_capacity(changes.len());
    for change in changes {
        match (bug, &change) {
            (Bug::LedgerSkipped, Change::Ledger(_)) => continue,
            (Bug::AcceptDropped, Change::Accept(acceptance))
                if acceptance.source != RecordSource::Own && chance.once_in(4) =>
            {
                continue;
            }
            (Bug::WithdrawalUnheard, Change::Mark { maker, .. }) if *maker != node.country && chance.once_in(2) => {
                continue;
            }
            (Bug::WithdrawalByView, Change::Owe { peer, .. })
                if law.as_ref().is_some_and(|law| law.treaties_with(*peer).is_empty()) =>
            {
                continue;
            }
            (Bug::CursorOnSend, Change::Ledger(row)) => {
                if let (Some(position), Some(law)) = (row.position, &law) {
                    let cursor =
                        chancery_exchange::Cursor { walked: position, law: law.digest_for(row.peer), back_fill: None };
                    written.push(Change::Cursor { peer: row.peer, lane: row.lane, cursor });
                }
            }
            _ => {}
        }
        written.push(change);
    }
    written
}

/// What leaves of what the exchange hands over.
pub fn misspoken(node: &Node, fate: Fate, now_ms: u64, frame: Frame) -> Frame {
    let mut chance = fate.of("misspoken", &[code(node.country), now_ms, u64::from(frame.kind)]);
    match node.bug {
        Some(Bug::GapInNumbering) if frame.kind == FrameKind::Batch as u8 && chance.once_in(4) => {
            resigned(node, frame, Domain::Terms, |sheet: &mut TermsSheet| sheet.first = ItemNumber(sheet.first.0 + 1))
        }
        Some(Bug::CountOverAll) if frame.kind == FrameKind::Hello as u8 => {
            let held = node.store.extent().map_or(0, |extent| extent.records);
            resigned(node, frame, Domain::Hello, |hello: &mut Hello| hello.features = held << 8)
        }
        _ => frame,
    }
}

/// What comes to the exchange of what was verified: here a receipt is taken for all that was handed over.
pub fn misread(
    oracle: &Oracle,
    from: Country,
    node: Option<&Node>,
    message: Result<Incoming, ProtocolFault>,
) -> Result<Incoming, ProtocolFault> {
    let message = unproved(node, message);
    let Some(node) = node.filter(|node| node.bug == Some(Bug::ReceiptUnchecked)) else { return message };
    let Ok(Incoming::Receipt(mut received)) = message else { return message };
    let position = &mut received.receipt.position;
    let handed = oracle.handed(node.country, from, position.epoch);
    let row = handed.and_then(|number| node.store.ledger_row(from, position.epoch, number).ok().flatten());
    if let Some(row) = row {
        (position.number, position.hash) = (row.number, row.hash);
    }
    Ok(Incoming::Receipt(received))
}

/// A hello as a node hears it that does not hear what proves its own disk to be an old one.
fn unproved(node: Option<&Node>, message: Result<Incoming, ProtocolFault>) -> Result<Incoming, ProtocolFault> {
    match message {
        Ok(Incoming::Hello(mut hello)) if node.is_some_and(|node| node.bug == Some(Bug::DuplicateIncarnation)) => {
            (hello.ledger_held, hello.obligations_held) = (None, None);
            (hello.ledger_receipted, hello.obligations_receipted, hello.met) = (None, None, None);
            Ok(Incoming::Hello(hello))
        }
        message => message,
    }
}

/// A signed frame with other content under its node's own signature.
pub fn resigned<T>(node: &Node, frame: Frame, domain: Domain, change: impl FnOnce(&mut T)) -> Frame
where
    T: bincode::Encode + bincode::Decode<()>,
{
    let key = record_key(node.country, node.serial);
    let again = |signed: &SignedByNode| {
        let mut content: T = decode(domain, &signed.bytes, FRAME_BYTES_MAX).ok()?;
        change(&mut content);
        Some(SignedByNode::sign(domain, &content, &key))
    };
    let body = match frame.kind {
        kind if kind == FrameKind::Batch as u8 => {
            let batch: Option<Batch> = decode(Domain::Frame, &frame.body, FRAME_BYTES_MAX).ok();
            let changed = batch.and_then(|batch| Some(Batch { sheet: again(&batch.sheet)?, ..batch }));
            changed.map(|batch| encode(Domain::Frame, &batch))
        }
        _ => {
            let signed: Option<SignedByNode> = decode(Domain::Frame, &frame.body, FRAME_BYTES_MAX).ok();
            signed.and_then(|signed| again(&signed)).map(|signed| encode(Domain::Frame, &signed))
        }
    };
    match body {
        Some(body) => Frame { body, ..frame },
        None => frame,
    }
}
