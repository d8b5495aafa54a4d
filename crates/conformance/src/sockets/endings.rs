//! A session over real sockets: each way in which a connection fails is named as what it is.
#![allow(missing_docs, reason = "the names are what holds")]

use std::time::Duration;

use super::server::*;
use futures_util::SinkExt as _;
use rosterline_core::{Cause, Event, Network, Reason, Step};
use rosterline_net::{Client, Net};
use tokio::io::AsyncWriteExt as _;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

fn kind(cause: &Cause) -> Network {
    let Cause::Network { kind, detail, .. } = cause else { panic!("{cause}") };
    assert!(!detail.contains("://"), "no URL in {detail}");
    *kind
}

pub async fn nobody_listens<N: Net>() {
    let (listener, port) = listen().await;
    drop(listener);
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    assert_eq!(kind(&next_cause(&mut events).await), Network::Connect);
}

pub async fn a_name_without_an_address<N: Net>() {
    // ".invalid" never has one (RFC 6761).
    let mut config = config("ws://nowhere.invalid/");
    config.allow_insecure = true;
    let client = Client::<N>::builder().build().expect("a client");
    let (mut events, _handle) = client.start(config).expect("valid");
    assert_eq!(kind(&next_cause(&mut events).await), Network::Dns);
}

pub async fn an_http_status_instead_of_a_websocket<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/stream?x=1"));
    let response = "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n";
    let head = respond(accept(&listener).await, response).await;
    assert!(head.starts_with("GET /stream?x=1 HTTP/1.1\r\n"), "{head}");
    assert!(!head.to_ascii_lowercase().contains("sec-websocket-extensions"), "{head}");
    let cause = next_cause(&mut events).await;
    let retry_after = Some(Duration::from_secs(7));
    assert_eq!(cause, Cause::Http { step: Step::Dial, status: 503, retry_after });
}

pub async fn a_redirect_is_not_followed<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    let response = format!("HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:{port}/elsewhere\r\n\r\n");
    respond(accept(&listener).await, &response).await;
    let cause = next_cause(&mut events).await;
    assert!(matches!(cause, Cause::Http { status: 302, .. }), "{cause}");
}

pub async fn an_answer_that_is_no_http_or_the_wrong_one<N: Net>() {
    for response in ["SSH-2.0-OpenSSH_9.2\r\n\r\n", "HTTP/1.1 101 Switching\r\n\r\n"] {
        let (listener, port) = listen().await;
        let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
        respond(accept(&listener).await, response).await;
        let cause = next_cause(&mut events).await;
        assert!(matches!(cause, Cause::Protocol { code: 1002, .. }), "{cause}");
    }
}

pub async fn an_extension_that_was_not_offered<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    let mut stream = accept(&listener).await;
    let head = read_head(&mut stream).await;
    let key = head.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
    let accept = derive_accept_key(key.as_bytes());
    let answer = format!(
        "HTTP/1.1 101 Switching\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n"
    );
    stream.write_all(answer.as_bytes()).await.expect("the client reads");
    let cause = next_cause(&mut events).await;
    assert!(matches!(cause, Cause::Protocol { code: 1002, .. }), "{cause}");
}

pub async fn the_connection_ends_within_the_handshake<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    drop(accept(&listener).await);
    assert_eq!(kind(&next_cause(&mut events).await), Network::Broken);
}

pub async fn a_close_frame_with_its_reason<N: Net>() {
    let (listener, port) = listen().await;
    let (mut events, _handle) = start::<N>(&format!("ws://127.0.0.1:{port}/"));
    let mut websocket = welcome(&listener).await;
    let close = CloseFrame { code: 1012.into(), reason: "restart".into() };
    websocket.send(Message::Close(Some(close))).await.expect("the client reads");
    assert_eq!(next_cause(&mut events).await, Cause::Closed { code: 1012, reason: "restart".into() });
    let answer = patiently(futures_util::StreamExt::next(&mut websocket)).await;
    assert!(matches!(answer, Some(Ok(Message::Close(Some(close)))) if u16::from(close.code) == 1012));
}

/// Bytes that break the protocol, sent by a live server as they are; and the cause.
async fn after<N: Net>(bytes: &[u8]) -> (Cause, u16) {
    let (listener, port) = listen().await;
    let mut config = config(&format!("ws://127.0.0.1:{port}/"));
    config.limits.frame = 4096;
    let client = Client::<N>::builder().build().expect("a client");
    let (mut events, _handle) = client.start(config).expect("valid");
    let mut websocket = welcome(&listener).await;
    websocket.get_mut().write_all(bytes).await.expect("the client reads");
    let cause = next_cause(&mut events).await;
    let told = patiently(futures_util::StreamExt::next(&mut websocket)).await;
    let Some(Ok(Message::Close(Some(close)))) = told else { panic!("{told:?}") };
    (cause, close.code.into())
}

pub async fn what_breaks_the_protocol_has_its_code_and_the_server_is_told<N: Net>() {
    let oversized = [&[0x82, 127][..], &20_000u64.to_be_bytes()].concat();
    let cases: [(&str, &[u8], u16); 5] = [
        ("reserved bits", &[0xf1, 0], 1002),
        ("unknown opcode", &[0x83, 0], 1002),
        ("masked", &[0x81, 0x81, 0, 0, 0, 0, b'x'], 1002),
        ("no UTF-8", &[0x81, 2, 0xc3, 0x28], 1007),
        ("far above the limit", &oversized, 1009),
    ];
    for (what, bytes, expected) in cases {
        let (cause, told) = after::<N>(bytes).await;
        assert!(matches!(cause, Cause::Protocol { code, .. } if code == expected), "{what}: {cause:?}");
        assert_eq!(told, expected, "{what}");
    }
}

pub async fn a_message_above_the_limit_costs_only_itself<N: Net>() {
    let (listener, port) = listen().await;
    let mut config = config(&format!("ws://127.0.0.1:{port}/"));
    config.limits.frame = 4096;
    let client = Client::<N>::builder().build().expect("a client");
    let (mut events, handle) = client.start(config).expect("valid");
    let mut websocket = welcome(&listener).await;
    websocket.send(Message::text("x".repeat(5000))).await.expect("the client reads");
    websocket.send(joined("anna")).await.expect("the client reads");
    until_live(&mut events).await;
    let Event::Rejected(rejected) = next(&mut events).await else { panic!("not rejected") };
    assert_eq!(rejected.reason, Reason::TooLarge);
    assert_eq!(next_presence(&mut events).await, "anna");
    assert_eq!(handle.stats().dials, 1);
}
