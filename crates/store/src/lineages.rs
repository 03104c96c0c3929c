//! The versions of each lineage, held or once held.

use std::ops::ControlFlow;

use chancery_record::{Country, Lineage, RecordId};

use crate::engine::{KeyRange, Order};
use crate::key::{Key, Parts};
use crate::keyspace::Keyspace;
use crate::limits::VERSIONS_MAX;
use crate::rows::{RowFault, Rows};

/// One version of a lineage, held or once held.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Version {
    /// The lineage it claims.
    pub lineage: Lineage,
    /// Who sealed it: nobody else's versions of a lineage bear on it.
    pub originator: Country,
    /// Its revision.
    pub revision: u64,
    /// Its id.
    pub record: RecordId,
}

impl Version {
    pub(crate) fn key(&self) -> Key {
        Key::new().bytes(&self.lineage.0).country(self.originator).number(self.revision).bytes(&self.record.0)
    }

    pub(crate) fn of_key(key: &[u8]) -> Result<Self, RowFault> {
        let mut parts = Parts::of(key);
        let mut version = || {
            let (lineage, originator) = (Lineage(parts.array()?), parts.country()?);
            let (revision, record) = (parts.number()?, RecordId(parts.array()?));
            parts.end()?;
            Some(Self { lineage, originator, revision, record })
        };
        version().ok_or_else(|| RowFault::damaged(Keyspace::Lineages))
    }
}

/// Versions by revision; where there are more than the limit, the latest.
///
/// INVARIANT (everything is bounded)
pub(crate) fn versions(rows: Rows<'_>, lineage: &Lineage) -> Result<Vec<Version>, RowFault> {
    let mut versions = Vec::new();
    rows.each(Keyspace::Lineages, KeyRange::prefix(&lineage.0), Order::Descending, |key, _| {
        versions.push(Version::of_key(key)?);
        Ok(if versions.len() < VERSIONS_MAX { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
    })?;
    versions.sort_by_key(|version| (version.revision, version.record));
    Ok(versions)
}

/// The latest version that an originator made of a lineage, or the first two of one revision that contradict each other.
pub(crate) fn latest(rows: Rows<'_>, originator: Country, lineage: &Lineage) -> Result<Vec<Version>, RowFault> {
    let range = KeyRange::prefix(Key::new().bytes(&lineage.0).country(originator).as_slice());
    let found = rows.scan(Keyspace::Lineages, range, Order::Descending, 2)?;
    let mut latest = found.iter().map(|(key, _)| Version::of_key(key)).collect::<Result<Vec<_>, _>>()?;
    if let [last, other] = latest.as_slice()
        && last.revision != other.revision
    {
        latest.truncate(1);
    }
    Ok(latest)
}
