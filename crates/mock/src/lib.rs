//! A mock of the interaction stream on real sockets: OAuth, WebSocket, TLS and faults on one port.
//!
//! It is made for the tests of anybody's client. What it tells, and what goes wrong, comes from a seed;
//! what it told to whom can be asked afterwards.
//!
//! ```
//! use rosterline_mock::{End, FaultPlan, MockServer, Options, Scenario, When};
//! use std::time::Duration;
//!
//! # #[tokio::main(flavor = "current_thread")]
//! # async fn main() -> std::io::Result<()> {
//! let plan = FaultPlan::new().ending(When::Nth(0), Duration::from_secs(2), End::Cut);
//! let server = MockServer::start(Options::new().seed(7).scenario(Scenario::Transfer).plan(plan)).await?;
//! println!("{} {}", server.login_url(), server.stream_url());
//! // … let the client under test connect; a session of Rosterline is told how by `server.config()` …
//! assert_eq!(server.control().counts().tokens, 0);
//! server.stop().await;
//! # Ok(())
//! # }
//! ```
//!
//! What goes wrong between two machines, rather than on one of them, is a [`FaultProxy`]'s: bytes that are late, lost, sliced,
//! spoilt or too slow, and connections that are reset, refused or half closed. It can stand before any TCP server.
#![doc(test(attr(deny(warnings))))]

mod control;
mod hosted;
mod http;
mod options;
mod peer;
mod proxy;
mod server;
mod shared;
mod tls;

pub use control::Control;
pub use options::Options;
pub use proxy::{Cut, Drip, FaultProxy, Flow, ProxyCounts, Side, Toxics};
pub use server::MockServer;

pub use rosterline_sim::{
    Cloud, CloudConfig, CloudEnd, CloudEnding, CloudFact, CloudFault, CloudPlan, ConnId, Counts, Credentials,
    DialogueFault, End, Ending, Fact, FaultPlan, Faults, Filter, Frame, FrameFault, HttpFault, Limits, Pace,
    Rule, STREAM_PATH, Scenario, Start, TOKEN_PATH, Told, UnknownName, Weather, When,
};
