//! What a runtime has to bring.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_core::Stream;
use futures_sink::Sink;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::WebSocketConfig;
use tungstenite::{Error, Message};

/// A runtime: its clock, its tasks, its sockets. A value is a clock that was started; clones show the same time.
///
/// The futures are polled by one task, and dropped to cancel them; what they have opened goes with them.
pub trait Net: Clone + fmt::Debug + Send + Sync + 'static {
    /// Its name, as in `--runtime`.
    const NAME: &'static str;
    /// A TCP connection.
    type Tcp: Send + 'static;
    /// What a WebSocket runs on: TCP, or TLS over it.
    type Transport: Send + 'static;
    /// A WebSocket over that.
    type WebSocket: Stream<Item = Result<Message, Error>>
        + Sink<Message, Error = Error>
        + Unpin
        + Send
        + 'static;
    /// Wakes its task at a time, or a little later.
    type Sleep: Future<Output = ()> + Unpin + Send + 'static;

    /// A monotonic clock that starts now.
    fn start() -> Self;
    /// What the clock shows.
    fn elapsed(&self) -> Duration;
    /// Sleeps until the clock shows `until`.
    fn sleep(&self, until: Duration) -> Self::Sleep;
    /// Runs a task beside the caller's.
    ///
    /// # Panics
    /// If the runtime has to be entered first, and was not.
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);

    /// The addresses of a host, the one to try first first.
    fn resolve(host: &str, port: u16) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;
    /// Opens a TCP connection, and turns off Nagle's algorithm: our messages are small and wait for an answer.
    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self::Tcp>> + Send;
    /// Reads what there is, at least one byte; 0 at the end.
    fn read(tcp: &mut Self::Tcp, into: &mut [u8]) -> impl Future<Output = io::Result<usize>> + Send;
    /// Writes all of it.
    fn write(tcp: &mut Self::Tcp, bytes: &[u8]) -> impl Future<Output = io::Result<()>> + Send;

    /// TCP as it is.
    fn plain(tcp: Self::Tcp) -> Self::Transport;
    /// TLS over TCP, with a server of this name.
    fn secure(
        tcp: Self::Tcp,
        tls: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> impl Future<Output = io::Result<Self::Transport>> + Send;
    /// The opening handshake of a WebSocket.
    fn upgrade(
        transport: Self::Transport,
        url: String,
        config: WebSocketConfig,
    ) -> impl Future<Output = Result<(Self::WebSocket, Response), Error>> + Send;

    /// Lets a future run that counts on tokio's reactor, as reqwest's do.
    fn with_reactor<F: Future + Send>(work: F) -> impl Future<Output = F::Output> + Send;
}
