//! Measures of the United Nations Security Council.

use super::dates::PartialDate;
use super::shape::{Reading, form, shape_of_texts};
use crate::words::words;

words! {
    /// What states must do.
    Measure, "measure":
    AssetFreeze = 0 "asset_freeze",
    TravelBan = 1 "travel_ban",
    ArmsEmbargo = 2 "arms_embargo",
}
shape_of_texts!(Measure);

form! {
    /// The section `measures`.
    Measures {
        /// The measures.
        measures: Vec<Measure>,
        /// The subject's number on the list, as in `QDi.000`.
        committee_reference: Option<String>,
        /// The committee, or the list it keeps.
        committee: Option<String>,
        /// When the subject was listed.
        listed_on: Option<PartialDate>,
        /// When the entry was changed.
        amended_on: Vec<PartialDate>,
        /// Why the subject is listed.
        reasons: Option<String>,
    }
}

impl Measures {
    /// All that must hold of the section.
    pub(crate) fn check(&self, at: &mut Reading) {
        at.need("committee_reference", self.committee_reference.as_ref(), "the subject's number on the list");
        if self.measures.is_empty() {
            at.within("measures", |at| at.warning("not stated; nobody can tell what states must do"));
        }
    }
}
