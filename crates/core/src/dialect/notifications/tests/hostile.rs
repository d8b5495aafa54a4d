//! Whatever comes, nothing panics, and what is kept stays in order.

use alloc::vec;

use proptest::prelude::*;

use super::*;

/// Anything, made of the names that mean something.
fn value() -> impl Strategy<Value = Value> {
    let name = prop::sample::select(vec![
        "a",
        "id",
        "connected",
        "disconnected",
        "2024-05-01T12:00:00Z",
        "0000-01-01T00:00:00Z",
        "9999-12-31T23:59:60Z",
        "interact",
        "alert",
        "VOICE",
        "UNKNOWN",
        "é\u{0}",
        "",
    ]);
    let number = prop_oneof![any::<i64>().prop_map(Value::from), any::<f64>().prop_map(Value::from)];
    let leaf = prop_oneof![
        4 => name.prop_map(Value::from),
        1 => number,
        1 => Just(Value::Null),
        1 => any::<bool>().prop_map(Value::from),
    ];
    let key = prop::sample::select(vec![
        "id",
        "participants",
        "calls",
        "callbacks",
        "things",
        "state",
        "connectedTime",
        "disconnectedTime",
        "endTime",
        "purpose",
        "user",
        "userId",
        "conversationId",
        "conversations",
        "participantId",
        "sessionId",
        "sessions",
        "segments",
        "segmentStart",
        "segmentEnd",
        "segmentType",
        "eventTime",
        "interactingDurationMs",
        "mediaType",
        "disconnectType",
    ]);
    leaf.prop_recursive(6, 64, 6, move |inner| {
        let fields = prop::collection::vec((key.clone(), inner.clone()), 0..8);
        prop_oneof![
            1 => prop::collection::vec(inner, 0..4).prop_map(Value::from),
            3 => fields.prop_map(|fields| {
                Value::Object(fields.into_iter().map(|(key, value)| (key.to_string(), value)).collect())
            }),
        ]
    })
}

/// A conversation that is nearly one.
fn nearly() -> impl Strategy<Value = Value> {
    let participants = prop::collection::vec(
        (value(), value()).prop_map(|(call, other)| {
            json!({ "id": "p", "participantId": "p", "calls": [call, other], "sessions": [call, other] })
        }),
        0..4,
    );
    (participants, value()).prop_map(|(participants, other)| {
        let mut body = json!({ "id": "c", "conversationId": "c", "participants": participants });
        if let Value::Object(other) = other {
            body.as_object_mut().expect("it is one").extend(other);
        }
        body
    })
}

proptest! {
    #[test]
    fn no_json_makes_it_panic(
        bodies in prop::collection::vec((prop_oneof![value(), nearly()], 0..8usize), 0..12),
        most in 0..4usize,
    ) {
        let mut book = Book::new(most);
        for (body, form) in bodies {
            let text = body.to_string();
            let mut news = Vec::new();
            let mut take = |book: &mut Book, report: &dyn Report| {
                book.take(report, stamp(RECEIVED), &mut |told| match told {
                    Told::New(presence) => news.push(presence),
                    Told::Rejected { place, .. } => assert!(!place.to_string().is_empty()),
                    Told::Known | Told::Missed(_) => {}
                });
            };
            let topic = match form {
                0 => {
                    take(&mut book, &page_of(&text));
                    continue;
                }
                1 => {
                    take(&mut book, &answer_of(&text));
                    continue;
                }
                2 => "v2.users.u.conversations.calls",
                3 => "v2.detail.events.conversation.c.user.end",
                4 => "v2.detail.events.conversation.c.customer.start",
                5 => "v2.system.no_longer_subscribed.x",
                _ => "v2.routing.queues.q.conversations",
            };
            let frame = frame(topic, &body);
            match frame::open(&frame, &mut Index::default()).expect("an object") {
                Message::Snapshot(report) => take(&mut book, &report),
                Message::Detail(report) => take(&mut book, &report),
                Message::Heartbeat
                | Message::Pong
                | Message::Answer(_)
                | Message::System(_)
                | Message::Other { .. } => {}
            }
            book.audit();
            for presence in &news {
                prop_assert_eq!(Timestamp::parse(&presence.at.to_string()), Some(presence.at));
                book.forget(presence);
                book.audit();
            }
            book.resume(&news);
            book.audit();
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,64}|\\{\"topicName\":\"[a-z0-9.{}]{0,40}\",\"eventBody\":[^x]{0,20}\\}") {
        let _ = frame::open(&text, &mut Index::default());
        let _ = super::super::reply::Channel::read(text.as_bytes());
        let _ = super::super::reply::subscribed(text.as_bytes());
        let _ = super::super::reply::ErrorBody::read(text.as_bytes());
        if let Some(json) = Json::read(&text) {
            lines_of(&mut new_book(), &Page::new(json));
            lines_of(&mut new_book(), &Snapshot::of_answer(json));
        }
    }
}

#[test]
fn depth_does_not_exhaust_the_stack() {
    let deep = "[".repeat(100_000);
    assert!(frame::open(&deep, &mut Index::default()).is_err());
    let deep = format!("{}{}", "[".repeat(100_000), "]".repeat(100_000));
    let text = format!(
        r#"{{"topicName":"v2.users.u.conversations","eventBody":{{"id":"c","participants":[{{"id":"p","calls":{deep}}}]}}}}"#
    );
    assert_eq!(lines(&mut new_book(), &text), ["rejected bad-event at eventBody.participants[0].calls[0]"]);
}
