//! How a thing was lost or stolen.

use super::dates::PartialDate;
use super::shape::form;
use crate::Country;

form! {
    /// The section `circumstances`.
    Circumstances {
        /// When, or when it was noticed.
        date: Option<PartialDate>,
        /// Where.
        place: Option<String>,
        /// In which country.
        country: Option<Country>,
        /// In words.
        text: Option<String>,
        /// The authority it was reported to.
        reported_to: Option<String>,
        /// The number of the report.
        report_reference: Option<String>,
        /// When and where it was found again.
        recovery: Option<String>,
    }
}
