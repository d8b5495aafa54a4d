//! The `timeline` line, to the letter.

mod common;

use common::{With, gap, joined, left, of, overflow, room};
use rosterline_core::{GapId, Id};
use rosterline_timeline::Timelines;

fn json(timelines: &Timelines) -> String {
    serde_json::to_string(&room(timelines)).expect("a timeline is JSON")
}

#[test]
fn a_plain_interaction() {
    let timelines = of(&[
        joined("2024-05-01T14:00:00.120+02:00", "alice"),
        left("12:01:00", "alice").because("transfer"),
    ]);
    assert_eq!(
        json(&timelines),
        concat!(
            r#"{"interaction_id":"c1","revision":2,"complete":true,"entries":["#,
            r#"{"timestamp":"2024-05-01T12:00:00.120Z","action":"ParticipantJoined","participant":"alice","channel":"voice"},"#,
            r#"{"timestamp":"2024-05-01T12:01:00Z","action":"ParticipantLeft","participant":"alice","channel":"voice","reason":"transfer"}],"#,
            r#""presence":[{"participant":"alice","channel":"voice","from":"2024-05-01T12:00:00.120Z","to":"2024-05-01T12:01:00Z"}],"#,
            r#""anomalies":[],"gaps":[],"last_updated":"2024-05-01T12:01:00Z","#,
            r#""figures":{"participants":1,"most_at_once":1,"first_answer_ms":null,"talk_ms":0,"transfers":1}}"#,
        )
    );
}

#[test]
fn everything_that_can_be_wrong() {
    let mut timelines = of(&[
        left("12:00:00", "bob").because("peer"),
        left("12:00:00", "bob"),
        joined("12:01:00", "alice"),
        joined("2099-01-01T00:00:00Z", "carol").received("12:00:00"),
        left("1970-01-01T00:00:00Z", "dave").received("12:00:00"),
    ]);
    timelines.gap(&gap(1, "12:02:00", "12:03:00.5"));
    timelines.gap(&overflow(2, "12:01:30", "12:01:40", &["c1"]));
    timelines.repaired(GapId(2));
    let last = timelines.final_snapshot(&Id::new("c1")).expect("it is held");
    assert_eq!(
        serde_json::to_string(&last).expect("a timeline is JSON"),
        concat!(
            r#"{"interaction_id":"c1","revision":8,"complete":false,"entries":["#,
            r#"{"timestamp":"1970-01-01T00:00:00Z","action":"ParticipantLeft","participant":"dave","channel":"voice"},"#,
            r#"{"timestamp":"2024-05-01T12:00:00Z","action":"ParticipantLeft","participant":"bob","channel":"voice","reason":"peer"},"#,
            r#"{"timestamp":"2024-05-01T12:01:00Z","action":"ParticipantJoined","participant":"alice","channel":"voice"},"#,
            r#"{"timestamp":"2099-01-01T00:00:00Z","action":"ParticipantJoined","participant":"carol","channel":"voice"}],"#,
            r#""presence":[{"participant":"bob","channel":"voice","from":null,"to":"2024-05-01T12:00:00Z"},"#,
            r#"{"participant":"alice","channel":"voice","from":"2024-05-01T12:01:00Z","to":null,"uncertain":true}],"#,
            r#""anomalies":[{"type":"late","action":"ParticipantLeft","quarantined":true,"participant":"dave","channel":"voice","at":"1970-01-01T00:00:00Z"},"#,
            r#"{"type":"left-without-join","participant":"bob","channel":"voice","at":"2024-05-01T12:00:00Z"},"#,
            r#"{"type":"conflict","action":"ParticipantLeft","other":null,"participant":"bob","channel":"voice","at":"2024-05-01T12:00:00Z"},"#,
            r#"{"type":"still-open","participant":"alice","channel":"voice","at":"2024-05-01T12:01:00Z"},"#,
            r#"{"type":"future-time","action":"ParticipantJoined","participant":"carol","channel":"voice","at":"2099-01-01T00:00:00Z"}],"#,
            r#""gaps":[{"id":1,"cause":"reconnect","from":"2024-05-01T12:02:00Z","to":"2024-05-01T12:03:00.5Z","dropped":0,"repaired":false},"#,
            r#"{"id":2,"cause":"overflow","from":"2024-05-01T12:01:30Z","to":"2024-05-01T12:01:40Z","dropped":1,"repaired":true}],"#,
            r#""last_updated":"2024-05-01T12:01:00Z","#,
            r#""figures":{"participants":2,"most_at_once":1,"first_answer_ms":null,"talk_ms":0,"transfers":0}}"#,
        )
    );
}

#[test]
fn nothing_but_the_future_has_no_last_time() {
    let timelines = of(&[joined("2099-01-01T00:00:00Z", "carol").received("12:00:00")]);
    let figures = r#"{"participants":0,"most_at_once":0,"first_answer_ms":null,"talk_ms":0,"transfers":0}"#;
    assert!(json(&timelines).ends_with(&format!(r#""last_updated":null,"figures":{figures}}}"#)));
}

#[test]
fn a_delta_is_json_too() {
    let mut timelines = of(&[joined("12:00:00", "alice")]);
    let before = room(&timelines);
    timelines.apply(&left("12:01:00.5", "alice"));
    let delta = room(&timelines).since(&before);
    assert_eq!(
        serde_json::to_string(&delta).expect("a delta is JSON"),
        concat!(
            r#"{"interaction_id":"c1","from_revision":1,"revision":2,"#,
            r#""retract":{"entries":[],"presence":[{"participant":"alice","channel":"voice","from":"2024-05-01T12:00:00Z","to":null}],"anomalies":[],"gaps":[]},"#,
            r#""add":{"entries":[{"timestamp":"2024-05-01T12:01:00.5Z","action":"ParticipantLeft","participant":"alice","channel":"voice"}],"#,
            r#""presence":[{"participant":"alice","channel":"voice","from":"2024-05-01T12:00:00Z","to":"2024-05-01T12:01:00.5Z"}],"anomalies":[],"gaps":[]},"#,
            r#""complete":true,"last_updated":"2024-05-01T12:01:00.5Z","#,
            r#""figures":{"participants":1,"most_at_once":1,"first_answer_ms":null,"talk_ms":0,"transfers":0}}"#,
        )
    );
}

#[test]
fn a_communication_is_named_where_there_is_one() {
    let timelines = of(&[
        joined("12:00:00", "alice").in_session("s1", "agent").user("u1"),
        left("12:01:00", "alice").in_session("s1", "agent").queue("q1"),
        left("12:02:00", "alice").in_session("s2", ""),
    ]);
    let leg = r#""session":"s1","purpose":"agent","user":"u1","queue":"q1""#;
    let text = json(&timelines);
    for part in [
        format!(
            r#"{{"timestamp":"2024-05-01T12:00:00Z","action":"ParticipantJoined","participant":"alice","channel":"voice",{leg}}}"#
        ),
        format!(
            r#""from":"2024-05-01T12:00:00Z","to":"2024-05-01T12:01:00Z",{leg}}}"#
        ),
        r#""participant":"alice","channel":"voice","session":"s2"}"#.to_owned(),
        r#"{"type":"left-without-join","participant":"alice","channel":"voice","session":"s2","at":"2024-05-01T12:02:00Z"}"#
            .to_owned(),
    ] {
        assert!(text.contains(&part), "{part}\n{text}");
    }
}
