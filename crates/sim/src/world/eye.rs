//! The tap through which a witness sees; somebody else may look through it as well.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use rosterline_core::{Action, Anchor, Deadline, Event, Input, Instant};
use rosterline_driver::{Command, Tap};

use super::witness::Witness;

/// A tap with two people behind it.
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

    fn began(&mut self, anchor: Anchor) {
        self.other.iter_mut().for_each(|other| other.began(anchor));
    }

    fn waits(&mut self, deadline: Option<Deadline>, wants_read: bool) {
        self.witness().waits(deadline, wants_read);
        self.other.iter_mut().for_each(|other| other.waits(deadline, wants_read));
    }
}
