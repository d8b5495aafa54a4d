//! Where a session with [`Auth::External`](rosterline_core::Auth::External) gets its tokens.

use std::fmt;
use std::future::ready;
use std::pin::Pin;
use std::time::Duration;

use rosterline_core::Secret;

/// The answer of a [`TokenSource`] on its way.
pub type TokenFuture = Pin<Box<dyn Future<Output = Result<Lease, Denied>> + Send>>;

/// Gives tokens to one session: from a cache that several sessions share, or from an application's own
/// login.
pub trait TokenSource: Send + 'static {
    /// Gets a token. `refused`: the server did not accept the last one that this source gave, so the same
    /// one will not do.
    fn token(&mut self, refused: bool) -> TokenFuture;
}

/// A token and how long it can be used.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lease {
    /// The token.
    pub token: Secret,
    /// From now.
    pub lifetime: Duration,
}

/// Why there is no token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Denied {
    /// Whether asking again can never help.
    pub fatal: bool,
    /// Why, for a person to read; without secrets.
    pub why: Box<str>,
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
        let why = "the session was started without a source of tokens";
        Box::pin(ready(Err(Denied { fatal: true, why: why.into() })))
    }
}
