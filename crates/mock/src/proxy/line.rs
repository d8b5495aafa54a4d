//! One connection through the proxy.

use std::net::SocketAddr;
use std::time::Duration;

use rosterline_core::Network;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Side;
use super::lane::{Lane, Over};
use super::sky::{Orders, Sky};

/// So long an end that was told in good order may still send something. Closing on it at once would make a reset of the
/// good order, if anything of it were unread.
const FAREWELL: Duration = Duration::from_secs(1);

/// Serves the connection with this number until it ends. `before`: what had been ordered when it was accepted.
pub(super) async fn serve(
    mut client: TcpStream,
    upstream: SocketAddr,
    sky: &Sky,
    number: u64,
    before: Orders,
) {
    let _open = Open::new(sky);
    // Pieces have to leave as they are; a socket that refuses the option serves all the same.
    let _ = client.set_nodelay(true);
    if let Some(kind) = sky.look(|state| state.toxics.weather.failures.pop_front()) {
        return fail(client, kind).await;
    }
    let mut server = match TcpStream::connect(upstream).await {
        Ok(server) => server,
        Err(error) => {
            tracing::warn!(%upstream, %error, "the server cannot be reached: start it, or name its address");
            return reset(&client);
        }
    };
    let _ = server.set_nodelay(true);
    let over = {
        let (from_client, to_client) = client.split();
        let (from_server, to_server) = server.split();
        let forth = Lane::new(sky, number, Side::Server, before).carry(from_client, to_server);
        let back = Lane::new(sky, number, Side::Client, before).carry(from_server, to_client);
        tokio::select! {
            biased;
            over = ordered(sky, before) => Err(over),
            both = async { tokio::try_join!(forth, back) } => both,
        }
    };
    tracing::debug!(number, ?over, "a connection has ended");
    match over {
        Ok(((), ())) => {}
        Err(Over::Reset) => [&client, &server].into_iter().for_each(reset),
        Err(Over::Fin) => {
            tokio::join!(farewell(&mut client), farewell(&mut server));
        }
    }
}

/// Waits until somebody orders the end of every connection.
async fn ordered(sky: &Sky, before: Orders) -> Over {
    sky.until(|state| (state.orders.resets, state.orders.hang_ups) != (before.resets, before.hang_ups)).await;
    if sky.look(|state| state.orders.resets) > before.resets { Over::Reset } else { Over::Fin }
}

/// Fails in the way that comes nearest to this.
async fn fail(mut client: TcpStream, kind: Network) {
    let answer: &[u8] = match kind {
        Network::Dns | Network::Connect | Network::Resource => return reset(&client),
        Network::Broken => b"",
        Network::Tls => b"this is no TLS\r\n",
        Network::Proxy => b"HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n",
    };
    // The client may be gone before it has said anything.
    let _ = client.read(&mut [0; 4096]).await;
    let _ = client.write_all(answer).await;
    farewell(&mut client).await;
}

/// When the stream is dropped after this, the other end is told that the connection is gone.
fn reset(stream: &TcpStream) {
    // A socket that refuses is closed all the same, in good order.
    let _ = stream.set_zero_linger();
}

/// Says that nothing more comes, and listens for a while.
async fn farewell(stream: &mut TcpStream) {
    let _ = stream.shutdown().await;
    let mut rest = [0; 4096];
    let listen = async { while stream.read(&mut rest).await.is_ok_and(|length| length > 0) {} };
    let _ = timeout(FAREWELL, listen).await;
}

/// Counts a connection as open for as long as it is, also when its task is aborted.
struct Open<'a>(&'a Sky);

impl<'a> Open<'a> {
    fn new(sky: &'a Sky) -> Self {
        sky.count(|counts| {
            counts.connections += 1;
            counts.open += 1;
        });
        Self(sky)
    }
}

impl Drop for Open<'_> {
    fn drop(&mut self) {
        self.0.count(|counts| counts.open -= 1);
    }
}
