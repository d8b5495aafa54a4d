//! tokio, as the driver sees it.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use rosterline_core::{Call, Instant, UnixMillis};
use rosterline_driver::proxy::Proxy;
use rosterline_driver::{Answer, Ending, Runtime, Trouble};
use rustls::ClientConfig;
use tokio_tungstenite::WebSocketStream;

use crate::frames::{Received, Socket};
use crate::{dial, http};

/// The [`Runtime`] of tokio: what the sessions of a [`Client`](crate::Client) run on.
#[derive(Clone, Debug)]
pub struct Tokio {
    epoch: tokio::time::Instant,
    tls: Arc<ClientConfig>,
    proxy: Option<Arc<Proxy>>,
    http: reqwest::Client,
}

impl Tokio {
    pub(crate) fn new(tls: Arc<ClientConfig>, http: reqwest::Client, proxy: Option<Proxy>) -> Self {
        Self { epoch: tokio::time::Instant::now(), tls, proxy: proxy.map(Arc::new), http }
    }
}

type Boxed<T> = Pin<Box<dyn Future<Output = T> + Send>>;

impl Runtime for Tokio {
    type Received = Received;
    type Socket = Socket<WebSocketStream<dial::Transport>>;
    type Sleep = Pin<Box<tokio::time::Sleep>>;
    type Connect = Boxed<Result<Self::Socket, Ending>>;
    type Call = Boxed<Result<Answer, Trouble>>;

    fn now(&self) -> Instant {
        Instant::ZERO + self.epoch.elapsed()
    }

    fn wall(&self) -> UnixMillis {
        UnixMillis::default().after(SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default())
    }

    fn sleep(&self, until: Instant) -> Self::Sleep {
        let at = self.epoch.checked_add(Duration::from_nanos(until.0));
        // A time that cannot be told is as good as never: in a day the clock is looked at again.
        let at = at.unwrap_or_else(|| tokio::time::Instant::now() + Duration::from_secs(86_400));
        Box::pin(tokio::time::sleep_until(at))
    }

    fn connect(&self, url: &str, max_message: usize) -> Self::Connect {
        Box::pin(dial::dial(self.tls.clone(), self.proxy.clone(), url.to_owned(), max_message))
    }

    fn call(&self, call: Call) -> Self::Call {
        Box::pin(http::call(self.http.clone(), self.proxy.is_some(), call))
    }
}
