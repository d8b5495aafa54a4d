//! Who stands at the session's door: counts what goes through it, keeps the hash of it, and sees what must not be.

use std::hash::{Hash, Hasher as _};
use std::time::Duration;

use rosterline_core::{
    Action, Cause, Closed, Config, Deadline, Detail, Event, Frame, GapCause, Input, Instant, Network, State,
    Status, Timer,
};
use rosterline_driver::Command;

use super::calls::Calls;
use super::connection::{Broken, Connections};
use super::dials::Dials;
use super::digest::Digest;
use super::options::CANARY;
use super::tally::{EDGES, Tally};
use crate::runtime::Clock;

/// Inputs and actions at one moment; a flood of frames has far fewer.
const MOST_STEPS: u32 = 100_000;

/// Something that must not be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The invariant, by its number in docs/simulator.md.
    pub invariant: &'static str,
    /// When it was seen.
    pub at: Instant,
    /// What was seen.
    pub what: String,
}

/// What is known of the session from what it was told and what it said.
#[derive(Debug)]
pub(crate) struct Witness {
    pub(crate) tally: Tally,
    pub(crate) violation: Option<Violation>,
    pub(crate) deadline: Option<Deadline>,
    pub(crate) state: State,
    pub(crate) ended: Option<Cause>,
    digest: Digest,
    now: Instant,
    connections: Connections,
    wants_read: bool,
    calls: Calls,
    /// Inputs and actions at this very moment.
    steps: u32,
    /// What was known to be due when the last input came.
    due: Option<Timer>,
    hearing: Hearing,
    dials: Dials,
}

/// When the server told us what happens, as far as the application knows.
#[derive(Debug, Default)]
struct Hearing {
    receiving: bool,
    /// Repairs that the application has handed in, whose events are those that come next.
    brought: u32,
    /// How often it stopped to tell us.
    losses: u64,
    /// How often that cannot be told from outside: nothing proves that anything came before the confirmation.
    perhaps: u64,
    /// Gaps of lost connections that were reported.
    holes: u64,
    /// When it first told us, and when the session was over.
    first: Option<Instant>,
    over: Option<Instant>,
}

impl Witness {
    pub(crate) fn new(config: &Config, clock: Clock) -> Self {
        Self {
            tally: Tally::default(),
            violation: None,
            deadline: None,
            state: State::Connecting,
            ended: None,
            digest: Digest::new(),
            now: Instant::ZERO,
            connections: Connections::new(config),
            wants_read: true,
            calls: Calls::default(),
            steps: 0,
            due: None,
            hearing: Hearing::default(),
            dials: Dials::new(clock),
        }
    }

    /// The hash of everything that went through the door.
    pub(crate) fn hash(&self) -> u64 {
        self.digest.finish()
    }

    pub(crate) fn violate(&mut self, invariant: &'static str, what: impl Into<String>) {
        let (at, what) = (self.now, what.into());
        self.violation.get_or_insert(Violation { invariant, at, what });
    }

    /// Nothing ran for so long: nobody could hear anything.
    pub(crate) fn slept(&mut self, time: Duration) {
        self.connections.slept(time);
    }

    /// From when to when everything should have been heard of, or lies in a gap.
    pub(crate) fn listened(&self, closed: Option<Instant>, now: Instant) -> (Instant, Instant) {
        let end = [closed, self.hearing.over].into_iter().flatten().min();
        (self.hearing.first.unwrap_or(now), end.unwrap_or(now))
    }

    /// How often the server stopped telling us, how often it may have, and how many gaps say so.
    pub(crate) fn losses(&self) -> (u64, u64, u64) {
        (self.hearing.losses, self.hearing.perhaps, self.hearing.holes)
    }

    /// Whether a connection is open whose end the session has not been told of.
    pub(crate) fn holds_a_connection(&self) -> bool {
        self.connections.holds_one()
    }

    pub(crate) fn input(&mut self, input: &Input<'_>, now: Instant) {
        if now < self.now {
            self.violate("I-12", "time goes back");
        }
        self.due = self.deadline.filter(|deadline| deadline.at <= now).map(|deadline| deadline.timer);
        self.due.into_iter().for_each(|timer| self.tally.count("timer", format!("{timer:?}")));
        self.step(0, now);
        match input {
            Input::Timeout => {}
            Input::Replied { request, result } => {
                self.calls.answered(*request, now);
                (request, result.as_ref().map(|reply| reply.status).ok()).hash(&mut self.digest);
                if let Err(failure) = result {
                    self.tally.count("failure", format!("{:?}", failure.kind));
                }
            }
            Input::Token { request, .. } => request.hash(&mut self.digest),
            Input::Opened { conn } => {
                conn.hash(&mut self.digest);
                self.connections.opened(*conn, now);
            }
            Input::Flushed { conn } => conn.hash(&mut self.digest),
            Input::Frame { conn, frame } => {
                match frame {
                    Frame::Text(text) => text.hash(&mut self.digest),
                    Frame::Binary(bytes) | Frame::Pong(bytes) => bytes.hash(&mut self.digest),
                    Frame::Ping => self.digest.write_u8(1),
                }
                self.connections.heard(*conn, now);
            }
            Input::Closed { conn, how } => {
                conn.hash(&mut self.digest);
                self.count_end(how);
                let look = self.connections.over(*conn);
                self.look(look);
            }
            Input::Wall { wall } => {
                wall.hash(&mut self.digest);
                self.connections.woke();
                self.dials.set(now, *wall);
            }
            Input::Consumed { took } => took.hash(&mut self.digest),
            // A kind of input that this crate does not know yet is at least counted in the hash.
            _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn command(&mut self, command: &Command<'_>, now: Instant) {
        self.step(1, now);
        match command {
            Command::Recovered(gap, events) => {
                self.hearing.brought += 1;
                (gap, events.len()).hash(&mut self.digest);
            }
            Command::Subscribe(_) | Command::Topics(_) | Command::Close => {
                format!("{command:?}").hash(&mut self.digest);
            }
            _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn action(&mut self, action: &Action) {
        self.step(2, self.now);
        if self.ended.is_some() {
            self.violate("I-17", format!("after the end: {action:?}"));
        }
        match action {
            Action::Call { request, call } => {
                request.hash(&mut self.digest);
                if format!("{action:?}").contains(CANARY) {
                    self.violate("I-20", "a secret in the debug form of an action");
                }
                let (what, is_second) = self.calls.asks(*request, call);
                self.tally.count("request", what);
                if is_second {
                    self.violate("I-23", format!("a second request beside the first: {what}"));
                }
            }
            Action::Cancel { request } => {
                request.hash(&mut self.digest);
                self.calls.cancels(*request);
            }
            Action::Open { conn, .. } => {
                conn.hash(&mut self.digest);
                let look = self.connections.dialled(*conn, self.now);
                self.look(look);
            }
            Action::Send { conn, message } => {
                conn.hash(&mut self.digest);
                let look = self.connections.said(*conn, message, self.now);
                self.look(look);
            }
            Action::Close { conn, code } => {
                (conn, code).hash(&mut self.digest);
                let look = self.connections.closing(*conn);
                self.look(look);
            }
            Action::Drop { conn } => {
                conn.hash(&mut self.digest);
                self.tally.count("end of a connection", "dropped");
                let look = self.connections.dropped(*conn, self.due, self.now);
                self.look(look);
            }
            // Its configuration asks nobody for a token; and `Action` may grow.
            Action::Token { .. } | _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn event(&mut self, event: &Event, now: Instant) {
        self.step(3, now);
        if self.ended.is_some() {
            self.violate("I-17", format!("after the last item: {event:?}"));
        }
        match event {
            Event::Presence(it) => {
                (it.kind, it.interaction.clone(), it.participant.clone(), it.arrived).hash(&mut self.digest);
                if self.hearing.brought == 0 && !self.calls.may_have_brought(it.arrived) {
                    self.hearing.receiving |= self.state == State::Subscribing;
                    self.hearing.first.get_or_insert(self.dials.arrived(it.arrived));
                }
            }
            Event::Unknown(_) => self.tally.count("news", "unknown event"),
            Event::Status(status) => self.on_status(status),
            Event::Gap(gap) => {
                (gap.id, gap.cause, gap.from.unix_millis().0, gap.to.unix_millis().0).hash(&mut self.digest);
                self.tally.count("gap", gap.cause.name());
                let hole = matches!(gap.cause, GapCause::Reconnect | GapCause::Ended);
                self.hearing.holes += u64::from(hole);
            }
            Event::Repaired(repair) => {
                (repair.gap.id, repair.recovered).hash(&mut self.digest);
                self.tally.count("gap", "repaired");
                self.hearing.brought = self.hearing.brought.saturating_sub(1);
            }
            Event::Rejected(rejected) => {
                (rejected.reason, rejected.count).hash(&mut self.digest);
                self.tally.count("rejected", rejected.reason.name());
            }
            Event::Ended(cause) => self.on_ended(cause),
            // Not of this dialect, or of a later core.
            Event::Unanswered(_) | _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool) {
        (deadline.map(|deadline| (deadline.at, deadline.timer)), wants_read).hash(&mut self.digest);
        // While nobody reads, nobody can hear anything.
        if !self.wants_read || !wants_read {
            self.connections.unheard(self.now);
        }
        (self.deadline, self.wants_read) = (deadline, wants_read);
    }

    fn step(&mut self, kind: u8, now: Instant) {
        (now, kind).hash(&mut self.digest);
        self.steps = if self.now == now { self.steps + 1 } else { 1 };
        self.now = now;
        if self.steps > MOST_STEPS {
            self.violate("I-13", "it spins");
        }
    }

    fn look(&mut self, look: Result<(), Broken>) {
        if let Err((invariant, what)) = look {
            self.violate(invariant, what);
        }
    }

    fn count_end(&mut self, how: &Closed<'_>) {
        match how {
            Closed::Failed(failure) => {
                self.tally.count("failure", format!("{:?}", failure.kind));
                if failure.kind == Network::Broken {
                    self.tally.count("end of a connection", "Broken");
                }
            }
            Closed::Status { status, .. } => {
                self.tally.count("end of a connection", format!("status {status}"));
            }
            Closed::Frame { code, .. } => {
                self.tally.count("closed by the server", code.unwrap_or(1005).to_string());
            }
            Closed::Protocol { code, .. } => {
                self.tally.count("end of a connection", format!("protocol {code}"));
            }
        }
    }

    fn on_status(&mut self, status: &Status) {
        let was = std::mem::replace(&mut self.state, status.state);
        if was != status.state {
            let edge = format!("{} -> {}", was.name(), status.state.name());
            if !EDGES.contains(&edge.as_str()) {
                self.violate("I-30", format!("no such change of state: {edge}"));
            }
            self.tally.count("state", edge);
        }
        let at = self.dials.reported(status);
        match status.state {
            State::Live => {
                self.hearing.receiving = true;
                self.hearing.first.get_or_insert(at);
            }
            State::Waiting => {
                self.hearing.perhaps += u64::from(was == State::Subscribing && !self.hearing.receiving);
                self.lost();
            }
            State::Connecting | State::Authenticating | State::Subscribing => {}
            State::Draining | State::Ended => {
                self.hearing.over.get_or_insert(at);
            }
        }
        self.on_news(&status.detail);
    }

    fn on_news(&mut self, news: &Detail) {
        let secret = |text: &str| text.contains(CANARY);
        let (name, leaks) = match news {
            Detail::Retry { cause, .. } => (None, secret(&cause.to_string())),
            Detail::TokenRenewed => (Some("token renewed"), false),
            Detail::RenewalFailed(cause) => (Some("renewal failed"), secret(&cause.to_string())),
            Detail::Lagging { .. } => (Some("lagging"), false),
            Detail::Dropping { .. } => (Some("dropping"), false),
            Detail::ClockMoved { .. } => (Some("clock moved"), false),
            Detail::PauseEnded => (Some("pause ended"), false),
            Detail::RepairFailed { cause, .. } => (Some("repair failed"), secret(&cause.to_string())),
            Detail::Notice { status, message } => (Some("notice"), secret(status) || secret(message)),
            // News that this crate does not know yet.
            Detail::None | _ => return,
        };
        name.into_iter().for_each(|name| self.tally.count("news", name));
        if leaks {
            self.violate("I-20", "a secret in a status");
        }
    }

    fn lost(&mut self) {
        self.hearing.losses += u64::from(std::mem::take(&mut self.hearing.receiving));
    }

    fn on_ended(&mut self, cause: &Cause) {
        self.hearing.over.get_or_insert(self.now);
        if self.state == State::Draining {
            self.tally.count("state", "draining -> ended");
        } else {
            self.lost();
        }
        if !cause.is_fatal() {
            self.violate("I-29", format!("it ended though trying again could help: {cause}"));
        }
        if cause.to_string().contains(CANARY) {
            self.violate("I-20", "a secret in the cause of the end");
        }
        let cause_name = format!("{cause:?}");
        let name = cause_name.split(|c: char| !c.is_alphanumeric()).next().unwrap_or_default();
        self.tally.count("end of a session", name.to_owned());
        self.state = State::Ended;
        self.ended = Some(cause.clone());
    }
}
