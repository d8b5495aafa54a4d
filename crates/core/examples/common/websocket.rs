//! What tungstenite and the session call the same things.

use rosterline_core::{Closed, Failure, Frame, Message, Network};
use tungstenite::error::{Error, ProtocolError};
use tungstenite::protocol::CloseFrame;

pub(crate) fn outgoing(message: &Message) -> tungstenite::Message {
    match message {
        Message::Text(text) => tungstenite::Message::text(text),
        Message::Secret(secret) => tungstenite::Message::text(secret.expose()),
        Message::Ping(payload) => tungstenite::Message::Ping(payload.to_vec().into()),
    }
}

pub(crate) fn closing(code: u16) -> tungstenite::Message {
    tungstenite::Message::Close(Some(CloseFrame { code: code.into(), reason: "".into() }))
}

/// A frame, or the end of the connection.
pub(crate) fn incoming(message: &tungstenite::Message) -> Result<Frame<'_>, Closed<'_>> {
    Ok(match message {
        tungstenite::Message::Text(text) => Frame::Text(text),
        tungstenite::Message::Binary(bytes) => Frame::Binary(bytes),
        tungstenite::Message::Frame(frame) => Frame::Binary(frame.payload()),
        tungstenite::Message::Ping(_) => Frame::Ping,
        tungstenite::Message::Pong(payload) => Frame::Pong(payload),
        tungstenite::Message::Close(close) => {
            let close = close.as_ref().map(|close| (close.code.into(), close.reason.as_str()));
            let (code, reason) = close.unzip();
            return Err(Closed::Frame { code, reason: reason.unwrap_or_default() });
        }
    })
}

/// How an error ends the connection: `detail` is its text, and `kind` is what it is called if it is the network's.
pub(crate) fn ending<'a>(error: &'a Error, kind: Network, detail: &'a str) -> Closed<'a> {
    match error {
        Error::Http(answer) => {
            let header = |name| answer.headers().get(name).and_then(|value| value.to_str().ok());
            let (retry_after, date) = (header("retry-after"), header("date"));
            Closed::Status { status: answer.status().as_u16(), retry_after, date }
        }
        Error::Protocol(ProtocolError::ResetWithoutClosingHandshake | ProtocolError::HandshakeIncomplete) => {
            Closed::Failed(Failure { kind: Network::Broken, detail })
        }
        Error::Protocol(_) => Closed::Protocol { code: 1002, detail },
        Error::Utf8(_) => Closed::Protocol { code: 1007, detail },
        Error::Capacity(_) => Closed::Protocol { code: 1009, detail },
        _ => Closed::Failed(Failure { kind, detail }),
    }
}
