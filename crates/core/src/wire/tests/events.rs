//! Elements of `events`: which are taken, and what is said of the others (section 4).

use alloc::format;
use alloc::string::{String, ToString};
use alloc::vec::Vec;

use super::*;
use crate::{PresenceKind, Timestamp};

/// The usual event with its first `from` replaced.
fn with(from: &str, to: &str) -> String {
    assert!(JOINED.contains(from), "{from}");
    JOINED.replacen(from, to, 1)
}

/// Why, and where, an event is rejected.
fn rejection(json: &str) -> (Reason, String) {
    let found = event(json);
    let Decoded::Rejected { reason, place } = found else { panic!("{json}: {found:?}") };
    (reason, place.to_string())
}

#[test]
fn an_event_is_taken_with_all_its_fields() {
    let found = presence(JOINED);
    assert_eq!(found.at, Timestamp::parse("2024-05-01T12:00:00.123Z").unwrap());
    assert_eq!(found.kind, PresenceKind::Joined);
    assert_eq!(found.participant.to_string(), "9b2c1f0e-1111-4222-8333-444455556666");
    assert_eq!(found.interaction.to_string(), "9b2c1f0e-7777-4888-9999-aaaabbbbcccc");
    assert_eq!(&*found.channel, "voice");
    assert_eq!(found.reason.as_deref(), Some("transfer"));
    assert_eq!((found.arrived, found.received), (STAMP.arrived, STAMP.received));
    assert_eq!(presence(&with("Joined", "Left")).kind, PresenceKind::Left);
}

#[test]
fn spelling_does_not_matter() {
    let usual = presence(JOINED);
    for other in [
        JOINED.replace(':', " :\t").replace(" :\t00", ":00").replace(',', "\r\n,"),
        with("voice", "v\\u006fice"),
        with("\"type\"", "\"t\\u0079pe\""),
        with("ParticipantJoined", "Participant\\u004aoined"),
        with("2024-05", "2024\\u002d05"),
        with("{", r#"{"version":2,"new":{"type":[{"type":1}]},"x":"\ud800","\udfff":0,"#),
        with("{", r#"{"version":"2","version":"2","#),
    ] {
        assert_eq!(presence(&other), usual, "{other}");
    }
}

#[test]
fn text_is_kept_to_the_letter() {
    let found = presence(&with("voice", r#"a\"b\\\/\u00e9\ud83d\ude00\n ü"#));
    assert_eq!(&*found.channel, "a\"b\\/é😀\n ü");
    assert_eq!(&*presence(&with("voice", "")).channel, "");
    let upper = "9B2C1F0E-1111-4222-8333-444455556666";
    let found = presence(&with(&upper.to_lowercase(), upper));
    assert_eq!(found.participant.to_string(), upper);
}

#[test]
fn a_reason_is_optional() {
    assert_eq!(presence(&with(r#","reason":"transfer""#, "")).reason, None);
    assert_eq!(presence(&with(r#""transfer""#, "null")).reason, None);
    assert_eq!(presence(&with("transfer", "")).reason.as_deref(), Some(""));
    // Of an event that only the careful reader takes, too.
    let escaped = with("participant", "p\\u0061rticipant").replace("\"transfer\"", "null");
    assert_eq!(presence(&escaped).reason, None);
}

#[test]
fn other_types_are_passed_over_whatever_they_hold() {
    for json in [
        &with("ParticipantJoined", "ParticipantHeld"),
        &with("ParticipantJoined", ""),
        &with("ParticipantJoined", "participantjoined"),
        r#"{"type":"X"}"#,
        r#"{"type":"\u0058","timestamp":7,"channel":"\ud800","participant":"","reason":[]}"#,
        r#"{"type":"X","channel":1,"channel":2}"#,
    ] {
        assert_eq!(event(json), Decoded::Filtered, "{json}");
    }
}

#[test]
fn other_types_are_delivered_raw_when_asked_for() {
    let held = with("ParticipantJoined", "Participant\\u0048eld");
    let plain = r#"{"type": "X"  }"#;
    let message = format!("{{\"events\":[ {held} , {plain} ,{JOINED}]}}");
    let (_, events) = decode_with(Body::Text(&message), &Limits::default(), true);
    let [Decoded::Unknown(first), Decoded::Unknown(second), Decoded::Presence(_)] = &events[..] else {
        panic!("{events:?}")
    };
    assert_eq!((&*first.kind, &*first.json), ("ParticipantHeld", &*held));
    assert_eq!((&*second.kind, &*second.json), ("X", plain));
    assert_eq!(first.received, STAMP.received);
}

#[test]
fn what_is_wrong_is_named_with_its_place() {
    use Reason::{BadEvent, BadField, BadTimestamp, MissingField};
    for (json, reason, field) in [
        ("7", BadEvent, ""),
        ("null", BadEvent, ""),
        ("\"ParticipantJoined\"", BadEvent, ""),
        ("[]", BadEvent, ""),
        ("{}", MissingField, ".type"),
        (&with("\"type\"", "\"Type\""), MissingField, ".type"),
        (&with("\"timestamp\"", "\"time\""), MissingField, ".timestamp"),
        (&with("\"participant\"", "\"p\""), MissingField, ".participant"),
        (&with("\"interaction\"", "\"i\""), MissingField, ".interaction"),
        (&with("\"channel\"", "\"c\""), MissingField, ".channel"),
        (&with("\"ParticipantJoined\"", "null"), BadField, ".type"),
        (&with("\"ParticipantJoined\"", "1"), BadField, ".type"),
        (&with("ParticipantJoined", "\\ud800"), BadField, ".type"),
        (&with("\"2024-05-01T12:00:00.123Z\"", "1714564800123"), BadField, ".timestamp"),
        (&with("\"2024-05-01T12:00:00.123Z\"", "null"), BadField, ".timestamp"),
        (&with(".123Z", ""), BadTimestamp, ".timestamp"),
        (&with("05-01", "02-30"), BadTimestamp, ".timestamp"),
        (&with("2024-05-01T12:00:00.123Z", ""), BadTimestamp, ".timestamp"),
        (&with("9b2c1f0e-1111-4222-8333-444455556666", ""), BadField, ".participant"),
        (&with("9b2c1f0e-7777-4888-9999-aaaabbbbcccc", ""), BadField, ".interaction"),
        (&with("\"voice\"", "{\"a\":1}"), BadField, ".channel"),
        (&with("voice", "\\udc00\\ud800"), BadField, ".channel"),
        (&with("\"transfer\"", "false"), BadField, ".reason"),
        (&with("\"transfer\"", "1e999999999"), BadField, ".reason"),
    ] {
        assert_eq!(rejection(json), (reason, format!("events[0]{field}")), "{json}");
    }
}

#[test]
fn a_field_that_stands_twice_spoils_the_event() {
    for field in ["timestamp", "type", "participant", "interaction", "channel", "reason"] {
        let twice = JOINED.replacen('{', &format!(r#"{{"{field}":"ParticipantJoined","#), 1);
        assert_eq!(rejection(&twice), (Reason::BadEvent, "events[0]".into()), "{field}");
    }
    for json in [r#"{"type":"X","type":"X"}"#, r#"{"type":"ParticipantLeft","type":"X"}"#] {
        assert_eq!(rejection(json), (Reason::BadEvent, "events[0]".into()), "{json}");
    }
    let null = with("{", r#"{"reason":null,"#);
    assert_eq!(rejection(&null), (Reason::BadEvent, "events[0]".into()));
    let escaped = with("{", r#"{"\u0072eason":"x","#);
    assert_eq!(rejection(&escaped), (Reason::BadEvent, "events[0]".into()));
}

#[test]
fn a_bad_event_costs_no_neighbour_and_order_is_kept() {
    let bad_time = with(".123Z", "");
    let other = r#"{"type":"X"}"#;
    let message = format!(r#"{{"events":[{JOINED},7,{other},{other},{bad_time},{JOINED},{{}},{{}}]}}"#);
    let (content, events) = text(&message);
    assert!(content.is_ok());
    let told: Vec<String> = events
        .iter()
        .map(|event| match event {
            Decoded::Presence(_) => "presence".into(),
            Decoded::Unknown(_) => "unknown".into(),
            Decoded::Filtered => "filtered".into(),
            Decoded::Rejected { reason, place } => format!("{} {place}", reason.name()),
        })
        .collect();
    assert_eq!(
        told,
        [
            "presence",
            "bad-event events[1]",
            "filtered",
            "filtered",
            "bad-timestamp events[4].timestamp",
            "presence",
            "missing-field events[6].type",
            "missing-field events[7].type",
        ]
    );
}
