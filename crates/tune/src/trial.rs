//! One run of a load through a session.

use std::time::Duration;

use rosterline_core::{Event, Instant};
use rosterline_recording::Dialect;
use rosterline_sim::{Cloud, Runner, Server};
use serde::Serialize;

use crate::consumer::{Consumer, Taking};
use crate::load::Load;
use crate::meter::Meter;
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
    /// The time in which it had nothing to do, up to the last event that was taken.
    pub idle: Duration,
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

    /// Each rank of the one in which it is longer.
    pub(crate) fn worse(self, other: Self) -> Self {
        Self { p50: self.p50.max(other.p50), p99: self.p99.max(other.p99), max: self.max.max(other.max) }
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
            let Some(event) = self.runner.take() else {
                self.taking.found_nothing(now);
                return true;
            };
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
        self.meter.finish(&self.runner.stats(), self.taking.worked, ended, self.runner.now())
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

/// In nanoseconds; the most there can be, if there are more.
pub(crate) fn nanos(time: Duration) -> u64 {
    u64::try_from(time.as_nanos()).unwrap_or(u64::MAX)
}

/// A time of the load as it is when everything comes so much faster.
pub fn scaled(at: Duration, scale: f64) -> Duration {
    Duration::try_from_secs_f64(at.as_secs_f64() / scale).unwrap_or(Duration::MAX / 4)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::Arrival;
    use rosterline_core::Policy;
    use rosterline_sim::{Clock, Fact};

    const SECOND: Duration = Duration::from_secs(1);

    /// Frames with so many events each, at these seconds.
    fn load(frames: &[(u64, usize)]) -> Load {
        let mut number = 0;
        let mut frame = |&(second, count): &(u64, usize)| {
            let at = Duration::from_secs(second);
            let event = |_| {
                number += 1;
                let fact = Fact::joined(Clock::DAWN.after(at).into(), "call", &format!("p{number}"), "voice");
                serde_json::to_string(&fact).expect("JSON")
            };
            let events: Vec<String> = (0..count).map(event).collect();
            Arrival { at, text: format!("{{\"events\":[{}]}}", events.join(",")) }
        };
        let arrivals = frames.iter().map(&mut frame).collect();
        Load::new(Dialect::Stream, Clock::DAWN, arrivals).expect("it has events")
    }

    fn run(load: &Load, policy: Policy, buffer: usize, take: Duration) -> Measured {
        let settings = Settings { policy, buffer, ..Settings::default() };
        Trial { settings, consumer: Consumer::steady(take), scale: 1.0, seed: 1 }.run(load)
    }

    #[test]
    fn four_at_once_wait_one_after_the_other() {
        let measured = run(&load(&[(0, 4)]), Policy::DropNewest, 100, SECOND);
        assert_eq!((measured.offered, measured.delivered, measured.lost), (4, 4, 0));
        assert_eq!(measured.wait, Spread { p50: SECOND, p99: 3 * SECOND, max: 3 * SECOND });
        assert_eq!((measured.age, measured.peak_events), (measured.wait, 4));
        assert_eq!((measured.busy, measured.lasted, measured.idle), (4 * SECOND, 3 * SECOND, Duration::ZERO));
        assert!(measured.peak_bytes > 0 && !measured.ended);
    }

    #[test]
    fn each_policy_does_with_a_full_buffer_what_it_says() {
        let load = load(&[(0, 4), (1, 4), (20, 1)]);
        let oldest = run(&load, Policy::DropOldest, 2, SECOND);
        let newest = run(&load, Policy::DropNewest, 2, SECOND);
        for measured in [&oldest, &newest] {
            // At 0 two of four fit; one is taken then, and one at 1 s, before the next four come; the last comes alone.
            assert_eq!(
                (measured.offered, measured.lost, measured.dropped),
                (9, measured.dropped, 9 - measured.delivered)
            );
            assert_eq!((measured.peak_events, measured.paused), (2, Duration::ZERO));
            assert!(measured.lost >= 4 && measured.gaps > 0, "{measured:?}");
        }
        assert!(oldest.wait.max <= 2 * SECOND, "{oldest:?}");
        let end = run(&load, Policy::End, 2, SECOND);
        assert!(end.ended && end.lost > oldest.lost, "{end:?}");
    }

    #[test]
    fn a_pause_keeps_frames_outside_and_counts_for_their_age() {
        let load = load(&[(0, 4), (1, 4)]);
        let measured = run(&load, Policy::Pause, 4, SECOND);
        assert_eq!((measured.lost, measured.dropped), (0, 0));
        // The first frame fills it, and the second is read when two are left: at 1 s, when the second event was taken. Then it is
        // full again, until two are left at 5 s.
        assert_eq!((measured.paused, measured.longest_pause), (5 * SECOND, 4 * SECOND));
        let tight = run(&load, Policy::Pause, 2, SECOND);
        // It reads on when one is left: that is at 2 s, so the second frame is a second late, and 4 events wait then.
        assert_eq!((tight.outside, tight.peak_events), (1, 5));
        assert!(tight.outside_bytes > 300 && tight.paused > SECOND, "{tight:?}");
        assert_eq!(tight.age.max, 6 * SECOND);
        assert_eq!(tight.wait.max, 5 * SECOND);
    }

    #[test]
    fn a_load_that_comes_faster_waits_longer() {
        let load = load(&[(0, 1), (10, 1), (20, 1)]);
        let at = |scale| {
            let trial = Trial {
                settings: Settings::default(),
                consumer: Consumer::steady(8 * SECOND),
                scale,
                seed: 1,
            };
            trial.run(&load)
        };
        assert_eq!([at(1.0).age.max, at(2.0).age.max], [Duration::ZERO, 6 * SECOND]);
        assert_eq!([at(1.0).idle, at(2.0).idle], [4 * SECOND, Duration::ZERO]);
        assert_eq!([at(1.0), at(2.0)].map(|it| it.is_overloaded()), [false, true]);
    }

    #[test]
    fn what_was_there_before_is_not_offered_again() {
        let mut load = load(&[(0, 2), (1, 1)]);
        let twice = load.arrivals[0].text.clone();
        let arrivals = load.arrivals.iter().map(|it| (it.at, it.text.clone())).chain([(3 * SECOND, twice)]);
        let arrivals = arrivals.map(|(at, text)| Arrival { at, text }).collect();
        load = Load::new(Dialect::Stream, load.wall, arrivals).expect("it has events");
        assert_eq!((&*load.events, load.offered()), (&[2, 1, 0][..], 3));
        let measured = run(&load, Policy::Pause, 10, SECOND);
        assert_eq!((measured.delivered, measured.lost), (3, 0));
    }
}
