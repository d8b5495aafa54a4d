//! The model of Genesys Cloud at its door, rule by rule. The numbers are sections of docs/notifications.md; what is told here
//! beyond them stands in docs/notifications-mock.md.

mod analytics;
mod channels;
mod conversations;
mod hostile;
mod sockets;
mod subscriptions;

use std::time::Duration;

use rosterline_core::{Instant, UnixMillis};
use rosterline_sim::{
    Answer, Cloud, CloudConfig, ConnId, Frame, Input, Output, Request, Response, Scenario, Start,
};
use serde_json::Value;

/// 2024-05-01T12:00:00Z.
const NOON: UnixMillis = UnixMillis(1_714_564_800_000);
const HANDSHAKE: [(&str, &str); 4] = [
    ("Upgrade", "websocket"),
    ("Connection", "Upgrade"),
    ("Sec-WebSocket-Version", "13"),
    ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

/// A cloud, and a client of it.
struct Desk {
    cloud: Cloud,
    now: Instant,
    token: String,
}

fn config() -> CloudConfig {
    CloudConfig { wall: NOON, start: Start::AtOnce, ..CloudConfig::default() }
}

/// Nothing happens there by itself.
fn quiet() -> Desk {
    Desk::new(CloudConfig { scenario: None, ..config() })
}

impl Desk {
    fn new(config: CloudConfig) -> Self {
        let cloud = Cloud::new(config, Instant::ZERO);
        let mut desk = Self { cloud, now: Instant::ZERO, token: String::new() };
        desk.token = desk.log_in("aWQ6c2VjcmV0");
        desk
    }

    /// A token for the client behind `Basic …`.
    fn log_in(&mut self, basic: &str) -> String {
        let basic = format!("Basic {basic}");
        let headers = [("Authorization", &*basic)];
        let body = b"grant_type=client_credentials";
        let request = Request { method: "POST", path: "/oauth/token", headers: &headers, body };
        let response = responded(self.cloud.request(&request, self.now));
        json(&response)["access_token"].as_str().expect("a token").to_owned()
    }

    fn ask(&mut self, method: &str, path: &str, body: &str) -> Response {
        self.ask_bytes(method, path, body.as_bytes())
    }

    fn ask_bytes(&mut self, method: &str, path: &str, body: &[u8]) -> Response {
        let bearer = format!("Bearer {}", self.token);
        let headers = [("Host", "127.0.0.1:1"), ("authorization", &*bearer)];
        responded(self.cloud.request(&Request { method, path, headers: &headers, body }, self.now))
    }

    /// The body of an answer that has to be good.
    fn get(&mut self, path: &str) -> Value {
        let response = self.ask("GET", path, "");
        assert_eq!(response.status, 200, "{path}: {}", response.body);
        json(&response)
    }

    fn query(&mut self, body: &str) -> Value {
        let response = self.ask("POST", "/api/v2/analytics/conversations/details/query", body);
        assert_eq!(response.status, 200, "{}", response.body);
        json(&response)
    }

    /// Creates a channel, and gives its id.
    fn channel(&mut self) -> String {
        let response = self.ask("POST", "/api/v2/notifications/channels", "{}");
        assert_eq!(response.status, 200, "{}", response.body);
        json(&response)["id"].as_str().expect("an id").to_owned()
    }

    fn exists(&mut self, channel: &str) -> bool {
        self.ask("HEAD", &format!("/api/v2/notifications/channels/{channel}"), "").status == 200
    }

    fn subscribe(&mut self, channel: &str, topics: &[String]) -> Response {
        let path = format!("/api/v2/notifications/channels/{channel}/subscriptions");
        self.ask("POST", &path, &list(topics))
    }

    /// The topics of a channel.
    fn topics(&mut self, channel: &str) -> Vec<String> {
        let path = format!("/api/v2/notifications/channels/{channel}/subscriptions");
        ids(&self.get(&path)["entities"])
    }

    fn handshake(&mut self, channel: &str) -> Answer {
        let path = format!("/channels/{channel}");
        let request = Request { method: "GET", path: &path, headers: &HANDSHAKE, body: b"" };
        self.cloud.request(&request, self.now)
    }

    fn open(&mut self, channel: &str) -> ConnId {
        assert!(matches!(self.handshake(channel), Answer::Upgrade { .. }), "refused");
        self.cloud.open(&format!("/channels/{channel}"), self.now).expect("the channel is there")
    }

    /// A channel with these topics, and a connection to it.
    fn listen(&mut self, topics: &[String]) -> ConnId {
        let channel = self.channel();
        let conn = self.open(&channel);
        let response = self.subscribe(&channel, topics);
        assert_eq!(response.status, 200, "{}", response.body);
        conn
    }

    fn say(&mut self, conn: ConnId, text: &str) {
        self.cloud.handle(conn, Input::Text(text), self.now);
    }

    /// Everything that waits for a connection.
    fn outputs(&mut self, conn: ConnId) -> Vec<Output> {
        std::iter::from_fn(|| self.cloud.poll_output(conn)).collect()
    }

    /// The frames that wait for a connection.
    fn frames(&mut self, conn: ConnId) -> Vec<Value> {
        self.outputs(conn)
            .iter()
            .filter_map(|output| match output {
                Output::Send(Frame::Text(text)) => Some(serde_json::from_str(text).expect("JSON")),
                Output::Send(Frame::Binary(_))
                | Output::Close(..)
                | Output::Abort
                | Output::Stall
                | Output::Deafen => None,
            })
            .collect()
    }

    /// Lets time pass, from deadline to deadline.
    fn pass(&mut self, time: Duration) {
        let end = self.now + time;
        while let Some(at) = self.cloud.poll_timeout().filter(|at| *at <= end) {
            self.now = self.now.max(at);
            self.cloud.handle_timeout(self.now);
        }
        self.now = end;
    }

    fn seconds(&mut self, seconds: u64) {
        self.pass(Duration::from_secs(seconds));
    }

    fn queue_topics(&self) -> Vec<String> {
        self.cloud.queues().iter().map(|queue| format!("v2.routing.queues.{queue}.conversations")).collect()
    }
}

fn responded(answer: Answer) -> Response {
    match answer {
        Answer::Respond { response, .. } => response,
        Answer::Upgrade { .. } => panic!("no response but an upgrade"),
    }
}

fn json(response: &Response) -> Value {
    serde_json::from_str(&response.body).unwrap_or_else(|error| panic!("{error}: {}", response.body))
}

fn code(response: &Response) -> (u16, String) {
    (response.status, json(response)["code"].as_str().unwrap_or_default().to_owned())
}

fn list(topics: &[String]) -> String {
    let all: Vec<Value> = topics.iter().map(|topic| serde_json::json!({ "id": topic })).collect();
    Value::from(all).to_string()
}

fn ids(list: &Value) -> Vec<String> {
    let all = list.as_array().map_or(&[][..], Vec::as_slice);
    all.iter().map(|it| it["id"].as_str().expect("an id").to_owned()).collect()
}

fn of(scenario: Scenario) -> CloudConfig {
    CloudConfig { scenario: Some(scenario), ..config() }
}
