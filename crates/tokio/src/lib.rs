//! Rosterline on tokio: WebSockets by tokio-tungstenite, HTTP by reqwest, TLS by rustls.
//!
//! ```no_run
//! # async fn example() -> Result<(), Box<dyn std::error::Error>> {
//! use futures_util::TryStreamExt as _;
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
//! while let Some(event) = events.try_next().await? {
//!     match event {
//!         Event::Presence(presence) => println!("{presence:?}"),
//!         Event::Gap(gap) => println!("something may be missing: {gap:?}"),
//!         _ => {}
//!     }
//! }
//! # drop(handle); Ok(()) }
//! ```
//!
//! Trouble that heals is an event; an `Err` is the end, and says whether trying again can help.

mod ahead;
mod net;

pub use net::{Io, Tokio, Transport};
pub use rosterline_driver::{Denied, Error, Item, Lease, TokenFuture, TokenSource};
pub use rosterline_net::{CallFuture, HttpClient};

/// Starts sessions, on the tokio runtime from within which [`start`](rosterline_net::Client::start) is called.
pub type Client = rosterline_net::Client<Tokio>;
/// Settings of a [`Client`].
pub type ClientBuilder = rosterline_net::ClientBuilder<Tokio>;
/// A future that runs a session, for a task of your own.
pub type Driver = rosterline_net::Driver<Tokio>;
/// The stream of events of a session.
pub type Events = rosterline_net::Events<Tokio>;
/// The stream of events and timelines of a session.
pub type Items = rosterline_net::Items<Tokio>;
/// Commands for a running session; cheap to clone, for any thread.
pub type Handle = rosterline_net::Handle<Tokio>;

/// The example of the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../../README.md")]
struct Readme;
