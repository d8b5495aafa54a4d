//! Tokens, handshakes, the dialogue and TLS, over real sockets.

mod common;

use common::{connected, end, exchange, hear, open, say, soon, subscribed, token, token_answer};
use futures_util::{SinkExt, StreamExt};
use rosterline_core::{Timestamp, UnixMillis};
use rosterline_mock::{Fact, MockServer, Options, Scenario, Start};
use tokio_tungstenite::tungstenite::Message;

async fn quiet() -> MockServer {
    MockServer::start(Options::new().quiet()).await.expect("a free port")
}

fn fact(interaction: &str, channel: &str) -> Fact {
    Fact::joined(Timestamp::from(UnixMillis(0)), interaction, "p", channel)
}

#[tokio::test]
async fn a_client_gets_a_token_connects_subscribes_and_is_told() {
    let server =
        MockServer::start(Options::new().scenario(Scenario::Transfer).seed(7)).await.expect("a free port");
    let mut socket = subscribed(&server, "{}").await;
    let frame = hear(&mut socket).await;
    assert_eq!(frame["events"][0]["type"], "ParticipantJoined");
    let first = &server.sent()[0];
    assert_eq!(frame["events"][0]["interaction"], first.fact.interaction.to_string());
    assert_eq!(first.written.len(), 1);
}

#[tokio::test]
async fn only_configured_credentials_get_a_token() {
    let options = Options::new().quiet().credentials("id", "secret");
    let server = MockServer::start(options).await.expect("a free port");
    assert_eq!((server.client_id(), server.client_secret()), ("id", "secret"));
    assert!(token_answer(&server, "aWQ6c2VjcmV0").await.starts_with("HTTP/1.1 200 "));
    let refused = token_answer(&server, "aWQ6d3Jvbmc=").await;
    assert!(refused.starts_with("HTTP/1.1 401 ") && refused.contains("invalid_client"), "{refused}");
    assert_eq!(server.control().counts().tokens, 2);
}

#[tokio::test]
async fn a_wrong_token_is_refused_and_closed() {
    let server = quiet().await;
    let mut socket = open(&server).await.expect("a handshake");
    say(&mut socket, r#"{"token":"forged"}"#).await;
    assert_eq!(hear(&mut socket).await["status"], "error");
    assert_eq!(end(&mut socket).await, 4401);
}

#[tokio::test]
async fn a_subscription_passes_what_it_names_and_a_new_one_replaces_it() {
    let server = quiet().await;
    let control = server.control();
    let mut socket = subscribed(&server, r#"{"id":"a","channels":["voice"]}"#).await;
    control.emit(vec![fact("a", "chat"), fact("b", "voice"), fact("a", "voice")]);
    let events = hear(&mut socket).await["events"].take();
    assert_eq!(events.as_array().map(Vec::len), Some(1));
    say(&mut socket, r#"{"filter":{}}"#).await;
    assert_eq!(hear(&mut socket).await["status"], "subscribed");
    control.emit(vec![fact("a", "chat"), fact("b", "voice"), fact("a", "voice")]);
    let events = hear(&mut socket).await["events"].take();
    assert_eq!(events.as_array().map(Vec::len), Some(3));
    assert_eq!(control.subscriptions().len(), 2);
}

#[tokio::test]
async fn two_clients_are_told_the_same() {
    let server = quiet().await;
    let (mut one, mut two) = (subscribed(&server, "{}").await, subscribed(&server, "{}").await);
    server.control().emit(vec![fact("a", "voice")]);
    assert_eq!(hear(&mut one).await, hear(&mut two).await);
    assert_eq!(server.sent()[0].written.len(), 2);
}

#[tokio::test]
async fn pings_are_answered_and_counted() {
    let server = quiet().await;
    let mut socket = connected(&server).await;
    soon(socket.send(Message::Ping("payload".into()))).await.expect("sent");
    let pong = soon(socket.next()).await.expect("not over").expect("no error");
    assert_eq!(pong, Message::Pong("payload".into()));
    assert_eq!(server.control().counts().pings, 1);
}

#[tokio::test]
async fn tls_is_trusted_by_its_authority() {
    let server = MockServer::start(Options::new().quiet().tls(true)).await.expect("a free port");
    assert!(server.login_url().starts_with("https://127.0.0.1:"));
    assert!(server.stream_url().starts_with("wss://127.0.0.1:"));
    let mut socket = subscribed(&server, "{}").await;
    server.control().emit(vec![fact("a", "voice")]);
    assert!(hear(&mut socket).await["events"].is_array());
}

#[tokio::test]
async fn every_other_request_is_told_what_is_wrong_with_it() {
    let server = quiet().await;
    let stream = rosterline_mock::STREAM_PATH;
    for (request, status) in [
        ("GET / HTTP/1.1\r\n".to_owned(), 404),
        ("GET /oauth/token HTTP/1.1\r\n".to_owned(), 405),
        (format!("GET {stream} HTTP/1.1\r\n"), 426),
        ("POST /oauth/token HTTP/1.1\r\nContent-Length: 9999999\r\n".to_owned(), 413),
    ] {
        let answer = exchange(&server, &format!("{request}Host: mock\r\nConnection: close\r\n\r\n")).await;
        assert!(answer.starts_with(&format!("HTTP/1.1 {status} ")), "{request} {answer}");
    }
}

#[tokio::test]
async fn a_client_that_says_too_much_at_once_is_closed() {
    let server = quiet().await;
    let mut socket = open(&server).await.expect("a handshake");
    let _ = socket.send(Message::text("x".repeat(1 << 20))).await;
    assert!([1006, 1009].contains(&end(&mut socket).await));
    soon(server.control().until(|counts| counts.open == 0)).await;
}

#[tokio::test]
async fn a_server_stops_with_a_goodbye_and_its_port_serves_again() {
    let server = quiet().await;
    let (addr, mut socket) = (server.addr(), subscribed(&server, "{}").await);
    let (code, ()) = soon(async { tokio::join!(end(&mut socket), server.stop()) }).await;
    assert_eq!(code, 1001);
    drop(socket);
    let again = MockServer::start(Options::new().quiet().listen(addr)).await.expect("the port is free");
    assert_eq!(again.addr(), addr);
    connected(&again).await;
}

#[tokio::test]
async fn a_dropped_server_lets_go_of_everything() {
    let server = quiet().await;
    let (addr, mut socket) = (server.addr(), subscribed(&server, "{}").await);
    drop(server);
    assert_eq!(end(&mut socket).await, 1006);
    soon(async {
        while tokio::net::TcpStream::connect(addr).await.is_ok() {
            tokio::task::yield_now().await;
        }
    })
    .await;
}

#[tokio::test]
async fn a_bounded_server_tells_when_all_has_happened() {
    let options =
        Options::new().interactions(2).pace(rosterline_mock::Pace::percent(10_000)).start(Start::AtOnce);
    let server = MockServer::start(options).await.expect("a free port");
    let control = server.control();
    soon(control.until(|_| server.control().exhausted())).await;
    let interactions: std::collections::BTreeSet<_> =
        server.sent().into_iter().map(|told| told.fact.interaction).collect();
    assert_eq!(interactions.len(), 2);
    assert!(server.sent().iter().all(|told| told.written.is_empty()));
    assert!(!token(&server).await.is_empty());
}
