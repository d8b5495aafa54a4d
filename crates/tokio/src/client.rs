//! The client: what all sessions of a program share.

use rosterline_core::{Config, Misuse};
use rosterline_driver::proxy::Proxy;
use rosterline_driver::{TokenCache, TokenSource, split_with};

use crate::runtime::Tokio;
use crate::{Driver, Events, Handle, http, tls};

/// Starts sessions. Cheap to clone; sessions of a client and its clones that have the same credentials
/// share one token and one request for it.
#[derive(Clone, Debug)]
pub struct Client {
    runtime: Tokio,
    tokens: TokenCache<Tokio>,
}

impl Client {
    /// A client with other settings than the default ones.
    #[must_use]
    pub fn builder() -> ClientBuilder {
        ClientBuilder::default()
    }

    /// Starts a session on the current tokio runtime.
    ///
    /// # Errors
    /// The first setting that is out of range.
    ///
    /// # Panics
    /// Outside of a tokio runtime.
    pub fn start(&self, config: Config) -> Result<(Events, Handle), Misuse> {
        let (driver, events, handle) = self.split(config)?;
        tokio::spawn(driver);
        Ok((events, handle))
    }

    /// Makes a session whose driver the caller spawns, on a tokio runtime.
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn split(&self, config: Config) -> Result<(Driver, Events, Handle), Misuse> {
        config.check()?;
        let (config, tokens) = self.tokens.adopt(config);
        split_with(config, self.runtime.clone(), tokens)
    }

    /// Makes a session that gets its tokens from an application's own login; its configuration says
    /// [`Auth::External`](rosterline_core::Auth::External).
    ///
    /// # Errors
    /// The first setting that is out of range.
    pub fn split_with(
        &self,
        config: Config,
        tokens: impl TokenSource,
    ) -> Result<(Driver, Events, Handle), Misuse> {
        split_with(config, self.runtime.clone(), tokens)
    }
}

/// Settings of a [`Client`].
#[derive(Clone, Debug, Default)]
pub struct ClientBuilder {
    roots: Vec<rustls::pki_types::CertificateDer<'static>>,
    proxy: Option<Proxy>,
}

impl ClientBuilder {
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

    /// Makes the client.
    ///
    /// # Errors
    /// A root certificate that is no authority's.
    pub fn build(self) -> Result<Client, Misuse> {
        let tls = tls::config(self.roots)?;
        let http = http::client(tls.clone(), self.proxy.as_ref())?;
        let runtime = Tokio::new(tls, http, self.proxy);
        Ok(Client { tokens: TokenCache::new(runtime.clone()), runtime })
    }
}
