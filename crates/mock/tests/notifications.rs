//! Genesys Cloud over real sockets: HTTP, the handshake, TLS, and what a client of its notifications sees.

mod common;

use std::time::Duration;

use common::{Socket, dial, end, exchange, hear, say, soon, token};
use futures_util::{SinkExt, StreamExt};
use rosterline_mock::{MockServer, Options, Scenario};
use rosterline_sim::{CloudConfig, CloudEnd};
use serde_json::{Value, json};
use tokio_tungstenite::client_async;
use tokio_tungstenite::tungstenite::{Error, Message};

async fn start(options: Options, cloud: CloudConfig) -> MockServer {
    MockServer::start(options.notifications(cloud)).await.expect("a free port")
}

async fn quiet() -> MockServer {
    start(Options::new().quiet(), CloudConfig::default()).await
}

/// A request with a good token: the head of the answer, and its body.
async fn ask(server: &MockServer, token: &str, line: &str, body: &str) -> (String, String) {
    let request = format!(
        "{line} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\nAuthorization: Bearer {token}\r\n\
         Content-Type: application/json\r\nContent-Length: {}\r\n\r\n{body}",
        server.addr(),
        body.len()
    );
    let answer = exchange(server, &request).await;
    let (head, body) = answer.split_once("\r\n\r\n").expect("a head");
    (head.to_owned(), body.to_owned())
}

async fn channel(server: &MockServer, token: &str) -> Value {
    let (head, body) = ask(server, token, "POST /api/v2/notifications/channels", "{}").await;
    assert!(head.starts_with("HTTP/1.1 200 "), "{head}");
    serde_json::from_str(&body).expect("JSON")
}

async fn connect(server: &MockServer, channel: &Value) -> Result<Socket, Error> {
    let url = channel["connectUri"].as_str().expect("a URI").replacen("wss:", "ws:", 1);
    soon(client_async(url, dial(server).await)).await.map(|(socket, _)| socket)
}

async fn subscribe(server: &MockServer, token: &str, channel: &Value, topics: &[String]) {
    let id = channel["id"].as_str().expect("an id");
    let body: Vec<Value> = topics.iter().map(|topic| json!({ "id": topic })).collect();
    let line = format!("PUT /api/v2/notifications/channels/{id}/subscriptions");
    let (head, body) = ask(server, token, &line, &Value::from(body).to_string()).await;
    assert!(head.starts_with("HTTP/1.1 200 ") && !body.contains("Rejected"), "{head}\n{body}");
}

#[tokio::test]
async fn a_client_subscribes_and_is_told_of_conversations() {
    let server = start(Options::new().scenario(Scenario::Transfer), CloudConfig::default()).await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let mut socket = connect(&server, &channel).await.expect("a handshake");
    let topics: Vec<String> =
        server.queues().iter().map(|queue| format!("v2.routing.queues.{queue}.conversations")).collect();
    subscribe(&server, &token, &channel, &topics).await;
    let frame = hear(&mut socket).await;
    assert!(topics.iter().any(|topic| frame["topicName"] == **topic), "{frame}");
    let first = server.control().cloud(|cloud, _| cloud.facts()[0].clone());
    assert_eq!(frame["eventBody"]["id"], first.conversation.to_string());
    assert_eq!(frame["eventBody"]["participants"][0]["calls"][0]["id"], first.session.to_string());
}

#[tokio::test]
async fn the_handshake_of_a_channel_that_is_gone_is_a_404() {
    let server = quiet().await;
    let token = token(&server).await;
    let first = channel(&server, &token).await;
    // Twenty more, and the first one has to go.
    for _ in 0..20 {
        channel(&server, &token).await;
    }
    match connect(&server, &first).await {
        Err(Error::Http(response)) => assert_eq!(response.status(), 404),
        other => panic!("{:?}", other.map(|_| "connected")),
    }
}

#[tokio::test]
async fn with_the_21st_channel_the_oldest_connection_is_told_and_closed() {
    let server = quiet().await;
    let token = token(&server).await;
    let mut sockets = Vec::new();
    for _ in 0..20 {
        let channel = channel(&server, &token).await;
        sockets.push(connect(&server, &channel).await.expect("a handshake"));
    }
    server.control().until(|counts| counts.open == 20).await;
    channel(&server, &token).await;
    let told = hear(&mut sockets[0]).await;
    assert_eq!(told["eventBody"]["systemTopicType"], "no_longer_subscribed");
    assert_eq!(end(&mut sockets[0]).await, 1000);
}

#[tokio::test]
async fn the_second_socket_of_a_channel_ends_the_first() {
    let server = quiet().await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let mut first = connect(&server, &channel).await.expect("a handshake");
    let mut second = connect(&server, &channel).await.expect("a handshake");
    let told = hear(&mut first).await;
    assert_eq!(told["eventBody"]["reason"], "another_channel_subscribed");
    assert_eq!(end(&mut first).await, 1000);
    say(&mut second, r#"{"message":"ping"}"#).await;
    assert_eq!(hear(&mut second).await["eventBody"]["message"], "pong");
}

#[tokio::test]
async fn heartbeats_come_by_themselves_and_pings_of_both_kinds_are_answered() {
    let heartbeat = Duration::from_millis(50);
    let server = start(Options::new().quiet(), CloudConfig { heartbeat, ..CloudConfig::default() }).await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let mut socket = connect(&server, &channel).await.expect("a handshake");
    for _ in 0..3 {
        let beat =
            json!({ "topicName": "channel.metadata", "eventBody": { "message": "WebSocket Heartbeat" } });
        assert_eq!(hear(&mut socket).await, beat);
    }
    say(&mut socket, "no JSON").await;
    say(&mut socket, r#"{"message":"ping"}"#).await;
    while hear(&mut socket).await["eventBody"]["message"] != "pong" {}
    soon(socket.send(Message::Ping("payload".into()))).await.expect("sent");
    loop {
        match soon(socket.next()).await.expect("not over").expect("no error") {
            Message::Pong(payload) => break assert_eq!(&*payload, b"payload"),
            Message::Text(_)
            | Message::Binary(_)
            | Message::Ping(_)
            | Message::Close(_)
            | Message::Frame(_) => {}
        }
    }
}

#[tokio::test]
async fn topics_can_be_had_over_the_socket_too() {
    let server = quiet().await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let mut socket = connect(&server, &channel).await.expect("a handshake");
    say(&mut socket, r#"{"message":"subscribe","topics":["v2.users.u.presence"],"correlationId":"c"}"#).await;
    let expected = json!({ "result": "200", "status": "subscribed", "topics": ["v2.users.u.presence"], "correlationId": "c" });
    assert_eq!(hear(&mut socket).await, expected);
}

#[tokio::test]
async fn over_tls_the_addresses_of_channels_are_wss() {
    let server = start(Options::new().quiet().tls(true), CloudConfig::default()).await;
    assert!(server.api_url().starts_with("https://"));
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let uri = channel["connectUri"].as_str().expect("a URI");
    assert!(uri.starts_with(&format!("wss://{}/channels/", server.addr())), "{uri}");
    let mut socket = connect(&server, &channel).await.expect("a handshake");
    say(&mut socket, r#"{"message":"ping"}"#).await;
    assert_eq!(hear(&mut socket).await["eventBody"]["message"], "pong");
}

#[tokio::test]
async fn a_head_has_no_body_and_an_answer_its_headers() {
    let server = quiet().await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let id = channel["id"].as_str().expect("an id");
    let (head, body) = ask(&server, &token, &format!("HEAD /api/v2/notifications/channels/{id}"), "").await;
    assert!(head.starts_with("HTTP/1.1 200 ") && body.is_empty(), "{head}\n{body}");
    for name in [
        "inin-correlation-id: ",
        "inin-ratelimit-count: 2",
        "inin-ratelimit-allowed: 300",
        "inin-ratelimit-reset: ",
    ] {
        assert!(head.contains(name), "{name}: {head}");
    }
    let (head, body) = ask(&server, &token, "HEAD /api/v2/notifications/channels/none", "").await;
    assert!(head.starts_with("HTTP/1.1 404 ") && body.is_empty(), "{head}\n{body}");
}

#[tokio::test]
async fn a_header_that_is_no_text_is_a_refusal_and_no_panic() {
    let server = quiet().await;
    let mut io = dial(&server).await;
    let request = b"GET /api/v2/users HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nAuthorization: Bearer \xff\xfe\r\n\r\n";
    tokio::io::AsyncWriteExt::write_all(&mut io, request).await.expect("written");
    let mut answer = Vec::new();
    let _ = soon(tokio::io::AsyncReadExt::read_to_end(&mut io, &mut answer)).await;
    let answer = String::from_utf8(answer).expect("text");
    assert!(answer.starts_with("HTTP/1.1 401 ") && answer.contains("authentication.required"), "{answer}");
    assert!(!token(&server).await.is_empty(), "it goes on");
}

#[tokio::test]
async fn a_test_can_end_connections_in_every_way() {
    let server = quiet().await;
    let control = server.control();
    let token = token(&server).await;
    for (end_all, code) in [
        (Box::new(|| control.close_all(1001, "maintenance")) as Box<dyn Fn()>, 1001),
        (Box::new(|| control.cut_all()), 1006),
        (Box::new(|| control.cloud(|cloud, now| cloud.end_all(CloudEnd::Evict, now))), 1000),
    ] {
        let channel = channel(&server, &token).await;
        let mut socket = connect(&server, &channel).await.expect("a handshake");
        control.until(|counts| counts.open == 1).await;
        end_all();
        assert_eq!(end(&mut socket).await, code);
        drop(socket);
        control.until(|counts| counts.open == 0).await;
    }
}

#[tokio::test]
async fn a_server_that_stops_says_goodbye() {
    let server = quiet().await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let mut socket = connect(&server, &channel).await.expect("a handshake");
    server.control().until(|counts| counts.open == 1).await;
    let stopping = tokio::spawn(server.stop());
    assert_eq!(end(&mut socket).await, 1001);
    drop(socket);
    soon(stopping).await.expect("no panic");
}

#[tokio::test]
async fn a_client_is_heard_however_much_there_is_to_say() {
    const FRAMES: usize = 3_000;
    let server = quiet().await;
    let token = token(&server).await;
    let channel = channel(&server, &token).await;
    let mut socket = connect(&server, &channel).await.expect("a handshake");
    server.control().until(|counts| counts.open == 1).await;
    let text = "x".repeat(4_096);
    server.control().cloud(|cloud, now| (0..FRAMES).for_each(|_| cloud.send(&text, now)));

    soon(socket.close(None)).await.expect("a connection");

    let mut told = 0;
    while let Some(Ok(Message::Text(_))) = soon(socket.next()).await {
        told += 1;
    }
    assert!(told < FRAMES, "it was told everything first");
}
