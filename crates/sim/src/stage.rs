//! The model of the server on some network: what comes in, what goes out, and when.

use std::collections::BTreeMap;
use std::time::Duration;

use rosterline_core::Instant;

use crate::Clock;
use crate::model::Model;
use crate::server::{Answer, ConnId, Frame, Input, Output, Request, Response, Server, Told};

/// Names a request, and the connection that it may become. They are counted in the order of their coming.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LineId(pub u64);

/// The network, as a server sees it. Nothing waits: what is not there yet is `None`.
pub trait Wire {
    /// The next request of a client.
    fn next_request(&mut self) -> Option<(LineId, Asked)>;
    /// Answers a request; that is the end of its line.
    fn respond(&mut self, line: LineId, response: &Response);
    /// Answers a request with 101: the line is a WebSocket from here on.
    fn upgrade(&mut self, line: LineId);
    /// The next thing from a WebSocket. Pings are answered before they are told, and so is the first close frame.
    fn hear(&mut self, line: LineId) -> Option<Heard>;
    /// Sends a message.
    fn send(&mut self, line: LineId, frame: &Frame);
    /// Sends a ping.
    fn ping(&mut self, line: LineId);
    /// Sends a close frame.
    fn close(&mut self, line: LineId, code: u16, reason: &str);
    /// Ends the connection without one.
    fn cut(&mut self, line: LineId);
}

/// A request, owned.
#[derive(Clone, PartialEq, Eq)]
pub struct Asked {
    /// The method, in capitals.
    pub method: String,
    /// The path, with or without a query.
    pub path: String,
    /// Headers, by names in any case.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl std::fmt::Debug for Asked {
    /// Without headers and body: they hold secrets.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Asked")
            .field("method", &self.method)
            .field("path", &self.path)
            .finish_non_exhaustive()
    }
}

impl Asked {
    /// An opening handshake as it should be.
    #[must_use]
    pub fn upgrade(path: String) -> Self {
        let headers = [
            ("connection", "Upgrade"),
            ("upgrade", "websocket"),
            ("sec-websocket-version", "13"),
            ("sec-websocket-key", "dGhlIHNhbXBsZSBub25jZQ=="),
        ];
        let headers = headers.map(|(name, value)| (name.to_owned(), value.to_owned())).to_vec();
        Self { method: "GET".to_owned(), path, headers, body: Vec::new() }
    }
}

/// What a client said on a WebSocket.
#[derive(Clone, PartialEq, Eq)]
pub enum Heard {
    /// A text message.
    Text(String),
    /// A ping with its payload.
    Ping(Vec<u8>),
    /// The answer to our ping.
    Pong,
    /// A close frame with this code, the first one.
    Close(u16),
    /// The connection is gone.
    Gone,
}

impl std::fmt::Debug for Heard {
    /// Without what it says: the first text is a token.
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Text(_) => "Text",
            Self::Ping(_) => "Ping",
            Self::Pong => "Pong",
            Self::Close(_) => "Close",
            Self::Gone => "Gone",
        })
    }
}

/// A model of a server on a [`Wire`].
#[derive(Debug)]
pub struct Stage<W, M = Server> {
    wire: W,
    server: M,
    lines: BTreeMap<LineId, Line>,
    /// Those on which something can still happen.
    busy: Vec<LineId>,
}

/// What is known of a request, and of the connection that it became.
#[derive(Clone, Debug)]
pub struct Line {
    /// What it asked for, if that is a WebSocket; else empty.
    path: String,
    /// What it will be answered, and when. `None` once it was.
    due: Option<(Instant, Option<Response>)>,
    conn: Option<ConnId>,
    /// Messages and control frames that went out, but for close frames.
    pub sent: u64,
    /// Messages and control frames that came in, close frames among them.
    pub heard: u64,
    /// Nothing is read any more.
    pub deaf: bool,
    /// Nothing is written any more.
    pub mute: bool,
    /// Nothing more will be sent: it was closed or cut, or was no WebSocket in the first place.
    pub over: bool,
    /// The client is known to be gone.
    pub gone: bool,
}

impl Line {
    /// Whether anything can happen on it any more.
    const fn is_busy(&self) -> bool {
        self.due.is_some() || self.conn.is_some() && !self.gone && !(self.deaf && self.mute)
    }

    /// Whether it asked for the stream.
    #[must_use]
    pub fn is_stream(&self) -> bool {
        !self.path.is_empty()
    }

    /// Whether it has its answer.
    #[must_use]
    pub const fn is_answered(&self) -> bool {
        self.due.is_none()
    }
}

impl<W: Wire> Stage<W> {
    /// The truth, as [`Server::told`] has it.
    pub fn told(&self) -> impl Iterator<Item = &Told> {
        self.server.told()
    }
}

impl<W: Wire, M: Model> Stage<W, M> {
    /// Puts a server on a network.
    pub const fn new(server: M, wire: W) -> Self {
        Self { wire, server, lines: BTreeMap::new(), busy: Vec::new() }
    }

    /// The server, to make it do things; call [`act`](Self::act) after that.
    pub const fn server(&mut self) -> &mut M {
        &mut self.server
    }

    /// Sends a ping on every open connection.
    pub fn ping(&mut self) {
        for (id, line) in &mut self.lines {
            if line.conn.is_some() && !line.over && !line.mute {
                line.sent += 1;
                self.wire.ping(*id);
            }
        }
    }

    /// Every request so far, in the order of its coming.
    pub fn lines(&self) -> impl Iterator<Item = &Line> {
        self.lines.values()
    }

    /// When to [`act`](Self::act) again at the latest.
    #[must_use]
    pub fn poll_timeout(&self) -> Option<Instant> {
        let busy = self.busy.iter().filter_map(|id| self.lines.get(id));
        let answers = busy.filter_map(|line| line.due.as_ref().map(|due| due.0));
        answers.chain(self.server.poll_timeout()).min()
    }

    /// Time passes on `clock`, and everything on this side goes on, but nothing on the other.
    pub fn go_on_alone(&mut self, clock: &Clock, time: Duration) {
        let end = clock.now() + time;
        while let Some(next) = self.poll_timeout().filter(|at| *at < end) {
            clock.jump(next);
            while self.listen(clock.now()) | self.act(clock.now()) {}
        }
        clock.jump(end);
    }

    /// Takes everything that has come in. Whether there was anything.
    pub fn listen(&mut self, now: Instant) -> bool {
        let mut any = false;
        while self.requests(now) | self.hear(now) {
            any = true;
        }
        self.busy.retain(|id| self.lines.get(id).is_some_and(Line::is_busy));
        any
    }

    /// Does one thing that is due: an answer, or what is to be said on one connection. Whether there was one.
    pub fn act(&mut self, now: Instant) -> bool {
        if self.server.poll_timeout().is_some_and(|at| at <= now) {
            self.server.handle_timeout(now);
            return true;
        }
        self.answer(now) || self.tell()
    }

    fn requests(&mut self, now: Instant) -> bool {
        let mut any = false;
        while let Some((id, asked)) = self.wire.next_request() {
            any = true;
            let headers: Vec<_> = asked.headers.iter().map(|(a, b)| (a.as_str(), b.as_str())).collect();
            let request =
                Request { method: &asked.method, path: &asked.path, headers: &headers, body: &asked.body };
            let (response, delay) = match self.server.request(&request, now) {
                Answer::Respond { response, delay } => (Some(response), delay),
                Answer::Upgrade { delay } => (None, delay),
            };
            let is_stream = asked.path.starts_with(M::SOCKETS);
            let path = if is_stream { asked.path } else { String::new() };
            self.lines.insert(id, Line::new(path, now + delay, response));
            self.busy.push(id);
        }
        any
    }

    fn answer(&mut self, now: Instant) -> bool {
        for id in &self.busy {
            let Some(line) = self.lines.get_mut(id) else { continue };
            let Some((_, response)) = line.due.take_if(|due| due.0 <= now) else { continue };
            if let Some(response) = response {
                self.wire.respond(*id, &response);
                line.over = true;
                return true;
            }
            self.wire.upgrade(*id);
            line.conn = self.server.open(&line.path, now);
            if line.conn.is_none() {
                self.wire.cut(*id);
                line.over = true;
            }
            return true;
        }
        false
    }

    fn hear(&mut self, now: Instant) -> bool {
        let mut any = false;
        for id in &self.busy {
            let Some(line) = self.lines.get_mut(id) else { continue };
            let Some(conn) = line.conn else { continue };
            while let Some(heard) = (!line.deaf && !line.gone).then(|| self.wire.hear(*id)).flatten() {
                any = true;
                line.heard += u64::from(heard != Heard::Gone);
                let input = match &heard {
                    Heard::Text(text) => Input::Text(text),
                    Heard::Ping(_) => {
                        line.sent += 1;
                        Input::Ping
                    }
                    Heard::Pong => continue,
                    Heard::Close(_) | Heard::Gone => {
                        line.over = true;
                        line.gone |= heard == Heard::Gone;
                        Input::Closed
                    }
                };
                self.server.handle(conn, input, now);
            }
        }
        any
    }

    fn tell(&mut self) -> bool {
        for id in &self.busy {
            let Some(line) = self.lines.get_mut(id) else { continue };
            let outputs =
                line.conn.map(|conn| std::iter::from_fn(|| self.server.poll_output(conn)).collect());
            let outputs: Vec<Output> = outputs.unwrap_or_default();
            if outputs.is_empty() {
                continue;
            }
            for output in outputs {
                line.carry(*id, output, &mut self.wire);
            }
            return true;
        }
        false
    }
}

impl Line {
    const fn new(path: String, at: Instant, response: Option<Response>) -> Self {
        Self {
            path,
            due: Some((at, response)),
            conn: None,
            sent: 0,
            heard: 0,
            deaf: false,
            mute: false,
            over: false,
            gone: false,
        }
    }

    fn carry(&mut self, id: LineId, output: Output, wire: &mut impl Wire) {
        if self.over || self.mute {
            return;
        }
        match output {
            Output::Send(frame) => {
                self.sent += 1;
                wire.send(id, &frame);
            }
            Output::Close(code, reason) => {
                self.over = true;
                wire.close(id, code, &reason);
            }
            Output::Abort => {
                self.over = true;
                wire.cut(id);
            }
            Output::Stall => (self.deaf, self.mute) = (true, true),
            Output::Deafen => self.deaf = true,
        }
    }
}
