//! The frames of the exchange, as they stand on the wire.

mod brief;

use bincode::{Decode, Encode};
use chancery_record::{
    Country, DocumentHash, Instant, PublicKey, RecordEnvelope, RecordId, SectionSet, Set, SignedByCountry,
    SignedStatement,
};
use chancery_treaty::Terms;

pub use crate::reconcile::{Compare, Compared};
use crate::{
    Epoch, Incarnation, ItemNumber, ObligationPosition, RefusalCode, ReturnCursor, SignedByNode, StreamPosition,
};

/// The version of the conversation that this node speaks.
pub const PROTOCOL_VERSION: u16 = 1;

/// Which of a connection's three conversations a frame belongs to.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Stream {
    /// Hellos and receipts.
    Control,
    /// Records.
    Ledger,
    /// Statements that are owed.
    Obligations,
}

/// The sort of a frame: its type byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum FrameKind {
    /// [`Hello`], signed.
    Hello = 1,
    /// [`Receipt`], signed.
    Receipt = 2,
    /// [`ObligationReceipt`], signed.
    ObligationReceipt = 3,
    /// [`OpenEpoch`].
    OpenEpoch = 4,
    /// [`Batch`].
    Batch = 5,
    /// [`Obligations`].
    Obligations = 6,
    /// [`Compare`].
    Compare = 7,
    /// [`Compared`].
    Compared = 8,
    /// [`ReturnAsk`].
    ReturnAsk = 9,
    /// [`Returned`].
    Returned = 10,
    /// [`CheckAsk`].
    CheckAsk = 14,
    /// [`chancery_record::KeyNews`]: what a country says of its keys, by whomever it is carried.
    KeyNews = 11,
    /// [`OnwardOffer`].
    OnwardOffer = 12,
    /// [`OnwardWant`].
    OnwardWant = 13,
}

impl FrameKind {
    /// The sort of a type byte.
    pub fn from_byte(byte: u8) -> Option<Self> {
        let all = [
            Self::Hello,
            Self::Receipt,
            Self::ObligationReceipt,
            Self::OpenEpoch,
            Self::Batch,
            Self::Obligations,
            Self::Compare,
            Self::Compared,
            Self::CheckAsk,
            Self::ReturnAsk,
            Self::Returned,
            Self::KeyNews,
            Self::OnwardOffer,
            Self::OnwardWant,
        ];
        all.into_iter().find(|kind| *kind as u8 == byte)
    }

    /// The conversation it belongs to; on any other it is a violation.
    pub fn stream(self) -> Stream {
        match self {
            Self::Hello | Self::Receipt | Self::ObligationReceipt => Stream::Control,
            Self::OpenEpoch | Self::Batch => Stream::Ledger,
            Self::Obligations => Stream::Obligations,
            Self::ReturnAsk | Self::KeyNews | Self::OnwardOffer | Self::OnwardWant => Stream::Control,
            Self::Compare | Self::Compared | Self::CheckAsk => Stream::Control,
            Self::Returned => Stream::Ledger,
        }
    }
}

/// The first word of a connection, each way. Signed; it names only what concerns this peer.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// Lowest protocol version spoken.
    pub version_min: u16,
    /// Highest protocol version spoken.
    pub version_max: u16,
    /// Feature bits; unknown ones are ignored.
    pub features: u64,
    /// Who speaks.
    pub sender: Country,
    /// To whom; a hello replayed to another is refused.
    pub recipient: Country,
    /// The sender's transport key on this connection.
    pub sender_transport: PublicKey,
    /// The recipient's transport key on this connection.
    pub recipient_transport: PublicKey,
    /// The sender's certificates, the next ones included.
    pub certificates: Vec<SignedByCountry>,
    /// The sender's revocations.
    pub revocations: Vec<SignedByCountry>,
    /// Treaties in force with the recipient, as the sender sees it.
    pub treaties: Set<DocumentHash>,
    /// The sender's wall clock.
    pub clock: Instant,
    /// The sender's store.
    pub incarnation: Incarnation,
    /// How far the sender durably holds the recipient's ledger.
    pub ledger_held: Option<StreamPosition>,
    /// How far the sender durably holds the recipient's obligations.
    pub obligations_held: Option<ObligationPosition>,
    /// Records the recipient may have unreceipted.
    pub credit_items: u32,
    /// Bytes the recipient may have unreceipted.
    pub credit_bytes: u32,
    /// How far the recipient has receipted the sender's ledger: its own signed word, should it have lost it.
    pub ledger_receipted: Option<SignedByNode>,
    /// How far the recipient has receipted the sender's obligations, in its own signed word.
    pub obligations_receipted: Option<SignedByNode>,
    /// Whether the sender is mute and takes back what the recipient holds of it.
    pub is_recovering: bool,
    /// The latest life of the recipient's store that the sender has met.
    pub met: Option<Incarnation>,
}

/// A receiver's cumulative word: durably held up to here, but for what is refused.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Receipt {
    /// Who held it.
    pub holder: Country,
    /// Whose ledger.
    pub sender: Country,
    /// How far.
    pub position: StreamPosition,
    /// Items since the last receipt that were not accepted.
    pub refusals: Vec<Refusal>,
    /// When.
    pub at: Instant,
}

/// One item that was not accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Refusal {
    /// Its number in the receipt's epoch.
    pub number: ItemNumber,
    /// Why, in one byte.
    pub code: RefusalCode,
}

/// A receiver's cumulative word on an obligation stream.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ObligationReceipt {
    /// Who holds it.
    pub holder: Country,
    /// Whose stream.
    pub sender: Country,
    /// How far.
    pub position: ObligationPosition,
    /// When.
    pub at: Instant,
}

/// Begins a new numbering on the ledger stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OpenEpoch {
    /// The new epoch; higher than any before.
    pub epoch: Epoch,
    /// Where the stream stands: what the receiver has of it. None where it has nothing.
    pub base: Option<StreamPosition>,
    /// The sender's store.
    pub incarnation: Incarnation,
}

/// Records with the signed terms that bind them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Batch {
    /// A [`TermsSheet`], signed.
    pub sheet: SignedByNode,
    /// The records, in the sheet's order, each with only the sections released.
    pub envelopes: Vec<RecordEnvelope>,
}

/// The bytes of a record that are its own: its manifest and the bodies of its sections.
pub(crate) fn content_bytes(envelope: &RecordEnvelope) -> usize {
    envelope.manifest.len() + envelope.sections.iter().map(|section| section.body.len()).sum::<usize>()
}

/// What the sender signs of a batch: which items, under which terms.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct TermsSheet {
    /// Who delivers.
    pub sender: Country,
    /// To whom.
    pub recipient: Country,
    /// The epoch of the items.
    pub epoch: Epoch,
    /// The number of the first item.
    pub first: ItemNumber,
    /// When.
    pub at: Instant,
    /// Distinct terms.
    pub terms: Vec<Terms>,
    /// The items in order.
    pub items: Vec<SheetItem>,
}

/// One item of a sheet.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct SheetItem {
    /// The record.
    pub record: RecordId,
    /// Which sections.
    pub sections: SectionSet,
    /// Which of the sheet's terms.
    pub terms: u16,
}

/// Records of other countries that the sender may pass on to the recipient, by their ids.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OnwardOffer {
    /// Counts the offers of a connection; the answer repeats it.
    pub number: u64,
    /// The records.
    pub items: Vec<OfferedRecord>,
}

/// One record of an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OfferedRecord {
    /// Who sealed it.
    pub originator: Country,
    /// Which version.
    pub record: RecordId,
}

/// The answer to an offer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct OnwardWant {
    /// Which offer.
    pub number: u64,
    /// A bit for each of its records, the first the lowest: whether it is wanted.
    pub wanted: u64,
}

/// Statements that are owed, in the order of their stream.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Obligations {
    /// The sender's store.
    pub incarnation: Incarnation,
    /// The number of the first statement.
    pub first: ItemNumber,
    /// The statements, verbatim.
    pub statements: Vec<SignedStatement>,
}

/// Asks the peer to compare its ledger with what is held of it here.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CheckAsk {
    /// Always 1: no signed or framed type is empty.
    pub time: u32,
}

/// A recovering node asks a peer for the next page of what it holds of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReturnAsk {
    /// From where on.
    pub cursor: ReturnCursor,
}

/// What a peer holds of a recovering node: nothing in it is news to whom it goes to but by having been lost there.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Returned {
    /// What was asked for.
    pub cursor: ReturnCursor,
    /// Statements of the recipient, as it signed them.
    pub statements: Vec<SignedStatement>,
    /// Terms sheets of the recipient, as it signed them, with its records that came under them.
    pub sheets: Vec<ReturnedSheet>,
    /// From where on there is more.
    pub next: Option<ReturnCursor>,
}

/// A terms sheet given back to who signed it.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct ReturnedSheet {
    /// A [`TermsSheet`], signed.
    pub sheet: SignedByNode,
    /// Records under it that are held still, with all their sections at hand.
    pub envelopes: Vec<RecordEnvelope>,
}
