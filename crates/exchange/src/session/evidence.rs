//! What a peer's hello tells a node of its own life: nothing new, an old one that runs again, or more than it knows.

use chancery_record::encoding::{Domain, decode};
use chancery_record::signing::is_signed_by;
use chancery_record::{Country, Instant, TrustRoster};

use crate::desk::Desk;
use crate::limits::{CONTROL_FRAME_BYTES_MAX, LIFE_AHEAD_MAX_MS};
use crate::wire::{Hello, ObligationReceipt, Receipt};
use crate::{Holdings, Incarnation, ItemNumber, Life, ReadFault, SignedByNode};

/// What the two stores say of each other's past.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Evidence {
    /// All that the peer knows of this node, this node knows.
    Agrees,
    /// The peer says that it holds more of this node than stands in its ledger; it has still to prove it.
    Claimed,
    /// This node's own signature says that it held more of the peer than it does: it was restored.
    Proved,
    /// A later life of this node has spoken with the peer.
    Outlived(Incarnation),
}

/// Weighs a hello. What only the peer says is no proof: else any peer could silence this node.
pub(crate) fn weigh<H: Holdings>(
    desk: &Desk<'_, H>,
    roster: &TrustRoster,
    peer: Country,
    hello: &Hello,
) -> Result<Evidence, ReadFault> {
    let incarnation = desk.holdings.incarnation()?;
    let by_ledger = hello.ledger_held.map(|held| held.incarnation);
    let by_obligations = hello.obligations_held.map(|held| held.incarnation);
    if let Some(later) = by_ledger.max(by_obligations).max(hello.met).filter(|known| *known > incarnation) {
        // A life is numbered by the clock it began under; what lies beyond would leave no number for another.
        return Ok(if may_have_begun(later, desk.now.wall) { Evidence::Outlived(later) } else { Evidence::Claimed });
    }
    if lost_of_the_peers(desk, roster, peer, hello)? {
        return Ok(Evidence::Proved);
    }
    let is_first = desk.holdings.life()? == Life::First;
    let earlier = [by_ledger, by_obligations].into_iter().flatten().any(|known| known < incarnation);
    if (is_first && earlier) || lost_of_our_own(desk, peer, incarnation, hello)? {
        return Ok(Evidence::Claimed);
    }
    Ok(Evidence::Agrees)
}

/// Whether a life of that number may have begun by now.
pub(crate) fn may_have_begun(incarnation: Incarnation, now: Instant) -> bool {
    incarnation.0 <= now.0.saturating_add(LIFE_AHEAD_MAX_MS)
}

/// Whether the peer holds positions of this life that its own ledger or obligation stream does not have.
fn lost_of_our_own<H: Holdings>(
    desk: &Desk<'_, H>,
    peer: Country,
    incarnation: Incarnation,
    hello: &Hello,
) -> Result<bool, ReadFault> {
    if let Some(held) = hello.ledger_held.filter(|held| held.incarnation == incarnation)
        && desk.holdings.ledger_row(peer, held.epoch, held.number)?.is_none_or(|row| row.hash != held.hash)
    {
        return Ok(true);
    }
    if let Some(held) = hello.obligations_held.filter(|held| held.incarnation == incarnation) {
        let row = desk.holdings.owed(peer, ItemNumber(held.number.0.saturating_sub(1)), 1)?;
        return Ok(row.first().is_none_or(|(position, _)| position.hash != held.hash));
    }
    Ok(false)
}

/// Whether receipts that this node signed go beyond what it holds of the peer.
///
/// What it signed before it knew itself restored proves nothing more: else every peer that has not delivered again yet
/// would begin another life.
fn lost_of_the_peers<H: Holdings>(
    desk: &Desk<'_, H>,
    roster: &TrustRoster,
    peer: Country,
    hello: &Hello,
) -> Result<bool, ReadFault> {
    let own = |signed: &&SignedByNode| {
        roster.certificate_of_record_key(desk.own, &signed.key).is_some()
            && is_signed_by(&signed.key, &signed.bytes, &signed.signature)
    };
    let known = match desk.holdings.life()? {
        Life::First => None,
        Life::Recovering(since) | Life::Recovered(since) => Some(since),
    };
    if let Some(signed) = hello.ledger_receipted.as_ref().filter(own)
        && let Ok(receipt) = decode::<Receipt>(Domain::Receipt, &signed.bytes, CONTROL_FRAME_BYTES_MAX)
        && (receipt.holder, receipt.sender) == (desk.own, peer)
        && known.is_none_or(|known| receipt.at > known)
    {
        let said = (receipt.position.incarnation, receipt.position.epoch, receipt.position.number);
        let held = desk.holdings.received(peer)?;
        if held.is_none_or(|held| (held.incarnation, held.epoch, held.number) < said) {
            return Ok(true);
        }
    }
    if let Some(signed) = hello.obligations_receipted.as_ref().filter(own)
        && let Ok(receipt) =
            decode::<ObligationReceipt>(Domain::ObligationReceipt, &signed.bytes, CONTROL_FRAME_BYTES_MAX)
        && (receipt.holder, receipt.sender) == (desk.own, peer)
        && known.is_none_or(|known| receipt.at > known)
    {
        let said = (receipt.position.incarnation, receipt.position.number);
        let held = desk.holdings.obligations_received(peer)?;
        return Ok(held.is_none_or(|held| (held.incarnation, held.number) < said));
    }
    Ok(false)
}
