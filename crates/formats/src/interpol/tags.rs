//! The conditions of a public notice, as far as its form tells them.

use chancery_record::{Classification, Handling, Minors, ObtainedBy, Offence, Penalty, Purpose, Status, Tlp, UseTags};

use super::minors::minors;
use crate::import::Colour;

/// What the form tells, beside what the importing country states; the rest stays unknown, and is not released by any
/// treaty that asks for it.
pub(super) fn tags(colour: Colour, birth: Option<&str>, event: Option<&str>, stated: &UseTags) -> UseTags {
    let mut tags = stated.clone();
    let (status, purposes) = match colour {
        Colour::Red => (Status::Wanted, RED_PURPOSES),
        Colour::Yellow => (Status::Missing, YELLOW_PURPOSES),
        Colour::Un => (Status::PersonOfInterest, UN_PURPOSES),
    };
    tags.handling.get_or_insert_with(|| [Handling::H0].into_iter().collect());
    tags.tlp.get_or_insert(Tlp::Clear);
    tags.classification.get_or_insert(Classification::Unclassified);
    tags.statuses.get_or_insert_with(|| [status].into_iter().collect());
    tags.obtained_by.get_or_insert_with(|| [ObtainedBy::Open].into_iter().collect());
    tags.sensitive.get_or_insert_with(|| std::iter::empty().collect());
    if tags.purposes.is_empty() {
        tags.purposes = purposes.iter().copied().collect();
    }
    // Of a wanted person's offence the form has a text, which no table turns into a category.
    let offence = match colour {
        Colour::Red => None,
        Colour::Yellow => Some(Offence::None),
        Colour::Un => Some(Offence::Sanctions),
    };
    if let Some(offence) = offence {
        tags.offences.get_or_insert_with(|| [offence].into_iter().collect());
        if tags.penalty == Penalty::Unknown {
            tags.penalty = Penalty::None;
        }
    }
    if tags.minors == Minors::Unknown && tags.minor_until.is_none() {
        (tags.minors, tags.minor_until) = minors(birth, event);
    }
    tags
}

const RED_PURPOSES: &[Purpose] = &[
    Purpose::Investigation,
    Purpose::Prosecution,
    Purpose::Extradition,
    Purpose::ExecutionOfSentence,
    Purpose::BorderControl,
    Purpose::Identification,
];
const YELLOW_PURPOSES: &[Purpose] =
    &[Purpose::BorderControl, Purpose::MissingPersons, Purpose::Identification, Purpose::VitalInterest];
const UN_PURPOSES: &[Purpose] = &[
    Purpose::Prevention,
    Purpose::Investigation,
    Purpose::BorderControl,
    Purpose::Identification,
    Purpose::AssetRecovery,
    Purpose::ThreatWarning,
];
