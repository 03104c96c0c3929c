//! What a run that was broken off had still to compare, small enough to be kept.

use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, encode};

use super::range::IdRange;
use crate::Period;
use crate::limits::{UNRESOLVED_BYTES_MAX, UNRESOLVED_RANGES_MAX};

/// Ranges that are not known to agree. The whole set, where they would be too many to name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unresolved {
    ranges: Option<Vec<IdRange>>,
}

#[derive(Encode, Decode)]
struct Row {
    ranges: Option<Vec<(Period, u64, u8)>>,
}

impl Unresolved {
    /// The whole set.
    pub fn whole() -> Self {
        Self { ranges: None }
    }

    /// Neighbours are taken together until they are few enough: comparing more than is needed is only slower.
    pub(crate) fn new(ranges: Option<Vec<IdRange>>) -> Self {
        let Some(mut ranges) = ranges else { return Self::whole() };
        let mut bits = ranges.iter().map(IdRange::bits).max().unwrap_or(0);
        loop {
            ranges.sort_unstable();
            ranges.dedup_by(|later, kept| !later.is_after(kept));
            if ranges.len() <= UNRESOLVED_RANGES_MAX {
                return Self { ranges: Some(ranges) };
            }
            let Some(fewer) = bits.checked_sub(1) else { return Self::whole() };
            bits = fewer;
            for range in &mut ranges {
                *range = range.widened(bits);
            }
        }
    }

    /// Whether all is compared.
    pub fn is_nothing(&self) -> bool {
        self.ranges.as_ref().is_some_and(Vec::is_empty)
    }

    /// How many ranges are left; none where it is the whole set.
    pub fn count(&self) -> Option<usize> {
        self.ranges.as_ref().map(Vec::len)
    }

    /// As it is kept.
    pub fn to_bytes(&self) -> Vec<u8> {
        let row = |range: &IdRange| (range.period(), range.prefix(), range.bits());
        let ranges = self.ranges.as_ref().map(|ranges| ranges.iter().map(row).collect());
        encode(Domain::Row, &Row { ranges })
    }

    /// As it was kept.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeFault> {
        let row: Row = decode(Domain::Row, bytes, UNRESOLVED_BYTES_MAX)?;
        let Some(rows) = row.ranges else { return Ok(Self::whole()) };
        let ranges = rows.into_iter().map(|(period, prefix, bits)| IdRange::new(period, prefix, bits));
        let ranges: Vec<IdRange> = ranges.collect::<Option<_>>().ok_or(DecodeFault::Malformed)?;
        Ok(Self::new(Some(ranges)))
    }

    pub(crate) fn ranges(&self) -> Option<Vec<IdRange>> {
        self.ranges.clone()
    }
}
