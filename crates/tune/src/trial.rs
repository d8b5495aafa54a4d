//! One run of a load through a session.

use std::time::Duration;

use rosterline_core::{Event, Instant};
use rosterline_recording::Dialect;
use rosterline_sim::{Cloud, Runner, Server};
use serde::Serialize;

use crate::consumer::{Consumer, Taking};
use crate::gauge::Meter;
use crate::load::Load;
use crate::peer::{Peer, Scene, live};
use crate::{Settings, words};

/// A setting of everything, for one run.
#[derive(Clone, Debug, PartialEq)]
pub struct Trial {
    /// The session.
    pub settings: Settings,
    /// The application.
    pub consumer: Consumer,
    /// How much faster the load comes than it did: its gaps are divided by this. 0.001 to 1,000.
    pub scale: f64,
    /// What the session draws from, and the time at which the application first stands still.
    pub seed: u64,
}

/// What came of a run. Times are in nanoseconds of virtual time.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Measured {
    /// Joins and leaves that the server told.
    pub offered: u64,
    /// Those that the application got.
    pub delivered: u64,
    /// Those that it never got, for whatever reason.
    pub lost: u64,
    /// What the buffer's policy dropped, by the session's own count.
    pub dropped: u64,
    /// Gaps that the application was told of.
    pub gaps: u64,
    /// From an event's arrival in the process to its taking.
    pub wait: Spread,
    /// From the server's sending to the taking: the same, and the time that a frame was not read for.
    pub age: Spread,
    /// The most events that waited in the buffer.
    pub peak_events: u64,
    /// The memory that they took, by the session's own count.
    pub peak_bytes: u64,
    /// How long nothing was read, because the buffer was full.
    pub paused: Duration,
    /// The longest of these times.
    pub longest_pause: Duration,
    /// The most frames that were sent and not read: the network and the server have to hold them.
    pub outside: u64,
    /// Their bytes.
    pub outside_bytes: u64,
    /// The time in which the application was busy with events.
    pub busy: Duration,
    /// From the first frame to the last event that was taken.
    pub lasted: Duration,
    /// Whether the session ended before the load did: the policy `end`.
    pub ended: bool,
}

/// Some ranks of many durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Spread {
    /// Half of them are no longer.
    pub p50: Duration,
    /// 99 of 100 are no longer.
    pub p99: Duration,
    /// The longest.
    pub max: Duration,
}

impl Spread {
    pub(crate) fn of(mut nanos: Vec<u64>) -> Self {
        nanos.sort_unstable();
        let rank = |per_mille: usize| {
            let rank = (nanos.len() * per_mille).div_ceil(1000).max(1);
            nanos.get(rank - 1).copied().map_or(Duration::ZERO, Duration::from_nanos)
        };
        Self { p50: rank(500), p99: rank(990), max: rank(1000) }
    }
}

impl Measured {
    /// The share of the joins and leaves that never came to the application, as percent.
    #[must_use]
    pub fn lost_percent(&self) -> f64 {
        if self.offered == 0 { 0.0 } else { self.lost as f64 * 100.0 / self.offered as f64 }
    }

    /// The same in words.
    #[must_use]
    pub fn lost_share(&self) -> String {
        words::percent(self.lost, self.offered)
    }
}

impl Trial {
    /// Runs it: a session on its driver, with a model of the server, in virtual time. The same values give the same result.
    #[must_use]
    pub fn run(&self, load: &Load) -> Measured {
        match load.dialect {
            Dialect::Stream => self.with::<Server>(load),
            Dialect::Notifications => self.with::<Cloud>(load),
        }
    }

    fn with<M: Peer>(&self, load: &Load) -> Measured {
        let meter = Meter::new(load);
        let scene = Scene { seed: self.seed, wall: load.wall, latency: Duration::ZERO };
        let offered = load.offered();
        let Some(runner) = live::<M>(&self.settings, scene, Some(meter.tap())) else {
            return Measured { offered, lost: offered, ended: true, ..Measured::default() };
        };
        let mut run = Run::new(runner, meter, self, load);
        run.play();
        run.measured()
    }
}

/// A run that is under way.
struct Run<'a, M> {
    runner: Runner<M>,
    meter: Meter,
    load: &'a Load,
    scale: f64,
    taking: Taking,
    began: Instant,
    /// The next frame.
    next: usize,
}

impl<'a, M: Peer> Run<'a, M> {
    fn new(runner: Runner<M>, mut meter: Meter, trial: &Trial, load: &'a Load) -> Self {
        let began = runner.now();
        meter.begin(began);
        let taking = Taking::new(trial.consumer, trial.seed, began);
        Self { runner, meter, load, scale: trial.scale, taking, began, next: 0 }
    }

    fn play(&mut self) {
        loop {
            let now = self.runner.now();
            while self.next_at().is_some_and(|at| at <= now) {
                self.send(now);
            }
            let idle = self.take(now);
            if self.runner.is_over() || idle && self.is_done() {
                return;
            }
            let session = self.runner.poll_timeout();
            let wakes = session.into_iter().chain(self.next_at()).chain(self.taking.poll_timeout(now));
            let Some(next) = wakes.min() else { return };
            self.runner.go(next);
            self.sample();
        }
    }

    fn next_at(&self) -> Option<Instant> {
        let arrival = self.load.arrivals.get(self.next)?;
        Some(self.began + scaled(arrival.at, self.scale))
    }

    fn send(&mut self, now: Instant) {
        self.meter.sent(self.next, now);
        self.runner.server().send(&self.load.arrivals[self.next].text, now);
        self.next += 1;
        self.runner.settle();
        self.sample();
    }

    /// Lets the application take what it can by now. Whether it found nothing more.
    fn take(&mut self, now: Instant) -> bool {
        self.taking.advance(now);
        while self.taking.is_free(now) {
            let Some(event) = self.runner.take() else { return true };
            if let Event::Presence(presence) = event {
                self.meter.took(&presence, now);
                self.taking.took(now);
            }
            self.sample();
        }
        false
    }

    /// Everything was sent, and nothing is on its way.
    fn is_done(&self) -> bool {
        let all_sent = self.next == self.load.arrivals.len();
        all_sent && !self.meter.is_paused() && self.runner.network().poll_timeout().is_none()
    }

    fn sample(&mut self) {
        self.meter.sample(|| self.runner.stats());
    }

    fn measured(self) -> Measured {
        let ended = self.next < self.load.arrivals.len() || self.runner.is_over();
        self.meter.finish(&self.runner.stats(), self.taking.busy, ended, self.runner.now())
    }
}

/// How many joins and leaves each frame brings to a session that misses nothing.
pub(crate) fn weigh(load: &Load) -> Vec<u32> {
    match load.dialect {
        Dialect::Stream => weigh_with::<Server>(load),
        Dialect::Notifications => weigh_with::<Cloud>(load),
    }
}

fn weigh_with<M: Peer>(load: &Load) -> Vec<u32> {
    let scene = Scene { seed: 1, wall: load.wall, latency: Duration::ZERO };
    let Some(mut runner) = live::<M>(&Settings::default(), scene, None) else { return Vec::new() };
    let began = runner.now();
    let mut weights = Vec::with_capacity(load.arrivals.len());
    for arrival in load.arrivals.iter() {
        let at = began + arrival.at;
        while let Some(next) = runner.poll_timeout().filter(|next| *next < at) {
            runner.go(next);
            while runner.take().is_some() {}
        }
        runner.go(at);
        runner.server().send(&arrival.text, at);
        runner.settle();
        let mut count = 0;
        while let Some(event) = runner.take() {
            count += u32::from(matches!(event, Event::Presence(_)));
        }
        weights.push(count);
    }
    weights
}

/// A time of the load as it is when everything comes so much faster.
pub fn scaled(at: Duration, scale: f64) -> Duration {
    Duration::try_from_secs_f64(at.as_secs_f64() / scale).unwrap_or(Duration::MAX / 4)
}
