//! Every limit of treaties and decisions, each with its reason.

/// Largest treaty or law file: two hundred articles in five languages stay far below it.
pub const DOCUMENT_BYTES_MAX: usize = 512 * 1024;
/// Most articles in one document.
pub const ARTICLES_PER_DOCUMENT_MAX: usize = 128;
/// Most grants and bars that bear on one direction towards one peer, national law included: one bit each.
pub const ARTICLES_PER_PEER_MAX: usize = 256;
/// Most worked examples in one document.
pub const CASES_MAX: usize = 256;
/// Most parties of one treaty.
pub const PARTIES_MAX: usize = 64;
/// Most languages of one document.
pub const LANGUAGES_MAX: usize = 16;
/// Most named groups, zones or operations of an annex.
pub const ANNEX_ENTRIES_MAX: usize = 256;
/// Most values in one set of an article.
pub const SET_VALUES_MAX: usize = 256;
/// Longest number of an article, so that a citation fits on a line.
pub const ARTICLE_NUMBER_BYTES_MAX: usize = 32;
/// Longest id, heading, name and other short text of a document.
pub const SHORT_TEXT_BYTES_MAX: usize = 256;
/// Longest text of one article in one language.
pub const ARTICLE_TEXT_BYTES_MAX: usize = 8 * 1024;
/// Most faults reported for one document: enough to mend a file, little enough to read.
pub const FAULTS_MAX: usize = 64;
/// Most documents in the law book: every country with every other it has treaties with, and their drafts.
pub const DOCUMENTS_MAX: usize = 1024;
/// Most signatures kept for one document: one for each party, with room for those of succeeded keys.
pub const SIGNATURES_MAX: usize = 2 * PARTIES_MAX;
/// Largest signature file.
pub const SIGNATURE_BYTES_MAX: usize = 4 * 1024;
/// Largest encoded label: a full audience list with room for the tags.
pub const LABEL_BYTES_MAX: usize = 128 * 1024;
/// Largest encoded terms: every section for every purpose under a handful of articles.
pub const TERMS_BYTES_MAX: usize = 128 * 1024;
/// Most citations of one row of terms.
pub const CITATIONS_MAX: usize = ARTICLES_PER_PEER_MAX;
/// Most grants named as nearly matching.
pub const NEAREST_MAX: usize = 3;
/// Most dimensions that may fail for a grant to be named as nearly matching.
pub const NEAREST_LACKS_MAX: usize = 3;
/// Longest period of a treaty, in days: a hundred years.
pub const PERIOD_DAYS_MAX: u32 = 36_525;

const _: () = assert!(ARTICLES_PER_DOCUMENT_MAX < ARTICLES_PER_PEER_MAX);
