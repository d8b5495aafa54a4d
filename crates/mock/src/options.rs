//! How a mock server is set up.

use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

use rosterline_core::{Instant, Secret, UnixMillis};
use rosterline_sim::{
    Cloud, CloudConfig, CloudPlan, Credentials, FaultPlan, Faults, Limits, Pace, Scenario, Server,
    ServerConfig, Start,
};

use crate::hosted::Hosted;

/// The settings of a [`MockServer`](crate::MockServer). The default: a free port of 127.0.0.1, no TLS,
/// every scenario without end, no faults, anybody gets a token.
#[derive(Clone, Debug)]
pub struct Options {
    pub(crate) listen: SocketAddr,
    pub(crate) tls: bool,
    pub(crate) config: ServerConfig,
    /// What the `notifications` dialect has beside that, if it is to be spoken.
    cloud: Option<CloudConfig>,
    faults: Faults,
    plan: Option<FaultPlan>,
}

impl Options {
    /// The default.
    #[must_use]
    pub fn new() -> Self {
        Self {
            listen: (Ipv4Addr::LOCALHOST, 0).into(),
            tls: false,
            config: ServerConfig::default(),
            cloud: None,
            faults: Faults::None,
            plan: None,
        }
    }

    /// Where to listen; port 0 takes a free one.
    #[must_use]
    pub fn listen(self, listen: SocketAddr) -> Self {
        Self { listen, ..self }
    }

    /// Whether to speak TLS, with a certificate for `localhost`, 127.0.0.1 and ::1 that a fresh authority
    /// signs: [`ca_pem`](crate::MockServer::ca_pem).
    #[must_use]
    pub fn tls(self, tls: bool) -> Self {
        Self { tls, ..self }
    }

    /// What interactions, faults and tokens are drawn from.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// What happens.
    #[must_use]
    pub fn scenario(mut self, scenario: Scenario) -> Self {
        self.config.scenario = Some(scenario);
        self
    }

    /// Nothing happens but what [`Control::emit`](crate::Control::emit) tells.
    #[must_use]
    pub fn quiet(mut self) -> Self {
        self.config.scenario = None;
        self
    }

    /// How fast it happens.
    #[must_use]
    pub fn pace(mut self, pace: Pace) -> Self {
        self.config.pace = pace;
        self
    }

    /// How many interactions happen; without this, they never end.
    #[must_use]
    pub fn interactions(mut self, count: u64) -> Self {
        self.config.interactions = Some(count);
        self
    }

    /// When the first interaction starts.
    #[must_use]
    pub fn start(mut self, start: Start) -> Self {
        self.config.start = start;
        self
    }

    /// What goes wrong, by the name of a preset.
    #[must_use]
    pub fn faults(self, faults: Faults) -> Self {
        Self { faults, ..self }
    }

    /// What goes wrong, in detail. It takes the place of [`faults`](Self::faults).
    #[must_use]
    pub fn plan(self, plan: FaultPlan) -> Self {
        Self { plan: Some(plan), ..self }
    }

    /// Who gets a token; nobody else will.
    #[must_use]
    pub fn credentials(mut self, id: &str, secret: &str) -> Self {
        self.config.credentials = Some(Credentials { id: id.to_owned(), secret: Secret::from(secret) });
        self
    }

    /// How long a token is good for, at least a second; whole seconds are told to the client.
    #[must_use]
    pub fn token_lifetime(mut self, lifetime: Duration) -> Self {
        self.config.token_lifetime = lifetime;
        self
    }

    /// What the server bears.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.config.limits = limits;
        self
    }

    /// Speaks the `notifications` dialect. What is set here counts where the other options have no say: the life of
    /// channels, the server's heartbeat, the lag of the analytics, forbidden topics; and the plan, if it is not empty.
    #[must_use]
    pub fn notifications(self, cloud: CloudConfig) -> Self {
        Self { cloud: Some(cloud), ..self }
    }

    /// The model, at this time of day.
    pub(crate) fn into_model(self, wall: UnixMillis) -> Hosted {
        let config = self.config;
        match self.cloud {
            None => {
                let plan = self.plan.unwrap_or_else(|| self.faults.plan(config.seed));
                Hosted::Stream(Box::new(Server::new(ServerConfig { plan, wall, ..config }, Instant::ZERO)))
            }
            Some(cloud) => {
                let is_empty = cloud.plan == CloudPlan::new();
                let plan = if is_empty { CloudPlan::preset(self.faults, config.seed) } else { cloud.plan };
                let config = CloudConfig {
                    seed: config.seed,
                    scenario: config.scenario,
                    pace: config.pace,
                    conversations: config.interactions,
                    start: config.start,
                    plan,
                    credentials: config.credentials,
                    token_lifetime: config.token_lifetime,
                    tls: self.tls,
                    wall,
                    limits: config.limits,
                    ..cloud
                };
                Hosted::Notifications(Box::new(Cloud::new(config, Instant::ZERO)))
            }
        }
    }
}

impl Default for Options {
    fn default() -> Self {
        Self::new()
    }
}
