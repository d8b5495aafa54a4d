//! Detail events alone (docs/notifications.md, section 3).

use super::*;

fn body(time: &str, more: Value) -> Value {
    let mut body = json!({
        "eventTime": millis(time), "conversationId": CONVERSATION, "participantId": "p", "sessionId": "s",
        "mediaType": "VOICE", "provider": "Edge", "direction": "INBOUND",
    });
    body.as_object_mut().unwrap().extend(more.as_object().cloned().unwrap_or_default());
    body
}

#[test]
fn the_start_and_the_end_of_a_customer_a_queue_a_flow_and_a_voicemail_are_join_and_leave() {
    for (party, purpose) in
        [("customer", "customer"), ("acd", "acd"), ("flow", "ivr"), ("voicemail", "voicemail")]
    {
        let mut book = new_book();
        let (start, end) = (format!("{party}.start"), format!("{party}.end"));
        let gone = json!({ "disconnectType": "TRANSFER", "connectedDurationMs": 60_000 });
        assert_eq!(
            lines(&mut book, &detail(&start, &body("12:00:00", json!({})))),
            [format!("joined 12:00:00 {purpose} p voice s")]
        );
        assert_eq!(book.open().count(), 1);
        assert_eq!(
            lines(&mut book, &detail(&end, &body("12:01:00", gone.clone()))),
            [format!("left 12:01:00 {purpose} p voice s, transfer")]
        );
        assert_eq!(book.open().count(), 0);
        // The start is often missed: its conversation was not known yet.
        assert_eq!(
            lines(&mut new_book(), &detail(&end, &body("12:01:00", gone))),
            [format!("left 12:01:00 {purpose} p voice s, transfer")]
        );
    }
}

#[test]
fn a_user_joined_when_the_talk_began_and_not_when_it_rang() {
    let mut book = new_book();
    let who = json!({ "userId": "u", "queueId": "q" });
    assert_eq!(lines(&mut book, &detail("user.start", &body("12:00:00", who))), [""; 0]);
    assert_eq!(book.open().count(), 1, "it rings");
    let end = json!({
        "userId": "u", "queueId": "q", "disconnectType": "PEER", "alertingDurationMs": 9000,
        "interactingDurationMs": 31_000, "heldDurationMs": 20_000,
    });
    let found = told(&mut book, &detail("user.end", &body("12:01:00", end)));
    assert_eq!(
        found.iter().map(line).collect::<Vec<_>>(),
        ["joined 12:00:09 user p voice s", "left 12:01:00 user p voice s, peer"]
    );
    let Told::New(joined) = &found[0] else { panic!("{found:?}") };
    let leg = joined.leg.as_ref().unwrap();
    assert_eq!((leg.user.clone(), leg.queue.clone()), (Some("u".into()), Some("q".into())));
    assert_eq!(leg.source, crate::Source::Detail);
    assert_eq!(book.open().count(), 0);
}

#[test]
fn a_user_that_rang_and_did_not_talk_was_offered_it() {
    let mut book = new_book();
    lines(&mut book, &detail("user.start", &body("12:00:00", json!({}))));
    let end = |talk: Value| {
        detail(
            "user.end",
            &body(
                "12:00:09",
                json!({
                    "alertingDurationMs": 9000, "disconnectType": "NO_ANSWER_TRANSFER", "interactingDurationMs": talk,
                }),
            ),
        )
    };
    assert_eq!(
        lines(&mut book, &end(Value::Null)),
        ["missed 12:00:00 to 12:00:09 user p voice s, transfer.noanswer"]
    );
    assert_eq!(lines(&mut book, &end(json!(0))), [""; 0], "once");
    assert_eq!(book.open().count(), 0);
}

#[test]
fn a_user_that_has_taken_a_callback_has_joined_before_anybody_talks() {
    let end = json!({ "mediaType": "CALLBACK", "callbackDurationMs": 20_000, "interactingDurationMs": 0 });
    assert_eq!(
        lines(&mut new_book(), &detail("user.end", &body("12:01:00", end))),
        ["joined 12:00:40 user p callback s", "left 12:01:00 user p callback s"]
    );
}

#[test]
fn an_end_that_comes_before_its_start_is_the_same_story() {
    let mut book = new_book();
    assert_eq!(
        lines(&mut book, &detail("acd.end", &body("12:01:00", json!({})))),
        ["left 12:01:00 acd p voice s"]
    );
    assert_eq!(book.open().count(), 0);
    assert_eq!(
        lines(&mut book, &detail("acd.start", &body("12:00:00", json!({})))),
        ["joined 12:00:00 acd p voice s"]
    );
    assert_eq!(book.open().count(), 0);
    let mut book = new_book();
    lines(&mut book, &detail("user.end", &body("12:01:00", json!({ "interactingDurationMs": 9000 }))));
    assert_eq!(lines(&mut book, &detail("user.start", &body("12:00:00", json!({})))), [""; 0]);
    assert_eq!(book.open().count(), 0);
}

#[test]
fn the_topic_names_the_conversation_if_the_event_does_not() {
    let event = json!({ "eventTime": millis("12:00:00"), "participantId": "p", "sessionId": "s" });
    let found = told(&mut new_book(), &detail("customer.start", &event));
    let [Told::New(joined)] = &found[..] else { panic!("{found:?}") };
    assert_eq!(joined.interaction, CONVERSATION.into());
    assert_eq!(&*joined.channel, "unknown");
}

#[test]
fn an_event_without_a_time_happened_when_it_came() {
    let event = json!({ "participantId": "p", "sessionId": "s", "interactingDurationMs": 5000 });
    let mut book = new_book();
    assert_eq!(lines(&mut book, &detail("user.end", &event)), ["left 12:30:00 user p unknown s"]);
    assert_eq!(lines(&mut book, &detail("user.start", &event)), [""; 0]);
}

#[test]
fn a_time_has_to_be_in_a_year_of_four_digits() {
    let started = |time: i64| {
        let event = json!({ "eventTime": time, "participantId": "p", "sessionId": "s" });
        let found = told(&mut new_book(), &detail("customer.start", &event));
        let [Told::New(joined)] = &found[..] else { return found.iter().map(line).collect() };
        joined.at.to_string()
    };
    let bad = "rejected bad-timestamp at eventBody.eventTime";
    assert_eq!(started(-62_167_219_200_000), "0000-01-01T00:00:00.000Z");
    assert_eq!(started(-62_167_219_200_001), bad);
    assert_eq!(started(253_402_300_799_999), "9999-12-31T23:59:59.999Z");
    assert_eq!(started(253_402_300_800_000), bad);
}

#[test]
fn a_broken_event_is_one_rejection() {
    for (field, value, line) in [
        ("participantId", Value::Null, "rejected missing-field at eventBody.participantId"),
        ("sessionId", json!(7), "rejected bad-field at eventBody.sessionId"),
        ("eventTime", json!("2024-05-01T12:00:00Z"), "rejected bad-timestamp at eventBody.eventTime"),
        ("eventTime", json!(i64::MAX), "rejected bad-timestamp at eventBody.eventTime"),
        ("eventTime", json!(1.5), "rejected bad-timestamp at eventBody.eventTime"),
        ("interactingDurationMs", json!(-1), "rejected bad-field at eventBody.interactingDurationMs"),
        ("heldDurationMs", json!("1"), "rejected bad-field at eventBody.heldDurationMs"),
        ("mediaType", json!([]), "rejected bad-field at eventBody.mediaType"),
    ] {
        let found = lines(&mut new_book(), &detail("user.end", &body("12:00:00", json!({ field: value }))));
        assert_eq!(found, [line]);
    }
    let huge = json!({ "interactingDurationMs": u64::MAX, "heldDurationMs": u64::MAX, "callbackDurationMs": u64::MAX });
    let found = lines(&mut new_book(), &detail("user.end", &body("12:00:00", huge)));
    assert_eq!(found, ["left 12:00:00 user p voice s"], "nobody knows when it was joined");
}
