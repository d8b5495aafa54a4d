//! A TCP proxy that does to bytes what networks do to them.

mod lane;
mod line;
mod sky;
mod toxics;

use std::io;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpSocket, TcpStream};
use tokio::sync::{mpsc, oneshot};
use tokio::task::{JoinHandle, JoinSet};

use sky::Sky;

pub use toxics::{Cut, Drip, Flow, Side, Toxics};

/// Connections at a time; more are reset at once, so that a client that runs wild does not run the machine out of
/// sockets.
const CONNECTIONS: usize = 256;
/// Connections that the system may hold before they are accepted.
const BACKLOG: u32 = 128;

/// A proxy before a server: any TCP server, with or without TLS. Its toxics can be changed at any time, and hold for the
/// connections that are open, too. It ends when it is dropped; [`stop`](Self::stop) gives its address back for sure.
///
/// ```
/// use rosterline_mock::{FaultProxy, MockServer, Options, Toxics};
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() -> std::io::Result<()> {
/// let server = MockServer::start(Options::new()).await?;
/// let proxy = FaultProxy::start(server.addr(), Toxics::new(7)).await?;
/// // … let the client under test connect with proxy.addr() …
/// proxy.set(|toxics| toxics.weather.deaf_clients = true);
/// proxy.reset_all();
/// # Ok(())
/// # }
/// ```
#[derive(Debug)]
pub struct FaultProxy {
    addr: SocketAddr,
    sky: Arc<Sky>,
    commands: mpsc::Sender<Command>,
    task: JoinHandle<()>,
}

/// What a proxy has counted since its start.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ProxyCounts {
    /// Connections that were accepted.
    pub connections: u64,
    /// Connections that are open.
    pub open: u64,
    /// Bytes that were passed on to clients.
    pub to_client: u64,
    /// Bytes that were passed on to the server.
    pub to_server: u64,
    /// Bytes that were spoilt, of those that were passed on.
    pub spoilt: u64,
}

impl FaultProxy {
    /// Starts a proxy before `upstream`, on a free port of 127.0.0.1 and the current tokio runtime.
    ///
    /// # Errors
    /// If there is no free port.
    pub async fn start(upstream: SocketAddr, toxics: Toxics) -> io::Result<Self> {
        Self::listen((Ipv4Addr::LOCALHOST, 0).into(), upstream, toxics).await
    }

    /// Starts a proxy that listens here; port 0 takes a free one.
    ///
    /// # Errors
    /// If the address cannot be listened on.
    pub async fn listen(listen: SocketAddr, upstream: SocketAddr, toxics: Toxics) -> io::Result<Self> {
        let listener = TcpListener::bind(listen).await.map_err(|error| unusable(listen, &error))?;
        let addr = listener.local_addr()?;
        let sky = Arc::new(Sky::new(toxics));
        let (commands, orders) = mpsc::channel(1);
        let serve = Serve {
            door: Door::Open(listener),
            addr,
            upstream,
            sky: Arc::clone(&sky),
            lines: JoinSet::new(),
            accepted: 0,
        };
        let task = tokio::spawn(serve.run(orders));
        tracing::info!(%addr, %upstream, "fault proxy listens");
        Ok(Self { addr, sky, commands, task })
    }

    /// Changes what is wrong, for connections that are open and for those to come.
    pub fn set(&self, change: impl FnOnce(&mut Toxics)) {
        self.sky.change(|state| change(&mut state.toxics));
    }

    /// Resets every connection (RST): what is on its way is lost.
    pub fn reset_all(&self) {
        self.sky.change(|state| state.orders.resets += 1);
    }

    /// Ends every connection in good order (FIN), in the middle of whatever was said: what is on its way is lost.
    pub fn hang_up_all(&self) {
        self.sky.change(|state| state.orders.hang_ups += 1);
    }

    /// Tells this side of every connection that nothing more comes (FIN), and goes on listening to it.
    pub fn half_close_all(&self, side: Side) {
        self.sky.change(|state| state.orders.half_close(side));
    }

    /// Lets nobody connect any more (the system refuses), or lets them again. Connections that are open stay so.
    ///
    /// # Errors
    /// If somebody else has taken the address in the moment between.
    pub async fn refuse(&self, refuse: bool) -> io::Result<()> {
        let (done, outcome) = oneshot::channel();
        let over = |_| io::Error::other("the proxy's task is gone: its runtime has ended");
        self.commands.send(Command::Refuse(refuse, done)).await.map_err(|_| over(()))?;
        outcome.await.map_err(|_| over(()))?
    }

    /// Where clients connect.
    #[must_use]
    pub fn addr(&self) -> SocketAddr {
        self.addr
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> ProxyCounts {
        self.sky.look(|state| state.counts)
    }

    /// Waits until `met` holds of the counts. For tests that would have to sleep otherwise.
    pub async fn until(&self, met: impl FnMut(&ProxyCounts) -> bool) {
        self.sky.until_counts(met).await;
    }

    /// Stops listening, and ends every connection. The address is free again afterwards.
    pub async fn stop(mut self) {
        // A task that is gone has stopped.
        let _ = self.commands.send(Command::Stop).await;
        if let Err(error) = (&mut self.task).await {
            tracing::warn!(%error, "the fault proxy did not end well");
        }
    }
}

impl Drop for FaultProxy {
    fn drop(&mut self) {
        self.task.abort();
    }
}

#[derive(Debug)]
enum Command {
    /// Whether to refuse from now on, and where to say that it is so.
    Refuse(bool, oneshot::Sender<io::Result<()>>),
    Stop,
}

/// The task that owns the listener and all connections.
struct Serve {
    door: Door,
    addr: SocketAddr,
    upstream: SocketAddr,
    sky: Arc<Sky>,
    lines: JoinSet<()>,
    accepted: u64,
}

enum Door {
    Open(TcpListener),
    /// The socket keeps the port for us, but nobody listens on it. `None`: somebody else has it.
    Shut(Option<TcpSocket>),
}

impl Serve {
    async fn run(mut self, mut commands: mpsc::Receiver<Command>) {
        loop {
            tokio::select! {
                command = commands.recv() => match command {
                    Some(Command::Refuse(refuse, done)) => {
                        let outcome = self.refuse(refuse).map_err(|error| unusable(self.addr, &error));
                        // Whoever asked may not want to know any more.
                        let _ = done.send(outcome);
                    }
                    Some(Command::Stop) | None => break,
                },
                accepted = self.door.accept() => self.accepted(accepted).await,
                Some(_) = self.lines.join_next(), if !self.lines.is_empty() => {}
            }
        }
        self.lines.shutdown().await;
    }

    fn refuse(&mut self, refuse: bool) -> io::Result<()> {
        match (&mut self.door, refuse) {
            (Door::Open(_), false) | (Door::Shut(Some(_)), true) => {}
            (Door::Open(_) | Door::Shut(None), true) => {
                // The listener goes first: two cannot have the address.
                self.door = Door::Shut(None);
                self.door = Door::Shut(Some(bind(self.addr)?));
            }
            (Door::Shut(socket), false) => {
                let socket = match socket.take() {
                    Some(socket) => socket,
                    None => bind(self.addr)?,
                };
                self.door = Door::Open(socket.listen(BACKLOG)?);
            }
        }
        Ok(())
    }

    async fn accepted(&mut self, accepted: io::Result<TcpStream>) {
        match accepted {
            Ok(stream) if self.lines.len() < CONNECTIONS => {
                let (sky, upstream) = (Arc::clone(&self.sky), self.upstream);
                let number = self.accepted;
                self.accepted += 1;
                // What is ordered from here on is meant for this one, too.
                let before = sky.look(|state| state.orders);
                self.lines.spawn(async move { line::serve(stream, upstream, &sky, number, before).await });
            }
            Ok(stream) => {
                tracing::warn!(most = CONNECTIONS, "too many connections: this one is reset");
                let _ = stream.set_zero_linger();
            }
            Err(error) => {
                tracing::warn!(%error, "accepting a connection failed");
                // Out of file descriptors, most likely: at once it would fail again.
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
    }
}

impl Door {
    async fn accept(&self) -> io::Result<TcpStream> {
        match self {
            Self::Open(listener) => listener.accept().await.map(|(stream, _)| stream),
            Self::Shut(_) => std::future::pending().await,
        }
    }
}

/// A socket that has this address, and does not listen.
fn bind(addr: SocketAddr) -> io::Result<TcpSocket> {
    let socket = if addr.is_ipv4() { TcpSocket::new_v4() } else { TcpSocket::new_v6() }?;
    // Connections that were open on it are no obstacle.
    socket.set_reuseaddr(true)?;
    socket.bind(addr)?;
    Ok(socket)
}

fn unusable(addr: SocketAddr, error: &io::Error) -> io::Error {
    let message = format!("cannot listen on {addr}: {error}; give another address, or port 0 for a free one");
    io::Error::new(error.kind(), message)
}
