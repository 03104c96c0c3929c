//! What may be wrong with a document, and where.

use std::ops::Range;

use chancery_record::words::UnknownWord;
use chancery_record::{Country, CountryFault};
use thiserror::Error;

use crate::dimension::Dimension;
use crate::period::PeriodFault;

/// One thing wrong with a document; the document does not count until it is mended.
#[derive(Debug, Error, PartialEq, Eq)]
#[error("{path}: {cause}")]
pub struct DocumentFault {
    /// Where, in the words of the file: `article 3: purposes`.
    pub path: String,
    /// The bytes of the file it is about.
    pub span: Range<usize>,
    /// What is wrong.
    #[source]
    pub cause: FaultCause,
}

impl DocumentFault {
    /// The line of the file it is about, counted from one.
    pub fn line(&self, file: &[u8]) -> usize {
        let before = file.iter().take(self.span.start);
        before.filter(|byte| **byte == b'\n').count() + 1
    }
}

/// What is wrong.
#[derive(Debug, Error, PartialEq, Eq)]
#[non_exhaustive]
pub enum FaultCause {
    /// Longer than any document may be.
    #[error("{found} bytes, at most {limit} are read")]
    TooLong {
        /// Bytes of the file.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// Not text.
    #[error("the file is not UTF-8 text")]
    NotText,
    /// Not TOML.
    #[error("the file is not well-formed TOML: {reason}")]
    Syntax {
        /// What the reader of the format says.
        reason: String,
    },
    /// A key that must be there is not.
    #[error("`{0}` is missing")]
    Missing(&'static str),
    /// A grant that leaves a dimension out.
    #[error("`{0}` is missing; a grant states every dimension, `any` (or `none`) where there is no limit")]
    DimensionMissing(Dimension),
    /// A key that nothing reads.
    #[error("`{key}` is no key here{}", .nearest.map(|near| format!("; did you mean `{near}`?")).unwrap_or_default())]
    UnknownKey {
        /// The key.
        key: String,
        /// The nearest known key.
        nearest: Option<&'static str>,
    },
    /// A value of another sort.
    #[error("expected {expected}, found {found}")]
    Sort {
        /// What belongs there.
        expected: &'static str,
        /// What stands there.
        found: &'static str,
    },
    /// A word outside its vocabulary.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// No such country or unit.
    #[error(transparent)]
    Country(#[from] CountryFault),
    /// No such period.
    #[error(transparent)]
    Period(#[from] PeriodFault),
    /// A country that is no party.
    #[error("{0} is not a party of the treaty")]
    NotAParty(Country),
    /// A group that the annex does not name.
    #[error("`{0}` is neither a country nor a group of the annex")]
    UnknownGroup(String),
    /// A place or case that the annex does not name.
    #[error("`{0}` is not named in the annex")]
    NotInAnnex(String),
    /// A set that names nothing.
    #[error("the set names nothing")]
    EmptySet,
    /// A bar that would hold nothing back.
    #[error("`none` on a bar would hold nothing back")]
    NoneOnBar,
    /// A bar's set that does not stand on one line.
    #[error("a bar's value stands on one line, so that a lost line never narrows the bar")]
    OverLines,
    /// A word that means "not stated", on a grant.
    #[error("`{0}` stands for what is not stated, and no grant covers that")]
    UnknownOnGrant(&'static str),
    /// Not exactly one sort.
    #[error("an article is exactly one of `grant`, `bar` and `duty`")]
    ArticleSort,
    /// A grant or duty in a law.
    #[error("a national law holds bars only")]
    NotABar,
    /// A key that belongs to another sort of article.
    #[error("a {sort} has no `{key}`")]
    KeyOfAnotherSort {
        /// The sort of the article.
        sort: &'static str,
        /// The key.
        key: String,
    },
    /// Two articles of one number, or two examples of one name.
    #[error("`{0}` stands twice")]
    Twice(String),
    /// An onward limit on a bar that does not say it is about onward transfer.
    #[error("a bar with `onward_to` states `action = [\"onward\"]`")]
    OnwardWithoutAction,
    /// A vocabulary this node does not know.
    #[error("vocabulary `{0}` is not known here; this node knows `{known}`", known = super::VOCABULARY)]
    Vocabulary(String),
    /// A text in a language that the header does not name, or missing in one it does.
    #[error("the text in `{0}` is missing")]
    TextMissing(String),
    /// Not a language.
    #[error("`{0}` is no language of the header (two small letters, ISO 639-1)")]
    Language(String),
    /// A number outside its range.
    #[error("the number must lie between {least} and {most}")]
    Range {
        /// The least.
        least: u64,
        /// The most.
        most: u64,
    },
    /// A treaty that ends before it begins.
    #[error("the treaty expires before it comes into force")]
    Dates,
    /// A list that passes its limit.
    #[error("{found} entries, at most {limit} are read")]
    TooMany {
        /// How many there are.
        found: usize,
        /// The limit.
        limit: usize,
    },
    /// A text that passes its limit, is empty, or holds what no text needs.
    #[error("{0}")]
    Text(&'static str),
    /// An expectation that cannot be read.
    #[error("expected `release under 1`, `withhold under 5(2)` or `withhold`; in a law, `withhold under 2` or `pass`")]
    Expectation,
    /// An article that an example names and the document does not have.
    #[error("there is no article `{0}`")]
    NoSuchArticle(String),
    /// Tags of an example's record that cannot be read.
    #[error("the record's tags: {reason}")]
    Tags {
        /// What the reader of the format says.
        reason: String,
    },
    /// An example that does not come out as written.
    #[error(transparent)]
    Case(#[from] crate::case::CaseFailure),
}
