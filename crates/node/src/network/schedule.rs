//! When a peer is dialled next.

use std::time::Duration;

use tokio::time::Instant;

use super::config::Timing;

/// Random bits for jitter, handed in so that a test can choose them.
pub type Random = Box<dyn FnMut() -> u64 + Send>;

/// Jitter from the operating system. Its failure costs spread, nothing else: half-way is as good as any.
pub fn system_random() -> Random {
    Box::new(|| getrandom::u64().unwrap_or(u64::MAX / 2))
}

/// Which of the two sides this node is: the one with the lower peer id dials first.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Rank {
    Lower,
    Higher,
}

/// Backoff with full jitter for one peer.
#[derive(Debug)]
pub(super) struct Schedule {
    rank: Rank,
    failures: u32,
    next: Option<Instant>,
    shut_out_until: Option<Instant>,
}

impl Schedule {
    pub(super) fn new(rank: Rank) -> Self {
        Self { rank, failures: 0, next: None, shut_out_until: None }
    }

    /// The first dial, somewhere within `spread` so that a start does not dial everybody at once.
    pub(super) fn start(&mut self, now: Instant, timing: &Timing, spread: Duration, random: &mut Random) {
        self.failures = 0;
        self.next = Some(now + share(spread, random()) + self.handicap(timing));
    }

    /// Counts a failed dial or a connection that did not last, and returns the time to the next dial.
    pub(super) fn fail(&mut self, now: Instant, timing: &Timing, random: &mut Random) -> Duration {
        self.failures = self.failures.saturating_add(1);
        self.arm(now, timing, random)
    }

    /// After a connection that lasted: as if nothing had ever failed.
    pub(super) fn recover(&mut self, now: Instant, timing: &Timing, random: &mut Random) -> Duration {
        self.failures = 0;
        self.arm(now, timing, random)
    }

    /// By hand: dial now, forget what went before.
    pub(super) fn reset(&mut self, now: Instant) {
        self.failures = 0;
        self.shut_out_until = None;
        self.next = Some(now);
    }

    /// Nothing to dial for: a connection is there, or on its way.
    pub(super) fn pause(&mut self) {
        self.next = None;
    }

    /// A peer that broke the rules is not let in before this node would dial it itself.
    pub(super) fn shut_out(&mut self) {
        self.shut_out_until = self.next;
    }

    /// How long a peer at fault still has to wait.
    pub(super) fn shut_out_for(&self, now: Instant) -> Option<Duration> {
        let left = self.shut_out_until?.saturating_duration_since(now);
        (!left.is_zero()).then_some(left)
    }

    pub(super) fn next(&self) -> Option<Instant> {
        self.next
    }

    fn arm(&mut self, now: Instant, timing: &Timing, random: &mut Random) -> Duration {
        let factor = 2_u32.saturating_pow(self.failures.max(1));
        let ceiling = timing.reconnect_min.saturating_mul(factor).min(timing.reconnect_max);
        let range = ceiling.saturating_sub(timing.reconnect_min);
        let wait = timing.reconnect_min + share(range, random()) + self.handicap(timing);
        self.next = Some(now + wait);
        wait
    }

    fn handicap(&self, timing: &Timing) -> Duration {
        match self.rank {
            Rank::Lower => Duration::ZERO,
            Rank::Higher => timing.higher_waits,
        }
    }
}

/// The part of `whole` that `random` falls on.
fn share(whole: Duration, random: u64) -> Duration {
    let nanos = u64::try_from(whole.as_nanos()).unwrap_or(u64::MAX);
    let part = (u128::from(nanos) * u128::from(random)) >> 64;
    Duration::from_nanos(u64::try_from(part).unwrap_or(nanos))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn fixed(value: u64) -> Random {
        Box::new(move || value)
    }

    #[test]
    fn the_wait_grows_from_one_second_to_five_minutes() {
        let (now, timing) = (Instant::now(), Timing::default());
        let waits = |random: u64| -> Vec<f64> {
            let mut schedule = Schedule::new(Rank::Lower);
            (0..40).map(|_| schedule.fail(now, &timing, &mut fixed(random)).as_secs_f64().round()).collect()
        };
        assert!(waits(0).iter().all(|wait| *wait == 1.0));
        let longest = waits(u64::MAX);
        assert_eq!(longest[..9], [2.0, 4.0, 8.0, 16.0, 32.0, 64.0, 128.0, 256.0, 300.0]);
        assert!(longest[9..].iter().all(|wait| *wait == 300.0));
    }

    #[test]
    fn the_higher_side_leaves_the_lower_its_turn() {
        let (now, timing) = (Instant::now(), Timing::default());
        let mut schedule = Schedule::new(Rank::Higher);
        schedule.start(now, &timing, Duration::ZERO, &mut fixed(0));
        assert_eq!(schedule.next(), Some(now + timing.higher_waits));
        assert_eq!(schedule.fail(now, &timing, &mut fixed(0)), SECOND + timing.higher_waits);
    }

    #[test]
    fn only_a_lasting_connection_or_a_person_forgives() {
        let (now, timing) = (Instant::now(), Timing::default());
        let mut random = fixed(u64::MAX);
        let mut schedule = Schedule::new(Rank::Lower);
        for _ in 0..20 {
            schedule.fail(now, &timing, &mut random);
        }
        assert!(schedule.recover(now, &timing, &mut random) <= 2 * SECOND);
        for _ in 0..20 {
            schedule.fail(now, &timing, &mut random);
        }
        schedule.shut_out();
        assert!(schedule.shut_out_for(now + 299 * SECOND).is_some());
        schedule.reset(now);
        assert_eq!(schedule.shut_out_for(now), None);
        assert_eq!(schedule.next(), Some(now));
    }

    #[test]
    fn the_start_is_spread() {
        let (now, timing) = (Instant::now(), Timing::default());
        let mut schedule = Schedule::new(Rank::Lower);
        schedule.start(now, &timing, 10 * SECOND, &mut fixed(u64::MAX / 4));
        let wait = schedule.next().unwrap() - now;
        assert!((wait.as_secs_f64() - 2.5).abs() < 0.01, "{wait:?}");
    }
}
