//! The stream of events for the application.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use futures_core::Stream;
use rosterline_core::{Cause, Event, Input, Instant};
use rosterline_timeline::Timelines;

use crate::door::Door;
use crate::error::Error;
use crate::items::Items;
use crate::port::Shared;
use crate::runtime::Runtime;

/// The events of a session, straight from its own buffer: an event that is not taken stays there, and
/// fills it.
///
/// Trouble that heals is an event; an `Err` is the end. A session that was closed on request ends without one:
/// [`Event::Ended`] itself is never handed out.
///
/// Dropping it closes the session in good order; the driver then ends within the configured times
/// ([`Timeouts::close`](rosterline_core::config::Timeouts::close) and
/// [`Timeouts::drain`](rosterline_core::config::Timeouts::drain)).
///
/// It also measures how long the application takes: from the first event of a batch to the poll that finds
/// nothing more. An application that does not get that far is reported on as soon as it has taken longer
/// than [`Buffer::lag`](rosterline_core::config::Buffer::lag).
pub struct Events<R: Runtime> {
    shared: Arc<Shared<R>>,
    lag: Duration,
    /// When the first event of the current batch was handed out.
    batch: Option<Instant>,
    taken_at: Option<Instant>,
    done: bool,
}

impl<R: Runtime> Events<R> {
    pub(crate) const fn new(shared: Arc<Shared<R>>, lag: Duration) -> Self {
        Self { shared, lag, batch: None, taken_at: None, done: false }
    }

    /// When the last event was taken, on the session's clock: what the session itself goes by, and a recording. The end
    /// counts as one.
    #[must_use]
    pub const fn taken_at(&self) -> Option<Instant> {
        self.taken_at
    }

    /// The same events, and beside them the timelines that they make: each one when it becomes complete.
    #[must_use]
    pub const fn with_timelines(self, timelines: Timelines) -> Items<R> {
        Items::new(self, timelines)
    }

    pub(crate) fn now(&self) -> Instant {
        self.shared.runtime.now()
    }

    pub(crate) fn sleep(&self, until: Instant) -> R::Sleep {
        self.shared.runtime.sleep(until)
    }

    /// Takes an event, if there is one. A call of its own moves it as a whole; inlined, it is moved in pieces.
    #[inline(never)]
    fn try_take(&mut self) -> Option<Event> {
        let Self { shared, lag, batch, taken_at, .. } = self;
        let mut wake = false;
        let event = shared.with(|door, now| {
            let event = Self::take(batch, *lag, door, now, &mut wake);
            if event.is_some() {
                *taken_at = Some(now);
            }
            event
        });
        if wake {
            shared.driver.wake();
        }
        event
    }

    /// What the application gets to see of an event.
    fn hand_out(&mut self, event: Event) -> Option<Result<Event, Error>> {
        if matches!(event, Event::Ended(_)) { self.end(event) } else { Some(Ok(event)) }
    }

    /// The last one. In a function of its own: whoever looks into an event moves it piece by piece, and waits for it.
    #[cold]
    fn end(&mut self, last: Event) -> Option<Result<Event, Error>> {
        self.done = true;
        let Event::Ended(cause) = last else { return Some(Ok(last)) };
        (cause != Cause::Requested).then_some(Err(Error::Ended(cause)))
    }

    /// Takes an event under the lock. `wake`: whether the driver has something to do by that.
    fn take(
        batch: &mut Option<Instant>,
        lag: Duration,
        door: &mut Door,
        now: Instant,
        wake: &mut bool,
    ) -> Option<Event> {
        let paused = !door.session().wants_read();
        let over = batch.is_some_and(|start| now.since(start) > lag || !door.session().has_events());
        if let Some(start) = batch.take_if(|_| over) {
            door.handle(Input::Consumed { took: now.since(start) }, now);
            *wake = true;
        }
        let event = door.poll_event(now);
        if event.is_some() {
            batch.get_or_insert(now);
        }
        // What was waiting for room can be read; what was waiting for an empty buffer can go on.
        let resumed = paused && door.session().wants_read();
        let emptied = event.is_some() && !door.session().has_events();
        // The repair of a gap can begin as soon as that is known.
        let has_work = matches!(event, Some(Event::Gap(_)));
        *wake |= resumed || emptied || has_work;
        event
    }
}

impl<R: Runtime> Stream for Events<R> {
    type Item = Result<Event, Error>;

    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        if self.done {
            return Poll::Ready(None);
        }
        if let Some(event) = self.try_take() {
            return Poll::Ready(self.hand_out(event));
        }
        // Before it is looked at again: what comes later wakes us.
        self.shared.events.register(cx.waker());
        let alone = self.shared.is_abandoned();
        match self.try_take() {
            Some(event) => Poll::Ready(self.hand_out(event)),
            None if alone => {
                self.done = true;
                Poll::Ready(Some(Err(Error::Abandoned)))
            }
            None => Poll::Pending,
        }
    }
}

impl<R: Runtime> Drop for Events<R> {
    fn drop(&mut self) {
        self.shared.command(Door::close);
        self.shared.driver.wake();
    }
}

impl<R: Runtime> fmt::Debug for Events<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Events").field("done", &self.done).finish_non_exhaustive()
    }
}
