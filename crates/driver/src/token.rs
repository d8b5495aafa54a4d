//! Where a session with [`Auth::External`](rosterline_core::Auth::External) gets its tokens.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

use rosterline_core::{Cause, Grant, Secret};

/// The answer of a [`TokenSource`] on its way.
pub type TokenFuture = Pin<Box<dyn Future<Output = Result<Lease, Denied>> + Send>>;

/// Gives tokens to one session: from a cache that several sessions share, or from an application's own
/// login.
pub trait TokenSource: Send + 'static {
    /// Gets a token. `refused`: the server did not accept the last one that this source gave, so the same
    /// one will not do.
    fn token(&mut self, refused: bool) -> TokenFuture;
}

impl TokenSource for Box<dyn TokenSource> {
    fn token(&mut self, refused: bool) -> TokenFuture {
        (**self).token(refused)
    }
}

/// A token and how long it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The token.
    pub token: Secret,
    /// From now.
    pub lifetime: Duration,
    /// When to ask for the next one, from now; `None` for the rule of section 1.
    pub renew_in: Option<Duration>,
}

impl Lease {
    pub(crate) fn lend(&self) -> Grant<'_> {
        Grant { token: self.token.expose(), lifetime: self.lifetime, renew_in: self.renew_in }
    }
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// Whether asking again can never help.
    pub fatal: bool,
    /// Why, for a person to read; without secrets.
    pub why: Box<str>,
    /// What went wrong, where a [`TokenCache`](crate::TokenCache) asked for the session.
    pub cause: Option<Cause>,
}

impl Denied {
    /// There is no token; `fatal`: and there never will be.
    #[must_use]
    pub fn new(fatal: bool, why: impl Into<Box<str>>) -> Self {
        Self { fatal, why: why.into(), cause: None }
    }
}

impl From<Cause> for Denied {
    fn from(cause: Cause) -> Self {
        Self { fatal: cause.is_fatal(), why: cause.to_string().into(), cause: Some(cause) }
    }
}

impl fmt::Display for Denied {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.why)
    }
}

impl std::error::Error for Denied {}

/// The source that has none: for sessions that get their tokens themselves.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoTokens;

impl TokenSource for NoTokens {
    fn token(&mut self, _refused: bool) -> TokenFuture {
        let denied = Denied::new(true, "the session was started without a source of tokens");
        Box::pin(ready(Err(denied)))
    }
}
