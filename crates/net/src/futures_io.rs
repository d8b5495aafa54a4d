//! TLS and WebSockets over the traits of futures-io: what async-std, smol and their kin have in common.

use std::io;
use std::sync::Arc;

use async_compat::Compat;
use async_tungstenite::{WebSocketStream, client_async_with_config};
use futures_io::{AsyncRead, AsyncWrite};
use futures_rustls::TlsConnector;
use futures_util::{AsyncReadExt, AsyncWriteExt as _};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tungstenite::Error;
use tungstenite::handshake::client::Response;
use tungstenite::protocol::WebSocketConfig;

/// Bytes in both directions.
pub trait Io: AsyncRead + AsyncWrite + Unpin + Send + 'static {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send + 'static> Io for T {}

/// A [`Net::Transport`](crate::Net::Transport). One indirect call for each read of up to 128 KiB.
pub type Transport = Box<dyn Io>;
/// A [`Net::WebSocket`](crate::Net::WebSocket).
pub type WebSocket = WebSocketStream<Transport>;

/// [`Net::read`](crate::Net::read).
///
/// # Errors
/// The connection's own.
pub async fn read(io: &mut impl Io, into: &mut [u8]) -> io::Result<usize> {
    AsyncReadExt::read(io, into).await
}

/// [`Net::write`](crate::Net::write).
///
/// # Errors
/// The connection's own.
pub async fn write(io: &mut impl Io, bytes: &[u8]) -> io::Result<()> {
    io.write_all(bytes).await?;
    io.flush().await
}

/// [`Net::secure`](crate::Net::secure).
///
/// # Errors
/// The connection's own, or those of TLS.
pub async fn secure(io: impl Io, tls: Arc<ClientConfig>, name: ServerName<'static>) -> io::Result<Transport> {
    Ok(Box::new(TlsConnector::from(tls).connect(name, io).await?))
}

/// [`Net::upgrade`](crate::Net::upgrade).
///
/// # Errors
/// Whatever is wrong with the handshake.
pub async fn upgrade(
    transport: Transport,
    url: String,
    config: WebSocketConfig,
) -> Result<(WebSocket, Response), Error> {
    client_async_with_config(url, transport, Some(config)).await
}

/// [`Net::with_reactor`](crate::Net::with_reactor): on a thread of tokio's, which is there from the first call on.
pub async fn with_reactor<F: Future + Send>(work: F) -> F::Output {
    Compat::new(work).await
}
