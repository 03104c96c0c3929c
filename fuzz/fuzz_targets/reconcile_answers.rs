//! A sender answered in reconciliation what cannot be.
#![no_main]

use chancery_fuzz::reconciling;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    reconciling::answers(bytes);
});
