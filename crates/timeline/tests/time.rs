//! Time passes only by `advance`: provisional, final, amended, late, gone.

mod common;

use std::time::Duration;

use common::{ROOM, With, anomalies, changes, gap, joined, left, of, presence, room, time};
use rosterline_core::{GapId, Id, Instant};
use rosterline_timeline::{Applied, Limits, Stage, Timelines, What};

/// Of the default limits.
const LATENESS: u64 = 300;
const RETENTION: u64 = 3600;

fn second(second: u64) -> Instant {
    Instant(second * 1_000_000_000)
}

fn stage(timelines: &Timelines) -> Option<Stage> {
    timelines.stage(&Id::new(ROOM))
}

/// From 12:00 to 12:01, heard of at second 0, and final.
fn ended() -> Timelines {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.advance(second(LATENESS));
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 final"]);
    timelines
}

#[test]
fn open_then_provisional_then_final() {
    let mut timelines = Timelines::new(Limits::default());
    assert_eq!((stage(&timelines), timelines.poll_timeout()), (None, None));
    timelines.apply(&joined("12:00:00", "alice"));
    assert!(!timelines.is_empty());
    timelines.advance(second(1000));
    assert_eq!((stage(&timelines), timelines.poll_timeout()), (Some(Stage::Open), None));
    timelines.apply(&left("12:01:00", "alice"));
    assert_eq!(stage(&timelines), Some(Stage::Provisional));
    assert_eq!(timelines.poll_timeout(), Some(second(1000 + LATENESS)));
    timelines.advance(Instant(second(1000 + LATENESS).0 - 1));
    assert_eq!(
        (stage(&timelines), changes(&mut timelines)),
        (Some(Stage::Provisional), vec!["c1 completed".into()])
    );
    timelines.advance(second(1000 + LATENESS));
    assert_eq!((stage(&timelines), changes(&mut timelines)), (Some(Stage::Final), vec!["c1 final".into()]));
    assert_eq!(timelines.watermark(&Id::new(ROOM)), Some(time("12:01:00")));
}

#[test]
fn nothing_is_final_or_late_for_who_never_advances() {
    let mut timelines =
        of(&[joined("12:00:00", "alice"), left("12:01:00", "alice"), joined("11:00:00", "bob")]);
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 amended"]);
    assert_eq!((stage(&timelines), timelines.watermark(&Id::new(ROOM))), (Some(Stage::Open), None));
    assert!(room(&timelines).anomalies.is_empty());
}

#[test]
fn time_never_goes_back() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.advance(second(LATENESS));
    timelines.advance(second(1));
    assert_eq!(stage(&timelines), Some(Stage::Final));
}

#[test]
fn something_newer_begins_the_window_anew() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.advance(second(200));
    timelines.apply(&left("12:02:00", "alice"));
    timelines.advance(second(LATENESS));
    assert_eq!(stage(&timelines), Some(Stage::Provisional));
    timelines.advance(second(200 + LATENESS));
    assert_eq!(
        (stage(&timelines), changes(&mut timelines)),
        (Some(Stage::Final), vec!["c1 completed".into(), "c1 amended".into(), "c1 final".into()])
    );
}

#[test]
fn a_duplicate_and_something_older_do_not() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.advance(second(200));
    timelines.apply(&left("12:01:00", "alice"));
    timelines.apply(&left("11:59:00", "bob"));
    timelines.advance(second(LATENESS));
    assert_eq!(stage(&timelines), Some(Stage::Final));
}

#[test]
fn what_comes_behind_the_watermark_takes_its_place_amends_and_is_named_late() {
    let mut timelines = ended();
    let before = room(&timelines);
    assert_eq!(timelines.apply(&joined("12:00:30", "bob")), Applied::New);
    assert_eq!(stage(&timelines), Some(Stage::Open));
    assert_eq!(timelines.apply(&left("12:00:50", "bob")), Applied::New);
    assert_eq!(
        (stage(&timelines), changes(&mut timelines)),
        (Some(Stage::Final), vec!["c1 amended".into(), "c1 completed".into()])
    );
    assert_eq!(presence(&room(&timelines)), ["alice voice 12:00:00-12:01:00", "bob voice 12:00:30-12:00:50"]);
    assert_eq!(anomalies(&room(&timelines)), ["late bob voice 12:00:30", "late bob voice 12:00:50"]);
    assert!(room(&timelines).revision > before.revision);
    timelines.apply(&joined("12:01:00", "carol"));
    assert_eq!(
        anomalies(&room(&timelines)).len(),
        3,
        "the watermark itself is the last time that was expected"
    );
}

#[test]
fn what_comes_after_the_watermark_is_not_late_and_opens_again() {
    let mut timelines = ended();
    timelines.apply(&joined("12:01:00.000000001", "alice"));
    assert_eq!((stage(&timelines), changes(&mut timelines)), (Some(Stage::Open), vec!["c1 amended".into()]));
    timelines.apply(&left("12:30:00", "alice"));
    assert!(room(&timelines).anomalies.is_empty());
    assert_eq!(
        (stage(&timelines), timelines.poll_timeout()),
        (Some(Stage::Provisional), Some(second(2 * LATENESS)))
    );
    timelines.advance(second(2 * LATENESS));
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 final"]);
    assert_eq!(timelines.watermark(&Id::new(ROOM)), Some(time("12:30:00")));
}

#[test]
fn something_newer_that_opens_nothing_begins_a_new_window_too() {
    let mut timelines = ended();
    timelines.apply(&left("12:05:00", "alice"));
    assert_eq!(
        (stage(&timelines), timelines.poll_timeout()),
        (Some(Stage::Provisional), Some(second(2 * LATENESS)))
    );
    timelines.advance(second(2 * LATENESS));
    assert_eq!(changes(&mut timelines), ["c1 amended", "c1 final"]);
    assert_eq!(timelines.watermark(&Id::new(ROOM)), Some(time("12:05:00")));
}

#[test]
fn a_gap_reopens_and_its_repair_makes_final_at_once() {
    let mut timelines = ended();
    timelines.gap(&gap(1, "12:00:10", "12:00:20"));
    assert_eq!(stage(&timelines), Some(Stage::Open));
    timelines.repaired(GapId(1));
    assert_eq!(stage(&timelines), Some(Stage::Final));
    timelines.advance(second(LATENESS + 1));
    assert_eq!(changes(&mut timelines), ["c1 amended", "c1 completed", "c1 final"]);
}

#[test]
fn after_its_retention_it_is_handed_out_and_the_rest_is_too_late() {
    let mut timelines = ended();
    let last = room(&timelines);
    assert_eq!(timelines.poll_timeout(), Some(second(LATENESS + RETENTION)));
    timelines.advance(second(LATENESS + RETENTION));
    let change = timelines.poll_change().expect("it was evicted");
    let What::Evicted(evicted) = change.what else { panic!("{change:?}") };
    assert_eq!(*evicted, last);
    assert_eq!((timelines.len(), timelines.iter().count(), stage(&timelines)), (0, 0, None));
    assert_eq!(timelines.apply(&joined("12:00:30", "bob")), Applied::TooLate);
    assert_eq!((timelines.too_late(), timelines.poll_timeout()), (1, None));
}

#[test]
fn all_at_once_is_told_in_order() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    timelines.apply(&joined("12:00:00", "alice").of("c2"));
    timelines.advance(Instant(u64::MAX));
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 final", "c1 evicted with 2"]);
    assert_eq!((timelines.len(), timelines.open()), (1, 1), "an open interaction has no end to wait for");
}

#[test]
fn an_evicted_place_is_taken_again() {
    let mut limits = Limits::default();
    limits.interactions = 2;
    limits.evicted = 0;
    let mut timelines = Timelines::new(limits);
    for round in 0..50_u64 {
        let begin = 2 * round * (LATENESS + RETENTION);
        timelines.advance(second(begin));
        for name in ["a", "b"] {
            let name = format!("{name}{round}");
            timelines.apply(&joined("12:00:00", "alice").of(&name));
            timelines.apply(&left("12:01:00", "alice").of(&name));
            assert_eq!(timelines.stage(&Id::new(&name)), Some(Stage::Provisional));
        }
        timelines.advance(second(begin + LATENESS));
        assert!(timelines.iter().all(|it| timelines.stage(&it.interaction_id) == Some(Stage::Final)));
        timelines.apply(&joined("12:00:00", "alice").of("c"));
        assert_eq!((timelines.len(), timelines.open()), (2, 1), "the limit evicts one, the other stays");
        timelines.advance(second(begin + LATENESS + RETENTION));
        assert_eq!((timelines.len(), timelines.open()), (1, 1));
        timelines.apply(&left("12:09:00", "alice").of("c"));
        timelines.advance(second(begin + 2 * (LATENESS + RETENTION)));
        assert!(timelines.is_empty() && timelines.iter().next().is_none());
    }
}

#[test]
fn without_lateness_complete_is_final_at_the_next_moment() {
    let mut limits = Limits::default();
    (limits.lateness, limits.retention) = (Duration::ZERO, Duration::ZERO);
    let mut timelines = Timelines::new(limits);
    timelines.apply(&joined("12:00:00", "alice"));
    timelines.apply(&left("12:01:00", "alice"));
    assert_eq!(stage(&timelines), Some(Stage::Final));
    timelines.advance(Instant::ZERO);
    assert_eq!(changes(&mut timelines), ["c1 completed", "c1 final", "c1 evicted with 2"]);
}

#[test]
fn one_event_of_1970_or_2099_moves_nothing() {
    let usual = [joined("12:00:00", "alice"), left("12:01:00", "alice")];
    let mut timelines = of(&usual);
    timelines.apply(&joined("1970-01-01T00:00:00Z", "bob").received("12:00:10"));
    timelines.apply(&left("2099-01-01T00:00:00Z", "alice").received("12:00:10"));
    let (with, without) = (room(&timelines), room(&of(&usual)));
    assert_eq!(
        (with.presence, with.last_updated, with.figures),
        (without.presence, without.last_updated, without.figures)
    );
    assert!(with.complete);
    let named = with.anomalies.iter().map(ToString::to_string).collect::<Vec<_>>();
    assert_eq!(
        named,
        [
            "anomaly late joined quarantined at 1970-01-01T00:00:00Z bob voice",
            "anomaly future-time left at 2099-01-01T00:00:00Z alice voice",
        ]
    );
    timelines.advance(second(LATENESS));
    assert_eq!(timelines.watermark(&Id::new(ROOM)), Some(time("12:01:00")));
}

#[test]
fn what_lies_as_far_ahead_or_behind_as_the_limits_allow_is_no_stranger() {
    let mut limits = Limits::default();
    (limits.future, limits.past) = (Duration::from_secs(60), Duration::from_secs(3600));
    for (received, strange) in [
        ("11:59:00", false),
        ("11:58:59.999", true),
        ("12:00:00", false),
        ("13:00:00", false),
        ("13:00:00.001", true),
    ] {
        let mut timelines = Timelines::new(limits.clone());
        timelines.apply(&joined("12:00:00", "alice").received(received));
        assert_eq!(room(&timelines).presence.is_empty(), strange, "received at {received}");
    }
}

#[test]
fn a_quarantined_event_that_is_received_in_range_takes_effect() {
    let mut timelines = of(&[joined("12:00:00", "alice").received("2044-01-01T00:00:00Z")]);
    assert!(room(&timelines).presence.is_empty());
    timelines.apply(&joined("12:00:00", "alice"));
    assert_eq!((presence(&room(&timelines)).len(), room(&timelines).anomalies.len()), (1, 0));
}
