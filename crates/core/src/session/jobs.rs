//! The gaps that are being repaired, and how far each repair has come.

use alloc::collections::VecDeque;
use alloc::vec::Vec;

use super::recovery::MOST_OPEN;
use crate::gap::GapId;
use crate::reconnect::Backoff;
use crate::{Id, Instant, Presence, Timestamp, UnixMillis};

/// The gaps that are being repaired, one request at a time.
#[derive(Debug)]
pub(super) struct Repairs {
    pub(super) jobs: VecDeque<Job>,
    /// The gap whose request is on its way.
    pub(super) current: Option<GapId>,
    pub(super) backoff: Backoff,
}

/// The repair of one gap.
#[derive(Debug)]
pub(super) struct Job {
    pub(super) gap: GapId,
    pub(super) from: Timestamp,
    pub(super) to: Timestamp,
    /// Whether the query is needed: a gap of named conversations is filled by asking for those.
    pub(super) query: bool,
    /// Conversations that are still to be asked for.
    pub(super) open: Vec<Id>,
    /// The last of them is not there any more: the analytics may still know it.
    pub(super) by_analytics: bool,
    pub(super) page: u32,
    /// When all that happened in the gap can be had.
    pub(super) settled: Instant,
    /// When the first page of the current query was asked for.
    pub(super) asked: Instant,
    /// Where the interval of that query ends.
    pub(super) until: UnixMillis,
    pub(super) due: Instant,
    pub(super) tries: u32,
    /// The application has been handed the gap. Until then, what was brought is held back.
    pub(super) told: bool,
    pub(super) held: Vec<Presence>,
    pub(super) recovered: u64,
    pub(super) done: bool,
}

impl Repairs {
    pub(super) const fn new(backoff: Backoff) -> Self {
        Self { jobs: VecDeque::new(), current: None, backoff }
    }

    pub(super) fn job(&mut self, gap: GapId) -> Option<&mut Job> {
        self.jobs.iter_mut().find(|job| job.gap == gap)
    }

    /// One more. With more than can be open, the oldest stays so.
    pub(super) fn add(&mut self, job: Job) {
        if self.jobs.len() == MOST_OPEN {
            self.jobs.pop_front();
        }
        self.jobs.push_back(job);
    }

    /// Takes out the repair of a gap.
    pub(super) fn take(&mut self, gap: GapId) -> Option<Job> {
        let at = self.jobs.iter().position(|job| job.gap == gap)?;
        self.jobs.remove(at)
    }

    /// Forgets a gap: it was repaired by somebody else, or cannot be.
    pub(super) fn forget(&mut self, gap: GapId) {
        self.jobs.retain(|job| job.gap != gap);
    }

    /// When there is something to do.
    pub(super) fn due(&self) -> Option<Instant> {
        self.jobs.iter().filter(|job| !job.done).map(|job| job.due).min()
    }

    pub(super) fn next(&self, now: Instant) -> Option<GapId> {
        self.jobs.iter().find(|job| !job.done && job.due <= now).map(|job| job.gap)
    }
}
