//! A session in virtual time, against the model of the server.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_core::Stream as _;
use rosterline_core::{
    Action, Auth, Config, Deadline, Endpoint, Event, Input, Instant, Presence, State, Subscription, Timer,
    UnixMillis,
};
use rosterline_driver::{Command, Driver, Events, Hooks, Tap, split_with};

use super::delivery::Delivery;
use super::run::Run;
use super::truth::{end_of_tick, fact};
use crate::{Clock, STREAM_PATH, Server, ServerConfig, Stage, Virtual, VirtualWire};

/// A session that is not live by then never will be: longer than any three rules of a plan can hold it up.
const PATIENCE: Duration = Duration::from_secs(600);
/// Longer than it takes to find that a peer is gone, and to come back from the longest delay.
const AFTERMATH: Duration = Duration::from_secs(600);
/// So often in a run a driver may be polled.
const MOST_POLLS: u64 = 1_000_000;

/// A session, its server, and the clock of both.
pub(super) struct World {
    driver: Option<Driver<Virtual>>,
    events: Option<Events<Virtual>>,
    stage: Stage<VirtualWire>,
    clock: Clock,
    woken: Arc<Woken>,
    deadline: Watch,
    polls: u64,
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
        let stage = Stage::new(Server::new(server, Instant::ZERO), runtime.wire());
        let deadline = Watch::default();
        let hooks = Hooks { tap: Some(Box::new(deadline.clone())), ..Hooks::default() };
        let (driver, events, _) = split_with(config(run), runtime, hooks).expect("the settings are valid");
        Self {
            driver: Some(driver),
            events: Some(events),
            stage,
            clock,
            woken: Arc::new(Woken(true.into())),
            deadline,
            polls: 0,
            live: false,
            batches: Vec::new(),
        }
    }

    pub(super) fn play(mut self, run: &Run) -> Delivery {
        let mut truth = Vec::new();
        self.pass(PATIENCE, true, |world| world.live);
        let shift = end_of_tick(self.clock.wall().into()).0 - Clock::DAWN.0;
        for (number, frame) in (1..).zip(if self.live { &run.told[..] } else { &[] }) {
            let frame: Vec<Presence> = frame.iter().map(|event| shifted(event, shift)).collect();
            let at = frame.last().map_or(0, |last| last.at.unix_millis().0 - Clock::DAWN.0);
            let at = Instant::ZERO + Duration::from_millis(u64::try_from(at).unwrap_or(0));
            self.pass(at.since(self.clock.now()), false, |_| false);
            if self.deadline.is_last() {
                break;
            }
            self.stage.server().emit(frame.iter().map(fact).collect(), at);
            truth.extend(frame);
            self.settle();
            if number % run.takes_every.max(1) == 0 {
                self.take();
            }
        }
        self.stage.server().calm();
        self.pass(AFTERMATH, true, |_| false);
        Delivery { truth, batches: self.batches }
    }

    /// Lets time pass, from one deadline to the next, until it is over or `enough`.
    fn pass(&mut self, time: Duration, takes: bool, enough: impl Fn(&Self) -> bool) {
        let end = self.clock.now() + time;
        loop {
            self.settle();
            if takes {
                self.take();
            }
            let next = self.deadline.get().into_iter().chain(self.stage.poll_timeout()).min();
            let next = next.unwrap_or(end).min(end);
            if enough(self) || self.is_over() || self.clock.now() >= end {
                return;
            }
            self.clock.jump(next);
            self.clock.ring();
        }
    }

    /// Lets everything happen that can happen at this time, one thing after the other.
    fn settle(&mut self) {
        loop {
            self.poll();
            let now = self.clock.now();
            if !self.stage.listen(now) && !self.woken.0.load(Ordering::SeqCst) && !self.stage.act(now) {
                return;
            }
        }
    }

    fn poll(&mut self) {
        while self.woken.0.swap(false, Ordering::SeqCst) {
            let Some(driver) = &mut self.driver else { return };
            self.polls += 1;
            assert!(self.polls < MOST_POLLS, "the driver spins");
            let waker = Waker::from(self.woken.clone());
            if Pin::new(driver).poll(&mut Context::from_waker(&waker)).is_ready() {
                self.driver = None;
            }
        }
    }

    /// The application takes everything that waits, as one batch.
    fn take(&mut self) {
        let mut batch = Vec::new();
        while let Some(events) = &mut self.events {
            match Pin::new(events).poll_next(&mut Context::from_waker(Waker::noop())) {
                Poll::Pending => break,
                Poll::Ready(None | Some(Err(_))) => self.events = None,
                Poll::Ready(Some(Ok(event))) => {
                    self.live |= matches!(&event, Event::Status(status) if status.state == State::Live);
                    batch.push(event);
                    // What was waiting for room can come.
                    self.settle();
                }
            }
        }
        self.batches.extend((!batch.is_empty()).then_some(batch));
    }

    /// Whether the session has ended.
    fn is_over(&self) -> bool {
        self.driver.is_none() && self.events.is_none()
    }
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

#[derive(Default)]
struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::SeqCst);
    }
}

/// Knows when a session wants to be called.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<Option<Deadline>>>);

impl Watch {
    fn get(&self) -> Option<Instant> {
        self.lock().map(|deadline| deadline.at)
    }

    /// Whether all that the session still waits for is its end.
    fn is_last(&self) -> bool {
        let timer = self.lock().map(|deadline| deadline.timer);
        matches!(timer, None | Some(Timer::CloseAnswer | Timer::Drain))
    }

    fn lock(&self) -> MutexGuard<'_, Option<Deadline>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tap for Watch {
    fn input(&mut self, _: &Input<'_>, _: Instant) {}

    fn command(&mut self, _: &Command<'_>, _: Instant) {}

    fn action(&mut self, _: &Action) {}

    fn event(&mut self, _: &Event, _: Instant) {}

    fn waits(&mut self, deadline: Option<Deadline>, _: bool) {
        *self.lock() = deadline;
    }
}
