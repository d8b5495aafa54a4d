//! Many worlds, one seed after the other, on as many threads as the machine has.

use std::hash::{Hash as _, Hasher as _};
use std::ops::Range;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use rosterline_core::Instant;

use super::digest::Digest;
use super::options::Options;
use super::tally::{Expected, Tally};
use super::{Outcome, Violation};
use crate::skies::run_cloud;

/// One seed in so many is run twice, to see that it is the same both times.
const TWICE: u64 = 100;

/// So many seeds are handed to a thread at a time.
const PORTION: u64 = 16;

/// What became of many worlds.
#[derive(Clone, Debug, Default)]
pub struct Summary {
    /// Seeds that were run.
    pub seeds: u64,
    /// How much time has passed in all of them together.
    pub simulated: Duration,
    /// Events that their servers had to tell.
    pub events: u64,
    /// The hash of everything that happened in them: the same seeds have the same one.
    pub hash: u64,
    /// How often what occurred.
    pub tally: Tally,
    /// Seeds that were run twice.
    pub twice: u64,
    /// What did not hold, by seed; the lowest seed first.
    pub failures: Vec<(u64, Violation)>,
    /// What has to occur, by groups.
    expected: Expected,
}

/// Runs every seed of the range, each with trouble for `length`; ends early once some have failed. `progress` is told
/// how many are done, now and then.
#[must_use]
pub fn campaign(
    seeds: Range<u64>,
    length: Duration,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Summary {
    let run = |seed| Options::swarm(seed, length).run();
    let tally = Summary { expected: super::tally::EXPECTED, ..Summary::default() };
    runs(seeds, threads, progress, &run, tally)
}

/// The same with worlds of the `notifications` dialect.
#[must_use]
pub fn cloud_campaign(
    seeds: Range<u64>,
    length: Duration,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
) -> Summary {
    let tally = Summary { expected: crate::skies::EXPECTED, ..Summary::default() };
    runs(seeds, threads, progress, &|seed| run_cloud(seed, length), tally)
}

fn runs(
    seeds: Range<u64>,
    threads: usize,
    progress: &(dyn Fn(u64) + Sync),
    world: &(dyn Fn(u64) -> Outcome + Sync),
    empty: Summary,
) -> Summary {
    let next = AtomicU64::new(seeds.start);
    let enough = AtomicBool::new(false);
    let done = AtomicU64::new(0);
    let sum = Mutex::new((empty, Vec::new()));
    let work = || {
        while !enough.load(Ordering::Relaxed) {
            let first = next.fetch_add(PORTION, Ordering::Relaxed);
            if first >= seeds.end {
                break;
            }
            for seed in first..seeds.end.min(first + PORTION) {
                let (outcome, again) = run(seed, world);
                let mut sum = sum.lock().unwrap_or_else(PoisonError::into_inner);
                let (summary, hashes) = &mut *sum;
                summary.twice += u64::from(again);
                hashes.push((seed, outcome.hash));
                summary.take(seed, outcome);
                enough.fetch_or(summary.failures.len() >= Summary::MOST_FAILURES, Ordering::Relaxed);
            }
            progress(done.fetch_add(PORTION, Ordering::Relaxed) + PORTION);
        }
    };
    std::thread::scope(|scope| {
        for _ in 0..threads.max(1) {
            scope.spawn(work);
        }
    });
    let (mut summary, mut hashes) = sum.into_inner().unwrap_or_else(PoisonError::into_inner);
    // In the order of the seeds, whoever was first.
    hashes.sort_unstable();
    let mut digest = Digest::new();
    hashes.hash(&mut digest);
    summary.hash = digest.finish();
    summary.failures.sort_by_key(|(seed, _)| *seed);
    summary
}

/// One seed; and whether it was run twice.
fn run(seed: u64, world: &(dyn Fn(u64) -> Outcome + Sync)) -> (Outcome, bool) {
    let mut outcome = world(seed);
    let again = seed % TWICE == 0 && outcome.violation.is_none();
    if again {
        let other = world(seed);
        if other.hash != outcome.hash {
            let what = format!("the same seed gave {:016x} and {:016x}", outcome.hash, other.hash);
            outcome.violation = Some(Violation { invariant: "I-31", at: Instant::ZERO, what });
        }
    }
    (outcome, again)
}

impl Summary {
    /// With so many failures it is not worth going on.
    const MOST_FAILURES: usize = 10;

    /// From so many seeds on, everything that can occur has to.
    const ENOUGH: u64 = 1_000;

    /// What should have occurred, and has not; nothing where there were too few seeds to tell.
    #[must_use]
    pub fn missing(&self) -> Vec<(&'static str, &'static str)> {
        if self.seeds >= Self::ENOUGH { self.tally.missing(self.expected) } else { Vec::new() }
    }

    fn take(&mut self, seed: u64, outcome: Outcome) {
        self.seeds += 1;
        self.simulated += outcome.lasted;
        self.events += outcome.events;
        self.tally.add(&outcome.tally);
        self.failures.extend(outcome.violation.map(|violation| (seed, violation)));
    }
}
