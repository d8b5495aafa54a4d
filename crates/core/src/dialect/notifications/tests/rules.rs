//! What is news, by which rule (docs/notifications.md, section 3).

use super::*;
use crate::Source;

fn call(joined: &str, left: &str) -> Value {
    let time = |time: &str| if time.is_empty() { Value::Null } else { json!(format!("2024-05-01T{time}Z")) };
    let state = if left.is_empty() { "connected" } else { "disconnected" };
    json!({ "state": state, "connectedTime": time(joined), "disconnectedTime": time(left), "disconnectType": "peer" })
}

/// `user.end` of the agent's call.
fn user_end(left: &str, talked: u64) -> String {
    let body = json!({
        "eventTime": millis(left), "participantId": "a", "sessionId": "a-call", "mediaType": "VOICE",
        "interactingDurationMs": talked,
    });
    detail("user.end", &body)
}

fn customer_start(time: &str) -> String {
    let body = json!({ "eventTime": millis(time), "participantId": "a", "sessionId": "a-call", "mediaType": "VOICE" });
    detail("customer.start", &body)
}

fn page(joined: &str, left: &str) -> String {
    let time = |time: &str| if time.is_empty() { Value::Null } else { json!(format!("2024-05-01T{time}Z")) };
    json!({ "conversationId": CONVERSATION, "participants": [{ "participantId": "a", "purpose": "agent", "sessions": [{
        "sessionId": "a-call", "mediaType": "voice", "segments": [
            { "segmentStart": time(joined), "segmentEnd": time(left), "segmentType": "interact" },
        ],
    }] }] })
    .to_string()
}

#[test]
fn a_fact_is_told_once_and_known_from_then_on() {
    let mut book = new_book();
    assert_eq!(lines(&mut book, &agent(call("12:00:00", ""))), ["joined 12:00:00 agent a voice a-call"]);
    assert_eq!(lines(&mut book, &agent(call("12:00:00", ""))), ["known"]);
    let both = ["known", "left 12:05:00 agent a voice a-call, peer"];
    assert_eq!(lines(&mut book, &agent(call("12:00:00", "12:05:00"))), both);
    assert_eq!(lines(&mut book, &agent(call("12:00:00", "12:05:00"))), ["known", "known"]);
}

#[test]
fn what_is_told_says_who_why_and_when_it_came() {
    let participant = json!({
        "id": "a", "purpose": "agent", "userId": "u", "queueId": "q",
        "chats": [{ "id": "s", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" }],
    });
    let found = told(&mut new_book(), &snapshot(&conversation(&[participant])));
    let [Told::New(joined)] = &found[..] else { panic!("{found:?}") };
    let stamp = stamp(RECEIVED);
    assert_eq!((joined.arrived, joined.received), (stamp.arrived, stamp.received));
    assert_eq!((joined.interaction.clone(), joined.participant.clone()), (CONVERSATION.into(), "a".into()));
    assert_eq!((joined.kind, &*joined.channel, &joined.reason), (PresenceKind::Joined, "chat", &None));
    let leg = joined.leg.as_deref().unwrap();
    assert_eq!((leg.session.clone(), &*leg.purpose), ("s".into(), "agent"));
    assert_eq!(
        (leg.user.clone(), leg.queue.clone(), leg.source),
        (Some("u".into()), Some("q".into()), Source::Snapshot)
    );
}

#[test]
fn the_news_of_a_report_come_in_the_order_of_their_times() {
    let body = conversation(&[
        with_call("c", "customer", call("12:00:00", "12:09:00")),
        with_call("q", "acd", call("12:00:00", "12:02:00")),
        with_call("a", "agent", call("12:02:00", "")),
    ]);
    let mut book = new_book();
    assert_eq!(
        lines(&mut book, &snapshot(&body)),
        [
            "joined 12:00:00 customer c voice c-call",
            "joined 12:00:00 acd q voice q-call",
            "joined 12:02:00 agent a voice a-call",
            "left 12:02:00 acd q voice q-call, peer",
            "left 12:09:00 customer c voice c-call, peer",
        ]
    );
}

#[test]
fn the_participants_time_stands_in_for_that_of_its_communication() {
    let with_times = |joined: &str, left: &str, call: Value| {
        let mut participant = with_call("a", "agent", call);
        participant["connectedTime"] = json!(format!("2024-05-01T{joined}Z"));
        participant["endTime"] =
            if left.is_empty() { Value::Null } else { json!(format!("2024-05-01T{left}Z")) };
        snapshot(&conversation(&[participant]))
    };
    let found = lines(&mut new_book(), &with_times("12:00:00", "", json!({ "state": "connected" })));
    assert_eq!(found, ["joined 12:00:00 agent a voice a-call"]);
    let both = ["joined 12:00:00 agent a voice a-call", "left 12:05:00 agent a voice a-call"];
    let found = lines(&mut new_book(), &with_times("12:00:00", "12:05:00", json!({ "state": "terminated" })));
    assert_eq!(found, both);
    let found = lines(&mut new_book(), &with_times("12:00:00", "12:05:00", json!({ "state": "connected" })));
    assert_eq!(found, both, "the participant has gone, whatever the state is");
    for ringing in ["alerting", "dialing", "contacting", "offering", "scheduled", "beaming"] {
        let found = lines(&mut new_book(), &with_times("12:00:00", "", json!({ "state": ringing })));
        assert_eq!(found, [""; 0], "{ringing}");
    }
}

#[test]
fn without_a_time_the_time_of_reception_stands_in_and_is_never_corrected() {
    let mut book = new_book();
    assert_eq!(
        lines(&mut book, &agent(json!({ "state": "connected" }))),
        ["joined 12:30:00 agent a voice a-call"]
    );
    assert_eq!(lines(&mut book, &agent(call("12:00:00", ""))), ["known"], "it was a guess");
    assert_eq!(
        lines(&mut book, &agent(json!({ "state": "disconnected" }))),
        ["left 12:30:00 agent a voice a-call"]
    );
    assert_eq!(lines(&mut book, &agent(call("12:00:00", "12:05:00"))), ["known", "known"]);
    assert_eq!(lines(&mut book, &user_end("12:06:00", 1000)), ["known", "known"]);
}

#[test]
fn a_snapshot_that_is_late_takes_nothing_back() {
    let mut book = new_book();
    lines(&mut book, &agent(call("12:00:00", "12:05:00")));
    assert_eq!(lines(&mut book, &agent(json!({ "state": "alerting" }))), [""; 0]);
    assert_eq!(lines(&mut book, &agent(call("12:00:00", ""))), ["known"]);
    assert_eq!(book.open().count(), 0);
    assert_eq!(
        lines(&mut book, &agent(call("12:01:00", "12:04:00"))),
        ["known", "known"],
        "the first times stand"
    );
}

#[test]
fn sources_that_differ_by_two_seconds_tell_one_fact() {
    let mut book = new_book();
    assert_eq!(lines(&mut book, &customer_start("12:00:00")), ["joined 12:00:00 customer a voice a-call"]);
    assert_eq!(lines(&mut book, &agent(call("12:00:02", ""))), ["known"]);
    assert_eq!(lines(&mut book, &agent(call("11:59:58", ""))), ["known"]);
}

#[test]
fn a_snapshot_that_contradicts_a_detail_event_is_a_second_statement() {
    let mut book = new_book();
    lines(&mut book, &customer_start("12:00:00"));
    let second = ["joined 12:00:02.001 agent a voice a-call"];
    assert_eq!(lines(&mut book, &agent(call("12:00:02.001", ""))), second);
    assert_eq!(
        lines(&mut book, &agent(call("12:00:09", ""))),
        ["known"],
        "no snapshot contradicts a snapshot"
    );
    assert_eq!(lines(&mut book, &customer_start("12:00:00")), ["known"], "and no detail event one");
    let mut book = new_book();
    lines(&mut book, &user_end("12:05:00", 60_000));
    let answer = conversation(&[with_call("a", "agent", call("12:04:00", "12:05:03"))]).to_string();
    assert_eq!(
        lines_of(&mut book, &answer_of(&answer)),
        ["known", "left 12:05:03 agent a voice a-call, peer"],
        "one that was asked for counts as much"
    );
}

#[test]
fn a_detail_event_never_contradicts_a_snapshot() {
    let mut book = new_book();
    lines(&mut book, &agent(call("12:00:00", "12:05:00")));
    assert_eq!(lines(&mut book, &user_end("12:20:00", 60_000)), ["known", "known"]);
}

#[test]
fn the_analytics_fill_in_what_is_missing_and_nothing_else() {
    let mut book = new_book();
    lines(&mut book, &agent(call("12:00:00", "")));
    assert_eq!(
        lines_of(&mut book, &page_of(&page("12:10:00", "12:20:00"))),
        ["known", "left 12:20:00 agent a voice a-call"]
    );
    let mut book = new_book();
    lines(&mut book, &user_end("12:05:00", 60_000));
    assert_eq!(lines_of(&mut book, &page_of(&page("12:00:00", "12:20:00"))), ["known", "known"]);
    assert_eq!(lines(&mut book, &agent(call("12:01:00", "12:05:00"))).len(), 2);
}

#[test]
fn who_left_without_having_been_connected_has_not_left() {
    let mut book = new_book();
    assert_eq!(lines(&mut book, &agent(json!({ "state": "alerting" }))), [""; 0]);
    assert_eq!(book.open().count(), 1, "it rings");
    let missed = ["missed ? to 12:00:20 agent a voice a-call, peer"];
    assert_eq!(lines(&mut book, &agent(call("", "12:00:20"))), missed);
    assert_eq!(lines(&mut book, &agent(call("", "12:00:20"))), [""; 0], "once");
    assert_eq!(lines(&mut book, &user_end("12:00:20", 0)), [""; 0]);
    assert_eq!(book.open().count(), 0);
    let mut book = new_book();
    lines(&mut book, &agent(call("12:00:00", "")));
    assert_eq!(
        lines(&mut book, &user_end("12:00:20", 0)),
        ["left 12:00:20 agent a voice a-call"],
        "it was connected, by another source"
    );
}

#[test]
fn who_is_said_to_have_been_connected_after_the_end_has_left_then() {
    let mut book = new_book();
    let missed = ["missed ? to 12:00:20 agent a voice a-call, peer"];
    assert_eq!(lines(&mut book, &agent(call("", "12:00:20"))), missed);
    assert_eq!(
        lines(&mut book, &agent(call("12:00:00", ""))),
        ["joined 12:00:00 agent a voice a-call", "left 12:00:20 agent a voice a-call, peer"],
        "a snapshot that is late says what the one before left out"
    );
    assert_eq!(book.open().count(), 0);
    assert_eq!(lines(&mut book, &agent(call("12:00:00", "12:00:20"))), ["known", "known"]);
}

#[test]
fn an_offer_that_ended_by_itself_has_no_time() {
    let mut book = new_book();
    let found = told(&mut book, &agent(json!({ "state": "disconnected" })));
    let [Told::Missed(offer)] = &found[..] else { panic!("{found:?}") };
    assert_eq!((offer.from, offer.to), (None, None));
}

#[test]
fn who_listens_in_has_joined() {
    let participant = |id: &str, role: &str| {
        let mut participant = with_call(id, "agent", call("12:00:00", ""));
        participant[role] = json!("a");
        participant
    };
    let body = conversation(&[
        participant("m", "monitoredParticipantId"),
        participant("k", "coachedParticipantId"),
        participant("b", "bargedParticipantId"),
        participant("x", "consultParticipantId"),
    ]);
    assert_eq!(lines(&mut new_book(), &snapshot(&body)).len(), 4);
}

#[test]
fn what_an_event_does_not_say_is_taken_from_what_is_known() {
    let mut book = new_book();
    let participant = json!({
        "id": "a", "purpose": "agent", "userId": "u", "queueId": "q",
        "calls": [{ "id": "a-call", "state": "connected", "connectedTime": "2024-05-01T12:00:00Z" }],
    });
    lines(&mut book, &snapshot(&conversation(&[participant])));
    let end = json!({
        "eventTime": millis("12:05:00"), "participantId": "a", "sessionId": "a-call", "interactingDurationMs": 300_000,
    });
    let found = told(&mut book, &detail("user.end", &end));
    let [Told::Known, Told::New(left)] = &found[..] else { panic!("{found:?}") };
    let leg = left.leg.as_deref().unwrap();
    assert_eq!((&*left.channel, &*leg.purpose, leg.source), ("voice", "agent", Source::Detail));
    assert_eq!((leg.user.clone(), leg.queue.clone()), (Some("u".into()), Some("q".into())));
}

#[test]
fn a_conversation_is_over_when_every_communication_is() {
    let mut book = new_book();
    let body = |agent_left: &str| {
        conversation(&[
            with_call("c", "customer", call("12:00:00", "12:05:00")),
            with_call("a", "agent", call("12:01:00", agent_left)),
        ])
    };
    let open = |book: &Book| book.open().map(ToString::to_string).collect::<Vec<_>>();
    lines(&mut book, &snapshot(&body("")));
    assert_eq!(open(&book), [CONVERSATION]);
    let mut other = body("");
    other["id"] = json!("a-conversation");
    lines(&mut book, &snapshot(&other));
    assert_eq!(open(&book), ["a-conversation", CONVERSATION], "in the order of their ids");
    lines(&mut book, &snapshot(&body("12:05:00")));
    assert_eq!(open(&book), ["a-conversation"]);
    lines(&mut book, &snapshot(&conversation(&[with_call("b", "agent", json!({ "state": "alerting" }))])));
    assert_eq!(open(&book).len(), 2, "somebody else is called");
}
