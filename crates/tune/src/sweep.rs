//! Runs a plan.

use std::collections::BTreeSet;
use std::time::Duration;

use rosterline_core::Policy;

use crate::consumer::Consumer;
use crate::knee::{Knee, knee};
use crate::load::Load;
use crate::outage::{Outages, Silences, Troubles};
use crate::plan::Plan;
use crate::settings::Settings;
use crate::trial::{Measured, Trial};
use crate::work::Work;

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
/// An application that is idle for less of the time, in percent, does not keep up.
pub(crate) const IDLE: u32 = 2;
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

impl Plan {
    /// Measures everything, on so many threads. `progress` is called after each measurement with how many are done, from
    /// whatever thread did it.
    #[must_use]
    pub fn run(&self, load: &Load, threads: usize, progress: &(dyn Fn(usize) + Sync)) -> Sweep {
        let work = Work::new(load, threads, progress);
        let endless = Settings { buffer: ENDLESS, policy: Policy::DropNewest, ..self.current.clone() };
        let now = work.trials(&[self.trial_of(&self.current, 1.0, self.seed), self.stress(&self.current)]);
        let needs = work.trials(&self.needs(&endless));
        let buffers = self.over_buffers(&work, most_waiting(&needs));
        let loads = self.over_loads(&work, &endless);
        let takes = self.over_takes(&work, &endless);
        let troubles = self.troubles(load);
        let Settings { heartbeat, pong_timeout, backoff_base, backoff_max, .. } = self.current;
        let beats = combined(&self.heartbeats, &self.pong_timeouts, |_, _| true);
        let delays = combined(&self.backoff_bases, &self.backoff_maxes, |base, max| base <= max);
        let silences = |pairs: &[_]| work.silences(&troubles, &self.current, pairs);
        let outages = |pairs: &[_]| work.outages(&troubles, &self.current, pairs);
        Sweep {
            plan: self.clone(),
            current: [now.first().cloned().unwrap_or_default(), now.last().cloned().unwrap_or_default()],
            needs,
            buffers,
            knee: knee(&loads),
            loads,
            takes,
            silences: silences(&beats),
            outages: outages(&delays),
            current_silences: silences(&[(heartbeat, pong_timeout)])
                .first()
                .map_or_else(Silences::default, |it| it.2),
            current_outages: outages(&[(backoff_base, backoff_max)])
                .first()
                .map_or_else(Outages::default, |it| it.2),
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

    /// With the headroom.
    fn stress(&self, settings: &Settings) -> Trial {
        self.trial_of(settings, self.headroom, self.seed)
    }

    /// With the headroom, each time with another draw of when the application stands still.
    fn needs(&self, settings: &Settings) -> Vec<Trial> {
        let draw = |more| self.trial_of(settings, self.headroom, self.seed.wrapping_add(more));
        (0..NEEDS).map(draw).collect()
    }

    fn over_buffers(&self, work: &Work<'_>, waiting: u64) -> Vec<(Policy, usize, Measured)> {
        let pairs = self.pairs(waiting);
        let sized = |(policy, buffer): &(Policy, usize)| {
            self.stress(&Settings { policy: *policy, buffer: *buffer, ..self.current.clone() })
        };
        let measured = work.trials(&pairs.iter().map(sized).collect::<Vec<_>>());
        pairs.into_iter().zip(measured).map(|((policy, buffer), it)| (policy, buffer, it)).collect()
    }

    /// Multiples of the load, and then closer at where the knee is.
    fn over_loads(&self, work: &Work<'_>, settings: &Settings) -> Vec<(f64, Measured)> {
        let steady = |factor: &f64| Trial {
            consumer: self.consumer.without_stalls(),
            ..self.trial_of(settings, *factor, self.seed)
        };
        let mut factors = self.loads.clone();
        factors.sort_by(f64::total_cmp);
        factors.dedup();
        let measured = work.trials(&factors.iter().map(steady).collect::<Vec<_>>());
        let mut points: Vec<_> = factors.into_iter().zip(measured).collect();
        for _ in 0..BISECTIONS {
            let Some(found) = knee(&points) else { break };
            let middle = (found.factor + found.past) / 2.0;
            let place = points.partition_point(|(factor, _)| *factor < middle);
            let measured = work.trials(&[steady(&middle)]);
            points.splice(place..place, measured.into_iter().map(|it| (middle, it)));
        }
        points
    }

    fn over_takes(&self, work: &Work<'_>, settings: &Settings) -> Vec<(Duration, Measured)> {
        let mut takes = self.takes.clone();
        if takes.is_empty() {
            takes.extend([25, 50, 100, 200, 400, 800].map(|percent| self.consumer.take * percent / 100));
        }
        takes.sort_unstable();
        takes.dedup();
        let taking = |take: &Duration| Trial {
            consumer: Consumer { take: *take, ..self.consumer },
            ..self.stress(settings)
        };
        let measured = work.trials(&takes.iter().map(taking).collect::<Vec<_>>());
        takes.into_iter().zip(measured).collect()
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
}

impl Sweep {
    /// The sizes of the buffer that were tried, the smallest first.
    #[must_use]
    pub fn sizes(&self) -> Vec<usize> {
        let sizes: BTreeSet<usize> = self.buffers.iter().map(|it| it.1).collect();
        sizes.into_iter().collect()
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
