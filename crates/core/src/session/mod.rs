//! The session.

mod timers;

pub use timers::Timer;

use alloc::boxed::Box;
use alloc::vec::Vec;

use crate::gap::GapId;
use crate::{
    Action, Config, Deadline, Event, Input, Instant, Misuse, Presence, Stats, Subscription, UnixMillis,
};

/// A session.
#[derive(Debug)]
pub struct Session {
    config: Box<Config>,
}

#[expect(
    missing_docs,
    unused_variables,
    clippy::needless_pass_by_value,
    reason = "the door, before the house"
)]
impl Session {
    pub fn new(config: Config, now: Instant, wall: UnixMillis) -> Result<Self, Misuse> {
        Ok(Self { config: Box::new(config) })
    }
    pub fn handle(&mut self, input: Input<'_>, now: Instant) {}
    pub fn subscribe(&mut self, subscription: Subscription, now: Instant) {}
    pub fn recovered(&mut self, gap: GapId, events: Vec<Presence>, now: Instant) -> Result<(), Misuse> {
        Ok(())
    }
    pub fn close(&mut self, now: Instant) {}
    pub fn poll_action(&mut self) -> Option<Action> {
        None
    }
    pub fn poll_event(&mut self) -> Option<Event> {
        None
    }
    pub fn poll_timeout(&self) -> Option<Deadline> {
        None
    }
    pub fn wants_read(&self) -> bool {
        true
    }
    pub fn has_events(&self) -> bool {
        true
    }
    pub fn is_ended(&self) -> bool {
        true
    }
    pub fn stats(&self) -> Stats {
        Stats::default()
    }
}
