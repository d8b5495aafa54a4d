//! A session in a loop of its own: one thread, a plain blocking socket, no runtime.
//!
//! The thread waits in the socket, never longer than until the session's next deadline. What it calls, it waits
//! for: the renewal of a token holds the stream up for as long as it takes. `event_loop` is the example that waits
//! for everything at once.
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

#[path = "common/http.rs"]
mod http;
#[path = "common/websocket.rs"]
mod websocket;

use std::error::Error;
use std::io::{self, Read, Write};
use std::net::{TcpStream, ToSocketAddrs};
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rosterline_core::{
    Action, Auth, Call, Closed, Config, ConnId, Endpoint, Event, Failure, Input, Instant, Network, Session,
    Subscription, UnixMillis,
};
use tungstenite::handshake::HandshakeError;
use tungstenite::protocol::WebSocket;

type Socket = WebSocket<TcpStream>;

/// How long a peer may leave us waiting while we can do nothing else.
const PATIENCE: Duration = Duration::from_secs(10);

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
fn run(mut config: Config, mut wanted: usize) -> Result<(), Box<dyn Error>> {
    let epoch = std::time::Instant::now();
    let now = || Instant(u64::try_from(epoch.elapsed().as_nanos()).unwrap_or(u64::MAX));
    let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
    // Another one in each process, so that a fleet does not reconnect in step.
    config.seed = u64::try_from(since_1970.as_nanos())?;
    let mut session = Session::new(config, now(), UnixMillis(i64::try_from(since_1970.as_millis())?))?;
    let mut link: Option<(ConnId, Socket)> = None;

    while !session.is_ended() || session.has_events() {
        session.handle(Input::Timeout, now());
        while let Some(event) = session.poll_event() {
            println!("{event:?}");
            if matches!(event, Event::Presence(_)) {
                wanted = wanted.saturating_sub(1);
                if wanted == 0 {
                    session.close(now());
                }
            }
        }
        while let Some(action) = session.poll_action() {
            carry_out(action, &mut session, &mut link, now);
        }
        if session.has_events() {
            continue;
        }
        let wait = session.poll_timeout().map_or(Duration::ZERO, |deadline| deadline.at.since(now()));
        match &mut link {
            Some((conn, socket)) if session.wants_read() => {
                // A time of zero would mean to wait for ever.
                socket.get_ref().set_read_timeout(Some(wait.max(Duration::from_millis(1))))?;
                if !read(*conn, socket, &mut session, now) {
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
            let answer = post(&call).map_err(|error| (Network::Connect, error.to_string()));
            let result = match &answer {
                Ok(answer) => http::reply(answer).ok_or((Network::Broken, "the answer is no HTTP")),
                Err((kind, why)) => Err((*kind, why.as_str())),
            };
            let result = result.map_err(|(kind, detail)| Failure { kind, detail });
            session.handle(Input::Replied { request, result }, now());
        }
        Action::Open { conn, url } => match dial(url.expose()) {
            Ok(socket) => {
                *link = Some((conn, socket));
                session.handle(Input::Opened { conn }, now());
            }
            Err(error) => {
                let detail = error.to_string();
                let how = websocket::ending(&error, Network::Connect, &detail);
                session.handle(Input::Closed { conn, how }, now());
            }
        },
        Action::Send { conn, message } => {
            let sent = link.as_mut().map(|(_, socket)| socket.send(websocket::outgoing(&message)));
            // An error is told by reading, after what has arrived before it.
            if let Some(Ok(())) = sent {
                session.handle(Input::Flushed { conn }, now());
            }
        }
        Action::Close { code, .. } => {
            let _ = link.as_mut().map(|(_, socket)| socket.send(websocket::closing(code)));
        }
        Action::Drop { .. } => *link = None,
        // `Action::Cancel`: by the time it is seen, the call has its answer, and nobody minds.
        _ => {}
    }
}

/// Reads one frame, or waits for one as long as the socket does. Whether the connection is still there.
fn read(conn: ConnId, socket: &mut Socket, session: &mut Session, now: impl Fn() -> Instant) -> bool {
    match socket.read() {
        Ok(message) => match websocket::incoming(&message) {
            Ok(frame) => session.handle(Input::Frame { conn, frame }, now()),
            Err(how) => {
                let _ = socket.flush(); // tungstenite's answer to the close frame
                session.handle(Input::Closed { conn, how }, now());
                return false;
            }
        },
        Err(tungstenite::Error::Io(error)) if took_too_long(&error) => {}
        Err(error) => {
            let detail = error.to_string();
            let how = websocket::ending(&error, Network::Broken, &detail);
            if let Closed::Protocol { code, .. } = how {
                let _ = socket.send(websocket::closing(code));
            }
            session.handle(Input::Closed { conn, how }, now());
            return false;
        }
    }
    true
}

fn took_too_long(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut)
}

fn dial(url: &str) -> Result<Socket, tungstenite::Error> {
    match tungstenite::client(url, connect(url)?) {
        Ok((socket, _)) => Ok(socket),
        Err(HandshakeError::Failure(error)) => Err(error),
        Err(HandshakeError::Interrupted(_)) => Err(io::Error::from(io::ErrorKind::TimedOut).into()),
    }
}

/// Makes a request and waits for the answer.
fn post(call: &Call) -> io::Result<Vec<u8>> {
    let mut stream = connect(call.url.expose())?;
    stream.write_all(http::request(call).as_bytes())?;
    let mut answer = Vec::new();
    stream.take(http::MAX_ANSWER as u64).read_to_end(&mut answer)?;
    Ok(answer)
}

/// A connection on which no read and no write takes longer than our patience.
fn connect(url: &str) -> io::Result<TcpStream> {
    let endpoint = Endpoint::new(url).map_err(io::Error::other)?;
    let mut why = io::Error::from(io::ErrorKind::NotFound);
    for address in format!("{}:{}", endpoint.host(), endpoint.port()).to_socket_addrs()? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                stream.set_read_timeout(Some(PATIENCE))?;
                stream.set_write_timeout(Some(PATIENCE))?;
                return Ok(stream);
            }
            Err(error) => why = error,
        }
    }
    Err(why)
}
