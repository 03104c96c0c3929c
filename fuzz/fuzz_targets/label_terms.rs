//! Stored labels, and the terms of a delivery.
#![no_main]

use chancery_fuzz::decoders;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    decoders::label_terms(bytes);
});
