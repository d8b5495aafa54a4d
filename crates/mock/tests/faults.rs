//! Each fault once, over real sockets.

mod common;

use std::time::Duration;

use common::{end, hear, open, say, soon, subscribed, token, token_answer};
use futures_util::{SinkExt, StreamExt};
use rosterline_core::{Timestamp, UnixMillis};
use rosterline_mock::{
    DialogueFault, End, Fact, FaultPlan, Faults, FrameFault, HttpFault, MockServer, Options, When,
};
use tokio_tungstenite::tungstenite::{Error, Message};

async fn quiet(plan: FaultPlan) -> MockServer {
    MockServer::start(Options::new().quiet().plan(plan)).await.expect("a free port")
}

fn fact(number: i64) -> Fact {
    Fact::joined(Timestamp::from(UnixMillis(number)), "i", &format!("p{number}"), "voice")
}

#[tokio::test]
async fn token_requests_are_refused_in_their_turn() {
    let server = quiet(FaultPlan::new().token(When::Nth(0), HttpFault::retry_after(429, 7))).await;
    server.control().fail_tokens(0, HttpFault::Page);
    let refused = token_answer(&server, "YTpi").await;
    assert!(refused.starts_with("HTTP/1.1 429 ") && refused.contains("retry-after: 7\r\n"), "{refused}");
    server.control().fail_tokens(1, HttpFault::Page);
    assert!(token_answer(&server, "YTpi").await.contains("<title>"));
    assert!(token_answer(&server, "YTpi").await.contains("access_token"));
}

#[tokio::test]
async fn handshakes_are_refused_and_slow() {
    let plan = FaultPlan::new().upgrade(When::Nth(1), HttpFault::Slow(Duration::from_millis(300)));
    let server = quiet(plan).await;
    server.control().fail_upgrades(1, HttpFault::retry_after(503, 2));
    let Err(Error::Http(response)) = open(&server).await else { panic!("it was not refused") };
    assert_eq!(
        (response.status().as_u16(), &response.headers()["retry-after"]),
        (503, &"2".parse().expect("valid"))
    );
    let start = tokio::time::Instant::now();
    open(&server).await.expect("a handshake");
    assert!(start.elapsed() >= Duration::from_millis(300));
}

#[tokio::test]
async fn connections_are_cut_or_closed_by_the_plan() {
    for (how, code) in [(End::Cut, 1006), (End::Close(1012, "restart".into()), 1012)] {
        let server = quiet(FaultPlan::new().ending(When::Nth(0), Duration::from_millis(50), how)).await;
        let mut socket = subscribed(&server, "{}").await;
        assert_eq!(end(&mut socket).await, code);
        soon(server.control().until(|counts| counts.open == 0)).await;
        subscribed(&server, "{}").await;
    }
}

#[tokio::test]
async fn connections_are_cut_or_closed_by_hand() {
    let server = quiet(FaultPlan::new()).await;
    let mut socket = subscribed(&server, "{}").await;
    server.control().cut_all();
    assert_eq!(end(&mut socket).await, 1006);
    let mut socket = subscribed(&server, "{}").await;
    server.control().close_all(4403, "forbidden");
    assert_eq!(end(&mut socket).await, 4403);
}

#[tokio::test]
async fn a_tls_connection_is_cut_too() {
    let server = MockServer::start(Options::new().quiet().tls(true)).await.expect("a free port");
    let mut socket = subscribed(&server, "{}").await;
    server.control().cut_all();
    assert_eq!(end(&mut socket).await, 1006);
}

/// Whether anything comes within a moment. It can only miss something that comes late.
async fn silent(socket: &mut common::Socket) -> bool {
    tokio::time::timeout(Duration::from_millis(300), socket.next()).await.is_err()
}

#[tokio::test]
async fn a_half_open_connection_says_nothing_and_stays() {
    let server = quiet(FaultPlan::new()).await;
    let mut socket = subscribed(&server, "{}").await;
    server.control().stall_all();
    server.control().emit(vec![fact(1)]);
    soon(socket.send(Message::Ping("x".into()))).await.expect("the socket takes it");
    assert!(silent(&mut socket).await);
    assert!(server.sent()[0].written.is_empty());
    assert_eq!(server.control().counts().open, 1);
}

#[tokio::test]
async fn a_deaf_connection_answers_no_ping_but_tells_events() {
    let server = quiet(FaultPlan::new()).await;
    let mut socket = subscribed(&server, "{}").await;
    server.control().deafen_all();
    server.control().emit(vec![fact(1)]);
    assert!(hear(&mut socket).await["events"].is_array());
    soon(socket.send(Message::Ping("x".into()))).await.expect("the socket takes it");
    assert!(silent(&mut socket).await);
}

#[tokio::test]
async fn the_dialogue_goes_wrong_by_the_plan() {
    let plan = FaultPlan::new()
        .dialogue(When::Nth(0), DialogueFault::RefuseToken("go away".into()))
        .dialogue(When::Nth(1), DialogueFault::ExtraFields);
    let server = quiet(plan).await;
    let mut socket = open(&server).await.expect("a handshake");
    let token = token(&server).await;
    say(&mut socket, &format!("{{\"token\":\"{token}\"}}")).await;
    assert_eq!(hear(&mut socket).await["message"], "go away");
    let mut socket = open(&server).await.expect("a handshake");
    say(&mut socket, &format!("{{\"token\":\"{token}\"}}")).await;
    assert!(hear(&mut socket).await["sequence"].is_number());
}

#[tokio::test]
async fn an_expired_token_closes_the_connection() {
    let plan = FaultPlan::new().close_expired(true);
    let options = Options::new().quiet().plan(plan).token_lifetime(Duration::from_secs(1));
    let server = MockServer::start(options).await.expect("a free port");
    let mut socket = subscribed(&server, "{}").await;
    assert_eq!(end(&mut socket).await, 4401);
}

#[tokio::test]
async fn frames_are_spoilt_by_the_plan() {
    let plan = FaultPlan::new()
        .frame(When::Nth(0), FrameFault::Duplicate)
        .frame(When::Nth(1), FrameFault::Gzip)
        .frame(When::Nth(2), FrameFault::NoJson)
        .frame(When::Nth(3), FrameFault::Reorder);
    let server = quiet(plan).await;
    let mut socket = subscribed(&server, "{}").await;
    for number in 0..5 {
        server.control().emit(vec![fact(number)]);
    }
    let mut shapes = Vec::new();
    while shapes.len() < 7 {
        shapes.push(match soon(socket.next()).await.expect("not over").expect("no error") {
            Message::Text(text) => match serde_json::from_str::<serde_json::Value>(&text) {
                Ok(json) => json["events"][0]["participant"].as_str().expect("text").to_owned(),
                Err(_) => "no JSON".to_owned(),
            },
            Message::Binary(bytes) => format!("{:02x}{:02x}", bytes[0], bytes[1]),
            other @ (Message::Ping(_) | Message::Pong(_) | Message::Close(_) | Message::Frame(_)) => {
                panic!("{other:?}")
            }
        });
    }
    assert_eq!(shapes, ["p0", "p0", "1f8b", "no JSON", "p2", "p4", "p3"]);
}

#[tokio::test]
async fn raw_frames_are_sent_as_they_are() {
    let server = quiet(FaultPlan::new()).await;
    let mut socket = subscribed(&server, "{}").await;
    server.control().send_text("{");
    server.control().send_binary([0, 255]);
    let mut next = async || soon(socket.next()).await.expect("not over").expect("no error");
    assert_eq!(next().await, Message::text("{"));
    assert_eq!(next().await, Message::binary(vec![0, 255]));
}

#[tokio::test]
async fn a_client_that_reads_nothing_costs_a_bounded_queue() {
    let limits = rosterline_mock::Limits { queued_frames: 16, ..rosterline_mock::Limits::default() };
    let server = MockServer::start(Options::new().quiet().limits(limits)).await.expect("a free port");
    let mut socket = subscribed(&server, "{}").await;
    // More than the buffers of the kernel hold, so that the queue behind them has to fill.
    for _ in 0..64 {
        server.control().send_text("x".repeat(1 << 20));
    }
    assert!([1006, 1013].contains(&end(&mut socket).await));
}

#[tokio::test]
async fn the_preset_for_demonstrations_cuts_the_first_connection() {
    let server = MockServer::start(Options::new().faults(Faults::Some).seed(7)).await.expect("a free port");
    let mut socket = subscribed(&server, "{}").await;
    assert_eq!(end(&mut socket).await, 1006);
    assert!(server.sent().iter().any(|told| !told.written.is_empty()));
}
