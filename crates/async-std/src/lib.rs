//! Rosterline on async-std, **which is discontinued** ([RUSTSEC-2025-0052]): it gets no more fixes, and recommends smol.
//! This crate is for programs that stand on async-std today; new ones take `rosterline-smol`, which is the same
//! code on smol, or `rosterline-tokio`.
//!
//! WebSockets by async-tungstenite, TLS by rustls, HTTP by reqwest: for the sake of the latter a thread of tokio's
//! runs beside async-std's from the first HTTP request on. An application that does not want that brings its own
//! [`HttpClient`].
//!
//! [RUSTSEC-2025-0052]: https://rustsec.org/advisories/RUSTSEC-2025-0052
//!
//! ```no_run
//! # fn main() -> Result<(), Box<dyn std::error::Error>> {
//! use futures_util::TryStreamExt as _;
//! use rosterline_core::{Auth, Config, Endpoint, Event, Subscription};
//! use rosterline_async_std::Client;
//!
//! async_std::task::block_on(async {
//!     let token = std::env::var("GENESYSCLOUD_ACCESS_TOKEN")?;
//!     let url = "wss://api.mypurecloud.com/api/v2/analytics/conversations/stream";
//!     let config = Config::new(Endpoint::new(url)?, Auth::Token(token.as_str().into()), Subscription::all());
//!     let (mut events, _handle) = Client::builder().build()?.start(config)?;
//!     while let Some(event) = events.try_next().await? {
//!         if let Event::Presence(presence) = event {
//!             println!("{presence:?}");
//!         }
//!     }
//!     Ok(())
//! })
//! # }
//! ```
//!
//! Trouble that heals is an event; an `Err` is the end, and says whether trying again can help.

mod net;

pub use net::AsyncStd;
pub use rosterline_driver::{Denied, Error, Item, Lease, TokenFuture, TokenSource};
pub use rosterline_net::{CallFuture, HttpClient};

/// Starts sessions, on async-std's own threads.
pub type Client = rosterline_net::Client<AsyncStd>;
/// Settings of a [`Client`].
pub type ClientBuilder = rosterline_net::ClientBuilder<AsyncStd>;
/// A future that runs a session, for a task of your own.
pub type Driver = rosterline_net::Driver<AsyncStd>;
/// The stream of events of a session.
pub type Events = rosterline_net::Events<AsyncStd>;
/// The stream of events and timelines of a session.
pub type Items = rosterline_net::Items<AsyncStd>;
/// Commands for a running session; cheap to clone, for any thread.
pub type Handle = rosterline_net::Handle<AsyncStd>;
