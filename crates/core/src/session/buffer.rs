//! What waits for the application, and what happens when it does not come (section 6).

use alloc::collections::VecDeque;

use super::item::{as_overflow, empty_gap, is_counted, join, join_rejections, time_of, weight, widen};
use crate::gap::{Gap, GapCause, GapId, Scope};
use crate::{Event, Policy, Timestamp, config};

/// More items than this that are no events do not wait one by one: they are joined with their like. A day
/// of hourly trouble stays readable, a flood of it stays small. Unanswered offers cannot be joined, and do not wait then.
const MOST_NOTES: usize = 1024;

/// A bounded queue of events, with gaps, statuses and rejections in their places between them.
///
/// The order of delivery is `brought`, `ahead`, `lost`, `queue`: when the oldest events are dropped, what stood among
/// them moves ahead of the one gap that says so.
#[derive(Debug)]
pub(crate) struct Buffer {
    policy: Policy,
    capacity: usize,
    most_bytes: usize,
    high_water: usize,
    /// What the application has brought to fill a gap, with the word that it did. No policy drops it: a repair that
    /// overflows would be a gap again, and never end.
    brought: VecDeque<Event>,
    ahead: VecDeque<Event>,
    lost: Option<Gap>,
    queue: VecDeque<Event>,
    events: usize,
    /// The memory that the events take.
    bytes: usize,
    notes: usize,
    paused: bool,
    /// The pause has lasted too long: drop the oldest until there is room again.
    gave_up: bool,
    /// An event came for which there was no room, and by the policy that is the end.
    overrun: bool,
    ids: GapIds,
}

/// Numbers gaps from 1.
#[derive(Debug, Default)]
struct GapIds(u64);

impl GapIds {
    fn next(&mut self) -> GapId {
        self.0 += 1;
        GapId(self.0)
    }
}

impl Buffer {
    pub(crate) fn new(config: &config::Buffer) -> Self {
        Self {
            policy: config.policy,
            capacity: config.capacity,
            most_bytes: config.bytes,
            high_water: config.capacity,
            brought: VecDeque::new(),
            ahead: VecDeque::new(),
            lost: None,
            queue: VecDeque::new(),
            events: 0,
            bytes: 0,
            notes: 0,
            paused: false,
            gave_up: false,
            overrun: false,
            ids: GapIds::default(),
        }
    }

    /// Puts an event of the stream at the end. `at` is its time, for the gap that it may become. Whatever is dropped, it
    /// or older ones, is shown to `lost`.
    #[inline]
    pub(crate) fn push(&mut self, event: Event, at: Timestamp, lost: impl FnMut(&Event)) {
        match self.policy {
            Policy::DropNewest if self.is_full() => self.drop_newest(&event, at, lost),
            Policy::End if self.is_full() || self.overrun => {
                self.overrun = true;
                self.drop_newest(&event, at, lost);
            }
            Policy::DropOldest => self.drop_oldest(event, lost),
            Policy::Pause if self.is_full() && self.gave_up => self.drop_oldest(event, lost),
            Policy::Pause | Policy::DropNewest | Policy::End => {
                self.append(event);
                let high = self.events >= self.high_water || self.bytes >= self.most_bytes;
                self.paused |= self.policy == Policy::Pause && !self.gave_up && high;
            }
        }
    }

    /// Puts what fills a gap beside everything else that waits, whatever room there is.
    pub(crate) fn bring(&mut self, event: Event) {
        self.brought.push_back(event);
    }

    /// Puts something that is no event of the stream at the end.
    pub(crate) fn note(&mut self, note: Event) {
        let is_crowded = self.is_crowded();
        let has_no_room = || is_crowded && matches!(note, Event::Unanswered(_));
        if self.join_with_last(&note) || has_no_room() || is_crowded && self.join_with_like(&note).is_some() {
            return;
        }
        self.put(note);
    }

    /// Puts a gap at the end, or joins it with its like if too much waits. The gap as it stands there.
    pub(crate) fn gap(&mut self, cause: GapCause, from: Timestamp, to: Timestamp, scope: Scope) -> Gap {
        let mut gap = Gap { id: GapId(0), cause, from, to: to.max(from), dropped: 0, scope };
        if self.is_crowded() {
            if let Some(Event::Gap(joined)) = self.join_with_like(&Event::Gap(gap.clone())) {
                return joined.clone();
            }
        }
        gap.id = self.ids.next();
        self.put(Event::Gap(gap.clone()));
        gap
    }

    /// Whether the next item is an event.
    #[inline]
    pub(crate) fn has_event_next(&self) -> bool {
        let next = match self.brought.front() {
            None if self.ahead.is_empty() && self.lost.is_none() => self.queue.front(),
            brought => brought,
        };
        next.is_some_and(is_counted)
    }

    /// Takes the next item.
    #[inline]
    pub(crate) fn pop(&mut self) -> Option<Event> {
        let from = if !self.brought.is_empty() {
            &mut self.brought
        } else if !self.ahead.is_empty() {
            self.notes -= 1;
            &mut self.ahead
        } else if let Some(gap) = self.lost.take() {
            return Some(Event::Gap(gap));
        } else {
            match self.queue.front() {
                Some(event) if is_counted(event) => self.goes(weight(event)),
                Some(_) => self.notes -= 1,
                None => {}
            }
            &mut self.queue
        };
        from.pop_front()
    }

    /// Drops every event that still waits, and says so in one gap. How many there were.
    pub(crate) fn abandon(&mut self) -> u64 {
        let mut dropped = 0;
        if let Some(gap) = self.lost.take() {
            self.note_ahead(Event::Gap(gap));
        }
        for event in core::mem::take(&mut self.brought) {
            if is_counted(&event) {
                self.lose(&event, GapCause::Shutdown);
                dropped += 1;
            } else {
                self.note_ahead(event);
            }
        }
        for event in core::mem::take(&mut self.queue) {
            if is_counted(&event) {
                self.remove(&event);
                self.lose(&event, GapCause::Shutdown);
                dropped += 1;
            } else if matches!(event, Event::Ended(_)) {
                self.queue.push_back(event);
            } else {
                self.ahead.push_back(event);
            }
        }
        dropped
    }

    fn note_ahead(&mut self, note: Event) {
        self.ahead.push_back(note);
        self.notes += 1;
    }

    /// The pause has lasted as long as it may.
    pub(crate) fn give_up_pause(&mut self) {
        self.paused = false;
        self.gave_up = true;
    }

    /// The application was too slow, or fast enough, for one batch: moves the high-water mark.
    pub(crate) fn adapt(&mut self, lagging: bool) {
        let step = (self.capacity / 8).max(1);
        self.high_water = if lagging {
            (self.high_water / 2).max(step)
        } else {
            (self.high_water + step).min(self.capacity)
        };
    }

    /// Whether more may be read.
    pub(crate) fn wants_more(&self) -> bool {
        !self.paused
    }

    /// Whether what cannot wait may still be read, though there is no room for more.
    pub(crate) fn has_headroom(&self) -> bool {
        self.events < 2 * self.capacity && self.bytes / 2 < self.most_bytes
    }

    /// Whether the policy wants the session to end.
    pub(crate) fn is_overrun(&self) -> bool {
        self.overrun
    }

    /// Events that wait.
    pub(crate) fn events(&self) -> usize {
        self.events + self.brought.iter().filter(|item| is_counted(item)).count()
    }

    /// The memory that they take, in bytes.
    pub(crate) fn bytes(&self) -> usize {
        self.bytes + self.brought.iter().filter(|item| is_counted(item)).map(weight).sum::<usize>()
    }

    /// Whether anything waits.
    pub(crate) fn is_empty(&self) -> bool {
        let empty = self.brought.is_empty() && self.ahead.is_empty() && self.queue.is_empty();
        empty && self.lost.is_none()
    }

    /// Gaps so far.
    pub(crate) fn gaps(&self) -> u64 {
        self.ids.0
    }

    fn is_full(&self) -> bool {
        self.events >= self.capacity || self.bytes >= self.most_bytes
    }

    #[inline]
    fn append(&mut self, event: Event) {
        self.events += 1;
        self.bytes += weight(&event);
        self.queue.push_back(event);
    }

    /// The application takes the event at the front, of this weight: there may be room again.
    fn goes(&mut self, weight: usize) {
        self.events -= 1;
        self.bytes -= weight;
        if self.events <= self.high_water / 2 && self.bytes <= self.most_bytes / 2 {
            self.paused = false;
            self.gave_up = false;
        }
        // What a burst took is given back, but for so much as the last events of a large frame may need time and again.
        if self.queue.len() == 1 {
            self.queue.shrink_to(self.capacity.saturating_mul(2));
        }
    }

    fn remove(&mut self, event: &Event) {
        self.events -= 1;
        self.bytes -= weight(event);
    }

    /// Puts an event at the end; if there is no room, at the expense of the oldest.
    fn drop_oldest(&mut self, newest: Event, mut lost: impl FnMut(&Event)) {
        while self.is_full() {
            let Some(oldest) = self.queue.pop_front() else { break };
            if is_counted(&oldest) {
                self.remove(&oldest);
                self.lose(&oldest, GapCause::Overflow);
                lost(&oldest);
            } else {
                self.move_ahead(oldest);
            }
        }
        self.append(newest);
    }

    /// Moves a note before the gap that stands before the queue.
    fn move_ahead(&mut self, note: Event) {
        if self.ahead.back_mut().is_some_and(|last| join_rejections(last, &note)) {
            self.notes -= 1;
        } else {
            self.ahead.push_back(note);
        }
    }

    /// Adds one event to the gap that stands before the queue.
    fn lose(&mut self, event: &Event, cause: GapCause) {
        let at = time_of(event);
        let gap = self.lost.get_or_insert_with(|| empty_gap(self.ids.next(), cause, at));
        widen(gap, event, at);
    }

    fn drop_newest(&mut self, newest: &Event, at: Timestamp, mut lost: impl FnMut(&Event)) {
        lost(newest);
        let behind_all_events = self.queue.iter_mut().rev().take_while(|item| !is_counted(item));
        if let Some(gap) = behind_all_events.filter_map(as_overflow).next() {
            return widen(gap, newest, at);
        }
        let mut gap = empty_gap(self.ids.next(), GapCause::Overflow, at);
        widen(&mut gap, newest, at);
        self.put(Event::Gap(gap));
    }

    fn put(&mut self, note: Event) {
        self.queue.push_back(note);
        self.notes += 1;
    }

    /// Joins a rejection with the one right before it, if it says the same.
    fn join_with_last(&mut self, note: &Event) -> bool {
        self.queue.back_mut().is_some_and(|last| join_rejections(last, note))
    }

    fn is_crowded(&self) -> bool {
        self.notes >= MOST_NOTES
    }

    /// Joins a note with the last one of its kind, wherever that stands. What they are together.
    fn join_with_like(&mut self, note: &Event) -> Option<&Event> {
        let mut newest_first = self.queue.iter_mut().rev().chain(self.ahead.iter_mut().rev());
        newest_first.find_map(|item| join(item, note).then_some(&*item))
    }
}
