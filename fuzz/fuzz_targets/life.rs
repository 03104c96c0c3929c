//! Sequences of inputs on the core.
#![no_main]

use chancery_fuzz::life;
use libfuzzer_sys::fuzz_target;

fuzz_target!(|bytes: &[u8]| {
    life::life(bytes);
});
