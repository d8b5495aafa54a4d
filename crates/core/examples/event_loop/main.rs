//! A session in a program with an event loop of its own: one thread, non-blocking sockets, one poller (`mio`).
//!
//! The thread sleeps in one place, until a socket can go on or the session's next deadline has come. The token is
//! fetched over a second socket in the same loop, so that a renewal holds nothing up. Plain `ws` and `http` only:
//! TLS would wrap `Tcp` (tcp.rs), and the rest could stay as it is.
//!
//! In a loop of another make (libuv, libevent, glib), every callback runs `Program::turn` until there is nothing
//! more to do, then `Program::wait`, which sets one timer and what each socket is watched for.
//!
//! Start a server, and give this program what it prints:
//!
//! ```text
//! rosterline mock
//! cargo run -p rosterline-core --example event_loop -- http://127.0.0.1:8080 CLIENT_ID CLIENT_SECRET
//! ```
#![allow(clippy::print_stdout, reason = "printing is what it is for")]
#![allow(clippy::wildcard_enum_match_arm, reason = "both libraries may add to their enums")]
#![allow(clippy::disallowed_methods, reason = "the caller has the clock, so that the session needs none")]

mod exchange;
#[path = "../common/http.rs"]
mod http;
mod link;
mod tcp;
#[path = "../common/websocket.rs"]
mod websocket;

use std::error::Error;
use std::io;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use mio::{Events, Poll};
use rosterline_core::{
    Action, Auth, Closed, Config, ConnId, Endpoint, Event, Failure, Input, Instant, RequestId, Session,
    Subscription, UnixMillis,
};

use exchange::Exchange;
use link::Link;

fn main() -> Result<(), Box<dyn Error>> {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let [base, client_id, client_secret] = args.as_slice() else {
        return Err("usage: event_loop http://HOST:PORT CLIENT_ID CLIENT_SECRET".into());
    };
    let stream_url = base.replacen("http", "ws", 1) + "/api/v2/analytics/conversations/stream";
    let auth = Auth::ClientCredentials {
        login_url: Endpoint::new(base)?,
        client_id: client_id.clone(),
        client_secret: client_secret.as_str().into(),
    };
    let mut program = Program::new(Config::new(Endpoint::new(&stream_url)?, auth, Subscription::all()))?;
    let mut wanted = 20;
    while !program.session.is_ended() || program.session.has_events() {
        if !program.turn(&mut wanted) {
            program.wait()?;
        }
    }
    Ok(())
}

struct Program {
    session: Session,
    epoch: std::time::Instant,
    poll: Poll,
    wakes: Events,
    /// The request for a token, while it is under way. The session never has two.
    call: Option<(RequestId, Exchange)>,
    /// The session's connection. It never has two.
    link: Option<Link>,
}

impl Program {
    fn new(mut config: Config) -> Result<Self, Box<dyn Error>> {
        let since_1970 = SystemTime::now().duration_since(UNIX_EPOCH)?;
        let wall = UnixMillis(i64::try_from(since_1970.as_millis())?);
        // Another one in each process, so that a fleet does not reconnect in step.
        config.seed = u64::try_from(since_1970.as_nanos())?;
        Ok(Self {
            session: Session::new(config, Instant::ZERO, wall)?,
            epoch: std::time::Instant::now(),
            poll: Poll::new()?,
            wakes: Events::with_capacity(8),
            call: None,
            link: None,
        })
    }

    /// Everything that can be done now, but one frame at most: under any load, deadlines and the application
    /// have their turn between two frames. Whether anything was done, so that there may be more to do.
    fn turn(&mut self, wanted: &mut usize) -> bool {
        self.tell(Input::Timeout);
        // This application takes all there is. One that falls behind leaves its events where they are, and
        // then `wants_read` makes the peer wait.
        while let Some(event) = self.session.poll_event() {
            println!("{event:?}");
            if matches!(event, Event::Presence(_)) {
                *wanted = wanted.saturating_sub(1);
                if *wanted == 0 {
                    self.session.close(self.now());
                }
            }
        }
        let mut busy = false;
        while let Some(action) = self.session.poll_action() {
            self.carry_out(action);
            busy = true;
        }
        if let Some((request, mut exchange)) = self.call.take() {
            match exchange.turn() {
                None => self.call = Some((request, exchange)),
                Some(result) => {
                    self.tell(Input::Replied { request, result });
                    busy = true;
                }
            }
        }
        let now = self.now();
        if let Some(link) = self.link.take() {
            let moved;
            (self.link, moved) = link.turn(&mut self.session, now);
            busy |= moved;
        }
        busy
    }

    /// Does what the session asks for, or starts to.
    fn carry_out(&mut self, action: Action) {
        match action {
            Action::Call { request, call } => match Exchange::start(&call) {
                Ok(exchange) => self.call = Some((request, exchange)),
                Err((kind, why)) => {
                    self.tell(Input::Replied { request, result: Err(Failure { kind, detail: &why }) });
                }
            },
            Action::Cancel { request } => drop(self.call.take_if(|(id, _)| *id == request)),
            Action::Open { conn, url } => match Link::dial(conn, url.expose().to_string()) {
                Ok(link) => self.link = Some(link),
                Err((kind, why)) => {
                    let how = Closed::Failed(Failure { kind, detail: &why });
                    self.tell(Input::Closed { conn, how });
                }
            },
            Action::Send { conn, message } => self.send(conn, websocket::outgoing(&message)),
            Action::Close { conn, code } => self.send(conn, websocket::closing(code)),
            Action::Drop { conn } => drop(self.link.take_if(|link| link.conn == conn)),
            // `Action::Token` is for `Auth::External`, which this program does not use.
            _ => {}
        }
    }

    fn send(&mut self, conn: ConnId, message: tungstenite::Message) {
        if let Some(link) = self.link.as_mut().filter(|link| link.conn == conn) {
            link.send(message);
        }
    }

    /// Sleeps until a socket can go on, or the session's next deadline. Which socket it was is not asked: trying
    /// both is as cheap.
    fn wait(&mut self) -> io::Result<()> {
        let call = self.call.as_mut().map(|(_, exchange)| &mut exchange.tcp);
        let link = self.link.as_mut().map(Link::tcp);
        for tcp in call.into_iter().chain(link) {
            tcp.watch(self.poll.registry())?;
        }
        // There is a deadline until the session has ended; then nothing is left to wait for.
        let next = self.session.poll_timeout();
        let wait = next.map_or(Duration::ZERO, |deadline| deadline.at.since(self.now()));
        match self.poll.poll(&mut self.wakes, Some(wait)) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            woken => woken,
        }
    }

    fn tell(&mut self, input: Input<'_>) {
        self.session.handle(input, self.now());
    }

    fn now(&self) -> Instant {
        Instant(u64::try_from(self.epoch.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }
}
