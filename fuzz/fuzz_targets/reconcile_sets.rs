//! The reconciliation of two sets.
#![no_main]

use chancery_fuzz::reconciling;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    reconciling::sets(bytes);
});
