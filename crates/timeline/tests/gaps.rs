//! Gaps are spans of uncertainty: a timeline that an open one touches is not complete.

mod common;

use common::{ROOM, With, check, gap, joined, left, of, overflow, presence, room};
use rosterline_core::{Gap, GapId, Id, Presence};
use rosterline_timeline::{Limits, Timelines};

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
        ("11:00:00", "12:01:00", false),
        ("11:00:00", "12:01:00.000000001", true),
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
fn an_overflow_touches_what_it_names_whenever_and_nothing_else() {
    assert!(touches(&ended(), &overflow(1, "12:01:10", "12:01:20", &["c1", "c2"])));
    assert!(!touches(&ended(), &overflow(1, "12:01:10", "12:01:20", &["c2"])));
    assert!(
        touches(&ended(), &overflow(1, "12:03:10", "12:03:20", &["c1"])),
        "the last leave may not be the last"
    );
}

#[test]
fn the_ends_of_an_overflow_are_lost_events_themselves() {
    let overflow = |from, to| Gap { dropped: 3, ..gap(1, from, to) };
    assert!(touches(&ended(), &overflow("12:02:00", "12:09:00")));
    assert!(touches(&ended(), &overflow("11:00:00", "12:01:00")));
    assert!(!touches(&ended(), &overflow("11:00:00", "12:00:59.999999999")));
    assert!(!touches(&ended(), &overflow("12:02:00.000000001", "12:09:00")));
}

#[test]
fn a_gap_with_a_filter_concerns_only_what_it_names_and_only_its_time() {
    let filtered = |from, to| Gap { dropped: 0, ..overflow(1, from, to, &["c1"]) };
    assert!(touches(&ended(), &filtered("12:01:10", "12:01:20")));
    assert!(!touches(&ended(), &filtered("12:03:10", "12:03:20")));
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
fn a_repaired_overflow_no_longer_counts() {
    let mut timelines = of(&ended());
    timelines.gap(&overflow(1, "12:01:10", "12:01:20", &["c1"]));
    assert!(!room(&timelines).complete);
    timelines.repaired(GapId(1));
    assert!(room(&timelines).complete && room(&timelines).gaps[0].repaired);
}

#[test]
fn a_long_gap_reaches_over_a_short_one() {
    let mut timelines = of(&ended());
    timelines.gap(&gap(1, "10:00:00", "14:00:00"));
    timelines.gap(&gap(2, "10:30:00", "10:40:00"));
    assert!(!room(&timelines).complete);
    timelines.repaired(GapId(1));
    assert!(room(&timelines).complete);
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
fn a_join_that_comes_late_ends_what_reached_back() {
    let mut timelines = of(&[left("12:02:00", "alice")]);
    timelines.gap(&gap(1, "10:00:00", "11:00:00"));
    assert!(!room(&timelines).complete);
    timelines.apply(&joined("12:01:00", "alice"));
    check(&timelines);
    assert!(!timelines.is_open(&Id::new(ROOM)), "the first event is a join after all");
}

#[test]
fn what_comes_late_in_between_opens_no_start() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:02:00", "alice")]);
    timelines.gap(&gap(1, "10:00:00", "11:00:00"));
    timelines.apply(&left("12:01:00", "alice"));
    check(&timelines);
    assert!(!timelines.is_open(&Id::new(ROOM)), "the first event is the join as before");
}

#[test]
fn with_more_gaps_than_are_held_nothing_turns_complete_and_no_revision_falls() {
    let mut limits = Limits::default();
    limits.gaps = 2;
    let mut timelines = Timelines::new(limits);
    for event in ended().into_iter().chain([joined("12:01:00", "bob").of("c2")]) {
        timelines.apply(&event);
    }
    let mut revision = room(&timelines).revision;
    let mut grows = |timelines: &Timelines| {
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
    assert_eq!(timelines.get(&Id::new("c2")).map(|other| other.gaps.len()), Some(2));
}

/// Where events were dropped is known by name, wherever the other events of the interaction lie.
#[test]
fn a_drop_that_is_named_is_not_forgotten_with_its_gap() {
    let mut limits = Limits::default();
    limits.gaps = 2;
    let mut timelines = Timelines::new(limits);
    timelines.apply(&joined("12:00:00", "alice"));
    timelines.apply(&left("12:01:00", "alice"));
    timelines.gap(&overflow(1, "12:30:00", "12:31:00", &[ROOM]));
    timelines.gap(&gap(2, "13:00:00", "13:01:00"));
    timelines.gap(&gap(3, "14:00:00", "14:01:00"));
    timelines.gap(&overflow(4, "15:00:00", "15:01:00", &["c2"]));
    timelines.gap(&gap(5, "16:00:00", "16:01:00"));
    check(&timelines);
    assert!(!room(&timelines).complete, "events of it were dropped");
    timelines.apply(&joined("12:00:00", "alice").of("c3"));
    timelines.apply(&left("12:01:00", "alice").of("c3"));
    check(&timelines);
    assert!(!timelines.is_open(&Id::new("c3")), "nothing of it was");
    let names: Vec<String> = (0..2000).map(|n| format!("room {n}")).collect();
    for (id, names) in (6..).zip(names.chunks(800)) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        timelines.gap(&overflow(id, "17:00:00", "17:01:00", &names));
        check(&timelines);
    }
    assert!(timelines.is_open(&Id::new("c3")), "too many to name: it can be any");
}
