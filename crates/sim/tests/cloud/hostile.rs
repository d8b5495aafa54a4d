//! Whatever comes from outside, nothing panics and memory stays bounded.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use rosterline_core::Rng;
use rosterline_sim::{CloudConfig, Input, Request};

use crate::{Desk, config, quiet};

/// Pieces that paths, headers and bodies are put together from.
const WORDS: [&str; 26] = [
    "/api/v2/",
    "notifications",
    "channels",
    "/",
    "subscriptions",
    "conversations",
    "analytics",
    "details",
    "query",
    "users",
    "routing/queues",
    "?pageSize=",
    "&pageNumber=",
    "18446744073709551615",
    "0",
    "-1",
    "%",
    "é",
    "\u{0}",
    "..",
    "?id=,,,",
    "[{\"id\":",
    "\"v2.users.\u{1F600}?&&.\"",
    "}]",
    "{\"interval\":\"/\"}",
    "ignoreErrors=true",
];

fn words(rng: &mut Rng) -> String {
    (0..rng.up_to(8)).map(|_| WORDS[rng.up_to(WORDS.len() as u64 - 1) as usize]).collect()
}

#[test]
fn no_request_and_no_message_makes_it_panic() {
    let mut desk = Desk::new(CloudConfig { requests: u32::MAX, ..config() });
    let channel = desk.channel();
    let conn = desk.open(&channel);
    let mut rng = Rng::stream(1, "hostile");
    for _ in 0..4000 {
        let (path, body) = (format!("/api/v2/{}", words(&mut rng)), words(&mut rng));
        let method = ["GET", "POST", "PUT", "DELETE", "HEAD", "", "é"][rng.up_to(6) as usize];
        let answer = desk.ask(method, &path, &body);
        assert!((200..500).contains(&answer.status), "{method} {path}: {}", answer.status);
        desk.say(conn, &words(&mut rng));
        let request =
            Request { method, path: &words(&mut rng), headers: &[("Host", "\"\\\u{0}")], body: b"" };
        desk.cloud.request(&request, desk.now);
        let _ = desk.cloud.open(&words(&mut rng), desk.now);
    }
    desk.cloud.handle(conn, Input::Text(&"[".repeat(60_000)), desk.now);
}

#[test]
fn a_body_that_is_not_what_it_should_be_is_a_400() {
    let mut desk = quiet();
    let channel = desk.channel();
    let subscriptions = format!("/api/v2/notifications/channels/{channel}/subscriptions");
    let query = "/api/v2/analytics/conversations/details/query";
    let deep = "[".repeat(100_000);
    let bodies: [&[u8]; 9] = [
        b"",
        b"null",
        b"{",
        b"[7]",
        b"{}",
        b"[{\"id\":7}]",
        b"\xff\xfe",
        b"{\"interval\":\"x/y\"}",
        deep.as_bytes(),
    ];
    for body in bodies {
        for path in [&*subscriptions, query] {
            assert_eq!(
                desk.ask_bytes("POST", path, body).status,
                400,
                "{path} {:?}",
                &body[..body.len().min(20)]
            );
        }
    }
}

#[test]
fn clients_without_number_do_not_make_channels_without_number() {
    let mut desk = Desk::new(CloudConfig { requests: u32::MAX, ..config() });
    let first = desk.channel();
    desk.seconds(1);
    let own = std::mem::take(&mut desk.token);
    for client in 0..110 {
        desk.token = desk.log_in(&STANDARD.encode(format!("client-{client}:secret")));
        for _ in 0..20 {
            desk.channel();
        }
    }
    desk.token = own;
    assert!(!desk.exists(&first), "the oldest of all has gone");
}

#[test]
fn without_time_between_heartbeats_it_still_comes_to_rest() {
    let mut desk =
        Desk::new(CloudConfig { scenario: None, heartbeat: std::time::Duration::ZERO, ..config() });
    let channel = desk.channel();
    let conn = desk.open(&channel);
    desk.pass(std::time::Duration::from_millis(5));
    assert_eq!(desk.frames(conn).len(), 5);
}
