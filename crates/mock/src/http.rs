//! One TCP connection: TLS, then HTTP, then perhaps a WebSocket.

use std::convert::Infallible;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use http_body_util::{BodyExt, Full, Limited};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONNECTION, HeaderValue, SEC_WEBSOCKET_ACCEPT, SEC_WEBSOCKET_KEY, UPGRADE};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper::upgrade::OnUpgrade;
use hyper::{Request, Response, StatusCode};
use hyper_util::rt::{TokioIo, TokioTimer};
use rosterline_sim as sim;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsAcceptor;
use tokio_tungstenite::tungstenite::handshake::derive_accept_key;

use crate::peer;
use crate::shared::Shared;

/// TLS and the first request have to come within this.
const HANDSHAKE: Duration = Duration::from_secs(10);
/// A token request takes below 1 KiB, a list of 1,000 topics below 256 KiB.
const MAX_BODY: usize = 1 << 20;
/// For all headers of a request; hyper wants at least 8 KiB.
const MAX_HEAD: usize = 16 << 10;

/// Serves a connection until it ends.
pub(crate) async fn serve(tcp: TcpStream, acceptor: Option<TlsAcceptor>, shared: Arc<Shared>) {
    // Small frames have to leave at once; a socket that refuses the option serves all the same.
    let _ = tcp.set_nodelay(true);
    let Some(acceptor) = acceptor else { return speak(tcp, shared).await };
    match tokio::time::timeout(HANDSHAKE, acceptor.accept(tcp)).await {
        Ok(Ok(tls)) => speak(tls, shared).await,
        Ok(Err(error)) => tracing::debug!(%error, "the handshake of TLS failed"),
        Err(_) => tracing::debug!("the handshake of TLS took too long"),
    }
}

/// Where a request leaves the promise of a WebSocket for the task of its connection.
type Upgraded = Arc<Mutex<Option<(OnUpgrade, String)>>>;

async fn speak<S>(stream: S, shared: Arc<Shared>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let upgraded = Upgraded::default();
    let service = service_fn(|request| answer(request, Arc::clone(&shared), Arc::clone(&upgraded)));
    let served = http1::Builder::new()
        .timer(TokioTimer::new())
        .header_read_timeout(HANDSHAKE)
        .max_buf_size(MAX_HEAD)
        .serve_connection(TokioIo::new(stream), service)
        .with_upgrades()
        .await;
    if let Err(error) = served {
        tracing::debug!(%error, "the HTTP connection ended");
    }
    let promise = upgraded.lock().unwrap_or_else(PoisonError::into_inner).take();
    if let Some((promise, path)) = promise {
        match promise.await {
            Ok(stream) => peer::serve(TokioIo::new(stream), &path, shared).await,
            Err(error) => tracing::debug!(%error, "the opening handshake was not finished"),
        }
    }
}

async fn answer(
    mut request: Request<Incoming>,
    shared: Arc<Shared>,
    upgraded: Upgraded,
) -> Result<Response<Full<Bytes>>, Infallible> {
    let promise = hyper::upgrade::on(&mut request);
    let (head, body) = request.into_parts();
    let too_large = || render(sim::Response::error(413, "payload too large", "no request takes so much"));
    if body.size_hint().lower() > MAX_BODY as u64 {
        return Ok(too_large());
    }
    let body = tokio::time::timeout(HANDSHAKE, Limited::new(body, MAX_BODY).collect()).await;
    let body = match body {
        Ok(Ok(body)) => body.to_bytes(),
        Ok(Err(_)) => return Ok(too_large()),
        Err(_) => return Ok(render(sim::Response::error(408, "request timeout", "the body did not come"))),
    };
    let headers: Vec<_> =
        head.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect();
    let method = head.method.as_str();
    let path = head.uri.path_and_query().map_or(head.uri.path(), |both| both.as_str());
    let plain = sim::Request { method, path, headers: &headers, body: &body };
    let answer = shared.act(|server, now| server.request(&plain, now));
    match answer {
        sim::Answer::Respond { response, delay } => {
            // Without the path: it may name a channel, which is a secret.
            tracing::debug!(method, status = response.status, "answered");
            tokio::time::sleep(delay).await;
            Ok(render(response))
        }
        sim::Answer::Upgrade { delay } => {
            tokio::time::sleep(delay).await;
            *upgraded.lock().unwrap_or_else(PoisonError::into_inner) = Some((promise, path.to_owned()));
            let key = head.headers.get(SEC_WEBSOCKET_KEY).map(HeaderValue::as_bytes).unwrap_or_default();
            Ok(switch(key))
        }
    }
}

fn switch(key: &[u8]) -> Response<Full<Bytes>> {
    let accept = HeaderValue::from_str(&derive_accept_key(key)).expect("base64 is ASCII");
    let mut response = Response::new(Full::default());
    *response.status_mut() = StatusCode::SWITCHING_PROTOCOLS;
    let headers = response.headers_mut();
    headers.insert(UPGRADE, HeaderValue::from_static("websocket"));
    headers.insert(CONNECTION, HeaderValue::from_static("Upgrade"));
    headers.insert(SEC_WEBSOCKET_ACCEPT, accept);
    response
}

/// A response of the model as one of hyper. A test may have ordered a status or header that HTTP does not
/// have: the one becomes 500, the other is left out.
fn render(response: sim::Response) -> Response<Full<Bytes>> {
    let mut rendered = Response::new(Full::from(response.body));
    *rendered.status_mut() = StatusCode::from_u16(response.status)
        .ok()
        .filter(|status| !status.is_informational())
        .unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    for (name, value) in response.headers {
        if let Ok(value) = HeaderValue::try_from(value) {
            rendered.headers_mut().append(name, value);
        }
    }
    rendered
}
