//! Records as they come over the wire, and as the store gives them back.
#![no_main]

use chancery_fuzz::decoders;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    decoders::record(bytes);
});
