//! What may have been missed while nobody was listening, and what became known of it (section 7).

use alloc::collections::BTreeMap;
use core::time::Duration;

use crate::gap::{Gap, GapId};
use crate::{Instant, Timestamp, UnixMillis};

/// More open gaps than this cannot be repaired any more: the oldest is forgotten, and stays open.
pub(crate) const MOST_OPEN: usize = 1024;

/// Knows whether the server is telling us what happens, and since when it is not.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    newest: Option<Newest>,
    /// When the server first told us what happens.
    first: Option<UnixMillis>,
    receiving: bool,
    /// Where the hole starts that is open now.
    lost: Option<Timestamp>,
}

/// The newest event that was seen.
#[derive(Clone, Copy, Debug)]
struct Newest {
    at: Timestamp,
    /// When it was.
    seen: Instant,
    /// By so many milliseconds the time of day was set since, all in all.
    moved_ms: i64,
    /// So many of them may have been sleep, unseen by that clock.
    slept_ms: u64,
}

impl Newest {
    const fn new(at: Timestamp, seen: Instant) -> Self {
        Self { at, seen, moved_ms: 0, slept_ms: 0 }
    }
}

impl Recovery {
    /// A run before this one knew of everything up to here, and nothing since.
    pub(crate) fn resume(&mut self, newest: Timestamp, now: Instant) {
        (self.newest, self.lost) = (Some(Newest::new(newest, now)), Some(newest));
    }

    /// Takes note of the time of an event that has come now. One dated later than `latest` is not the newest: its date is wrong.
    pub(crate) fn saw(&mut self, at: Timestamp, now: Instant, latest: impl FnOnce() -> Timestamp) {
        if self.newest.is_none_or(|newest| newest.at < at) && at <= latest() {
            self.newest = Some(Newest::new(at, now));
        }
    }

    /// By the server's clock it is at least so late at `now`, unless it dates events ahead.
    pub(crate) fn at_least(&self, now: Instant) -> Option<UnixMillis> {
        let since = |newest: Newest| now.since(newest.seen) + Duration::from_millis(newest.slept_ms);
        self.newest.map(|newest| newest.at.unix_millis().after(since(newest)))
    }

    /// Our time of day was set, later by so much: it was wrong, or we have slept. What is true in both cases counts.
    pub(crate) fn clock_moved(&mut self, by_ms: i64) {
        let back = Duration::from_millis(by_ms.min(0).unsigned_abs());
        self.first = self.first.map(|first| first.before(back));
        let Some(newest) = &mut self.newest else {
            self.lost = self.lost.and(self.first.map(Timestamp::from));
            return;
        };
        // Set back and forth again, it only was wrong for a while.
        newest.moved_ms = newest.moved_ms.saturating_add(by_ms);
        newest.slept_ms = newest.slept_ms.max(newest.moved_ms.max(0).unsigned_abs());
    }

    /// The server tells us what happens from now on: it confirmed the subscription, or sent an event.
    /// Where the hole before it started, if there was one.
    pub(crate) fn receiving(&mut self, wall: UnixMillis) -> Option<Timestamp> {
        self.first.get_or_insert(wall);
        self.receiving = true;
        self.lost.take()
    }

    /// Whether that is so already.
    pub(crate) fn is_receiving(&self) -> bool {
        self.receiving
    }

    /// When the server first told us what happens, if it has.
    pub(crate) const fn first(&self) -> Option<UnixMillis> {
        self.first
    }

    /// The newest event time that was seen.
    pub(crate) fn newest(&self) -> Option<Timestamp> {
        self.newest.map(|newest| newest.at)
    }

    /// Where a hole starts that opens now: at the newest event, or else when the server first told us what happens.
    pub(crate) fn so_far(&self) -> Option<Timestamp> {
        self.newest().or(self.first.map(Timestamp::from))
    }

    /// The connection is lost.
    pub(crate) fn lost(&mut self) {
        self.lost_since(self.so_far());
    }

    /// The connection is lost, and something may be missing since then.
    pub(crate) fn lost_since(&mut self, start: Option<Timestamp>) {
        if core::mem::take(&mut self.receiving) {
            self.lost = start;
        }
    }

    /// The session is over: where the hole started that will not be closed any more.
    pub(crate) fn over(&mut self) -> Option<Timestamp> {
        self.receiving = false;
        self.lost.take()
    }
}

/// The gaps that can be repaired.
#[derive(Debug, Default)]
pub(crate) struct OpenGaps {
    /// Those that were handed to the application.
    open: BTreeMap<GapId, Gap>,
    repaired: u64,
}

impl OpenGaps {
    /// A gap was handed to the application.
    pub(crate) fn told(&mut self, gap: &Gap) {
        self.open.insert(gap.id, gap.clone());
        if self.open.len() > MOST_OPEN {
            self.open.pop_first();
        }
    }

    /// A source has filled this gap.
    pub(crate) fn repair(&mut self, id: GapId) -> Option<Gap> {
        let gap = self.open.remove(&id)?;
        self.repaired += 1;
        Some(gap)
    }

    /// Gaps that were repaired.
    pub(crate) fn repaired(&self) -> u64 {
        self.repaired
    }
}
