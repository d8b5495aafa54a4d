//! Memory has bounds: what is pushed out is handed out first, and nothing is turned away in silence.

mod common;

use common::input::event;
use common::{With, changes, joined, left};
use proptest::prelude::*;
use rosterline_core::{Id, Instant};
use rosterline_timeline::{Applied, Limits, Timelines, What};

fn bounded(interactions: usize, evicted: usize) -> Timelines {
    let mut limits = Limits::default();
    limits.interactions = interactions;
    limits.evicted = evicted;
    Timelines::new(limits)
}

#[test]
fn complete_ones_go_first_then_the_least_recently_touched() {
    let mut timelines = bounded(4, 10);
    for room in ["a", "b", "c", "d"] {
        timelines.apply(&joined("12:00:00", "alice").of(room));
    }
    timelines.apply(&left("12:01:00", "alice").of("c"));
    timelines.apply(&left("12:01:00", "alice").of("b"));
    timelines.apply(&joined("12:00:00", "alice").of("a"));
    assert_eq!(changes(&mut timelines), ["c completed", "b completed"]);
    for room in ["e", "f", "g", "h"] {
        timelines.apply(&joined("12:02:00", "alice").of(room));
    }
    assert_eq!(
        changes(&mut timelines),
        ["c evicted with 2", "b evicted with 2", "d evicted with 1", "a evicted with 1"]
    );
    assert_eq!((timelines.len(), timelines.open()), (4, 4));
    let held: Vec<String> = timelines.iter().map(|timeline| timeline.interaction_id.to_string()).collect();
    assert_eq!(held, ["e", "f", "g", "h"]);
}

#[test]
fn one_that_was_amended_is_no_longer_among_the_complete() {
    let mut timelines = bounded(2, 10);
    timelines.apply(&joined("12:00:00", "alice").of("a"));
    timelines.apply(&joined("12:00:00", "alice").of("b"));
    timelines.apply(&left("12:01:00", "alice").of("b"));
    timelines.apply(&joined("12:02:00", "bob").of("b"));
    timelines.apply(&joined("12:03:00", "bob").of("c"));
    assert_eq!(changes(&mut timelines), ["b completed", "b amended", "a evicted with 1"]);
    timelines.apply(&left("12:04:00", "bob").of("b"));
    timelines.apply(&joined("12:05:00", "bob").of("d"));
    assert_eq!(changes(&mut timelines), ["b completed", "b evicted with 4"]);
}

#[test]
fn a_complete_one_that_is_heard_of_again_stays_longer() {
    let mut timelines = bounded(3, 10);
    for room in ["a", "b", "c", "d"] {
        timelines.apply(&joined("12:00:00", "alice").of(room));
    }
    for room in ["b", "c", "b"] {
        timelines.apply(&left("12:01:00", "alice").of(room));
    }
    timelines.apply(&joined("12:02:00", "alice").of("e"));
    assert_eq!(
        changes(&mut timelines),
        ["a evicted with 1", "b completed", "c completed", "c evicted with 2"],
        "b was told of after c, though it was no news"
    );
}

#[test]
fn the_last_state_names_who_is_still_there() {
    let mut timelines = bounded(1, 10);
    timelines.apply(&joined("12:00:00", "alice").of("a"));
    timelines.apply(&joined("12:00:00", "alice").of("b"));
    let change = timelines.poll_change().expect("one was evicted");
    let What::Evicted(last) = change.what else { panic!("{change:?}") };
    assert_eq!(common::anomalies(&last), ["still-open alice voice 12:00:00"]);
}

#[test]
fn late_events_of_the_evicted_are_counted_until_they_are_forgotten() {
    let mut timelines = bounded(1, 2);
    for room in ["a", "b", "c"] {
        timelines.apply(&joined("12:00:00", "alice").of(room));
    }
    assert_eq!(timelines.apply(&left("12:01:00", "alice").of("a")), Applied::TooLate);
    assert_eq!(timelines.apply(&left("12:01:00", "alice").of("b")), Applied::TooLate);
    assert_eq!(timelines.too_late(), 2);
    assert!(timelines.get(&Id::new("a")).is_none());
    timelines.apply(&joined("12:00:00", "alice").of("d"));
    assert_eq!(timelines.apply(&left("12:01:00", "alice").of("a")), Applied::New);
}

#[test]
fn an_interaction_at_its_limit_takes_no_more_but_knows_what_it_has() {
    let mut limits = Limits::default();
    limits.events_per_interaction = 2;
    limits.conflicts_per_interaction = 1;
    let mut timelines = Timelines::new(limits);
    assert_eq!(timelines.apply(&joined("12:00:00", "alice")), Applied::New);
    assert_eq!(timelines.apply(&joined("13:00:00", "alice").received("12:00:00")), Applied::New);
    assert_eq!(timelines.apply(&left("12:01:00", "alice")), Applied::TooLate);
    assert_eq!(timelines.apply(&joined("12:01:00", "bob")), Applied::TooLate);
    assert_eq!(timelines.apply(&joined("12:00:00", "alice").because("x")), Applied::Conflict);
    assert_eq!(timelines.apply(&joined("12:00:00", "alice").because("a")), Applied::TooLate);
    assert_eq!(timelines.apply(&joined("12:00:00", "alice").because("x")), Applied::Duplicate);
    assert_eq!(timelines.too_late(), 3);
    assert_eq!(common::room(&timelines).entries[0].reason.as_deref(), Some("x"));
}

/// What becomes of a bounded engine over time.
#[derive(Clone, Debug)]
enum Step {
    Apply(rosterline_core::Presence),
    Pass(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let apply = (event(), 0..8u8).prop_map(|(event, room)| Step::Apply(event.of(&format!("r{room}"))));
    let pass = (0..2500u64).prop_map(Step::Pass);
    prop::collection::vec(prop_oneof![6 => apply, 1 => pass], 0..120)
}

proptest! {
    /// Every event that was taken stands in a timeline that is held or was handed out, once; every other is counted.
    #[test]
    fn nothing_leaves_in_silence(steps in steps(), interactions in 1..5usize, evicted in 0..3usize, most in 1..6usize) {
        let mut limits = Limits::default();
        (limits.interactions, limits.evicted, limits.events_per_interaction) = (interactions, evicted, most);
        let mut timelines = Timelines::new(limits);
        let (mut now, mut taken, mut refused, mut handed_out) = (0, 0, 0, 0);
        for step in steps {
            match step {
                Step::Apply(event) => match timelines.apply(&event) {
                    Applied::New => taken += 1,
                    Applied::TooLate => refused += 1,
                    Applied::Duplicate | Applied::Conflict => {}
                },
                Step::Pass(seconds) => {
                    now += seconds * 1_000_000_000;
                    timelines.advance(Instant(now));
                    prop_assert!(timelines.poll_timeout().is_none_or(|due| due > Instant(now)));
                }
            }
            while let Some(change) = timelines.poll_change() {
                if let What::Evicted(last) = change.what {
                    handed_out += last.entries.len();
                }
            }
            common::check(&timelines);
            prop_assert!(timelines.len() <= interactions);
            let held: usize = timelines.iter().map(|timeline| timeline.entries.len()).sum();
            prop_assert_eq!((held + handed_out, timelines.too_late()), (taken, refused));
        }
        timelines.advance(Instant(u64::MAX));
        prop_assert_eq!(timelines.len(), timelines.open(), "what is complete has left");
    }
}
