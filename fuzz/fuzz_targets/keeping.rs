//! Changes committed over a disk that fails.
#![no_main]

use chancery_fuzz::keeping;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    keeping::keeping(bytes);
});
