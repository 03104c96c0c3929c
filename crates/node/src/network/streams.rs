//! The three conversations of a connection.

use std::fmt;

use super::limits;
use super::rate::RateLimit;

/// Which of the three conversations of a connection a frame belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum StreamKind {
    /// Hellos, receipts, treaty documents; the driver's heartbeats.
    Control,
    /// Batches of records.
    Ledger,
    /// Withdrawals, recalls, reports: what is owed.
    Obligations,
}

impl StreamKind {
    /// All kinds, in the order of their numbers.
    pub const ALL: [Self; 3] = [Self::Control, Self::Ledger, Self::Obligations];

    /// The longest body a frame of this stream may have.
    pub const fn body_bytes_max(self) -> u32 {
        match self {
            Self::Control | Self::Obligations => limits::SMALL_BODY_BYTES_MAX,
            Self::Ledger => limits::LEDGER_BODY_BYTES_MAX,
        }
    }

    /// Frames of this stream handed over and not yet let go.
    pub(super) const fn frames_waiting_max(self) -> usize {
        match self {
            Self::Control | Self::Obligations => limits::SMALL_FRAMES_WAITING_MAX,
            Self::Ledger => limits::LEDGER_FRAMES_WAITING_MAX,
        }
    }

    pub(super) const fn frame_rate(self) -> RateLimit {
        match self {
            Self::Control => limits::CONTROL_FRAME_RATE,
            Self::Ledger => limits::LEDGER_FRAME_RATE,
            Self::Obligations => limits::OBLIGATIONS_FRAME_RATE,
        }
    }

    pub(super) const fn byte_rate(self) -> RateLimit {
        match self {
            Self::Control => limits::CONTROL_BYTE_RATE,
            Self::Ledger => limits::LEDGER_BYTE_RATE,
            Self::Obligations => limits::OBLIGATIONS_BYTE_RATE,
        }
    }

    /// The first byte on a stream, by which the receiver knows its kind.
    pub(super) const fn to_byte(self) -> u8 {
        match self {
            Self::Control => 1,
            Self::Ledger => 2,
            Self::Obligations => 3,
        }
    }

    pub(super) const fn from_byte(byte: u8) -> Option<Self> {
        match byte {
            1 => Some(Self::Control),
            2 => Some(Self::Ledger),
            3 => Some(Self::Obligations),
            _ => None,
        }
    }
}

impl fmt::Display for StreamKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Control => "control",
            Self::Ledger => "ledger",
            Self::Obligations => "obligations",
        })
    }
}

/// One thing for each of the three streams.
#[derive(Debug, Default)]
pub(super) struct PerStream<T> {
    control: T,
    ledger: T,
    obligations: T,
}

impl<T> PerStream<T> {
    pub(super) fn from_fn(mut make: impl FnMut(StreamKind) -> T) -> Self {
        Self {
            control: make(StreamKind::Control),
            ledger: make(StreamKind::Ledger),
            obligations: make(StreamKind::Obligations),
        }
    }

    pub(super) fn get(&self, kind: StreamKind) -> &T {
        match kind {
            StreamKind::Control => &self.control,
            StreamKind::Ledger => &self.ledger,
            StreamKind::Obligations => &self.obligations,
        }
    }

    pub(super) fn get_mut(&mut self, kind: StreamKind) -> &mut T {
        match kind {
            StreamKind::Control => &mut self.control,
            StreamKind::Ledger => &mut self.ledger,
            StreamKind::Obligations => &mut self.obligations,
        }
    }

    pub(super) fn into_array(self) -> [(StreamKind, T); 3] {
        [
            (StreamKind::Control, self.control),
            (StreamKind::Ledger, self.ledger),
            (StreamKind::Obligations, self.obligations),
        ]
    }
}

impl<A, B> PerStream<(A, B)> {
    pub(super) fn unzip(self) -> (PerStream<A>, PerStream<B>) {
        let Self { control, ledger, obligations } = self;
        (
            PerStream { control: control.0, ledger: ledger.0, obligations: obligations.0 },
            PerStream { control: control.1, ledger: ledger.1, obligations: obligations.1 },
        )
    }
}

impl<T> PerStream<Option<T>> {
    pub(super) fn count(&self) -> usize {
        StreamKind::ALL.iter().filter(|kind| self.get(**kind).is_some()).count()
    }

    /// All three, if they are there.
    pub(super) fn complete(self) -> Option<PerStream<T>> {
        Some(PerStream { control: self.control?, ledger: self.ledger?, obligations: self.obligations? })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_byte_names_the_kind_and_nothing_else_does() {
        for byte in 0..=u8::MAX {
            match StreamKind::from_byte(byte) {
                Some(kind) => assert_eq!(kind.to_byte(), byte),
                None => assert!(StreamKind::ALL.iter().all(|kind| kind.to_byte() != byte)),
            }
        }
        assert_eq!(StreamKind::ALL.map(StreamKind::to_byte), [1, 2, 3]);
    }
}
