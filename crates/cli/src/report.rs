//! From the events of a session to the lines of the output: a fold that does no I/O but into its sink.

use std::collections::BTreeMap;
use std::io;
use std::time::Duration;

use rosterline_core::{Anchor, Cause, Detail, Event, Histogram, Id, Instant, Presence, State, Stats};
use rosterline_render::About;
use rosterline_render::escape::Escaped;
use rosterline_timeline::{Applied, Change, Limits, Timeline, Timelines, What};

use crate::output::lines::{Line, Summary, line, wall};
use crate::output::{Scene, Sink, is_shown};
use crate::settings::values::Show;

/// What has been seen so far.
pub(crate) struct Report {
    show: Show,
    /// The time of day, as the session knows it.
    clock: Anchor,
    timelines: Timelines,
    /// The revision last shown of each interaction in memory, if every change is shown.
    shown: BTreeMap<Id, u64>,
    evicted: u64,
    latency: Histogram,
    state: State,
    attempt: u32,
    was_live: bool,
    open_gaps: u64,
    events: u64,
    ended: Option<Cause>,
    /// It was said that an event is missing in its timeline.
    has_warned: bool,
}

impl Report {
    /// Of a session that was made at `began`.
    pub(crate) fn new(show: Show, began: Anchor) -> Self {
        Self {
            show,
            clock: began,
            timelines: Timelines::new(Limits::default()),
            shown: BTreeMap::new(),
            evicted: 0,
            latency: Histogram::default(),
            state: State::Connecting,
            attempt: 0,
            was_live: false,
            open_gaps: 0,
            events: 0,
            ended: None,
            has_warned: false,
        }
    }

    /// Takes up what a run before this one has shown: it is not shown again, but the timelines go on from there.
    pub(crate) fn resume(&mut self, known: &[Presence]) {
        for presence in known {
            self.timelines.apply(presence);
        }
        while self.timelines.poll_change().is_some() {}
    }

    /// Takes one event of the session. `now` is when it was taken, on the session's clock.
    pub(crate) fn take(&mut self, event: Event, now: Instant, sink: &mut dyn Sink) -> io::Result<()> {
        self.timelines.advance(now);
        let applied = self.timelines.tell(&event);
        let touched = concerns(&event).filter(|_| matches!(applied, Some(Applied::New | Applied::Conflict)));
        let touched = touched.cloned();
        if applied == Some(Applied::TooLate) && !std::mem::replace(&mut self.has_warned, true) {
            warn_of(&event);
        }
        match &event {
            Event::Presence(presence) => {
                self.events += 1;
                self.latency.record(now.since(presence.arrived));
            }
            Event::Unknown(_) => self.events += 1,
            Event::Status(status) => {
                (self.state, self.attempt) = (status.state, status.attempt);
                self.was_live |= status.state == State::Live;
                if let Detail::ClockMoved { .. } = status.detail {
                    self.clock = Anchor { at: now, wall: status.at };
                }
            }
            Event::Gap(_) => self.open_gaps += 1,
            Event::Repaired(_) => self.open_gaps = self.open_gaps.saturating_sub(1),
            Event::Ended(cause) => {
                self.state = State::Ended;
                self.ended = Some(cause.clone());
            }
            // Of these, and of what a later core may say, there is nothing to remember.
            Event::Unanswered(_) | Event::Rejected(_) | _ => {}
        }
        let everywhere = matches!(event, Event::Gap(_) | Event::Repaired(_));
        // Most events are not shown themselves, and then need not become a line.
        let shown = self.show.events || !matches!(event, Event::Presence(_));
        if let Some(line) = shown.then(|| line(event, self.attempt, self.clock.wall_at(now))).flatten() {
            self.show(&line, sink)?;
        }
        if self.show.live {
            self.changed(touched, everywhere, sink)?;
        }
        self.changes(sink)
    }

    /// The last lines: the timelines that are still open.
    pub(crate) fn end(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        if !self.show.timelines {
            return Ok(());
        }
        let open: Vec<Id> = self
            .timelines
            .iter()
            .map(|timeline| timeline.interaction_id)
            .filter(|id| self.timelines.is_open(id))
            .collect();
        for id in open {
            if let Some(timeline) = self.timelines.final_snapshot(&id) {
                self.show(&Line::Timeline(Box::new(timeline)), sink)?;
            }
        }
        Ok(())
    }

    /// The page of all timelines that are in memory.
    pub(crate) fn page(&self, title: &str, now: Instant) -> String {
        let written = Some(wall(self.clock.wall_at(now)));
        let about = About { title: title.to_string(), written, forgotten: self.evicted };
        rosterline_render::page(self.timelines(), &about)
    }

    /// All timelines that are in memory, as they are shown last.
    pub(crate) fn timelines(&self) -> impl Iterator<Item = Timeline> {
        self.timelines.iter().filter_map(|it| self.timelines.final_snapshot(&it.interaction_id))
    }

    /// The numbers, with those that the session has counted.
    pub(crate) fn summary(&self, stats: &Stats, ran: Duration) -> Summary {
        let interactions = self.timelines.len() as u64 + self.evicted;
        Summary::new(stats, &self.latency, interactions, self.timelines.too_late(), ran)
    }

    pub(crate) const fn state(&self) -> State {
        self.state
    }

    /// Whether the session is live.
    pub(crate) fn is_live(&self) -> bool {
        self.state == State::Live
    }

    /// Whether the session has ever been live.
    pub(crate) const fn was_live(&self) -> bool {
        self.was_live
    }

    /// Gaps that nobody repaired.
    pub(crate) const fn open_gaps(&self) -> u64 {
        self.open_gaps
    }

    /// Events that were delivered.
    pub(crate) const fn events(&self) -> u64 {
        self.events
    }

    /// Why the session ended, once it has.
    pub(crate) const fn ended(&self) -> Option<&Cause> {
        self.ended.as_ref()
    }

    pub(crate) const fn latency(&self) -> &Histogram {
        &self.latency
    }

    /// What there is to draw.
    pub(crate) const fn scene(&self) -> Scene<'_> {
        Scene {
            timelines: &self.timelines,
            state: self.state,
            events: self.events,
            open_gaps: self.open_gaps,
        }
    }

    fn show(&self, line: &Line, sink: &mut dyn Sink) -> io::Result<()> {
        if is_shown(self.show, line) { sink.line(line) } else { Ok(()) }
    }

    /// Shows what has changed at all: one timeline, or after a gap all those that have a new revision.
    fn changed(&mut self, touched: Option<Id>, everywhere: bool, sink: &mut dyn Sink) -> io::Result<()> {
        let changed: Vec<_> = match (touched, everywhere) {
            (_, true) => self.timelines.iter().collect(),
            (Some(id), false) => self.timelines.get(&id).into_iter().collect(),
            (None, false) => Vec::new(),
        };
        for timeline in changed {
            let before = self.shown.insert(timeline.interaction_id.clone(), timeline.revision);
            if before != Some(timeline.revision) {
                self.show(&Line::Timeline(Box::new(timeline)), sink)?;
            }
        }
        Ok(())
    }

    /// Shows timelines that are complete, complete in another form, or leave memory while they are open.
    fn changes(&mut self, sink: &mut dyn Sink) -> io::Result<()> {
        while let Some(Change { interaction, what }) = self.timelines.poll_change() {
            let timeline = match what {
                What::Completed | What::Amended if self.show.live || !self.show.timelines => None,
                What::Completed | What::Amended => self.timelines.get(&interaction),
                What::Final => None,
                What::Evicted(timeline) => {
                    self.evicted += 1;
                    self.shown.remove(&interaction);
                    // A complete one was shown when it became so.
                    (!timeline.complete).then_some(*timeline)
                }
            };
            if let Some(timeline) = timeline {
                self.show(&Line::Timeline(Box::new(timeline)), sink)?;
            }
        }
        Ok(())
    }
}

/// A timeline has no place for what happened: said once, and counted in the summary.
fn warn_of(event: &Event) {
    if let Some(id) = concerns(event) {
        tracing::warn!(
            "an event of {} is written out, but missing in its timeline, which is at its limit or has left memory; \
             others may follow, and are counted as too_late",
            Escaped::new(&id.to_string())
        );
    }
}

/// The interaction whose timeline an item is about, if it is one.
fn concerns(event: &Event) -> Option<&Id> {
    match event {
        Event::Presence(presence) => Some(&presence.interaction),
        Event::Unanswered(offer) => Some(&offer.interaction),
        Event::Unknown(_)
        | Event::Status(_)
        | Event::Gap(_)
        | Event::Repaired(_)
        | Event::Rejected(_)
        | Event::Ended(_)
        | _ => None,
    }
}

#[cfg(test)]
mod tests {
    use rosterline_core::{Event, Id, Instant, Presence, PresenceKind, Stats, Timestamp, UnixMillis};

    use super::*;

    /// The kinds of the lines that were written, timelines with their interaction and whether they are complete.
    #[derive(Default)]
    struct Heard(Vec<String>);

    impl Sink for Heard {
        fn line(&mut self, line: &Line) -> io::Result<()> {
            if let Line::Timeline(it) = line {
                let complete = if it.complete { "complete" } else { "open" };
                self.0.push(format!("{} {complete} with {}", it.interaction_id, it.entries.len()));
            }
            Ok(())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }

        fn finish(&mut self, _summary: Line) -> io::Result<()> {
            Ok(())
        }
    }

    fn take(report: &mut Report, heard: &mut Heard, hour: u64, room: &str, clock: &str, kind: PresenceKind) {
        let at = Timestamp::parse(&format!("2024-05-01T{clock}Z")).expect("RFC 3339");
        let now = Instant(hour * 3_600_000_000_000);
        let presence = Presence {
            at,
            kind,
            interaction: Id::new(room),
            participant: Id::new("alice"),
            channel: "voice".into(),
            reason: None,
            leg: None,
            arrived: now,
            received: at.unix_millis(),
        };
        report.take(Event::Presence(presence), now, heard).expect("a list takes every line");
    }

    #[test]
    fn what_is_complete_leaves_without_another_line_and_what_comes_then_is_counted() {
        use PresenceKind::{Joined, Left};
        let show = Show { timelines: true, ..Show::default() };
        let began = Anchor { at: Instant::ZERO, wall: UnixMillis(0) };
        let (mut report, mut heard) = (Report::new(show, began), Heard::default());
        take(&mut report, &mut heard, 0, "c1", "12:00:00", Joined);
        take(&mut report, &mut heard, 0, "c1", "12:01:00", Left);
        take(&mut report, &mut heard, 1, "c1", "12:00:30", Joined);
        take(&mut report, &mut heard, 1, "c1", "12:00:40", Left);
        assert_eq!(heard.0, ["c1 complete with 2", "c1 complete with 3", "c1 complete with 4"]);
        take(&mut report, &mut heard, 3, "c2", "12:00:00", Joined);
        take(&mut report, &mut heard, 3, "c1", "12:00:50", Joined);
        assert_eq!(heard.0.len(), 3, "its last state was shown");
        let summary = report.summary(&Stats::default(), Duration::ZERO);
        assert_eq!((summary.interactions, summary.too_late), (2, 1));
        report.end(&mut heard).expect("a list takes every line");
        assert_eq!(heard.0[3..], ["c2 open with 1"]);
    }
}
