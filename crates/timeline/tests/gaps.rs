//! Gaps are spans of uncertainty: a timeline that an open one touches is not complete.

mod common;

use common::{With, gap, joined, left, of, overflow, presence, room};
use rosterline_core::{Gap, GapId, Presence};

/// From 12:01 to 12:02, with everyone gone.
fn ended() -> Vec<Presence> {
    vec![joined("12:01:00", "alice"), left("12:02:00", "alice")]
}

fn touches(events: &[Presence], gap: &Gap) -> bool {
    let mut timelines = of(events);
    timelines.gap(gap);
    let timeline = room(&timelines);
    let settled = room(&of(events)).complete;
    assert_eq!(timeline.complete, settled && timeline.gaps.is_empty());
    !timeline.gaps.is_empty()
}

#[test]
fn which_gap_touches_an_ended_interaction() {
    for (from, to, expected) in [
        ("11:00:00", "12:00:59.999", false),
        ("11:00:00", "12:01:00", true),
        ("12:01:10", "12:01:20", true),
        ("12:01:59.999999999", "12:09:00", true),
        ("12:02:00", "12:09:00", false),
        ("12:03:00", "12:09:00", false),
        ("11:00:00", "13:00:00", true),
    ] {
        assert_eq!(touches(&ended(), &gap(1, from, to)), expected, "{from} to {to}");
    }
}

#[test]
fn an_open_end_reaches_on_and_an_open_start_reaches_back() {
    let (before, after) = (gap(1, "10:00:00", "11:00:00"), gap(1, "13:00:00", "14:00:00"));
    let still_there = [joined("12:01:00", "alice")];
    assert!(touches(&still_there, &after) && !touches(&still_there, &before));
    let unknown_start = [left("12:02:00", "alice")];
    assert!(touches(&unknown_start, &before) && !touches(&unknown_start, &after));
}

#[test]
fn an_overflow_touches_only_what_it_names() {
    assert!(touches(&ended(), &overflow(1, "12:01:10", "12:01:20", &["c1", "c2"])));
    assert!(!touches(&ended(), &overflow(1, "12:01:10", "12:01:20", &["c2"])));
    assert!(!touches(&ended(), &overflow(1, "12:03:10", "12:03:20", &["c1"])));
}

#[test]
fn only_the_stays_that_it_touches_are_uncertain() {
    let mut timelines = of(&[
        joined("12:00:00", "alice"),
        left("12:01:00", "alice"),
        joined("12:00:30", "bob"),
        left("12:03:00", "bob"),
        joined("12:04:00", "carol"),
    ]);
    timelines.gap(&gap(1, "12:01:00", "12:02:00"));
    assert_eq!(
        presence(&room(&timelines)),
        ["alice voice 12:00:00-12:01:00", "bob voice 12:00:30-12:03:00 ~", "carol voice 12:04:00-"]
    );
    timelines.repaired(GapId(1));
    assert!(room(&timelines).presence.iter().all(|stay| !stay.uncertain));
}

#[test]
fn a_repair_makes_complete_again_and_the_gap_stays_listed() {
    let mut timelines = of(&ended());
    timelines.gap(&gap(1, "12:01:10", "12:01:20"));
    timelines.gap(&gap(2, "12:01:30", "12:01:40"));
    let open = room(&timelines);
    timelines.repaired(GapId(2));
    assert!(!room(&timelines).complete);
    timelines.repaired(GapId(1));
    let closed = room(&timelines);
    assert!(!open.complete && closed.complete && closed.revision > open.revision);
    assert!(closed.gaps.iter().all(|gap| gap.repaired) && closed.gaps.len() == 2);
}

#[test]
fn a_gap_touches_no_longer_when_a_late_event_shows_the_end() {
    let mut timelines = of(&[joined("12:01:00", "alice")]);
    timelines.gap(&gap(1, "12:05:00", "12:06:00"));
    let before = room(&timelines);
    timelines.apply(&left("12:02:00", "alice"));
    let after = room(&timelines);
    assert_eq!((before.gaps.len(), after.gaps.len(), after.complete), (1, 0, true));
    assert!(after.revision > before.revision);
}

#[test]
fn with_more_gaps_than_are_held_nothing_turns_complete_and_no_revision_falls() {
    let mut limits = rosterline_timeline::Limits::default();
    limits.gaps = 2;
    let mut timelines = rosterline_timeline::Timelines::new(limits);
    for event in ended().into_iter().chain([joined("12:01:00", "bob").of("c2")]) {
        timelines.apply(&event);
    }
    let mut revision = room(&timelines).revision;
    let mut grows = |timelines: &rosterline_timeline::Timelines| {
        let now = room(timelines).revision;
        assert!(now > revision);
        revision = now;
    };
    timelines.gap(&gap(1, "12:01:10", "12:01:20"));
    grows(&timelines);
    timelines.gap(&gap(2, "12:04:00", "12:05:00"));
    grows(&timelines);
    timelines.gap(&overflow(3, "12:07:00", "12:08:00", &["c2"]));
    grows(&timelines);
    for id in 1..=3 {
        timelines.repaired(GapId(id));
    }
    let timeline = room(&timelines);
    assert!(!timeline.complete, "the gap that was made of two cannot be repaired");
    assert_eq!(
        (timeline.gaps[0].from, timeline.gaps[0].to),
        (common::time("12:01:10"), common::time("12:05:00"))
    );
    timelines.gap(&gap(4, "12:09:00", "12:09:10"));
    grows(&timelines);
    assert_eq!(timelines.get(&rosterline_core::Id::new("c2")).map(|other| other.gaps.len()), Some(2));
}
