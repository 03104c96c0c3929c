//! A set of sections as one word of bits.

use bincode::{Decode, Encode};
use serde::{Serialize, Serializer};

use crate::SectionName;

/// Which sections; the bit of a section is its code.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
pub struct SectionSet(u32);

impl SectionSet {
    /// No section.
    pub const EMPTY: Self = Self(0);

    /// The bits.
    pub const fn bits(self) -> u32 {
        self.0
    }
    /// Whether `name` is in it.
    pub const fn contains(self, name: SectionName) -> bool {
        self.0 & (1 << name.code()) != 0
    }
    /// The same set with `name`.
    #[must_use]
    pub const fn with(self, name: SectionName) -> Self {
        Self(self.0 | (1 << name.code()))
    }
    /// Sections of both.
    #[must_use]
    pub const fn union(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }
    /// Sections of this that are not in `other`.
    #[must_use]
    pub const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }
    /// Whether there is none.
    pub const fn is_empty(self) -> bool {
        self.0 == 0
    }
    /// Whether every section of `other` is in it.
    pub const fn contains_all(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }
    /// The sections in the order of their codes.
    pub fn iter(self) -> impl Iterator<Item = SectionName> {
        SectionName::ALL.iter().copied().filter(move |name| self.contains(*name))
    }
}

impl FromIterator<SectionName> for SectionSet {
    fn from_iter<I: IntoIterator<Item = SectionName>>(names: I) -> Self {
        names.into_iter().fold(Self::EMPTY, Self::with)
    }
}

impl std::fmt::Debug for SectionSet {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_set().entries(self.iter().map(SectionName::word)).finish()
    }
}

impl Serialize for SectionSet {
    fn serialize<S: Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}
