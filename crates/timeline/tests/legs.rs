//! Communications: a participant may have several, and what is said of each is merged.

mod common;

use common::{ROOM, With, anomalies, changes, joined, left, of, overflow, presence, room};
use rosterline_core::{Id, Instant, Presence};
use rosterline_timeline::{Applied, Limits, Timelines};

/// Two sessions of one participant, the second within the first.
fn two_at_once() -> Vec<Presence> {
    vec![
        joined("12:00:00", "alice").in_session("s1", "agent").user("u1"),
        joined("12:00:10", "alice").in_session("s2", "agent"),
        left("12:00:20", "alice").in_session("s2", "agent"),
        left("12:00:30", "alice").in_session("s1", "agent"),
    ]
}

#[test]
fn who_has_two_communications_at_once_is_there_twice() {
    let timeline = room(&of(&two_at_once()));
    assert_eq!(presence(&timeline), ["alice voice 12:00:00-12:00:30", "alice voice 12:00:10-12:00:20"]);
    let sessions: Vec<_> = timeline.presence.iter().map(|stay| stay.session().cloned()).collect();
    assert_eq!(sessions, [Some(Id::new("s1")), Some(Id::new("s2"))]);
    assert!(anomalies(&timeline).is_empty() && timeline.complete, "{timeline}");
    let figures = timeline.figures;
    assert_eq!((figures.participants, figures.most_at_once), (1, 1), "and yet is one");
}

#[test]
fn within_one_communication_joins_and_leaves_alternate() {
    let mut events = two_at_once();
    events.push(left("12:00:40", "alice").in_session("s2", "agent"));
    events.push(joined("12:00:05", "alice").in_session("s1", "agent"));
    let timeline = room(&of(&events));
    assert_eq!(
        anomalies(&timeline),
        ["joined-twice alice voice 12:00:05", "left-twice alice voice 12:00:40"]
    );
    let sessions: Vec<_> = timeline.anomalies.iter().map(|odd| odd.session.clone()).collect();
    assert_eq!(sessions, [Some(Id::new("s1")), Some(Id::new("s2"))]);
}

#[test]
fn an_event_without_a_communication_is_of_another_seat() {
    let timeline =
        room(&of(&[joined("12:00:00", "alice"), left("12:00:10", "alice").in_session("s1", "agent")]));
    assert_eq!(presence(&timeline), ["alice voice ?-12:00:10", "alice voice 12:00:00-"]);
}

/// The smaller text stands, whatever was told first; nothing said is no statement.
#[test]
fn of_two_statements_the_smaller_stands() {
    let a = joined("12:00:00", "alice").in_session("s1", "user").user("u2");
    let b = left("12:00:10", "alice").in_session("s1", "agent").user("u1").queue("q1");
    let c = joined("12:00:00", "alice").in_session("s1", "");
    for order in [[&a, &b, &c], [&c, &b, &a], [&b, &c, &a]] {
        let timeline = room(&of(&order.map(Clone::clone)));
        assert_eq!(
            timeline.to_string(),
            concat!(
                "interaction c1 revision 7 complete\n",
                "  entry 2024-05-01T12:00:00Z joined alice voice session s1 as agent user u1 queue q1\n",
                "  entry 2024-05-01T12:00:10Z left alice voice session s1 as agent user u1 queue q1\n",
                "  present alice voice session s1 as agent user u1 queue q1 2024-05-01T12:00:00Z to 2024-05-01T12:00:10Z\n",
                "  figures participants 1 most-at-once 1 first-answer - talk 0ns transfers 0\n",
                "  updated 2024-05-01T12:00:10Z",
            )
        );
    }
}

#[test]
fn names_in_a_communication_cannot_look_like_anything_else() {
    let event = left("12:00:00", "a").in_session("s 1", "x\ny").user("\u{202e}").queue("");
    let text = room(&of(&[event])).to_string();
    assert!(text.contains("session s\\u{20}1 as x\\ny user \\u{202e} queue \"\""), "{text}");
    assert!(
        text.contains("anomaly left-without-join at 2024-05-01T12:00:00Z a voice session s\\u{20}1"),
        "{text}"
    );
}

#[test]
fn news_of_a_communication_amend_and_are_told_once() {
    let mut timelines = of(&[
        joined("12:00:00", "alice").in_session("s1", ""),
        left("12:00:10", "alice").in_session("s1", ""),
    ]);
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    let clearer = left("12:00:10", "alice").in_session("s1", "agent");
    assert_eq!(timelines.apply(&clearer), Applied::Duplicate, "the event itself was known");
    assert_eq!(changes(&mut timelines), ["c1 amended"]);
    assert_eq!(timelines.apply(&clearer), Applied::Duplicate);
    assert!(changes(&mut timelines).is_empty());
    timelines.advance(Instant(1));
    assert_eq!(room(&timelines).revision, 3);
}

#[test]
fn whatever_part_of_a_statement_is_new_is_news() {
    let first = joined("12:00:00", "alice").in_session("s1", "");
    let last = left("12:00:10", "alice").in_session("s1", "");
    let also = |purpose| left("12:00:10", "alice").in_session("s1", purpose);
    for told in [
        also("agent"),
        also("").user("u1"),
        also("").queue("q1"),
        also("agent").user("u1"),
        also("agent").queue("q1"),
        also("").user("u1").queue("q1"),
        also("agent").user("u1").queue("q1"),
    ] {
        let mut timelines = of(&[first.clone(), last.clone()]);
        assert_eq!(changes(&mut timelines), ["c1 completed"]);
        timelines.apply(&told);
        assert_eq!(changes(&mut timelines), ["c1 amended"], "{told:?}");
        timelines.apply(&told);
        assert_eq!(changes(&mut timelines), [""; 0], "{told:?}");
    }
}

/// A service that never says the same twice is not followed for ever, and what is not taken is counted.
#[test]
fn statements_about_a_communication_are_bounded() {
    let mut timelines = Timelines::new(Limits::default());
    for n in 0..1000 {
        let purpose = format!("purpose {n:04}");
        timelines.apply(&joined("12:00:00", "alice").in_session("s1", &purpose));
    }
    assert!(timelines.too_late() > 900, "{}", timelines.too_late());
    let other = left("12:00:05", "alice").in_session("s2", "agent");
    assert_eq!(timelines.apply(&other), Applied::New, "others are not concerned");
}

/// Up to 16 are kept: one who tells three things at a time is heard six times.
#[test]
fn five_other_statements_of_everything_are_kept_and_then_it_is_too_late() {
    let mut timelines = Timelines::new(Limits::default());
    for n in 0..6 {
        let told = joined("12:00:00", "alice").in_session("s1", &format!("purpose {n}"));
        timelines.apply(&told.user(&format!("user {n}")).queue(&format!("queue {n}")));
    }
    assert_eq!((timelines.too_late(), room(&timelines).revision), (0, 1 + 3 + 15));
    let told = joined("12:00:00", "alice").in_session("s1", "purpose 6");
    assert_eq!((timelines.apply(&told), timelines.too_late()), (Applied::TooLate, 1));
}

#[test]
fn many_communications_of_one_participant_are_found_again() {
    let session = |n: u32| format!("0195b2b0-0000-7000-8000-{n:012}");
    let events: Vec<_> =
        (0..100).map(|n| joined("12:00:00", "alice").in_session(&session(n), "agent")).collect();
    let mut timelines = of(&events);
    assert!(events.iter().all(|event| timelines.apply(event) == Applied::Duplicate));
    assert_eq!(room(&timelines).presence.len(), 100);
    timelines.gap(&overflow(1, "12:00:00", "12:00:01", &[ROOM]));
    assert!(!room(&timelines).complete);
}

/// A queue and an IVR are there, and answer nobody.
#[test]
fn figures_are_of_people() {
    let call = [
        joined("12:00:00", "flow").in_session("s1", "ivr"),
        joined("12:00:01", "anna").in_session("s2", "customer"),
        left("12:00:05", "flow").in_session("s1", "ivr").because("transfer"),
        joined("12:00:05", "queue").in_session("s3", "acd"),
        left("12:00:21", "queue").in_session("s3", "acd").because("transfer"),
        joined("12:00:21", "ben").in_session("s4", "agent"),
        left("12:01:21", "ben").in_session("s4", "agent").because("transfer"),
        left("12:01:21", "anna").in_session("s2", "customer").because("peer"),
    ];
    let timeline = room(&of(&call));
    assert!(timeline.complete && timeline.presence.len() == 4, "{timeline}");
    let figures = timeline.figures;
    assert_eq!((figures.participants, figures.most_at_once, figures.transfers), (2, 2, 1));
    let seconds = std::time::Duration::from_secs;
    assert_eq!((figures.first_answer, figures.talk), (Some(seconds(20)), seconds(60)));
}
