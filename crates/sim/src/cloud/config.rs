//! How a cloud behaves.

use std::time::Duration;

use rosterline_core::UnixMillis;

use super::plan::CloudPlan;
use crate::feed::Pace;
use crate::scenario::Scenario;
use crate::server::{Credentials, Limits, Start};

/// The settings of a [`Cloud`](super::Cloud).
#[derive(Clone, Debug)]
pub struct CloudConfig {
    /// What every draw comes from. Default 1.
    pub seed: u64,
    /// What happens; `None`: only what a test makes happen. Default [`Scenario::All`].
    pub scenario: Option<Scenario>,
    /// How fast. Default [`Pace::LIVELY`].
    pub pace: Pace,
    /// How many conversations; `None`: no end. Default `None`.
    pub conversations: Option<u64>,
    /// When the first conversation starts: at once, or with the first subscription. Default: with that.
    pub start: Start,
    /// What goes wrong. Default: nothing.
    pub plan: CloudPlan,
    /// Who gets a token; `None`: anybody. Default `None`.
    pub credentials: Option<Credentials>,
    /// How long a token is good for, at least a second. Default 24 h less a second, as the service does.
    pub token_lifetime: Duration,
    /// How long a channel lives, from its creation or its last subscription. Default 24 h.
    pub channel_life: Duration,
    /// From one heartbeat of the server to the next, at least a millisecond. Default 30 s.
    pub heartbeat: Duration,
    /// How late the analytics know of something. Default 2 s; the service's is seconds to minutes.
    pub lag: Duration,
    /// Requests that a token may make in a minute. Default 300.
    pub requests: u32,
    /// Topics that nobody may have, by what they contain, with the permission that is missing. Default: none.
    pub forbidden: Vec<(String, String)>,
    /// Whether it speaks TLS: then the addresses of channels begin with `wss`.
    pub tls: bool,
    /// The wall clock at the moment that the cloud is made. Default 1970.
    pub wall: UnixMillis,
    /// What it bears. `connections`, `queued_frames`, `queued_bytes`, `message` and `truth` count; of the truth, as much as
    /// half is forgotten when it is full.
    pub limits: Limits,
    /// Conversations that are remembered; older ones are forgotten, unless they still go on. Default 20,000.
    pub remembered: usize,
}

impl Default for CloudConfig {
    fn default() -> Self {
        Self {
            seed: 1,
            scenario: Some(Scenario::All),
            pace: Pace::LIVELY,
            conversations: None,
            start: Start::FirstSubscription,
            plan: CloudPlan::new(),
            credentials: None,
            token_lifetime: Duration::from_secs(86_399),
            channel_life: Duration::from_secs(86_400),
            heartbeat: Duration::from_secs(30),
            lag: Duration::from_secs(2),
            requests: 300,
            forbidden: Vec::new(),
            tls: false,
            wall: UnixMillis(0),
            limits: Limits::default(),
            remembered: 20_000,
        }
    }
}
