//! What is swept, and what the result is to be good for.

use std::time::Duration;

use rosterline_core::Policy;

use crate::consumer::Consumer;
use crate::settings::Settings;

/// What matters most when an application cannot keep up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Goal {
    /// That it gets every event, however late.
    #[default]
    Complete,
    /// That what it gets is never older than [`Plan::max_wait`].
    Fresh,
}

impl Goal {
    /// The name on the command line.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Complete => "complete",
            Self::Fresh => "fresh",
        }
    }
}

/// A sweep before it begins.
#[derive(Clone, Debug, PartialEq)]
pub struct Plan {
    /// What is set now: measured too, and kept where nothing is recommended.
    pub current: Settings,
    /// The application.
    pub consumer: Consumer,
    /// How much faster than it was the load comes: 0.001 to 1,000.
    pub scale: f64,
    /// What is recommended has to bear so many times the load. 1 to 100.
    pub headroom: f64,
    /// What matters most.
    pub goal: Goal,
    /// With [`Goal::Fresh`]: the longest that an event may wait.
    pub max_wait: Duration,
    /// A connection that is dead has to be given up within this.
    pub detect: Duration,
    /// A session has to be live again within this, once the server can be reached.
    pub recover: Duration,
    /// Sizes of the buffer. Empty: powers of two around what the load needs.
    pub buffers: Vec<usize>,
    /// Policies.
    pub policies: Vec<Policy>,
    /// Multiples of the load for the search of the knee.
    pub loads: Vec<f64>,
    /// Times that the application may take for an event. Empty: from a quarter of its own to eight times that.
    pub takes: Vec<Duration>,
    /// Times from ping to ping.
    pub heartbeats: Vec<Duration>,
    /// Times from a ping to its pong.
    pub pong_timeouts: Vec<Duration>,
    /// First reconnect delays.
    pub backoff_bases: Vec<Duration>,
    /// Longest reconnect delays; a first one that is longer is not combined with them.
    pub backoff_maxes: Vec<Duration>,
    /// From one end of the network to the other, while connections are lost and made.
    pub latency: Duration,
    /// Nothing arrives for so long, and no connection is to be given up for that.
    pub hush: Duration,
    /// The server cannot be reached for up to so long.
    pub outage: Duration,
    /// How often each loss of a connection is tried.
    pub draws: u32,
    /// What everything is drawn from.
    pub seed: u64,
}

impl Default for Plan {
    fn default() -> Self {
        let seconds = |all: &[u64]| all.iter().map(|one| Duration::from_secs(*one)).collect();
        let millis = |all: &[u64]| all.iter().map(|one| Duration::from_millis(*one)).collect();
        Self {
            current: Settings::default(),
            consumer: Consumer {
                take: Duration::from_micros(500),
                stall: Duration::from_millis(500),
                stall_every: Duration::from_secs(10),
            },
            scale: 1.0,
            headroom: 2.0,
            goal: Goal::Complete,
            max_wait: Duration::from_secs(1),
            detect: Duration::from_secs(30),
            recover: Duration::from_secs(15),
            buffers: Vec::new(),
            policies: Policy::ALL.to_vec(),
            loads: vec![0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0],
            takes: Vec::new(),
            heartbeats: seconds(&[5, 10, 15, 20, 30, 60]),
            pong_timeouts: seconds(&[2, 5, 10]),
            backoff_bases: millis(&[100, 250, 500, 1000, 2000, 5000]),
            backoff_maxes: seconds(&[5, 15, 30, 60]),
            latency: Duration::from_millis(50),
            hush: Duration::from_secs(3),
            outage: Duration::from_secs(60),
            draws: 20,
            seed: 1,
        }
    }
}
