//! What the adapters of Rosterline share: everything between a socket and the driver that is the same on every
//! runtime.
//!
//! [`Net`] is what a runtime brings: a clock, a sleep, names, TCP, TLS and the WebSocket library over it. With
//! that, [`Adapter`] is a [`rosterline_driver::Runtime`], and [`Client`] starts sessions on it. Dialling (with
//! several addresses, and through a proxy), trust in certificates, HTTP and the meaning of every error are here,
//! once. `rosterline-tokio`, `rosterline-async-std` and `rosterline-smol` are a `Net` each, and little else.

mod adapter;
mod client;
mod dial;
mod frames;
#[cfg(feature = "futures-io")]
pub mod futures_io;
mod http;
mod net;
mod pinned;
pub mod proxy;
mod tls;
mod trouble;

pub use adapter::Adapter;
pub use client::{Client, ClientBuilder, Driver, Events, Handle, Items, Parts};
pub use frames::{Received, Socket};
pub use http::{CallFuture, HttpClient};
pub use net::Net;

pub use tungstenite;
