//! Who stands at the session's door: counts what goes through it, keeps the hash of it, and sees what must not be.

use std::hash::{Hash, Hasher as _};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{
    Action, Cause, Closed, Config, ConnId, Deadline, Detail, Event, Frame, Input, Instant, Message, Network,
    State, Status, Timer,
};
use rosterline_driver::{Command, Tap};

use super::digest::Digest;
use super::options::CANARY;
use super::tally::{EDGES, Tally};
use crate::runtime::Clock;

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
    digest: Digest,
    now: Instant,
    bounds: Bounds,
    pub(crate) deadline: Option<Deadline>,
    pub(crate) wants_read: bool,
    pub(crate) state: State,
    conn: Option<Conn>,
    /// The last one, whose end the session was told of.
    gone: Option<ConnId>,
    /// Calls that have no answer yet.
    calls: u32,
    /// Dials that may be made at once, in nanoseconds of refilling.
    credit: u64,
    credited: Instant,
    /// Inputs and actions at this very moment.
    burst: (Instant, u32),
    /// What was known to be due when the last input came.
    due: Option<Timer>,
    /// Whether the server was telling us what happens, as far as the application knows.
    receiving: bool,
    /// Repairs that the application has handed in, whose events are those that come next.
    brought: u32,
    /// How often it stopped to.
    losses: u64,
    /// How often that cannot be told from outside: nothing proves that anything came before the confirmation.
    perhaps: u64,
    /// Gaps of lost connections that were reported.
    holes: u64,
    pub(crate) ended: Option<Cause>,
    /// When the server first told us what happens, and when the session was over, as far as the application knows.
    first: Option<Instant>,
    over: Option<Instant>,
}

/// The settings that the invariants speak of.
#[derive(Debug)]
struct Bounds {
    /// From the last sign of life to the end of the connection, at the most.
    silence: Duration,
    /// So much longer if we were asleep.
    probe: Duration,
    /// Whether only a pong is a sign of life.
    strict: bool,
    burst: u64,
    refill: u64,
}

/// The connection that the session has.
#[derive(Debug)]
struct Conn {
    id: ConnId,
    opened: bool,
    sent_token: bool,
    closing: bool,
    /// When it was last heard of, not counting the time in which nobody listened.
    heard: Instant,
    /// Whether we were asleep since: then the peer is asked once more before it is given up.
    slept: bool,
    /// When it was first asked for a sign of life that has not come.
    asked: Option<Instant>,
}

impl Witness {
    pub(crate) fn new(config: &Config) -> Self {
        let (beat, again) = (&config.heartbeat, &config.reconnect);
        let refill = u64::try_from(again.dial_refill.as_nanos()).expect("it is short");
        let burst = u64::from(again.dial_burst);
        Self {
            tally: Tally::default(),
            violation: None,
            digest: Digest::new(),
            now: Instant::ZERO,
            bounds: Bounds {
                // A ping that cannot be written has its own time.
                silence: beat.interval + beat.pong_timeout + beat.write_timeout,
                probe: beat.pong_timeout,
                strict: beat.strict,
                burst,
                refill,
            },
            deadline: None,
            wants_read: true,
            state: State::Connecting,
            conn: None,
            gone: None,
            calls: 0,
            credit: burst * refill,
            credited: Instant::ZERO,
            burst: (Instant::ZERO, 0),
            due: None,
            receiving: false,
            brought: 0,
            losses: 0,
            perhaps: 0,
            holes: 0,
            ended: None,
            first: None,
            over: None,
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
        if let Some(conn) = &mut self.conn {
            conn.heard = conn.heard + time;
            conn.slept = true;
        }
    }

    /// From when to when everything should have been heard of, or lies in a gap.
    pub(crate) fn listened(&self, closed: Option<Instant>, now: Instant) -> (Instant, Instant) {
        let end = [closed, self.over].into_iter().flatten().min();
        (self.first.unwrap_or(now), end.unwrap_or(now))
    }

    /// How often the server stopped telling us, how often it may have, and how many gaps say so.
    pub(crate) fn losses(&self) -> (u64, u64, u64) {
        (self.losses, self.perhaps, self.holes)
    }

    /// Whether a connection is open whose end the session has not been told of.
    pub(crate) fn holds_a_connection(&self) -> bool {
        self.conn.is_some()
    }

    fn step(&mut self, kind: u8, now: Instant) {
        (self.now, kind).hash(&mut self.digest);
        if self.burst.0 != now {
            self.burst = (now, 0);
        }
        self.burst.1 += 1;
        self.now = now;
        if self.burst.1 > 100_000 {
            self.violate("I-13", "it spins: 100,000 steps at one moment");
        }
    }

    fn on_closed(&mut self, id: ConnId, how: &Closed<'_>) {
        let name = match how {
            Closed::Failed(failure) => {
                self.tally.count("failure", format!("{:?}", failure.kind));
                (failure.kind == Network::Broken).then(|| "Broken".to_owned())
            }
            Closed::Status { status, .. } => Some(format!("status {status}")),
            Closed::Frame { code, .. } => {
                self.tally.count("closed by the server", code.unwrap_or(1005).to_string());
                None
            }
            Closed::Protocol { code, .. } => Some(format!("protocol {code}")),
        };
        name.into_iter().for_each(|name| self.tally.count("end of a connection", name));
        self.forget(id);
    }

    /// The connection is over.
    fn forget(&mut self, id: ConnId) {
        if self.conn.take_if(|conn| conn.id == id).is_none() {
            self.violate("I-27", format!("{id:?} ended twice, or was never dialled"));
        }
        self.gone = Some(id);
    }

    fn on_drop(&mut self, id: ConnId) {
        // The session let it go for another reason, at the moment at which it heard of the end.
        if self.gone.take_if(|gone| *gone == id).is_some() && self.conn.is_none() {
            return;
        }
        let pong = matches!(self.due, Some(Timer::Pong | Timer::PingWrite | Timer::Ping));
        if let Some(conn) = self.conn.as_ref().filter(|_| pong) {
            if conn.asked.is_none() && self.due == Some(Timer::Pong) && !self.bounds.strict {
                self.violate("I-15", "the peer is given up though it was heard of since it was asked");
            }
        }
        if let Some(conn) = self.conn.as_ref().filter(|_| pong) {
            let probe = if conn.slept { self.bounds.probe } else { Duration::ZERO };
            let (silent, most) = (self.now.since(conn.heard), self.bounds.silence + probe);
            if silent > most + Duration::from_millis(10) {
                self.violate("I-14", format!("a dead link was noticed after {silent:?}, and not after {most:?}"));
            }
        }
        self.tally.count("end of a connection", "dropped");
        self.forget(id);
    }

    fn on_send(&mut self, id: ConnId, message: &Message) {
        let Some(conn) = self.conn.as_mut().filter(|conn| conn.id == id && conn.opened) else {
            return self.violate("I-28", "something is sent on a connection that is not open");
        };
        if matches!(message, Message::Ping(_)) {
            conn.asked.get_or_insert(self.now);
        }
        let is_token = matches!(message, Message::Secret(_));
        if conn.closing || conn.sent_token == is_token {
            self.violate("I-28", "something is sent before the token, a token twice, or something after the end");
        } else {
            conn.sent_token = true;
        }
    }

    fn on_dial(&mut self, id: ConnId) {
        let Bounds { burst, refill, .. } = self.bounds;
        let most = burst * refill;
        self.credit = self.credit.saturating_add(self.now.0 - self.credited.0).min(most);
        self.credited = self.now;
        match self.credit.checked_sub(refill) {
            Some(rest) => self.credit = rest,
            None => self.violate("I-21", "more dials than the budget has"),
        }
        if self.ended.is_some() {
            self.violate("I-29", "a dial after the end");
        }
        if self.conn.is_some() {
            self.violate("I-26", "a second connection beside the first");
        }
        let conn = Conn {
            id,
            opened: false,
            sent_token: false,
            closing: false,
            heard: self.now,
            slept: false,
            asked: None,
        };
        self.conn = Some(conn);
    }

    fn on_status(&mut self, status: &Status) {
        let was = self.state;
        if status.state != self.state {
            let (from, to) = (self.state.name(), status.state.name());
            let edge = format!("{from} -> {to}");
            if !EDGES.contains(&edge.as_str()) {
                self.violate("I-30", format!("no such change of state: {edge}"));
            }
            self.tally.count("state", edge);
            self.state = status.state;
        }
        let at = Instant::ZERO + Duration::from_millis(status.at.0.abs_diff(Clock::DAWN.0));
        match status.state {
            State::Live => {
                self.receiving = true;
                self.first.get_or_insert(at);
            }
            State::Waiting => {
                self.perhaps += u64::from(was == State::Subscribing && !self.receiving);
                self.lost();
            }
            State::Connecting | State::Authenticating | State::Subscribing => {}
            State::Draining | State::Ended => drop(self.over.get_or_insert(at)),
        }
        let secret = |text: &str| text.contains(CANARY);
        let (news, leaks) = match &status.detail {
            Detail::None => return,
            Detail::Retry { cause, .. } => (None, secret(&cause.to_string())),
            Detail::TokenRenewed => (Some("token renewed"), false),
            Detail::RenewalFailed(cause) => (Some("renewal failed"), secret(&cause.to_string())),
            Detail::Lagging { .. } => (Some("lagging"), false),
            Detail::Dropping { .. } => (Some("dropping"), false),
            Detail::PauseEnded => (Some("pause ended"), false),
            Detail::Notice { status, message } => (Some("notice"), secret(status) || secret(message)),
            // News that this crate does not know yet.
            _ => return,
        };
        news.into_iter().for_each(|news| self.tally.count("news", news));
        if leaks {
            self.violate("I-20", "a secret in a status");
        }
    }

    fn lost(&mut self) {
        self.losses += u64::from(std::mem::take(&mut self.receiving));
    }

    fn on_ended(&mut self, cause: &Cause) {
        self.over.get_or_insert(self.now);
        if self.state != State::Draining {
            self.lost();
        }
        let name = match cause {
            Cause::Requested => "Requested",
            Cause::Overflow => "Overflow",
            Cause::Refused { .. } => "Refused",
            Cause::Exhausted { .. } => "Exhausted",
            other => return self.violate("I-29", format!("it ended though trying again could help: {other}")),
        };
        self.tally.count("end of a session", name);
        if self.state == State::Draining {
            self.tally.count("state", "draining -> ended");
        }
        self.state = State::Ended;
        self.ended = Some(cause.clone());
    }
}

impl Witness {
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
                self.calls = self.calls.saturating_sub(1);
                (request, result.as_ref().map(|reply| reply.status).ok()).hash(&mut self.digest);
                if let Err(failure) = result {
                    self.tally.count("failure", format!("{:?}", failure.kind));
                }
            }
            Input::Token { request, .. } => request.hash(&mut self.digest),
            Input::Opened { conn } | Input::Flushed { conn } => {
                conn.hash(&mut self.digest);
                let opened = matches!(input, Input::Opened { .. });
                if let Some(known) = self.conn.as_mut().filter(|known| known.id == *conn && opened) {
                    (known.opened, known.heard, known.slept) = (true, now, false);
                }
            }
            Input::Frame { conn, frame } => {
                match frame {
                    Frame::Text(text) => text.hash(&mut self.digest),
                    Frame::Binary(bytes) | Frame::Pong(bytes) => bytes.hash(&mut self.digest),
                    Frame::Ping => self.digest.write_u8(1),
                }
                if let Some(known) = self.conn.as_mut().filter(|known| known.id == *conn) {
                    (known.heard, known.slept, known.asked) = (now, false, None);
                }
            }
            Input::Closed { conn, how } => {
                conn.hash(&mut self.digest);
                self.on_closed(*conn, how);
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
                self.brought += 1;
                (gap, events.len()).hash(&mut self.digest);
            }
            Command::Subscribe(_) | Command::Close => format!("{command:?}").hash(&mut self.digest),
            // A kind of command that this crate does not know yet is at least counted in the hash.
            _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn action(&mut self, action: &Action) {
        self.step(2, self.now);
        if self.ended.is_some() {
            self.violate("I-17", format!("after the end: {action:?}"));
        }
        match action {
            Action::Call { request, .. } => {
                request.hash(&mut self.digest);
                if format!("{action:?}").contains(CANARY) {
                    self.violate("I-20", "a secret in the debug form of an action");
                }
                self.calls += 1;
                if self.calls > 1 {
                    self.violate("I-23", "a second request for a token beside the first");
                }
            }
            Action::Cancel { request } => {
                request.hash(&mut self.digest);
                self.calls = self.calls.saturating_sub(1);
            }
            Action::Open { conn, .. } => {
                conn.hash(&mut self.digest);
                self.on_dial(*conn);
            }
            Action::Send { conn, message } => {
                conn.hash(&mut self.digest);
                self.on_send(*conn, message);
            }
            Action::Close { conn, code } => {
                (conn, code).hash(&mut self.digest);
                match self.conn.as_mut().filter(|known| known.id == *conn && !known.closing) {
                    Some(known) => known.closing = true,
                    None => self.violate("I-28", "a close frame on a connection that is not open, or a second one"),
                }
            }
            Action::Drop { conn } => {
                conn.hash(&mut self.digest);
                self.on_drop(*conn);
            }
            _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn event(&mut self, event: &Event, now: Instant) {
        self.step(3, now);
        if self.ended.is_some() {
            self.violate("I-17", format!("after the last item: {event:?}"));
        }
        match event {
            Event::Presence(it) => {
                if self.brought == 0 {
                    self.receiving |= self.state == State::Subscribing;
                    self.first.get_or_insert(it.arrived);
                }
                (it.kind, it.interaction.clone(), it.participant.clone(), it.arrived).hash(&mut self.digest);
            }
            Event::Unknown(_) => self.tally.count("news", "unknown event"),
            Event::Status(status) => self.on_status(status),
            Event::Gap(gap) => {
                (gap.id, gap.cause, gap.from.unix_millis().0, gap.to.unix_millis().0).hash(&mut self.digest);
                self.tally.count("gap", gap.cause.name());
                use rosterline_core::GapCause::{Ended, Reconnect};
                self.holes += u64::from(matches!(gap.cause, Reconnect | Ended));
            }
            Event::Repaired(repair) => {
                (repair.gap.id, repair.recovered).hash(&mut self.digest);
                self.tally.count("gap", "repaired");
                self.brought = self.brought.saturating_sub(1);
            }
            Event::Rejected(rejected) => {
                (rejected.reason, rejected.count).hash(&mut self.digest);
                self.tally.count("rejected", rejected.reason.name());
            }
            Event::Ended(cause) => self.on_ended(cause),
            _ => self.digest.write_u8(0),
        }
    }

    pub(crate) fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool) {
        (deadline.map(|deadline| (deadline.at, deadline.timer)), wants_read).hash(&mut self.digest);
        // While nobody reads, nobody can hear anything.
        if let (true, Some(conn)) = (!self.wants_read || !wants_read, &mut self.conn) {
            conn.heard = self.now;
        }
        (self.deadline, self.wants_read) = (deadline, wants_read);
    }
}

/// The tap through which a witness sees; somebody else may look through it as well.
pub(crate) struct Eye {
    witness: Arc<Mutex<Witness>>,
    other: Option<Box<dyn Tap>>,
}

impl Eye {
    pub(crate) fn new(witness: Arc<Mutex<Witness>>, other: Option<Box<dyn Tap>>) -> Self {
        Self { witness, other }
    }

    fn witness(&self) -> MutexGuard<'_, Witness> {
        self.witness.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Tap for Eye {
    fn input(&mut self, input: &Input<'_>, now: Instant) {
        self.witness().input(input, now);
        self.other.iter_mut().for_each(|other| other.input(input, now));
    }

    fn command(&mut self, command: &Command<'_>, now: Instant) {
        self.witness().command(command, now);
        self.other.iter_mut().for_each(|other| other.command(command, now));
    }

    fn action(&mut self, action: &Action) {
        self.witness().action(action);
        self.other.iter_mut().for_each(|other| other.action(action));
    }

    fn event(&mut self, event: &Event, now: Instant) {
        self.witness().event(event, now);
        self.other.iter_mut().for_each(|other| other.event(event, now));
    }

    fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool) {
        self.witness().waits(deadline, wants_read);
        self.other.iter_mut().for_each(|other| other.waits(deadline, wants_read));
    }
}
