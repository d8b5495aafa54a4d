//! What a world is before it begins: everything in it is drawn from the seed.

use std::time::Duration;

use rosterline_core::{Auth, Config, Endpoint, Id, Policy, Rng, Service, Topic};

use crate::cloud::{Cloud, CloudConfig, CloudEnd, CloudEnding, CloudFault, CloudPlan};
use crate::faults::{Faults, HttpFault, Rule, When};
use crate::{Clock, Pace, Virtual, Weather};

/// Where the model listens, as far as URLs go.
const URL: &str = "http://127.0.0.1:9";

pub(super) struct Options {
    seed: u64,
    plan: CloudPlan,
    token_lifetime: Duration,
    channel_life: Duration,
    lag: Duration,
    settle: Duration,
    pace: u32,
    /// How many of the queues are watched.
    watched: usize,
    details: bool,
    policy: Policy,
    capacity: usize,
    latency: Duration,
    jitter: Duration,
    /// How often the application takes what there is.
    pub(super) takes_every: Duration,
    /// How long the machine sleeps after each half of the trouble.
    pub(super) naps: [Duration; 2],
    queues: Vec<Id>,
}

impl Options {
    pub(super) fn swarm(seed: u64) -> Self {
        let mut rng = Rng::stream(seed, "skies");
        let rng = &mut rng;
        let seconds = |rng: &mut Rng, least: u64, most: u64| {
            Duration::from_millis(least * 1000 + rng.up_to((most - least) * 1000))
        };
        let lag = seconds(rng, 0, 5);
        let policies = [Policy::Pause, Policy::Pause, Policy::DropOldest, Policy::DropNewest];
        let mut options = Self {
            seed,
            plan: plan(seed, rng),
            token_lifetime: seconds(rng, 40, 900),
            channel_life: seconds(rng, 12, 600),
            lag,
            settle: lag + Duration::from_secs(1 + rng.up_to(5)),
            pace: [20, 50, 100][rng.up_to(2) as usize],
            watched: 1 + rng.up_to(3) as usize,
            details: rng.chance(30),
            policy: policies[rng.up_to(3) as usize],
            capacity: if rng.chance(30) { 1 + rng.up_to(20) as usize } else { 1024 },
            latency: Duration::from_millis(rng.up_to(80)),
            jitter: Duration::from_millis(rng.up_to(60)),
            takes_every: Duration::from_millis(if rng.chance(30) { rng.up_to(4000) } else { 0 }),
            naps: naps(seed),
            queues: Vec::new(),
        };
        options.queues =
            Cloud::new(options.cloud(), rosterline_core::Instant::ZERO).queues()[..options.watched].to_vec();
        options
    }

    pub(super) fn runtime(&self, clock: Clock) -> Virtual {
        let mut weather = Weather::new(self.seed);
        (weather.latency, weather.jitter) = (self.latency, self.jitter);
        Virtual::in_weather(clock, weather)
    }

    pub(super) fn cloud(&self) -> CloudConfig {
        CloudConfig {
            seed: self.seed,
            pace: Pace::percent(self.pace),
            plan: self.plan.clone(),
            token_lifetime: self.token_lifetime,
            channel_life: self.channel_life,
            lag: self.lag,
            // Several small gaps in a minute are more than a budget of the service allows for.
            requests: 3000,
            wall: Clock::DAWN,
            ..CloudConfig::default()
        }
    }

    /// The queues that are watched.
    pub(super) fn queues(&self) -> Vec<Id> {
        self.queues.clone()
    }

    pub(super) fn config(&self, cloud: &Cloud) -> Config {
        let url = |text: &str| Endpoint::new(text).expect("it is a valid URL");
        let auth = Auth::ClientCredentials {
            login_url: url(URL),
            client_id: "client".to_owned(),
            client_secret: "s3cret".into(),
        };
        let topic = |id: &Id| Topic::queue(&id.to_string()).expect("a UUID is an id");
        let topics = cloud.queues()[..self.watched].iter().map(topic).collect();
        let mut config = Config::notifications(url(URL), auth, topics);
        if let Service::Notifications(service) = &mut config.service {
            (service.details, service.settle) = (self.details, self.settle);
        }
        config.seed = self.seed;
        (config.buffer.policy, config.buffer.capacity) = (self.policy, self.capacity);
        config.reconnect.max_attempts = None;
        config
    }
}

/// Most machines do not sleep.
fn naps(seed: u64) -> [Duration; 2] {
    let mut rng = Rng::stream(seed, "naps");
    [(); 2].map(|()| Duration::from_millis(if rng.chance(30) { 1_000 + rng.up_to(1_200_000) } else { 0 }))
}

/// A service that is behind with some of its connections, each by another time, and not by so much that a ping counts as
/// unanswered.
fn delays(seed: u64) -> Vec<Rule<Duration>> {
    let mut rng = Rng::stream(seed, "delays");
    let share = [0, 0, 20, 50][rng.up_to(3) as usize];
    let late = (0..40).filter(|_| rng.chance(share)).collect::<Vec<u64>>();
    let delay = |nth| Rule { when: When::Nth(nth), fault: Duration::from_millis(rng.up_to(8_000)) };
    late.into_iter().map(delay).collect()
}

/// The plan of the preset, with a different weight on each kind of trouble, and the ends of many connections.
fn plan(seed: u64, rng: &mut Rng) -> CloudPlan {
    let presets = [Faults::None, Faults::Some, Faults::Storm];
    let mut plan = CloudPlan::preset(presets[rng.up_to(2) as usize], seed);
    let ends = [
        CloudEnd::Announced(Duration::from_secs(20)),
        CloudEnd::Announced(Duration::from_millis(500)),
        CloudEnd::OnlyAnnounced,
        CloudEnd::Close(1001),
        CloudEnd::Close(1006),
        CloudEnd::Cut,
        CloudEnd::Stall,
        CloudEnd::Evict,
        CloudEnd::Takeover,
        CloudEnd::Revoke,
    ];
    plan.delays = delays(seed);
    plan.endings.clear();
    for nth in 0..rng.up_to(40) {
        let after = Duration::from_millis(1000 + rng.up_to(90_000));
        // Takeovers and evictions are rare: four within ten minutes are the end.
        let most = if rng.chance(8) { ends.len() } else { ends.len() - 3 };
        let end = ends[rng.up_to(most as u64 - 1) as usize];
        plan.endings.push(Rule { when: When::Nth(nth), fault: CloudEnding { after, end } });
    }
    if rng.chance(10) {
        plan.queries.push(Rule { when: When::Percent(20), fault: HttpFault::refuse(403) });
    }
    if rng.chance(30) {
        plan.frames.push(Rule { when: When::Percent(30), fault: CloudFault::Stale });
    }
    plan
}
