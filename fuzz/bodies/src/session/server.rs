//! What the server and the network do.

use rosterline_core::wire::Body;
use rosterline_core::{Closed, Failure, Frame, Input, Network};

use super::frames::{self, Held};
use super::peer::Stage;
use super::settings::TRACES;
use super::world::World;
use crate::source::Source;

impl World {
    pub(super) fn status(&mut self, status: &str, stale: bool) {
        let text = format!(r#"{{"status":"{status}"}}"#);
        self.frame(Frame::Text(&text), stale, Held::status(status));
    }

    /// The server says something, perhaps what it should keep to itself.
    pub(super) fn say(&mut self, source: &mut Source<'_>) {
        let secret = self.secret(source);
        let (status, message) = match source.below(4) {
            0 => ("error".to_owned(), secret),
            1 => (secret, String::new()),
            2 => ("connected".to_owned(), secret),
            _ => ("hello".to_owned(), secret.bytes().map(|byte| format!("%{byte:02x}")).collect()),
        };
        let text = format!(r#"{{"status":"{status}","message":"a {message} of ours"}}"#);
        self.frame(Frame::Text(&text), false, Held::status(&status));
    }

    /// A secret that the server knows: the client's, or one of the tokens.
    pub(super) fn secret(&self, source: &mut Source<'_>) -> String {
        let known = &self.peer.secrets;
        let back = usize::from(source.below(8));
        known.iter().rev().nth(back).cloned().unwrap_or_else(|| "nothing".to_owned())
    }

    pub(super) fn send_events(&mut self, source: &mut Source<'_>, status: Option<&str>, binary: bool) {
        let mut text = std::mem::take(&mut self.text);
        let (stamp, unknown) = (self.stamp(), self.config.deliver_unknown);
        let held = frames::write(&mut text, source, stamp, unknown, status);
        let frame = if binary { Frame::Binary(text.as_bytes()) } else { Frame::Text(&text) };
        self.frame(frame, false, held);
        self.text = text;
    }

    /// The bytes up to the next line break, as they are.
    pub(super) fn send_line(&mut self, source: &mut Source<'_>, binary: bool) {
        let line = source.line();
        let holds = |trace: &str| line.windows(trace.len()).any(|part| part == trace.as_bytes());
        if TRACES.iter().any(|trace| holds(trace)) {
            // What the server calls a participant is passed on, whatever it is.
            return;
        }
        let (stamp, unknown) = (self.stamp(), self.config.deliver_unknown);
        let read = |body| Held::read(body, stamp, &self.config.limits, unknown);
        if binary {
            let held = read(Body::Binary(line));
            self.frame(Frame::Binary(line), false, held);
        } else if let Ok(text) = std::str::from_utf8(line) {
            let held = read(Body::Text(text));
            self.frame(Frame::Text(text), false, held);
        }
    }

    pub(super) fn pong(&mut self, source: &mut Source<'_>) {
        let ours = self.peer.last_ping;
        let payload = source.pick(&[&ours[..], &ours[..], b"other", b""]);
        self.frame(Frame::Pong(payload), false, Held::default());
    }

    pub(super) fn open(&mut self, stale: bool) {
        let (conn, before) = (self.conn(stale), self.stats.stale);
        let dialled = self.peer.stage_of(conn) == Some(Stage::Dialled);
        self.session.handle(Input::Opened { conn }, self.now);
        // If it is not stale, there has to be a greeting, or a farewell.
        self.stats = self.session.stats();
        if self.stats.stale == before {
            assert!(dialled, "{conn:?} is open, and was not dialled");
            self.peer.opened();
        }
        self.settled();
    }

    pub(super) fn closed(&mut self, how: Closed<'_>, stale: bool) {
        let (conn, before) = (self.conn(stale), self.stats.stale);
        let was_open = self.peer.stage_of(conn).is_some();
        self.session.handle(Input::Closed { conn, how }, self.now);
        self.stats = self.session.stats();
        if self.stats.stale == before {
            assert!(was_open, "{conn:?} is closed, and was not open");
            if matches!(how, Closed::Protocol { code: 1007 | 1009, .. }) {
                self.model.refused();
            }
            self.peer.closed();
            self.bad_frames = 0;
            if !self.closing {
                self.model.connection_lost();
            }
        }
        self.settled();
        assert!(self.lazy || self.peer.stage_of(conn).is_none(), "{conn:?} is left open");
    }

    pub(super) fn fail(&mut self, source: &mut Source<'_>, stale: bool) {
        let kind = source.pick(&[
            Network::Broken,
            Network::Dns,
            Network::Connect,
            Network::Tls,
            Network::Proxy,
            Network::Resource,
        ]);
        self.closed(Closed::Failed(Failure { kind, detail: "no luck" }), stale);
    }

    pub(super) fn refuse_handshake(&mut self, source: &mut Source<'_>, stale: bool) {
        let status = source.pick(&[401, 403, 404, 429, 503, 302, 999]);
        let retry_after =
            source.pick(&[None, Some("3"), Some("Wed, 01 May 2024 12:01:00 GMT"), Some("soon")]);
        self.closed(Closed::Status { status, retry_after, date: None }, stale);
    }

    pub(super) fn close_frame(&mut self, source: &mut Source<'_>, stale: bool) {
        let code =
            source.pick(&[None, Some(1000), Some(1001), Some(1008), Some(1013), Some(4401), Some(4999)]);
        let reason = self.secret(source);
        self.closed(Closed::Frame { code, reason: &reason }, stale);
    }

    pub(super) fn break_protocol(&mut self, source: &mut Source<'_>, stale: bool) {
        let code = source.pick(&[1002, 1007, 1009]);
        let detail = self.secret(source);
        self.closed(Closed::Protocol { code, detail: &detail }, stale);
    }
}
