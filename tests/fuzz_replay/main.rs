//! What the fuzzer runs, on the stable compiler: every committed seed, then seeds changed at random.
//!
//! `CHANCERY_FUZZ_SECONDS` says for how long each target is given changed seeds (2 unless it is set);
//! `CHANCERY_WRITE_VECTORS=1` writes the seeds that are made by the code anew.

#![expect(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::print_stdout,
    reason = "a test fails by panicking, and says what it did"
)]

#[path = "../../fuzz/src/decoders.rs"]
mod decoders;
#[path = "../../fuzz/src/disk.rs"]
mod disk;
#[path = "../../fuzz/src/frames.rs"]
mod frames;
#[path = "../../fuzz/src/keeping.rs"]
mod keeping;
#[path = "../../fuzz/src/life.rs"]
mod life;
mod made;
mod mutation;
#[path = "../../fuzz/src/reconciling.rs"]
mod reconciling;
#[path = "../../fuzz/src/script.rs"]
mod script;
mod scripts;
mod seeds;
#[path = "../../fuzz/src/targets.rs"]
mod targets;

#[path = "../../crates/record/tests/format/sealing.rs"]
mod sealing;

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::time::{Duration, Instant};

use chancery_exchange::wire::FrameKind;
use mutation::Mutation;
use targets::{Outcome, TARGETS, Target};

/// What `good-` and `bad-` in the name of a seed promise is held, so that a change of format cannot leave the fuzzer
/// in front of a door it never passes.
#[test]
fn every_seed_is_judged_as_its_name_says() {
    for (name, decoder) in TARGETS {
        let seeds = seeds::own(name);
        assert!(seeds.iter().any(|seed| seed.name.starts_with("good-")), "{name}: no seed that is accepted");
        for seed in seeds {
            let expected = if seed.name.starts_with("good-") { Outcome::Accepted } else { Outcome::Refused };
            let promises = seed.name.starts_with("good-") || seed.name.starts_with("bad-");
            let found = judged(name, decoder, &seed.bytes, &seed.name);
            assert!(promises && found == expected, "{name}/{}: {found:?}", seed.name);
        }
    }
}

#[test]
fn seeds_of_signed_formats_are_current() {
    for (target, name, bytes) in made::all() {
        seeds::compare(target, name, &bytes);
    }
}

#[test]
fn changed_seeds_break_nothing() {
    let time = std::env::var("CHANCERY_FUZZ_SECONDS").ok().map_or(2, |text| text.parse().expect("a number of seconds"));
    std::thread::scope(|scope| {
        let halves = TARGETS.split_at(TARGETS.len() / 2);
        for targets in [halves.0, halves.1] {
            scope.spawn(move || targets.iter().for_each(|target| change_and_judge(*target, Duration::from_secs(time))));
        }
    });
}

/// A kind of frame that is added gets a target, with seeds of its own.
#[test]
fn every_kind_of_frame_has_a_target() {
    for kind in (0..=u8::MAX).filter_map(FrameKind::from_byte) {
        let mut name = "frame".to_owned();
        for letter in format!("{kind:?}").chars() {
            if letter.is_uppercase() {
                name.push('_');
            }
            name.extend(letter.to_lowercase());
        }
        assert!(TARGETS.iter().any(|(target, _)| *target == name), "there is no target `{name}`");
    }
}

fn change_and_judge((name, decoder): Target, time: Duration) {
    let [own, shared] =
        [seeds::own(name), seeds::shared()].map(|seeds| seeds.into_iter().map(|seed| seed.bytes).collect::<Vec<_>>());
    for (at, seed) in shared.iter().enumerate() {
        judged(name, decoder, seed, &format!("sample {at}"));
    }
    let mut mutation = Mutation::new(name);
    let start = Instant::now();
    let (mut round, mut accepted) = (0u64, 0u64);
    while start.elapsed() < time {
        let bytes = mutation.of(&own, &shared);
        let outcome = judged(name, decoder, &bytes, &format!("round {round}"));
        round += 1;
        accepted += u64::from(outcome == Outcome::Accepted);
    }
    println!("{name}: {round} changed seeds, {accepted} of them accepted");
}

/// The outcome; a panic is told with the bytes that led to it.
fn judged(name: &str, decoder: fn(&[u8]) -> Outcome, bytes: &[u8], origin: &str) -> Outcome {
    catch_unwind(AssertUnwindSafe(|| decoder(bytes))).unwrap_or_else(|_| {
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        panic!("{name}, {origin}: the decoder broke on {} bytes: {hex}", bytes.len())
    })
}
