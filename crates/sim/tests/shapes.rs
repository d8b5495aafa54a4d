//! What the cloud says of conversations, held to the models of the official SDK where a medium or an event differs from
//! the others. `cargo xtask witnesses` holds everything to the models themselves, where they can be installed.

mod common;

use std::sync::LazyLock;
use std::time::Duration;

use common::{BASIC, HANDSHAKE, at, responded, token_request};
use rosterline_core::Instant;
use rosterline_sim::{Answer, Cloud, CloudConfig, Frame, Input, Output, Pace, Request};
use serde_json::{Value, json};

const MEDIA: [&str; 5] = ["calls", "callbacks", "chats", "emails", "messages"];

/// With this seed, so many that each medium is among them, and no more than a page of the details query holds.
const CONVERSATIONS: u64 = 100;

/// One run for all that only look at its frames.
static LISTENER: LazyLock<Listener> = LazyLock::new(|| Listener::new().listen());

/// A client that listens to everything for ten minutes, and its cloud.
struct Listener {
    cloud: Cloud,
    token: String,
    frames: Vec<Value>,
}

impl Listener {
    fn new() -> Self {
        let config = CloudConfig {
            seed: 7,
            conversations: Some(CONVERSATIONS),
            pace: Pace::percent(400),
            ..CloudConfig::default()
        };
        let mut cloud = Cloud::new(config, Instant::ZERO);
        let request = token_request(&[BASIC], "grant_type=client_credentials");
        let granted: Value =
            serde_json::from_str(&responded(cloud.request(&request, at(0))).body).expect("JSON");
        let token = granted["access_token"].as_str().expect("a token").to_owned();
        Self { cloud, token, frames: Vec::new() }
    }

    fn post(&mut self, path: &str, body: &Value, now: Instant) -> Value {
        let authorization = format!("Bearer {}", self.token);
        let (headers, body) = ([("authorization", &*authorization)], body.to_string());
        let request = Request { method: "POST", path, headers: &headers, body: body.as_bytes() };
        let response = responded(self.cloud.request(&request, now));
        assert_eq!(response.status, 200, "{}", response.body);
        serde_json::from_str(&response.body).expect("JSON")
    }

    /// Hears all that happens, and asks for the details of each conversation that it hears of.
    fn listen(mut self) -> Self {
        let made = self.post("/api/v2/notifications/channels", &Value::Null, at(0));
        let id = made["id"].as_str().expect("an id").to_owned();
        let path = format!("/channels/{id}");
        let request = Request { method: "GET", path: &path, headers: &HANDSHAKE, body: b"" };
        assert!(matches!(self.cloud.request(&request, at(0)), Answer::Upgrade { .. }));
        let conn = self.cloud.open(&path, at(0)).expect("a connection");
        let lists = MEDIA.map(|list| format!(".{list}"));
        let lists = || std::iter::once("").chain(lists.iter().map(String::as_str));
        let of_queue =
            |queue| lists().map(move |list| format!("v2.routing.queues.{queue}.conversations{list}"));
        let topics: Vec<String> = self.cloud.queues().iter().flat_map(of_queue).collect();
        self.subscribe(&topics, conn, at(0));
        let mut known = Vec::new();
        while let Some(now) = self.cloud.poll_timeout().filter(|now| *now < at(600_000)) {
            self.cloud.handle_timeout(now);
            while let Some(output) = self.cloud.poll_output(conn) {
                let Output::Send(Frame::Text(text)) = output else { continue };
                let frame: Value = serde_json::from_str(&text).expect("JSON");
                let id = frame["eventBody"]["id"].as_str().unwrap_or_default().to_owned();
                if !id.is_empty() && !known.contains(&id) {
                    let topic = |kind| format!("v2.detail.events.conversation.{id}.{kind}");
                    let kinds = ["customer.end", "flow.start", "flow.end", "acd.end", "user.end"];
                    self.subscribe(&kinds.map(topic), conn, now);
                    known.push(id);
                }
                self.frames.push(frame);
            }
        }
        assert_eq!(known.len() as u64, CONVERSATIONS);
        self
    }

    fn subscribe(&mut self, topics: &[String], conn: rosterline_sim::ConnId, now: Instant) {
        let text = json!({ "message": "subscribe", "topics": topics }).to_string();
        self.cloud.handle(conn, Input::Text(&text), now);
    }

    /// The bodies of the frames whose topic ends so.
    fn bodies(&self, end: &str) -> impl Iterator<Item = &Value> {
        let frames = self.frames.iter();
        frames
            .filter(move |frame| frame["topicName"].as_str().is_some_and(|topic| topic.ends_with(end)))
            .map(|frame| &frame["eventBody"])
    }

    /// The communications of a medium in the snapshots.
    fn communications(&self, list: &str) -> Vec<&Value> {
        let parties =
            self.bodies(".conversations").filter_map(|body| body["participants"].as_array()).flatten();
        let all: Vec<&Value> = parties.filter_map(|party| party[list].as_array()).flatten().collect();
        assert!(!all.is_empty(), "no {list}");
        all
    }
}

#[test]
fn messages_and_emails_are_disconnected_and_never_terminated() {
    let terminated = |list| {
        LISTENER.communications(list).iter().any(|communication| communication["state"] == "terminated")
    };
    assert_eq!(MEDIA.map(terminated), [true, true, true, false, false]);
}

#[test]
fn in_a_snapshot_a_chat_has_no_direction() {
    let directed = |list| LISTENER.communications(list).iter().all(|it| it.get("direction").is_some());
    assert_eq!(MEDIA.map(directed), [true, true, false, true, true]);
    assert!(LISTENER.communications("chats").iter().all(|chat| chat.get("direction").is_none()));
}

#[test]
fn after_call_work_begins_beside_a_flat_participant_and_in_a_communication() {
    let parties = |body: &Value| body["participants"].as_array().cloned().unwrap_or_default();
    let flat: Vec<Value> = LISTENER.bodies(".conversations.calls").flat_map(parties).collect();
    assert!(flat.iter().any(|party| party.get("startAcwTime").is_some()));
    assert!(flat.iter().all(|party| party.get("afterCallWork").is_none()));
    assert!(LISTENER.communications("calls").iter().any(|call| call.get("afterCallWork").is_some()));
}

#[test]
fn detail_events_of_customers_and_flows_have_no_queue() {
    let kinds = [".customer.end", ".flow.end", ".acd.end", ".user.end"];
    let with_queue = kinds.map(|kind| {
        assert!(LISTENER.bodies(kind).next().is_some(), "no {kind}");
        LISTENER.bodies(kind).any(|body| body.get("queueId").is_some())
    });
    assert_eq!(with_queue, [false, false, true, true]);
}

#[test]
fn the_details_query_keeps_to_its_order() {
    let mut listener = Listener::new().listen();
    let later = at(0) + Duration::from_secs(700);
    let mut starts = |order: &str| {
        let query = json!({ "interval": "1970-01-01T00:00:00.000Z/1970-01-01T01:00:00.000Z", "order": order,
            "paging": { "pageSize": 100, "pageNumber": 1 } });
        let found = listener.post("/api/v2/analytics/conversations/details/query", &query, later);
        let found = found["conversations"].as_array().expect("some").clone();
        found
            .iter()
            .map(|it| it["conversationStart"].as_str().expect("a time").to_owned())
            .collect::<Vec<_>>()
    };
    let (up, mut down) = (starts("asc"), starts("desc"));
    assert!(up.is_sorted() && up.len() as u64 == CONVERSATIONS);
    down.reverse();
    assert_eq!(up, down);
}
