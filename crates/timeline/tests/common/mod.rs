//! Short ways to say what happens in an interaction. Times are those of one day, in UTC.
#![allow(dead_code, reason = "each test file uses its part")]

pub(crate) mod input;
pub(crate) mod model;

use std::collections::BTreeSet;
use std::time::Duration;

use rosterline_core::{
    Gap, GapCause, GapId, Id, Instant, Leg, Presence, PresenceKind, Scope, Source, Timestamp, Word,
};
use rosterline_timeline::{Applied, Limits, Timeline, Timelines, What};

pub(crate) const ROOM: &str = "c1";

pub(crate) fn time(clock: &str) -> Timestamp {
    let text = if clock.contains('T') { clock.to_owned() } else { format!("2024-05-01T{clock}Z") };
    Timestamp::parse(&text).expect("RFC 3339")
}

fn event(clock: &str, kind: PresenceKind, participant: &str) -> Presence {
    let at = time(clock);
    Presence {
        at,
        kind,
        interaction: Id::new(ROOM),
        participant: Id::new(participant),
        channel: Word::from("voice"),
        reason: None,
        leg: None,
        arrived: Instant::ZERO,
        received: at.unix_millis().after(Duration::from_millis(40)),
    }
}

pub(crate) fn joined(clock: &str, participant: &str) -> Presence {
    event(clock, PresenceKind::Joined, participant)
}

pub(crate) fn left(clock: &str, participant: &str) -> Presence {
    event(clock, PresenceKind::Left, participant)
}

pub(crate) trait With: Sized {
    fn on(self, channel: &str) -> Self;
    fn because(self, reason: &str) -> Self;
    fn of(self, interaction: &str) -> Self;
    fn received(self, clock: &str) -> Self;
    /// In a communication, as what.
    fn in_session(self, session: &str, purpose: &str) -> Self;
    /// Told with a user.
    fn user(self, user: &str) -> Self;
    /// Told with a queue.
    fn queue(self, queue: &str) -> Self;
}

impl With for Presence {
    fn on(mut self, channel: &str) -> Self {
        self.channel = Word::from(channel);
        self
    }

    fn because(mut self, reason: &str) -> Self {
        self.reason = Some(Word::from(reason));
        self
    }

    fn of(mut self, interaction: &str) -> Self {
        self.interaction = Id::new(interaction);
        self
    }

    fn received(mut self, clock: &str) -> Self {
        self.received = time(clock).unix_millis();
        self
    }

    fn in_session(mut self, session: &str, purpose: &str) -> Self {
        self.leg = Some(Box::new(Leg {
            session: Id::new(session),
            purpose: Word::from(purpose),
            user: None,
            queue: None,
            source: Source::Snapshot,
        }));
        self
    }

    fn user(mut self, user: &str) -> Self {
        self.leg.as_mut().expect("a communication").user = Some(Id::new(user));
        self
    }

    fn queue(mut self, queue: &str) -> Self {
        self.leg.as_mut().expect("a communication").queue = Some(Id::new(queue));
        self
    }
}

pub(crate) fn gap(id: u64, from: &str, to: &str) -> Gap {
    Gap {
        id: GapId(id),
        cause: GapCause::Reconnect,
        from: time(from),
        to: time(to),
        dropped: 0,
        scope: Scope::All,
    }
}

pub(crate) fn overflow(id: u64, from: &str, to: &str, interactions: &[&str]) -> Gap {
    let ids: BTreeSet<Id> = interactions.iter().map(|id| Id::new(id)).collect();
    Gap { cause: GapCause::Overflow, dropped: 1, scope: Scope::Only(ids), ..gap(id, from, to) }
}

pub(crate) fn of(events: &[Presence]) -> Timelines {
    let mut timelines = Timelines::new(Limits::default());
    for event in events {
        timelines.apply(event);
    }
    timelines
}

pub(crate) fn room(timelines: &Timelines) -> Timeline {
    timelines.get(&Id::new(ROOM)).expect("the interaction is held")
}

/// `alice voice 12:00:00-12:01:00`, with `?` for an open start, nothing for an open end and `~` for uncertain.
pub(crate) fn presence(timeline: &Timeline) -> Vec<String> {
    let clock = |at: Timestamp| at.to_string()[11..].trim_end_matches('Z').to_owned();
    let line = |stay: &rosterline_timeline::Interval| {
        let from = stay.from.map_or("?".to_owned(), clock);
        let to = stay.to.map_or(String::new(), clock);
        let mark = if stay.uncertain { " ~" } else { "" };
        format!("{} {} {from}-{to}{mark}", stay.participant, stay.channel)
    };
    timeline.presence.iter().map(line).collect()
}

/// `left-twice alice voice 12:01:00`.
pub(crate) fn anomalies(timeline: &Timeline) -> Vec<String> {
    let line = |odd: &rosterline_timeline::Anomaly| {
        let clock = odd.at.to_string()[11..].trim_end_matches('Z').to_owned();
        format!("{} {} {} {clock}", odd.kind.name(), odd.participant, odd.channel)
    };
    timeline.anomalies.iter().map(line).collect()
}

/// The changes that wait, as words: `c1 completed`.
pub(crate) fn changes(timelines: &mut Timelines) -> Vec<String> {
    let mut changes = Vec::new();
    while let Some(change) = timelines.poll_change() {
        let what = match change.what {
            What::Completed => "completed".to_owned(),
            What::Amended => "amended".to_owned(),
            What::Final => "final".to_owned(),
            What::Evicted(last) => format!("evicted with {}", last.entries.len()),
        };
        changes.push(format!("{} {what}", change.interaction));
    }
    changes
}

/// Everything that is shown of all interactions, to the letter.
pub(crate) fn shown(timelines: &Timelines) -> String {
    written(timelines.iter())
}

/// Timelines as [`shown`] writes them.
pub(crate) fn written(timelines: impl IntoIterator<Item = Timeline>) -> String {
    timelines.into_iter().map(|timeline| format!("{timeline:?}\n")).collect()
}

/// What one sees of the incremental state must be what the fold from scratch says.
pub(crate) fn check(timelines: &Timelines) {
    let mut open = 0;
    for timeline in timelines.iter() {
        assert_eq!(timelines.is_open(&timeline.interaction_id), !timeline.complete, "{timeline}");
        open += usize::from(!timeline.complete);
    }
    assert_eq!(timelines.open(), open);
}

/// Whether the set has grown by an event.
pub(crate) fn grew(applied: Applied) -> bool {
    match applied {
        Applied::New | Applied::Conflict => true,
        Applied::Duplicate | Applied::TooLate => false,
    }
}
