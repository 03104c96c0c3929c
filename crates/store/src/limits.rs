//! The limits of the store, each with its reason.

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

const _: () = {
    assert!(KEY_BYTES_MAX + VALUE_BYTES_MAX <= BATCH_BYTES_MAX);
    assert!(VALUE_BYTES_MAX <= PAGE_BYTES_MAX);
    assert!(CACHE_BYTES_MIN <= CACHE_BYTES_DEFAULT);
    assert!(OPEN_WAIT_MS_FIRST <= OPEN_WAIT_MS_MAX);
    assert!(OPEN_WAIT_MS_MAX <= OPEN_PATIENCE_MS_DEFAULT);
};
