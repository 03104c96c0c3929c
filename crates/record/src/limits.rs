//! Every limit of the record format, each with its reason.

/// Longest name of a unit, so that `DE/…` fits on a line of any table.
pub const UNIT_NAME_BYTES_MAX: usize = 32;
/// Longest operation, zone, address, reference and other short text in a signed type.
pub const SHORT_TEXT_BYTES_MAX: usize = 256;
/// Longest body of one section: a narrative of a hundred pages fits, a frame still carries a whole record.
pub const SECTION_BODY_BYTES_MAX: usize = 256 * 1024;
/// Largest encoded manifest: tags, dates and a commitment for each section stay far below it.
pub const MANIFEST_BYTES_MAX: usize = 16 * 1024;
/// Most sections any kind knows.
pub const SECTIONS_MAX: usize = 16;
/// Most values in one set of tags.
pub const TAG_VALUES_MAX: usize = 64;
/// Most countries or units on one audience list: every country, with room for its units.
pub const AUDIENCE_ENTRIES_MAX: usize = 1024;
/// Most seals that may stand for one record id: an originator re-seals after a key is lost, rarely.
pub const SEALS_MAX: usize = 8;
/// Largest encoded record with all its sections; a ledger frame of 1 MiB carries at least one.
pub const RECORD_BYTES_MAX: usize = 768 * 1024;
/// Largest encoded certificate, revocation or statement.
pub const STATEMENT_BYTES_MAX: usize = 16 * 1024;
/// Most record ids that one statement names; a larger withdrawal is several statements.
pub const STATEMENT_IDS_MAX: usize = 256;
/// Largest encoded contact card.
pub const CARD_BYTES_MAX: usize = 64 * 1024;
/// Most certificates or revocations on one contact card.
pub const CARD_CERTIFICATES_MAX: usize = 64;
/// Most certificates known of one country, its card's included; those with the lowest serials go first.
pub const COUNTRY_CERTIFICATES_MAX: usize = 2 * CARD_CERTIFICATES_MAX;
/// Most revocations known of one country: one for each certificate that may be known.
pub const COUNTRY_REVOCATIONS_MAX: usize = COUNTRY_CERTIFICATES_MAX;
/// Largest encoding of all that is known of a country's keys; a signed certificate has 164 bytes.
pub const KEY_NEWS_BYTES_MAX: usize = 64 * 1024;
/// Most addresses or languages on one contact card.
pub const CARD_ADDRESSES_MAX: usize = 16;
/// Deepest nesting of a section body; the kinds need four.
pub const BODY_DEPTH_MAX: usize = 16;
/// Longest text in a section body.
pub const BODY_TEXT_BYTES_MAX: usize = 128 * 1024;
/// Most entries in one list of a section body.
pub const BODY_LIST_ENTRIES_MAX: usize = 10_000;
/// Most faults reported for one draft: enough to mend a file, little enough to read.
pub const FAULTS_MAX: usize = 64;
/// Longest draft file of one record: a record at its largest, with the escapes and spaces of text forms.
pub const DRAFT_BYTES_MAX: usize = 4 * 1024 * 1024;
/// Longest file of many drafts; it is read whole.
pub const DRAFT_FILE_BYTES_MAX: usize = 64 * 1024 * 1024;
/// Most drafts in one file; more come as lines of JSON, read one by one.
pub const DRAFTS_PER_FILE_MAX: usize = 10_000;
/// Most letters of a document number, vehicle number or plate once separators are gone.
pub const IDENTIFIER_CHARS_MAX: usize = 64;

const _: () = assert!(RECORD_BYTES_MAX * 2 < DRAFT_BYTES_MAX);
const _: () = assert!(MANIFEST_BYTES_MAX + SECTION_BODY_BYTES_MAX < RECORD_BYTES_MAX);
const _: () = assert!(STATEMENT_IDS_MAX * 32 < STATEMENT_BYTES_MAX);
const _: () = assert!((COUNTRY_CERTIFICATES_MAX + COUNTRY_REVOCATIONS_MAX) * 256 <= KEY_NEWS_BYTES_MAX);
