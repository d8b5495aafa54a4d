//! The session's connection: dialled, shaken hands with, open. A WebSocket by tungstenite over [`Tcp`].

use rosterline_core::{Closed, ConnId, Input, Instant, Session};
use tungstenite::error::Error;
use tungstenite::handshake::client::ClientHandshake;
use tungstenite::handshake::{HandshakeError, MidHandshake};
use tungstenite::protocol::WebSocket;

use crate::tcp::{Tcp, Trouble, would_block};
use crate::websocket;

pub(crate) struct Link {
    pub(crate) conn: ConnId,
    stage: Stage,
    /// The session waits to hear that what it sent has left.
    owed: bool,
}

enum Stage {
    Dialing(Tcp, String),
    Shaking(MidHandshake<ClientHandshake<Tcp>>),
    Open(Box<WebSocket<Tcp>>),
}

/// What is left of a link after a turn, and whether anything was done.
type Turned = (Option<Link>, bool);

impl Link {
    /// Begins to dial.
    pub(crate) fn dial(conn: ConnId, url: String) -> Result<Self, Trouble> {
        Ok(Self { conn, stage: Stage::Dialing(Tcp::dial(&url)?, url), owed: false })
    }

    /// Writes a message as far as the socket takes it; the next turns write the rest. An error is not told here
    /// but by reading, after what has arrived before it: that may be the reason.
    pub(crate) fn send(&mut self, message: tungstenite::Message) {
        if let Stage::Open(socket) = &mut self.stage {
            let _ = socket.write(message);
            let _ = socket.flush();
            self.owed = true;
        }
    }

    /// Goes on without waiting: with the handshakes, then frame by frame. Tells the session what comes of it.
    pub(crate) fn turn(mut self, session: &mut Session, now: Instant) -> Turned {
        self.tcp().waits = None;
        let (conn, kind) = (self.conn, self.tcp().kind());
        let now_at = |stage| Some(Self { conn, stage, owed: false });
        let shaken = match self.stage {
            Stage::Dialing(mut tcp, url) => match tcp.connect() {
                Ok(()) => tungstenite::client(url, tcp),
                Err(error) if would_block(&error) => return (now_at(Stage::Dialing(tcp, url)), false),
                Err(error) => Err(Error::from(error).into()),
            },
            Stage::Shaking(midway) => midway.handshake(),
            Stage::Open(_) => return self.exchange(session, now),
        };
        match shaken {
            Ok((socket, _)) => {
                session.handle(Input::Opened { conn }, now);
                (now_at(Stage::Open(Box::new(socket))), true)
            }
            Err(HandshakeError::Interrupted(midway)) => (now_at(Stage::Shaking(midway)), false),
            Err(HandshakeError::Failure(error)) => {
                let detail = error.to_string();
                let how = websocket::ending(&error, kind, &detail);
                session.handle(Input::Closed { conn, how }, now);
                (None, true)
            }
        }
    }

    /// Writes what is left, and reads one frame if the session wants one.
    fn exchange(mut self, session: &mut Session, now: Instant) -> Turned {
        let (conn, kind) = (self.conn, self.tcp().kind());
        let Stage::Open(socket) = &mut self.stage else { return (Some(self), false) };
        // The rest of what was sent, and the pongs that tungstenite puts in by itself.
        let flushed = socket.flush().is_ok() && std::mem::take(&mut self.owed);
        if flushed {
            session.handle(Input::Flushed { conn }, now);
        }
        if !session.wants_read() {
            // What is not read is not watched either, and TCP makes the peer wait.
            return (Some(self), flushed);
        }
        match socket.read() {
            Ok(message) => match websocket::incoming(&message) {
                Ok(frame) => session.handle(Input::Frame { conn, frame }, now),
                Err(how) => {
                    let _ = socket.flush(); // tungstenite's answer to the close frame
                    session.handle(Input::Closed { conn, how }, now);
                    return (None, true);
                }
            },
            Err(Error::Io(error)) if would_block(&error) => return (Some(self), flushed),
            Err(error) => {
                let detail = error.to_string();
                let how = websocket::ending(&error, kind, &detail);
                if let Closed::Protocol { code, .. } = how {
                    let _ = socket.send(websocket::closing(code));
                }
                session.handle(Input::Closed { conn, how }, now);
                return (None, true);
            }
        }
        (Some(self), true)
    }

    pub(crate) fn tcp(&mut self) -> &mut Tcp {
        match &mut self.stage {
            Stage::Dialing(tcp, _) => tcp,
            Stage::Shaking(midway) => midway.get_mut().get_mut(),
            Stage::Open(socket) => socket.get_mut(),
        }
    }
}
