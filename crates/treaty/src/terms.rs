//! Terms: what goes with a delivered copy, binding its holder.

use bincode::de::Decoder;
use bincode::error::DecodeError;
use bincode::{Decode, Encode};
use chancery_record::encoding::{DecodeFault, Domain, decode, encode};
use chancery_record::{
    Caveat, Date, DocumentHash, Handling, Lineage, Onward, Purpose, SectionName, SectionSet, Set, StatementId, UnitName,
};
use serde::Serialize;
use thiserror::Error;

use crate::limits::{ARTICLE_NUMBER_BYTES_MAX, CITATIONS_MAX, TERMS_BYTES_MAX};

/// The terms of one delivery. They travel signed by the sender, stay with the copy, and bind every query and export.
///
/// Equal terms have equal bytes: rows and sets are sorted, one row for each section and purpose, and decoding refuses
/// any other form.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Serialize)]
pub struct Terms {
    treaties: Set<DocumentHash>,
    rows: Set<TermsRow>,
    keep_until: Date,
    onward: Onward,
    caveats: Set<Caveat>,
    handling: Set<Handling>,
    requests: Set<Lineage>,
    consents: Set<StatementId>,
}

/// One section, for one purpose, under these articles.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
pub struct TermsRow {
    /// Which section.
    pub section: SectionName,
    /// For which purpose.
    pub purpose: Purpose,
    /// The grants that let it go; at least one.
    pub articles: Set<Citation>,
    /// The only units that may use it; the whole country where absent.
    pub to_units: Option<Set<UnitName>>,
}

/// An article of one of the treaties that the terms name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode, Serialize)]
pub struct Citation {
    /// The treaty's exact bytes.
    pub document: DocumentHash,
    /// The article's number.
    pub article: String,
}

/// What the terms say beyond their rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UseConditions {
    /// The copy is deleted on that day at the latest.
    pub keep_until: Date,
    /// Whether the holder may pass the record on.
    pub onward: Onward,
    /// What no holder may do with it.
    pub caveats: Set<Caveat>,
    /// Handling codes of what was delivered.
    pub handling: Set<Handling>,
    /// The requests it answers.
    pub requests: Set<Lineage>,
    /// The consents it rests on.
    pub consents: Set<StatementId>,
}

/// Terms that contradict themselves.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum TermsFault {
    /// Two rows for one section and purpose.
    #[error("two rows stand for one section and purpose")]
    RowTwice,
    /// A row that names no article, or too many.
    #[error("a row names no article, or more than {CITATIONS_MAX}")]
    Citations,
    /// A row that no unit may use.
    #[error("a row names no unit that may use it")]
    NoUnit,
    /// An article's number is empty or too long.
    #[error("an article's number is empty or longer than {ARTICLE_NUMBER_BYTES_MAX} bytes")]
    Number,
    /// The treaties named are not those of the articles.
    #[error("the treaties named are not those of the articles cited")]
    Treaties,
}

impl Terms {
    /// Makes terms of rows; the treaties are those that the rows cite.
    pub fn new(rows: Set<TermsRow>, conditions: UseConditions) -> Result<Self, TermsFault> {
        let treaties = treaties_of(&rows);
        let UseConditions { keep_until, onward, caveats, handling, requests, consents } = conditions;
        let terms = Self { treaties, rows, keep_until, onward, caveats, handling, requests, consents };
        terms.check().map(|()| terms)
    }

    /// The canonical bytes, as they are signed.
    pub fn to_bytes(&self) -> Vec<u8> {
        encode(Domain::Terms, self)
    }

    /// Reads terms.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, DecodeFault> {
        decode(Domain::Terms, bytes, TERMS_BYTES_MAX)
    }

    /// The treaties under which it was delivered.
    pub fn treaties(&self) -> &Set<DocumentHash> {
        &self.treaties
    }

    /// What was delivered for what, by section and purpose.
    pub fn rows(&self) -> &Set<TermsRow> {
        &self.rows
    }

    /// The copy is deleted on that day at the latest.
    pub fn keep_until(&self) -> Date {
        self.keep_until
    }

    /// Whether the holder may pass it on.
    pub fn onward(&self) -> Onward {
        self.onward
    }

    /// What no holder may do with it.
    pub fn caveats(&self) -> &Set<Caveat> {
        &self.caveats
    }

    /// Handling codes of what was delivered.
    pub fn handling(&self) -> &Set<Handling> {
        &self.handling
    }

    /// The requests it answers.
    pub fn requests(&self) -> &Set<Lineage> {
        &self.requests
    }

    /// The consents it rests on.
    pub fn consents(&self) -> &Set<StatementId> {
        &self.consents
    }

    /// The articles that some row cites.
    pub fn citations(&self) -> impl Iterator<Item = Citation> {
        self.rows.iter().flat_map(|row| row.articles.iter().cloned())
    }

    /// The sections that some row covers.
    pub fn sections(&self) -> SectionSet {
        self.rows.iter().map(|row| row.section).collect()
    }

    /// The purposes that some row covers.
    pub fn purposes(&self) -> Set<Purpose> {
        self.rows.iter().map(|row| row.purpose).collect()
    }

    /// Whether `unit` may use the section for the purpose on that day.
    ///
    /// INVARIANT (terms stay with the copy): query and export ask here.
    pub fn permit(&self, section: SectionName, purpose: Purpose, unit: &UnitName, today: Date) -> bool {
        let row = self.rows.iter().find(|row| row.section == section && row.purpose == purpose);
        let named = |row: &TermsRow| row.to_units.as_ref().is_none_or(|units| units.contains(unit));
        today < self.keep_until && row.is_some_and(named)
    }

    /// The sections that `unit` may use for the purpose on that day.
    pub fn sections_for(&self, purpose: Purpose, unit: &UnitName, today: Date) -> SectionSet {
        self.sections().iter().filter(|section| self.permit(*section, purpose, unit, today)).collect()
    }

    /// The same terms with only some of the rows, and not kept longer than `keep_until`.
    #[must_use]
    pub fn narrowed(&self, keep_row: impl Fn(&TermsRow) -> bool, keep_until: Date) -> Self {
        let rows: Set<TermsRow> = self.rows.iter().filter(|row| keep_row(row)).cloned().collect();
        Self { treaties: treaties_of(&rows), rows, keep_until: self.keep_until.min(keep_until), ..self.clone() }
    }

    fn check(&self) -> Result<(), TermsFault> {
        let mut last = None;
        for row in &self.rows {
            let place = Some((row.section, row.purpose));
            if place == last {
                return Err(TermsFault::RowTwice);
            }
            last = place;
            if row.articles.is_empty() || row.articles.len() > CITATIONS_MAX {
                return Err(TermsFault::Citations);
            }
            if row.to_units.as_ref().is_some_and(Set::is_empty) {
                return Err(TermsFault::NoUnit);
            }
            let bad = |text: &str| text.is_empty() || text.len() > ARTICLE_NUMBER_BYTES_MAX;
            if row.articles.iter().any(|citation| bad(&citation.article)) {
                return Err(TermsFault::Number);
            }
        }
        if treaties_of(&self.rows) == self.treaties { Ok(()) } else { Err(TermsFault::Treaties) }
    }
}

fn treaties_of(rows: &Set<TermsRow>) -> Set<DocumentHash> {
    rows.iter().flat_map(|row| row.articles.iter().map(|citation| citation.document)).collect()
}

impl<C> Decode<C> for Terms {
    fn decode<D: Decoder<Context = C>>(input: &mut D) -> Result<Self, DecodeError> {
        let terms = Self {
            treaties: Decode::decode(input)?,
            rows: Decode::decode(input)?,
            keep_until: Decode::decode(input)?,
            onward: Decode::decode(input)?,
            caveats: Decode::decode(input)?,
            handling: Decode::decode(input)?,
            requests: Decode::decode(input)?,
            consents: Decode::decode(input)?,
        };
        terms.check().map_err(|_| DecodeError::Other("terms that contradict themselves"))?;
        Ok(terms)
    }
}
bincode::impl_borrow_decode!(Terms);
