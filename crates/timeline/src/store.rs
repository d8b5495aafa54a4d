//! The timelines of many interactions.

use rosterline_core::{Gap, GapId, Id, Presence};

use crate::{Applied, Change, Limits, Timeline};

/// The timelines of many interactions, and the gaps that lie in them.
#[derive(Debug)]
pub struct Timelines {
    limits: Limits,
}

impl Timelines {
    /// No timelines yet, and the bounds of what will be held.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self { limits }
    }

    /// Takes one event.
    pub fn apply(&mut self, _event: &Presence) -> Applied {
        Applied::New
    }

    /// Takes one gap.
    pub fn gap(&mut self, _gap: &Gap) {}

    /// Takes the news that a gap was filled.
    pub fn repaired(&mut self, _id: GapId) {}

    /// The next change, in the order in which they happened.
    pub fn poll_change(&mut self) -> Option<Change> {
        None
    }

    /// The timeline of one interaction as it stands.
    #[must_use]
    pub fn get(&self, _interaction: &Id) -> Option<Timeline> {
        None
    }

    /// Like [`get`](Self::get), with whoever is still there named as an anomaly.
    #[must_use]
    pub fn final_snapshot(&self, _interaction: &Id) -> Option<Timeline> {
        None
    }

    /// All timelines, in the order of their interaction's identifier.
    pub fn iter(&self) -> impl Iterator<Item = Timeline> + '_ {
        core::iter::empty()
    }

    /// Interactions held.
    #[must_use]
    pub fn len(&self) -> usize {
        0
    }

    /// Whether none is held.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// Interactions that are not complete.
    #[must_use]
    pub fn open(&self) -> usize {
        0
    }

    /// Whether an interaction is held and not complete.
    #[must_use]
    pub fn is_open(&self, _interaction: &Id) -> bool {
        false
    }

    /// Events that were not taken because their interaction was evicted or is at one of its limits.
    #[must_use]
    pub fn too_late(&self) -> u64 {
        0
    }

    /// The bounds in force.
    #[must_use]
    pub fn limits(&self) -> &Limits {
        &self.limits
    }
}
