//! What bounds the memory of all timelines together.

use core::time::Duration;

use rosterline_core::Presence;

use crate::packed::Seen;

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
    /// Events of one interaction, with those in quarantine; from 1 to 1,048,576. Default 10,000: a conference of an hour
    /// makes some hundred, so this many is a fault of the sender, and it costs 160 KB at most before it is noticed.
    pub events_per_interaction: usize,
    /// Versions that lost a conflict, for one interaction; at most 1,048,576. Default 100: the first few tell what is
    /// wrong with the source; more only repeat it.
    pub conflicts_per_interaction: usize,
    /// Gaps held at once, open and repaired; at least 2. Beyond it the oldest repaired one is forgotten, or, if none is
    /// repaired, the two oldest open ones of a kind (those that name what they swallowed, and all others) become one that
    /// spans both, so that nothing turns complete by forgetting.
    /// Default 1024: a reconnect every minute for 17 hours.
    pub gaps: usize,
    /// Identifiers of evicted interactions that are remembered, so that their late events are told from those of a
    /// new interaction. Default 65,536, which is 3 MB: late events come within minutes of eviction, not days.
    pub evicted: usize,
    /// How far an event may lie ahead of the time it was received, to the millisecond; beyond it is quarantined. Default
    /// 5 minutes: more than the clocks of two hosts with time synchronisation ever differ, less than a wrong time zone.
    pub future: Duration,
    /// How far an event may lie behind the time it was received, to the millisecond; beyond it is quarantined. Default
    /// 3,650 days: recordings of the last years can be played again as they are, while 1970, 1980 and 2000, which are
    /// what unset clocks tell, lie beyond.
    pub past: Duration,
    /// Allowed lateness: how long a complete interaction can be silent before it is final, on the clock of
    /// [`Timelines::advance`](crate::Timelines::advance). Default 5 minutes: longer than a reconnect with its longest
    /// pauses, or a server that sends again what nobody acknowledged.
    pub lateness: Duration,
    /// How long a final interaction is held for events that come all the same, on the same clock. Default 1 hour: what
    /// comes later than that comes from a repair of days, which has its own place to go to.
    pub retention: Duration,
}

impl Limits {
    /// How the time of an event stands to the moment at which it was received.
    pub(crate) fn seen(&self, event: &Presence) -> Seen {
        let at = event.at.unix_millis();
        if at > event.received.after(self.future) {
            Seen::Early
        } else if event.received > at.after(self.past) {
            Seen::Old
        } else {
            Seen::InRange
        }
    }
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
            past: Duration::from_secs(3650 * 86_400),
            lateness: Duration::from_secs(300),
            retention: Duration::from_secs(3600),
        }
    }
}
