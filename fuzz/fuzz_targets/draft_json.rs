//! Drafts in JSON, and in lines of it.
#![no_main]

use chancery_fuzz::decoders;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    decoders::draft_json(bytes);
});
