//! What bounds the memory of all timelines together.

use core::time::Duration;

/// The bounds of a [`Timelines`](crate::Timelines). Whatever a bound turns away is handed out or counted, never silent.
///
/// With the defaults and interactions of twenty events, everything held takes less than 100 MB.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Interactions held at once; at least 1. Beyond it the least recently touched complete one is evicted, or, if
    /// none is complete, the least recently touched of all. Default 100,000: ten times the conversations that a
    /// large contact centre has open at once, at about 1 KB each.
    pub interactions: usize,
    /// Events of one interaction, with those that are set aside for lying in the future; from 1 to 4,194,304.
    /// Default 10,000: a conference of an hour makes some hundred, so this many is a fault of the sender, and it
    /// costs 160 KB at most before it is noticed.
    pub events_per_interaction: usize,
    /// Versions that lost a conflict, for one interaction; at most 4,194,304. Default 100: the first few tell what is wrong with the
    /// source; more only repeat it.
    pub conflicts_per_interaction: usize,
    /// Gaps held at once, open and repaired; at least 2. Beyond it the oldest repaired one is forgotten, or, if none is
    /// repaired, the two oldest open ones become one that spans both, so that nothing turns complete by forgetting.
    /// Default 1024: a reconnect every minute for 17 hours.
    pub gaps: usize,
    /// Identifiers of evicted interactions that are remembered, so that their late events are told from those of a
    /// new interaction. Default 65,536, which is 3 MB: late events come within minutes of eviction, not days.
    pub evicted: usize,
    /// How far an event may lie ahead of the time it was received, to the millisecond. Default 5 minutes: more than
    /// the clocks of two hosts with time synchronisation ever differ, less than a wrong time zone.
    pub future: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            interactions: 100_000,
            events_per_interaction: 10_000,
            conflicts_per_interaction: 100,
            gaps: 1024,
            evicted: 65_536,
            future: Duration::from_secs(300),
        }
    }
}
