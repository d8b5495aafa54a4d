//! The client: what all sessions of a program share.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use rosterline_core::{Config, Misuse};
use rosterline_driver::{Hooks, TokenCache, TokenSource, split_with};

use crate::adapter::Adapter;
use crate::http::{HttpClient, Reqwest};
use crate::net::Net;
use crate::proxy::Proxy;
use crate::tls;

/// A future that runs a session, see [`Client::split`].
pub type Driver<N> = rosterline_driver::Driver<Adapter<N>>;
/// The stream of events of a session.
pub type Events<N> = rosterline_driver::Events<Adapter<N>>;
/// The stream of events and timelines of a session.
pub type Items<N> = rosterline_driver::Items<Adapter<N>>;
/// Commands for a running session; cheap to clone, for any thread.
pub type Handle<N> = rosterline_driver::Handle<Adapter<N>>;
/// What a session is split into: [`Driver`], [`Events`] and [`Handle`].
pub type Parts<N> = rosterline_driver::Parts<Adapter<N>>;

/// Starts sessions. Cheap to clone; sessions of a client and its clones that have the same credentials
/// share one token and one request for it.
#[derive(Clone, Debug)]
pub struct Client<N> {
    adapter: Adapter<N>,
    tokens: TokenCache<Adapter<N>>,
}

impl<N: Net> Client<N> {
    /// A client with other settings than the default ones.
    #[must_use]
    pub fn builder() -> ClientBuilder<N> {
        ClientBuilder { roots: Vec::new(), proxy: None, http: None, net: PhantomData }
    }

    /// Starts a session, on a task of its own.
    ///
    /// # Errors
    /// The first setting that is out of range.
    ///
    /// # Panics
    /// Under tokio, outside of a runtime.
    pub fn start(&self, config: Config) -> Result<(Events<N>, Handle<N>), Misuse> {
        let (driver, events, handle) = self.split(config)?;
        self.adapter.net().spawn(driver);
        Ok((events, handle))
    }

    /// Makes a session whose driver the caller spawns.
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn split(&self, config: Config) -> Result<Parts<N>, Misuse> {
        config.check()?;
        let (config, tokens) = self.tokens.adopt(config);
        split_with(config, self.adapter.clone(), Hooks { tokens, ..Hooks::default() })
    }

    /// Makes a session that gets its tokens from an application's own login; its configuration says
    /// [`Auth::External`](rosterline_core::Auth::External).
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn split_with(&self, config: Config, tokens: impl TokenSource) -> Result<Parts<N>, Misuse> {
        let tokens = Box::new(tokens);
        split_with(config, self.adapter.clone(), Hooks { tokens, ..Hooks::default() })
    }

    /// What its sessions run on: for [`split_with`](rosterline_driver::split_with) with hooks of one's own.
    #[must_use]
    pub const fn runtime(&self) -> &Adapter<N> {
        &self.adapter
    }
}

/// Settings of a [`Client`].
#[derive(Clone)]
pub struct ClientBuilder<N> {
    roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    proxy: Option<Proxy>,
    http: Option<Arc<dyn HttpClient>>,
    net: PhantomData<fn() -> N>,
}

impl<N: Net> ClientBuilder<N> {
    /// Trusts these authorities, certificates in PEM, besides those of the system. Can be called again.
    ///
    /// # Errors
    /// There is no certificate in it, or one that cannot be read.
    pub fn root_certificates(mut self, pem: &[u8]) -> Result<Self, Misuse> {
        self.roots.extend(tls::certificates(pem)?);
        Ok(self)
    }

    /// Goes through this HTTP proxy, for everything: `http://host:port` or
    /// `http://user:password@host:port`. Without one, the environment's proxy variables are not looked at
    /// either.
    ///
    /// # Errors
    /// Says what is wrong with the URL, without repeating it.
    pub fn proxy(mut self, url: &str) -> Result<Self, Misuse> {
        self.proxy = Some(Proxy::new(url)?);
        Ok(self)
    }

    /// Makes HTTP requests with a client of the application's, instead of reqwest. Authorities and proxy are
    /// that client's own business then; for WebSockets those given here count.
    #[must_use]
    pub fn http_client(mut self, client: impl HttpClient) -> Self {
        self.http = Some(Arc::new(client));
        self
    }

    /// Makes the client.
    ///
    /// # Errors
    /// A root certificate that is no authority's.
    pub fn build(self) -> Result<Client<N>, Misuse> {
        let tls = tls::config(self.roots)?;
        let http = match self.http {
            Some(http) => http,
            None => Arc::new(Reqwest::<N>::new(tls.clone(), self.proxy.as_ref())?),
        };
        let adapter = Adapter::new(tls, self.proxy, http);
        Ok(Client { tokens: TokenCache::new(adapter.clone()), adapter })
    }
}

impl<N> fmt::Debug for ClientBuilder<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientBuilder")
            .field("roots", &self.roots.len())
            .field("proxy", &self.proxy)
            .field("http", &self.http)
            .finish()
    }
}
