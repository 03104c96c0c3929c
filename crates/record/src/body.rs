//! The content of sections: typed by kind, checked when published, kept verbatim afterwards.

pub(crate) mod shape;

use crate::{Country, Draft};
use shape::Reading;

/// Checks the content of every section of a draft.
pub(crate) fn check(_draft: &Draft, _at: &mut Reading) {}

/// Checks what depends on who publishes.
pub(crate) fn check_originator(_draft: &Draft, _originator: Country, _at: &mut Reading) {}
