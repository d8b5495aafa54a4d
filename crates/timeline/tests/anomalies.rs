//! Joins and leaves alternate for each participant and channel; where they do not, the timeline says so and goes on.

mod common;

use common::{With, anomalies, joined, left, of, presence, room};
use rosterline_core::{Id, Presence, Timestamp};

struct Case {
    name: &'static str,
    events: Vec<Presence>,
    presence: &'static [&'static str],
    anomalies: &'static [&'static str],
    complete: bool,
}

fn cases() -> Vec<Case> {
    let case =
        |name, events, presence, anomalies, complete| Case { name, events, presence, anomalies, complete };
    vec![
        case(
            "a stay",
            vec![joined("12:00:00", "alice"), left("12:01:00", "alice")],
            &["alice voice 12:00:00-12:01:00"],
            &[],
            true,
        ),
        case("still there", vec![joined("12:00:00", "alice")], &["alice voice 12:00:00-"], &[], false),
        case(
            "left without a join",
            vec![left("12:01:00", "alice")],
            &["alice voice ?-12:01:00"],
            &["left-without-join alice voice 12:01:00"],
            true,
        ),
        case(
            "joined twice keeps the first start",
            vec![joined("12:00:00", "alice"), joined("12:00:30", "alice"), left("12:01:00", "alice")],
            &["alice voice 12:00:00-12:01:00"],
            &["joined-twice alice voice 12:00:30"],
            true,
        ),
        case(
            "left twice ends with the first",
            vec![joined("12:00:00", "alice"), left("12:01:00", "alice"), left("12:02:00", "alice")],
            &["alice voice 12:00:00-12:01:00"],
            &["left-twice alice voice 12:02:00"],
            true,
        ),
        case(
            "left twice without a join",
            vec![left("12:01:00", "alice"), left("12:02:00", "alice")],
            &["alice voice ?-12:01:00"],
            &["left-without-join alice voice 12:01:00", "left-twice alice voice 12:02:00"],
            true,
        ),
        case(
            "came back",
            vec![joined("12:00:00", "alice"), left("12:01:00", "alice"), joined("12:02:00", "alice")],
            &["alice voice 12:00:00-12:01:00", "alice voice 12:02:00-"],
            &[],
            false,
        ),
        case(
            "two channels are two stays",
            vec![
                joined("12:00:00", "alice"),
                joined("12:00:10", "alice").on("chat"),
                left("12:01:00", "alice"),
            ],
            &["alice voice 12:00:00-12:01:00", "alice chat 12:00:10-"],
            &[],
            false,
        ),
    ]
}

fn cases_of_time() -> Vec<Case> {
    let case =
        |name, events, presence, anomalies, complete| Case { name, events, presence, anomalies, complete };
    vec![
        case(
            "a stay of no length: the join comes first",
            vec![left("12:00:00", "alice"), joined("12:00:00", "alice")],
            &["alice voice 12:00:00-12:00:00"],
            &[],
            true,
        ),
        case(
            "five minutes ahead is a clock",
            vec![joined("12:05:00", "alice").received("12:00:00")],
            &["alice voice 12:05:00-"],
            &[],
            false,
        ),
        case(
            "more is the future",
            vec![joined("12:05:00.001", "alice").received("12:00:00")],
            &[],
            &["future-time alice voice 12:05:00.001"],
            false,
        ),
    ]
}

#[test]
fn the_table() {
    for case in cases().into_iter().chain(cases_of_time()) {
        let timeline = room(&of(&case.events));
        assert_eq!(presence(&timeline), case.presence, "{}", case.name);
        assert_eq!(anomalies(&timeline), case.anomalies, "{}", case.name);
        assert_eq!(timeline.complete, case.complete, "{}", case.name);
        assert_eq!(timeline.entries.len(), case.events.len(), "{}", case.name);
        assert_eq!(timeline.revision, case.events.len() as u64, "{}", case.name);
    }
}

#[test]
fn an_anomaly_vanishes_when_the_missing_event_arrives() {
    let mut timelines = of(&[left("12:01:00", "alice"), left("12:03:00", "alice")]);
    assert_eq!(room(&timelines).anomalies.len(), 2);
    timelines.apply(&joined("12:00:00", "alice"));
    assert_eq!(anomalies(&room(&timelines)), ["left-twice alice voice 12:03:00"]);
    timelines.apply(&joined("12:02:00", "alice"));
    assert_eq!(anomalies(&room(&timelines)), [""; 0]);
    assert!(room(&timelines).complete);
}

#[test]
fn one_event_of_the_far_future_moves_nothing() {
    let events = [joined("12:00:00", "alice"), left("12:01:00", "alice")];
    let mut timelines = of(&events);
    let before = room(&timelines);
    timelines.apply(&joined("2099-01-01T00:00:00Z", "bob").received("12:00:30"));
    let after = room(&timelines);
    assert_eq!(
        (after.complete, after.last_updated, &after.presence),
        (true, before.last_updated, &before.presence)
    );
    assert_eq!(after.entries.len(), 3);
    assert_eq!(anomalies(&after), ["future-time bob voice 00:00:00"]);
}

#[test]
fn an_event_heard_again_in_its_time_is_no_longer_of_the_future() {
    let mut timelines = of(&[joined("13:00:00", "alice").received("12:00:00")]);
    assert_eq!(room(&timelines).last_updated, None);
    timelines.apply(&joined("13:00:00", "alice"));
    assert_eq!(presence(&room(&timelines)), ["alice voice 13:00:00-"]);
    assert_eq!(room(&timelines).revision, 2);
}

#[test]
fn a_conflict_has_one_winner_and_names_the_others() {
    use rosterline_timeline::{AnomalyKind, Applied};
    let leave = || left("12:01:00", "alice");
    let mut timelines = of(&[leave().because("transfer")]);
    assert_eq!(timelines.apply(&leave()), Applied::Conflict);
    assert_eq!(timelines.apply(&leave().because("peer")), Applied::Conflict);
    for known in [leave(), leave().because("peer"), leave().because("transfer")] {
        assert_eq!(timelines.apply(&known), Applied::Duplicate);
    }
    let timeline = room(&timelines);
    assert_eq!(timeline.entries.len(), 1);
    assert_eq!(timeline.entries[0].reason.as_deref(), Some("peer"));
    let others: Vec<Option<&str>> = timeline
        .anomalies
        .iter()
        .filter_map(|odd| match &odd.kind {
            AnomalyKind::Conflict { other, .. } => Some(other.as_deref()),
            AnomalyKind::LeftWithoutJoin
            | AnomalyKind::JoinedTwice
            | AnomalyKind::LeftTwice
            | AnomalyKind::FutureTime { .. }
            | AnomalyKind::Late { .. }
            | AnomalyKind::StillOpen => None,
        })
        .collect();
    assert_eq!(others, [None, Some("transfer")]);
}

#[test]
fn each_event_has_conflicts_of_its_own_though_the_reasons_are_the_same() {
    let events = [left("12:01:00", "alice"), left("12:02:00", "alice"), left("12:01:00", "bob")];
    let told = |why: &str| events.clone().map(|event| event.because(why));
    let timeline = room(&of(&[told("peer"), told("transfer")].concat()));
    let named =
        anomalies(&timeline).into_iter().filter(|odd| odd.starts_with("conflict")).collect::<Vec<_>>();
    assert_eq!(
        named,
        ["conflict alice voice 12:01:00", "conflict bob voice 12:01:00", "conflict alice voice 12:02:00"]
    );
}

#[test]
fn only_the_final_snapshot_names_who_is_still_there() {
    let timelines = of(&[joined("12:00:00", "alice"), joined("12:00:01", "bob"), left("12:00:02", "alice")]);
    assert_eq!(anomalies(&room(&timelines)), [""; 0]);
    let last = timelines.final_snapshot(&Id::new(common::ROOM)).expect("it is held");
    assert_eq!(anomalies(&last), ["still-open bob voice 12:00:01"]);
}

#[test]
fn any_instant_that_can_be_written_keeps_its_place() {
    let clocks = ["0000-01-01T00:00:00+23:59", "1600-02-29T00:00:00.000000001Z", "9999-12-31T23:59:60-23:59"];
    let mut events: Vec<Presence> = clocks.iter().map(|clock| joined(clock, clock)).collect();
    events.reverse();
    let timeline = room(&of(&events));
    let order: Vec<String> = timeline.entries.iter().map(|entry| entry.participant.to_string()).collect();
    assert_eq!(order, clocks);
    assert!(timeline.entries.iter().zip(clocks).all(|(entry, clock)| entry.timestamp == common::time(clock)));
}

/// Nobody can write them, but whoever makes a [`Timestamp`] can count that far.
#[test]
fn instants_beyond_the_year_9999_come_after_all_others() {
    let far = [1 << 39, 1 << 40, i64::MAX].map(|seconds| Timestamp::from_unix(seconds, 0));
    for at in far {
        let far = Presence { at, received: at.unix_millis(), ..joined("12:00:00", "far") };
        let timeline = room(&of(&[far, joined("9999-12-31T23:59:59Z", "near")]));
        let order: Vec<String> = timeline.entries.iter().map(|entry| entry.participant.to_string()).collect();
        assert_eq!(order, ["near", "far"], "{} s", at.unix_seconds());
    }
}
