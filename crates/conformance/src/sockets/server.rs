//! A server of few lines: each test says what it does.
use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Auth, Cause, Config, Detail, Endpoint, Event, State, Status, Subscription};
use rosterline_driver::Error;
use rosterline_net::{Client, Events, Handle, Net};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// No test waits longer for anything: it only guards against hanging.
const PATIENCE: Duration = Duration::from_secs(60);

pub(super) async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(PATIENCE, work).await.expect("it hangs")
}

pub(super) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

pub(super) async fn accept(listener: &TcpListener) -> TcpStream {
    patiently(listener.accept()).await.expect("a connection").0
}

/// Accepts a WebSocket and takes it to live.
pub(super) async fn welcome(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    greet(accept(listener).await).await
}

/// Makes the handshake, and answers the authentication and the subscription.
pub(super) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> WebSocketStream<S> {
    let mut websocket = patiently(accept_async(stream)).await.expect("a handshake");
    for (asked, answer) in [("token", "connected"), ("filter", "subscribed")] {
        let message = patiently(websocket.next()).await.expect("a message").expect("a message");
        assert!(message.to_text().expect("text").contains(asked), "{message}");
        let answer = Message::text(format!(r#"{{"status":"{answer}"}}"#));
        websocket.send(answer).await.expect("the client reads");
    }
    websocket
}

/// A message with one event.
pub(super) fn joined(participant: &str) -> Message {
    Message::text(format!(
        r#"{{"events":[{{"timestamp":"2024-05-01T12:00:00Z","type":"ParticipantJoined","participant":"{participant}","interaction":"i","channel":"voice"}}]}}"#
    ))
}

/// Reads the head of an HTTP request.
pub(super) async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(patiently(stream.read_u8()).await.expect("a request"));
    }
    String::from_utf8(head).expect("a head is text")
}

/// Answers one HTTP request, and gives its head.
pub(super) async fn respond<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, response: &str) -> String {
    let head = read_head(&mut stream).await;
    stream.write_all(response.as_bytes()).await.expect("the client reads");
    stream.shutdown().await.expect("the client reads");
    head
}

pub(super) fn config(url: &str) -> Config {
    let url = Endpoint::new(url).expect("valid");
    let mut config = Config::new(url, Auth::Token("s3cret".into()), Subscription::all());
    config.reconnect.base = Duration::from_millis(1);
    config.reconnect.jitter = false;
    config
}

pub(super) fn start<N: Net>(url: &str) -> (Events<N>, Handle<N>) {
    Client::builder().build().expect("a client").start(config(url)).expect("a valid configuration")
}

pub(super) async fn next<N: Net>(events: &mut Events<N>) -> Event {
    patiently(events.next()).await.expect("it has not ended").expect("nor failed")
}

/// The cause for which the next attempt or connection is given up.
pub(super) async fn next_cause<N: Net>(events: &mut Events<N>) -> Cause {
    loop {
        match patiently(events.next()).await.expect("it has not ended") {
            Ok(Event::Status(Status { detail: Detail::Retry { cause, .. }, .. }))
            | Err(Error::Ended(cause)) => return cause,
            Ok(_) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

pub(super) async fn until_live<N: Net>(events: &mut Events<N>) {
    while !matches!(next(events).await, Event::Status(Status { state: State::Live, .. })) {}
}

pub(super) async fn next_presence<N: Net>(events: &mut Events<N>) -> String {
    loop {
        if let Event::Presence(presence) = next(events).await {
            return presence.participant.to_string();
        }
    }
}
