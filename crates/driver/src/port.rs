//! The session as the driver, the events and the handles share it.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use futures_util::task::AtomicWaker;
use rosterline_core::{Action, Anchor, Closed, ConnId, Input, Instant};

use crate::door::Door;
use crate::runtime::Runtime;

/// The session behind its lock, and who waits for it.
///
/// The lock is held for single calls of the session only: never across an await, never while a waker, a
/// socket or anything else that could run foreign code is called.
pub(crate) struct Shared<R> {
    inside: Mutex<Inside>,
    /// Set once, when nobody is left to carry out actions.
    abandoned: std::sync::atomic::AtomicBool,
    /// The task of the driver.
    pub(crate) driver: AtomicWaker,
    /// The task that waits for events.
    pub(crate) events: AtomicWaker,
    pub(crate) runtime: R,
}

/// What is behind the lock.
struct Inside {
    door: Door,
    /// The time of the last input. No later one may be earlier.
    latest: Instant,
}

impl<R: Runtime> Shared<R> {
    pub(crate) fn new(door: Door, runtime: R) -> Arc<Self> {
        Arc::new(Self {
            inside: Mutex::new(Inside { door, latest: Instant::ZERO }),
            abandoned: false.into(),
            driver: AtomicWaker::new(),
            events: AtomicWaker::new(),
            runtime,
        })
    }

    /// Does something with the session. The clock is read under the lock, so that the times of all inputs
    /// are in their order. `work` must not call anything but the session.
    pub(crate) fn with<T>(&self, work: impl FnOnce(&mut Door, Instant) -> T) -> T {
        let mut inside = self.lock();
        inside.latest = inside.latest.max(self.runtime.now());
        let now = inside.latest;
        work(&mut inside.door, now)
    }

    /// The same, for a caller who has read the clock not long ago.
    fn with_at<T>(&self, at: Instant, work: impl FnOnce(&mut Door, Instant) -> T) -> T {
        let mut inside = self.lock();
        inside.latest = inside.latest.max(at);
        let now = inside.latest;
        work(&mut inside.door, now)
    }

    /// A command of the application. The machine may have slept until it came.
    pub(crate) fn command<T>(&self, work: impl FnOnce(&mut Door, Instant) -> T) -> T {
        self.look_at_wall(self.runtime.now());
        self.with(work)
    }

    /// Tells the session the time of day, if that has moved. `now` was read not long ago.
    fn look_at_wall(&self, now: Instant) {
        let wall = self.runtime.wall();
        let has_moved = self.lock().door.session().anchor().has_moved(now, wall);
        // Who was held up between the two clocks has learnt nothing.
        if has_moved && self.runtime.now().since(now) < Anchor::TOLERANCE {
            self.with_at(now, |door, now| door.handle(Input::Wall { wall }, now));
        }
    }

    fn lock(&self) -> MutexGuard<'_, Inside> {
        // A panic in the session is a bug that must not become a second panic in another task.
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the driver is gone.
    pub(crate) fn is_abandoned(&self) -> bool {
        self.abandoned.load(std::sync::atomic::Ordering::Acquire)
    }

    /// The driver is gone: what is buffered can still be taken, and that is all.
    pub(crate) fn abandon(&self) {
        self.abandoned.store(true, std::sync::atomic::Ordering::Release);
        self.events.wake();
    }
}

/// The driver's side of the session: inputs in, actions out, with a budget for each poll.
pub(crate) struct Port<R> {
    pub(crate) shared: Arc<Shared<R>>,
    /// What the session wants done, in its order.
    pub(crate) actions: VecDeque<Action>,
    /// Whether the session takes frames, as of the last call.
    pub(crate) wants_read: bool,
    /// Whether the session is over, as of the last call.
    pub(crate) ended: bool,
    /// Inputs that may still be handled before other tasks get their turn.
    pub(crate) budget: u32,
    /// When this pass began: the time of everything that is found in it. A pass is bounded by the budget, so it is not long ago,
    /// and what is read in it was there before it was read.
    began: Instant,
    /// The application has not been told of its events yet.
    news: bool,
}

impl<R: Runtime> Port<R> {
    /// Inputs for one poll. Enough to empty a socket's read buffer of usual messages (1 KiB each), few
    /// enough that a flood leaves other tasks a turn each millisecond.
    pub(crate) const BUDGET: u32 = 64;

    pub(crate) const fn new(shared: Arc<Shared<R>>) -> Self {
        Self {
            shared,
            actions: VecDeque::new(),
            wants_read: true,
            ended: false,
            budget: Self::BUDGET,
            began: Instant::ZERO,
            news: false,
        }
    }

    /// Tells the session something. This is the only thing that costs budget.
    pub(crate) fn feed(&mut self, input: Input<'_>) {
        self.budget = self.budget.saturating_sub(1);
        self.call(self.began, |door, now| door.handle(input, now));
    }

    /// Tells the session that a connection is over.
    pub(crate) fn closed(&mut self, conn: ConnId, how: Closed<'_>) {
        self.feed(Input::Closed { conn, how });
    }

    /// Begins a pass: tells the session the time of day, if that has moved, and the time, if a deadline is due; and fetches
    /// what commands want done.
    pub(crate) fn tick(&mut self) {
        let mut due = false;
        self.began = self.shared.runtime.now();
        self.shared.look_at_wall(self.began);
        self.call(self.began, |door, now| {
            due = door.session().poll_timeout().is_some_and(|deadline| deadline.at <= now);
            if due {
                door.handle(Input::Timeout, now);
            }
        });
        self.budget = self.budget.saturating_sub(u32::from(due));
    }

    /// The next deadline, and the time.
    pub(crate) fn deadline(&self) -> (Option<Instant>, Instant) {
        self.shared.with(|door, now| (door.session().poll_timeout().map(|deadline| deadline.at), now))
    }

    /// Ends a pass: the application is woken once, however much there is for it.
    pub(crate) fn tell(&mut self) {
        if std::mem::take(&mut self.news) {
            self.shared.events.wake();
        }
    }

    fn call(&mut self, at: Instant, work: impl FnOnce(&mut Door, Instant)) {
        self.news |= self.shared.with_at(at, |door, now| {
            work(door, now);
            while let Some(action) = door.poll_action() {
                self.actions.push_back(action);
            }
            let session = door.session();
            self.wants_read = session.wants_read();
            self.ended = session.is_ended();
            session.has_events()
        });
    }
}
