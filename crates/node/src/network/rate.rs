//! Meters that say how long to wait before more is read from a peer.

use std::time::Duration;

use tokio::time::Instant;

/// A steady rate with room for a burst, in units of the caller's choice.
#[derive(Debug, Clone, Copy)]
pub struct RateLimit {
    /// Units allowed each second in the long run.
    pub per_second: u64,
    /// Units allowed at once after a quiet time.
    pub burst: u64,
}

/// How much of a [`RateLimit`] has been used: a bucket known by the moment it will have run empty.
#[derive(Debug)]
pub(super) struct Meter {
    limit: RateLimit,
    empty_at: Instant,
}

impl Meter {
    pub(super) fn new(limit: RateLimit, now: Instant) -> Self {
        Self { limit, empty_at: now }
    }

    /// Counts `units` and returns how long to wait before acting on them.
    pub(super) fn charge(&mut self, now: Instant, units: u64) -> Duration {
        self.empty_at = self.empty_at.max(now) + self.drain_time(units);
        (self.empty_at - now).saturating_sub(self.drain_time(self.limit.burst))
    }

    fn drain_time(&self, units: u64) -> Duration {
        let nanos = u128::from(units) * 1_000_000_000 / u128::from(self.limit.per_second.max(1));
        Duration::from_nanos(u64::try_from(nanos).unwrap_or(u64::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: RateLimit = RateLimit { per_second: 10, burst: 20 };

    #[test]
    fn a_burst_passes_and_the_excess_waits_its_share() {
        let now = Instant::now();
        let mut meter = Meter::new(LIMIT, now);
        assert_eq!(meter.charge(now, 20), Duration::ZERO);
        assert_eq!(meter.charge(now, 10), Duration::from_secs(1));
        assert_eq!(meter.charge(now, 10), Duration::from_secs(2));
    }

    #[test]
    fn quiet_time_fills_the_bucket_up_to_the_burst_only() {
        let now = Instant::now();
        let mut meter = Meter::new(LIMIT, now);
        assert_eq!(meter.charge(now, 30), Duration::from_secs(1));
        let later = now + Duration::from_secs(3600);
        assert_eq!(meter.charge(later, 20), Duration::ZERO);
        assert_eq!(meter.charge(later, 1), Duration::from_millis(100));
    }

    #[test]
    fn the_long_run_rate_holds() {
        let start = Instant::now();
        let mut now = start;
        let mut meter = Meter::new(LIMIT, now);
        for _ in 0..1000 {
            now += meter.charge(now, 1);
        }
        // 1000 units less the burst of 20, at 10 a second.
        assert_eq!(now - start, Duration::from_secs(98));
    }
}
