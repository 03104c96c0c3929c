//! What a walk would find under a law, without walking: for plans, and for trials of a law that is not in force.

use std::sync::Arc;

use chancery_record::{Country, Date, Instant, RecordId};
use chancery_treaty::{Action, Candidate, Disclosure, Law};

use crate::change::{DeferralCause, Side};
use crate::label_index::LabelIndex;
use crate::{HeldRecord, Holdings, LabelId, ReadFault};

/// What would become of an own record that stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Outlook {
    /// It goes, and was never sent before.
    Goes,
    /// It goes once more: with more sections, for more purposes or under other terms that let the peer do more.
    GoesAgain,
    /// The peer holds all that may go.
    Delivered,
    /// It is withheld until a day, or the peer could not take it yet.
    Deferred,
    /// Nothing of it may go.
    Withheld,
    /// Nothing more of it may go; what was sent before stays where it is.
    Stopped,
}

/// One peer under one law at one moment. Nothing is decided for the wire here, so nothing can leave by it.
#[derive(Debug)]
pub struct Prospect<'a> {
    law: &'a Law,
    peer: Country,
    at: Instant,
    labels: LabelIndex,
}

impl<'a> Prospect<'a> {
    /// Looks at a peer under a law.
    pub fn new(law: &'a Law, peer: Country, at: Instant) -> Self {
        Self { law, peer, at, labels: LabelIndex::default() }
    }

    /// What would become of an own record that stands: neither taken back nor replaced.
    pub fn of<H: Holdings>(
        &mut self,
        record: &RecordId,
        label: LabelId,
        expires: Date,
        holdings: &H,
    ) -> Result<Outlook, ReadFault> {
        let was_sent = holdings.disclosed(self.peer, record)?;
        let nothing = if was_sent.is_some() { Outlook::Stopped } else { Outlook::Withheld };
        if expires <= self.at.date() || !self.labels.may_offer(label, self.peer, self.law, holdings)? {
            return Ok(nothing);
        }
        let Some(HeldRecord { record: held, .. }) = holdings.held(record)? else {
            return Ok(nothing);
        };
        match self.law.release(&Candidate::new(Arc::clone(&held)), self.peer, Action::Offer, self.at) {
            Err(verdict) if verdict.deferred.is_some() => Ok(Outlook::Deferred),
            Err(_) => Ok(nothing),
            Ok(released) => self.going(released.disclosure(), expires, holdings),
        }
    }

    fn going<H: Holdings>(&self, new: &Disclosure, expires: Date, holdings: &H) -> Result<Outlook, ReadFault> {
        if self.is_put_off(&new.record, holdings)? {
            return Ok(Outlook::Deferred);
        }
        let Some(before) = holdings.disclosed(self.peer, &new.record)? else {
            return Ok(Outlook::Goes);
        };
        let last = holdings.ledger_row(self.peer, before.epoch, before.number)?;
        if !last.is_some_and(|row| row.covers(new)) {
            return Ok(Outlook::GoesAgain);
        }
        let receipted = before.number <= holdings.receipted_in(self.peer, before.epoch)?;
        let taken = holdings.set_sections(Side::Delivered, self.peer, &new.record, expires)?;
        let is_held = receipted || taken.is_some_and(|sections| sections.contains_all(new.sections));
        Ok(if is_held { Outlook::Delivered } else { Outlook::Goes })
    }

    /// Whether the peer could not take it when it was sent.
    fn is_put_off<H: Holdings>(&self, record: &RecordId, holdings: &H) -> Result<bool, ReadFault> {
        let next = holdings.deferred(self.peer, just_before(record), 1)?;
        let of_record = next.first().filter(|deferral| deferral.record == *record);
        Ok(of_record.is_some_and(|deferral| !matches!(deferral.cause, DeferralCause::Date(_))))
    }
}

/// The id before an id; none before the first.
fn just_before(record: &RecordId) -> Option<RecordId> {
    let mut id = record.0;
    for byte in id.iter_mut().rev() {
        let (less, borrowed) = byte.overflowing_sub(1);
        *byte = less;
        if !borrowed {
            return Some(RecordId(id));
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_id_before_an_id() {
        let id = |first: u8, last: u8| {
            let mut id = [0; 32];
            (id[0], id[31]) = (first, last);
            RecordId(id)
        };
        assert_eq!(just_before(&id(0, 0)), None);
        assert_eq!(just_before(&id(0, 7)), Some(id(0, 6)));
        let before = just_before(&id(1, 0)).unwrap();
        assert!(before < id(1, 0) && before.0[1..].iter().all(|byte| *byte == 255) && before.0[0] == 0);
    }
}
