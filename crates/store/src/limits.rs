//! The limits of the store, each with its reason.

use chancery_record::encoding::DECODE_BYTES_MAX;
use chancery_record::limits::{
    RECORD_BYTES_MAX, SECTIONS_MAX, SHORT_TEXT_BYTES_MAX, STATEMENT_BYTES_MAX, STATEMENT_IDS_MAX,
};

/// Longest key. Ids have 32 bytes and index keys join a few of them; a longer one is a mistake of ours or an attack.
pub const KEY_BYTES_MAX: usize = 1024;

/// Longest value. A frame carries at most 1 MiB, so a record with all its sections and seals stays well below.
pub const VALUE_BYTES_MAX: usize = 4 << 20;

/// Most writes in one batch: a group commit gathers 1,000 operations, and one operation touches a few dozen keys.
pub const BATCH_WRITES_MAX: usize = 1 << 16;

/// Most bytes of keys and values in one batch. An engine holds a batch in memory about three times over until it is synced.
pub const BATCH_BYTES_MAX: usize = 32 << 20;

/// Most entries in one page of a scan, whatever the caller asks for.
pub const PAGE_ENTRIES_MAX: usize = 4096;

/// A page of a scan is closed once it holds this many bytes; the entry that crosses the line is still in it.
pub const PAGE_BYTES_MAX: usize = 8 << 20;

/// Memory for the engine's cache of pages, where the configuration says nothing: with it, the index pages of a million
/// records are held, and a node stays under 400 MB.
pub const CACHE_BYTES_DEFAULT: usize = 64 << 20;

/// Smallest cache: below it the engine reads the same branch pages again and again.
pub const CACHE_BYTES_MIN: usize = 1 << 20;

/// How long opening waits for the lock of a process that is dying. One that is in a disk write when it is killed was seen to
/// hold the lock for about a second on a loaded disk.
pub const OPEN_PATIENCE_MS_DEFAULT: u64 = 10_000;

/// First wait before the lock is tried again; it doubles up to `OPEN_WAIT_MS_MAX`.
pub const OPEN_WAIT_MS_FIRST: u64 = 5;

/// Longest wait between two tries, so that a lock given up is noticed soon.
pub const OPEN_WAIT_MS_MAX: u64 = 250;

/// Largest row of an index, a position or a mark: a few ids, numbers and words.
pub const SMALL_ROW_BYTES_MAX: usize = 4 * 1024;

/// Largest head of a record's row: the terms left by the receiver's own decision are no longer than the frame that the
/// sender's came in.
pub const RECORD_HEAD_BYTES_MAX: usize = DECODE_BYTES_MAX;

/// Largest row of a record: its head and its bytes.
pub const RECORD_ROW_BYTES_MAX: usize = 4 + RECORD_HEAD_BYTES_MAX + RECORD_BYTES_MAX;

/// Largest ledger row: articles, purposes and terms of one disclosure.
pub const LEDGER_ROW_BYTES_MAX: usize = 256 << 10;

/// Largest interned label: the use tags of a record and of its sections.
pub const LABEL_ROW_BYTES_MAX: usize = 64 << 10;

/// Largest signed terms sheet: it travels in one ledger frame.
pub const SHEET_BYTES_MAX: usize = 1 << 20;

/// Largest row that holds a signed statement or a list of the ids it names.
pub const STATEMENT_ROW_BYTES_MAX: usize = STATEMENT_BYTES_MAX + 1024;

/// Largest line of the audit log, and largest note of a breach: words and references, never content.
pub const NOTE_ROW_BYTES_MAX: usize = 16 << 10;

/// Longest source reference: the record format allows half of it.
pub const REFERENCE_BYTES_MAX: usize = 512;

/// Most journal entries of one copy. Every one but the last is there to add a section, and a kind has fewer sections; beyond
/// it the oldest entry goes, which loses nothing, for the later ones offer the whole copy.
pub const ENTRIES_PER_COPY_MAX: usize = 64;

/// Most versions of a lineage that are listed, the latest ones: a case amended daily for twenty years.
pub const VERSIONS_MAX: usize = 8192;

/// Marks forgotten in one batch; other commits come between two batches.
pub const FORGET_STEP_MAX: usize = 500;

/// Most items kept in quarantine for one peer; a hostile one can only push out its own.
pub const QUARANTINE_PER_PEER_MAX: u64 = 1000;

/// Most breaches kept for one peer: a year of several each hour.
pub const BREACHES_PER_PEER_MAX: u64 = 10_000;

/// Most deletion receipts kept of one holder for one statement; the protocol needs one, a withdrawal of many versions a few.
pub const DELETION_RECEIPTS_PER_HOLDER_MAX: u64 = 64;

/// Most index entries that one call of a listing looks at, so that a filter that matches nothing still answers at once; the
/// next call goes on from there.
pub const LIST_SCANNED_MAX: usize = 2000;

/// Most records in one page of a listing.
pub const LIST_PAGE_MAX: usize = 500;

/// Most disclosures, and most own records, that a count of what a recovery did not bring back looks at: some seconds.
pub const LOSSES_SCANNED_MAX: usize = 1_000_000;

/// What waits for a peer is counted up to here: beyond it a person only needs to know that it is much.
pub const BACKLOG_COUNT_MAX: usize = 10_000;

/// Fewest hexadecimal digits that name a record: fewer would be unique today and not tomorrow.
pub const NAME_DIGITS_MIN: usize = 4;

/// Most ledger rows of one record that are given at once: every country, several times over.
pub const DISCLOSURES_PER_RECORD_MAX: usize = 4096;

/// Entries put right in one batch of a rebuild; other commits come between two batches.
pub const REBUILD_STEP_MAX: usize = 1000;

/// What a row takes beside its parts of free length: its key, its fixed fields, the tags of one section. Three short sets of
/// tags are the most of it.
pub const ROW_OVERHEAD_BYTES: usize = 512;

/// Largest signed document: a treaty of many parties with its annexes and worked cases.
pub const DOCUMENT_BYTES_MAX: usize = 1 << 20;

/// Most periods of a set that are read at once: months of two hundred years.
pub const PERIODS_MAX: usize = 2400;

/// Largest row of what is left of a comparison: the exchange bounds its open ranges well below.
pub const CHECK_DUE_BYTES_MAX: usize = 1 << 20;

/// Most bytes of all documents of one kind; they are read into memory at the start.
pub const DOCUMENTS_BYTES_MAX: usize = 32 << 20;

const _: () = {
    assert!(LEDGER_ROW_BYTES_MAX <= DECODE_BYTES_MAX);
    assert!(RECORD_ROW_BYTES_MAX <= VALUE_BYTES_MAX);
    assert!(SHEET_BYTES_MAX <= VALUE_BYTES_MAX);
    assert!(DOCUMENT_BYTES_MAX <= VALUE_BYTES_MAX);
    assert!(LIST_PAGE_MAX <= LIST_SCANNED_MAX);
    // A page of a scan that is closed by its bytes would look like the end of the list.
    assert!(LIST_SCANNED_MAX <= PAGE_ENTRIES_MAX);
    assert!(PERIODS_MAX <= PAGE_ENTRIES_MAX);
    assert!(LIST_SCANNED_MAX * (SMALL_ROW_BYTES_MAX + 64) <= PAGE_BYTES_MAX);
    assert!(BATCH_WRITES_MAX > REBUILD_STEP_MAX * 16);
    assert!(STATEMENT_IDS_MAX * 32 + 1024 <= STATEMENT_ROW_BYTES_MAX);
    assert!(REFERENCE_BYTES_MAX >= SHORT_TEXT_BYTES_MAX);
    assert!(REFERENCE_BYTES_MAX + 16 <= KEY_BYTES_MAX);
    assert!(ENTRIES_PER_COPY_MAX > SECTIONS_MAX);
    assert!(ENTRIES_PER_COPY_MAX * 8 + REFERENCE_BYTES_MAX + 512 <= SMALL_ROW_BYTES_MAX);
    assert!(KEY_BYTES_MAX + VALUE_BYTES_MAX <= BATCH_BYTES_MAX);
    assert!(VALUE_BYTES_MAX <= PAGE_BYTES_MAX);
    assert!(CACHE_BYTES_MIN <= CACHE_BYTES_DEFAULT);
    assert!(OPEN_WAIT_MS_FIRST <= OPEN_WAIT_MS_MAX);
    assert!(OPEN_WAIT_MS_MAX <= OPEN_PATIENCE_MS_DEFAULT);
};
