//! Whether this machine's clock can be right.

use std::fs;

use chancery_record::Instant;

use super::{Examination, Finding};
use crate::clock::instant_of;
use crate::limits::{CLOCK_TOLERANCE_MS, CLOCK_WARNED_MS};

/// Nothing that was signed or written here may lie in the future.
pub(super) fn clock(examination: &Examination<'_>) -> Vec<Finding> {
    let node = examination.node;
    let mut latest: Option<(Instant, String)> = None;
    let mut see = |at: Instant, what: String| {
        if latest.as_ref().is_none_or(|(known, _)| at > *known) {
            latest = Some((at, what));
        }
    };
    for path in [node.config(), node.own_card(), node.store(), node.keys()] {
        if let Ok(written) = fs::metadata(&path).and_then(|file| file.modified()) {
            see(instant_of(written), format!("`{}` was written", path.display()));
        }
    }
    if let Some(card) = examination.good_card() {
        see(card.issued, "this country's card was signed".to_owned());
    }
    vec![judge(examination.now, latest)]
}

fn judge(now: Instant, latest: Option<(Instant, String)>) -> Finding {
    let next =
        "set the clock of this machine from a time server; nodes refuse records when their clocks are an hour apart";
    match latest {
        Some((at, what)) if at.0 > now.0.saturating_add(CLOCK_TOLERANCE_MS) => {
            Finding::failure("clock", format!("it is {now} here, but {what} at {at}"), next)
        }
        Some((at, what)) if at.0 > now.0.saturating_add(CLOCK_WARNED_MS) => {
            Finding::warning("clock", format!("it is {now} here, but {what} at {at}"), next)
        }
        _ => Finding::ok("clock", format!("it is {now} here, and nothing was written later")),
    }
}

#[cfg(test)]
mod tests {
    use super::super::Health;
    use super::*;

    #[test]
    fn what_lies_in_the_future_shows_a_clock_that_is_off() {
        let now = Instant(10_000_000_000);
        let check = |at: u64, expected: Health| {
            assert_eq!(judge(now, Some((Instant(at), "a file was written".into()))).health, expected, "{at}");
        };
        check(now.0, Health::Ok);
        check(now.0 + CLOCK_WARNED_MS, Health::Ok);
        check(now.0 + CLOCK_WARNED_MS + 1, Health::Warning);
        check(now.0 + CLOCK_TOLERANCE_MS + 1, Health::Failure);
        assert_eq!(judge(now, None).health, Health::Ok);
    }
}
