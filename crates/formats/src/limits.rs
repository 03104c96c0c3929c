//! Every limit of an import, each with its reason.

use chancery_record::limits::{BODY_DEPTH_MAX, BODY_TEXT_BYTES_MAX, SECTION_BODY_BYTES_MAX};

/// Largest XML list that is read: the consolidated list of 2026 has 2 MB, so a hundred times as many entries fit.
pub const LIST_BYTES_MAX: u64 = 256 * 1024 * 1024;
/// Most entries of one list: a hundred times the consolidated list of 2026, and the number of references kept in memory
/// to notice one that stands twice.
pub const LIST_ENTRIES_MAX: usize = 100_000;
/// Most faults reported for one list: after so many it is another kind of file, and nobody reads on.
pub const LIST_FAULTS_MAX: usize = 1_000;
/// Largest entry of a list in its XML form: eight times the largest of 2026; what is made of it fits a section body.
pub const ENTRY_BYTES_MAX: usize = 64 * 1024;
/// Most elements of one entry: the XML form of an element takes 5 bytes at least, in memory some 100.
pub const ENTRY_ELEMENTS_MAX: usize = 4_096;
/// Deepest nesting inside an entry: the list needs three.
pub const ENTRY_DEPTH_MAX: usize = 8;
/// Longest tag, text or comment that is read in one piece.
pub const TOKEN_BYTES_MAX: usize = ENTRY_BYTES_MAX;
/// Skipped tokens after which the XML reader is renewed, because it remembers every element that a broken entry opened.
pub const SKIPPED_TOKENS_MAX: usize = 4_096;

/// Largest JSON answer that is read: a page of the notices API holds 160 notices in 100 kB.
pub const ANSWER_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Most values of one JSON answer: some 100 bytes of memory each.
pub const ANSWER_VALUES_MAX: usize = 400_000;
/// Deepest nesting of a JSON answer: a list page needs six levels.
pub const ANSWER_DEPTH_MAX: usize = 12;
/// Largest notice of a JSON answer in its compact form: what is made of it fits a section body.
pub const NOTICE_BYTES_MAX: usize = 64 * 1024;

/// Longest source reference: the publishers' own have 7 to 12 characters.
pub const REFERENCE_BYTES_MAX: usize = 64;
/// Most notes on one entry: enough to see what is wrong with a format.
pub const NOTES_MAX: usize = 64;
/// Longest part of a foreign name (of an element or a field) that an error or a note repeats.
pub const QUOTED_NAME_CHARS_MAX: usize = 40;

// Escaping at most doubles a text, a field's own name and the country code beside a country add less than the tags did.
const _: () = assert!(ENTRY_BYTES_MAX * 4 <= SECTION_BODY_BYTES_MAX);
const _: () = assert!(NOTICE_BYTES_MAX * 4 <= SECTION_BODY_BYTES_MAX);
const _: () = assert!(ENTRY_BYTES_MAX <= BODY_TEXT_BYTES_MAX && NOTICE_BYTES_MAX <= BODY_TEXT_BYTES_MAX);
const _: () = assert!(ENTRY_DEPTH_MAX + 2 < BODY_DEPTH_MAX && ANSWER_DEPTH_MAX + 2 < BODY_DEPTH_MAX);
const _: () = assert!(TOKEN_BYTES_MAX <= ENTRY_BYTES_MAX);
