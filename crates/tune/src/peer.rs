//! A session and its server, in virtual time.

use std::time::Duration;

use rosterline_core::{Auth, Config, Endpoint, Event, Instant, State, Subscription, Topic, UnixMillis};
use rosterline_driver::Tap;
use rosterline_sim::{
    Clock, Cloud, CloudConfig, Model, Runner, STREAM_PATH, Server, ServerConfig, Virtual, Weather,
};

use crate::Settings;

/// Where the model listens, as far as URLs go.
const HOST: &str = "127.0.0.1:9";
/// A session that is not live by then is not going to be.
const PATIENCE: Duration = Duration::from_secs(60);

/// A model of a server on which nothing happens but what it is told to send.
pub(crate) trait Peer: Model + Sized {
    fn quiet(seed: u64, wall: UnixMillis, now: Instant) -> Self;
    /// What a session has to be told to be served by it.
    fn config(&self) -> Config;
}

impl Peer for Server {
    fn quiet(seed: u64, wall: UnixMillis, now: Instant) -> Self {
        Self::new(ServerConfig { seed, scenario: None, wall, ..ServerConfig::default() }, now)
    }

    fn config(&self) -> Config {
        Config::new(url(&format!("ws://{HOST}{STREAM_PATH}")), login(), Subscription::all())
    }
}

impl Peer for Cloud {
    fn quiet(seed: u64, wall: UnixMillis, now: Instant) -> Self {
        Self::new(CloudConfig { seed, scenario: None, wall, ..CloudConfig::default() }, now)
    }

    fn config(&self) -> Config {
        let topic = |id: &rosterline_core::Id| Topic::queue(&id.to_string()).expect("a UUID is an id");
        let mut config = Config::notifications(
            url(&format!("http://{HOST}")),
            login(),
            self.queues().iter().map(topic).collect(),
        );
        if let rosterline_core::Service::Notifications(service) = &mut config.service {
            // The model knows none of the conversations that are told of.
            service.repair = false;
        }
        config
    }
}

fn url(text: &str) -> Endpoint {
    Endpoint::new(text).expect("it is a valid URL")
}

fn login() -> Auth {
    Auth::ClientCredentials {
        login_url: url(&format!("http://{HOST}")),
        client_id: "client".to_owned(),
        client_secret: "s3cret".into(),
    }
}

/// What a trial is told besides the settings.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Scene {
    pub(crate) seed: u64,
    /// The time of day at which it begins.
    pub(crate) wall: UnixMillis,
    /// From one end of the network to the other.
    pub(crate) latency: Duration,
}

/// Starts a session with its server, and lets it go live. `None`: it does not, or the settings are out of range.
pub(crate) fn live<M: Peer>(
    settings: &Settings,
    scene: Scene,
    tap: Option<Box<dyn Tap>>,
) -> Option<Runner<M>> {
    let clock = Clock::new();
    // The clock of the simulation shows a fixed time of day at zero.
    let ahead = scene.wall.0.saturating_sub(Clock::DAWN.0);
    clock.jump(Instant::ZERO + Duration::from_millis(u64::try_from(ahead).unwrap_or(0)));
    let mut weather = Weather::new(scene.seed);
    weather.latency = scene.latency;
    let runtime = Virtual::in_weather(clock.clone(), weather);
    let model = M::quiet(scene.seed, clock.wall(), clock.now());
    let mut config = model.config();
    settings.apply(&mut config);
    config.seed = scene.seed;
    let mut runner = Runner::new(model, config, clock, runtime, tap).ok()?;
    runner.settle();
    let end = runner.now() + PATIENCE;
    until(&mut runner, end, is_live).then_some(runner)
}

/// Whether a session says that it is live.
pub(crate) fn is_live(event: &Event) -> bool {
    matches!(event, Event::Status(status) if status.state == State::Live)
}

/// Takes everything at once until an event is met that is waited for, or it is `end`. Whether it was met.
pub(crate) fn until<M: Model>(
    runner: &mut Runner<M>,
    end: Instant,
    mut met: impl FnMut(&Event) -> bool,
) -> bool {
    loop {
        while let Some(event) = runner.take() {
            if met(&event) {
                return true;
            }
        }
        if runner.is_over() || runner.now() >= end {
            return false;
        }
        let next = runner.poll_timeout().unwrap_or(end).min(end);
        runner.go(next);
    }
}
