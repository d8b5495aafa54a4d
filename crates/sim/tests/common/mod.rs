//! Brings the model of a server into the state that a test needs.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::time::Duration;

use rosterline_core::{Instant, Timestamp, UnixMillis};
use rosterline_sim::{
    Answer, ConnId, Fact, FaultPlan, Frame, Input, Output, Request, Response, STREAM_PATH, Server,
    ServerConfig, TOKEN_PATH,
};

pub(crate) fn at(millis: u64) -> Instant {
    Instant::ZERO + Duration::from_millis(millis)
}

/// A server that tells nothing but what it is made to.
pub(crate) fn quiet(plan: FaultPlan) -> Server {
    Server::new(ServerConfig { scenario: None, plan, ..ServerConfig::default() }, Instant::ZERO)
}

pub(crate) const BASIC: (&str, &str) = ("Authorization", "Basic aWQ6c2VjcmV0");

pub(crate) fn token_request<'a>(headers: &'a [(&'a str, &'a str)], body: &'a str) -> Request<'a> {
    Request { method: "POST", path: TOKEN_PATH, headers, body: body.as_bytes() }
}

pub(crate) fn responded(answer: Answer) -> Response {
    match answer {
        Answer::Respond { response, .. } => response,
        Answer::Upgrade { .. } => panic!("no response but an upgrade"),
    }
}

pub(crate) fn token(server: &mut Server, now: Instant) -> String {
    let request = token_request(&[BASIC], "grant_type=client_credentials");
    let response = responded(server.request(&request, now));
    let body: serde_json::Value = serde_json::from_str(&response.body).expect("JSON");
    body["access_token"].as_str().expect("a token").to_owned()
}

pub(crate) const HANDSHAKE: [(&str, &str); 4] = [
    ("connection", "keep-alive, Upgrade"),
    ("upgrade", "websocket"),
    ("sec-websocket-version", "13"),
    ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
];

pub(crate) fn handshake(headers: &[(&str, &str)]) -> Request<'static> {
    let headers: Vec<(&'static str, &'static str)> =
        headers.iter().map(|(name, value)| (&*name.to_string().leak(), &*value.to_string().leak())).collect();
    Request { method: "GET", path: STREAM_PATH, headers: headers.leak(), body: b"" }
}

pub(crate) fn outputs(server: &mut Server, conn: ConnId) -> Vec<Output> {
    std::iter::from_fn(|| server.poll_output(conn)).collect()
}

pub(crate) fn say(server: &mut Server, conn: ConnId, text: &str, now: Instant) -> Vec<Output> {
    server.handle(conn, Input::Text(text), now);
    outputs(server, conn)
}

pub(crate) fn text(text: &str) -> Output {
    Output::Send(Frame::Text(text.into()))
}

/// A connection that has authenticated.
pub(crate) fn connected(server: &mut Server, now: Instant) -> ConnId {
    let token = token(server, now);
    let conn = server.open(now).expect("there is room");
    say(server, conn, &format!("{{\"token\":\"{token}\"}}"), now);
    conn
}

/// A connection that has subscribed to everything.
pub(crate) fn subscribed(server: &mut Server, now: Instant) -> ConnId {
    let conn = connected(server, now);
    say(server, conn, r#"{"filter":{}}"#, now);
    conn
}

pub(crate) fn fact(number: u32) -> Fact {
    let time = Timestamp::from(UnixMillis(1_714_564_800_000 + i64::from(number)));
    Fact::joined(time, "i", &format!("p{number}"), "voice")
}
