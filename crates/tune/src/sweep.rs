//! Runs a plan: many trials, on several threads, with the same result on any number of them.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use rosterline_core::Policy;

use crate::knee::{Knee, knee};
use crate::load::Load;
use crate::outage::{Outages, Silences, Troubles};
use crate::plan::Plan;
use crate::settings::Settings;
use crate::trial::{Measured, Trial};

/// A buffer that is never full: the most that a session takes.
pub(crate) const ENDLESS: usize = 1 << 24;
/// Sizes of the buffer that are tried by themselves, as powers of two: from a 64th of what the load needs to twice that.
const AROUND: std::ops::Range<i32> = -6..2;
/// The smallest of these, as a power of two; and what is not exceeded by much, however much an application that cannot keep
/// up would need.
const SMALL: i32 = 2;
const LARGE: usize = 1 << 18;
/// A buffer has to have room for so many times the events that waited at most: other draws are worse.
pub(crate) const MARGIN: u64 = 2;
/// Draws of when the application stands still, to see how many wait.
pub(crate) const NEEDS: u64 = 5;
/// An application that is busy for so much of the time, in percent, does not keep up.
pub(crate) const BUSY: u32 = 98;
/// Trials between the last load before the knee and the first one past it.
const BISECTIONS: u32 = 4;

/// Everything that was measured.
#[derive(Clone, Debug, PartialEq)]
pub struct Sweep {
    /// What was asked for.
    pub plan: Plan,
    /// With the current settings: the load as it is, and with the headroom.
    pub current: [Measured; 2],
    /// With a buffer that is never full, and the headroom: what the load needs. Several draws of when the application
    /// stands still.
    pub needs: Vec<Measured>,
    /// Each policy with each size, with the headroom.
    pub buffers: Vec<(Policy, usize, Measured)>,
    /// Multiples of the load, in ascending order, with a buffer that is never full and without standing still.
    pub loads: Vec<(f64, Measured)>,
    /// Where the waiting begins to grow faster than the load.
    pub knee: Option<Knee>,
    /// Times for an event, in ascending order, with a buffer that is never full, and the headroom.
    pub takes: Vec<(Duration, Measured)>,
    /// Each heartbeat with each time for the pong.
    pub silences: Vec<(Duration, Duration, Silences)>,
    /// Each first delay with each longest one.
    pub outages: Vec<(Duration, Duration, Outages)>,
    /// With the current settings.
    pub current_silences: Silences,
    /// With the current settings.
    pub current_outages: Outages,
}

/// One thing to measure.
enum Job {
    Trial(Box<Trial>),
    Silences(Box<Settings>),
    Outages(Box<Settings>),
}

/// What came of it.
enum Outcome {
    Measured(Box<Measured>),
    Silences(Silences),
    Outages(Outages),
}

impl Outcome {
    fn measured(self) -> Measured {
        if let Self::Measured(measured) = self { *measured } else { Measured::default() }
    }

    fn silences(self) -> Silences {
        if let Self::Silences(silences) = self { silences } else { Silences::default() }
    }

    fn outages(self) -> Outages {
        if let Self::Outages(outages) = self { outages } else { Outages::default() }
    }
}

impl Plan {
    /// Measures everything, on so many threads. `progress` is called after each trial with how many are done, from
    /// whatever thread did it.
    #[must_use]
    pub fn run(&self, load: &Load, threads: usize, progress: &(dyn Fn(usize) + Sync)) -> Sweep {
        let done = AtomicUsize::new(0);
        let work = |jobs: Vec<Job>| {
            parallel(&jobs, threads, |job| {
                let outcome = self.job(job, load);
                progress(done.fetch_add(1, Ordering::Relaxed) + 1);
                outcome
            })
        };
        let unlimited = Settings { buffer: ENDLESS, policy: Policy::DropNewest, ..self.current.clone() };
        let mut first = vec![self.trial(&self.current, 1.0), self.stress(&self.current)];
        first.extend((0..NEEDS).map(|more| {
            let seed = self.seed.wrapping_add(more);
            Job::Trial(Box::new(self.trial_of(&unlimited, self.headroom, seed)))
        }));
        let mut first = work(first).into_iter().map(Outcome::measured);
        let mut next = || first.next().unwrap_or_default();
        let current = [next(), next()];
        let needs: Vec<Measured> = first.collect();
        let pairs = self.pairs(most_waiting(&needs));
        let takes = self.takes();
        let mut jobs: Vec<Job> = Vec::new();
        let sized = |(policy, buffer): &(Policy, usize)| Settings {
            policy: *policy,
            buffer: *buffer,
            ..self.current.clone()
        };
        jobs.extend(pairs.iter().map(|pair| self.stress(&sized(pair))));
        jobs.extend(self.loads().iter().map(|factor| self.steady(&unlimited, *factor)));
        jobs.extend(takes.iter().map(|take| self.taking(&unlimited, *take)));
        let beats = combined(&self.heartbeats, &self.pong_timeouts, |_, _| true);
        let delays = combined(&self.backoff_bases, &self.backoff_maxes, |base, max| base <= max);
        let beating = |(heartbeat, pong_timeout): (Duration, Duration)| Settings {
            heartbeat,
            pong_timeout,
            ..self.current.clone()
        };
        let delaying = |(backoff_base, backoff_max): (Duration, Duration)| Settings {
            backoff_base,
            backoff_max,
            ..self.current.clone()
        };
        jobs.extend(beats.iter().map(|pair| Job::Silences(Box::new(beating(*pair)))));
        jobs.extend(delays.iter().map(|pair| Job::Outages(Box::new(delaying(*pair)))));
        jobs.push(Job::Silences(Box::new(self.current.clone())));
        jobs.push(Job::Outages(Box::new(self.current.clone())));
        let mut all = work(jobs).into_iter();
        let buffers = pairs
            .iter()
            .zip(&mut all)
            .map(|((policy, buffer), it)| (*policy, *buffer, it.measured()))
            .collect();
        let loads = self.loads().into_iter().zip(all.by_ref().map(Outcome::measured)).collect();
        let takes = takes.into_iter().zip(all.by_ref().map(Outcome::measured)).collect();
        let silences = beats
            .into_iter()
            .zip(all.by_ref().map(Outcome::silences))
            .map(|((a, b), it)| (a, b, it))
            .collect();
        let outages = delays
            .into_iter()
            .zip(all.by_ref().map(Outcome::outages))
            .map(|((a, b), it)| (a, b, it))
            .collect();
        let current_silences = all.next().map(Outcome::silences).unwrap_or_default();
        let current_outages = all.next().map(Outcome::outages).unwrap_or_default();
        let loads = self.refined(loads, &unlimited, load);
        let knee = knee(&loads);
        Sweep {
            plan: self.clone(),
            current,
            needs,
            buffers,
            loads,
            knee,
            takes,
            silences,
            outages,
            current_silences,
            current_outages,
        }
    }

    fn job(&self, job: &Job, load: &Load) -> Outcome {
        match job {
            Job::Trial(trial) => Outcome::Measured(Box::new(trial.run(load))),
            Job::Silences(settings) => Outcome::Silences(self.troubles(load).silences(settings)),
            Job::Outages(settings) => Outcome::Outages(self.troubles(load).outages(settings)),
        }
    }

    /// How connections are lost.
    #[must_use]
    pub fn troubles(&self, load: &Load) -> Troubles {
        let Self { draws, seed, latency, hush, outage, .. } = *self;
        Troubles { dialect: load.dialect, draws, seed, latency, hush, outage }
    }

    /// A trial of these settings with a multiple of the load.
    #[must_use]
    pub fn trial_of(&self, settings: &Settings, factor: f64, seed: u64) -> Trial {
        Trial { settings: settings.clone(), consumer: self.consumer, scale: self.scale * factor, seed }
    }

    fn trial(&self, settings: &Settings, factor: f64) -> Job {
        Job::Trial(Box::new(self.trial_of(settings, factor, self.seed)))
    }

    /// With the headroom.
    fn stress(&self, settings: &Settings) -> Job {
        self.trial(settings, self.headroom)
    }

    fn steady(&self, settings: &Settings, factor: f64) -> Job {
        let trial = self.trial_of(settings, factor, self.seed);
        Job::Trial(Box::new(Trial { consumer: self.consumer.without_stalls(), ..trial }))
    }

    fn taking(&self, settings: &Settings, take: Duration) -> Job {
        let mut trial = self.trial_of(settings, self.headroom, self.seed);
        trial.consumer.take = take;
        Job::Trial(Box::new(trial))
    }

    /// Every policy with every size. So many events have to fit at least.
    fn pairs(&self, waiting: u64) -> Vec<(Policy, usize)> {
        let mut sizes = self.buffers.clone();
        if sizes.is_empty() {
            let needed =
                usize::try_from(waiting * MARGIN).unwrap_or(ENDLESS).clamp(1, LARGE).next_power_of_two();
            let place = i32::try_from(needed.trailing_zeros()).unwrap_or(0);
            let places = AROUND.map(|around| (place + around).max(SMALL));
            sizes.extend(places.map(|place| 1 << place));
        }
        sizes.sort_unstable();
        sizes.dedup();
        self.policies.iter().flat_map(|policy| sizes.iter().map(|size| (*policy, *size))).collect()
    }

    fn loads(&self) -> Vec<f64> {
        let mut loads = self.loads.clone();
        loads.sort_by(f64::total_cmp);
        loads.dedup();
        loads
    }

    fn takes(&self) -> Vec<Duration> {
        let mut takes = self.takes.clone();
        if takes.is_empty() {
            takes.extend([25, 50, 100, 200, 400, 800].map(|percent| self.consumer.take * percent / 100));
        }
        takes.sort_unstable();
        takes.dedup();
        takes
    }

    /// Looks closer at where the knee is.
    fn refined(
        &self,
        mut points: Vec<(f64, Measured)>,
        settings: &Settings,
        load: &Load,
    ) -> Vec<(f64, Measured)> {
        for _ in 0..BISECTIONS {
            let Some(found) = knee(&points) else { break };
            let middle = f64::midpoint(found.factor, found.past);
            let outcome = self.job(&self.steady(settings, middle), load);
            let place = points.partition_point(|(factor, _)| *factor < middle);
            points.insert(place, (middle, outcome.measured()));
        }
        points
    }
}

/// The most events that waited in any of these.
pub(crate) fn most_waiting(all: &[Measured]) -> u64 {
    all.iter().map(|measured| measured.peak_events).max().unwrap_or(0)
}

/// Each of these with each of those that goes with it.
fn combined(
    these: &[Duration],
    those: &[Duration],
    fits: impl Fn(Duration, Duration) -> bool,
) -> Vec<(Duration, Duration)> {
    let pairs = those.iter().flat_map(|that| these.iter().map(|this| (*this, *that)));
    pairs.filter(|(this, that)| fits(*this, *that)).collect()
}

/// Does everything, the results in the order of the jobs.
fn parallel<J: Sync, R: Send>(jobs: &[J], threads: usize, work: impl Fn(&J) -> R + Sync) -> Vec<R> {
    let next = AtomicUsize::new(0);
    let results: Vec<Mutex<Option<R>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
    std::thread::scope(|scope| {
        for _ in 0..threads.clamp(1, jobs.len().max(1)) {
            scope.spawn(|| {
                while let Some(place) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).filter(|it| *it < jobs.len())
                {
                    let result = work(&jobs[place]);
                    if let Ok(mut slot) = results[place].lock() {
                        *slot = Some(result);
                    }
                }
            });
        }
    });
    results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
}
