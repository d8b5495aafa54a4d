//! Many measurements at a time, with the same result on any number of threads.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use crate::load::Load;
use crate::outage::{Outages, Silences, Troubles};
use crate::settings::Settings;
use crate::trial::{Measured, Trial};

/// Who measures.
pub(crate) struct Work<'a> {
    load: &'a Load,
    threads: usize,
    progress: &'a (dyn Fn(usize) + Sync),
    done: AtomicUsize,
}

impl<'a> Work<'a> {
    pub(crate) fn new(load: &'a Load, threads: usize, progress: &'a (dyn Fn(usize) + Sync)) -> Self {
        Self { load, threads, progress, done: AtomicUsize::new(0) }
    }

    /// Runs the load through each of these.
    pub(crate) fn trials(&self, trials: &[Trial]) -> Vec<Measured> {
        self.all(trials, |trial| trial.run(self.load))
    }

    /// Lets servers fall silent, with each heartbeat and time for its pong.
    pub(crate) fn silences(
        &self,
        troubles: &Troubles,
        settings: &Settings,
        pairs: &[(Duration, Duration)],
    ) -> Vec<(Duration, Duration, Silences)> {
        self.all(pairs, |&(heartbeat, pong_timeout)| {
            let settings = Settings { heartbeat, pong_timeout, ..settings.clone() };
            (heartbeat, pong_timeout, troubles.silences(&settings))
        })
    }

    /// Lets servers be away, with each first and longest delay.
    pub(crate) fn outages(
        &self,
        troubles: &Troubles,
        settings: &Settings,
        pairs: &[(Duration, Duration)],
    ) -> Vec<(Duration, Duration, Outages)> {
        self.all(pairs, |&(backoff_base, backoff_max)| {
            let settings = Settings { backoff_base, backoff_max, ..settings.clone() };
            (backoff_base, backoff_max, troubles.outages(&settings))
        })
    }

    /// Does everything, the results in the order of the jobs.
    fn all<J: Sync, R: Send>(&self, jobs: &[J], work: impl Fn(&J) -> R + Sync) -> Vec<R> {
        let next = AtomicUsize::new(0);
        let results: Vec<Mutex<Option<R>>> = jobs.iter().map(|_| Mutex::new(None)).collect();
        std::thread::scope(|scope| {
            for _ in 0..self.threads.clamp(1, jobs.len().max(1)) {
                scope.spawn(|| {
                    loop {
                        let place = next.fetch_add(1, Ordering::Relaxed);
                        let Some((job, slot)) = jobs.get(place).zip(results.get(place)) else { return };
                        let result = work(job);
                        (self.progress)(self.done.fetch_add(1, Ordering::Relaxed) + 1);
                        if let Ok(mut slot) = slot.lock() {
                            *slot = Some(result);
                        }
                    }
                });
            }
        });
        results.into_iter().filter_map(|slot| slot.into_inner().ok().flatten()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::synthetic::Synthetic;

    #[test]
    fn results_come_in_the_order_of_the_jobs_and_each_is_counted() {
        let load =
            Synthetic { length: Duration::from_millis(100), ..Synthetic::default() }.load().expect("a load");
        let counted = Mutex::new(Vec::new());
        let progress = |done: usize| counted.lock().expect("no panic").push(done);
        let work = Work::new(&load, 4, &progress);
        let numbers: Vec<u64> = (0..100).collect();
        assert_eq!(
            work.all(&numbers, |number| number * 2),
            (0..100).map(|number| number * 2).collect::<Vec<u64>>()
        );
        assert!(work.all(&[] as &[u64], |number| *number).is_empty());
        let mut counted = counted.into_inner().expect("no panic");
        counted.sort_unstable();
        assert_eq!(counted, (1..=100).collect::<Vec<usize>>());
    }
}
