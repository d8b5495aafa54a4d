//! async-std, as the adapters' common part sees it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_std::net::{TcpStream, ToSocketAddrs as _};
use async_std::task;
use rosterline_net::tungstenite::Error;
use rosterline_net::tungstenite::handshake::client::Response;
use rosterline_net::tungstenite::protocol::WebSocketConfig;
use rosterline_net::{Net, futures_io};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

/// async-std. Its clock is that of the system.
#[derive(Clone, Copy, Debug)]
pub struct AsyncStd(Instant);

impl Net for AsyncStd {
    const NAME: &'static str = "async-std";
    type Tcp = TcpStream;
    type Transport = futures_io::Transport;
    type WebSocket = futures_io::WebSocket;
    type Sleep = Pin<Box<dyn Future<Output = ()> + Send>>;

    fn start() -> Self {
        Self(Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, until: Duration) -> Self::Sleep {
        Box::pin(task::sleep(until.saturating_sub(self.elapsed())))
    }

    fn spawn(&self, work: impl Future<Output = ()> + Send + 'static) {
        task::spawn(work);
    }

    async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        Ok((host, port).to_socket_addrs().await?.collect())
    }

    async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let tcp = TcpStream::connect(address).await?;
        // Without it, it is only slower.
        let _ = tcp.set_nodelay(true);
        Ok(tcp)
    }

    async fn read(tcp: &mut TcpStream, into: &mut [u8]) -> io::Result<usize> {
        futures_io::read(tcp, into).await
    }

    async fn write(tcp: &mut TcpStream, bytes: &[u8]) -> io::Result<()> {
        futures_io::write(tcp, bytes).await
    }

    fn plain(tcp: TcpStream) -> Self::Transport {
        Box::new(tcp)
    }

    async fn secure(
        tcp: TcpStream,
        tls: Arc<ClientConfig>,
        name: ServerName<'static>,
    ) -> io::Result<Self::Transport> {
        futures_io::secure(tcp, tls, name).await
    }

    async fn upgrade(
        transport: Self::Transport,
        url: String,
        config: WebSocketConfig,
    ) -> Result<(Self::WebSocket, Response), Error> {
        futures_io::upgrade(transport, url, config).await
    }

    async fn with_reactor<F: Future + Send>(work: F) -> F::Output {
        futures_io::with_reactor(work).await
    }
}
