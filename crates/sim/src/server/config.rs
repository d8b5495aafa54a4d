//! How a server behaves.

use std::time::Duration;

use rosterline_core::{Secret, UnixMillis};

use crate::faults::FaultPlan;
use crate::feed::Pace;
use crate::scenario::Scenario;

/// The settings of a [`Server`](super::Server).
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// What every draw comes from. Default 1.
    pub seed: u64,
    /// What happens; `None`: only what a test emits. Default [`Scenario::All`].
    pub scenario: Option<Scenario>,
    /// How fast. Default [`Pace::LIVELY`].
    pub pace: Pace,
    /// How many interactions; `None`: no end. Default `None`.
    pub interactions: Option<u64>,
    /// When the first interaction starts.
    pub start: Start,
    /// What goes wrong. Default: nothing.
    pub plan: FaultPlan,
    /// Who gets a token; `None`: anybody. Default `None`.
    pub credentials: Option<Credentials>,
    /// How long a token is good for, at least a second. Default 24 h less a second, as the service does.
    pub token_lifetime: Duration,
    /// How far the analytics of its REST API lag behind. Default 0.
    pub lag: Duration,
    /// The wall clock at the moment that the server is made. Default 1970.
    pub wall: UnixMillis,
    /// What it bears.
    pub limits: Limits,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            scenario: Some(Scenario::All),
            pace: Pace::LIVELY,
            interactions: None,
            start: Start::FirstSubscription,
            plan: FaultPlan::new(),
            credentials: None,
            token_lifetime: Duration::from_secs(86_399),
            lag: Duration::ZERO,
            wall: UnixMillis(0),
            limits: Limits::default(),
        }
    }
}

/// When the first interaction starts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Start {
    /// With the first subscription, so that the first client sees everything from its beginning.
    #[default]
    FirstSubscription,
    /// With the server, whether anybody listens or not.
    AtOnce,
}

/// A client of the token endpoint.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Credentials {
    /// The client id.
    pub id: String,
    /// The client secret.
    pub secret: Secret,
}

/// What a server bears. All of it is bounded, so that a test that goes wrong ends as a failure and not as a
/// machine without memory.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Connections at a time; more are answered with 503. Default 256.
    pub connections: usize,
    /// Frames that wait for one connection; with more, the client is too slow and closed with 1013.
    /// Default 4096.
    pub queued_frames: usize,
    /// Bytes that wait for one connection, likewise. Default 16 MiB.
    pub queued_bytes: usize,
    /// Bytes of a message from a client; a larger one is answered with 1009. Default 64 KiB: a token takes
    /// below 4 KiB.
    pub message: usize,
    /// Events in one frame; more are split. Default 256.
    pub events: usize,
    /// How long a client may take to authenticate before it is closed with 1008. Default 10 s.
    pub authentication: Duration,
    /// Events that the truth remembers; older ones are forgotten. Default 1,000,000.
    pub truth: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            connections: 256,
            queued_frames: 4096,
            queued_bytes: 16 << 20,
            message: 64 << 10,
            events: 256,
            authentication: Duration::from_secs(10),
            truth: 1_000_000,
        }
    }
}
