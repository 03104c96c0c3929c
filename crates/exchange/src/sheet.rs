//! A terms sheet in the making: items with the few distinct terms they share.

use chancery_record::encoding::Domain;
use chancery_record::{Country, Instant};
use chancery_treaty::Released;
use ed25519_dalek::SigningKey;

use crate::wire::{SheetItem, TermsSheet};
use crate::{Epoch, ItemNumber, SignedByNode};

/// What will be signed of a batch when it leaves.
#[derive(Debug)]
pub(crate) struct SheetDraft(TermsSheet);

impl SheetDraft {
    pub(crate) fn new(
        sender: Country,
        recipient: Country,
        epoch: Epoch,
        first: ItemNumber,
        at: Instant,
        released: &[Released],
    ) -> Self {
        let mut sheet = TermsSheet {
            sender,
            recipient,
            epoch,
            first,
            at,
            terms: Vec::new(),
            items: Vec::with_capacity(released.len()),
        };
        for one in released {
            let known = sheet.terms.iter().position(|terms| terms == one.terms());
            let at = known.unwrap_or_else(|| {
                sheet.terms.push(one.terms().clone());
                sheet.terms.len() - 1
            });
            sheet.items.push(SheetItem {
                record: one.disclosure().record,
                sections: one.disclosure().sections,
                // A batch has at most 64 items, so at most 64 distinct terms.
                terms: u16::try_from(at).unwrap_or(u16::MAX),
            });
        }
        Self(sheet)
    }

    pub(crate) fn sign(&self, record_key: &SigningKey) -> SignedByNode {
        SignedByNode::sign(Domain::Terms, &self.0, record_key)
    }
}
