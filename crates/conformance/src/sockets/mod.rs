//! Sessions over real sockets, names, certificates and proxies, in real time. Each function holds of every adapter, or panics.

pub mod endings;
pub mod login;
pub mod moves;
pub(crate) mod server;
pub mod stream;
