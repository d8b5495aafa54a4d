//! What whoever hosts a model of a server needs of it: the same for both dialects.

use rosterline_core::Instant;

use crate::cloud::{CHANNEL_PATH, Cloud};
use crate::faults::End;
use crate::server::{Answer, ConnId, Frame, Input, Limits, Output, Request, STREAM_PATH, Server};

/// A model of a server: [`Server`] or [`Cloud`].
pub trait Model {
    /// What the paths of its WebSockets begin with.
    const SOCKETS: &'static str;

    /// Answers an HTTP request.
    fn request(&mut self, request: &Request<'_>, now: Instant) -> Answer;
    /// A connection whose handshake on this path has succeeded; `None` if there can be none any more.
    fn open(&mut self, path: &str, now: Instant) -> Option<ConnId>;
    /// Takes what came in on a connection.
    fn handle(&mut self, conn: ConnId, input: Input<'_>, now: Instant);
    /// Does what is due.
    fn handle_timeout(&mut self, now: Instant);
    /// The next thing to do with a connection; `None`: nothing for now.
    fn poll_output(&mut self, conn: ConnId) -> Option<Output>;
    /// When to call [`handle_timeout`](Self::handle_timeout).
    fn poll_timeout(&self) -> Option<Instant>;
    /// What it bears.
    fn limits(&self) -> Limits;
    /// Sends this text as it is to everybody who listens. It is no part of the truth.
    fn send(&mut self, text: &str, now: Instant);
    /// Ends every connection, in this way.
    fn stop(&mut self, end: &End, now: Instant);
}

impl Model for Server {
    const SOCKETS: &'static str = STREAM_PATH;

    fn request(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        Self::request(self, request, now)
    }

    fn open(&mut self, _path: &str, now: Instant) -> Option<ConnId> {
        Self::open(self, now)
    }

    fn handle(&mut self, conn: ConnId, input: Input<'_>, now: Instant) {
        Self::handle(self, conn, input, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        Self::handle_timeout(self, now);
    }

    fn poll_output(&mut self, conn: ConnId) -> Option<Output> {
        Self::poll_output(self, conn)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Self::poll_timeout(self)
    }

    fn limits(&self) -> Limits {
        Self::limits(self)
    }

    fn send(&mut self, text: &str, now: Instant) {
        Self::send(self, &Frame::Text(text.to_owned()), now);
    }

    fn stop(&mut self, end: &End, now: Instant) {
        self.end(end, now);
    }
}

impl Model for Cloud {
    const SOCKETS: &'static str = CHANNEL_PATH;

    fn request(&mut self, request: &Request<'_>, now: Instant) -> Answer {
        Self::request(self, request, now)
    }

    fn open(&mut self, path: &str, now: Instant) -> Option<ConnId> {
        Self::open(self, path, now)
    }

    fn handle(&mut self, conn: ConnId, input: Input<'_>, now: Instant) {
        Self::handle(self, conn, input, now);
    }

    fn handle_timeout(&mut self, now: Instant) {
        Self::handle_timeout(self, now);
    }

    fn poll_output(&mut self, conn: ConnId) -> Option<Output> {
        Self::poll_output(self, conn)
    }

    fn poll_timeout(&self) -> Option<Instant> {
        Self::poll_timeout(self)
    }

    fn limits(&self) -> Limits {
        Self::limits(self)
    }

    fn send(&mut self, text: &str, now: Instant) {
        Self::send(self, text, now);
    }

    fn stop(&mut self, end: &End, now: Instant) {
        Self::stop(self, end, now);
    }
}
