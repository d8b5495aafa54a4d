//! A plain client: HTTP by hand, WebSocket by tokio-tungstenite.
#![allow(dead_code, reason = "each test file uses a part of it")]

use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rosterline_mock::MockServer;
use rustls::pki_types::{CertificateDer, ServerName, pem::PemObject};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::tungstenite::{Error, Message};
use tokio_tungstenite::{WebSocketStream, client_async};

/// Guards against a hang; nothing here takes long.
const HANG: Duration = Duration::from_secs(30);

pub(crate) async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(HANG, what).await.expect("it hangs")
}

pub(crate) trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}
pub(crate) type Socket = WebSocketStream<Box<dyn Io>>;

/// A connection to the server, over TLS if it speaks it, trusting its authority and nobody else.
pub(crate) async fn dial(server: &MockServer) -> Box<dyn Io> {
    let tcp = TcpStream::connect(server.addr()).await.expect("it listens");
    let Some(pem) = server.ca_pem() else { return Box::new(tcp) };
    let mut roots = rustls::RootCertStore::empty();
    roots.add(CertificateDer::from_pem_slice(pem.as_bytes()).expect("PEM")).expect("a certificate");
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    let name = ServerName::try_from(server.addr().ip().to_string()).expect("an address");
    Box::new(TlsConnector::from(Arc::new(config)).connect(name, tcp).await.expect("a trusted certificate"))
}

/// Sends a request as it is, and gives all that comes back until the server closes.
pub(crate) async fn exchange(server: &MockServer, request: &str) -> String {
    let mut io = dial(server).await;
    io.write_all(request.as_bytes()).await.expect("written");
    let mut answer = Vec::new();
    // A server that closes early may reset the connection: what came before counts.
    let _ = soon(io.read_to_end(&mut answer)).await;
    String::from_utf8(answer).expect("text")
}

pub(crate) async fn token_answer(server: &MockServer, basic: &str) -> String {
    let request = format!(
        "POST /oauth/token HTTP/1.1\r\nHost: mock\r\nConnection: close\r\nAuthorization: Basic {basic}\r\n\
         Content-Type: application/x-www-form-urlencoded\r\nContent-Length: 29\r\n\r\ngrant_type=client_credentials"
    );
    exchange(server, &request).await
}

pub(crate) async fn token(server: &MockServer) -> String {
    let answer = token_answer(server, "bW9jay1jbGllbnQ6bW9jay1zZWNyZXQ=").await;
    let body = answer.split("\r\n\r\n").nth(1).expect("a body");
    let json: serde_json::Value = serde_json::from_str(body).expect("JSON");
    json["access_token"].as_str().expect("a token").to_owned()
}

pub(crate) async fn open(server: &MockServer) -> Result<Socket, Error> {
    let url = server.stream_url().replacen("wss:", "ws:", 1);
    soon(client_async(url, dial(server).await)).await.map(|(socket, _)| socket)
}

pub(crate) async fn say(socket: &mut Socket, text: &str) {
    soon(socket.send(Message::text(text))).await.expect("sent");
}

/// The next text message, as JSON.
pub(crate) async fn hear(socket: &mut Socket) -> serde_json::Value {
    loop {
        let message = soon(socket.next()).await.expect("not over").expect("no error");
        if let Message::Text(text) = message {
            return serde_json::from_str(&text).expect("JSON");
        }
    }
}

pub(crate) async fn connected(server: &MockServer) -> Socket {
    let token = token(server).await;
    let mut socket = open(server).await.expect("a handshake");
    say(&mut socket, &format!("{{\"token\":\"{token}\"}}")).await;
    assert_eq!(hear(&mut socket).await["status"], "connected");
    socket
}

pub(crate) async fn subscribed(server: &MockServer, filter: &str) -> Socket {
    let mut socket = connected(server).await;
    say(&mut socket, &format!("{{\"filter\":{filter}}}")).await;
    assert_eq!(hear(&mut socket).await["status"], "subscribed");
    socket
}

/// How the connection ends, with what came before left aside: the close code, or 1006.
pub(crate) async fn end(socket: &mut Socket) -> u16 {
    loop {
        match soon(socket.next()).await {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(Message::Close(None))) => return 1005,
            Some(Ok(_)) => {}
            Some(Err(_)) | None => return 1006,
        }
    }
}
