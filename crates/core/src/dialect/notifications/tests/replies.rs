//! What the REST API answers about channels and subscriptions (docs/notifications.md, sections 1 and 7).

use super::super::reply::{Channel, ErrorBody, Outcome, advice, subscribed};
use super::*;

#[test]
fn a_channel_has_an_address_a_name_and_an_end() {
    let body =
        br#"{"connectUri":"wss://streaming.mypurecloud.com/channels/streaming-0-x","id":"streaming-0-x",
        "expires":"2020-08-12T12:41:54.707Z","new":[]}"#;
    let channel = Channel::read(body).unwrap();
    assert_eq!(channel.connect_uri.expose(), "wss://streaming.mypurecloud.com/channels/streaming-0-x");
    assert_eq!(channel.id.expose(), "streaming-0-x");
    assert_eq!(channel.expires, Timestamp::parse("2020-08-12T12:41:54.707Z"));
}

#[test]
fn what_is_wrong_with_a_channel_is_named_without_a_word_of_it() {
    for (body, why) in [
        ("<html>CANARY", "its body is no JSON object"),
        (r#"{"id":"CANARY","expires":"2020-08-12T12:41:54Z"}"#, "its body has no connectUri"),
        (r#"{"connectUri":"CANARY","id":"","expires":"2020-08-12T12:41:54Z"}"#, "its body has no id"),
    ] {
        assert_eq!(Channel::read(body.as_bytes()).err(), Some(why), "{body}");
    }
    assert!(Channel::read(b"\xff").is_err());
    for silent in [r#"{"connectUri":"x","id":"x"}"#, r#"{"connectUri":"x","id":"x","expires":7}"#] {
        assert_eq!(Channel::read(silent.as_bytes()).unwrap().expires, None, "{silent}");
    }
}

#[test]
fn each_topic_is_permitted_or_rejected_by_itself() {
    let body = json!({ "entities": [
        { "id": "v2.users.u.presence", "state": "Permitted", "selfUri": "/api/v2/notifications/availabletopics/x" },
        { "id": "v2.analytics.x", "state": "Rejected", "rejectionReason": "no", "missingPermissions": ["a:b:view", 7] },
        { "id": "v2.analytics.y", "state": "Rejected" },
        { "id": "v2.new", "state": "Pondering" },
        { "state": "Permitted" },
        7,
    ] })
    .to_string();
    let found = subscribed(body.as_bytes()).unwrap();
    let rejected = |reason: &str, permissions: &[&str]| Outcome::Rejected {
        reason: reason.into(),
        permissions: permissions.iter().map(|name| (*name).into()).collect(),
    };
    let all: Vec<(&str, Outcome)> = found.iter().map(|it| (&*it.topic, it.outcome.clone())).collect();
    assert_eq!(
        all,
        [
            ("v2.users.u.presence", Outcome::Permitted),
            ("v2.analytics.x", rejected("no", &["a:b:view"])),
            ("v2.analytics.y", rejected("", &[])),
            ("v2.new", Outcome::Permitted),
        ]
    );
    for body in ["", "{}", "[]", r#"{"entities":7}"#, r#"{"entities":null}"#] {
        assert_eq!(subscribed(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn an_error_names_the_permission_that_is_missing() {
    let read = |body: Value| ErrorBody::read(body.to_string().as_bytes()).unwrap();
    let error = read(json!({
        "message": "The user does not have permission \"analytics:userObservation:view\" required for topic \"v2.x\"",
        "code": "notification.unauthorized.topic", "status": 403,
    }));
    assert_eq!(&*error.code, "notification.unauthorized.topic");
    assert_eq!(error.permission.as_deref(), Some("analytics:userObservation:view"));
    let error = read(json!({
        "message": "Unable to perform the requested action. You are missing the following permission(s): see there",
        "code": "missing.permissions", "messageParams": { "permissions": "[routing:queue:view, routing:queue:edit]" },
    }));
    assert_eq!(error.permission.as_deref(), Some("routing:queue:view"));
    let error = read(
        json!({ "message": "Rate limit exceeded: retry in [7] seconds at 12:00 or a::b", "status": 429 }),
    );
    assert_eq!((&*error.code, error.permission), ("", None));
}

#[test]
fn an_answer_that_is_not_the_apis_is_no_error_of_it() {
    for body in ["", "<html>", "[]", "{}", r#"{"message":null,"code":7}"#, r#"{"error":"invalid_client"}"#] {
        assert_eq!(ErrorBody::read(body.as_bytes()), None, "{body}");
    }
}

#[test]
fn every_error_that_a_person_can_do_something_about_has_its_advice() {
    for code in [
        "notification.invalid.topic",
        "notification.subscription.too.many.subscriptions",
        "notification.transport.not.allowed",
        "notification.unable.to.get.channel.id",
        "notification.unauthorized.topic",
        "notification.unauthorized.divisioned.topic",
        "notification.forbidden.topic",
        "missing.permissions",
        "missing.any.permissions",
        "missing.division.permission",
        "not.authorized",
        "app.not.authorized.for.scope",
        "authz.policy.denied",
        "authentication.required",
        "bad.credentials",
        "credentials.expired",
        "ip.not.authorized",
        "not.found",
        "entity.not.found",
        "conversation.error.conversation.not.found",
        "request.entity.too.large",
        "payload.too.large",
        "too.many.requests",
        "too.many.requests.retry.after",
    ] {
        assert!(!advice(code).is_empty(), "{code}");
    }
    assert_eq!(advice("internal.server.error"), "");
    assert_ne!(advice("bad.credentials"), advice("missing.permissions"));
}
