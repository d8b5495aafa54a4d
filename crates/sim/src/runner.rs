//! The driver of a session in virtual time, against a model of a server.

use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

use futures_core::Stream as _;
#[cfg(feature = "proptest")]
use rosterline_core::Timer;
use rosterline_core::{Action, Config, Deadline, Event, Input, Instant};
use rosterline_driver::{Command, Driver, Events, Hooks, Tap, split_with};

use crate::model::Model;
use crate::{Clock, Stage, Virtual, VirtualWire};

/// So often in a run a driver may be polled.
const MOST_POLLS: u64 = 10_000_000;

/// A session, its server, and the clock of both.
pub(crate) struct Runner<M> {
    driver: Option<Driver<Virtual>>,
    events: Option<Events<Virtual>>,
    pub(crate) stage: Stage<VirtualWire, M>,
    pub(crate) clock: Clock,
    runtime: Virtual,
    woken: Arc<Woken>,
    deadline: Watch,
    polls: u64,
}

impl<M: Model> Runner<M> {
    /// On a runtime whose clock stands at zero.
    pub(crate) fn new(model: M, config: Config, clock: Clock, runtime: Virtual) -> Self {
        let stage = Stage::new(model, runtime.wire());
        let deadline = Watch::default();
        let hooks = Hooks { tap: Some(Box::new(deadline.clone())), ..Hooks::default() };
        let (driver, events, _) = split_with(config, runtime.clone(), hooks).expect("the settings are valid");
        Self {
            driver: Some(driver),
            events: Some(events),
            stage,
            clock,
            runtime,
            woken: Arc::new(Woken(true.into())),
            deadline,
            polls: 0,
        }
    }

    /// Lets time pass, from one deadline to the next, until it is over or `enough`; `step` is called at each.
    pub(crate) fn pass(&mut self, time: Duration, mut step: impl FnMut(&mut Self) -> bool) {
        let end = self.clock.now() + time;
        loop {
            self.settle();
            let enough = step(self);
            let network = self.runtime.poll_timeout();
            let next = self.deadline.get().into_iter().chain(self.stage.poll_timeout()).chain(network).min();
            let next = next.unwrap_or(end).min(end);
            if enough || self.is_over() || self.clock.now() >= end {
                return;
            }
            self.clock.jump(next);
            self.clock.ring();
            self.runtime.deliver();
        }
    }

    /// Lets everything happen that can happen at this time, one thing after the other.
    pub(crate) fn settle(&mut self) {
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

    /// The next event that waits for the application.
    pub(crate) fn take(&mut self) -> Option<Event> {
        let events = self.events.as_mut()?;
        match Pin::new(events).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Pending => None,
            Poll::Ready(None | Some(Err(_))) => {
                self.events = None;
                None
            }
            Poll::Ready(Some(Ok(event))) => {
                // What was waiting for room can come.
                self.settle();
                Some(event)
            }
        }
    }

    /// Whether the session has ended.
    pub(crate) fn is_over(&self) -> bool {
        self.driver.is_none() && self.events.is_none()
    }

    /// Whether all that the session still waits for is its end.
    #[cfg(feature = "proptest")]
    pub(crate) fn is_ending(&self) -> bool {
        self.deadline.is_last()
    }
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

    #[cfg(feature = "proptest")]
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
