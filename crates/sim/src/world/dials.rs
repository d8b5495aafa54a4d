//! What a session's times mean in its world, whose clocks it may have wrong.

use std::collections::VecDeque;

use rosterline_core::{Detail, Instant, Status, UnixMillis};

use crate::runtime::Clock;

/// How a session has told the time: since what its application has heard of last.
#[derive(Debug)]
pub(crate) struct Dials {
    clock: Clock,
    dials: VecDeque<Dial>,
}

/// What the session's two clocks mean, from one moment on.
#[derive(Debug)]
struct Dial {
    /// The session's monotonic clock.
    from: Instant,
    /// The world's.
    world: Instant,
    /// The session's time of day.
    wall: UnixMillis,
}

impl Dials {
    /// Those of a session that is made now.
    pub(crate) fn new(clock: Clock) -> Self {
        let dial = Dial { from: clock.monotonic(), world: clock.now(), wall: clock.shown() };
        Self { clock, dials: [dial].into() }
    }

    /// The session has been told the time of day.
    pub(crate) fn set(&mut self, now: Instant, wall: UnixMillis) {
        self.dials.push_back(Dial { from: now, world: self.clock.now(), wall });
    }

    /// When a status was reported, in the world. It says itself when another dial counts.
    pub(crate) fn reported(&mut self, status: &Status) -> Instant {
        if let Detail::ClockMoved { .. } = status.detail {
            self.dials.pop_front();
        }
        self.dials.front().map_or(Instant::ZERO, |dial| dial.world + dial.wall.until(status.at))
    }

    /// When something arrived, in the world.
    pub(crate) fn arrived(&self, at: Instant) -> Instant {
        let dial = self.dials.iter().rev().find(|dial| dial.from <= at);
        dial.map_or(Instant::ZERO, |dial| dial.world + at.since(dial.from))
    }
}
