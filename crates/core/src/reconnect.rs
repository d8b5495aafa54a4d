//! When to try again: exponential backoff with full jitter, under a budget of dials (section 7).

use core::time::Duration;

use crate::config;
use crate::{Instant, Rng};

/// No attempt starts sooner than this after the last one failed.
const FLOOR: Duration = Duration::from_millis(100);

/// Delays that double.
#[derive(Debug)]
pub(crate) struct Backoff {
    base: Duration,
    max: Duration,
    jitter: bool,
    doublings: u32,
    rng: Rng,
}

impl Backoff {
    pub(crate) fn new(config: &config::Reconnect, rng: Rng) -> Self {
        Self { base: config.base, max: config.max, jitter: config.jitter, doublings: 0, rng }
    }

    /// The delay before the next attempt: `min(max, base × 2ⁿ)`, or a draw up to it above the floor.
    pub(crate) fn next(&mut self) -> Duration {
        let factor = 1u32.checked_shl(self.doublings).unwrap_or(u32::MAX);
        let ceiling = self.base.saturating_mul(factor).min(self.max);
        self.doublings = (self.doublings + 1).min(31);
        self.draw(ceiling)
    }

    /// The delay where trying often makes no sense.
    pub(crate) fn longest(&mut self) -> Duration {
        self.draw(self.max)
    }

    /// Starts again from the base.
    pub(crate) fn reset(&mut self) {
        self.doublings = 0;
    }

    fn draw(&mut self, ceiling: Duration) -> Duration {
        if !self.jitter {
            return ceiling.max(FLOOR);
        }
        let nanos = u64::try_from(ceiling.as_nanos()).unwrap_or(u64::MAX);
        FLOOR + Duration::from_nanos(self.rng.up_to(nanos))
    }
}

/// A bucket of dials: so many at once, then one in a while. A server that accepts and closes at once is
/// dialled no faster, whatever the delays say.
#[derive(Debug)]
pub(crate) struct DialBudget {
    burst: u32,
    refill: Duration,
    /// The bucket is full at this time if nothing is dialled until then.
    full_at: Instant,
}

impl DialBudget {
    pub(crate) fn new(config: &config::Reconnect) -> Self {
        Self { burst: config.dial_burst, refill: config.dial_refill, full_at: Instant::ZERO }
    }

    /// How long to wait until a dial is within the budget.
    pub(crate) fn wait(&self, now: Instant) -> Duration {
        let room = self.refill.saturating_mul(self.burst - 1);
        self.full_at.since(now).saturating_sub(room)
    }

    /// Takes one dial out.
    pub(crate) fn spend(&mut self, now: Instant) {
        self.full_at = self.full_at.max(now) + self.refill;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::vec::Vec;

    fn config() -> config::Reconnect {
        config::Reconnect::default()
    }

    #[test]
    fn without_jitter_the_delays_are_those_of_the_protocol() {
        let mut backoff = Backoff::new(&config::Reconnect { jitter: false, ..config() }, Rng::stream(1, "x"));
        let seconds: Vec<u64> = (0..7).map(|_| backoff.next().as_secs()).collect();
        assert_eq!(seconds, [1, 2, 4, 8, 16, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.next(), Duration::from_secs(1));
    }

    #[test]
    fn with_jitter_they_fill_the_range_above_the_floor() {
        let mut backoff = Backoff::new(&config(), Rng::stream(1, "x"));
        let mut tenths = [0u32; 10];
        for _ in 0..10_000 {
            backoff.reset();
            let delay = backoff.next() - FLOOR;
            assert!(delay <= Duration::from_secs(1));
            tenths[(delay.as_millis() / 100).min(9) as usize] += 1;
        }
        assert!(tenths.iter().all(|&count| (850..1150).contains(&count)), "{tenths:?}");
    }

    #[test]
    fn two_seeds_do_not_go_in_step() {
        let delays = |seed| {
            let mut backoff = Backoff::new(&config(), Rng::stream(seed, "jitter"));
            (0..5).map(|_| backoff.next()).collect::<Vec<_>>()
        };
        assert_ne!(delays(1), delays(2));
        assert_eq!(delays(1), delays(1));
    }

    #[test]
    fn the_budget_lets_a_burst_through_and_then_one_in_a_while() {
        let mut budget = DialBudget::new(&config());
        let mut now = Instant(5);
        for _ in 0..30 {
            assert_eq!(budget.wait(now), Duration::ZERO);
            budget.spend(now);
        }
        assert_eq!(budget.wait(now), Duration::from_secs(30));
        now = now + Duration::from_secs(30);
        assert_eq!(budget.wait(now), Duration::ZERO);
        budget.spend(now);
        assert_eq!(budget.wait(now), Duration::from_secs(30));
        now = now + Duration::from_secs(900);
        (0..30).for_each(|_| budget.spend(now));
        assert_eq!(budget.wait(now), Duration::from_secs(30));
    }
}
