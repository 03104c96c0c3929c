//! Verification of frames.

use chancery_exchange::{Incoming, ProtocolFault, VerifyContext};

use crate::link::Frame;

/// What a frame verifies to.
pub fn verified(frame: &Frame, context: &VerifyContext<'_>) -> Result<Incoming, ProtocolFault> {
    Incoming::verify(frame.stream, frame.kind, &frame.body, context)
}
