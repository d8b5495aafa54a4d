//! smol, as the adapters' common part sees it.

use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use rosterline_net::futures_io::FuturesIo;
use smol::net::TcpStream;

/// smol. Its clock is that of the system.
#[derive(Clone, Copy, Debug)]
pub struct Smol(Instant);

/// A timer of smol's.
#[derive(Debug)]
pub struct Sleep(smol::Timer);

impl Future for Sleep {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<()> {
        Pin::new(&mut self.0).poll(cx).map(|_| ())
    }
}

impl FuturesIo for Smol {
    const NAME: &'static str = "smol";
    type Tcp = TcpStream;
    type Sleep = Sleep;

    fn start() -> Self {
        Self(Instant::now())
    }

    fn elapsed(&self) -> Duration {
        self.0.elapsed()
    }

    fn sleep(&self, until: Duration) -> Self::Sleep {
        Sleep(smol::Timer::after(until.saturating_sub(self.elapsed())))
    }

    fn spawn(&self, task: impl Future<Output = ()> + Send + 'static) {
        smol::spawn(task).detach();
    }

    async fn resolve(host: &str, port: u16) -> io::Result<Vec<SocketAddr>> {
        smol::net::resolve((host, port)).await
    }

    async fn connect(address: SocketAddr) -> io::Result<TcpStream> {
        let tcp = TcpStream::connect(address).await?;
        // Without it, it is only slower.
        let _ = tcp.set_nodelay(true);
        Ok(tcp)
    }
}
