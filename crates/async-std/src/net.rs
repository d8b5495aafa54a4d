//! async-std, as the adapters' common part sees it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::time::{Duration, Instant};

use async_std::net::{TcpStream, ToSocketAddrs as _};
use async_std::task;
use rosterline_net::futures_io::FuturesIo;

/// async-std. Its clock is that of the system.
#[derive(Clone, Copy, Debug)]
pub struct AsyncStd(Instant);

impl FuturesIo for AsyncStd {
    const NAME: &'static str = "async-std";
    type Tcp = TcpStream;
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
}
