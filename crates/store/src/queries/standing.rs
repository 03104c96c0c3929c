//! How a version stands within its lineage.

use chancery_exchange::{Mark, ReadFault};
use chancery_record::{Country, Lineage, RecordId};

use crate::Store;
use crate::copies::{self, CopySummary};
use crate::derived::version_of;
use crate::lineages::{self, Version};
use crate::marks;
use crate::records::{self, Place};
use crate::rows::{RowFault, Rows};

/// How a version stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    /// The version to use.
    Current,
    /// A later version was seen, or the originator says that it must be used no more.
    Superseded,
    /// Its originator sealed two different versions of one number; neither is to be used.
    Conflicted,
    /// Taken back from this node.
    Recalled,
    /// Taken back from everyone.
    Withdrawn,
}

impl Standing {
    /// Every standing.
    pub const ALL: [Self; 5] = [Self::Current, Self::Superseded, Self::Conflicted, Self::Recalled, Self::Withdrawn];

    /// The word for people.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::Superseded => "superseded",
            Self::Conflicted => "conflicted",
            Self::Recalled => "recalled",
            Self::Withdrawn => "withdrawn",
        }
    }
}

/// The latest version of a lineage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Current {
    /// No version was ever held.
    Unknown,
    /// The one.
    Version(Box<CopySummary>),
    /// Two different versions bear the latest number.
    Conflict([RecordId; 2]),
    /// It was held and is deleted; no earlier version takes its place.
    Deleted(RecordId),
}

impl Store {
    /// The latest version that an originator made of a lineage. Marks are not looked at.
    pub fn current(&self, originator: Country, lineage: &Lineage) -> Result<Current, ReadFault> {
        let latest = lineages::latest(self.rows(), originator, lineage)?;
        match latest.as_slice() {
            [] => Ok(Current::Unknown),
            [one] => match records::place(self.rows(), &one.record)? {
                Some(Place::Held(sequence)) => {
                    let copy = copies::copy(self.rows(), sequence)?;
                    Ok(copy.map_or(Current::Deleted(one.record), |copy| Current::Version(Box::new(copy))))
                }
                Some(Place::Deleted { .. }) | None => Ok(Current::Deleted(one.record)),
            },
            [one, other, ..] => Ok(Current::Conflict([other.record, one.record])),
        }
    }

    /// How a version stands, held or once held; none where it is not known.
    pub fn standing(&self, record: &RecordId) -> Result<Option<Standing>, ReadFault> {
        let version = version_of(self.rows(), record)?;
        Ok(version.map(|version| of(self.rows(), &version)).transpose()?)
    }
}

/// How a version stands.
pub(super) fn of(rows: Rows<'_>, version: &Version) -> Result<Standing, RowFault> {
    let mark = marks::heaviest(rows, version.originator, &version.lineage, &version.record)?;
    match mark {
        Some(Mark::Withdrawn) => return Ok(Standing::Withdrawn),
        Some(Mark::Recalled) => return Ok(Standing::Recalled),
        Some(Mark::Corrected) | None => {}
    }
    let latest = lineages::latest(rows, version.originator, &version.lineage)?;
    let is_latest = latest.iter().any(|last| last.revision == version.revision);
    Ok(match (is_latest, latest.len(), mark) {
        (true, 2.., _) => Standing::Conflicted,
        (true, _, None) => Standing::Current,
        _ => Standing::Superseded,
    })
}
