//! Snapshots in each of their shapes, whole and broken (docs/notifications.md, sections 2 and 4).

use super::*;

#[test]
fn every_medium_has_its_word() {
    let lists = [
        ("calls", "voice"),
        ("callbacks", "callback"),
        ("chats", "chat"),
        ("cobrowsesessions", "cobrowse"),
        ("emails", "email"),
        ("internalMessages", "internalmessage"),
        ("messages", "message"),
        ("screenMonitorings", "screenmonitoring"),
        ("screenshares", "screenshare"),
        ("socialExpressions", "socialexpression"),
        ("videos", "video"),
        ("holograms", "holograms"),
    ];
    for (list, channel) in lists {
        let communication =
            json!({ "id": "s", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" });
        let participant = json!({ "id": "a", "purpose": "agent", list: [communication] });
        let found = lines(&mut new_book(), &snapshot(&conversation(&[participant])));
        assert_eq!(found, [format!("joined 12:00:00 agent a {channel} s")], "{list}");
    }
}

#[test]
fn two_communications_of_one_participant_are_two_sessions() {
    let both = json!({
        "id": "a", "purpose": "agent", "connectedTime": "2024-05-01T12:00:00Z",
        "callbacks": [{ "id": "s1", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" }],
        "calls": [
            { "id": "s2", "state": "dialing" },
            { "id": "s3", "state": "disconnected", "disconnectedTime": "2024-05-01T12:02:00Z", "disconnectType": "peer" },
            { "id": "s4", "state": "connected", "connectedTime": "2024-05-01T12:03:00Z" },
        ],
    });
    let found = lines(&mut new_book(), &snapshot(&conversation(&[both])));
    assert_eq!(
        found,
        [
            "missed ? to 12:02:00 agent a voice s3, peer",
            "joined 12:00:00 agent a callback s1",
            "joined 12:03:00 agent a voice s4",
        ]
    );
}

#[test]
fn a_list_of_something_else_is_no_list_of_communications() {
    let participant = json!({
        "id": "a", "purpose": "agent", "mediaRoles": ["full"], "others": [{ "id": "x" }, { "state": "connected" }, 7],
        "workflow": { "workflowId": "w" }, "calls": [{ "id": "s", "connectedTime": "2024-05-01T12:00:00Z" }],
    });
    let found = lines(&mut new_book(), &snapshot(&conversation(&[participant])));
    assert_eq!(found, ["joined 12:00:00 agent a voice s"]);
}

#[test]
fn a_media_topic_has_flat_participants() {
    let flat = json!({ "id": CONVERSATION, "participants": [
        {
            "id": "c", "purpose": "customer", "state": "terminated", "disconnectType": "peer",
            "connectedTime": "2024-05-01T12:00:00Z", "endTime": "2024-05-01T12:05:00Z",
            "queue": { "id": "q", "name": "Sales" },
        },
        {
            "id": "a", "purpose": "agent", "state": "connected", "connectedTime": "2024-05-01T12:01:00Z",
            "user": { "id": "u", "name": "Ann" }, "queue": { "id": "q" },
        },
        { "id": "b", "purpose": "agent", "state": "disconnected", "startTime": "2024-05-01T12:00:20Z",
          "endTime": "2024-05-01T12:00:50Z", "disconnectType": "transfer.noanswer", "user": { "id": "v" } },
        { "id": "d", "purpose": "agent", "state": "alerting", "user": null },
    ] });
    let mut book = new_book();
    let found = told(&mut book, &frame("v2.routing.queues.q.conversations.calls", &flat));
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        [
            "missed 12:00:20 to 12:00:50 agent b voice b, transfer.noanswer",
            "joined 12:00:00 customer c voice c",
            "joined 12:01:00 agent a voice a",
            "left 12:05:00 customer c voice c, peer",
        ]
    );
    let Told::New(joined) = &found[2] else { panic!("{found:?}") };
    let leg = joined.leg.as_ref().unwrap();
    assert_eq!((leg.user.clone(), leg.queue.clone()), (Some("u".into()), Some("q".into())));
}

#[test]
fn every_media_topic_names_its_medium() {
    let topics = [
        ("calls", "voice"),
        ("callbacks", "callback"),
        ("chats", "chat"),
        ("cobrowseSessions", "cobrowse"),
        ("emails", "email"),
        ("messages", "message"),
        ("screenshares", "screenshare"),
        ("socialexpressions", "socialexpression"),
        ("videos", "video"),
        ("holograms", "holograms"),
    ];
    let flat = json!({ "id": "c", "participants": [
        { "id": "a", "purpose": "agent", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" },
    ] });
    for (topic, channel) in topics {
        let found = lines(&mut new_book(), &frame(&format!("v2.users.u.conversations.{topic}"), &flat));
        assert_eq!(found, [format!("joined 12:00:00 agent a {channel} a")]);
    }
}

#[test]
fn a_session_that_a_media_topic_told_is_known_to_the_other_sources() {
    let flat = json!({ "id": CONVERSATION, "participants": [
        { "id": "a", "purpose": "agent", "state": "connected", "connectedTime": "2024-05-01T12:01:00Z" },
    ] });
    let flat = frame("v2.users.u.conversations.calls", &flat);
    let whole = |left: Option<&str>| {
        agent(
            json!({ "state": "connected", "connectedTime": "2024-05-01T12:01:00Z", "disconnectedTime": left }),
        )
    };
    let mut book = new_book();
    assert_eq!(lines(&mut book, &flat), ["joined 12:01:00 agent a voice a"]);
    assert_eq!(lines(&mut book, &whole(None)), ["known"]);
    assert_eq!(lines(&mut book, &flat), ["known"], "the other way round");
    let left = whole(Some("2024-05-01T12:09:00Z"));
    assert_eq!(lines(&mut book, &left), ["known", "left 12:09:00 agent a voice a-call"]);
    assert_eq!(lines(&mut book, &flat), ["known"]);
    assert_eq!(book.open().count(), 0);
}

#[test]
fn a_session_on_another_medium_is_another_one() {
    let flat = json!({ "id": CONVERSATION, "participants": [
        { "id": "a", "purpose": "agent", "state": "connected", "connectedTime": "2024-05-01T12:01:00Z" },
    ] });
    let mut book = new_book();
    assert_eq!(
        lines(&mut book, &frame("v2.users.u.conversations.callbacks", &flat)),
        ["joined 12:01:00 agent a callback a"]
    );
    let call = agent(json!({ "state": "connected", "connectedTime": "2024-05-01T12:01:00Z" }));
    assert_eq!(lines(&mut book, &call), ["joined 12:01:00 agent a voice a-call"]);
    assert_eq!(lines(&mut book, &frame("v2.users.u.conversations.callbacks", &flat)), ["known"]);
    assert_eq!(lines(&mut book, &frame("v2.users.u.conversations.calls", &flat)), ["known"]);
}

#[test]
fn a_flat_participant_in_an_all_media_topic_is_on_a_medium_that_nobody_names() {
    let flat = conversation(&[json!({ "id": "a", "state": "connected" })]);
    assert_eq!(lines(&mut new_book(), &snapshot(&flat)), ["joined 12:30:00 unknown a unknown a"]);
}

#[test]
fn a_source_that_names_no_medium_may_mean_any() {
    let flat = json!({ "id": CONVERSATION, "participants": [
        { "id": "a", "purpose": "agent", "state": "connected", "connectedTime": "2024-05-01T12:01:00Z" },
    ] });
    let flat = frame("v2.users.u.conversations.calls", &flat);
    let start = json!({ "eventTime": millis("12:01:00"), "participantId": "a", "sessionId": "s" });
    let start = detail("customer.start", &start);
    let mut book = new_book();
    assert_eq!(lines(&mut book, &flat), ["joined 12:01:00 agent a voice a"]);
    assert_eq!(lines(&mut book, &start), ["known"]);
    let mut book = new_book();
    assert_eq!(lines(&mut book, &start), ["joined 12:01:00 customer a unknown s"]);
    assert_eq!(lines(&mut book, &flat), ["known"]);
}

#[test]
fn a_conversation_of_the_rest_api_is_a_snapshot_too() {
    let conversation = json!({
        "id": CONVERSATION, "startTime": "2024-05-01T12:00:00Z", "address": "tel:+15550000001",
        "recordingState": "NONE", "selfUri": "/api/v2/conversations/x", "divisions": [{ "division": { "id": "d" } }],
        "participants": [
            {
                "id": "c", "startTime": "2024-05-01T12:00:00Z", "connectedTime": "2024-05-01T12:00:00Z",
                "purpose": "customer", "participantType": "External", "chats": [], "emails": [], "screenshares": [],
                "calls": [{
                    "id": "s1", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z", "disconnectReasons": [],
                    "segments": [{ "startTime": "2024-05-01T12:00:00Z", "type": "Interact", "howEnded": "Unknown" }],
                }],
            },
            {
                "id": "a", "startTime": "2024-05-01T12:00:10Z", "endTime": "2024-05-01T12:00:40Z", "purpose": "agent",
                "userId": "u", "calls": [{
                    "id": "s2", "state": "terminated", "startAlertingTime": "2024-05-01T12:00:11Z",
                    "disconnectedTime": "2024-05-01T12:00:40Z", "disconnectType": "transfer.donotdisturb",
                }],
            },
            { "id": "b", "purpose": "agent", "calls": [], "chats": [] },
        ],
    })
    .to_string();
    let mut book = new_book();
    let found = told_of(&mut book, &answer_of(&conversation));
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        ["missed 12:00:11 to 12:00:40 agent a voice s2, transfer.dnd", "joined 12:00:00 customer c voice s1",]
    );
    let Told::New(joined) = &found[1] else { panic!("{found:?}") };
    assert_eq!(joined.leg.as_ref().unwrap().source, crate::Source::Backfill);
}

#[test]
fn a_conversation_that_has_ended_has_ended_for_everybody() {
    let body = json!({
        "id": "c", "endTime": "2024-05-01T12:08:00Z",
        "participants": [with_call("a", "agent", json!({ "state": "connected", "connectedTime": "2024-05-01T12:01:00Z" }))],
    });
    let mut book = new_book();
    assert_eq!(
        lines_of(&mut book, &answer_of(&body.to_string())),
        ["joined 12:01:00 agent a voice a-call", "left 12:08:00 agent a voice a-call"]
    );
    assert_eq!(book.open().count(), 0);
}

#[test]
fn what_is_broken_is_named_and_costs_its_neighbours_nothing() {
    let good = |id: &str| json!({ "id": id, "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" });
    let bad = |field: &str, value: Value| {
        let mut call = good("x");
        call[field] = value;
        call
    };
    let body = conversation(&[
        json!({ "id": "a", "purpose": "agent", "calls": [
            bad("connectedTime", json!("yesterday")),
            bad("disconnectedTime", json!(1714564800000i64)),
            bad("id", Value::Null),
            bad("id", json!(7)),
            bad("state", json!({})),
            7,
            good("s"),
        ], "chats": { "id": "x" } }),
        json!("a"),
        json!({ "purpose": "agent", "calls": [good("x")] }),
        json!({ "id": "", "calls": [good("x")] }),
        json!({ "id": "b", "endTime": "2024-05-01", "calls": [good("x")] }),
        json!({ "id": "b", "user": { "id": 7 }, "state": "connected" }),
        json!({ "id": "b", "calls": null, "things": [{}, good("t"), bad("connectedTime", json!("soon"))] }),
        json!({ "id": "b", "purpose": "x".repeat(9000), "calls": [good("x")] }),
        with_call("d", "agent", good("")),
    ]);
    assert_eq!(
        lines(&mut new_book(), &snapshot(&body)),
        [
            "rejected bad-timestamp at eventBody.participants[0].calls[0].connectedTime",
            "rejected bad-field at eventBody.participants[0].calls[1].disconnectedTime",
            "rejected missing-field at eventBody.participants[0].calls[2].id",
            "rejected bad-field at eventBody.participants[0].calls[3].id",
            "rejected bad-field at eventBody.participants[0].calls[4].state",
            "rejected bad-event at eventBody.participants[0].calls[5]",
            "rejected bad-field at eventBody.participants[0].chats",
            "rejected bad-event at eventBody.participants[1]",
            "rejected missing-field at eventBody.participants[2].id",
            "rejected missing-field at eventBody.participants[3].id",
            "rejected bad-timestamp at eventBody.participants[4].endTime",
            "rejected bad-field at eventBody.participants[5].user",
            "rejected bad-timestamp at eventBody.participants[6].communications[2].connectedTime",
            "rejected bad-field at eventBody.participants[7].purpose",
            "joined 12:00:00 agent a voice s",
            "joined 12:00:00 unknown b things t",
            "joined 12:00:00 agent d voice d-call",
        ]
    );
}

#[test]
fn a_body_that_is_no_conversation_is_one_rejection() {
    for (body, line) in [
        (Value::Null, "rejected bad-event at eventBody"),
        (json!([]), "rejected bad-event at eventBody"),
        (json!({ "participants": [] }), "rejected missing-field at eventBody.id"),
        (json!({ "id": "c", "participants": 7 }), "rejected bad-field at eventBody.participants"),
    ] {
        assert_eq!(lines(&mut new_book(), &snapshot(&body)), [line], "{body}");
    }
    assert_eq!(lines_of(&mut new_book(), &answer_of("[]")), ["rejected bad-event at body"]);
    assert_eq!(lines(&mut new_book(), &snapshot(&json!({ "id": "c" }))), [""; 0]);
    let twice = r#"{"topicName":"v2.users.u.conversations","eventBody":{"id":"c","id":"d"}}"#;
    assert_eq!(lines(&mut new_book(), twice), ["rejected bad-event at eventBody"]);
}
