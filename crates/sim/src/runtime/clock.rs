//! A clock that stands until it is moved.

use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use rosterline_core::{Instant, UnixMillis};

/// Virtual time. Clones show the same time.
#[derive(Clone, Debug, Default)]
pub struct Clock(Arc<Mutex<Face>>);

#[derive(Debug, Default)]
struct Face {
    now: Instant,
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

    /// What it shows.
    #[must_use]
    pub fn now(&self) -> Instant {
        self.lock().now
    }

    /// The time of day when it shows zero: 2024-05-01T12:00:00Z.
    pub const DAWN: UnixMillis = UnixMillis(1_714_564_800_000);

    /// The time of day.
    #[must_use]
    pub fn wall(&self) -> UnixMillis {
        Self::DAWN.after(self.now().since(Instant::ZERO))
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
            face.rung = face.now;
            let now = face.now;
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

    /// A sleep until it rings at or after `until`.
    #[must_use]
    pub fn sleep(&self, until: Instant) -> Sleep {
        Sleep { clock: self.clone(), until }
    }

    fn lock(&self) -> MutexGuard<'_, Face> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
}
