//! Topics: which there are, who may have them, and how lists of them change (section 1).

use rosterline_sim::CloudConfig;
use serde_json::{Value, json};

use crate::{Desk, code, config, json as body, list, quiet};

fn topics(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn path(channel: &str) -> String {
    format!("/api/v2/notifications/channels/{channel}/subscriptions")
}

/// A cloud on which nobody may see the users' presence.
fn strict() -> Desk {
    let forbidden = vec![(".presence".to_owned(), "presence:view".to_owned())];
    Desk::new(CloudConfig { scenario: None, forbidden, ..config() })
}

#[test]
fn post_adds_put_replaces_delete_clears() {
    let mut desk = quiet();
    let channel = desk.channel();
    let (a, b) = ("v2.users.a.conversations", "v2.routing.queues.b.conversations.calls");
    let answer = body(&desk.subscribe(&channel, &topics(&[a])));
    let row = json!({ "id": a, "state": "Permitted", "selfUri": format!("/api/v2/notifications/availabletopics/{a}") });
    assert_eq!(answer, json!({ "entities": [row] }));
    desk.subscribe(&channel, &topics(&[b, a]));
    assert_eq!(desk.topics(&channel), [a, b]);
    desk.ask("PUT", &path(&channel), &list(&topics(&[b])));
    assert_eq!(desk.topics(&channel), [b]);
    let cleared = desk.ask("DELETE", &path(&channel), "");
    assert_eq!((cleared.status, &*cleared.body), (200, ""));
    assert!(desk.topics(&channel).is_empty());
    let refused = desk.ask("PATCH", &path(&channel), "[]");
    assert_eq!((refused.status, refused.header("allow")), (405, Some("GET, POST, PUT, DELETE")));
}

#[test]
fn one_topic_that_does_not_exist_fails_all_of_them() {
    let mut desk = quiet();
    let channel = desk.channel();
    for wrong in [
        "v2.conversation.x.participants",
        "v2.routing.queues.q.conversations.faxes",
        "v2.routing.queues..conversations",
        "v2.users.u.conversations.nothing",
        "v2.users.u?",
        "v2.users.u.con versations",
        "v2.detail.events.conversation.c.agent.start",
        "",
    ] {
        let refused = desk.subscribe(&channel, &topics(&["v2.users.u.presence", wrong]));
        assert_eq!(code(&refused), (400, "notification.invalid.topic".into()), "{wrong}");
        assert!(desk.topics(&channel).is_empty());
    }
}

#[test]
fn a_topic_that_is_forbidden_is_a_403_unless_errors_are_ignored() {
    let mut desk = strict();
    let channel = desk.channel();
    let asked = topics(&["v2.users.u.conversations", "v2.users.u.presence", "v2.nonsense"]);
    let refused = desk.subscribe(&channel, &asked);
    assert_eq!(code(&refused), (403, "notification.unauthorized.topic".into()));
    assert!(desk.topics(&channel).is_empty());
    let lenient = format!("{}?ignoreErrors=true", path(&channel));
    let rows = body(&desk.ask("PUT", &lenient, &list(&asked)))["entities"].take();
    let states: Vec<Value> = rows.as_array().expect("rows").iter().map(|row| row["state"].clone()).collect();
    assert_eq!(states, ["Permitted", "Rejected", "Rejected"]);
    assert_eq!(rows[1]["missingPermissions"], json!(["presence:view"]));
    assert!(rows[2].get("missingPermissions").is_none() && rows[2]["rejectionReason"].is_string());
    assert_eq!(desk.topics(&channel), ["v2.users.u.conversations"]);
}

#[test]
fn errors_are_ignored_only_if_the_parameter_says_so() {
    let mut desk = strict();
    let channel = desk.channel();
    for query in ["?ignoreErrors=false", "?xignoreErrors=true", "?ignoreErrors=trueish", ""] {
        let asked = list(&topics(&["v2.users.u.presence"]));
        assert_eq!(desk.ask("POST", &format!("{}{query}", path(&channel)), &asked).status, 403, "{query}");
    }
}

#[test]
fn of_a_topic_that_combines_several_the_permitted_part_is_had() {
    let mut desk = strict();
    let channel = desk.channel();
    let combined = "v2.users.u?presence&conversations";
    let asked = list(&topics(&[combined, "v2.users.u?presence&presence"]));
    let rows =
        body(&desk.ask("POST", &format!("{}?ignoreErrors=true", path(&channel)), &asked))["entities"].take();
    let told: Vec<(&Value, &Value)> =
        rows.as_array().expect("rows").iter().map(|row| (&row["id"], &row["state"])).collect();
    assert_eq!(
        told,
        [
            (&json!(combined), &json!("Permitted")),
            (&json!("v2.users.u.presence"), &json!("Rejected")),
            (&json!("v2.users.u?presence&presence"), &json!("Rejected")),
        ]
    );
    assert_eq!(desk.topics(&channel), [combined]);
}

#[test]
fn a_name_has_200_characters_at_most() {
    let mut desk = quiet();
    let channel = desk.channel();
    let of_length = |length: usize| format!("v2.users.{}.presence", "u".repeat(length - 18));
    assert_eq!(of_length(200).len(), 200);
    assert_eq!(desk.subscribe(&channel, &[of_length(200)]).status, 200);
    assert_eq!(code(&desk.subscribe(&channel, &[of_length(201)])).1, "notification.invalid.topic");
}

#[test]
fn a_channel_has_1000_topics_at_most_and_one_that_combines_several_is_one() {
    let mut desk = quiet();
    let channel = desk.channel();
    let full: Vec<String> =
        (0..1000).map(|user| format!("v2.users.u{user}?conversations&presence")).collect();
    assert_eq!(desk.subscribe(&channel, &full).status, 200);
    assert_eq!(desk.subscribe(&channel, &full).status, 200, "they are there already");
    let refused = desk.subscribe(&channel, &topics(&["v2.users.one.conversations"]));
    assert_eq!(code(&refused), (400, "notification.subscription.too.many.subscriptions".into()));
    assert_eq!(desk.topics(&channel).len(), 1000);
}

#[test]
fn over_the_socket_topics_are_added_and_taken_away() {
    let mut desk = quiet();
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.say(conn, r#"{"message":"subscribe","topics":["v2.users.a.presence","v2.users.a.presence"],"correlationId":"c1"}"#);
    desk.say(conn, r#"{"message":"subscribe","topics":["v2.users.b.presence"]}"#);
    let told = desk.frames(conn);
    assert_eq!(told[0]["result"], "200");
    assert_eq!((&told[0]["status"], &told[0]["correlationId"]), (&json!("subscribed"), &json!("c1")));
    assert!(told[0].get("topicName").is_none() && told[1].get("correlationId").is_none());
    assert_eq!(desk.topics(&channel), ["v2.users.a.presence", "v2.users.b.presence"]);
    desk.say(conn, r#"{"message":"unsubscribe","topics":["v2.users.a.presence"],"correlationId":"c2"}"#);
    assert_eq!(desk.frames(conn)[0]["status"], "unsubscribed");
    assert_eq!(desk.topics(&channel), ["v2.users.b.presence"]);
}

#[test]
fn over_the_socket_what_is_wrong_is_a_400_in_the_frame() {
    let mut desk = strict();
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.say(conn, r#"{"message":"subscribe","correlationId":"uno"}"#);
    let expected = json!({ "correlationId": "uno", "topics": [], "result": "400", "status": "error",
        "message": "Required data missing from subscribe request." });
    assert_eq!(desk.frames(conn), [expected]);
    desk.say(conn, r#"{"message":"subscribe","topics":["v2.users.u.presence"]}"#);
    let told = desk.frames(conn);
    assert_eq!((&told[0]["result"], &told[0]["status"]), (&json!("400"), &json!("failure")));
    assert!(desk.topics(&channel).is_empty());
}

#[test]
fn the_topics_that_there_are_can_be_asked_for() {
    let mut desk = quiet();
    let all = crate::ids(&desk.get("/api/v2/notifications/availabletopics")["entities"]);
    let details = all.iter().filter(|id| id.starts_with("v2.detail.events.conversation.{id}."));
    assert_eq!((all.len(), details.count()), (36, 16));
}
