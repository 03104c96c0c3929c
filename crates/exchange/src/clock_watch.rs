//! The two clocks of a machine held against each other, so that nothing is released or purged on one that jumped.

use chancery_record::{Date, Moment};

use crate::change::{Change, ClockMark};
use crate::limits::{CLOCK_MARK_EVERY_MS, CLOCK_STOP_MS, PURGE_AFTER_MS};

/// What the clocks showed, and since when today's expiries have been in sight.
#[derive(Debug)]
pub(crate) struct ClockWatch {
    mark: ClockMark,
    last: Option<Moment>,
    due_ms: u64,
    /// The day whose expired copies have waited long enough.
    waited_out: Option<Date>,
}

impl ClockWatch {
    pub fn new(mark: Option<ClockMark>) -> Self {
        Self { mark: mark.unwrap_or_default(), last: None, due_ms: 0, waited_out: None }
    }

    /// Whether the wall clock jumped and nobody has confirmed it.
    pub fn has_jumped(&self) -> bool {
        self.mark.jumped
    }

    /// An operator's word that the wall clock is right.
    pub fn confirm(&mut self) -> Change {
        self.mark.jumped = false;
        Change::Clock(self.mark)
    }

    /// Compares the clocks; gives a change to write now and then, and when something must be remembered.
    pub fn observe(&mut self, now: Moment) -> Option<Change> {
        let before = self.mark;
        match self.last {
            Some(last) => {
                let elapsed = now.monotonic_ms.saturating_sub(last.monotonic_ms);
                let expected = last.wall.0.saturating_add(elapsed);
                self.mark.in_use_ms = self.mark.in_use_ms.saturating_add(elapsed);
                self.mark.jumped |= expected.abs_diff(now.wall.0) > CLOCK_STOP_MS;
            }
            // A restart: how long the node was down is not known, only that time does not run backwards.
            None => self.mark.jumped |= now.wall.0.saturating_add(CLOCK_STOP_MS) < before.wall_ms,
        }
        self.last = Some(now);
        self.mark.wall_ms = now.wall.0;
        if !self.mark.jumped {
            self.wait_out_days(now.wall.date());
        }
        let remember = self.mark.jumped != before.jumped
            || self.mark.expired_through_days != before.expired_through_days
            || now.monotonic_ms >= self.due_ms;
        if remember {
            self.due_ms = now.monotonic_ms.saturating_add(CLOCK_MARK_EVERY_MS);
        }
        remember.then_some(Change::Clock(self.mark))
    }

    /// The day through which expired copies may be deleted now.
    pub fn purge_through(&self) -> Option<Date> {
        self.waited_out.filter(|_| !self.mark.jumped)
    }

    /// One day is waited out at a time: the next comes into sight when the copies of the last may be deleted.
    fn wait_out_days(&mut self, today: Date) {
        let seen = Date::from_days(self.mark.expired_through_days);
        let waited = self.mark.in_use_ms.saturating_sub(self.mark.expired_since_ms) >= PURGE_AFTER_MS;
        let is_first = self.mark.expired_through_days == 0;
        if waited && !is_first {
            self.waited_out = Some(seen);
        }
        if today > seen && (waited || is_first) {
            self.mark.expired_through_days = today.days();
            self.mark.expired_since_ms = self.mark.in_use_ms;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chancery_record::{DAY_MS, Instant};

    fn moment(wall_ms: u64, monotonic_ms: u64) -> Moment {
        Moment { wall: Instant(wall_ms), monotonic_ms }
    }

    const START: u64 = 20_000 * DAY_MS;

    #[test]
    fn purges_a_day_after_expiry_was_seen_and_not_before() {
        let mut watch = ClockWatch::new(None);
        watch.observe(moment(START, 0));
        assert_eq!(watch.purge_through(), None);
        for hour in 1..24 {
            watch.observe(moment(START + hour * 3_600_000, hour * 3_600_000));
            assert_eq!(watch.purge_through(), None, "after {hour} hours");
        }
        watch.observe(moment(START + DAY_MS, DAY_MS));
        assert_eq!(watch.purge_through(), Some(Date::from_days(20_000)));
    }

    #[test]
    fn a_jump_stops_the_purge_until_confirmed() {
        for wall in [START + 40 * DAY_MS, START - 3 * 3_600_000] {
            let mut watch = ClockWatch::new(None);
            watch.observe(moment(START, 0));
            assert!(watch.observe(moment(wall, 1000)).is_some());
            assert!(watch.has_jumped());
            watch.observe(moment(wall + 2 * DAY_MS, 1000 + 2 * DAY_MS));
            assert_eq!(watch.purge_through(), None);
            watch.confirm();
            assert!(!watch.has_jumped());
        }
    }

    #[test]
    fn a_restart_with_an_earlier_clock_is_a_jump() {
        let mark = ClockMark { wall_ms: START, ..ClockMark::default() };
        let mut watch = ClockWatch::new(Some(mark));
        watch.observe(moment(START - 2 * 3_600_000, 5));
        assert!(watch.has_jumped());
        let mut later = ClockWatch::new(Some(mark));
        later.observe(moment(START + 300 * DAY_MS, 5));
        assert!(!later.has_jumped(), "a node may have been off for a year");
    }
}
