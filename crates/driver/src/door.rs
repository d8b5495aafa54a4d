//! The session's door, with somebody beside it who may look on.

use std::fmt;

use rosterline_core::{
    Action, Anchor, Deadline, Event, GapId, Input, Instant, Misuse, Presence, Session, Subscription, Topic,
};

/// Looks at everything that goes through a session's door, in its order: for recordings, and for traces that are
/// compared. The same calls in the same order make the same session again.
///
/// It is called under the lock of the session, from whatever task holds it: it must be quick, and must not use the
/// session's [`Handle`](crate::Handle). It sees secrets: the token that is sent, and the answer that brought it.
pub trait Tap: Send + 'static {
    /// The session was made at this moment; comes before everything else. By default, nobody needs to know.
    fn began(&mut self, anchor: Anchor) {
        let _ = anchor;
    }
    /// An input goes in.
    fn input(&mut self, input: &Input<'_>, now: Instant);
    /// A command goes in.
    fn command(&mut self, command: &Command<'_>, now: Instant);
    /// An action comes out.
    fn action(&mut self, action: &Action);
    /// An event comes out, to the application.
    fn event(&mut self, event: &Event, now: Instant);
    /// What the session waits for has changed by the last of the above.
    fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool);
}

/// A command of the application.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub enum Command<'a> {
    /// [`Handle::subscribe`](crate::Handle::subscribe).
    Subscribe(&'a Subscription),
    /// [`Handle::set_topics`](crate::Handle::set_topics).
    Topics(&'a [Topic]),
    /// [`Handle::recovered`](crate::Handle::recovered).
    Recovered(GapId, &'a [Presence]),
    /// [`Handle::close`](crate::Handle::close), or the [`Events`](crate::Events) were dropped.
    Close,
}

/// A session, and the tap if there is one: for a loop of your own that is to be recorded. Its functions are those of the
/// session; whatever changes it goes through here.
pub struct Door {
    session: Session,
    tap: Option<Box<dyn Tap>>,
    /// What the tap was told last.
    told: (Option<Deadline>, bool),
}

impl Door {
    /// Puts a tap beside a session.
    #[must_use]
    pub fn new(session: Session, tap: Option<Box<dyn Tap>>) -> Self {
        let mut door = Self { session, tap, told: (None, true) };
        if let Some(tap) = &mut door.tap {
            tap.began(door.session.anchor());
        }
        door.tell();
        door
    }

    /// [`Session::handle`].
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {
        if let Some(tap) = &mut self.tap {
            tap.input(&input, now);
        }
        self.session.handle(input, now);
        self.tell();
    }

    /// [`Session::subscribe`].
    pub fn subscribe(&mut self, subscription: Subscription, now: Instant) {
        if let Some(tap) = &mut self.tap {
            tap.command(&Command::Subscribe(&subscription), now);
        }
        self.session.subscribe(subscription, now);
        self.tell();
    }

    /// [`Session::set_topics`].
    ///
    /// # Errors
    /// Those of the session.
    pub fn set_topics(&mut self, topics: Vec<Topic>, now: Instant) -> Result<(), Misuse> {
        if let Some(tap) = &mut self.tap {
            tap.command(&Command::Topics(&topics), now);
        }
        let result = self.session.set_topics(topics, now);
        self.tell();
        result
    }

    /// [`Session::recovered`].
    ///
    /// # Errors
    /// Those of the session.
    pub fn recovered(&mut self, gap: GapId, events: Vec<Presence>, now: Instant) -> Result<(), Misuse> {
        if let Some(tap) = &mut self.tap {
            tap.command(&Command::Recovered(gap, &events), now);
        }
        let result = self.session.recovered(gap, events, now);
        self.tell();
        result
    }

    /// [`Session::close`].
    pub fn close(&mut self, now: Instant) {
        if let Some(tap) = &mut self.tap {
            tap.command(&Command::Close, now);
        }
        self.session.close(now);
        self.tell();
    }

    /// [`Session::poll_action`].
    pub fn poll_action(&mut self) -> Option<Action> {
        let action = self.session.poll_action()?;
        if let Some(tap) = &mut self.tap {
            tap.action(&action);
        }
        Some(action)
    }

    /// [`Session::poll_event`].
    #[inline]
    pub fn poll_event(&mut self, now: Instant) -> Option<Event> {
        // An event is large: without a tap it is moved once.
        let Some(tap) = &mut self.tap else { return self.session.poll_event() };
        let event = self.session.poll_event()?;
        tap.event(&event, now);
        self.tell();
        Some(event)
    }

    /// For everything that changes nothing.
    #[must_use]
    pub const fn session(&self) -> &Session {
        &self.session
    }

    #[inline]
    fn tell(&mut self) {
        let Some(tap) = &mut self.tap else { return };
        let state = (self.session.poll_timeout(), self.session.wants_read());
        if state != self.told {
            self.told = state;
            tap.waits(state.0, state.1);
        }
    }
}

impl fmt::Debug for Door {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("session", &self.session).field("tap", &self.tap.is_some()).finish()
    }
}
