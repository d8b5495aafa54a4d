//! What the timelines tell their owner without being asked.

use alloc::boxed::Box;

use rosterline_core::Id;

#[cfg(doc)]
use crate::Limits;
use crate::Timeline;

/// What became of one event.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Applied {
    /// It was not known before.
    New,
    /// It was known already; the set has not grown.
    Duplicate,
    /// It was known with another reason. One version stands by a fixed rule, the other is kept as an anomaly.
    Conflict,
    /// It was not taken: its interaction was evicted, or is at one of its limits. Counted in
    /// [`Timelines::too_late`](crate::Timelines::too_late).
    TooLate,
}

/// How far a timeline has come. It depends on the events, the gaps and the time that was
/// [let pass](crate::Timelines::advance).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Stage {
    /// Somebody is still there, or an open gap touches it.
    Open,
    /// Complete, but late events are still to be expected.
    Provisional,
    /// Complete, and nothing newer was heard of it for the [allowed lateness](crate::Limits::lateness).
    Final,
}

/// News about one interaction.
#[derive(Clone, Debug)]
pub struct Change {
    /// Which one.
    pub interaction: Id,
    /// What happened to it.
    pub what: What,
}

/// What a [`Change`] tells.
#[derive(Clone, Debug)]
pub enum What {
    /// It became complete: everyone who joined has left, and no open gap touches it. Told again when it becomes
    /// complete after having been amended to something incomplete.
    Completed,
    /// It had been complete at some time, and an event, a gap or a repair has changed it since.
    Amended,
    /// It is complete, and nothing newer was heard of it for the allowed lateness ([`Limits::lateness`]). Told again after
    /// something newer, or a gap and its repair. What comes behind it still amends.
    Final,
    /// A limit pushed it out of memory, or its retention is over ([`Limits::retention`]). This is its last state.
    Evicted(Box<Timeline>),
}
