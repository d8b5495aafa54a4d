//! A connection, step by step: name, TCP, proxy, TLS, WebSocket.

use std::io;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt as _;
use futures_util::future::{Either, select};
use futures_util::stream::FuturesUnordered;
use rosterline_core::{Endpoint, Network};
use rosterline_driver::{Ending, Trouble};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;

use crate::frames::{self, Socket};
use crate::net::Net;
use crate::proxy::{self, Proxy};
use crate::trouble::trouble;

pub(crate) async fn dial<N: Net>(
    net: N,
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Proxy>>,
    url: String,
    max_message: usize,
) -> Result<Socket<N::WebSocket>, Ending> {
    let unusable = |error: &dyn std::fmt::Display| Trouble::new(Network::Connect, error);
    let target = Endpoint::new(&url).map_err(|misuse| unusable(&misuse))?;
    tracing::debug!(host = target.host(), port = target.port(), "dialling");
    let tcp = match &proxy {
        None => connect(&net, &target).await?,
        Some(proxy) => tunnel(&net, proxy, &target).await?,
    };
    let transport = if target.is_secure() {
        let name = ServerName::try_from(bare(target.host()).to_owned()).map_err(|error| unusable(&error))?;
        N::secure(tcp, tls, name).await.map_err(|error| trouble(&error, Network::Broken))?
    } else {
        N::plain(tcp)
    };
    let upgraded = N::upgrade(transport, url, frames::config(max_message)).await;
    let (websocket, answer) = upgraded.map_err(frames::ending)?;
    frames::check(&answer)?;
    tracing::debug!(host = target.host(), port = target.port(), "connected");
    Ok(Socket::new(websocket))
}

/// The time that an address has for itself before the next one is tried beside it, unless it fails sooner (RFC 8305,
/// section 5).
const HEAD_START: Duration = Duration::from_millis(250);

/// Connects with the first address that answers.
async fn connect<N: Net>(net: &N, target: &Endpoint) -> Result<N::Tcp, Trouble> {
    let addresses = N::resolve(bare(target.host()), target.port()).await;
    let mut addresses = addresses.map_err(|error| trouble(&error, Network::Dns))?.into_iter();
    let mut attempts = FuturesUnordered::new();
    let mut last = Trouble::new(Network::Dns, "the name has no address");
    loop {
        let next = addresses.next();
        let patience = next.map(|address| {
            attempts.push(N::connect(address));
            net.sleep(net.elapsed() + HEAD_START)
        });
        let outcome = match patience {
            None => attempts.next().await,
            Some(patience) => match select(attempts.next(), patience).await {
                Either::Left((outcome, _)) => outcome,
                Either::Right(_) => continue,
            },
        };
        match outcome {
            Some(Ok(tcp)) => return Ok(tcp),
            Some(Err(error)) => last = trouble(&error, Network::Connect),
            None => return Err(last),
        }
    }
}

/// Connects with `target` through a proxy.
async fn tunnel<N: Net>(net: &N, proxy: &Proxy, target: &Endpoint) -> Result<N::Tcp, Trouble> {
    let of_proxy = |error: io::Error| trouble(&error, Network::Proxy);
    let tcp = connect(net, proxy.endpoint()).await;
    let mut tcp = tcp.map_err(|found| Trouble { kind: Network::Proxy, ..found })?;
    N::write(&mut tcp, proxy.request(target).expose().as_bytes()).await.map_err(of_proxy)?;
    let (mut answer, mut piece) = (proxy::Answer::default(), [0; 1024]);
    loop {
        let length = N::read(&mut tcp, &mut piece).await.map_err(of_proxy)?;
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
