//! A session at its door: a loop of a few lines in place of the driver.

use std::collections::VecDeque;
use std::pin::Pin;
use std::task::{Context, Poll, Waker};

use futures_core::Stream as _;
use futures_sink::Sink as _;
use rosterline_core::{
    Action, Closed, Config, ConnId, Event, GapId, Input, Instant, Misuse, Presence, RequestId, Session,
    Stats, Subscription,
};
use rosterline_driver::{Answer, Door, Ending, Incoming, Outgoing, Received as _, Runtime, Tap, Trouble};

use super::seat::{Seat, Taken};
use crate::runtime::{Calling, Dialling, Socket, Virtual};

/// Does what the session wants, as often as it is asked to.
pub(crate) struct AtTheDoor {
    door: Door,
    runtime: Virtual,
    calls: Vec<(RequestId, Calling)>,
    conn: Option<(ConnId, Link)>,
    unsent: VecDeque<Outgoing>,
    /// The longest message that the network lets through.
    max_message: usize,
    /// Something was given to the socket whose leaving the session waits for.
    owed: bool,
    ended: bool,
}

enum Link {
    Dialling(Dialling),
    Open(Socket),
}

impl AtTheDoor {
    pub(crate) fn new(config: Config, runtime: Virtual, tap: Box<dyn Tap>) -> Result<Self, Misuse> {
        // As much more than the session takes as the driver allows for.
        let max_message = 4 * config.limits.frame;
        let session = Session::new(config, runtime.now(), runtime.wall())?;
        let door = Door::new(session, Some(tap));
        let (calls, unsent) = (Vec::new(), VecDeque::new());
        Ok(Self { door, runtime, calls, conn: None, unsent, max_message, owed: false, ended: false })
    }

    fn now(&self) -> Instant {
        self.runtime.now()
    }

    /// Tells the session the time of day, if that has moved.
    fn look_at_wall(&mut self) -> bool {
        let (now, wall) = (self.now(), self.runtime.wall());
        let has_moved = self.door.session().anchor().has_moved(now, wall);
        if has_moved {
            self.door.handle(Input::Wall { wall }, now);
        }
        has_moved
    }

    fn act(&mut self) -> bool {
        let mut any = false;
        while let Some(action) = self.door.poll_action() {
            any = true;
            match action {
                Action::Call { request, call } => self.calls.push((request, self.runtime.call(call))),
                Action::Cancel { request } => self.calls.retain(|(id, _)| *id != request),
                Action::Open { conn, url } => {
                    let dial = self.runtime.connect(url.expose(), self.max_message);
                    self.unsent.clear();
                    (self.conn, self.owed) = (Some((conn, Link::Dialling(dial))), false);
                }
                Action::Send { conn, message } => self.send(conn, Outgoing::Message(message)),
                Action::Close { conn, code } => self.send(conn, Outgoing::Close(code)),
                Action::Drop { conn } => drop(self.conn.take_if(|(id, _)| *id == conn)),
                // The configuration has its credentials; and `Action` may grow.
                Action::Token { .. } | _ => {}
            }
        }
        any
    }

    fn send(&mut self, conn: ConnId, message: Outgoing) {
        if self.conn.as_ref().is_some_and(|(id, _)| *id == conn) {
            self.unsent.push_back(message);
            self.write();
        }
    }

    /// Writes what there is, and tells the session once all of it has left.
    fn write(&mut self) -> bool {
        let now = self.now();
        let Some((conn, Link::Open(socket))) = &mut self.conn else { return false };
        let mut cx = Context::from_waker(Waker::noop());
        while let Some(message) = self.unsent.pop_front() {
            self.owed = true;
            if Pin::new(&mut *socket).start_send(message).is_err() {
                return false;
            }
        }
        let flushed = self.owed && Pin::new(socket).poll_flush(&mut cx).is_ready();
        if flushed {
            self.owed = false;
            self.door.handle(Input::Flushed { conn: *conn }, now);
        }
        flushed
    }

    fn replies(&mut self) -> bool {
        let now = self.now();
        let mut cx = Context::from_waker(Waker::noop());
        let mut ready = None;
        for (at, (_, call)) in self.calls.iter_mut().enumerate() {
            if let Poll::Ready(result) = Pin::new(call).poll(&mut cx) {
                ready = Some((at, result));
                break;
            }
        }
        let Some((at, result)) = ready else { return false };
        let (request, _) = self.calls.remove(at);
        let result = result.as_ref().map(Answer::lend).map_err(Trouble::lend);
        self.door.handle(Input::Replied { request, result }, now);
        true
    }

    fn dialled(&mut self) -> bool {
        let now = self.now();
        let Some((conn, link @ Link::Dialling(_))) = &mut self.conn else { return false };
        let Link::Dialling(dial) = link else { return false };
        let conn = *conn;
        match Pin::new(dial).poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => return false,
            Poll::Ready(Ok(socket)) => {
                *link = Link::Open(socket);
                self.door.handle(Input::Opened { conn }, now);
            }
            Poll::Ready(Err(ending)) => self.closed(conn, &ending),
        }
        true
    }

    /// Reads one message, if the session wants one and there is one.
    fn read(&mut self) -> bool {
        let now = self.now();
        let wants = self.door.session().wants_read();
        let Some((conn, Link::Open(socket))) = self.conn.as_mut().filter(|_| wants) else { return false };
        let conn = *conn;
        match Pin::new(socket).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => return false,
            Poll::Ready(Some(Ok(item))) => match item.view() {
                Incoming::Frame(frame) => self.door.handle(Input::Frame { conn, frame }, now),
                Incoming::Close { code, reason } => {
                    self.conn = None;
                    self.door.handle(Input::Closed { conn, how: Closed::Frame { code, reason } }, now);
                }
            },
            Poll::Ready(Some(Err(ending))) => self.closed(conn, &ending),
            Poll::Ready(None) => self.closed(conn, &Ending::broken("ended")),
        }
        true
    }

    fn closed(&mut self, conn: ConnId, ending: &Ending) {
        let now = self.now();
        self.conn = None;
        self.door.handle(Input::Closed { conn, how: ending.lend() }, now);
    }
}

impl Seat for AtTheDoor {
    fn work(&mut self) -> bool {
        if self.ended {
            return false;
        }
        let moved = self.look_at_wall();
        let now = self.now();
        let due = self.door.session().poll_timeout().is_some_and(|deadline| deadline.at <= now);
        if due {
            self.door.handle(Input::Timeout, now);
        }
        let any = moved
            | due
            | self.act()
            | self.replies()
            | self.dialled()
            | self.write()
            | self.read()
            | self.act();
        if self.door.session().is_ended() {
            self.ended = true;
            self.conn = None;
            self.calls.clear();
        }
        any
    }

    fn take(&mut self) -> Taken {
        let now = self.now();
        match self.door.poll_event(now) {
            Some(Event::Ended(_)) => Taken::End,
            Some(event) => Taken::Event(event),
            None => Taken::Nothing,
        }
    }

    fn leave(&mut self) {
        self.close();
    }

    fn subscribe(&mut self, subscription: Subscription) {
        self.look_at_wall();
        let now = self.now();
        self.door.subscribe(subscription, now);
    }

    fn recovered(&mut self, gap: GapId, events: Vec<Presence>) -> Result<(), Misuse> {
        self.look_at_wall();
        let now = self.now();
        self.door.recovered(gap, events, now)
    }

    fn close(&mut self) {
        self.look_at_wall();
        let now = self.now();
        self.door.close(now);
    }

    fn stats(&self) -> Stats {
        self.door.session().stats()
    }

    fn is_done(&self) -> bool {
        self.ended
    }
}
