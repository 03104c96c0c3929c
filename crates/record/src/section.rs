//! Sections: the named parts of a record, each withheld or released by itself.

use bincode::{Decode, Encode};

use crate::encoding::{Domain, digest, encode};
use crate::words::words;
use crate::{Commitment, SectionTags};

words! {
    /// A named part of a record.
    SectionName, "section":
    Identity = 1 "identity",
    Description = 2 "description",
    Judicial = 3 "judicial",
    Narrative = 4 "narrative",
    Biometrics = 5 "biometrics",
    Links = 6 "links",
    Measures = 7 "measures",
    Object = 8 "object",
    Circumstances = 9 "circumstances",
    Travel = 10 "travel",
    Provenance = 11 "provenance",
    Source = 12 "source",
    Audience = 13 "audience",
}

/// One part of a record, with what is needed to open its commitment.
#[derive(Clone, Debug, PartialEq, Eq, Encode, Decode)]
pub struct Section {
    /// Which part it is.
    pub name: SectionName,
    /// Random bytes that keep the commitment of a withheld section from being guessed open.
    pub salt: [u8; 16],
    /// Conditions stricter than the manifest's.
    pub tags: SectionTags,
    /// JSON text; empty where the record has no such part.
    pub body: Vec<u8>,
}

impl Section {
    /// SHA-256 over domain, name, salt, tags and body, each length-prefixed.
    ///
    /// INVARIANT (nothing beyond the view): a section without content commits to an empty body under a salt of its own,
    /// so that who lacks the section cannot tell absent from withheld.
    pub fn commitment(&self) -> Commitment {
        let tags = encode(Domain::Commitment, &self.tags);
        Commitment(digest(Domain::Commitment, &[self.name.word().as_bytes(), &self.salt, &tags, &self.body]))
    }

    /// Whether the record has no such part.
    pub fn is_empty(&self) -> bool {
        self.body.is_empty()
    }
}
