//! The one place where this crate reads the wall clock for what is signed or checked.

use std::time::{SystemTime, UNIX_EPOCH};

use chancery_record::Instant;

/// Now by the wall clock; before 1970 it reads as 1970.
pub fn now() -> Instant {
    instant_of(SystemTime::now())
}

/// A time of the system, as the files of the node have it.
pub fn instant_of(time: SystemTime) -> Instant {
    let since = time.duration_since(UNIX_EPOCH).unwrap_or_default();
    Instant(u64::try_from(since.as_millis()).unwrap_or(u64::MAX))
}
