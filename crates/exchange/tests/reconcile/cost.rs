//! What a run costs in bytes and questions.

use chancery_exchange::limits::CONTROL_FRAME_BYTES_MAX;

use crate::play::{STEADY, play};
use crate::vector_set::{VectorSet, item, period};

fn sets(count: u64, periods: u64, is_missing: impl Fn(u64) -> bool) -> (VectorSet, VectorSet) {
    let place = |number| (period(number, periods), item(5, number, 0));
    (VectorSet::new((0..count).map(place)), VectorSet::new((0..count).filter(|number| !is_missing(*number)).map(place)))
}

#[test]
fn runs_cost_no_more_than_this() {
    let check =
        |what: &str, (sender, receiver): (VectorSet, VectorSet), missing: usize, bytes: usize, questions: usize| {
            let played = play(&sender, &receiver, &STEADY);
            assert_eq!(played.missing.len(), missing, "{what}");
            assert!(played.bytes() <= bytes, "{what}: {} bytes", played.bytes());
            assert!(played.questions <= questions, "{what}: {} questions", played.questions);
        };
    check("nothing differs", sets(10_000, 60, |_| false), 0, 80, 1);
    check("one of 100,000 in 60 months", sets(100_000, 60, |number| number == 77), 1, 1_800, 3);
    check("one of 100,000 in one month", sets(100_000, 1, |number| number == 77), 1, 1_700, 4);
    check("100 of 100,000 in 60 months", sets(100_000, 60, |number| number % 1000 == 0), 100, 6_000, 3);
    check("1,000 recent of 100,000", sets(100_000, 1, |number| number < 1000), 1000, 68_000, 5);
    check("all of 20,000", sets(20_000, 1, |_| true), 20_000, 80_000, 7);
}

#[test]
fn every_period_there_can_be_fits_one_answer() {
    let (sender, receiver) = sets(2048, 1024, |number| number % 2 == 0);
    let played = play(&sender, &receiver, &STEADY);
    assert!(played.bytes_answered < 2 * CONTROL_FRAME_BYTES_MAX);
    assert_eq!(played.missing.len(), 1024);
}
