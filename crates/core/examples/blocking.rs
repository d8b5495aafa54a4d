//! A session in a loop of its own: one thread, a plain blocking socket, no runtime.
//!
//! Start a server, and give this program what it prints:
//!
//! ```text
//! rosterline mock
//! cargo run -p rosterline-core --example blocking -- http://127.0.0.1:8080 CLIENT_ID CLIENT_SECRET
//! ```
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::wildcard_enum_match_arm, reason = "both libraries may add to their enums")]
#![allow(
    clippy::disallowed_methods,
    reason = "the caller has the clock and the thread, so that the session needs none"
)]

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rosterline_core::{
    Action, Auth, Call, Closed, Config, ConnId, Endpoint, Event, Failure, Frame, Input, Instant, Message,
    Network, Reply, Session, Subscription, UnixMillis,
};
use tungstenite::protocol::frame::coding::CloseCode;
use tungstenite::protocol::{CloseFrame, WebSocket};

type Socket = WebSocket<TcpStream>;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, client_id, client_secret] = args.as_slice() else {
        return Err("usage: blocking http://HOST:PORT CLIENT_ID CLIENT_SECRET".into());
    };
    let login_url = Endpoint::new(base)?;
    let stream_url = base.replacen("http", "ws", 1) + "/api/v2/analytics/conversations/stream";
    let auth = Auth::ClientCredentials {
        login_url,
        client_id: client_id.clone(),
        client_secret: client_secret.as_str().into(),
    };
    let config = Config::new(Endpoint::new(&stream_url)?, auth, Subscription::all());
    run(config, 20)
}

/// Streams until so many joins and leaves have come.
fn run(config: Config, mut wanted: usize) -> Result<(), Box<dyn Error>> {
    let epoch = std::time::Instant::now();
    let now = || Instant(u64::try_from(epoch.elapsed().as_nanos()).unwrap_or(u64::MAX));
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
    let mut session = Session::new(config, now(), UnixMillis(i64::try_from(since_1970.as_millis())?))?;
    let mut link: Option<(ConnId, Socket)> = None;

    while !session.is_ended() {
        session.handle(Input::Timeout, now());
        while let Some(action) = session.poll_action() {
            carry_out(action, &mut session, &mut link, now);
        }
        while let Some(event) = session.poll_event() {
            println!("{event:?}");
            if matches!(event, Event::Presence(_)) {
                wanted = wanted.saturating_sub(1);
                if wanted == 0 {
                    session.close(now());
                }
            }
        }
        let wait = session.poll_timeout().map_or(Duration::ZERO, |deadline| deadline.at.since(now()));
        let wait = wait.clamp(Duration::from_millis(1), Duration::from_millis(100));
        match &mut link {
            Some((conn, socket)) if session.wants_read() => {
                let conn = *conn;
                socket.get_ref().set_read_timeout(Some(wait))?;
                if !read(conn, socket, &mut session, now()) {
                    link = None;
                }
            }
            _ => std::thread::sleep(wait),
        }
    }
    Ok(())
}

/// Does what the session asks for, and reports how it went.
fn carry_out(
    action: Action,
    session: &mut Session,
    link: &mut Option<(ConnId, Socket)>,
    now: impl Fn() -> Instant,
) {
    match action {
        Action::Call { request, call } => {
            let answer = post(&call);
            let result = match &answer {
                Ok((status, body)) => Ok(Reply { status: *status, retry_after: None, date: None, body }),
                Err(error) => Err(Failure { kind: Network::Connect, detail: error.as_str() }),
            };
            session.handle(Input::Replied { request, result }, now());
        }
        Action::Open { conn, url } => match dial(&url) {
            Ok(socket) => {
                *link = Some((conn, socket));
                session.handle(Input::Opened { conn }, now());
            }
            Err(error) => {
                let how = Closed::Failed(Failure { kind: Network::Connect, detail: &error });
                session.handle(Input::Closed { conn, how }, now());
            }
        },
        Action::Send { conn, message } => {
            let message = match message {
                Message::Text(text) => tungstenite::Message::text(text),
                Message::Secret(secret) => tungstenite::Message::text(secret.expose()),
                Message::Ping(payload) => tungstenite::Message::Ping(payload.to_vec().into()),
            };
            if link.as_mut().is_some_and(|(_, socket)| socket.send(message).is_ok()) {
                session.handle(Input::Flushed { conn }, now());
            }
        }
        Action::Close { code, .. } => {
            let frame = CloseFrame { code: CloseCode::from(code), reason: "".into() };
            let _ = link.as_mut().map(|(_, socket)| socket.close(Some(frame)).and_then(|()| socket.flush()));
        }
        Action::Drop { .. } => *link = None,
        _ => {}
    }
}

/// Reads one frame, if there is one. Whether the connection is still there.
fn read(conn: ConnId, socket: &mut Socket, session: &mut Session, now: Instant) -> bool {
    let mut closed = |how| session.handle(Input::Closed { conn, how }, now);
    match socket.read() {
        Ok(tungstenite::Message::Close(frame)) => {
            let reason = frame.as_ref().map_or("", |frame| frame.reason.as_str());
            closed(Closed::Frame { code: frame.as_ref().map(|frame| frame.code.into()), reason });
            return false;
        }
        Ok(message) => {
            let frame = match &message {
                tungstenite::Message::Text(text) => Frame::Text(text),
                tungstenite::Message::Binary(bytes) => Frame::Binary(bytes),
                tungstenite::Message::Pong(payload) => Frame::Pong(payload),
                _ => Frame::Ping,
            };
            session.handle(Input::Frame { conn, frame }, now);
        }
        Err(tungstenite::Error::Io(error))
            if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {}
        Err(error) => {
            closed(Closed::Failed(Failure { kind: Network::Broken, detail: &error.to_string() }));
            return false;
        }
    }
    true
}

fn dial(url: &str) -> Result<Socket, String> {
    let endpoint = Endpoint::new(url).map_err(|error| error.to_string())?;
    let stream = TcpStream::connect((endpoint.host(), endpoint.port())).map_err(|error| error.to_string())?;
    let (socket, _) = tungstenite::client(url, stream).map_err(|error| error.to_string())?;
    Ok(socket)
}

/// HTTP, as little of it as a token request needs.
fn post(call: &Call) -> Result<(u16, Vec<u8>), String> {
    let endpoint = Endpoint::new(&call.url).map_err(|error| error.to_string())?;
    let path = &call.url[call.url.find(endpoint.host()).map_or(0, |at| at)..];
    let path = path.find('/').map_or("/", |at| &path[at..]);
    let mut request =
        format!("{} {path} HTTP/1.1\r\nhost: {}\r\nconnection: close\r\n", call.method, endpoint.host());
    for (name, value) in &call.headers {
        request += &format!("{name}: {}\r\n", value.expose());
    }
    request += &format!("content-length: {}\r\n\r\n{}", call.body.len(), call.body);

    let exchange = || -> io::Result<Vec<u8>> {
        let mut stream = TcpStream::connect((endpoint.host(), endpoint.port()))?;
        stream.write_all(request.as_bytes())?;
        let mut answer = Vec::new();
        stream.take(Call::MAX_BODY as u64).read_to_end(&mut answer)?;
        Ok(answer)
    };
    let answer = exchange().map_err(|error| error.to_string())?;
    let head = answer.windows(4).position(|four| four == b"\r\n\r\n").ok_or("the answer is no HTTP")?;
    let status =
        String::from_utf8_lossy(&answer[..head]).split(' ').nth(1).and_then(|code| code.parse().ok());
    Ok((status.ok_or("the answer has no status")?, answer[head + 4..].to_vec()))
}
