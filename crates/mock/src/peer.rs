//! One WebSocket connection.

use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use futures_util::{SinkExt, StreamExt};
use rosterline_sim::{ConnId, Frame, Input, Output};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio_tungstenite::WebSocketStream;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::tungstenite::protocol::{CloseFrame, Role, WebSocketConfig};
use tokio_tungstenite::tungstenite::{Bytes, Message, Utf8Bytes};

use crate::shared::Shared;

/// A client that takes nothing for so long is cut off.
const WRITE: Duration = Duration::from_secs(10);
/// A client that does not answer our close frame within this is cut off.
const CLOSE: Duration = Duration::from_secs(3);
/// A half-open connection stays for so long: longer than any client waits for a sign of life, but not for
/// ever, so that a server that runs for days does not run out of room for connections.
const STALL: Duration = Duration::from_secs(600);
/// What a close frame has room for beside its code (RFC 6455, section 5.5).
const MAX_REASON: usize = 123;

/// Serves a connection until it ends.
pub(crate) async fn serve<S: AsyncRead + AsyncWrite + Unpin>(stream: S, path: &str, shared: Arc<Shared>) {
    let Some(conn) = shared.act(|model, now| model.open(path, now)) else { return };
    tracing::debug!(conn = conn.0, "connected");
    let limits = shared.look(|server, _| server.limits());
    let config = WebSocketConfig::default()
        .max_message_size(Some(limits.message))
        .max_frame_size(Some(limits.message))
        .max_write_buffer_size(limits.queued_bytes.max(1 << 20));
    let socket = WebSocketStream::from_raw_socket(stream, Role::Server, Some(config)).await;
    let guard = Guard { shared: &shared, conn };
    let mut peer = Peer { socket, shared: &shared, conn, deaf: false };
    peer.run().await;
    drop(guard);
    tracing::debug!(conn = conn.0, "disconnected");
}

/// Tells the model that the connection is gone, also when its task is aborted.
struct Guard<'a> {
    shared: &'a Shared,
    conn: ConnId,
}

impl Drop for Guard<'_> {
    fn drop(&mut self) {
        self.shared.act(|server, now| server.handle(self.conn, Input::Closed, now));
    }
}

struct Peer<'a, S> {
    socket: WebSocketStream<S>,
    shared: &'a Shared,
    conn: ConnId,
    deaf: bool,
}

/// Whether a connection goes on.
enum Next {
    Go,
    /// The client has said goodbye: nothing but the answer is sent any more (RFC 6455, section 5.5.1).
    Answer,
    End,
}

impl<S: AsyncRead + AsyncWrite + Unpin> Peer<'_, S> {
    async fn run(&mut self) {
        let mut changes = self.shared.changes();
        loop {
            changes.mark_unchanged();
            let output = self.shared.look(|server, _| server.poll_output(self.conn));
            let has_said = output.is_some();
            if let Some(output) = output {
                match self.carry_out(output).await {
                    Next::Go => {}
                    Next::Answer | Next::End => return,
                }
            }
            // However much there is to say, the client is heard in between.
            tokio::select! {
                biased;
                message = self.socket.next(), if !self.deaf => match self.hear(message) {
                    Next::Go => {}
                    Next::Answer => return self.read_on().await,
                    Next::End => return,
                },
                () = std::future::ready(()), if has_said => {}
                changed = changes.changed() => if changed.is_err() { return },
            }
        }
    }

    async fn carry_out(&mut self, output: Output) -> Next {
        match output {
            Output::Send(frame) => {
                let message = match frame {
                    Frame::Text(text) => Message::Text(text.into()),
                    Frame::Binary(bytes) => Message::Binary(Bytes::from(bytes)),
                };
                match tokio::time::timeout(WRITE, self.socket.send(message)).await {
                    Ok(Ok(())) => Next::Go,
                    Ok(Err(_)) | Err(_) => Next::End,
                }
            }
            Output::Close(code, reason) => {
                self.close(code, reason).await;
                Next::End
            }
            Output::Abort => Next::End,
            Output::Stall => {
                tokio::time::sleep(STALL).await;
                Next::End
            }
            Output::Deafen => {
                self.deaf = true;
                Next::Go
            }
        }
    }

    fn hear<E>(&self, message: Option<Result<Message, E>>) -> Next {
        let input = match &message {
            Some(Ok(Message::Text(text))) => Input::Text(text.as_str()),
            Some(Ok(Message::Binary(_))) => Input::Binary,
            Some(Ok(Message::Ping(_))) => Input::Ping,
            Some(Ok(Message::Pong(_) | Message::Frame(_))) => return Next::Go,
            Some(Ok(Message::Close(_))) => return Next::Answer,
            Some(Err(_)) | None => return Next::End,
        };
        self.shared.act(|server, now| server.handle(self.conn, input, now));
        Next::Go
    }

    /// Closes in the way of RFC 6455, section 7.1.2: a close frame, then reading until the other one.
    async fn close(&mut self, code: u16, mut reason: String) {
        while reason.len() > MAX_REASON {
            reason.pop();
        }
        let frame = CloseFrame { code: CloseCode::from(code), reason: Utf8Bytes::from(reason) };
        if let Ok(Ok(())) = tokio::time::timeout(CLOSE, self.socket.close(Some(frame))).await {
            self.read_on().await;
        }
    }

    /// Reads to the end after a close frame, which also sends the answer to one.
    async fn read_on(&mut self) {
        let rest = async { while let Some(Ok(_)) = self.socket.next().await {} };
        if tokio::time::timeout(CLOSE, pin!(rest)).await.is_err() {
            tracing::debug!(conn = self.conn.0, "the client does not hang up");
        }
    }
}
