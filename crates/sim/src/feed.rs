//! Interactions that start one after another and overlap, played in virtual time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;
use std::time::Duration;

use rosterline_core::{Instant, Rng, UnixMillis};

use crate::fact::Fact;
use crate::scenario::{Scenario, Script};

/// How fast a [`Feed`] plays.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace(u32);

impl Pace {
    /// Interactions of 3 to 8 s, a new one about every second: a demonstration.
    pub const LIVELY: Self = Self(100);
    /// Interactions of 1 to 3 minutes, a new one about every 20 s.
    pub const REAL: Self = Self(5);

    /// `percent` of [`Pace::LIVELY`], from 1 to 1,000,000; what lies outside is moved to the nearest end.
    #[must_use]
    pub const fn percent(percent: u32) -> Self {
        let percent = if percent < 1 { 1 } else { percent };
        Self(if percent > 1_000_000 { 1_000_000 } else { percent })
    }

    pub(crate) fn stretch(self, lively: Duration) -> Duration {
        lively * 100 / self.0
    }
}

impl Default for Pace {
    fn default() -> Self {
        Self::LIVELY
    }
}

/// Plays interactions of a [`Scenario`], endlessly or so many. Drive it by [`next_at`](Self::next_at) and
/// [`poll`](Self::poll).
#[derive(Debug)]
pub struct Feed {
    scenario: Scenario,
    pace: Pace,
    rng: Rng,
    start: Instant,
    wall: UnixMillis,
    /// How many interactions are still to start; `None`: no end.
    left: Option<u64>,
    next_start: Instant,
    started: u64,
    coming: BinaryHeap<Reverse<Coming>>,
}

/// An event with its time; the numbers keep equal times in the order of the script.
#[derive(Debug)]
struct Coming {
    at: (Instant, u64, usize),
    fact: Fact,
}

impl Feed {
    /// A feed that starts `now`, which is `wall` on the clock of its events.
    #[must_use]
    pub fn new(scenario: Scenario, pace: Pace, seed: u64, wall: UnixMillis, now: Instant) -> Self {
        let rng = Rng::stream(seed, "feed");
        let coming = BinaryHeap::new();
        Self { scenario, pace, rng, start: now, wall, left: None, next_start: now, started: 0, coming }
    }

    /// Ends after so many interactions.
    #[must_use]
    pub fn interactions(self, count: u64) -> Self {
        Self { left: Some(count), ..self }
    }

    /// Everything that has happened up to `now` and was not told yet, in order of time.
    pub fn poll(&mut self, now: Instant) -> Vec<Fact> {
        while self.left != Some(0) && self.next_start <= now {
            self.start_next();
        }
        let mut due = Vec::new();
        while self.coming.peek().is_some_and(|Reverse(coming)| coming.at.0 <= now) {
            due.extend(self.coming.pop().map(|Reverse(coming)| coming.fact));
        }
        due
    }

    /// When the next event happens or the next interaction starts; `None` once all is told.
    #[must_use]
    pub fn next_at(&self) -> Option<Instant> {
        let start = (self.left != Some(0)).then_some(self.next_start);
        let event = self.coming.peek().map(|Reverse(coming)| coming.at.0);
        start.into_iter().chain(event).min()
    }

    fn start_next(&mut self) {
        let script = Script::generate(self.scenario, &mut self.rng);
        for (place, step) in script.steps.iter().enumerate() {
            let at = self.next_start + self.pace.stretch(step.offset);
            let fact = script.fact(step, self.wall.after(at.since(self.start)));
            self.coming.push(Reverse(Coming { at: (at, self.started, place), fact }));
        }
        self.started += 1;
        self.left = self.left.map(|left| left - 1);
        let pause = Duration::from_millis(500 + self.rng.up_to(900));
        self.next_start = self.next_start + self.pace.stretch(pause);
    }
}

impl PartialEq for Coming {
    fn eq(&self, other: &Self) -> bool {
        self.at == other.at
    }
}

impl Eq for Coming {}

impl PartialOrd for Coming {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Coming {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.at.cmp(&other.at)
    }
}
