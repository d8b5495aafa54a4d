//! Answers of the analytics (docs/notifications.md, section 6).

use super::*;

fn segment(kind: &str, from: &str, to: &str) -> Value {
    let time = |time: &str| if time.is_empty() { Value::Null } else { json!(format!("2024-05-01T{time}Z")) };
    json!({
        "segmentType": kind, "segmentStart": time(from), "segmentEnd": time(to), "queueId": "q", "conference": false,
        "disconnectType": if kind == "wrapup" { Value::Null } else { json!(format!("after-{kind}")) },
    })
}

fn session(segments: &[Value]) -> Value {
    let session =
        json!({ "sessionId": "s", "mediaType": "voice", "ani": "tel:+15550000001", "segments": segments });
    json!({ "conversationId": "c", "conversationStart": "2024-05-01T12:00:00Z", "participants": [{
        "participantId": "a", "participantName": "Ann", "purpose": "agent", "userId": "u", "sessions": [session],
    }] })
}

fn of(segments: &[Value]) -> Vec<String> {
    lines_of(&mut new_book(), &page_of(&session(segments).to_string()))
}

#[test]
fn a_session_is_joined_with_its_first_talk_and_left_before_its_wrap_up() {
    let segments = [
        segment("alert", "12:00:00", "12:00:10"),
        segment("interact", "12:00:10", "12:01:00"),
        segment("hold", "12:01:00", "12:02:00"),
        segment("interact", "12:02:00", "12:03:00"),
        segment("wrapup", "12:03:00", "12:04:00"),
    ];
    let both = ["joined 12:00:10 agent a voice s", "left 12:03:00 agent a voice s, after-interact"];
    assert_eq!(of(&segments), both);
    let mut backwards = segments;
    backwards.reverse();
    assert_eq!(of(&backwards), both, "in whatever order they stand");
}

#[test]
fn whoever_takes_part_has_joined_and_whoever_waits_has_not() {
    for kind in [
        "barging",
        "callback",
        "coaching",
        "hold",
        "interact",
        "ivr",
        "monitoring",
        "parked",
        "screenmonitoring",
        "sharing",
        "voicemail",
    ] {
        assert_eq!(of(&[segment(kind, "12:00:00", "")]), ["joined 12:00:00 agent a voice s"], "{kind}");
    }
    for kind in [
        "alert",
        "contacting",
        "converting",
        "delay",
        "dialing",
        "scheduled",
        "system",
        "transmitting",
        "unknown",
        "uploading",
        "beaming",
    ] {
        let missed = format!("missed 12:00:00 to 12:00:10 agent a voice s, after-{kind}");
        assert_eq!(of(&[segment(kind, "12:00:00", "12:00:10")]), [missed]);
    }
}

#[test]
fn a_session_that_goes_on_has_no_end() {
    assert_eq!(
        of(&[segment("interact", "12:00:00", "12:01:00"), segment("hold", "12:01:00", "")]),
        ["joined 12:00:00 agent a voice s"]
    );
    assert_eq!(of(&[segment("alert", "12:00:00", "")]), [""; 0]);
    assert_eq!(of(&[]), [""; 0]);
}

#[test]
fn a_conversation_that_has_ended_has_ended_for_everybody_in_the_analytics() {
    let mut body = session(&[segment("interact", "12:00:00", "")]);
    body["conversationEnd"] = json!("2024-05-01T12:09:00Z");
    let mut book = new_book();
    assert_eq!(
        lines_of(&mut book, &page_of(&body.to_string())),
        ["joined 12:00:00 agent a voice s", "left 12:09:00 agent a voice s"]
    );
    assert_eq!(book.open().count(), 0);
}

#[test]
fn a_page_and_a_list_and_a_single_conversation_are_read_alike() {
    let single = session(&[segment("interact", "12:00:00", "")]);
    for body in [
        single.clone(),
        json!({ "conversations": [single.clone()] }),
        json!({ "conversations": [single.clone(), { "conversationId": "d", "participants": [] }], "totalHits": 2 }),
    ] {
        let body = body.to_string();
        let found = told_of(&mut new_book(), &page_of(&body));
        let [Told::New(joined)] = &found[..] else { panic!("{found:?}") };
        let leg = joined.leg.as_deref().unwrap();
        assert_eq!((leg.user.clone(), leg.queue.clone()), (Some("u".into()), Some("q".into())));
        assert_eq!((joined.interaction.clone(), leg.source), ("c".into(), crate::Source::Backfill));
    }
}

#[test]
fn a_page_says_how_many_conversations_it_has() {
    for (body, here) in [
        (json!({ "conversations": [{}, {}], "totalHits": 102 }), 2),
        (json!({ "totalHits": 0 }), 0),
        (json!({}), 0),
        (json!({ "conversations": null, "totalHits": "7" }), 0),
        (json!([]), 0),
    ] {
        let body = body.to_string();
        let page = page_of(&body);
        assert_eq!(page.conversations(), here, "{body}");
    }
    assert_eq!(lines_of(&mut new_book(), &page_of("{}")), [""; 0], "none are none, not a fault");
}

#[test]
fn what_is_broken_in_a_page_is_named_and_costs_its_neighbours_nothing() {
    let good = || session(&[segment("interact", "12:00:00", "")])["participants"][0]["sessions"][0].clone();
    let bad = |field: &str, value: Value| {
        let mut session = good();
        session[field] = value;
        session
    };
    let body = json!({ "conversations": [
        { "conversationId": "c", "participants": [
            { "participantId": "a", "purpose": "agent", "sessions": [
                bad("sessionId", Value::Null),
                bad("segments", json!([{ "segmentStart": "12:00" }])),
                bad("segments", json!(7)),
                bad("mediaType", json!(7)),
                good(),
            ] },
            { "sessions": [good()] },
            7,
        ] },
        { "participants": [] },
        { "conversationId": "d", "conversationEnd": "soon" },
        { "conversationId": "e", "participants": [{ "participantId": "b", "sessions": [good()] }] },
    ] });
    assert_eq!(
        lines_of(&mut new_book(), &page_of(&body.to_string())),
        [
            "rejected missing-field at body.conversations[0].participants[0].sessions[0].sessionId",
            "rejected bad-timestamp at body.conversations[0].participants[0].sessions[1].segmentStart",
            "rejected bad-field at body.conversations[0].participants[0].sessions[2].segments",
            "rejected bad-field at body.conversations[0].participants[0].sessions[3].mediaType",
            "rejected missing-field at body.conversations[0].participants[1].participantId",
            "rejected bad-event at body.conversations[0].participants[2]",
            "rejected missing-field at body.conversations[1].conversationId",
            "rejected bad-timestamp at body.conversations[2].conversationEnd",
            "joined 12:00:00 agent a voice s",
            "joined 12:00:00 unknown b voice s",
        ]
    );
    assert_eq!(lines_of(&mut new_book(), &page_of("[]")), ["rejected bad-event at body"]);
}
