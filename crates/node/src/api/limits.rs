//! The limits of the local API, each with its reason.

use std::time::Duration;

use chancery_record::limits::{DRAFT_BYTES_MAX, SHORT_TEXT_BYTES_MAX};
use chancery_treaty::limits::DOCUMENT_BYTES_MAX;

/// Most connections at once: every user of a large office with a console, a script and a scraper.
pub const CONNECTIONS_MAX: usize = 256;
/// Most connections of one user, so that none shuts out the others.
pub const CONNECTIONS_PER_USER_MAX: usize = 32;
/// Largest request that carries no draft.
pub const REQUEST_BYTES_MAX: usize = 64 * 1024;
/// Largest request with drafts: the largest draft fits, and a batch of ordinary ones.
pub const DRAFTS_BYTES_MAX: usize = 8 * 1024 * 1024;
/// Requests with drafts that are read at once, so that their bodies together stay below 64 MiB.
pub const DRAFTS_AT_ONCE_MAX: usize = 8;
/// Drafts that one dry run decides: the verdict of each for each peer goes back.
pub const DRY_RUN_DRAFTS_MAX: usize = 16;
/// How long a caller may take to send a request it has begun.
pub const BODY_PATIENCE: Duration = Duration::from_secs(30);
/// How long open connections may take to end once the node stops.
pub const STOP_PATIENCE: Duration = Duration::from_secs(5);
/// How long binding waits to hear whether somebody serves the socket already.
pub const PROBE_PATIENCE: Duration = Duration::from_secs(2);
/// Entries of one page of any list, where the caller asks for more.
pub const PAGE_MAX: usize = 1000;
/// Records of one page of disclosures: each is decided for every country.
pub const DISCLOSURE_RECORDS_PER_PAGE: usize = 32;
/// Treaties that one plan is made for: those between two countries that are negotiated at once.
pub const PLAN_TREATIES_MAX: usize = 8;
/// Records of a plan listed at a time.
pub const PLAN_RECORDS_PER_STEP: usize = 1000;
/// How long one page of a plan is counted before it goes back, so that a person sees it come on.
pub const PLAN_PATIENCE: Duration = Duration::from_millis(700);
/// Lines of the audit log read back for who decided to go on without a country: a year of a busy office.
pub const AUDIT_LINES_SCANNED_MAX: usize = 1_000_000;
/// Longest case number, post or control number.
pub const REFERENCE_BYTES_MAX: usize = SHORT_TEXT_BYTES_MAX;
/// Longest name by which a caller names a record.
pub const NAME_BYTES_MAX: usize = 80;
/// Days left at which people are warned that a treaty ends: a successor takes months to agree on.
pub const TREATY_DAYS_WARNED: i32 = 90;
/// Labels whose meaning is remembered during one page of a list.
pub const LABELS_REMEMBERED_MAX: usize = 4096;

const _: () = assert!(DRAFT_BYTES_MAX + REQUEST_BYTES_MAX < DRAFTS_BYTES_MAX);
const _: () = assert!((PLAN_TREATIES_MAX + 1) * DOCUMENT_BYTES_MAX < DRAFTS_BYTES_MAX);
const _: () = assert!(DRAFTS_BYTES_MAX * DRAFTS_AT_ONCE_MAX <= 64 << 20);
const _: () = assert!(CONNECTIONS_PER_USER_MAX < CONNECTIONS_MAX);
