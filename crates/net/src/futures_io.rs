//! Runtimes whose sockets speak the traits of futures-io, as async-std, smol and their kin do: TLS and WebSockets are the
//! same on all of them.

use std::fmt;
use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use async_compat::Compat;
use async_tungstenite::{WebSocketStream, client_async_with_config};
use futures_io::{AsyncRead, AsyncWrite};
use futures_rustls::TlsConnector;
use futures_util::{AsyncReadExt as _, AsyncWriteExt as _};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tungstenite::Error;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::WebSocketConfig;

use crate::net::Net;

/// Bytes in both directions.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Io for T {}

/// What a WebSocket runs on. One indirect call for each read of up to 128 KiB.
pub type Transport = Box<dyn Io>;

/// What such a runtime has to bring, to be a [`Net`]. The functions are those of `Net`.
pub trait FuturesIo: Clone + fmt::Debug + Send + Sync + 'static {
    /// [`Net::NAME`].
    const NAME: &'static str;
    /// [`Net::Tcp`].
    type Tcp: Io;
    /// [`Net::Sleep`].
    type Sleep: Future<Output = ()> + Unpin + Send + 'static;

    /// [`Net::start`].
    fn start() -> Self;
    /// [`Net::elapsed`].
    fn elapsed(&self) -> Duration;
    /// [`Net::sleep`].
    fn sleep(&self, until: Duration) -> Self::Sleep;
    /// [`Net::spawn`].
    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static);
    /// [`Net::resolve`].
    fn resolve(host: &str, port: u16) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send;
    /// [`Net::connect`].
    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<Self::Tcp>> + Send;
}

impl<T: FuturesIo> Net for T {
    const NAME: &'static str = T::NAME;
    type Tcp = T::Tcp;
    type Transport = Transport;
    type WebSocket = WebSocketStream<Transport>;
    type Sleep = T::Sleep;

    fn start() -> Self {
        T::start()
    }

    fn elapsed(&self) -> Duration {
        T::elapsed(self)
    }

    fn sleep(&self, until: Duration) -> T::Sleep {
        T::sleep(self, until)
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        T::spawn(self, task);
    }

    fn resolve(host: &str, port: u16) -> impl Future<Output = io::Result<Vec<SocketAddr>>> + Send {
        T::resolve(host, port)
    }

    fn connect(address: SocketAddr) -> impl Future<Output = io::Result<T::Tcp>> + Send {
        T::connect(address)
    }

    async fn read(tcp: &mut T::Tcp, into: &mut [u8]) -> io::Result<usize> {
        tcp.read(into).await
    }

    async fn write(tcp: &mut T::Tcp, bytes: &[u8]) -> io::Result<()> {
        tcp.write_all(bytes).await?;
        tcp.flush().await
    }

    fn plain(tcp: T::Tcp) -> Transport {
        Box::new(tcp)
    }

    async fn secure(tcp: T::Tcp, tls: Arc<ClientConfig>, name: ServerName<'static>) -> io::Result<Transport> {
        Ok(Box::new(TlsConnector::from(tls).connect(name, tcp).await?))
    }

    async fn upgrade(
        transport: Transport,
        url: String,
        config: WebSocketConfig,
    ) -> Result<(Self::WebSocket, Response), Error> {
        client_async_with_config(url, transport, Some(config)).await
    }

    /// On a thread of tokio's, which is there from the first call on.
    async fn with_reactor<F: Future + Send>(work: F) -> F::Output {
        Compat::new(work).await
    }
}
