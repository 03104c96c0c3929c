//! Every fuzz target under its name.

use crate::{decoders, frames, keeping, life, reconciling};

/// What became of the bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// They were taken for what they say they are, or moved something.
    Accepted,
    /// They were not.
    Refused,
}

impl Outcome {
    pub fn of(accepted: bool) -> Self {
        if accepted { Self::Accepted } else { Self::Refused }
    }
}

/// A plain function under its target's name.
pub type Target = (&'static str, fn(&[u8]) -> Outcome);

/// Every target. The folder of its seeds and its file in `fuzz_targets/` bear the same name.
pub const TARGETS: [Target; 29] = [
    ("record", decoders::record),
    ("treaty", decoders::treaty),
    ("draft_json", decoders::draft_json),
    ("draft_toml", decoders::draft_toml),
    ("interpol", decoders::interpol),
    ("un_list", decoders::un_list),
    ("contact_card", decoders::contact_card),
    ("statement", decoders::statement),
    ("label_terms", decoders::label_terms),
    ("frame", frames::any),
    ("frame_hello", frames::hello),
    ("frame_receipt", frames::receipt),
    ("frame_obligation_receipt", frames::obligation_receipt),
    ("frame_open_epoch", frames::open_epoch),
    ("frame_batch", frames::batch),
    ("frame_obligations", frames::obligations),
    ("frame_compare", frames::compare),
    ("frame_compared", frames::compared),
    ("frame_return_ask", frames::return_ask),
    ("frame_returned", frames::returned),
    ("frame_key_news", frames::key_news),
    ("frame_onward_offer", frames::onward_offer),
    ("frame_onward_want", frames::onward_want),
    ("frame_check_ask", frames::check_ask),
    ("reconcile_sets", reconciling::sets),
    ("reconcile_questions", reconciling::questions),
    ("reconcile_answers", reconciling::answers),
    ("life", life::life),
    ("keeping", keeping::keeping),
];
