//! Treaties as documents: the exact bytes that are signed, with what they say.

mod article_reader;
mod case_reader;
mod duty_reader;
mod fault;
mod header_reader;
mod reader;
mod scope_reader;

use std::collections::BTreeMap;
use std::sync::Arc;

use chancery_record::encoding::{Domain, digest};
use chancery_record::{Country, Date, DocumentHash, Set};
use serde::Serialize;

pub use fault::{DocumentFault, FaultCause};

use crate::article::Article;
use crate::case::Case;

/// The one vocabulary version this node writes: the words that `any` stands for.
pub const VOCABULARY: &str = "chancery-1";

/// A treaty, read and checked in itself. What it is worth depends on its signatures and its day: see
/// [`crate::LawBook`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreatyDocument {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) hash: DocumentHash,
    pub(crate) header: TreatyHeader,
    pub(crate) articles: Vec<Article>,
    pub(crate) cases: Vec<Case>,
}

/// National law: bars only, for what leaves the country. A file of the node, signed by nobody.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NationalLaw {
    pub(crate) bytes: Arc<[u8]>,
    pub(crate) hash: DocumentHash,
    pub(crate) header: LawHeader,
    pub(crate) articles: Vec<Article>,
    pub(crate) cases: Vec<Case>,
}

/// What a treaty says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TreatyHeader {
    /// Its short name, the same in every version.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The countries that sign it.
    pub parties: Set<Country>,
    /// Rises with every version.
    pub version: u32,
    /// The version it takes the place of.
    pub supersedes: Option<DocumentHash>,
    /// Newest section schema that it lets go.
    pub schema: u16,
    /// From that day on.
    pub in_force: Date,
    /// Until before that day.
    pub expires: Date,
    /// The languages that every article is written in.
    pub languages: Vec<Language>,
    /// The names that its articles use.
    pub annex: Annex,
}

/// What a law says of itself.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LawHeader {
    /// Whose law it is.
    pub country: Country,
    /// Its title.
    pub title: String,
    /// The languages that every article is written in.
    pub languages: Vec<Language>,
    /// The names that its articles use.
    pub annex: Annex,
}

/// Names that a document gives to groups of countries, places and cases.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Annex {
    /// Countries by the group's name.
    pub groups: BTreeMap<String, Set<Country>>,
    /// Zones beyond ISO 3166-2.
    pub zones: Set<String>,
    /// Named cases and joint teams.
    pub operations: Set<String>,
}

/// A language, ISO 639-1.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Language([u8; 2]);

impl TreatyDocument {
    /// Reads a treaty and reports everything that is wrong with its header, or else with its articles and examples.
    ///
    /// Its worked examples are not decided here; see [`TreatyDocument::check_cases`].
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<DocumentFault>> {
        reader::read(bytes, |reader, keys| {
            let header = reader.treaty_header(keys);
            let scope = header.as_ref().map(reader::Naming::of_treaty);
            let (articles, cases) = reader.body(keys, scope.as_ref());
            Some(Self { bytes: bytes.into(), hash: hash_of(bytes), header: header?, articles, cases })
        })
    }

    /// The exact bytes, as they are signed and sent.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the exact bytes.
    pub fn hash(&self) -> DocumentHash {
        self.hash
    }

    /// What it says of itself.
    pub fn header(&self) -> &TreatyHeader {
        &self.header
    }

    /// Its articles, in the order written.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// Its worked examples.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// How people name it: id and version.
    pub fn name(&self) -> String {
        format!("{} v{}", self.header.id, self.header.version)
    }

    /// The article of that number.
    pub fn article(&self, number: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.number == number)
    }
}

impl NationalLaw {
    /// Reads a law, as [`TreatyDocument::parse`] reads a treaty; a grant in a law is a fault.
    pub fn parse(bytes: &[u8]) -> Result<Self, Vec<DocumentFault>> {
        reader::read(bytes, |reader, keys| {
            let header = reader.law_header(keys);
            let scope = header.as_ref().map(reader::Naming::of_law);
            let (articles, cases) = reader.body(keys, scope.as_ref());
            Some(Self { bytes: bytes.into(), hash: hash_of(bytes), header: header?, articles, cases })
        })
    }

    /// The exact bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.bytes
    }

    /// SHA-256 of the exact bytes.
    pub fn hash(&self) -> DocumentHash {
        self.hash
    }

    /// What it says of itself.
    pub fn header(&self) -> &LawHeader {
        &self.header
    }

    /// Its bars, in the order written.
    pub fn articles(&self) -> &[Article] {
        &self.articles
    }

    /// Its worked examples.
    pub fn cases(&self) -> &[Case] {
        &self.cases
    }

    /// How people name it.
    pub fn name(&self) -> String {
        format!("law {}", self.header.country)
    }

    /// The article of that number.
    pub fn article(&self, number: &str) -> Option<&Article> {
        self.articles.iter().find(|article| article.number == number)
    }
}

/// SHA-256 of a document's exact bytes behind a domain tag.
pub fn hash_of(bytes: &[u8]) -> DocumentHash {
    DocumentHash(digest(Domain::Document, &[bytes]))
}

impl Language {
    /// The language of two lower-case letters.
    pub fn from_letters(text: &str) -> Option<Self> {
        let letters: [u8; 2] = text.as_bytes().try_into().ok()?;
        letters.iter().all(u8::is_ascii_lowercase).then_some(Self(letters))
    }
}

impl std::fmt::Display for Language {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.pad(std::str::from_utf8(&self.0).unwrap_or("??"))
    }
}

impl std::fmt::Debug for Language {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        std::fmt::Display::fmt(self, out)
    }
}

impl Serialize for Language {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}
