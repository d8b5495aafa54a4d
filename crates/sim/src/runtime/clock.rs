//! A clock that stands until it is moved.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use rosterline_core::{Instant, UnixMillis};

/// Virtual time. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Face>>);

#[derive(Debug, Default)]
struct Face {
    now: Instant,
    /// So much of it has passed while the machine slept, and its monotonic clock stood still.
    unseen: Duration,
    /// How far the time of day is off there.
    off_ms: i64,
    /// Sleeps up to this time have been woken.
    rung: Instant,
    sleepers: Vec<(Instant, Waker)>,
}

impl Clock {
    /// A clock that stands at zero.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What it shows: the time of the world.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.lock().now
    }

    /// The time of day when it shows zero: 2024-05-01T12:00:00Z.
    pub const DAWN: UnixMillis = UnixMillis(1_714_564_800_000);

    /// The time of day in the world.
    #[must_use]
    pub fn wall(&self) -> UnixMillis {
        Self::DAWN.after(self.now().since(Instant::ZERO))
    }

    /// What the machine's monotonic clock shows: the same, but for the time in which it [stood still](Self::stand_still).
    #[must_use]
    pub fn monotonic(&self) -> Instant {
        self.lock().monotonic()
    }

    /// What the machine takes for the time of day, right or [wrong](Self::set_wall).
    #[must_use]
    pub fn shown(&self) -> UnixMillis {
        let off_ms = self.lock().off_ms;
        UnixMillis(self.wall().0 + off_ms)
    }

    /// The moment at which the monotonic clock will show this, if it does not stand still again.
    #[must_use]
    pub fn when(&self, monotonic: Instant) -> Instant {
        monotonic + self.lock().unseen
    }

    /// The last so much of the time has passed unseen by the monotonic clock: the machine slept.
    pub fn stand_still(&self, time: Duration) {
        let mut face = self.lock();
        face.unseen += time;
    }

    /// Sets the time of day: it is off by so much from here on.
    pub fn set_wall(&self, off_ms: i64) {
        self.lock().off_ms = off_ms;
    }

    /// Moves it to `now`, never back, without waking anybody: as if the process had been asleep.
    pub fn jump(&self, now: Instant) {
        let mut face = self.lock();
        face.now = face.now.max(now);
    }

    /// Wakes every sleep that is due.
    pub fn ring(&self) {
        let due = {
            let mut face = self.lock();
            let now = face.monotonic();
            face.rung = now;
            if face.sleepers.iter().all(|(at, _)| *at > now) {
                return;
            }
            let (due, rest) = std::mem::take(&mut face.sleepers).into_iter().partition(|(at, _)| *at <= now);
            face.sleepers = rest;
            due
        };
        let due: Vec<(Instant, Waker)> = due;
        due.into_iter().for_each(|(_, waker)| waker.wake());
    }

    /// A sleep until it rings at or after `until` on the monotonic clock.
    #[must_use]
    pub fn sleep(&self, until: Instant) -> Sleep {
        Sleep { clock: self.clone(), until }
    }

    fn lock(&self) -> MutexGuard<'_, Face> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Face {
    fn monotonic(&self) -> Instant {
        self.now - self.unseen
    }
}

/// Waits until its [`Clock`] rings.
#[derive(Debug)]
pub struct Sleep {
    clock: Clock,
    until: Instant,
}

impl Future for Sleep {
    type Output = ();

    fn poll(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        let mut face = self.clock.lock();
        if self.until <= face.rung {
            return Poll::Ready(());
        }
        let (until, waker) = (self.until, cx.waker());
        face.sleepers.retain(|(at, known)| *at != until || !known.will_wake(waker));
        face.sleepers.push((until, waker.clone()));
        Poll::Pending
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sleep_ends_when_the_clock_rings_and_not_before() {
        let clock = Clock::new();
        let mut cx = Context::from_waker(Waker::noop());
        let mut sleep = clock.sleep(Instant(5));
        assert!(Pin::new(&mut sleep).poll(&mut cx).is_pending());
        clock.jump(Instant(5));
        assert!(Pin::new(&mut sleep).poll(&mut cx).is_pending(), "nobody has rung");
        clock.ring();
        assert!(Pin::new(&mut sleep).poll(&mut cx).is_ready());
        clock.jump(Instant(3));
        assert_eq!(clock.now(), Instant(5), "it never goes back");
    }

    #[test]
    fn a_machine_that_slept_knows_it_by_the_time_of_day_alone() {
        let clock = Clock::new();
        let mut cx = Context::from_waker(Waker::noop());
        let mut sleep = clock.sleep(Instant(2_000_000_000));
        clock.jump(Instant(3_600_000_000_000));
        clock.stand_still(Duration::from_secs(3_599));
        clock.ring();
        assert!(Pin::new(&mut sleep).poll(&mut cx).is_pending(), "on its clock, one second has passed");
        assert_eq!(clock.monotonic(), Instant(1_000_000_000));
        assert_eq!(clock.shown().0 - Clock::DAWN.0, 3_600_000);
        assert_eq!(clock.when(Instant(2_000_000_000)), Instant(3_601_000_000_000));
        clock.set_wall(-60_000);
        assert_eq!(clock.wall().0 - clock.shown().0, 60_000);
    }
}
