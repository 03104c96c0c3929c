//! A batch as it stands on the wire: what its records say themselves is left out of its sheet.

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};
use chancery_record::encoding::{Domain, decode, encode};
use chancery_record::{Country, Instant, Manifest, RecordEnvelope, RecordId, SectionSet};
use chancery_treaty::Terms;

use super::{Batch, SheetItem, TermsSheet};
use crate::{Epoch, ItemNumber, SignedByNode};

/// A terms sheet less the ids and sections of its items, which follow from the records beside it.
///
/// The receiver puts the sheet together again, byte by byte as it was signed: an id is the hash of a manifest.
#[derive(Encode, Decode)]
struct BriefSheet {
    sender: Country,
    recipient: Country,
    epoch: Epoch,
    first: ItemNumber,
    at: Instant,
    terms: Vec<Terms>,
    /// Of each item, which of the terms.
    items: Vec<u16>,
}

/// The sheet stands there as it was signed, for it says something else than the records.
const IN_FULL: u8 = 0;
/// The sheet stands there in brief.
const IN_BRIEF: u8 = 1;

impl Encode for Batch {
    fn encode<E: Encoder>(&self, out: &mut E) -> Result<(), EncodeError> {
        match BriefSheet::of(self) {
            Some(brief) => {
                IN_BRIEF.encode(out)?;
                brief.encode(out)?;
            }
            None => {
                IN_FULL.encode(out)?;
                self.sheet.bytes.encode(out)?;
            }
        }
        self.sheet.key.encode(out)?;
        self.sheet.signature.encode(out)?;
        self.envelopes.encode(out)
    }
}

impl<C> Decode<C> for Batch {
    fn decode<D: Decoder<Context = C>>(input: &mut D) -> Result<Self, DecodeError> {
        let (brief, full) = match u8::decode(input)? {
            IN_FULL => (None, Vec::<u8>::decode(input)?),
            IN_BRIEF => (Some(BriefSheet::decode(input)?), Vec::new()),
            _ => return Err(DecodeError::Other("a sheet of an unknown form")),
        };
        let (key, signature) = (Decode::decode(input)?, Decode::decode(input)?);
        let envelopes: Vec<RecordEnvelope> = Decode::decode(input)?;
        let bytes = match brief {
            Some(brief) => brief.in_full(&envelopes)?,
            None => full,
        };
        Ok(Self { sheet: SignedByNode { bytes, key, signature }, envelopes })
    }
}
bincode::impl_borrow_decode!(Batch);

impl BriefSheet {
    /// The brief form, where nothing is lost by it.
    fn of(batch: &Batch) -> Option<Self> {
        let bytes = &batch.sheet.bytes;
        let sheet: TermsSheet = decode(Domain::Terms, bytes, bytes.len()).ok()?;
        let follows = |(item, envelope): (&SheetItem, &RecordEnvelope)| {
            (item.record, item.sections) == (id_of(envelope), sections_of(envelope))
        };
        let TermsSheet { sender, recipient, epoch, first, at, terms, items } = sheet;
        let is_brief = items.len() == batch.envelopes.len() && items.iter().zip(&batch.envelopes).all(follows);
        let items = items.iter().map(|item| item.terms).collect();
        is_brief.then_some(Self { sender, recipient, epoch, first, at, terms, items })
    }

    /// The bytes that were signed.
    fn in_full(self, envelopes: &[RecordEnvelope]) -> Result<Vec<u8>, DecodeError> {
        if self.items.len() != envelopes.len() {
            return Err(DecodeError::Other("a sheet with other items than records"));
        }
        let item = |(terms, envelope): (u16, &RecordEnvelope)| SheetItem {
            record: id_of(envelope),
            sections: sections_of(envelope),
            terms,
        };
        let items = self.items.into_iter().zip(envelopes).map(item).collect();
        let Self { sender, recipient, epoch, first, at, terms, .. } = self;
        Ok(encode(Domain::Terms, &TermsSheet { sender, recipient, epoch, first, at, terms, items }))
    }
}

fn id_of(envelope: &RecordEnvelope) -> RecordId {
    Manifest::id_of(&envelope.manifest)
}

fn sections_of(envelope: &RecordEnvelope) -> SectionSet {
    envelope.sections.iter().map(|section| section.name).collect()
}

#[cfg(test)]
mod tests {
    use chancery_record::signing::is_signed_by;
    use ed25519_dalek::SigningKey;

    use super::*;

    const LIMIT: usize = 1 << 16;

    fn envelope(number: u8) -> RecordEnvelope {
        RecordEnvelope { manifest: vec![number; 300], seals: Vec::new(), sections: Vec::new() }
    }

    fn batch(change: impl FnOnce(&mut TermsSheet)) -> Batch {
        let envelopes: Vec<RecordEnvelope> = (0..3).map(envelope).collect();
        let item = |envelope: &RecordEnvelope| SheetItem {
            record: id_of(envelope),
            sections: sections_of(envelope),
            terms: 7,
        };
        let mut sheet = TermsSheet {
            sender: "FR".parse().unwrap(),
            recipient: "DE".parse().unwrap(),
            epoch: Epoch(3),
            first: ItemNumber(9),
            at: Instant(5),
            terms: Vec::new(),
            items: envelopes.iter().map(item).collect(),
        };
        change(&mut sheet);
        Batch { sheet: SignedByNode::sign(Domain::Terms, &sheet, &SigningKey::from_bytes(&[5; 32])), envelopes }
    }

    #[test]
    fn what_was_signed_comes_back_whatever_it_says() {
        let changes: [fn(&mut TermsSheet); 4] = [
            |_| {},
            |sheet| sheet.items[1].record = RecordId([4; 32]),
            |sheet| sheet.items[2].sections = [chancery_record::SectionName::Source].into_iter().collect(),
            |sheet| {
                let _ = sheet.items.pop();
            },
        ];
        for (at, change) in changes.into_iter().enumerate() {
            let batch = batch(change);
            let bytes = encode(Domain::Frame, &batch);
            let read: Batch = decode(Domain::Frame, &bytes, LIMIT).unwrap();
            assert_eq!(read, batch, "{at}");
            assert!(is_signed_by(&read.sheet.key, &read.sheet.bytes, &read.sheet.signature));
            let is_brief = bytes.len() < batch.sheet.bytes.len() + 3 * 300 + 150;
            assert_eq!(is_brief, at == 0, "{at}: {}", bytes.len());
        }
    }

    #[test]
    fn one_batch_has_one_form() {
        let batch = batch(|_| {});
        let bytes = encode(Domain::Frame, &batch);
        // In full, where brief would do: another spelling of the same, and refused.
        let both = encode(Domain::Frame, &(batch.sheet.clone(), batch.envelopes.clone()));
        let (head, rest) = both.split_at(2);
        let full = [head, &[IN_FULL], rest].concat();
        assert!(decode::<Batch>(Domain::Frame, &full, LIMIT).is_err());
        for cut in 0..bytes.len() {
            assert!(decode::<Batch>(Domain::Frame, &bytes[..cut], LIMIT).is_err());
        }
    }
}
