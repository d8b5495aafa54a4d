//! What becomes of each event on its way, and the gaps that a client states by it.

use std::collections::BTreeSet;

use proptest::prelude::*;
use rosterline_core::{Event, Gap, GapCause, GapId, Presence, Scope, Timestamp, UnixMillis};

use super::truth::end_of_tick;
use crate::Clock;

/// What becomes of one event. The first is the simplest: shrinking leads there.
#[derive(Clone, Copy, Debug)]
enum Fate {
    Told,
    /// Told, and once more after so many others.
    Twice(usize),
    /// Told after so many others.
    Late(usize),
    /// It happened while there was no connection.
    Lost,
    /// It was received, and dropped.
    Dropped,
}

/// What becomes of an event, and whether the next one comes in the same frame.
#[derive(Clone, Copy, Debug)]
pub(super) struct Mark {
    fate: Fate,
    more: bool,
}

pub(super) fn mark() -> impl Strategy<Value = Mark> {
    let fate = prop_oneof![
        8 => Just(Fate::Told),
        1 => (1..4usize).prop_map(Fate::Twice),
        1 => (1..4usize).prop_map(Fate::Late),
        3 => Just(Fate::Lost),
        1 => Just(Fate::Dropped),
    ];
    (fate, prop::bool::weighted(0.3)).prop_map(|(fate, more)| Mark { fate, more })
}

/// What an application is told of these events, by frames. Events of the same moment come in one frame, or not at all: a
/// client that has seen one of them takes it for granted that it has seen the others.
pub(super) fn deliver(truth: &[Presence], marks: &[Mark]) -> Vec<Vec<Event>> {
    let (mut client, mut fate, mut before) = (Client::default(), Fate::Told, None);
    let next = truth.iter().skip(1).map(|event| Some(event.at)).chain([None]);
    for ((event, mark), next) in truth.iter().zip(marks).zip(next) {
        if before.replace(event.at) != Some(event.at) {
            fate = mark.fate;
        }
        match fate {
            Fate::Told => client.sees(event, true, None),
            Fate::Twice(after) => client.sees(event, true, Some(after)),
            Fate::Late(after) => client.sees(event, false, Some(after)),
            Fate::Lost => client.misses(event),
            Fate::Dropped => client.drops(event),
        }
        if !mark.more && next != Some(event.at) {
            client.end_frame();
        }
    }
    client.finish()
}

/// A client, as far as gaps go.
#[derive(Default)]
struct Client {
    batches: Vec<Vec<Event>>,
    frame: Vec<Event>,
    /// What comes after so many others.
    held: Vec<(usize, Presence)>,
    /// The newest event time that was seen.
    newest: Option<Timestamp>,
    /// While there is no connection: when there is one again.
    away: Option<UnixMillis>,
    /// What was dropped in a row, not told yet.
    dropped: Option<Gap>,
    gaps: u64,
}

impl Client {
    /// An event arrives: now, after some others, or both.
    fn sees(&mut self, event: &Presence, now: bool, later: Option<usize>) {
        self.connect();
        self.tell_dropped();
        self.newest = self.newest.max(Some(event.at));
        let (due, held): (Vec<_>, Vec<_>) = self.held.drain(..).partition(|(after, _)| *after <= 1);
        self.held = held.into_iter().map(|(after, event)| (after - 1, event)).collect();
        let due = due.into_iter().map(|(_, event)| event);
        let told = now.then(|| event.clone()).into_iter().chain(due);
        self.frame.extend(told.map(Event::Presence));
        self.held.extend(later.map(|after| (after, event.clone())));
    }

    /// An event happens without a connection. What was late has come before: what is lost with a connection is newer
    /// than all that came by it, or no client could know where to begin.
    fn misses(&mut self, event: &Presence) {
        if self.away.is_none() {
            self.flush();
        }
        self.away = Some(end_of_tick(event.at));
    }

    fn drops(&mut self, event: &Presence) {
        self.connect();
        self.newest = self.newest.max(Some(event.at));
        let gaps = &mut self.gaps;
        let gap = self.dropped.get_or_insert_with(|| {
            let scope = Scope::Only(BTreeSet::new());
            Gap { scope, ..gap(gaps, GapCause::Overflow, event.at, event.at) }
        });
        gap.dropped += 1;
        gap.to = event.at;
        gap.scope.add(&event.interaction);
    }

    /// There is a connection again, if there was none: from the newest that was seen until now something may be missing.
    fn connect(&mut self) {
        let Some(back) = self.away.take() else { return };
        let from = self.newest.unwrap_or(Clock::DAWN.into());
        let gap = gap(&mut self.gaps, GapCause::Reconnect, from, back.into());
        self.frame.push(Event::Gap(gap));
    }

    fn tell_dropped(&mut self) {
        self.frame.extend(self.dropped.take().map(Event::Gap));
    }

    fn end_frame(&mut self) {
        if !self.frame.is_empty() {
            self.batches.push(std::mem::take(&mut self.frame));
        }
    }

    /// Tells everything that is still to be told.
    fn flush(&mut self) {
        self.tell_dropped();
        let held = self.held.drain(..).map(|(_, event)| Event::Presence(event));
        self.frame.extend(held);
        self.end_frame();
    }

    fn finish(mut self) -> Vec<Vec<Event>> {
        self.connect();
        self.flush();
        self.batches
    }
}

fn gap(gaps: &mut u64, cause: GapCause, from: Timestamp, to: Timestamp) -> Gap {
    *gaps += 1;
    Gap { id: GapId(*gaps), cause, from, to, dropped: 0, scope: Scope::All }
}
