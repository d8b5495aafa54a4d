//! The way of the Go tutorial on the same stream, as it would be in Rust: collect the events of each interaction as
//! they were decoded, and sort a copy of them when a timeline is wanted.
//!
//! In three things it has it better here than in Go: the copy borrows its texts, a time is read by our reader, and the
//! sort is the stable one, which knows runs that are in order already.

use std::collections::HashMap;

use rosterline_core::Timestamp;

use crate::load::Told;

/// An event with its texts, each of them owned, as a JSON decoder gives it. A Go string's header has 16 bytes, as a
/// `Box<str>` has.
#[derive(Clone, Debug)]
pub struct ParticipantEvent {
    /// As it was written.
    pub timestamp: Box<str>,
    /// Join or leave.
    pub kind: Box<str>,
    /// Who.
    pub participant: Box<str>,
    /// In which interaction.
    pub interaction: Box<str>,
    /// On which medium.
    pub channel: Box<str>,
    /// Why, or empty.
    pub reason: Box<str>,
}

/// One entry of a timeline: the texts of its event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TimelineEntry<'a> {
    /// As it was written.
    pub timestamp: &'a str,
    /// Join or leave.
    pub action: &'a str,
    /// Who.
    pub participant: &'a str,
}

/// The events by interaction, in the order in which they came.
#[derive(Debug, Default)]
pub struct Collected(HashMap<Box<str>, Vec<ParticipantEvent>>);

impl Collected {
    /// Takes one event.
    pub fn take(&mut self, told: &Told) {
        let event = ParticipantEvent {
            timestamp: told.timestamp.as_str().into(),
            kind: told.kind.into(),
            participant: told.participant.as_str().into(),
            interaction: told.interaction.as_str().into(),
            channel: told.channel.into(),
            reason: told.reason.unwrap_or_default().into(),
        };
        match self.0.get_mut(&event.interaction) {
            Some(events) => events.push(event),
            None => {
                self.0.insert(event.interaction.clone(), vec![event]);
            }
        }
    }

    /// The events of one interaction.
    #[must_use]
    pub fn of(&self, interaction: &str) -> &[ParticipantEvent] {
        self.0.get(interaction).map_or(&[], Vec::as_slice)
    }

    /// The events of every interaction.
    pub fn all(&self) -> impl Iterator<Item = &[ParticipantEvent]> {
        self.0.values().map(Vec::as_slice)
    }
}

/// `BuildTimeline` as the tutorial has it: two times are read for each comparison.
#[must_use]
pub fn build_timeline(events: &[ParticipantEvent]) -> Vec<TimelineEntry<'_>> {
    let mut entries: Vec<TimelineEntry<'_>> = events.iter().map(entry).collect();
    entries.sort_by(|a, b| Timestamp::parse(a.timestamp).cmp(&Timestamp::parse(b.timestamp)));
    entries
}

/// The same with each time read once, as somebody would write it who has looked at a profile.
#[must_use]
pub fn build_timeline_reading_once(events: &[ParticipantEvent]) -> Vec<TimelineEntry<'_>> {
    let mut timed: Vec<(Option<Timestamp>, TimelineEntry<'_>)> =
        events.iter().map(|event| (Timestamp::parse(&event.timestamp), entry(event))).collect();
    timed.sort_by_key(|(at, _)| *at);
    timed.into_iter().map(|(_, entry)| entry).collect()
}

fn entry(event: &ParticipantEvent) -> TimelineEntry<'_> {
    TimelineEntry { timestamp: &event.timestamp, action: &event.kind, participant: &event.participant }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::load::{PARTICIPANTS, jittered};
    use rosterline_timeline::{Limits, Timelines};

    #[test]
    fn both_ways_tell_the_same() {
        let (mut collected, mut timelines) = (Collected::default(), Timelines::new(Limits::default()));
        let told: Vec<Told> = jittered(3, 500, PARTICIPANTS).map(|step| step.told()).collect();
        for told in &told {
            collected.take(told);
            timelines.apply(&told.presence());
        }
        let theirs = build_timeline(collected.of(&told[0].interaction));
        assert_eq!(theirs, build_timeline_reading_once(collected.of(&told[0].interaction)));
        // Where times are equal the tutorial leaves the order to chance, so only times are compared.
        let theirs: Vec<String> = theirs.iter().map(|entry| entry.timestamp.to_owned()).collect();
        let ours = timelines.get(&told[0].presence().interaction).expect("it was taken");
        let ours: Vec<String> = ours.entries.iter().map(|entry| entry.timestamp.to_string()).collect();
        assert_eq!(theirs, ours);
    }
}
