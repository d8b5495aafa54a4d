//! A session, from dialling to its first pong and heartbeat.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Duration;

use futures_util::StreamExt as _;
use rosterline_core::{
    Action, Auth, Cause, Config, Deadline, Detail, Event, Frame, Input, Instant, Secret, Service, State, Step,
};
use rosterline_driver::{Command, Error, Hooks, Runtime as _, Tap, split_with};
use rosterline_net::Adapter;
use rosterline_tokio::Tokio;

use super::{Doctor, Verdict};
use crate::exit::Exit;
use crate::watch::unfit;

type Events = rosterline_driver::Events<Adapter<Tokio>>;
type Handle = rosterline_driver::Handle<Adapter<Tokio>>;

/// The service says something every 30 s.
const HEARTBEAT: Duration = Duration::from_secs(35);
/// What a first ping waits for.
const SOON: Duration = Duration::from_millis(200);
/// The answer to our close frame.
const GOODBYE: Duration = Duration::from_secs(2);
/// How often counters are looked at.
const LOOK: Duration = Duration::from_millis(20);

/// What is found on the way to live, in its order, by the state that shows it.
const STREAM: [(State, &str, &str); 3] = [
    (State::Authenticating, "websocket", "the opening handshake is accepted"),
    (State::Subscribing, "authentication", "the token is accepted"),
    (State::Live, "subscription", "it is confirmed"),
];
const NOTIFICATIONS: [(State, &str, &str); 2] = [
    (State::Subscribing, "channel", "one was created, and its socket is open"),
    (State::Live, "subscription", "the topics are set"),
];

impl Doctor {
    /// Runs a session with this token for as long as there is something to see.
    pub(super) async fn live(&mut self, token: Secret) -> io::Result<()> {
        let heard = Arc::new(AtomicBool::new(false));
        let tap = Some(Box::new(Ear(heard.clone())) as Box<dyn Tap>);
        let config = self.config_for(token);
        let parts = split_with(config, self.runtime.clone(), Hooks { tap, ..Hooks::default() });
        let (driver, mut events, handle) =
            parts.map_err(|misuse| io::Error::other(unfit(misuse).to_string()))?;
        let running = tokio::spawn(driver);
        if self.until_live(&mut events).await? && self.pong(&handle, &mut events).await? {
            self.heartbeat(&heard).await?;
        }
        handle.close();
        // It says goodbye, but nobody has to wait long for the answer.
        let goodbye = async { while events.next().await.is_some() {} };
        let _ = tokio::time::timeout(GOODBYE, goodbye).await;
        running.abort();
        Ok(())
    }

    /// One attempt, with a ping at once.
    fn config_for(&self, token: Secret) -> Config {
        let mut config = self.config.clone();
        config.auth = Auth::Token(token);
        config.reconnect.max_attempts = Some(1);
        config.heartbeat.interval = config.heartbeat.interval.min(SOON);
        config
    }

    async fn until_live(&mut self, events: &mut Events) -> io::Result<bool> {
        let mut steps = match &self.config.service {
            Service::Stream { .. } => STREAM.as_slice(),
            Service::Notifications(_) => NOTIFICATIONS.as_slice(),
        };
        let mut began = self.runtime.now();
        loop {
            let next = events.next().await;
            let now = self.runtime.now();
            let status = match next {
                Some(Ok(Event::Status(status))) => status,
                Some(Ok(_)) => continue,
                Some(Err(Error::Ended(cause))) => {
                    let cause = last(cause);
                    let name = named(&cause).or(steps.first().map(|(_, name, _)| *name)).unwrap_or("session");
                    return self.fail(name, &cause, now.since(began)).map(|()| false);
                }
                Some(Err(_)) | None => return Ok(false),
            };
            if let Detail::TopicRefused { topic, why } = &status.detail {
                let said = format!("{topic} is refused: {why}");
                let advice = match why.contains("permission") {
                    true => "give a role of the OAuth client this permission, or leave the topic out",
                    false => {
                        "check how it is written, as v2.routing.queues.{id}.conversations, or leave it out"
                    }
                };
                self.findings.warn("permission", &said, advice, Duration::ZERO)?;
            }
            while let Some(((state, name, said), rest)) = steps.split_first() {
                if rank(*state) > rank(status.state) {
                    break;
                }
                self.findings.note(name, said, now.since(began))?;
                (began, steps) = (now, rest);
            }
            if steps.is_empty() {
                return Ok(true);
            }
        }
    }

    /// Waits for the answer to a ping. Events are taken meanwhile, so that nothing is held up.
    async fn pong(&mut self, handle: &Handle, events: &mut Events) -> io::Result<bool> {
        let began = self.runtime.now();
        let patience = self.config.heartbeat.interval.min(SOON) + self.config.heartbeat.pong_timeout;
        while self.runtime.now().since(began) <= patience + SOON {
            if let Some(trip) = handle.stats().round_trip.last {
                let said = format!("it comes back after {} ms", trip.as_millis());
                return self.findings.note("ping", &said, trip).map(|()| true);
            }
            match tokio::time::timeout(LOOK, events.next()).await {
                Ok(Some(Err(Error::Ended(cause)))) => {
                    let took = self.runtime.now().since(began);
                    return self.fail("ping", &last(cause), took).map(|()| false);
                }
                Ok(Some(Err(_)) | None) => return Ok(false),
                Ok(Some(Ok(_))) | Err(_) => {}
            }
        }
        self.fail("ping", &Cause::Timeout(Step::Pong), patience).map(|()| false)
    }

    /// Waits for a heartbeat of the service, which pings by itself in no other dialect.
    async fn heartbeat(&mut self, heard: &AtomicBool) -> io::Result<()> {
        if matches!(self.config.service, Service::Stream { .. }) {
            return Ok(());
        }
        let (began, patience) =
            (self.runtime.now(), HEARTBEAT.min(self.config.heartbeat.interval + Duration::from_secs(5)));
        while !heard.load(Ordering::Relaxed) {
            let waited = self.runtime.now().since(began);
            if waited > patience {
                let said = format!("the service was silent for {} s", patience.as_secs());
                let advice = if patience < HEARTBEAT {
                    "it says something every 30 s: wait longer with --heartbeat 30s"
                } else {
                    "a proxy may hold back what is not asked for: connections will be taken for dead"
                };
                return self.findings.add("heartbeat", verdict(patience), &said, advice, waited);
            }
            tokio::time::sleep(LOOK).await;
        }
        let took = self.runtime.now().since(began);
        self.findings.note("heartbeat", "the service shows that it lives", took)
    }
}

/// How far a session has come.
const fn rank(state: State) -> u8 {
    match state {
        State::Connecting | State::Waiting | State::Draining | State::Ended => 0,
        State::Authenticating => 1,
        State::Subscribing => 2,
        State::Live => 3,
    }
}

/// Who has waited long enough knows that something is wrong.
fn verdict(patience: Duration) -> Verdict {
    if patience < HEARTBEAT { Verdict::Warning } else { Verdict::Failed(Exit::NeverConnected) }
}

/// What it was that failed so often.
fn last(cause: Cause) -> Cause {
    if let Cause::Exhausted { last, .. } = cause { *last } else { cause }
}

/// The check that a cause belongs to; `None` for the next one on the way.
fn named(cause: &Cause) -> Option<&'static str> {
    let step = match cause {
        Cause::Network { step, .. } => (*step)?,
        Cause::Timeout(step)
        | Cause::Http { step, .. }
        | Cause::BadReply { step, .. }
        | Cause::Refused { step, .. } => *step,
        Cause::Requested
        | Cause::Overflow
        | Cause::BadToken(_)
        | Cause::ChannelGone
        | Cause::ChannelTaken
        | Cause::ChannelContention { .. }
        | Cause::Closed { .. }
        | Cause::Protocol { .. }
        | Cause::BadFrames { .. }
        | Cause::Exhausted { .. }
        | _ => return None,
    };
    Some(match step {
        Step::Token => "token",
        Step::Dial => "websocket",
        Step::Authenticate => "authentication",
        Step::Channel => "channel",
        Step::Subscribe => "subscription",
        Step::Repair => "analytics",
        Step::Ping | Step::Pong => "ping",
    })
}

/// Hears the heartbeats of the service.
struct Ear(Arc<AtomicBool>);

impl Tap for Ear {
    fn input(&mut self, input: &Input<'_>, _now: Instant) {
        if let Input::Frame { frame: Frame::Text(text), .. } = input {
            // The pong to our ping comes on the same topic.
            if text.contains("channel.metadata") && !text.contains("\"pong\"") {
                self.0.store(true, Ordering::Relaxed);
            }
        }
    }

    fn command(&mut self, _command: &Command<'_>, _now: Instant) {}

    fn action(&mut self, _action: &Action) {}

    fn event(&mut self, _event: &Event, _now: Instant) {}

    fn waits(&mut self, _deadline: Option<Deadline>, _wants_read: bool) {}
}
