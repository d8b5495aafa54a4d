//! What kind of message a frame is (docs/notifications.md, section 4).

use super::frame::{Answer, SystemKind, open};
use super::*;
use crate::Reason;

/// The kind of a message, in a word.
fn kind(text: &str) -> String {
    match open(text, &mut Index::default()) {
        Ok(Message::Heartbeat) => "heartbeat".to_string(),
        Ok(Message::Pong) => "pong".to_string(),
        Ok(Message::Answer(Answer { result, status, message })) => {
            format!("answer {result}/{status}/{message}")
        }
        Ok(Message::System(system)) => {
            let channel = system.channel.as_deref().unwrap_or("none");
            match system.kind {
                SystemKind::SocketClosing => format!("closing {channel}"),
                SystemKind::NoLongerSubscribed { another } => format!("lost {channel} {another}"),
                SystemKind::TokenRevoked => format!("revoked {channel}"),
                SystemKind::Other => format!("system {channel}"),
            }
        }
        Ok(Message::Snapshot(_)) => "snapshot".to_string(),
        Ok(Message::Detail(_)) => "detail".to_string(),
        Ok(Message::Other { topic, body }) => format!("other {topic} {body}"),
        Err(reason) => reason.name().to_string(),
    }
}

#[test]
fn the_servers_sign_of_life_and_its_answer_to_our_ping_are_told_apart() {
    let metadata =
        |message: &str| json!({ "topicName": "channel.metadata", "eventBody": { "message": message } });
    assert_eq!(kind(&metadata("WebSocket Heartbeat").to_string()), "heartbeat");
    assert_eq!(kind(&metadata("pong").to_string()), "pong");
    assert_eq!(kind(&metadata("anything").to_string()), "heartbeat");
    assert_eq!(kind(r#"{"topicName":"channel.metadata"}"#), "heartbeat");
}

#[test]
fn an_answer_to_a_message_of_ours_has_no_topic() {
    for (text, what) in [
        (
            r#"{"result":"200","status":"subscribed","topics":["v2.a","v2.b"],"correlationId":"x"}"#,
            "answer 200/subscribed/",
        ),
        (
            r#"{"correlationId":"x","topics":[],"result":"400","status":"error","message":"Required data missing from subscribe request."}"#,
            "answer 400/error/Required data missing from subscribe request.",
        ),
        (r#"{"result":"404","message":"gone"}"#, "answer 404//gone"),
        (r#"{"result":404,"topics":[7,"v2.a"],"topicName":null}"#, "answer 404//"),
        (r#"{"status":"failure"}"#, "answer /failure/"),
    ] {
        assert_eq!(kind(text), what);
    }
}

#[test]
fn the_service_is_understood_by_topic_type_and_reason() {
    let body = |kind: &str, reason: &str| json!({ "channelId": "streaming-1", "systemTopicType": kind, "reason": reason, "message": "token_revoked" });
    let cases = [
        ("v2.system.socket_closing", json!({ "message": "Websocket closing soon" }), "closing none"),
        ("v2.system.socket_closing.streaming-1", Value::Null, "closing streaming-1"),
        ("v2.system.no_longer_subscribed.streaming-1", Value::Null, "lost streaming-1 false"),
        (
            "v2.system.no_longer_subscribed.streaming-2",
            body("", "another_channel_subscribed"),
            "lost streaming-1 true",
        ),
        (
            "v2.system.id.id",
            body("no_longer_subscribed", "another_channel_subscribed"),
            "lost streaming-1 true",
        ),
        ("v2.system.token_revoked.id", json!({}), "revoked id"),
        ("v2.system.id.id", body("token_revoked", "user_tokens_revoked"), "revoked streaming-1"),
        ("v2.system.id.id", body("", "user_tokens_revoked"), "revoked streaming-1"),
        ("v2.system.id.id", body("subscription_changed", ""), "system streaming-1"),
        ("v2.subscription.updated", body("subscription_changed", "x"), "system streaming-1"),
        ("v2.system.new_thing", json!("token_revoked"), "system none"),
    ];
    for (topic, body, what) in cases {
        assert_eq!(kind(&frame(topic, &body)), what, "{topic} {body}");
    }
}

#[test]
fn conversations_of_users_and_queues_are_snapshots_and_nothing_else_is() {
    for topic in [
        "v2.users.u.conversations",
        "v2.routing.queues.q.conversations",
        "v2.users.u.conversations.calls",
        "v2.routing.queues.q.conversations.socialexpressions",
        "v2.users.u.conversations.holograms",
    ] {
        assert_eq!(kind(&frame(topic, &json!({}))), "snapshot", "{topic}");
    }
    for topic in [
        "v2.users.u.conversations.summaries",
        "v2.users.u.conversationsummary",
        "v2.users.u.presence",
        "v2.conversations.c.transcription",
        "v2.conversations.chats.c.members",
        "v2.analytics.conversation.c.metrics",
        "v2.users.conversations",
        "",
    ] {
        assert_eq!(kind(&frame(topic, &json!(7))), format!("other {topic} 7"));
    }
}

#[test]
fn starts_and_ends_are_detail_events_and_the_others_say_nothing_of_presence() {
    for party in ["customer", "user", "acd", "flow", "voicemail"] {
        for moment in ["start", "end"] {
            assert_eq!(kind(&detail(&format!("{party}.{moment}"), &json!({}))), "detail");
        }
    }
    for name in
        ["acw", "attributes", "contact", "flow.outcome", "outbound", "wrapup", "user.beamed", "ghost.start"]
    {
        assert!(kind(&detail(name, &json!({}))).starts_with("other "), "{name}");
    }
    assert!(kind(&frame("v2.detail.events.agent.u.state", &json!({}))).starts_with("other "));
}

#[test]
fn a_frame_needs_neither_version_nor_metadata_and_may_have_anything_else() {
    for text in [
        r#"{"topicName":"v2.users.u.conversations"}"#,
        r#" {"new":[{}],"eventBody":null,"topicName":"v2.users.u.conversations","timestamp":7} "#,
    ] {
        assert_eq!(kind(text), "snapshot", "{text}");
    }
    assert_eq!(kind("{}"), "other  null");
    assert_eq!(kind(r#"{"message":"hello"}"#), "other  null");
    assert_eq!(kind(r#"{"topicName":7,"eventBody":8}"#), "other  8");
    assert_eq!(
        kind(r#"{"topicName":"v2.users.\u0075.conversations","eventBody":8}"#),
        "other v2.users.u.conversations 8"
    );
}

#[test]
fn what_is_no_json_object_is_bad() {
    for text in ["", "[]", "7", "\"x\"", "{", r#"{"topicName":"x""#, "{}{}", "{'a':1}"] {
        assert_eq!(open(text, &mut Index::default()).err(), Some(Reason::BadJson), "{text}");
    }
    let twice = r#"{"topicName":"channel.metadata","topicName":"v2.users.u.conversations"}"#;
    assert_eq!(
        open(twice, &mut Index::default()).err(),
        Some(Reason::BadJson),
        "nobody can say which one is meant"
    );
}
