//! The poll-driven loop between a Rosterline session and an async runtime.
//!
//! All decisions are the [`Session`](rosterline_core::Session)'s. This crate carries them out, on any
//! runtime that implements [`Runtime`]: a clock, a sleep, a connection, an HTTP request. The adapters
//! (`rosterline-tokio` and its siblings) are such implementations and little else.
//!
//! [`split`] makes three things of a configuration: the [`Driver`], a future to spawn; the [`Events`], a
//! stream for the application; and a [`Handle`] for commands. The driver goes on whatever the application
//! does, so a slow consumer never stops a heartbeat.

mod conn;
mod door;
mod driver;
mod error;
mod events;
mod handle;
mod items;
mod port;
mod runtime;
mod token;
mod token_cache;

pub use door::{Command, Door, Tap};
pub use driver::{Driver, Hooks, Parts, split, split_with};
pub use error::Error;
pub use events::Events;
pub use handle::Handle;
pub use items::{Item, Items};
pub use runtime::{Answer, Ending, Incoming, Outgoing, Received, Runtime, Trouble};
pub use token::{Denied, Lease, NoTokens, TokenFuture, TokenSource};
pub use token_cache::TokenCache;
