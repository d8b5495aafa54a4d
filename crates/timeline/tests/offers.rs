//! Who was asked and did not answer is shown, and is no presence.

mod common;

use common::{ROOM, With, changes, joined, left, of, room, time};
use rosterline_core::{Id, Leg, Offer, Source, Word};
use rosterline_timeline::{Applied, Limits, Timelines};

fn offer(session: &str, from: Option<&str>, to: Option<&str>) -> Offer {
    Offer {
        interaction: Id::new(ROOM),
        participant: Id::new("bob"),
        channel: Word::from("voice"),
        from: from.map(time),
        to: to.map(time),
        reason: Some(Word::from("transfer.noanswer")),
        leg: Box::new(Leg {
            session: Id::new(session),
            purpose: Word::from("agent"),
            user: Some(Id::new("u1")),
            queue: None,
            source: Source::Snapshot,
        }),
        received: time("12:00:00").unix_millis(),
    }
}

#[test]
fn it_stands_beside_those_who_were_there() {
    let mut timelines = of(&[joined("12:00:00", "alice"), left("12:01:00", "alice")]);
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    let before = room(&timelines);
    let rang = offer("s1", Some("12:00:10"), Some("12:00:20"));
    assert_eq!(timelines.unanswered(&rang), Applied::New);
    assert_eq!(timelines.unanswered(&rang), Applied::Duplicate);
    assert_eq!(changes(&mut timelines), ["c1 amended"]);
    let timeline = room(&timelines);
    assert_eq!((timeline.revision, timeline.complete), (before.revision + 1, true));
    assert_eq!((&timeline.presence, &timeline.figures), (&before.presence, &before.figures));
    let line = "\n  unanswered bob voice session s1 as agent user u1 2024-05-01T12:00:10Z to 2024-05-01T12:00:20Z because transfer.noanswer\n";
    assert!(timeline.to_string().contains(line), "{timeline}");
}

#[test]
fn whoever_joined_has_answered() {
    let mut timelines = Timelines::new(Limits::default());
    timelines.unanswered(&offer("s1", None, Some("12:00:20")));
    timelines.unanswered(&offer("s2", None, None));
    assert_eq!(room(&timelines).unanswered.len(), 2);
    timelines.apply(&joined("12:00:30", "bob").in_session("s1", "agent"));
    let left: Vec<String> = room(&timelines).unanswered.iter().map(|it| it.leg.session.to_string()).collect();
    assert_eq!(left, ["s2"]);
}

#[test]
fn an_interaction_in_which_nobody_answered_is_over_and_goes() {
    let mut timelines = Timelines::new(Limits::default());
    timelines.unanswered(&offer("s1", None, Some("12:00:20")));
    assert_eq!(changes(&mut timelines), ["c1 completed"]);
    assert!(room(&timelines).complete && timelines.poll_timeout().is_some());
}

#[test]
fn there_are_no_more_than_events() {
    let mut limits = Limits::default();
    limits.events_per_interaction = 2;
    let mut timelines = Timelines::new(limits);
    for session in ["s1", "s2", "s3"] {
        timelines.unanswered(&offer(session, None, None));
    }
    assert_eq!((room(&timelines).unanswered.len(), timelines.too_late()), (2, 1));
    assert_eq!(timelines.apply(&joined("12:00:00", "alice")), Applied::TooLate);
}

#[test]
fn what_is_told_of_an_interaction_that_has_left_is_too_late_and_counted() {
    let mut limits = Limits::default();
    limits.interactions = 1;
    let mut timelines = Timelines::new(limits);
    timelines.unanswered(&offer("s1", None, None));
    timelines.apply(&joined("12:00:00", "alice").of("c2"));
    for told in 1..=2 {
        assert_eq!(timelines.unanswered(&offer("s2", None, None)), Applied::TooLate);
        assert_eq!(timelines.too_late(), told);
    }
}

#[cfg(feature = "serde")]
#[test]
fn in_json_it_is_there_when_there_is_one() {
    let mut timelines = of(&[joined("12:00:00", "alice")]);
    let json = |timelines: &Timelines| serde_json::to_value(room(timelines)).expect("it is plain data");
    assert!(json(&timelines).get("unanswered").is_none());
    timelines.unanswered(&offer("s1", None, Some("12:00:20")));
    let expected = serde_json::json!([{
        "participant": "bob", "channel": "voice", "from": null, "to": "2024-05-01T12:00:20Z",
        "reason": "transfer.noanswer", "session": "s1", "purpose": "agent", "user": "u1",
    }]);
    assert_eq!(json(&timelines)["unanswered"], expected);
}
