//! A receiver asked in reconciliation what may not be asked.
#![no_main]

use chancery_fuzz::reconciling;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    reconciling::questions(bytes);
});
