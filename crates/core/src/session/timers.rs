//! When what is due: one slot for each kind of deadline, the minimum found by scan.

use crate::{Deadline, Instant};

/// The kinds of deadline, each at most once.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Timer {
    /// The token request has taken too long.
    TokenRequest,
    /// The token is due for renewal.
    TokenRenewal,
    /// The next attempt may start.
    Retry,
    /// A step of connecting has taken too long.
    Step,
    /// The connection has been live for long enough to count as healthy.
    Healthy,
    /// The next ping is due.
    Ping,
    /// The last ping has not been written in time.
    PingWrite,
    /// A pong is overdue.
    Pong,
    /// Reading has been paused for as long as it may be.
    Pause,
    /// The peer has not answered our close frame, or, after a planned move, the pings before it.
    CloseAnswer,
    /// The application has not taken what is buffered.
    Drain,
    /// The channel is due for extension.
    Extend,
    /// The next step of a repair is due, or its request has taken too long.
    Repair,
}

impl Timer {
    const COUNT: usize = Self::Repair as usize + 1;
    /// In the order in which deadlines at the same instant are served.
    const ALL: [Self; Self::COUNT] = [
        Self::TokenRequest,
        Self::TokenRenewal,
        Self::Retry,
        Self::Step,
        Self::Healthy,
        Self::Ping,
        Self::PingWrite,
        Self::Pong,
        Self::Pause,
        Self::CloseAnswer,
        Self::Drain,
        Self::Extend,
        Self::Repair,
    ];
}

/// The armed deadlines.
#[derive(Debug)]
pub(crate) struct Timers {
    /// [`NEVER`](Self::NEVER) where none is: numbers alone are scanned fastest, and that is done for every frame.
    at: [Instant; Timer::COUNT],
    /// Nothing is due before this.
    quiet_until: Instant,
}

impl Default for Timers {
    fn default() -> Self {
        Self { at: [Self::NEVER; Timer::COUNT], quiet_until: Instant::ZERO }
    }
}

impl Timers {
    const NEVER: Instant = Instant(u64::MAX);

    /// Arms `timer` for `at`, replacing what it was armed for.
    pub(crate) fn arm(&mut self, timer: Timer, at: Instant) {
        self.at[timer as usize] = at;
        self.quiet_until = self.quiet_until.min(at);
    }

    /// Arms or disarms.
    pub(crate) fn set(&mut self, timer: Timer, at: Option<Instant>) {
        match at {
            Some(at) => self.arm(timer, at),
            None => self.stop(timer),
        }
    }

    /// Disarms `timer`.
    pub(crate) fn stop(&mut self, timer: Timer) {
        self.at[timer as usize] = Self::NEVER;
    }

    /// When `timer` is armed for.
    pub(crate) fn get(&self, timer: Timer) -> Option<Instant> {
        Some(self.at[timer as usize]).filter(|at| *at < Self::NEVER)
    }

    /// Disarms all.
    pub(crate) fn clear(&mut self) {
        *self = Self::default();
    }

    /// The earliest deadline; among equals the first in [`Timer`]'s order.
    pub(crate) fn next(&self) -> Option<Deadline> {
        let at = self.at.iter().copied().min().filter(|at| *at < Self::NEVER)?;
        let place = self.at.iter().position(|armed| *armed == at)?;
        Some(Deadline { at, timer: Timer::ALL[place] })
    }

    /// The earliest deadline, if it is due at `now`. One at the end of all time never is: there, whatever is armed anew
    /// would be due at once, for ever.
    pub(crate) fn due(&mut self, now: Instant) -> Option<Deadline> {
        if now < self.quiet_until {
            return None;
        }
        let next = self.next();
        self.quiet_until = next.map_or(Self::NEVER, |deadline| deadline.at);
        next.filter(|deadline| deadline.at <= now)
    }
}
