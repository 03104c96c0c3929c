//! Onward offer frames of a peer.
#![no_main]

use chancery_fuzz::frames;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    frames::onward_offer(bytes);
});
