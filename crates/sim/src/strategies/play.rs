//! A session in virtual time, against the model of the server.

use std::time::Duration;

use rosterline_core::{Auth, Config, Endpoint, Event, Instant, Presence, State, Subscription, UnixMillis};

use super::delivery::Delivery;
use super::run::Run;
use super::truth::{end_of_tick, fact};
use crate::runner::Runner;
use crate::{Clock, STREAM_PATH, Server, ServerConfig, Virtual};

/// A session that is not live by then never will be: longer than any three rules of a plan can hold it up.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longer than it takes to find that a peer is gone, and to come back from the longest delay.
const AFTERMATH: Duration = Duration::from_secs(600);

/// A session, its server, and what the application has taken.
pub(super) struct World {
    runner: Runner<Server>,
    live: bool,
    batches: Vec<Vec<Event>>,
}

impl World {
    pub(super) fn new(run: &Run) -> Self {
        let clock = Clock::new();
        let runtime = Virtual::new(clock.clone());
        let server = ServerConfig {
            seed: run.seed,
            scenario: None,
            plan: run.plan.clone(),
            // Short enough to expire in the middle of a story.
            token_lifetime: Duration::from_secs(60),
            wall: Clock::DAWN,
            ..ServerConfig::default()
        };
        let server = Server::new(server, Instant::ZERO);
        let runner = Runner::new(server, config(run), clock, runtime, None).expect("the settings are valid");
        Self { runner, live: false, batches: Vec::new() }
    }

    pub(super) fn play(mut self, run: &Run) -> Delivery {
        let mut truth = Vec::new();
        self.pass(PATIENCE, true, true);
        let shift = end_of_tick(self.runner.clock.wall().into()).0 - Clock::DAWN.0;
        for (number, frame) in (1..).zip(if self.live { &run.told[..] } else { &[] }) {
            let frame: Vec<Presence> = frame.iter().map(|event| shifted(event, shift)).collect();
            let at = frame.last().map_or(0, |last| last.at.unix_millis().0 - Clock::DAWN.0);
            let at = Instant::ZERO + Duration::from_millis(u64::try_from(at).unwrap_or(0));
            self.pass(at.since(self.runner.clock.now()), false, false);
            if self.runner.is_ending() {
                break;
            }
            self.runner.stage.server().emit(frame.iter().map(fact).collect(), at);
            truth.extend(frame);
            self.runner.settle();
            if number % run.takes_every.max(1) == 0 {
                take(&mut self.runner, &mut self.live, &mut self.batches);
            }
        }
        self.runner.stage.server().calm();
        self.pass(AFTERMATH, true, false);
        Delivery { truth, batches: self.batches }
    }

    /// Lets time pass, until it is over or the session is live.
    fn pass(&mut self, time: Duration, takes: bool, until_live: bool) {
        let Self { runner, live, batches } = self;
        runner.pass(time, |runner| {
            if takes {
                take(runner, live, batches);
            }
            until_live && *live
        });
    }
}

/// The application takes everything that waits, as one batch.
fn take(runner: &mut Runner<Server>, live: &mut bool, batches: &mut Vec<Vec<Event>>) {
    let mut batch = Vec::new();
    while let Some(event) = runner.take() {
        *live |= matches!(&event, Event::Status(status) if status.state == State::Live);
        batch.push(event);
    }
    batches.extend((!batch.is_empty()).then_some(batch));
}

fn config(run: &Run) -> Config {
    let url = |scheme: &str, path: &str| {
        Endpoint::new(&format!("{scheme}://127.0.0.1:9{path}")).expect("it is a valid URL")
    };
    let auth = Auth::ClientCredentials {
        login_url: url("http", ""),
        client_id: "client".to_owned(),
        client_secret: "s3cret".into(),
    };
    let mut config = Config::new(url("ws", STREAM_PATH), auth, Subscription::all());
    config.seed = run.seed;
    (config.buffer.policy, config.buffer.capacity) = (run.policy, run.capacity.max(1));
    config.reconnect.max_attempts = None;
    config
}

/// The event, so many milliseconds later.
fn shifted(event: &Presence, by: i64) -> Presence {
    let later = |at: UnixMillis| UnixMillis(at.0 + by);
    Presence { at: later(event.at.unix_millis()).into(), received: later(event.received), ..event.clone() }
}
