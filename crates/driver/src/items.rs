//! The stream of events and of the timelines that they make.

use std::collections::VecDeque;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};

use futures_core::Stream;
use rosterline_core::{Event, Id, Instant};
use rosterline_timeline::{Change, Timeline, Timelines, What};

use crate::error::Error;
use crate::events::Events;
use crate::runtime::Runtime;

/// What happens to a session, and what it makes of an interaction.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Item {
    /// An event.
    Event(Event),
    /// An interaction has become complete, was amended after that (and may be open again by it), or leaves memory
    /// while it is open: this is all that is known of it. Before the stream ends, also each one that is still open.
    Timeline(Box<Timeline>),
}

/// The [`Events`] of a session, with the timelines that they make. Ends as they end, after the timelines that are still
/// open. See [`Events::with_timelines`].
pub struct Items<R: Runtime> {
    events: Events<R>,
    timelines: Timelines,
    ready: VecDeque<Item>,
    /// How the stream ends, once nothing is ready any more.
    end: Option<Option<Error>>,
    /// When the timelines want to hear of the time.
    timer: Option<(Instant, R::Sleep)>,
}

impl<R: Runtime> Items<R> {
    pub(crate) const fn new(events: Events<R>, timelines: Timelines) -> Self {
        Self { events, timelines, ready: VecDeque::new(), end: None, timer: None }
    }

    /// The timelines as they are now: to look at one that is not complete yet, say.
    #[must_use]
    pub const fn timelines(&self) -> &Timelines {
        &self.timelines
    }

    /// Puts an event where it belongs; what it makes of its timeline follows it.
    fn take(&mut self, event: &Event) {
        let now = self.events.taken_at().unwrap_or_else(|| self.events.now());
        self.timelines.advance(now);
        // What it did to its timeline is told by the changes.
        let _ = self.timelines.tell(event);
        self.changes();
    }

    fn changes(&mut self) {
        while let Some(Change { interaction, what }) = self.timelines.poll_change() {
            let timeline = match what {
                What::Completed | What::Amended => self.timelines.get(&interaction).map(Box::new),
                What::Final => None,
                // A complete one was handed out when it became so.
                What::Evicted(timeline) => (!timeline.complete).then_some(timeline),
            };
            self.ready.extend(timeline.map(Item::Timeline));
        }
    }

    /// The stream ends: those that are open are handed out as they are.
    #[cold]
    fn finish(&mut self, end: Option<Result<Event, Error>>) {
        self.changes();
        let open: Vec<Id> = self.timelines.iter().map(|timeline| timeline.interaction_id).collect();
        for id in open.into_iter().filter(|id| self.timelines.is_open(id)) {
            self.ready.extend(self.timelines.final_snapshot(&id).map(|it| Item::Timeline(Box::new(it))));
        }
        self.end = Some(end.and_then(Result::err));
        self.timer = None;
    }

    /// Lets time pass for the timelines, and sees to it that somebody wakes us when more of it has passed.
    fn pass(&mut self, cx: &mut Context<'_>) {
        loop {
            self.timelines.advance(self.events.now());
            self.changes();
            let Some(at) = self.timelines.poll_timeout() else { return };
            let events = &self.events;
            let (_, sleep) = match &mut self.timer {
                Some(timer) if timer.0 <= at => timer,
                stale => stale.insert((at, events.sleep(at))),
            };
            if Pin::new(sleep).poll(cx).is_pending() || !self.ready.is_empty() {
                return;
            }
            self.timer = None;
        }
    }
}

impl<R: Runtime> Stream for Items<R> {
    type Item = Result<Item, Error>;

    /// A call of its own, as for an event without timelines.
    #[inline(never)]
    fn poll_next(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = &mut *self;
        loop {
            if let Some(item) = this.ready.pop_front() {
                return Poll::Ready(Some(Ok(item)));
            }
            if let Some(end) = &mut this.end {
                return Poll::Ready(end.take().map(Err));
            }
            match Pin::new(&mut this.events).poll_next(cx) {
                Poll::Ready(Some(Ok(event))) => {
                    this.take(&event);
                    return Poll::Ready(Some(Ok(Item::Event(event))));
                }
                Poll::Ready(end) => this.finish(end),
                Poll::Pending => {
                    this.pass(cx);
                    if this.ready.is_empty() {
                        return Poll::Pending;
                    }
                }
            }
        }
    }
}

impl<R: Runtime> fmt::Debug for Items<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Items").field("interactions", &self.timelines.len()).finish_non_exhaustive()
    }
}
