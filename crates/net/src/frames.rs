//! WebSocket messages and errors of tungstenite, as the driver knows them. Knows of no runtime.

use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use futures_sink::Sink;
use futures_util::{SinkExt as _, StreamExt as _};
use rosterline_core::{Frame, Message as Sent, Network};
use rosterline_driver::{Ending, Incoming, Outgoing, Trouble};
use tungstenite::error::{CapacityError, Error, ProtocolError};
use tungstenite::http::{HeaderName, Response, header};
use tungstenite::protocol::{CloseFrame, Message, WebSocketConfig};

/// An incoming message of tungstenite.
#[derive(Debug)]
pub struct Received(Message);

impl rosterline_driver::Received for Received {
    fn view(&self) -> Incoming<'_> {
        Incoming::Frame(match &self.0 {
            Message::Text(text) => Frame::Text(text),
            Message::Binary(bytes) => Frame::Binary(bytes),
            // A raw frame is only ever written.
            Message::Frame(frame) => Frame::Binary(frame.payload()),
            Message::Ping(_) => Frame::Ping,
            Message::Pong(payload) => Frame::Pong(payload),
            Message::Close(close) => {
                let (code, reason) =
                    close.as_ref().map(|close| (close.code.into(), close.reason.as_str())).unzip();
                return Incoming::Close { code, reason: reason.unwrap_or_default() };
            }
        })
    }
}

/// A stream and sink of tungstenite's messages, in the driver's terms.
pub struct Socket<W>(W);

impl<W> Socket<W> {
    pub(crate) const fn new(websocket: W) -> Self {
        Self(websocket)
    }

    /// The stream and sink itself: for messages that a session does not send.
    pub const fn get_mut(&mut self) -> &mut W {
        &mut self.0
    }
}

impl<W: Stream<Item = Result<Message, Error>> + Unpin> Stream for Socket<W> {
    type Item = Result<Received, Ending>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        match self.0.poll_next_unpin(cx) {
            Poll::Ready(Some(Ok(message))) => {
                if let Message::Close(close) = &message {
                    // Its reason may hold anything: the session shows it, without secrets.
                    let code = close.as_ref().map(|close| u16::from(close.code));
                    tracing::debug!(code, "close frame received");
                }
                Poll::Ready(Some(Ok(Received(message))))
            }
            Poll::Ready(Some(Err(error))) => Poll::Ready(Some(Err(ending(error)))),
            Poll::Ready(None) => Poll::Ready(None),
            Poll::Pending => Poll::Pending,
        }
    }
}

impl<W: Sink<Message, Error = Error> + Unpin> Sink<Outgoing> for Socket<W> {
    type Error = Ending;

    fn poll_ready(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.0.poll_ready_unpin(cx).map_err(ending)
    }

    fn start_send(mut self: Pin<&mut Self>, item: Outgoing) -> Result<(), Ending> {
        let message = match item {
            Outgoing::Message(Sent::Text(text)) => Message::text(text),
            Outgoing::Message(Sent::Secret(text)) => Message::text(text.expose()),
            Outgoing::Message(Sent::Ping(payload)) => Message::Ping(payload.to_vec().into()),
            Outgoing::Close(code) => {
                Message::Close(Some(CloseFrame { code: code.into(), reason: Default::default() }))
            }
        };
        self.0.start_send_unpin(message).map_err(ending)
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.0.poll_flush_unpin(cx).map_err(ending)
    }

    fn poll_close(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Result<(), Ending>> {
        self.0.poll_close_unpin(cx).map_err(ending)
    }
}

impl<W> fmt::Debug for Socket<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Socket").finish_non_exhaustive()
    }
}

/// tungstenite's settings for messages of up to `max_message` bytes.
pub(crate) fn config(max_message: usize) -> WebSocketConfig {
    let base = WebSocketConfig::default();
    // What we send is small: beyond a megabyte of it, the peer has stopped reading long ago.
    base.max_write_buffer_size(1 << 20).max_message_size(Some(max_message)).max_frame_size(Some(max_message))
}

/// What tungstenite's errors mean. None of the words repeats a URL, a header's value or a body.
pub(crate) fn ending(error: Error) -> Ending {
    let protocol =
        |code, detail: &dyn fmt::Display| Ending::Protocol { code, detail: detail.to_string().into() };
    match error {
        Error::Http(response) => refusal(&response),
        Error::Utf8(_) => protocol(1007, &"text that is not UTF-8"),
        Error::Capacity(error @ CapacityError::MessageTooLong { .. }) => protocol(1009, &error),
        Error::Capacity(CapacityError::TooManyHeaders) | Error::AttackAttempt => {
            protocol(1002, &"an opening handshake without end")
        }
        // These are nobody's breach of the protocol: the other end, or ours, is on its way out.
        Error::Protocol(
            error @ (ProtocolError::ResetWithoutClosingHandshake
            | ProtocolError::HandshakeIncomplete
            | ProtocolError::SendAfterClosing),
        ) => Ending::broken(error),
        Error::Protocol(error) => protocol(1002, &error),
        Error::Io(error) => Ending::broken(error),
        Error::ConnectionClosed | Error::AlreadyClosed => Ending::broken("the connection is closed"),
        Error::WriteBufferFull(_) => Ending::broken("the peer has stopped reading"),
        Error::Tls(error) => Trouble::new(Network::Tls, error).into(),
        Error::Url(_) | Error::HttpFormat(_) => {
            Trouble::new(Network::Connect, "the URL cannot be dialled").into()
        }
    }
}

/// What tungstenite leaves to us: a server must not take up an extension that we have not offered (RFC 6455,
/// section 4.1), and we offer none.
pub(crate) fn check<B>(answer: &Response<B>) -> Result<(), Ending> {
    if answer.headers().contains_key(header::SEC_WEBSOCKET_EXTENSIONS) {
        let detail = "an extension that was not offered".into();
        return Err(Ending::Protocol { code: 1002, detail });
    }
    Ok(())
}

fn refusal<B>(response: &Response<B>) -> Ending {
    let text =
        |name: HeaderName| response.headers().get(name).and_then(|value| value.to_str().ok()).map(Into::into);
    Ending::Status {
        status: response.status().as_u16(),
        retry_after: text(header::RETRY_AFTER),
        date: text(header::DATE),
    }
}
