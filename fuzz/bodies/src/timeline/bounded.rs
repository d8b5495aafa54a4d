//! Timelines with bounds and a clock: nothing leaves in silence, and no order between two moments matters.

use std::collections::BTreeMap;
use std::time::Duration;

use rosterline_core::Id;
use rosterline_timeline::{Applied, Limits, Stage, Timeline, Timelines, What};

use super::input::Input;
use super::{MOST, Shown, consistent, count, feed, moment};
use crate::source::Source;

/// What was applied, and what became of it.
#[derive(Default)]
struct Ledger {
    /// Events that were new, by interaction, as long as it is held.
    held: BTreeMap<Id, usize>,
    too_late: u64,
    evicted: usize,
}

pub(super) fn live(source: &mut Source<'_>) -> Shown {
    let mut limits = Limits::default();
    limits.interactions = source.pick(&[100, 1, 2, 3]);
    limits.events_per_interaction = source.pick(&[100, 1, 3]);
    limits.conflicts_per_interaction = source.pick(&[100, 0, 1]);
    limits.gaps = source.pick(&[100, 2, 3]);
    limits.evicted = source.pick(&[100, 0, 1]);
    limits.lateness = Duration::from_secs(source.pick(&[30, 0]));
    limits.retention = Duration::from_secs(source.pick(&[60, 0]));
    // Where a bound is met, it matters who came first.
    let is_wide = limits.interactions == 100
        && limits.evicted == 100
        && limits.events_per_interaction == 100
        && limits.conflicts_per_interaction == 100
        && limits.gaps == 100;
    let mut timelines = Timelines::new(limits);
    let mut other = timelines.clone();
    let (mut ledger, mut now, mut epoch) = (Ledger::default(), 0, Vec::new());
    for _ in 0..MOST {
        let Some(input) = next(source) else { break };
        match input {
            Next::Time(seconds) => {
                now += seconds;
                timelines.advance(moment(now));
                if is_wide {
                    // Everything since the last moment, the other way round.
                    epoch.drain(..).rev().for_each(|input| feed(&mut other, &input));
                    other.advance(moment(now));
                    assert!(timelines.iter().eq(other.iter()), "the order has shown");
                    while other.poll_change().is_some() {}
                }
                settled(&timelines);
                consistent(&timelines);
            }
            Next::Input(Input::Event(event)) => {
                let applied = timelines.apply(&event);
                ledger.took(&mut timelines, applied, &event.interaction, 1);
                epoch.push(Input::Event(event));
            }
            Next::Input(Input::Offer(offer)) => {
                let applied = timelines.unanswered(&offer);
                ledger.took(&mut timelines, applied, &offer.interaction, 0);
                epoch.push(Input::Offer(offer));
            }
            Next::Input(input) => {
                feed(&mut timelines, &input);
                epoch.push(input);
            }
        }
        ledger.poll(&mut timelines);
        ledger.check(&timelines);
    }
    ledger.compare(&timelines);
    consistent(&timelines);
    count(&timelines, ledger.evicted)
}

enum Next {
    Time(u64),
    Input(Input),
}

fn next(source: &mut Source<'_>) -> Option<Next> {
    Some(match source.below(6) {
        5 => Next::Time([1, 29, 31, 100][usize::from(source.below(4))]),
        _ => Next::Input(Input::read(source)?),
    })
}

/// After time has passed, nothing is left that it should have done.
fn settled(timelines: &Timelines) {
    for timeline in timelines.iter() {
        let id = &timeline.interaction_id;
        let mark = timelines.watermark(id);
        if timelines.stage(id) == Some(Stage::Final) {
            assert_eq!(mark, timeline.last_updated, "{timeline}");
        }
        let newest = timeline.last_updated;
        assert!(mark.is_none_or(|mark| newest.is_some_and(|newest| mark <= newest)), "{mark:?} {timeline}");
    }
}

impl Ledger {
    /// So many entries more, or none, of an interaction that is held by that.
    fn took(&mut self, timelines: &mut Timelines, applied: Applied, id: &Id, entries: usize) {
        // Whoever has to leave for it leaves first.
        self.poll(timelines);
        match applied {
            Applied::New => *self.held.entry(id.clone()).or_default() += entries,
            Applied::TooLate => self.too_late += 1,
            Applied::Duplicate | Applied::Conflict => {}
        }
    }

    fn poll(&mut self, timelines: &mut Timelines) {
        while let Some(change) = timelines.poll_change() {
            match change.what {
                What::Completed | What::Amended | What::Final => {}
                What::Evicted(last) => {
                    self.evicted += 1;
                    self.leaves(&change.interaction, &last);
                }
            }
        }
    }

    fn leaves(&mut self, id: &Id, last: &Timeline) {
        assert_eq!(*id, last.interaction_id);
        assert_eq!(self.held.remove(id), Some(last.entries.len()), "with all its events: {last}");
    }

    fn check(&self, timelines: &Timelines) {
        assert_eq!(timelines.too_late(), self.too_late, "what is not taken is counted");
        assert_eq!(timelines.len(), self.held.len(), "what was taken is held");
        assert!(timelines.len() <= timelines.limits().interactions.max(1));
    }

    fn compare(&self, timelines: &Timelines) {
        let held: BTreeMap<Id, usize> =
            timelines.iter().map(|timeline| (timeline.interaction_id, timeline.entries.len())).collect();
        assert_eq!(held, self.held, "what was taken is held");
    }
}
