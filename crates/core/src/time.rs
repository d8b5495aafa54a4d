//! Points in time, always handed in by the caller: this crate reads no clock.

use core::fmt;
use core::ops::{Add, Sub};
use core::time::Duration;

/// A point on the caller's monotonic clock, in nanoseconds since an epoch of the caller's choice.
///
/// Tests and simulations start at [`Instant::ZERO`]. Arithmetic saturates: a deadline never wraps. One at the very end,
/// 584 years after the epoch, never comes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Instant(pub u64);

impl Instant {
    /// The caller's epoch.
    pub const ZERO: Self = Self(0);

    /// The time from `earlier` to `self`; zero if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> Duration {
        Duration::from_nanos(self.0.saturating_sub(earlier.0))
    }
}

impl Add<Duration> for Instant {
    type Output = Self;

    fn add(self, rhs: Duration) -> Self {
        Self(self.0.saturating_add(u64::try_from(rhs.as_nanos()).unwrap_or(u64::MAX)))
    }
}

impl Sub<Duration> for Instant {
    type Output = Self;

    fn sub(self, rhs: Duration) -> Self {
        Self(self.0.saturating_sub(u64::try_from(rhs.as_nanos()).unwrap_or(u64::MAX)))
    }
}

/// One moment on both clocks: what the time of day is at any other follows from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Anchor {
    /// On the monotonic clock.
    pub at: Instant,
    /// The time of day.
    pub wall: UnixMillis,
}

impl Anchor {
    /// From so far apart on, the clocks do not agree any more: the time of day was set, or the machine slept.
    pub const TOLERANCE: Duration = Duration::from_millis(50);

    /// The time of day at another moment, before or after.
    #[must_use]
    pub fn wall_at(self, at: Instant) -> UnixMillis {
        if at < self.at { self.wall.before(self.at.since(at)) } else { self.wall.after(at.since(self.at)) }
    }

    /// Whether the time of day has moved by [`TOLERANCE`](Self::TOLERANCE) or more, other than the monotonic clock has, if
    /// it is `wall` now.
    #[must_use]
    pub fn has_moved(self, now: Instant, wall: UnixMillis) -> bool {
        let expected = self.wall_at(now);
        expected.until(wall).max(wall.until(expected)) >= Self::TOLERANCE
    }
}

/// Wall-clock time in milliseconds since 1970-01-01T00:00:00Z.
///
/// It anchors what is shown to people (when a gap closed, when an event was received). Deadlines and
/// the order of events never depend on it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct UnixMillis(pub i64);

impl UnixMillis {
    /// This time moved forward by `by`, saturating.
    #[must_use]
    pub fn after(self, by: Duration) -> Self {
        Self(self.0.saturating_add(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// This time moved back by `by`, saturating.
    #[must_use]
    pub fn before(self, by: Duration) -> Self {
        Self(self.0.saturating_sub(i64::try_from(by.as_millis()).unwrap_or(i64::MAX)))
    }

    /// From this time to a later one; zero if it is not later.
    #[must_use]
    pub fn until(self, later: Self) -> Duration {
        Duration::from_millis(u64::try_from(later.0.saturating_sub(self.0)).unwrap_or(0))
    }
}

impl fmt::Display for UnixMillis {
    /// RFC 3339 in UTC with three fraction digits.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        crate::Timestamp::from(*self).fmt(f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_anchor_knows_the_time_of_day_before_and_after_it() {
        let anchor = Anchor { at: Instant(5_000_000_000), wall: UnixMillis(1_000) };
        assert_eq!(anchor.wall_at(Instant(7_500_000_000)), UnixMillis(3_500));
        assert_eq!(anchor.wall_at(Instant(5_000_000_000)), UnixMillis(1_000));
        assert_eq!(anchor.wall_at(Instant(2_000_000_000)), UnixMillis(-2_000));
    }

    #[test]
    fn from_its_tolerance_on_a_time_of_day_has_moved() {
        let anchor = Anchor { at: Instant(5_000_000_000), wall: UnixMillis(1_000) };
        for (off, moved) in [(-50, true), (-49, false), (0, false), (49, false), (50, true)] {
            assert_eq!(anchor.has_moved(Instant(6_000_000_000), UnixMillis(2_000 + off)), moved, "{off}");
        }
    }
}
