//! An application: how long it takes for an event, and when it takes nothing.

use std::time::Duration;

use rosterline_core::{Instant, Rng};

use crate::trial::nanos;

/// How an application takes its events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Consumer {
    /// How long it is busy with one event.
    pub take: Duration,
    /// How long it stands still now and then: a garbage collection, a slow disk, a database that fails over. Zero: never.
    pub stall: Duration,
    /// From the beginning of one such time to the next. Zero: never.
    pub stall_every: Duration,
}

impl Consumer {
    /// One that never stands still.
    #[must_use]
    pub const fn steady(take: Duration) -> Self {
        Self { take, stall: Duration::ZERO, stall_every: Duration::ZERO }
    }

    /// The same without its pauses.
    #[must_use]
    pub const fn without_stalls(self) -> Self {
        Self::steady(self.take)
    }

    /// Whether it ever stands still.
    #[must_use]
    pub const fn stalls(self) -> bool {
        !self.stall.is_zero() && !self.stall_every.is_zero()
    }
}

/// What an application has done with its time.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Worked {
    /// It was busy with events.
    pub busy: Duration,
    /// There was nothing to take.
    pub idle: Duration,
}

/// One at work.
#[derive(Debug)]
pub(crate) struct Taking {
    consumer: Consumer,
    /// It takes nothing before.
    free_at: Instant,
    next_stall: Instant,
    /// Since then it has found nothing to take.
    idle: Option<Instant>,
    pub(crate) worked: Worked,
}

impl Taking {
    /// When it stands still for the first time is drawn.
    pub(crate) fn new(consumer: Consumer, seed: u64, now: Instant) -> Self {
        let every = nanos(consumer.stall_every);
        let next_stall = now + Duration::from_nanos(Rng::stream(seed, "stalls").up_to(every));
        Self { consumer, free_at: now, next_stall, idle: None, worked: Worked::default() }
    }

    /// Time has passed.
    pub(crate) fn advance(&mut self, now: Instant) {
        while self.consumer.stalls() && self.next_stall <= now {
            self.free_at = self.free_at.max(self.next_stall + self.consumer.stall);
            self.next_stall = self.next_stall + self.consumer.stall_every;
        }
    }

    /// It has taken an event.
    pub(crate) fn took(&mut self, now: Instant) {
        self.free_at = self.free_at.max(now) + self.consumer.take;
        self.worked.busy += self.consumer.take;
        self.worked.idle += self.idle.take().map_or(Duration::ZERO, |since| now.since(since));
    }

    /// It has looked, and there was nothing.
    pub(crate) fn found_nothing(&mut self, now: Instant) {
        self.idle.get_or_insert(now);
    }

    pub(crate) fn is_free(&self, now: Instant) -> bool {
        self.free_at <= now
    }

    /// When it looks again, if it is busy.
    pub(crate) fn poll_timeout(&self, now: Instant) -> Option<Instant> {
        (self.free_at > now).then_some(self.free_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_busy_for_each_event_and_stands_still_now_and_then() {
        let second = Duration::from_secs(1);
        let consumer = Consumer { take: second, stall: 5 * second, stall_every: 20 * second };
        let at = |seconds: u64| Instant::ZERO + Duration::from_secs(seconds);
        let mut taking = Taking::new(consumer, 1, at(0));
        let first = std::mem::replace(&mut taking.next_stall, at(20));
        assert!(first <= at(20) && first != Taking::new(consumer, 2, at(0)).next_stall, "it is drawn");
        taking.took(at(3));
        assert_eq!((taking.is_free(at(3)), taking.poll_timeout(at(3))), (false, Some(at(4))));
        assert!(taking.is_free(at(4)));
        taking.advance(at(21));
        assert_eq!(taking.poll_timeout(at(21)), Some(at(25)));
        taking.took(at(25));
        taking.advance(at(61));
        assert_eq!((taking.poll_timeout(at(61)), taking.worked.busy), (Some(at(65)), 2 * second));
        assert_eq!(taking.worked.idle, Duration::ZERO);
        taking.found_nothing(at(70));
        taking.found_nothing(at(72));
        taking.took(at(75));
        assert_eq!(taking.worked.idle, 5 * second);
    }
}
