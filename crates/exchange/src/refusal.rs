//! Why one item of a stream was not accepted: a code on the wire, the reason at home.

use std::fmt;

use bincode::de::Decoder;
use bincode::enc::Encoder;
use bincode::error::{DecodeError, EncodeError};
use bincode::{Decode, Encode};

/// A receiver's code for one refused item.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum RefusalCode {
    /// Final: the bytes are no well-formed record.
    Malformed = 1,
    /// Final: no good seal.
    BadSeal = 2,
    /// Final: a section does not match its commitment.
    BadSection = 3,
    /// Final: its day has passed.
    Expired = 4,
    /// Final: its originator has taken it back.
    Withdrawn = 5,
    /// Final: the treaty does not allow the delivery.
    ExceedsTreaty = 6,
    /// Final: a record of another originator, which needs the rules of onward transfer.
    NotTheOriginator = 7,
    /// Pending: no certificate for its key yet.
    UnknownCertificate = 20,
    /// Pending: a newer format than the receiver knows.
    NewerFormat = 21,
    /// Pending: issued in the receiver's future.
    Clock = 22,
    /// Pending: exceeds what the receiver knows to be in force, under a treaty that it does not have in force.
    UnknownTreaty = 23,
    /// Pending: every seal is by a key that is revoked or was not valid; the originator may seal it again.
    RevokedKey = 24,
}

impl RefusalCode {
    const ALL: [Self; 12] = [
        Self::Malformed,
        Self::BadSeal,
        Self::BadSection,
        Self::Expired,
        Self::Withdrawn,
        Self::ExceedsTreaty,
        Self::NotTheOriginator,
        Self::UnknownCertificate,
        Self::NewerFormat,
        Self::Clock,
        Self::UnknownTreaty,
        Self::RevokedKey,
    ];

    /// Whether the sender keeps it and offers it again.
    pub fn is_pending(self) -> bool {
        matches!(
            self,
            Self::UnknownCertificate | Self::NewerFormat | Self::Clock | Self::UnknownTreaty | Self::RevokedKey
        )
    }

    /// A stable word.
    pub fn word(self) -> &'static str {
        match self {
            Self::Malformed => "malformed",
            Self::BadSeal => "bad_seal",
            Self::BadSection => "bad_section",
            Self::Expired => "expired",
            Self::Withdrawn => "withdrawn",
            Self::ExceedsTreaty => "exceeds_treaty",
            Self::NotTheOriginator => "not_the_originator",
            Self::UnknownCertificate => "unknown_certificate",
            Self::NewerFormat => "newer_format",
            Self::Clock => "clock",
            Self::UnknownTreaty => "unknown_treaty",
            Self::RevokedKey => "revoked_key",
        }
    }
}

impl fmt::Display for RefusalCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.word())
    }
}

impl Encode for RefusalCode {
    fn encode<E: Encoder>(&self, out: &mut E) -> Result<(), EncodeError> {
        (*self as u8).encode(out)
    }
}

impl<C> Decode<C> for RefusalCode {
    fn decode<D: Decoder<Context = C>>(input: &mut D) -> Result<Self, DecodeError> {
        let code = <u8 as Decode<C>>::decode(input)?;
        Self::ALL.into_iter().find(|known| *known as u8 == code).ok_or(DecodeError::Other("unknown refusal code"))
    }
}
bincode::impl_borrow_decode!(RefusalCode);
