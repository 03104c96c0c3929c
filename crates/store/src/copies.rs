//! What is known of each copy without its bodies, with the index entries that follow from it.

use bincode::{Decode, Encode};
use chancery_exchange::{JournalPosition, LabelId, RecordSource};
use chancery_record::{Country, Date, Instant, Kind, Lineage, Precedence, Record, RecordId, SectionSet, UnitName};

use crate::commit::CommitFault;
use crate::engine::{KeyRange, Order};
use crate::key::Key;
use crate::keyspace::Keyspace;
use crate::limits::{REFERENCE_BYTES_MAX, SMALL_ROW_BYTES_MAX};
use crate::lineages::Version;
use crate::pending::Pending;
use crate::records::{RecordHead, Sequence, key};
use crate::rows::{RowFault, Rows, row};

/// A copy without its bodies.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct CopySummary {
    /// The record.
    pub id: RecordId,
    /// Its lineage.
    pub lineage: Lineage,
    /// Its revision in the lineage.
    pub revision: u64,
    /// Who sealed it.
    pub originator: Country,
    /// The authority there.
    pub unit: UnitName,
    /// What it is.
    pub kind: Kind,
    /// Its lane.
    pub lane: Precedence,
    /// When it was sealed.
    pub issued: Instant,
    /// From this day on it is gone.
    pub expires: Date,
    /// The sections at hand.
    pub sections: SectionSet,
    /// Its interned label.
    pub label: LabelId,
    /// Who delivered it; none where it was sealed here.
    pub delivered_by: Option<Country>,
    /// The publisher's own number.
    pub reference: Option<String>,
    /// When this copy was accepted.
    pub accepted: Instant,
    /// Its journal entries.
    pub entries: Vec<JournalPosition>,
}
row!(CopySummary, Copies, SMALL_ROW_BYTES_MAX);

impl CopySummary {
    pub(crate) fn of(head: &RecordHead, record: &Record) -> Self {
        let manifest = record.manifest();
        Self {
            id: record.id(),
            lineage: manifest.lineage,
            revision: manifest.revision,
            originator: manifest.originator,
            unit: manifest.unit.clone(),
            kind: manifest.kind,
            lane: manifest.tags.precedence,
            issued: manifest.issued,
            expires: manifest.expires,
            sections: record.sections_held(),
            label: head.label,
            delivered_by: match &head.source {
                RecordSource::Own => None,
                RecordSource::Delivered { peer, .. } => Some(*peer),
            },
            reference: head.reference.clone(),
            accepted: head.accepted,
            entries: head.entries.clone(),
        }
    }

    /// Whether it was sealed here.
    pub fn is_own(&self) -> bool {
        self.delivered_by.is_none()
    }

    /// The index entries of this copy; they come and go with it.
    pub(crate) fn index(&self, sequence: Sequence) -> impl Iterator<Item = (Keyspace, Key, Vec<u8>)> {
        let kind = Key::new().byte(self.kind.code()).number(sequence.0);
        let originator = Key::new().country(self.originator).number(sequence.0);
        let expiry = Key::new().date(self.expires).number(sequence.0);
        let reference = self.reference.as_deref().filter(|_| self.is_own()).map(|reference| {
            (Keyspace::References, reference_prefix(reference).number(sequence.0), self.lineage.0.to_vec())
        });
        [
            (Keyspace::ByKind, kind, Vec::new()),
            (Keyspace::ByOriginator, originator, Vec::new()),
            (Keyspace::ByExpiry, expiry, self.id.0.to_vec()),
        ]
        .into_iter()
        .chain(reference)
    }

    /// Its entry among the versions of its lineage, which stays when the copy goes.
    pub(crate) fn version(&self) -> Version {
        Version { lineage: self.lineage, originator: self.originator, revision: self.revision, record: self.id }
    }
}

/// The keyspaces that [`CopySummary::index`] fills.
pub(crate) const INDEXES: [Keyspace; 4] =
    [Keyspace::ByKind, Keyspace::ByOriginator, Keyspace::ByExpiry, Keyspace::References];

/// Writes a summary with its index entries.
pub(crate) fn put(pending: &mut Pending<'_>, sequence: Sequence, copy: &CopySummary) -> Result<(), CommitFault> {
    if let Some(found) = copy.reference.as_ref().map(String::len).filter(|length| *length > REFERENCE_BYTES_MAX) {
        let keyspace = Keyspace::References.name();
        return Err(CommitFault::TooLong { keyspace, found, limit: REFERENCE_BYTES_MAX });
    }
    for (keyspace, key, value) in copy.index(sequence) {
        pending.put_bytes(keyspace, key, value, SMALL_ROW_BYTES_MAX)?;
    }
    pending.put_bytes(Keyspace::Lineages, copy.version().key(), Vec::new(), 0)?;
    pending.put(key(sequence), copy)
}

/// Takes a summary away with its index entries; the version stays known in its lineage.
pub(crate) fn remove(pending: &mut Pending<'_>, sequence: Sequence, copy: &CopySummary) {
    for (keyspace, key, _) in copy.index(sequence) {
        pending.delete(keyspace, key);
    }
    pending.delete(Keyspace::Copies, key(sequence));
}

/// The summary under a sequence number.
pub(crate) fn copy(rows: Rows<'_>, sequence: Sequence) -> Result<Option<CopySummary>, RowFault> {
    rows.get(&key(sequence))
}

/// The lineage of the latest own record with a source reference.
pub(crate) fn lineage_of_reference(rows: Rows<'_>, reference: &str) -> Result<Option<Lineage>, RowFault> {
    if reference.len() > REFERENCE_BYTES_MAX {
        return Ok(None);
    }
    let range = KeyRange::prefix(reference_prefix(reference).as_slice());
    let Some((_, lineage)) = rows.first(Keyspace::References, range, Order::Descending)? else { return Ok(None) };
    let lineage = lineage.try_into().map(Lineage).map_err(|_| RowFault::damaged(Keyspace::References))?;
    Ok(Some(lineage))
}

/// Copies that expire on or before a day, the earliest first.
pub(crate) fn expired(rows: Rows<'_>, through: Date, page: usize) -> Result<Vec<RecordId>, RowFault> {
    let range = match through.days().checked_add(1) {
        Some(next) => {
            let end = Key::new().date(Date::from_days(next));
            KeyRange::between(std::ops::Bound::Unbounded, std::ops::Bound::Excluded(end.into()))
        }
        None => KeyRange::all(),
    };
    let found = rows.scan(Keyspace::ByExpiry, range, Order::Ascending, page)?;
    found
        .into_iter()
        .map(|(_, id)| id.try_into().map(RecordId).map_err(|_| RowFault::damaged(Keyspace::ByExpiry)))
        .collect()
}

/// The length first, so that no reference is the beginning of another's key.
fn reference_prefix(reference: &str) -> Key {
    Key::new().number(reference.len() as u64).bytes(reference.as_bytes())
}
