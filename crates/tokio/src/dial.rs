//! A connection, step by step: name, TCP, proxy, TLS, WebSocket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::stream::FuturesUnordered;
use rosterline_core::{Endpoint, Network};
use rosterline_driver::proxy::{self, Proxy};
use rosterline_driver::{Ending, Trouble};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_tungstenite::{WebSocketStream, client_async_with_config};

use crate::frames::{self, Socket};

/// What a WebSocket runs on: TCP, or TLS over it. One indirect call for each read of up to 128 KiB.
pub type Transport = Box<dyn Io>;

/// Bytes in both directions.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Io for T {}

pub(crate) async fn dial(
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Proxy>>,
    url: String,
    max_message: usize,
) -> Result<Socket<WebSocketStream<Transport>>, Ending> {
    let unusable = |error: &dyn std::fmt::Display| Trouble::new(Network::Connect, error);
    let target = Endpoint::new(&url).map_err(|misuse| unusable(&misuse))?;
    tracing::debug!(host = target.host(), port = target.port(), "dialling");
    let tcp = match &proxy {
        None => connect(&target).await?,
        Some(proxy) => tunnel(proxy, &target).await?,
    };
    let transport: Transport = if target.is_secure() {
        let name = ServerName::try_from(bare(target.host()).to_owned()).map_err(|error| unusable(&error))?;
        let connector = TlsConnector::from(tls);
        Box::new(connector.connect(name, tcp).await.map_err(|error| trouble(&error, Network::Broken))?)
    } else {
        Box::new(tcp)
    };
    let config = Some(frames::config(max_message));
    let (websocket, answer) =
        client_async_with_config(url, transport, config).await.map_err(frames::ending)?;
    frames::check(&answer)?;
    tracing::debug!(host = target.host(), port = target.port(), "connected");
    Ok(Socket::new(websocket))
}

/// The time that an address has for itself before the next one is tried beside it, unless it fails sooner (RFC 8305,
/// section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects with the first address that answers.
async fn connect(target: &Endpoint) -> Result<TcpStream, Trouble> {
    let addresses = lookup_host((bare(target.host()), target.port())).await;
    let mut addresses = addresses.map_err(|error| trouble(&error, Network::Dns))?;
    let mut attempts = FuturesUnordered::new();
    let mut last = Trouble::new(Network::Dns, "the name has no address");
    loop {
        let next = addresses.next();
        let patience = if next.is_some() { HEAD_START } else { Duration::MAX };
        attempts.extend(next.map(TcpStream::connect));
        match timeout(patience, attempts.next()).await {
            Err(_) => {}
            Ok(Some(Ok(tcp))) => {
                // Our messages are small and wait for an answer: without this they are only slower.
                let _ = tcp.set_nodelay(true);
                return Ok(tcp);
            }
            Ok(Some(Err(error))) => last = trouble(&error, Network::Connect),
            Ok(None) => return Err(last),
        }
    }
}

/// Connects with `target` through a proxy.
async fn tunnel(proxy: &Proxy, target: &Endpoint) -> Result<TcpStream, Trouble> {
    let of_proxy = |error: io::Error| trouble(&error, Network::Proxy);
    let mut tcp =
        connect(proxy.endpoint()).await.map_err(|found| Trouble { kind: Network::Proxy, ..found })?;
    tcp.write_all(proxy.request(target).expose().as_bytes()).await.map_err(of_proxy)?;
    let (mut answer, mut piece) = (proxy::Answer::default(), [0; 1024]);
    loop {
        let length = tcp.read(&mut piece).await.map_err(of_proxy)?;
        if length == 0 {
            return Err(proxy::Answer::cut_off());
        }
        if answer.receive(&piece[..length])? {
            return Ok(tcp);
        }
    }
}

/// An IPv6 address without its brackets.
fn bare(host: &str) -> &str {
    host.trim_start_matches('[').trim_end_matches(']')
}

/// What an error of the system means, if it is not about TLS or this process: `otherwise`.
pub(crate) fn trouble(error: &io::Error, otherwise: Network) -> Trouble {
    // ENFILE and EMFILE, and WSAEMFILE: too many open files. Rust has no name for them.
    let kind = match error.raw_os_error() {
        Some(23 | 24 | 10_024) => Network::Resource,
        _ if error.kind() == io::ErrorKind::OutOfMemory => Network::Resource,
        _ if is_tls(error) => Network::Tls,
        _ => otherwise,
    };
    Trouble::new(kind, error)
}

/// Whether TLS is at the ground of it. An error inside of an error is not its source.
fn is_tls(error: &io::Error) -> bool {
    error.get_ref().is_some_and(|inner| match inner.downcast_ref::<io::Error>() {
        Some(inner) => is_tls(inner),
        None => inner.is::<rustls::Error>(),
    })
}
