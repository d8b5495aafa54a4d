//! tokio, as the adapters' common part sees it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use rosterline_net::Net;
use rosterline_net::tungstenite::Error;
use rosterline_net::tungstenite::handshake::client::Response;
use rosterline_net::tungstenite::protocol::WebSocketConfig;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::{Instant, Sleep, sleep_until};
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::ahead::{Ahead, USUAL};

/// What a WebSocket runs on: TCP, or TLS over it. One indirect call for each read of up to 4 KiB.
pub type Transport = Box<dyn Io>;

/// Bytes in both directions.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

/// tokio. Its clock is tokio's own, so that it stands where tokio's does.
#[derive(Clone, Copy, Debug)]
pub struct Tokio(Instant);

impl Net for Tokio {
    const NAME: &'static str = "tokio";
    type Tcp = TcpStream;
    type Transport = Transport;
    type WebSocket = WebSocketStream<Transport>;
    type Sleep = Pin<Box<Sleep>>;

    fn start() -> Self {
        Self(Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, until: Duration) -> Self::Sleep {
        // A time that cannot be told is as good as never: in a day the clock is looked at again.
        let at = self.0.checked_add(until).unwrap_or_else(|| Instant::now() + Duration::from_secs(86_400));
        Box::pin(sleep_until(at))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        tokio::spawn(task);
    }

    async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok(lookup_host((host, port)).await?.collect())
    }

    async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let tcp = TcpStream::connect(address).await?;
        // Without it, it is only slower.
        let _ = tcp.set_nodelay(true);
        Ok(tcp)
    }

    async fn read(tcp: &mut TcpStream, into: &mut [u8]) -> io::Result<usize> {
        tcp.read(into).await
    }

    async fn write(tcp: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        tcp.write_all(bytes).await
    }

    fn plain(tcp: TcpStream) -> Transport {
        Box::new(Ahead::new(tcp))
    }

    async fn secure(
        tcp: TcpStream,
        tls: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<Transport> {
        Ok(Box::new(Ahead::new(TlsConnector::from(tls).connect(name, tcp).await?)))
    }

    async fn upgrade(
        transport: Transport,
        url: String,
        config: WebSocketConfig,
    ) -> Result<(Self::WebSocket, Response), Error> {
        client_async_with_config(url, transport, Some(config.read_buffer_size(USUAL))).await
    }

    fn with_reactor<F: Future + Send>(work: F) -> impl Future<Output = F::Output> + Send {
        work
    }
}
