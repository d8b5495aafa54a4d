//! Where the session of a world sits: the real driver has it, or a loop of a few lines at its door.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};

use futures_core::Stream as _;
use rosterline_core::{Event, GapId, Misuse, Presence, Stats, Subscription};
use rosterline_driver::{Driver, Events, Handle};

use crate::runtime::Virtual;

/// What the application gets when it asks for an event.
pub(crate) enum Taken {
    /// One.
    Event(Event),
    /// There is none for now.
    Nothing,
    /// There will be none any more.
    End,
}

/// A session, and who drives it.
pub(crate) trait Seat {
    /// Does what there is to do. Whether there was anything.
    fn work(&mut self) -> bool;
    /// Takes an event for the application.
    fn take(&mut self) -> Taken;
    /// The application has no more use for events.
    fn leave(&mut self);
    fn subscribe(&mut self, subscription: Subscription);
    fn recovered(&mut self, gap: GapId, events: Vec<Presence>) -> Result<(), Misuse>;
    fn close(&mut self);
    fn stats(&self) -> Stats;
    /// Whether whoever drives has ended.
    fn is_done(&self) -> bool;
}

/// A flag that is set by a wake-up.
#[derive(Default)]
struct Bell(AtomicBool);

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// The real driver, polled when it is woken.
pub(crate) struct Driven {
    driver: Option<Driver<Virtual>>,
    events: Option<Events<Virtual>>,
    handle: Handle<Virtual>,
    bell: Arc<Bell>,
    waker: Waker,
}

impl Driven {
    pub(crate) fn new(driver: Driver<Virtual>, events: Events<Virtual>, handle: Handle<Virtual>) -> Self {
        let bell = Arc::new(Bell(true.into()));
        let waker = Waker::from(bell.clone());
        Self { driver: Some(driver), events: Some(events), handle, bell, waker }
    }
}

impl Seat for Driven {
    fn work(&mut self) -> bool {
        let Some(driver) = self.driver.as_mut().filter(|_| self.bell.0.swap(false, Ordering::Relaxed)) else {
            return false;
        };
        if Pin::new(driver).poll(&mut Context::from_waker(&self.waker)).is_ready() {
            self.driver = None;
        }
        true
    }

    fn take(&mut self) -> Taken {
        let Some(events) = &mut self.events else { return Taken::End };
        match Pin::new(events).poll_next(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(Some(Ok(event))) => Taken::Event(event),
            Poll::Ready(Some(Err(_)) | None) => Taken::End,
            Poll::Pending => Taken::Nothing,
        }
    }

    fn leave(&mut self) {
        self.events = None;
    }

    fn subscribe(&mut self, subscription: Subscription) {
        self.handle.subscribe(subscription);
    }

    fn recovered(&mut self, gap: GapId, events: Vec<Presence>) -> Result<(), Misuse> {
        self.handle.recovered(gap, events)
    }

    fn close(&mut self) {
        self.handle.close();
    }

    fn stats(&self) -> Stats {
        self.handle.stats()
    }

    fn is_done(&self) -> bool {
        self.driver.is_none()
    }
}
