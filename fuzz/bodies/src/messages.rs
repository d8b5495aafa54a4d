//! What a server writes into the socket: through tungstenite, as the adapters read it, into a session.
//!
//! The first byte says whether the rest are the bytes as they are (0), or messages, each up to a line break, which are put
//! into frames here; the second, how small the pieces are in which they arrive.

use std::io::{self, Read, Write};

use rosterline_core::{
    Action, Auth, Closed, Config, ConnId, Endpoint, Event, Failure, Frame, Input, Instant, Network, Session,
    Subscription, UnixMillis,
};
use tungstenite::error::{CapacityError, Error};
use tungstenite::protocol::{Message, Role, WebSocket, WebSocketConfig};

use crate::source::Source;

/// What the adapters' default of 128 KiB costs would be most of each run.
const READ_BUFFER: usize = 4096;
const LARGEST: usize = 1 << 16;

/// What came of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Messages and control frames that the session was given.
    pub frames: u64,
    /// What it told its application.
    pub events: Vec<Event>,
}

/// Reads what a server writes.
///
/// # Panics
/// If tungstenite or the session do, or if it matters in which pieces it arrives.
pub fn messages(data: &[u8]) -> Told {
    let mut source = Source::new(data);
    let (framed, piece) = (source.flag(), source.pick(&[usize::MAX, 1, 7, 126]));
    let bytes = if framed { frames(&mut source) } else { source.rest().to_vec() };
    let told = read(&bytes, usize::MAX);
    if piece != usize::MAX {
        assert_eq!(told, read(&bytes, piece), "in pieces of {piece} bytes");
    }
    told
}

fn read(bytes: &[u8], piece: usize) -> Told {
    let config = WebSocketConfig::default()
        .read_buffer_size(READ_BUFFER)
        .max_message_size(Some(LARGEST))
        .max_frame_size(Some(LARGEST));
    let mut socket = WebSocket::from_raw_socket(Pieces { bytes, piece }, Role::Client, Some(config));
    let (mut session, conn) = open();
    let how = loop {
        let message = match socket.read() {
            Ok(message) => message,
            Err(error) => break ending(&error),
        };
        let frame = match &message {
            Message::Text(text) => Frame::Text(text),
            Message::Binary(bytes) => Frame::Binary(bytes),
            Message::Ping(_) => Frame::Ping,
            Message::Pong(payload) => Frame::Pong(payload),
            Message::Close(close) => {
                let code = close.as_ref().map(|close| close.code.into());
                let reason = close.as_ref().map_or("", |close| &close.reason);
                session.handle(Input::Closed { conn, how: Closed::Frame { code, reason } }, Instant::ZERO);
                break Closed::Failed(Failure { kind: Network::Broken, detail: "it is closed" });
            }
            Message::Frame(_) => panic!("a frame that is no message: {message:?}"),
        };
        session.handle(Input::Frame { conn, frame }, Instant::ZERO);
        while session.poll_action().is_some() {}
    };
    session.handle(Input::Closed { conn, how }, Instant::ZERO);
    let events: Vec<Event> = std::iter::from_fn(|| session.poll_event()).collect();
    let stats = session.stats();
    let sum = stats.delivered + stats.filtered + stats.duplicate + stats.rejected + stats.dropped;
    assert_eq!(stats.received, sum, "everything was taken: {stats:?}");
    Told { frames: stats.frames, events }
}

/// A session whose connection is open.
fn open() -> (Session, ConnId) {
    let url = Endpoint::new("wss://example.com/stream").expect("a valid URL");
    let config = Config::new(url, Auth::Token("token".into()), Subscription::all());
    let mut session = Session::new(config, Instant::ZERO, UnixMillis(0)).expect("valid settings");
    session.handle(Input::Timeout, Instant::ZERO);
    let Some(Action::Open { conn, .. }) = session.poll_action() else { panic!("it dials first") };
    session.handle(Input::Opened { conn }, Instant::ZERO);
    while session.poll_action().is_some() {}
    (session, conn)
}

/// Why nothing more can be read, as the adapters tell it.
fn ending(error: &Error) -> Closed<'static> {
    let (code, detail) = match error {
        Error::Utf8(_) => (1007, "text that is not UTF-8"),
        Error::Capacity(CapacityError::MessageTooLong { .. }) => (1009, "a message that is too long"),
        Error::Protocol(_) => (1002, "a breach of the protocol"),
        Error::Io(_) | Error::ConnectionClosed | Error::AlreadyClosed | Error::WriteBufferFull(_) => {
            return Closed::Failed(Failure { kind: Network::Broken, detail: "the connection is closed" });
        }
        Error::Capacity(CapacityError::TooManyHeaders)
        | Error::AttackAttempt
        | Error::Tls(_)
        | Error::Url(_)
        | Error::Http(_)
        | Error::HttpFormat(_) => panic!("only a handshake can end like this: {error}"),
    };
    Closed::Protocol { code, detail }
}

/// Messages in frames, as a server writes them: unmasked. The first letter of each says what it is.
fn frames(source: &mut Source<'_>) -> Vec<u8> {
    const TEXT: u8 = 1;
    const LAST: u8 = 0x80;
    let mut bytes = Vec::new();
    while let Some(kind) = source.byte() {
        let payload = source.line();
        let mut frame = |head: u8, payload: &[u8]| {
            bytes.push(head);
            match u16::try_from(payload.len()) {
                Ok(length) if length < 126 => bytes.push(length as u8),
                Ok(length) => {
                    bytes.push(126);
                    bytes.extend(length.to_be_bytes());
                }
                Err(_) => {
                    bytes.push(127);
                    bytes.extend((payload.len() as u64).to_be_bytes());
                }
            }
            bytes.extend(payload);
        };
        match kind & 7 {
            0..=2 => frame(LAST | TEXT, payload),
            3 => frame(LAST | 2, payload),
            4 => {
                // Two fragments, with a ping between them.
                let (one, other) = payload.split_at(payload.len() / 2);
                frame(TEXT, one);
                frame(LAST | 9, b"");
                frame(LAST, other);
            }
            5 => frame(LAST | 9, payload),
            6 => frame(LAST | 10, payload),
            _ => frame(LAST | 8, payload),
        }
    }
    bytes
}

/// A socket that gives what it has in pieces, and swallows what is written.
struct Pieces<'a> {
    bytes: &'a [u8],
    piece: usize,
}

impl Read for Pieces<'_> {
    fn read(&mut self, to: &mut [u8]) -> io::Result<usize> {
        let length = self.bytes.len().min(self.piece).min(to.len());
        let (now, rest) = self.bytes.split_at(length);
        to[..length].copy_from_slice(now);
        self.bytes = rest;
        Ok(length)
    }
}

impl Write for Pieces<'_> {
    fn write(&mut self, from: &[u8]) -> io::Result<usize> {
        Ok(from.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
