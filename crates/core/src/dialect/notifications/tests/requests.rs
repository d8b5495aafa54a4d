//! What is asked of the REST API (docs/notifications.md, sections 1 and 6).

use super::super::rest;
use super::*;
use crate::{Id, Secret, Topic};

fn json_of(text: &str) -> Value {
    serde_json::from_str(text).expect("JSON")
}

#[test]
fn a_channel_is_created_with_an_empty_object() {
    let ask = rest::create_channel();
    assert_eq!((ask.method, &*ask.path, &*ask.body), ("POST", "/api/v2/notifications/channels", "{}"));
}

#[test]
fn topics_replace_or_add_and_those_that_are_refused_cost_the_others_nothing() {
    let topics = [Topic::queue("q").unwrap(), Topic::new("v2.users.u?conversations&presence").unwrap()];
    let channel = Secret::from("streaming-0-x");
    let (put, post) = (rest::subscribe(&channel, &topics), rest::add_topics(&channel, &topics));
    let path = "/api/v2/notifications/channels/streaming-0-x/subscriptions?ignoreErrors=true";
    assert_eq!((put.method, &*put.path), ("PUT", path));
    assert_eq!((post.method, &*post.path), ("POST", path));
    let body =
        json!([{ "id": "v2.routing.queues.q.conversations" }, { "id": "v2.users.u?conversations&presence" }]);
    assert_eq!((json_of(&put.body), json_of(&post.body)), (body.clone(), body));
    assert_eq!(rest::subscribe(&channel, []).body, "[]");
}

#[test]
fn a_conversation_is_asked_for_by_its_id() {
    let ask = rest::conversation(&Id::new(CONVERSATION));
    assert_eq!(ask.method, "GET");
    assert_eq!(ask.path, format!("/api/v2/conversations/{CONVERSATION}"));
    assert_eq!(ask.body, "");
}

#[test]
fn an_id_cannot_lead_a_path_astray() {
    let ask = rest::conversation(&Id::new("../x?y=ü&z#"));
    assert_eq!(ask.path, "/api/v2/conversations/..%2Fx%3Fy%3D%C3%BC%26z%23");
    let ask = rest::subscribe(&Secret::from("a/b"), []);
    assert!(ask.path.starts_with("/api/v2/notifications/channels/a%2Fb/"), "{}", ask.path);
}

#[test]
fn the_query_finds_what_was_there_in_the_interval() {
    let unix = |text: &str| Timestamp::parse(text).unwrap().unix_millis();
    let ask = rest::details(unix("2024-05-01T13:00:00Z"), unix("2024-05-01T14:00:00.5Z"), 3);
    assert_eq!((ask.method, &*ask.path), ("POST", "/api/v2/analytics/conversations/details/query"));
    assert_eq!(
        json_of(&ask.body),
        json!({
            "interval": "2024-04-30T00:00:00.000Z/2024-05-01T14:00:00.500Z",
            "order": "asc", "orderBy": "conversationStart",
            "paging": { "pageSize": 100, "pageNumber": 3 },
            "conversationFilters": [{ "type": "or", "predicates": [
                { "type": "dimension", "dimension": "conversationEnd", "operator": "notExists" },
                { "type": "dimension", "dimension": "conversationEnd", "operator": "matches",
                  "value": "2024-05-01T13:00:00.000Z/2024-05-02T14:00:00.500Z" },
            ] }],
        })
    );
}

#[test]
fn an_interval_reaches_back_to_the_start_of_the_day_before() {
    for (from, start) in [
        ("2024-03-01T00:00:00Z", "2024-02-29T00:00:00.000Z"),
        ("2024-03-01T23:59:59.999Z", "2024-02-29T00:00:00.000Z"),
        ("1969-12-31T23:00:00Z", "1969-12-30T00:00:00.000Z"),
    ] {
        let from = Timestamp::parse(from).unwrap().unix_millis();
        let body = json_of(&rest::details(from, from, 1).body);
        let interval = body["interval"].as_str().unwrap();
        assert!(interval.starts_with(start), "{interval}");
    }
}
