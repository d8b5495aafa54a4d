//! What went through the door of a session, as text; and what is still to come by it.

use std::fmt::Write as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use rosterline_core::{Action, ConnId, Deadline, Event, Frame, Input, Instant, Message, Presence, RequestId};
use rosterline_driver::{Command, Tap};
use rosterline_sim::Line;

/// A trace that grows. Clones are the same one.
#[derive(Clone, Debug, Default)]
pub(crate) struct Log(Arc<(Mutex<Trace>, Condvar)>);

#[derive(Debug, Default)]
struct Trace {
    text: String,
    deadline: Option<Deadline>,
    wants_read: bool,
    /// In the order of their dials.
    conns: Vec<Conn>,
    /// In the order of their calls.
    calls: Vec<Call>,
}

/// A connection, as far as the session knows of it.
#[derive(Debug)]
struct Conn {
    id: ConnId,
    opened: bool,
    /// Messages and control frames that it has seen.
    seen: u64,
    /// Messages and control frames that it has sent, the answers to pings among them.
    sent: u64,
    over: bool,
}

#[derive(Debug)]
struct Call {
    id: RequestId,
    over: bool,
}

impl Log {
    /// Writes a line of the script between those of the session.
    pub(crate) fn note(&self, line: &str) {
        let _ = writeln!(self.lock().text, "> {line}");
    }

    /// Everything so far.
    pub(crate) fn text(&self) -> String {
        self.lock().text.clone()
    }

    /// When the session wants to be called.
    pub(crate) fn deadline(&self) -> Option<Instant> {
        self.lock().deadline.map(|deadline| deadline.at)
    }

    /// Waits until something more is in it, or so long.
    pub(crate) fn wait(&self, most: Duration) {
        let _ = self.0.1.wait_timeout(self.lock(), most).unwrap_or_else(PoisonError::into_inner);
    }

    /// Whether something is on its way between the session and these lines of the server.
    pub(crate) fn in_flight<'a>(&self, lines: impl Iterator<Item = &'a Line>) -> bool {
        let trace = self.lock();
        let (streams, calls): (Vec<&Line>, Vec<&Line>) = lines.partition(|line| line.is_stream());
        let reads = trace.wants_read;
        let conn = |(at, conn): (usize, &Conn)| match streams.get(at) {
            Some(line) => conn.in_flight(line, reads),
            None => !conn.over,
        };
        let call = |(at, call): (usize, &Call)| match calls.get(at) {
            Some(line) => line.is_answered() && !call.over,
            None => !call.over,
        };
        trace.conns.iter().enumerate().any(conn) || trace.calls.iter().enumerate().any(call)
    }

    fn lock(&self) -> MutexGuard<'_, Trace> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn add(&self, work: impl FnOnce(&mut Trace)) {
        work(&mut self.lock());
        self.0.1.notify_all();
    }
}

impl Conn {
    fn in_flight(&self, line: &Line, reads: bool) -> bool {
        if self.over {
            return !line.gone && !line.deaf && self.opened;
        }
        if !self.opened {
            return line.is_answered();
        }
        let to_client = reads && (line.sent > self.seen || line.over);
        let to_server = !line.over && !line.deaf && line.heard < self.sent;
        to_client || to_server
    }
}

impl Trace {
    fn conn(&mut self, id: ConnId) -> Option<&mut Conn> {
        self.conns.iter_mut().find(|conn| conn.id == id)
    }

    fn call_over(&mut self, id: RequestId) {
        self.calls.iter_mut().filter(|call| call.id == id).for_each(|call| call.over = true);
    }
}

impl Tap for Log {
    fn input(&mut self, input: &Input<'_>, now: Instant) {
        self.add(|trace| {
            let _ = writeln!(trace.text, "{:>15} in   {}", now.0 / 1000, describe(input));
            if let Input::Opened { conn } = input {
                trace.conn(*conn).into_iter().for_each(|conn| conn.opened = true);
            } else if let Input::Frame { conn, frame } = input {
                if let Some(conn) = trace.conn(*conn) {
                    conn.seen += 1;
                    conn.sent += u64::from(*frame == Frame::Ping);
                }
            } else if let Input::Closed { conn, .. } = input {
                trace.conn(*conn).into_iter().for_each(|conn| conn.over = true);
            } else if let Input::Replied { request, .. } = input {
                trace.call_over(*request);
            }
        });
    }

    fn command(&mut self, command: &Command<'_>, now: Instant) {
        self.add(|trace| {
            let _ = writeln!(trace.text, "{:>15} told {command:?}", now.0 / 1000);
        });
    }

    fn action(&mut self, action: &Action) {
        self.add(|trace| {
            let _ = writeln!(trace.text, "{:>15} do   {}", "", name(action));
            if let Action::Open { conn, .. } = action {
                trace.conns.push(Conn { id: *conn, opened: false, seen: 0, sent: 0, over: false });
            } else if let Action::Send { conn, .. } | Action::Close { conn, .. } = action {
                trace.conn(*conn).into_iter().for_each(|conn| conn.sent += 1);
            } else if let Action::Drop { conn } = action {
                trace.conn(*conn).into_iter().for_each(|conn| conn.over = true);
            } else if let Action::Call { request, .. } = action {
                trace.calls.push(Call { id: *request, over: false });
            } else if let Action::Cancel { request } = action {
                trace.call_over(*request);
            }
        });
    }

    fn event(&mut self, event: &Event, now: Instant) {
        self.add(|trace| {
            let _ = write!(trace.text, "{:>15} out  ", now.0 / 1000);
            let _ = if let Event::Presence(presence) = event {
                writeln!(trace.text, "{}", short(presence))
            } else {
                writeln!(trace.text, "{event:?}")
            };
        });
    }

    fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool) {
        self.add(|trace| {
            (trace.deadline, trace.wants_read) = (deadline, wants_read);
            let until = deadline.map(|deadline| (deadline.timer, deadline.at.0 / 1000));
            let _ = writeln!(trace.text, "{:>15} wait {until:?}, reads: {wants_read}", "");
        });
    }
}

/// An input without the secrets in it, and without what may differ: the bytes of a token's answer.
fn describe(input: &Input<'_>) -> String {
    let Input::Replied { request, result: Ok(reply) } = input else { return format!("{input:?}") };
    format!("Replied {} {} {:?} {} bytes", request.0, reply.status, reply.retry_after, reply.body.len())
}

/// An action without what may differ: the port of the server.
fn name(action: &Action) -> String {
    if let Action::Call { request, call } = action {
        format!("Call {} {} {}", request.0, call.method, path(call.url.expose()))
    } else if let Action::Open { conn, url } = action {
        format!("Open {} {}", conn.0, path(url.expose()))
    } else if let Action::Send { conn, message: Message::Secret(_) } = action {
        format!("Send {} a secret", conn.0)
    } else {
        format!("{action:?}")
    }
}

fn path(url: &str) -> &str {
    url.splitn(4, '/').nth(3).unwrap_or_default()
}

fn short(it: &Presence) -> String {
    let reason = it.reason.as_deref().unwrap_or_default();
    let (who, room) = (&it.participant, &it.interaction);
    format!("{} {} {who} {room} {} {reason} arrived {}", it.at, it.kind.name(), &*it.channel, it.arrived.0)
}
