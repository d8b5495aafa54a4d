//! Rosterline on tokio: WebSockets by tokio-tungstenite, HTTP by reqwest, TLS by rustls.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use futures_util::StreamExt as _;
//! use rosterline_core::{Auth, Config, Endpoint, Event, Secret, Subscription};
//! use rosterline_tokio::Client;
//!
//! let auth = Auth::ClientCredentials {
//!     login_url: Endpoint::new("https://api.mypurecloud.com")?,
//!     client_id: std::env::var("GENESYS_CLIENT_ID")?,
//!     client_secret: Secret::new(std::env::var("GENESYS_CLIENT_SECRET")?),
//! };
//! let stream = "wss://api.mypurecloud.com/api/v2/analytics/conversations/stream";
//! let config = Config::new(Endpoint::new(stream)?, auth, Subscription::all());
//!
//! let client = Client::builder().build()?;
//! let (mut events, handle) = client.start(config)?;
//! while let Some(event) = events.next().await {
//!     match event {
//!         Event::Presence(presence) => println!("{presence:?}"),
//!         Event::Gap(gap) => println!("something may be missing: {gap:?}"),
//!         Event::Ended(cause) => println!("{cause}"),
//!         _ => {}
//!     }
//! }
//! # drop(handle); Ok(()) }
//! ```

mod client;
mod dial;
mod frames;
mod http;
mod pinned;
mod runtime;
mod tls;

pub use client::{Client, ClientBuilder};
pub use dial::{Io, Transport};
pub use frames::{Received, Socket};
pub use rosterline_driver::{Denied, Lease, TokenFuture, TokenSource};
pub use runtime::Tokio;

/// A future that runs a session, see [`Client::split`].
pub type Driver = rosterline_driver::Driver<Tokio>;
/// The stream of events of a session; it ends after [`Event::Ended`](rosterline_core::Event::Ended).
pub type Events = rosterline_driver::Events<Tokio>;
/// Commands for a running session; cheap to clone, for any thread.
pub type Handle = rosterline_driver::Handle<Tokio>;

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
