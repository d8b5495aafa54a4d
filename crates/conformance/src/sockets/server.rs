//! A server of few lines: each test says what it does.
use std::future::Future;
use std::time::Duration;

use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Auth, Cause, Config, Detail, Endpoint, Event, Service, State, Status, Subscription};
use rosterline_driver::{Error, Events, Runtime};
use rosterline_net::{Client, Handle, Net};
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::{WebSocketStream, accept_async};

/// No test waits longer for anything: it only guards against hanging. Whoever knows that it hangs can make it shorter.
fn patience() -> Duration {
    let seconds = std::env::var("ROSTERLINE_PATIENCE").ok().and_then(|seconds| seconds.parse().ok());
    Duration::from_secs(seconds.unwrap_or(60))
}

pub(crate) async fn patiently<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(patience(), work).await.expect("it hangs")
}

/// The same where it may hang by a lock that is never given back: this very thread may wait for it, so that another one
/// looks at the time, and failing has to take the process along.
#[expect(clippy::print_stderr, reason = "the last word of a process")]
pub(crate) async fn patiently_or_abort<T>(work: impl Future<Output = T>) -> T {
    let (done, watch) = std::sync::mpsc::channel();
    std::thread::spawn(move || {
        if watch.recv_timeout(patience()).is_err() {
            eprintln!("it hangs: a deadlock");
            std::process::abort();
        }
    });
    let output = work.await;
    let _ = done.send(());
    output
}

/// Waits until something holds that nobody tells of.
pub(crate) async fn until(holds: impl Fn() -> bool) {
    let wait = async {
        while !holds() {
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    };
    patiently(wait).await;
}

pub(crate) async fn listen() -> (TcpListener, u16) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).await.expect("a free port");
    let port = listener.local_addr().expect("bound").port();
    (listener, port)
}

pub(crate) async fn accept(listener: &TcpListener) -> TcpStream {
    patiently(listener.accept()).await.expect("a connection").0
}

/// Accepts a WebSocket and takes it to live.
pub(crate) async fn welcome(listener: &TcpListener) -> WebSocketStream<TcpStream> {
    greet(accept(listener).await).await
}

/// Makes the handshake, and answers the authentication and the subscription.
pub(crate) async fn greet<S: AsyncRead + AsyncWrite + Unpin>(stream: S) -> WebSocketStream<S> {
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
pub(crate) fn joined(participant: &str) -> Message {
    Message::text(format!(
        r#"{{"events":[{{"timestamp":"2024-05-01T12:00:00Z","type":"ParticipantJoined","participant":"{participant}","interaction":"i","channel":"voice"}}]}}"#
    ))
}

/// Reads the head of an HTTP request.
pub(crate) async fn read_head<S: AsyncRead + Unpin>(stream: &mut S) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(patiently(stream.read_u8()).await.expect("a request"));
    }
    String::from_utf8(head).expect("a head is text")
}

/// Answers one HTTP request, and gives its head.
pub(crate) async fn respond<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S, response: &str) -> String {
    let head = read_head(&mut stream).await;
    stream.write_all(response.as_bytes()).await.expect("the client reads");
    stream.shutdown().await.expect("the client reads");
    head
}

pub(crate) fn config(url: &str) -> Config {
    let url = Endpoint::new(url).expect("valid");
    let mut config = Config::new(url, Auth::Token("s3cret".into()), Subscription::all());
    config.reconnect.base = Duration::from_millis(1);
    config.reconnect.jitter = false;
    config
}

/// The `stream` dialect at this URL.
pub(crate) fn stream(url: &str) -> Service {
    Service::Stream {
        url: Endpoint::new(url).expect("valid"),
        subscription: Subscription::all(),
        backfill: None,
    }
}

pub(crate) fn start<N: Net>(url: &str) -> (rosterline_net::Events<N>, Handle<N>) {
    Client::builder().build().expect("a client").start(config(url)).expect("a valid configuration")
}

pub(crate) async fn next<R: Runtime>(events: &mut Events<R>) -> Event {
    patiently(events.next()).await.expect("it has not ended").expect("nor failed")
}

/// The cause for which the next attempt or connection is given up.
pub(crate) async fn next_cause<R: Runtime>(events: &mut Events<R>) -> Cause {
    loop {
        match patiently(events.next()).await.expect("it has not ended") {
            Ok(Event::Status(Status { detail: Detail::Retry { cause, .. }, .. }))
            | Err(Error::Ended(cause)) => return cause,
            Ok(_) => {}
            Err(other) => panic!("{other}"),
        }
    }
}

pub(crate) async fn until_live<R: Runtime>(events: &mut Events<R>) {
    while !matches!(next(events).await, Event::Status(Status { state: State::Live, .. })) {}
}

pub(crate) async fn next_presence<R: Runtime>(events: &mut Events<R>) -> String {
    loop {
        if let Event::Presence(presence) = next(events).await {
            return presence.participant.to_string();
        }
    }
}
