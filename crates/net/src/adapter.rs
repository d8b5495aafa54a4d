//! A runtime, as the driver sees it.

use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rosterline_core::{Call, Instant, UnixMillis};
use rosterline_driver::{Ending, Runtime};
use rustls::ClientConfig;

use crate::dial;
use crate::frames::{Received, Socket};
use crate::http::{CallFuture, HttpClient};
use crate::net::Net;
use crate::proxy::Proxy;

/// A [`Net`] with all that its connections need: what the sessions of a [`Client`](crate::Client) run on.
#[derive(Clone, Debug)]
pub struct Adapter<N> {
    net: N,
    /// A clock that nobody stops, which began with that of `net`.
    began: std::time::Instant,
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Proxy>>,
    http: Arc<dyn HttpClient>,
}

impl<N: Net> Adapter<N> {
    pub(crate) fn new(tls: Arc<ClientConfig>, proxy: Option<Proxy>, http: Arc<dyn HttpClient>) -> Self {
        let (net, began) = (N::start(), std::time::Instant::now());
        Self { net, began, tls, proxy: proxy.map(Arc::new), http }
    }

    /// The runtime itself.
    #[must_use]
    pub const fn net(&self) -> &N {
        &self.net
    }
}

impl<N: Net> Runtime for Adapter<N> {
    type Received = Received;
    type Socket = Socket<N::WebSocket>;
    type Sleep = N::Sleep;
    type Connect = Pin<Box<dyn Future<Output = Result<Self::Socket, Ending>> + Send>>;
    type Call = CallFuture;

    fn now(&self) -> Instant {
        Instant::ZERO + self.net.elapsed()
    }

    /// Where the runtime's clock was stopped and leaps, as in a test of an application, the time of day leaps with it.
    fn wall(&self) -> UnixMillis {
        let (shown, passed) = (self.net.elapsed(), self.began.elapsed());
        let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        UnixMillis::default().after((now + shown).saturating_sub(passed))
    }

    fn sleep(&self, until: Instant) -> Self::Sleep {
        self.net.sleep(Duration::from_nanos(until.0))
    }

    fn connect(&self, url: &str, max_message: usize) -> Self::Connect {
        let (net, tls, proxy) = (self.net.clone(), self.tls.clone(), self.proxy.clone());
        Box::pin(dial::dial(net, tls, proxy, url.to_owned(), max_message))
    }

    fn call(&self, call: Call) -> Self::Call {
        self.http.call(call)
    }
}
