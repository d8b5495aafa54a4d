//! What may have been missed while nobody was listening, and what became known of it (section 7).

use alloc::collections::BTreeMap;

use crate::gap::{Gap, GapId};
use crate::{Timestamp, UnixMillis};

/// More open gaps than this cannot be repaired any more: the oldest is forgotten, and stays open.
pub(crate) const MOST_OPEN: usize = 1024;

/// Knows whether the server is telling us what happens, and since when it is not.
#[derive(Debug, Default)]
pub(crate) struct Recovery {
    /// The newest event time that was seen.
    newest: Option<Timestamp>,
    /// When the server first told us what happens.
    first: Option<UnixMillis>,
    receiving: bool,
    /// Where the hole starts that is open now.
    lost: Option<Timestamp>,
}

impl Recovery {
    /// A run before this one knew of everything up to here, and nothing since.
    pub(crate) fn resume(&mut self, newest: Timestamp) {
        (self.newest, self.lost) = (Some(newest), Some(newest));
    }

    /// Takes note of the time of an event.
    pub(crate) fn saw(&mut self, at: Timestamp) {
        self.newest = self.newest.max(Some(at));
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
    pub(crate) const fn newest(&self) -> Option<Timestamp> {
        self.newest
    }

    /// The connection is lost.
    pub(crate) fn lost(&mut self) {
        if core::mem::take(&mut self.receiving) {
            self.lost = self.newest.or(self.first.map(Timestamp::from));
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
