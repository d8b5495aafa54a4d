//! Commands for a running session.

use std::fmt;
use std::sync::Arc;

use rosterline_core::{Anchor, GapId, Misuse, Presence, Stats, Subscription, Topic};

use crate::door::Door;
use crate::port::Shared;
use crate::runtime::Runtime;

/// Commands for a running session, from any thread. Once the session is over they do nothing.
pub struct Handle<R: Runtime> {
    shared: Arc<Shared<R>>,
}

impl<R: Runtime> Handle<R> {
    pub(crate) const fn new(shared: Arc<Shared<R>>) -> Self {
        Self { shared }
    }

    /// Replaces the subscription, on the open connection if there is one (section 3).
    pub fn subscribe(&self, subscription: Subscription) {
        if !self.shared.is_abandoned() {
            self.shared.command(|door, now| door.subscribe(subscription, now));
            self.shared.driver.wake();
        }
    }

    /// Replaces the topics of a session of the `notifications` dialect, on its open channels if there are some: topics that
    /// stay keep their channel, more than 1,000 are spread over several.
    ///
    /// # Errors
    /// The session speaks the other dialect, there are no topics, or more than 20,000.
    pub fn set_topics(&self, topics: Vec<Topic>) -> Result<(), Misuse> {
        if self.shared.is_abandoned() {
            return Ok(());
        }
        let result = self.shared.command(|door, now| door.set_topics(topics, now));
        self.shared.driver.wake();
        result
    }

    /// Brings what a recovery source knows about a gap: all events of its span and scope. Those that were
    /// not known yet are delivered, and the gap is closed.
    ///
    /// # Errors
    /// A gap that was never reported, or is closed already.
    pub fn recovered(&self, gap: GapId, events: Vec<Presence>) -> Result<(), Misuse> {
        if self.shared.is_abandoned() {
            return Ok(());
        }
        let result = self.shared.command(|door, now| door.recovered(gap, events, now));
        self.shared.driver.wake();
        self.shared.events.wake();
        result
    }

    /// Closes the session in good order: with close code 1000, and the events that are buffered can still
    /// be taken for a while ([`Timeouts::drain`](rosterline_core::config::Timeouts::drain)).
    pub fn close(&self) {
        if !self.shared.is_abandoned() {
            self.shared.command(Door::close);
            self.shared.driver.wake();
        }
    }

    /// The moment at which the session was last told the time of day: what that is at any other follows from it.
    #[must_use]
    pub fn anchor(&self) -> Anchor {
        self.shared.with(|door, _| door.session().anchor())
    }

    /// What has been counted and measured until now.
    #[must_use]
    pub fn stats(&self) -> Stats {
        self.shared.with(|door, _| door.session().stats())
    }
}

impl<R: Runtime> Clone for Handle<R> {
    fn clone(&self) -> Self {
        Self { shared: self.shared.clone() }
    }
}

impl<R: Runtime> fmt::Debug for Handle<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle").finish_non_exhaustive()
    }
}
